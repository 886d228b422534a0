//! What intake, workers and outlet tell each other.

use std::sync::Arc;

use crossbeam_channel::Sender;

use super::outlet::event::{Drain, Gathered, RewindTo, Start};
use super::outlet::leaving::Leaving;
use super::startup::Topology;
use crate::pipeline::{InBatch, OutBatch};
use crate::plan::Plan;
use crate::record::Reason;
use crate::record::lane::{Lane, NextOffset};

/// From the intake to a worker.
pub(crate) struct Work {
    /// The raw records.
    pub(crate) batch: InBatch,
    /// All of them go to quarantine for that reason, unread.
    pub(crate) condemned: Option<Reason>,
}

/// To the outlet.
pub(crate) enum ToOutlet {
    /// Lanes were assigned.
    Claimed(Vec<Start>),
    /// This member has the lease of its group, for the n-th time: the lanes that are
    /// assigned next come with it, and what the group remembers is read before them.
    Taken(u64),
    /// A worker is done with a batch.
    Batch(Box<OutBatch>),
    /// All that was read is on its way.
    Gathered(Gathered),
    /// All that is ever to be read is on its way.
    CaughtUp(Gathered),
    /// How far lanes are read, by the clock.
    ReadBy(ReadBy),
    /// Records of many lanes leave together.
    Release(Box<Leaving>),
    /// The lane's position lies behind its last record.
    Position {
        /// The lane.
        lane: Lane,
        /// The intake's epoch.
        epoch: u64,
        /// Its place among the lane's batches.
        seq: u64,
        /// The position.
        next: NextOffset,
    },
    /// Lanes are revoked (`lost`: were taken away); the answer says whether
    /// everything was committed.
    Drain {
        /// The lanes and the deadline.
        drain: Drain,
        /// They belong to somebody else already.
        lost: bool,
        /// For the answer.
        reply: Sender<bool>,
    },
    /// What is read from here on is done under another plan.
    Replaced {
        /// The plan.
        plan: Arc<Plan>,
        /// What the cluster says of its topics.
        topology: Topology,
    },
    /// Nothing is begun while this is so: what people decided is not known to be
    /// current.
    Held(bool),
    /// Nothing more comes.
    Stop,
}

/// To the intake: everything of older epochs is void, read on from here.
pub(crate) struct Rewind {
    /// The epoch that begins.
    pub(crate) epoch: u64,
    /// For every lane the outlet knows.
    pub(crate) lanes: Vec<RewindTo>,
}

/// How far lanes are read.
#[derive(Clone, Debug)]
pub(crate) struct ReadBy {
    /// Each with the number of batches sent of it in that epoch, and a time, milliseconds
    /// since 1970: all that was in it then is in those.
    pub(crate) lanes: Vec<(Lane, u64, i64)>,
    /// The intake's epoch.
    pub(crate) epoch: u64,
}

/// Why a stream ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// It was told to, or had read everything (`--once`).
    Done,
    /// Another process uses this instance name.
    Fenced {
        /// The name.
        instance: String,
    },
    /// Its group is another policy's, or another program is in it.
    Misplaced {
        /// Who is there.
        what: String,
        /// The way out.
        help: String,
    },
    /// Its policy can make nothing of the records of its source.
    Unusable {
        /// Why.
        what: String,
        /// The way out.
        help: String,
    },
    /// It cannot go on, or did not come to an end in time.
    Unavailable {
        /// Why, and what to do.
        what: String,
    },
}

impl End {
    /// It was told to stop while the cluster could not be reached.
    pub(crate) fn uncommitted() -> End {
        End::Unavailable {
            what: "stopped before what was under way could be committed; nothing is lost: \
                   the next start reads it again"
                .to_owned(),
        }
    }

    /// `--once` was told to stop before it had read everything.
    pub(crate) fn stopped_early() -> End {
        End::Unavailable {
            what: "stopped before everything was read; what was read is committed, and the next \
                   start goes on from there"
                .to_owned(),
        }
    }
}

impl std::fmt::Display for End {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            End::Done => f.write_str("done"),
            End::Fenced { instance } => write!(
                f,
                "fenced by another instance named `{instance}`: give every instance a name of its own"
            ),
            End::Misplaced { what, help } | End::Unusable { what, help } => {
                write!(f, "{what}; {help}")
            }
            End::Unavailable { what } => f.write_str(what),
        }
    }
}
