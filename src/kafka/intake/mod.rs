//! The intake: one thread that polls, copies messages into batches, and obeys.
//!
//! **In**: messages of the assigned partitions, rebalances, rewinds, credit.
//! **Out**: numbered batches of each lane, claims, drains.
//! **Promises**: it reads from committed offsets and never jumps; a lane is
//! given up only after the outlet answered or the deadline passed, one that was
//! lost at once; nothing is read without credit but one record.
//! **Does not know**: transactions, and what a record says.

mod assigned_lanes;
mod cost;
mod figures;
mod group;
mod liveness;
mod missing_offsets;
mod once;
mod open_batch;
mod poll;

pub use cost::cost;
pub use group::{Group, Membership};
pub use liveness::Liveness;
pub use poll::Intake;

/// The consumer of a release group, rebalances included.
pub(crate) type Consumer = rdkafka::consumer::BaseConsumer<Group>;

#[cfg(test)]
mod tests;
