//! What happens to the outlet, and what it wants done: plain data.

use std::ops::Range;
use std::time::{Duration, Instant};

use crate::kafka::errors::Failure;
use crate::pipeline::observer::{Cause, TransactionEnd};
use crate::plan::PlanId;
use crate::record::lane::{Lane, NextOffset};

/// Names a batch to whoever holds its bytes.
pub(crate) type BatchId = u64;

/// How far a lane is once what brings it there is committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Progress {
    /// The lane.
    pub(crate) lane: Lane,
    /// Which of its batches are covered: gapless numbers within lane and epoch.
    pub(crate) seqs: Range<u64>,
    /// Offset of the first record of these.
    pub(crate) first: i64,
    /// Where to read on.
    pub(crate) next: NextOffset,
}

/// The progress of one lane, or of several that leave together. Of one it takes no
/// memory of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Progresses {
    first: Progress,
    others: Vec<Progress>,
}

impl Progresses {
    /// Of one batch of a lane.
    pub(crate) fn of_batch(lane: Lane, seq: u64, first: i64, next: NextOffset) -> Progresses {
        Progresses::from(Progress {
            lane,
            seqs: seq..seq + 1,
            first,
            next,
        })
    }

    /// Of several lanes, each of them once; `None`: of none.
    pub(crate) fn of_several(mut all: Vec<Progress>) -> Option<Progresses> {
        let first = all.pop()?;
        Some(Progresses { first, others: all })
    }

    /// That of one of the lanes.
    pub(crate) fn first(&self) -> &Progress {
        &self.first
    }

    /// True when it is of several lanes.
    pub(crate) fn is_of_several(&self) -> bool {
        !self.others.is_empty()
    }

    /// That of each lane.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Progress> {
        std::iter::once(&self.first).chain(&self.others)
    }

    /// True when it is of that lane, too.
    pub(crate) fn is_of(&self, lane: &Lane) -> bool {
        self.iter().any(|progress| progress.lane == *lane)
    }
}

impl From<Progress> for Progresses {
    fn from(first: Progress) -> Progresses {
        Progresses {
            first,
            others: Vec::new(),
        }
    }
}

/// A batch that reached the outlet, in any order; or a release of several lanes, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Arrival {
    /// Its bytes, held elsewhere.
    pub(crate) id: BatchId,
    /// Which pass over the lanes.
    pub(crate) epoch: u64,
    /// Whose it is, and how far it brings them.
    pub(crate) progress: Progresses,
    /// Records read; 0 for a mere position behind the last record.
    pub(crate) records: u32,
    /// Bytes to be written.
    pub(crate) bytes: u64,
    /// Which plan made it; `None` goes with any.
    pub(crate) plan: Option<PlanId>,
}

/// A lane and where it starts; `None` is the beginning of the partition.
pub(crate) type Start = (Lane, Option<NextOffset>);

/// What happens.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    /// Lanes were assigned.
    Claimed(Vec<Start>),
    /// A batch came out of a worker.
    Arrived(Arrival),
    /// Everything read so far was handed over: once all of it has come, nothing
    /// more is waited for.
    Gathered(Gathered),
    /// Lanes are being revoked: commit what is under way, then answer.
    Drain(Drain),
    /// Lanes were lost: nothing of them may be committed any more.
    Lost(Drain),
    /// The topics take other sizes than the producer was made for.
    Resized,
    /// Nothing is begun while this is so: what people decided is not known to be
    /// current. What is open may end.
    Held(bool),
    /// No more batches come; end.
    Stop,
    /// The time that [`super::machine::Machine::deadline`] named has come.
    Tick,
    /// The answer to the one outstanding call.
    Answer {
        /// Which.
        call: CallKind,
        /// What it said.
        result: Result<(), Failure>,
        /// How long it took.
        took: Duration,
    },
    /// The answer to [`Call::ReadCommitted`]; `None`: nothing is committed.
    Committed(Result<Vec<Start>, Failure>),
}

/// How far the intake was when it handed over all that it had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Gathered {
    /// Its lanes, with the number of batches sent of each in that epoch.
    pub(crate) lanes: Vec<(Lane, u64)>,
    /// The intake's epoch.
    pub(crate) epoch: u64,
}

