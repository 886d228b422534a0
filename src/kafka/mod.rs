//! Kafka: the only room that knows the client library.
//!
//! **In**: settings and properties of the cluster, batches of sanitized
//! records. **Out**: batches of raw records, and transactions that hold
//! outputs, quarantine and consumed offsets together.
//! **Promises**: an offset is committed only in the transaction that holds
//! everything its records became; a record leaves once, in the order of its
//! partition; a secret property is never printed.
//! **Does not know**: the policy's text, the stages, what a record says.
#![expect(clippy::disallowed_types, reason = "the one room that knows rdkafka")]

pub(crate) mod backlog;
pub(crate) mod batch_size;
mod block_on;
pub(crate) mod canary_writer;
pub(crate) mod claims;
pub mod client;
pub mod client_id;
mod client_log;
pub mod conditions;
pub mod credit;
pub mod decision_history;
pub mod decision_topics;
pub mod decision_view;
pub mod decision_writer;
pub mod delivery;
pub(crate) mod ends;
pub mod errors;
pub mod examination;
pub(crate) mod group_look;
pub(crate) mod group_members;
pub(crate) mod group_watch;
pub mod header_names;
pub mod intake;
pub(crate) mod lease;
mod lease_topics;
pub mod library_text;
pub mod memory;
pub(crate) mod messages;
pub(crate) mod outlet;
pub mod pacing;
pub(crate) mod partition;
pub mod problem;
pub mod properties;
pub mod quarantine_writer;
mod rights;
pub mod sizes;
pub mod startup;
pub(crate) mod state;
pub mod stored_topic;
pub mod topology_watch;
pub(crate) mod vital;
mod ways;
pub(crate) mod windows_topic;
