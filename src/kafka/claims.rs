//! Which lanes are ours at this moment, and how far each is committed: what
//! intake and outlet must both see at once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::record::lane::{Lane, NextOffset};

/// Claims and progress.
#[derive(Default)]
pub(crate) struct Claims {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    held: BTreeSet<Lane>,
    committed: BTreeMap<Lane, NextOffset>,
}

impl Claims {
    /// The intake takes lanes, each with what the group had committed.
    pub(crate) fn claim(&self, lanes: impl IntoIterator<Item = (Lane, Option<NextOffset>)>) {
        let mut inner = self.locked();
        for (lane, committed) in lanes {
            if let Some(next) = committed {
                inner.committed.insert(lane.clone(), next);
            }
            inner.held.insert(lane);
        }
    }

    /// The intake gives lanes up. After this returned, no offset of them is
    /// sent with metadata of a later generation.
    pub(crate) fn release<'a>(&self, lanes: impl IntoIterator<Item = &'a Lane>) {
        let mut inner = self.locked();
        for lane in lanes {
            inner.held.remove(lane);
            inner.committed.remove(lane);
        }
    }

    /// True when every one of them is ours. Ask **after** the group's metadata
    /// was fetched: fresh metadata of the next generation would otherwise
    /// commit for a lane just given away.
    pub(crate) fn hold_all<'a>(&self, lanes: impl IntoIterator<Item = &'a Lane>) -> bool {
        let inner = self.locked();
        lanes.into_iter().all(|lane| inner.held.contains(lane))
    }

    /// The outlet notes what a transaction committed.
    pub(crate) fn committed(&self, lanes: &[(Lane, NextOffset)]) {
        let mut inner = self.locked();
        for (lane, next) in lanes {
            if inner.held.contains(lane) {
                inner.committed.insert(lane.clone(), *next);
            }
        }
    }

    /// How far a lane is committed.
    pub(crate) fn progress(&self, lane: &Lane) -> Option<NextOffset> {
        self.locked().committed.get(lane).copied()
    }

    fn locked(&self) -> MutexGuard<'_, Inner> {
        // Sets are whole between two of their own calls, whoever panicked.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lane(partition: i32, claim: u64) -> Lane {
        Lane {
            topic: "raw".into(),
            partition,
            claim,
        }
    }

    #[test]
    fn a_lane_that_left_and_came_back_is_another_one() {
        let claims = Claims::default();
        claims.claim([
            (lane(0, 1), None),
            (lane(1, 2), Some(NextOffset::position(7))),
        ]);
        assert!(claims.hold_all(&[lane(0, 1), lane(1, 2)]));
        assert_eq!(claims.progress(&lane(1, 2)), Some(NextOffset::position(7)));
        claims.release(&[lane(0, 1)]);
        claims.claim([(lane(0, 3), None)]);
        assert!(!claims.hold_all(&[lane(0, 1), lane(1, 2)]));
        assert!(claims.hold_all(&[lane(0, 3)]));
        claims.committed(&[(lane(0, 1), NextOffset::position(9))]);
        assert_eq!(claims.progress(&lane(0, 1)), None);
    }
}
