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
mod poll;
mod pulse;

pub use filling::{Spare, reads_header_names};
pub use group::{Group, Membership};
pub use poll::Intake;
pub use pulse::Pulse;

/// Credit that a raw batch took: itself, and what it may become.
pub fn price(batch: &crate::record::batch::InBatch) -> u64 {
    book::Book::price(&batch.plan, batch.bytes.len() as u64)
}

/// The consumer of a release group, rebalances included.
pub type Consumer = rdkafka::consumer::BaseConsumer<Group>;
