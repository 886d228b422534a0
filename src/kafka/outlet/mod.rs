//! The outlet: everything that leaves, in transactions.
//!
//! **In**: sanitized batches in any order, or releases of many lanes, claims and revocations of lanes.
//! **Out**: committed transactions, rewinds, answers to revocations.
//! **Promises**: the invariants I1 to I10 of the stream (see [`machine`]); it
//! never waits for the intake.
//! **Does not know**: what a record says; [`machine`] does not even know Kafka.

mod caution;
pub(crate) mod event;
pub(crate) mod executor;
pub(crate) mod fence;
pub(crate) mod lanes;
pub(crate) mod leaving;
pub(crate) mod machine;
pub(crate) mod producer;
mod reports;
pub(crate) mod transaction;

#[cfg(test)]
mod simulation;
#[cfg(test)]
mod told;