/// A revocation to be answered.
#[derive(Clone, Debug)]
pub(crate) struct Drain {
    /// Names the answer.
    pub(crate) ticket: u64,
    /// The lanes, with the number of batches sent of each in that epoch.
    pub(crate) lanes: Vec<(Lane, u64)>,
    /// The intake's epoch.
    pub(crate) epoch: u64,
    /// When to give up and abort.
    pub(crate) deadline: Instant,
}

/// What the outlet wants done, in order.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Effect {
    /// A call that must be answered; at most one is outstanding, and it is the
    /// last effect of its step.
    Call(Call),
    /// Produce the records of a batch; a failure shows at [`Call::Deliver`].
    Send {
        /// Which batch.
        id: BatchId,
        /// Its one record is quarantined instead.
        refused: Option<Refused>,
    },
    /// A transaction committed: publish counts, free credit.
    Publish(Published),
    /// These batches came to nothing: free their credit.
    Discard(Vec<BatchId>),
    /// Everything of older epochs is void: read on from here.
    Rewind {
        /// The epoch that begins.
        epoch: u64,
        /// For every claimed lane.
        lanes: Vec<RewindTo>,
    },
    /// Batches that are read from now on have at most so many records.
    BatchRecordsMax(u32),
    /// Answers a [`Drain`]: no open transaction holds anything of its lanes.
    Drained {
        /// Its ticket.
        ticket: u64,
        /// True when everything sent was committed.
        clean: bool,
    },
    /// A transaction ended.
    Ended(TransactionEnd),
    /// A new producer is made.
    Rebuild(Cause),
    /// What is wrong now, if anything.
    Trouble(Option<Failure>),
    /// Another process uses our instance name.
    Twin,
    /// Drop the producer; nothing follows.
    Close,
}

/// Calls to the producer (and one to the consumer).
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Call {
    /// A new producer; the old one is dropped aside.
    Create,
    /// `init_transactions`.
    Init,
    /// The group's committed offsets, after pending transactions ended.
    ReadCommitted(Vec<Lane>),
    /// `begin_transaction`.
    Begin,
    /// Wait until nothing is in flight; fails when a record was not delivered.
    Deliver,
    /// Group metadata, then claims, then the fence, then `send_offsets_to_transaction`.
    SendOffsets(Vec<(Lane, NextOffset)>),
    /// `commit_transaction`.
    Commit,
    /// `abort_transaction`.
    Abort,
}

/// Names a [`Call`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub(crate) enum CallKind {
    Create,
    Init,
    ReadCommitted,
    Begin,
    Deliver,
    SendOffsets,
    Commit,
    Abort,
}

impl Call {
    /// Its name.
    pub(crate) const fn kind(&self) -> CallKind {
        match self {
            Call::Create => CallKind::Create,
            Call::Init => CallKind::Init,
            Call::ReadCommitted(_) => CallKind::ReadCommitted,
            Call::Begin => CallKind::Begin,
            Call::Deliver => CallKind::Deliver,
            Call::SendOffsets(_) => CallKind::SendOffsets,
            Call::Commit => CallKind::Commit,
            Call::Abort => CallKind::Abort,
        }
    }
}

/// How a record that the broker refuses is written to quarantine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// Sealed, as any other.
    Sealed,
    /// Headers and an empty value: the sealed form was refused as well.
    Bare,
}

/// Where to read on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RewindTo {
    /// The lane.
    pub(crate) lane: Lane,
    /// From where; `None`: where the lane started when it was assigned.
    pub(crate) to: Option<NextOffset>,
    /// In smaller batches for a while: a record in there is refused.
    pub(crate) pace: Option<Pace>,
}

/// Batches of at most `records` up to `until`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pace {
    /// Most records of a batch.
    pub(crate) records: u32,
    /// From this offset on as usual.
    pub(crate) until: NextOffset,
}

/// A committed transaction.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Published {
    /// Its batches, in the order sent.
    pub(crate) batches: Vec<BatchId>,
    /// Progress it made.
    pub(crate) lanes: Vec<(Lane, NextOffset)>,
    /// From begin to the commit's answer.
    pub(crate) open: Duration,
}
