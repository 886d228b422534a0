//! The intake: one thread that polls, copies messages into batches, and obeys.
//!
//! **In**: messages of the assigned partitions, rebalances, rewinds, credit.
//! **Out**: numbered batches of each lane, claims, drains.
//! **Promises**: it reads from committed offsets and never jumps; a record whose schema
//! is not known yet is not passed over: its lane waits; a lane is
//! given up only after the outlet answered or the deadline passed, one that was
//! lost at once; nothing is read without credit but one record.
//! **Does not know**: transactions, and what a record says.

mod assigned_lanes;
mod cost;
mod figures;
mod first_start;
mod group;
mod known_schemas;
mod leased;
mod liveness;
mod missing_offsets;
mod once;
mod open_batch;
mod parking;
mod poll;
mod read_by;
mod schema_desk;
mod seeking;
mod source_partitions;
mod unbegun;

pub use cost::cost;
pub use group::{Group, Membership};
pub use liveness::Liveness;
pub use poll::Intake;
pub(crate) use schema_desk::SchemaDesk;

/// The consumer of a release group, rebalances included.
pub(crate) type Consumer = rdkafka::consumer::BaseConsumer<Group>;

#[cfg(test)]
mod parked_simulation;
#[cfg(test)]
mod parked_tests;
#[cfg(test)]
mod tests;
