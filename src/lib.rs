//! # Veilstream
//!
//! Raw event topics in, sanitized topics out, exactly once, under a policy that
//! a privacy officer can read.
//!
//! This page is the map of the house. It says how a record travels, what each
//! room does and may use, what never bends, what is deliberately not here, and
//! what its words mean. `just house` draws the house from the source.
//!
//! ## The life of a record
//!
//! ```text
//! kafka::intake ─Fetched→ decode ─Decoded→ consent ─Permitted→ transform ─Sanitized→ listed in a batch ─→ kafka::outlet ─→ committed
//!                            ↑ plan           ↑ plan              ↑ action, crypto ← keys
//!                            └────────────── policy: written → check → plan ──────────────┘
//! ```
//!
//! 1. **Fetched.** One thread polls the broker and copies each message into a
//!    batch of its lane (one assigned partition). `veil apply` does the same
//!    with lines of a file, `veil test` with the events of a policy's own tests.
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
//!    looked at. The [`action`] of each leaf writes straight into the output
//!    buffer, by the pen that [`render`] has for the format, or reserves its
//!    bytes and is computed later, several values abreast. One failure takes
//!    back everything written for this record and sends it to quarantine, once.
//! 5. **Listed.** [`pipeline::list`] puts key, headers, timestamp and value into
//!    the outgoing batch. From here on the unit is the batch.
//! 6. **Delivered.** The outlet, a pure state machine, puts outputs, quarantine
//!    and consumed offsets into one transaction. Counters are published when
//!    it commits, and only then.
//!
//! Before the first record of a batch is walked, what its actions ask for is made
//! ready: random bytes are drawn, and everything that they look up is answered in
//! one call. Where that fails, nothing of the batch is written: it is held, and
//! tried again.
//!
//! The whole path is one function to read: [`pipeline::sanitize`]. `veil run`,
//! `veil demo`, `veil apply`, `veil test` and the benchmarks all call it.
//!
//! ## The rooms
//!
//! A room may use the rooms its row names, and no others; so nothing climbs. A
//! test holds this table against every import of the source, tests aside: it
//! fails with the line that climbs, and also with a room that is named here and
//! not used.
//!
//! | room | one sentence | may use |
//! |---|---|---|
//! | [`record`] | What an event is on its way: coordinates, paths, values, tape, raw batches, counts, reasons, decimals. | – |
//! | `version` | What this build is. | – |
//! | [`categories`] | The kinds of personal data, which of them name a person, and what data is used for. | – |
//! | [`countries`] | Countries by their codes; which are of the EEA, which the Commission found adequate. | – |
//! | [`document`] | What a report says, once; spelled as text, Markdown or a page of HTML. | – |
//! | `files` | Small files, read whole: regular ones, or a pipe where `keys` lets it pass; no more of them than was said. | – |
//! | [`language`] | Words with places, findings, shapes and the mapping reader; no meaning. | record, document |
//! | [`canon`] | Canonical values: what is one value, and what is another. | record |
//! | [`crypto`] | Key derivation, pseudonyms, tokens, envelopes: the only room with the crypto crates. | record, canon |
//! | [`anonymity`] | Classes in which nobody stands alone, noise with a budget, and measures of how alone somebody stands. | record, canon, crypto |
//! | [`synthetic`] | Made-up events of well-known shapes, and what in them is personal. | – |
//! | [`keys`] | Where keys come from; hands out handles, never bytes. | crypto, files |
//! | `audit` | Append-only evidence of commands that open, compute or release. | crypto, files |
//! | [`detect`] | What a value or a name looks like: detectors, validators. | canon, categories |
//! | [`action`] | One file an action, behind one trait and one list. | record, language, canon, crypto, anonymity, keys |
//! | [`plan`] | The policy compiled: cannot be wrong, immutable; the only face of the policy on the record path. | record, canon, action, crypto, anonymity |
//! | [`schema`] | A writer's schema under a plan: the program that reads its records, the schema of what leaves and its places. And the desk that asks a schema registry. | record, document, crypto, plan, files |
//! | [`render`] | The formats' pens. | record, schema |
//! | [`policy`] | Text to plan: `written` (places kept) → `check` (all complaints at once) → `compile`; lint, schema, reference. | record, categories, countries, language, canon, crypto, anonymity, schema, render, keys, action, plan |
//! | [`contract`] | What an output means to who reads it: columns, joins, leaks; as a page and in the forms of catalogues. | record, action, plan, policy, document, version |
//! | [`decode`] | Bytes to tape; hostile input expected. | record, plan, schema |
//! | [`sample`] | What a sample of events holds: paths, kinds, counts, forms; bounded. | record, plan, decode, detect |
//! | [`consent`] | May this record go to this output? | record, plan, decode |
//! | [`transform`] | The stage and its walk: the plan's actions on the tape, for all outputs or none. | record, plan, action, crypto, consent |
//! | [`pipeline`] | The one function that shows the whole path; batches, worker, quarantine, what is counted. | record, crypto, plan, schema, decode, consent, transform, render |
//! | [`release`] | Records that wait for a release of their output, and what leaves with it. | record, crypto, anonymity, plan, pipeline |
//! | [`draft`] | A sample, or a schema, to a policy draft. | record, document, detect, schema, sample |
//! | [`import`] | The rules of another tool to a policy draft. | record, document, language, action, sample, draft |
//! | [`report`] | What a company shows: what leaves in clear, minimisation, drafts of record and assessment. | record, action, document, policy, contract, sample |
//! | [`trial`] | A policy's own tests, what a sample comes to, and a record beside what left of it, by the same code. | record, document, language, crypto, action, detect, sample, plan, schema, policy, decode, consent, pipeline, release |
//! | [`exposure`] | What leaves of a sample as tables of codes, and how alone that makes people. | record, document, language, action, anonymity, crypto, plan, policy, pipeline, release |
//! | [`attack`] | Attacks on what leaves of a sample, scored by who knows the truth. | document, anonymity, exposure |
//! | [`subject`] | What a person can do about the consent kept under their name: links, choices, decisions, their page. | record, crypto, plan, consent |
//! | `vault` | What is kept on disk, to be found again after a restart: the state of consent. | crypto, files, consent |
//! | `kafka` | The only room that knows rdkafka: intake, outlet, transactions. | record, files, plan, schema, consent, pipeline |
//! | `repair` | Working with what was refused: listed, opened, replayed, purged. | record, crypto, plan, schema, pipeline, release, kafka |
//! | `stream` | The threads around the path: lanes, workers, start and shutdown; what people decide, followed. | record, language, crypto, plan, schema, decode, consent, pipeline, release, vault, kafka |
//! | `telemetry` | Metric names as an enum, closed label sets, logs without values. | record, plan, schema, consent, pipeline, version |
//! | `settings` | Runtime knobs from file, environment and flags, typed before anything starts. | files, language, schema, decode, kafka, telemetry |
//! | `admin` | HTTP: health, metrics, version, reload, unnamed members. | telemetry, version |
//! | `preferences` | HTTP: the page on which people decide, and the calls by which programs do. | record, crypto, plan, consent, subject, admin |
//! | `playground` | HTTP: the page of `veil try`, for one person on this machine. | crypto, admin |
//! | `demo` | The whole pipeline on an embedded broker, for looking only. | record, language, crypto, synthetic, keys, plan, policy, pipeline, release, kafka, stream |
//! | `cli` | The binary: one file a command; parses, calls the library, renders; owns the exit codes. | all |
//!
//! The core is everything up to [`subject`]. The client of a schema registry in [`schema`] needs the cargo
//! feature `registry`, `vault` the feature `key-files`,
//! the nine rooms from `kafka` to `demo` the feature `kafka`, `cli` the one of its name; without any the core
//! builds with no broker, runtime, socket or file, for a browser too.
//!
//! ## Directions
//!
//! - **A stage knows the product of the stage before it, and nothing else of
//!   it.** The product has private parts and one maker, which lives beside it;
//!   so the next stage must import it from there. Only [`pipeline`] sees all
//!   stages.
//! - **The core does no I/O** and has no clock, randomness or store of its own:
//!   they are handed to the worker. Six rooms reach out, and say so: `files` reads
//!   small files, [`schema`] asks a schema registry, [`keys`] reads and writes keyrings, `audit` appends to its log, `vault`
//!   keeps the state of consent (none of them without a feature), [`crypto`] asks the operating system for random
//!   bytes. A worker *of the system* is the one thing in [`pipeline`] that brings
//!   clock and randomness along.
//! - **One heavy crate, one room.** `clippy.toml` says which, with the reason;
//!   `demo` alone takes the embedded broker of `kafka`'s crate as well.
//! - **What a format puts around a value is known to [`decode`] and [`render`]
//!   alone**: quotes, colons, braces, counts, lengths. An action sees typed views
//!   and writes typed values. [`record`] says what a format must offer and has the
//!   escapes that both need; [`crypto`] shows one opened value as JSON;
//!   `policy`'s compiler names the format whose names a plan spells.
//! - **A plan is made once and shared.** What the policy says reaches the record
//!   path as a [`plan::Plan`] or not at all.
//! - Every room's `mod.rs` says in its fourth part what it does not know. Where
//!   an import contradicts it, one of the two is wrong.
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
//!
//! ## Glossary
//!
//! Words of this house, for things the trade has no one word for:
//!
//! - **tape**: what the decoder leaves of a record: its named values in input
//!   order, by place and not by copy.
//! - **slot**: where the automaton of all selectors ends for a path; the number
//!   by which a value of the tape is known.
//! - **apart**: a record in which a list stands is taken apart (`source.split`) into its
//!   *elements*, each a record by itself: all that is around the list, with the element
//!   in its place. Whose members stand beside what is around is *lifted*.
//! - **read**: a value that is asked for by itself and not walked over: type,
//!   consent signal, subject, part of a key.
//! - **column**: what the type of a record comes to: a number by which each
//!   output finds its role table.
//! - **role table**: what each slot is to one output: nothing, the way to
//!   something, or a leaf.
//! - **reading**: the role tables made ready for the walk, names as the format
//!   spells them.
//! - **leaf**: a field that an output names, with what is written of it.
//! - **body**: the scope that an action opens below its value, with what is done
//!   to it.
//! - **facts**: what other rooms must know of an action, so that none asks for
//!   its name.
//! - **pen**: what writes one format at the end of a buffer.
//! - **gate**: what decides where a record may go. Its **verdict** says so for
//!   each output, and why not.
//! - **withhold**: not to write a record to an output that may not have it
//!   (consent, its type, a tombstone that is dropped); counted, and no error.
//! - **quarantine**: the topic for records that cannot be read, decided or
//!   protected: sealed, with their reason in clear. **Bare**: without even the
//!   sealed record, when the broker refuses that as well.
//! - **marker**: a record of the quarantine topic that says of earlier ones that they
//!   are done with: replayed, or purged. **Tries**: how often a record was refused.
//! - **job**: work an action puts off to the end of a batch, its bytes reserved.
//! - **tally**: counts of fields, put off while records look alike.
//! - **lane**: one assigned partition of one topic, whose order is kept.
//! - **claim**: this process holds a lane now, and knows how far it is committed.
//! - **epoch**: one pass over the lanes; a **rewind** begins the next and makes
//!   void what is under way. (A policy's `epoch` is another thing: how long a
//!   pseudonym stays the same.)
//! - **drain**: what is under way of a revoked lane is committed, within a
//!   deadline, before the lane is given up.
//! - **credit**: bytes that may still be under way between the intake and the
//!   end of a transaction; the **cost** of a record is its part of it.
//! - **condition**: one thing that keeps a stream from being ready, in one
//!   sentence with its next step.
//! - **look-up**: what an action asks of a store, under a key of a **register**
//!   there; a **proposal** is what the store keeps if it has nothing yet.
//! - **table**: a file beside the policy that an action reads (elsewhere here, a
//!   role table).
//! - **hold**: a batch that lacks what its actions ask for waits in its worker,
//!   unwritten and uncounted.
//! - **try**: a policy and a sample side by side. `veil try` is the command, `tryout`
//!   its folder in `cli` (`try` is a word of Rust), [`playground`] the page that it
//!   serves, [`trial::beside`] what is shown of one record.
//! - **finding**: one complaint of `veil check`: code, place, cause, fix.
//! - **written**, **said**: a part of the policy as its text has it, before it
//!   is compiled.
//!
//! Elsewhere the trade's word stands. Kafka's: topic, partition, offset,
//! consumer group, rebalance, transaction, fenced, tombstone, header. The
//! EDPB's, from its guidelines on pseudonymisation: pseudonym, pseudonymisation
//! domain. ISO/IEC 20889's, for what an action does: its class of technique.
//! NIST's and the IETF's: FF1, tweak, GCM, HKDF, HPKE.
//!
//! ## Circles left
//!
//! Files inside a room that import each other in a loop. Named is the arrow that
//! closes it, with its reason; a test finds each loop that is not listed, and
//! each line here that closes none.
//!
//! - `action/*` → `action/mod.rs`: the list names every action, and an action
//!   implements the trait that stands beside the list.
//! - `action/generalize/*` → `action/generalize/mod.rs`: so it is with the kinds,
//!   whose words and pages are gathered from their list.
//! - `anonymity/quasi/*` → `anonymity/quasi/mod.rs`: a scale is a line or a tree, and
//!   both speak in its classes and losses.
//! - `anonymity/release/*` → `anonymity/release/mod.rs`: what works on a release stands
//!   where its steps are called in order.
//! - `attack/*` → `attack/mod.rs`: the list names every attack, and each speaks in what
//!   stands beside the list.
//! - `cli/completions.rs` → `cli/mod.rs`: completions are made of the whole
//!   command line, of which they are one command.
//! - `cli/man.rs` → `cli/mod.rs`: so are the manual pages.
//! - `cli/screen.rs` → `cli/failure.rs`: a failure is shown on the screen, and a
//!   screen that is gone is a failure.
//! - `consent/state/visible.rs` → `consent/state/table.rs`: what becomes visible is a
//!   version of a table, which shows it there.
//! - `contract/*` → `contract/mod.rs`: a contract stands where its parts are put
//!   together, and each form of it is a way to spell it.
//! - `crypto/ff1/lanes.rs` → `crypto/ff1.rs`: several numbers are enciphered
//!   abreast by the rounds and shapes of one.
//! - `decode/split.rs` → `decode/mod.rs`: an element is a decoded record, made of what
//!   the decoder of whole ones keeps.
//! - `demo/*` → `demo/mod.rs`: the room has one error.
//! - `kafka/intake/missing_offsets.rs` → `kafka/intake/*`: the poll thread looks
//!   for missing offsets, and its look is written beside what it says of them.
//! - `plan/*` → `plan/mod.rs`: the plan holds the automaton and the reading made
//!   of its tables, which speak in the plan's numbers.
//! - `policy/check/*` → `policy/check/mod.rs`: what every reader needs stands
//!   where they are called in order.
//! - `policy/check/value.rs` → `policy/check/condition/when.rs`: a value may be made
//!   in cases, and each case has a value.
//! - `policy/check/value.rs` → `policy/check/fields.rs`: a field has a value, and
//!   a value that is encrypted may have fields.
//! - `policy/compile/*` → `policy/compile/mod.rs`: what is being made stands
//!   where its parts are called in order.
//! - `policy/diff/values.rs` → `policy/diff/fields.rs`: a field has a value, and a
//!   value that is encrypted may have fields.
//! - `policy/lint/*` → `policy/lint/mod.rs`: what every rule looks at stands
//!   where they are called in order.
//! - `policy/selector.rs` → `policy/notation.rs`: what cannot be read as a path
//!   is told how its notation is written here, and that must be readable.
//! - `record/tape.rs` → `record/*`: a document is a tape with its input, which
//!   its format reads as values; a value is a view of the tape's entry.
//! - `render/plain.rs` → `render/json.rs`: both reserve room in a buffer alike.
//! - `settings/*` → `settings/mod.rs`: the settings and their error stand where
//!   the layers are merged.
//! - `stream/*` → `stream/mod.rs`: the room has one error, and the conductor runs by
//!   the configuration that the stream was started with.
//! - `transform/state.rs` → `transform/walk.rs`: what a worker keeps holds the
//!   walk's frames.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod action;
#[cfg(feature = "kafka")]
pub mod admin;
pub mod anonymity;
pub mod attack;
#[cfg(feature = "key-files")]
pub mod audit;
pub mod canon;
pub mod categories;
pub mod consent;
pub mod contract;
pub mod countries;
pub mod crypto;
pub mod decode;
#[cfg(feature = "kafka")]
pub mod demo;
pub mod detect;
pub mod document;
pub mod draft;
pub mod exposure;
#[cfg(any(feature = "key-files", feature = "registry"))]
pub mod files;
pub mod import;
#[cfg(feature = "kafka")]
pub mod kafka;
pub mod keys;
pub mod language;
#[cfg(test)]
mod pages;
pub mod pipeline;
pub mod plan;
#[cfg(feature = "kafka")]
pub mod playground;
pub mod policy;
#[cfg(feature = "kafka")]
pub mod preferences;
pub mod record;
pub mod release;
pub mod render;
#[cfg(feature = "kafka")]
pub mod repair;
pub mod report;
pub mod sample;
pub mod schema;
#[cfg(feature = "kafka")]
pub mod settings;
#[cfg(feature = "kafka")]
pub mod stream;
pub mod subject;
pub mod synthetic;
#[cfg(feature = "kafka")]
pub mod telemetry;
pub mod transform;
pub mod trial;
#[cfg(any(feature = "key-files", feature = "kafka"))]
pub mod vault;
mod version;

pub use version::{BuildInfo, build_info};

/// The examples of the README, run as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
