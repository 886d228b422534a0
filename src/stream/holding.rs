//! Batches that wait in workers for something that cannot be had now.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::kafka::conditions::{Conditions, Part};
use crate::record::lookups::Outage;

/// What the workers of a stream hold, told as one condition.
pub(super) struct Holding {
    conditions: Arc<Conditions>,
    state: Mutex<State>,
    ended: Condvar,
}

#[derive(Default)]
struct State {
    /// Batches that are held.
    held: usize,
    /// Nobody waits for them any more.
    is_over: bool,
}

impl Holding {
    pub(super) fn new(conditions: Arc<Conditions>) -> Holding {
        Holding {
            conditions,
            state: Mutex::default(),
            ended: Condvar::new(),
        }
    }

    /// A worker holds a batch from now on until what is returned goes.
    pub(super) fn hold(&self) -> Hold<'_> {
        self.locked().held += 1;
        Hold(self)
    }

    /// Nobody waits for the batches any more: the workers let go of them.
    pub(super) fn end(&self) {
        self.locked().is_over = true;
        self.ended.notify_all();
    }

    fn locked(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One batch that is held.
pub(super) struct Hold<'h>(&'h Holding);

impl Hold<'_> {
    /// Says what is waited for, and waits before it is tried again. False:
    /// nobody waits for the batch any more.
    pub(super) fn wait(&self, outage: &Outage, pause: Duration) -> bool {
        let Hold(holding) = self;
        let state = holding.locked();
        holding.conditions.put(Part::Workers, outage.text());
        let waits = |state: &mut State| !state.is_over;
        let (state, _) = holding
            .ended
            .wait_timeout_while(state, pause, waits)
            .unwrap_or_else(PoisonError::into_inner);
        !state.is_over
    }
}

impl Drop for Hold<'_> {
    /// All is well when it was the last.
    fn drop(&mut self) {
        let mut state = self.0.locked();
        state.held -= 1;
        if state.held == 0 {
            self.0.conditions.clear(Part::Workers);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::condition::Standing;

    #[test]
    fn all_is_well_when_the_last_batch_goes_on_and_not_before() {
        let conditions = Arc::new(Conditions::default());
        let holding = Holding::new(conditions.clone());
        let told = || conditions.now(Part::Workers);
        let (one, other) = (holding.hold(), holding.hold());
        let outage = Outage::new("the store is down");
        assert!(one.wait(&outage, Duration::ZERO));
        drop(other);
        assert_eq!(told(), Standing::Failed("the store is down".into()));
        drop(one);
        assert_eq!(told(), Standing::Met);
    }

    #[test]
    fn whoever_waits_hears_of_the_end() {
        let holding = Holding::new(Arc::default());
        let outage = Outage::new("the store is down");
        let long = Duration::from_secs(3_600);
        std::thread::scope(|threads| {
            let waits = threads.spawn(|| holding.hold().wait(&outage, long));
            holding.end();
            assert!(!waits.join().unwrap());
        });
    }
}
