//! The intake: one thread that polls, copies messages into batches, and obeys.
//!
//! **In**: messages of the assigned partitions, rebalances, rewinds, credit.
//! **Out**: numbered batches of each lane, claims, drains.
//! **Promises**: it reads from committed offsets and never jumps; a lane is
//! given up only after the outlet answered or the deadline passed; nothing is
//! read without credit but one record.
//! **Does not know**: transactions, and what a record says.

mod book;
mod filling;
mod group;
mod halt;
mod once;
mod poll;
mod price;
mod pulse;

pub use filling::reads_header_names;
pub use group::{Group, Membership};
pub use poll::Intake;
pub use price::price;
pub use pulse::Pulse;

/// The consumer of a release group, rebalances included.
pub type Consumer = rdkafka::consumer::BaseConsumer<Group>;

#[cfg(test)]
mod tests;
