//! One person's decisions, one after the other, in the order in which they came: of two
//! that are milliseconds apart the later one has to stand.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Mutex as Queue, OwnedMutexGuard};

use crate::record::SubjectId;

/// Who is being written for, and who waits for that.
#[derive(Default)]
pub struct Turns(Mutex<HashMap<SubjectId, Waiting>>);

#[derive(Default)]
struct Waiting {
    queue: Arc<Queue<()>>,
    /// Those that wait, and the one whose turn it is.
    count: usize,
}

/// It is somebody's turn until this is dropped.
pub(super) struct Turn {
    // Given on before the place is given back.
    _first: OwnedMutexGuard<()>,
    _place: Place,
}

/// A place in the queue of a person.
struct Place {
    turns: Arc<Turns>,
    who: SubjectId,
}

impl Turns {
    /// Waits for the turn of a decision of that person, first come, first served. Dropped
    /// while it waits, its place is free again.
    pub(super) async fn turn(self: &Arc<Self>, who: SubjectId) -> Turn {
        let queue = {
            let mut all = self.all();
            let waiting = all.entry(who).or_default();
            waiting.count += 1;
            Arc::clone(&waiting.queue)
        };
        let turns = Arc::clone(self);
        let place = Place { turns, who };
        Turn {
            _first: queue.lock_owned().await,
            _place: place,
        }
    }

    /// How many decisions of that person are not written yet.
    #[cfg(test)]
    pub(super) fn of(&self, who: SubjectId) -> usize {
        self.all().get(&who).map_or(0, |waiting| waiting.count)
    }

    fn all(&self) -> MutexGuard<'_, HashMap<SubjectId, Waiting>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut all = self.turns.all();
        let Some(waiting) = all.get_mut(&self.who) else {
            return;
        };
        waiting.count -= 1;
        // Nobody is remembered for whom nothing is under way.
        if waiting.count == 0 {
            all.remove(&self.who);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    #[test]
    fn first_come_first_served_and_each_person_alone() {
        let turns = Arc::new(Turns::default());
        let (one, other) = (SubjectId([1; 16]), SubjectId([2; 16]));
        let mut cx = Context::from_waker(Waker::noop());
        let mut first = pin!(turns.turn(one));
        let Poll::Ready(turn) = first.as_mut().poll(&mut cx) else {
            panic!("nobody is before it");
        };
        let mut second = pin!(turns.turn(one));
        assert!(second.as_mut().poll(&mut cx).is_pending());
        {
            let mut hung_up = pin!(turns.turn(one));
            assert!(hung_up.as_mut().poll(&mut cx).is_pending());
            assert_eq!(turns.of(one), 3);
        }
        let mut elsewhere = pin!(turns.turn(other));
        assert!(elsewhere.as_mut().poll(&mut cx).is_ready());
        let mut third = pin!(turns.turn(one));
        assert!(third.as_mut().poll(&mut cx).is_pending());
        drop(turn);
        assert!(
            third.as_mut().poll(&mut cx).is_pending(),
            "it is not its turn"
        );
        let Poll::Ready(turn) = second.as_mut().poll(&mut cx) else {
            panic!("its turn has come");
        };
        drop(turn);
        assert!(third.as_mut().poll(&mut cx).is_ready());
        assert_eq!(turns.of(one), 0);
        assert!(turns.all().is_empty());
    }
}
