//! What happens to a counter, and what it wants done: plain data.

use std::time::{Duration, Instant};

use super::tally::Tally;
pub(crate) use crate::kafka::messages::ReadBy;
use crate::record::lane::{Lane, NextOffset};
use crate::record::state_row::StateRow;
use crate::stream::pool::{Filed, Progress, Revoked, Through};

/// A moment, on both clocks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Now {
    /// For what lasts.
    pub(crate) at: Instant,
    /// What time it is, milliseconds since 1970; it may jump.
    pub(crate) ms: i64,
}

/// How often, and how much.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    /// What is counted is saved so often, and with it how far the source is read.
    pub(crate) save_every: Duration,
    /// Most bytes that open windows may take.
    pub(crate) windows_bytes_max: u64,
    /// What leaves beside is saved before it takes more.
    pub(crate) beside_bytes_max: u64,
}

/// Names a reading of the state.
pub(crate) type ReadId = u64;

/// What happens.
pub(crate) enum Event<T: Tally> {
    /// Lanes were assigned, each with what is committed of it.
    Claimed(Vec<(Lane, Option<NextOffset>)>),
    /// A batch came out of a worker.
    Filed(Filed<T::Batch>),
    /// How far lanes are read.
    ReadBy(ReadBy),
    /// The state as the topic has it: of each key the last row, in the order in which they
    /// were written. `Err`: it cannot be had, and why.
    State(ReadId, Result<Vec<StateRow>, String>),
    /// The consent of these people became narrower, or they were marked: the first eight
    /// bytes of each.
    Narrowed(Vec<u64>),
    /// Lanes are being revoked: what was counted of them is saved, then it is answered.
    Drain(Revoked),
    /// Lanes were lost: nothing of them may be saved any more.
    Lost(Revoked),
    /// The outlet has given up what it had: everything is read again, in that epoch, each
    /// lane from there.
    Rewound(u64, Vec<(Lane, Option<NextOffset>)>),
    /// The source is read to its end: once all of it has come, no more will.
    CaughtUp(Through),
    /// No more batches come; end.
    Stop,
    /// Time has passed: comes every second, and when [`super::Counter::deadline`] is over.
    Tick,
}

/// What the counter wants done, in order.
pub(crate) enum Effect<T: Tally> {
    /// To the outlet, as one transaction: how far that brings the lanes, and what leaves.
    Leave(Vec<Progress>, T::Content),
    /// Back to the workers: it is counted.
    GiveBack(T::Batch),
    /// Reads the state to the end that it has now, and says so by that name.
    ReadState(ReadId),
    /// What is counted is known: the lanes may be read.
    Known,
    /// To the outlet: a revocation, once what was counted of its lanes was handed over.
    Drain(Revoked),
    /// To the outlet: lanes that were lost.
    Lost(Revoked),
    /// To the intake: the state is what it was, so it may read on.
    Rewound(u64),
    /// So many records were counted in vain, and are read again at the next start.
    Ended(u64),
}
