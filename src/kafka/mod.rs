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

mod block_on;
pub(crate) mod buffer_pool;
pub(crate) mod claims;
pub mod client;
pub(crate) mod conditions;
pub(crate) mod credit;
pub(crate) mod errors;
pub mod intake;
pub mod memory;
pub(crate) mod messages;
pub(crate) mod outlet;
pub(crate) mod partition;
pub mod properties;
pub(crate) mod sizes;
pub(crate) mod startup;
pub(crate) mod topology_watch;
