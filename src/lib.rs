//! # Veilstream
//!
//! Raw event topics in, sanitized topics out, exactly once, under a policy that
//! a privacy officer can read.
//!
//! This page is the map of the house. It says how a record travels, what each
//! room does, what never bends, and what is deliberately not here.
//!
//! ## The life of a record
//!
//! ```text
//! kafka::intake ─Fetched→ decode ─Decoded→ consent ─Permitted→ transform ─Sanitized→ encode ─Encoded→ kafka::outlet
//!                            ↑ plan           ↑ plan              ↑ crypto ← keys
//!                            └──────────── policy: written → check → plan ───────────┘
//! ```
//!
//! 1. **Fetched.** One thread polls the broker and copies each message into a
//!    batch of its lane (one assigned partition). `veil apply` does the same
//!    with lines of a file.
//! 2. **Decoded.** [`decode`] reads the value once, validates all of it, named
//!    or not, and leaves a *tape*: slot, kind and byte span of each value that
//!    the plan names. Nothing is copied, nothing becomes a tree. What cannot be
//!    read goes to quarantine.
//! 3. **Permitted.** [`consent`] reads the record's type and consent signals
//!    off the tape and decides for each output whether the record may go
//!    there. It is the only maker of `Permitted`; a refusal carries its
//!    [`record::Reason`].
//! 4. **Sanitized.** [`transform`] walks the tape once for each permitted
//!    output, in input order. A field that the output does not name is never
//!    looked at. Each leaf's action writes straight into the output buffer, or
//!    reserves its bytes and is computed later, several values abreast. One
//!    failure takes back everything written for this record and sends it to
//!    quarantine, once.
//! 5. **Listed.** [`pipeline::list`] puts key, headers, timestamp and value into the
//!    outgoing batch. From here on the unit is the batch.
//! 6. **Delivered.** The outlet, a pure state machine, puts outputs, quarantine
//!    and consumed offsets into one transaction. Counters are published when
//!    it commits, and only then.
//!
//! The whole path is one function to read: [`pipeline::sanitize`]. `veil run`,
//! `veil demo`, `veil apply`, `veil test` and the benchmarks all call it.
//!
//! ## The rooms
//!
//! | room | one sentence |
//! |---|---|
//! | [`record`] | What an event is on its way: coordinates, paths, values, tape, batches, state types, reasons; pure. |
//! | [`policy`] | `written` (places kept) → `check` (all complaints at once) → `plan` (cannot be wrong). |
//! | [`decode`] | Bytes to tape; hostile input expected. |
//! | [`consent`] | May this record go to this output? |
//! | [`transform`] | One file an action, behind one trait and one list; and the walk that calls them. |
//! | [`render`] | The formats' pens. |
//! | [`crypto`] | Key derivation, pseudonyms, tokens, envelopes: the only room with the crypto crates. |
//! | [`keys`] | Where keys come from; hands out handles, never bytes. |
//! | [`pipeline`] | The one function that shows the whole path, and the threads around it. |
//! | `kafka` | The only room that knows rdkafka: intake, outlet, transactions. |
//! | `settings` | Runtime knobs from file, environment and flags. |
//! | `telemetry` | Metric names as an enum, closed label sets, logs without values. |
//! | `admin` | HTTP: health, metrics, version. |
//! | `demo` | The whole pipeline on an embedded broker, for looking only. |
//!
//! The last five need the cargo feature `kafka`; without it the pure core
//! builds and tests with no broker, runtime or socket. `cli` belongs to the
//! binary.
//!
//! Stages see `record` and their own helper (`transform` → `crypto`), never
//! each other; only [`pipeline`] sees all stages. `record`, `policy`, `decode`,
//! `consent`, `transform`, `crypto` and `encode` do no I/O; clock and
//! randomness are passed in.
//!
//! ## What never bends
//!
//! - **Fail closed.** A field nobody named does not exist in the output. What
//!   cannot be parsed, decided or protected is quarantined, sealed to a public
//!   key; a pipeline that holds only the public half cannot open it.
//! - **No clear value anywhere it must not be**: not in outputs, keys, headers,
//!   quarantine, logs, errors, metrics or panics. Views of clear values have a
//!   redacting `Debug` and no `Display`.
//! - **Exactly once**, in order per source partition. For each output:
//!   received = written + withheld + quarantined.
//! - **Keyed is not anonymous.** Pseudonyms, tokens and ciphertexts are
//!   pseudonymized personal data. Each action says what it leaks.
//!
//! ## Deliberately absent
//!
//! - A pass-through switch, and a way to name "everything else".
//! - A JSON tree of the record: it would be slow, and a field nobody named
//!   would exist in memory under a name.
//! - Unkeyed hashes, and user-space random numbers near a key.
//! - Text substitution in policies: the officer reads what runs.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod action;
#[cfg(feature = "kafka")]
pub mod admin;
pub mod consent;
pub mod crypto;
pub mod decode;
#[cfg(feature = "kafka")]
pub mod demo;
#[cfg(feature = "kafka")]
pub mod kafka;
pub mod keys;
pub mod language;
#[cfg(test)]
mod pages;
pub mod pipeline;
pub mod plan;
pub mod policy;
pub mod record;
pub mod render;
#[cfg(feature = "kafka")]
pub mod settings;
#[cfg(feature = "kafka")]
pub mod stream;
#[cfg(feature = "kafka")]
pub mod telemetry;
pub mod transform;
pub mod trial;
mod version;

pub use version::{BuildInfo, build_info};

/// The examples of the README, run as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
