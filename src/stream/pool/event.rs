//! What happens to a pool, and what it wants done: plain data.

use std::collections::BTreeMap;
use std::time::Instant;

use super::keeper::Keeper;
use crate::kafka::outlet::event::Drain;
pub(crate) use crate::kafka::outlet::event::Progress;
use crate::pipeline::OutBatch;
use crate::record::lane::{Lane, NextOffset};
use crate::record::state_row::StateRow;
use crate::release::NoRow;

/// Names a release.
pub(crate) type ReleaseId = u64;

/// A batch that reached the pool, in any order.
pub(crate) struct Filed<B> {
    /// Whose it is.
    pub(crate) lane: Lane,
    /// Which pass over the lane.
    pub(crate) epoch: u64,
    /// Gapless number within lane and epoch.
    pub(crate) seq: u64,
    /// Offset of its first record.
    pub(crate) first: i64,
    /// Progress of the lane once it is committed.
    pub(crate) next: NextOffset,
    /// Its records; `None`: a mere position behind the last one.
    pub(crate) batch: Option<B>,
}

impl Filed<Box<OutBatch>> {
    /// A batch.
    pub(in crate::stream) fn of_batch(batch: Box<OutBatch>) -> Filed<Box<OutBatch>> {
        Filed {
            lane: batch.lane.clone(),
            epoch: batch.epoch,
            seq: batch.seq,
            first: batch.first,
            next: batch.next,
            batch: Some(batch),
        }
    }

    /// A mere position behind the last record of its lane.
    pub(in crate::stream) fn of_position(
        lane: Lane,
        epoch: u64,
        seq: u64,
        next: NextOffset,
    ) -> Filed<Box<OutBatch>> {
        Filed {
            lane,
            epoch,
            seq,
            first: next.get(),
            next,
            batch: None,
        }
    }
}

/// Records that leave together, and how far that brings their lanes: all of it in one
/// transaction, or none.
#[derive(Debug)]
pub(crate) struct Release<C> {
    /// Its name.
    pub(crate) id: ReleaseId,
    /// One of each lane of which something waited.
    pub(crate) progress: Vec<Progress>,
    /// What leaves.
    pub(crate) content: C,
}

/// Lanes that are revoked or lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Revoked {
    /// Names the answer.
    pub(crate) ticket: u64,
    /// The lanes, with the number of batches sent of each in that epoch. When it is passed
    /// on: the number of those that were handed over.
    pub(crate) lanes: BTreeMap<Lane, u64>,
    /// The intake's epoch.
    pub(crate) epoch: u64,
    /// When to wait no longer.
    pub(crate) deadline: Instant,
    /// Nothing of them was dropped: whoever has them next reads nothing again.
    pub(crate) is_clean: bool,
    /// So many records of them waited, and were dropped.
    pub(crate) dropped: usize,
}

impl Revoked {
    /// Of a revocation that the outlet is to answer, by another name and sooner.
    pub(in crate::stream) fn of(ticket: u64, deadline: Instant, drain: Drain) -> Revoked {
        Revoked {
            ticket,
            lanes: drain.lanes.into_iter().collect(),
            epoch: drain.epoch,
            deadline,
            is_clean: true,
            dropped: 0,
        }
    }
}

/// How far a member has read once it has read everything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Through {
    /// Its lanes, with the number of batches sent of each in that epoch.
    pub(crate) lanes: BTreeMap<Lane, u64>,
    /// The intake's epoch.
    pub(crate) epoch: u64,
}

/// What happens.
pub(crate) enum Event<K: Keeper> {
    /// What the group remembers, as it was committed; nothing was filed since lanes were
    /// assigned, or all was void.
    Resumed(Vec<StateRow>),
    /// Lanes were assigned.
    Claimed(Vec<Lane>),
    /// A batch came out of a worker.
    Filed(Filed<K::Batch>),
    /// Lanes are being revoked: what can leave is handed over, then it is answered.
    Drain(Revoked),
    /// Lanes were lost: nothing of them may leave any more.
    Lost(Revoked),
    /// The outlet has given up what it had: everything is read again, in that epoch.
    Rewound(u64),
    /// These people withdrew.
    Narrowed(Vec<K::Person>),
    /// Who withdrew is not known any more: what waits must be decided anew.
    Doubted,
    /// The source is read to its end: once all of it has come, no more will.
    CaughtUp(Through),
    /// No more batches come; end.
    Stop,
    /// The time that [`super::Pool::deadline`] named has come.
    Tick,
}

/// What the pool wants done, in order.
pub(crate) enum Effect<K: Keeper> {
    /// To the outlet: progress of lanes of which nothing waited, one of each, with what is
    /// to leave beside it.
    Pass(Vec<Progress>, K::Content),
    /// To the outlet: a release.
    Release(Release<K::Content>),
    /// Back to the workers: what waits of it is kept elsewhere.
    GiveBack(K::Batch),
    /// To the outlet: a revocation, once all that can leave of its lanes was handed over.
    Drain(Revoked),
    /// To the outlet: lanes that were lost.
    Lost(Revoked),
    /// To the intake: everything was dropped, so it may read on.
    Rewound(u64),
    /// What the group remembers is known, or cannot be read: then nothing may be.
    Resumed(Result<(), NoRow>),
    /// So many records were dropped, and are read again at the next start.
    Ended(usize),
}
