//! As of when the state is known to be all that its topics hold, for everybody who waits
//! for that.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crossbeam_channel::Sender;

/// Shared between who follows the topics and who waits.
pub(crate) struct Progress {
    as_of: Mutex<Option<Instant>>,
    moved: Condvar,
    /// Asks for the ends; full: it will be asked anyway, later than now.
    ask: Sender<()>,
}

impl Progress {
    /// Nothing is known yet. Whoever holds the other end of `ask`, which has room for
    /// one, asks the cluster for the ends.
    pub(crate) fn new(ask: Sender<()>) -> Progress {
        Progress {
            as_of: Mutex::new(None),
            moved: Condvar::new(),
            ask,
        }
    }

    /// All that the topics held at that moment is visible here.
    pub(crate) fn is_current(&self, as_of: Instant) {
        let mut known = self.locked();
        *known = Some(known.map_or(as_of, |before| before.max(as_of)));
        self.moved.notify_all();
    }

    /// As of when it is.
    pub(crate) fn as_of(&self) -> Option<Instant> {
        *self.locked()
    }

    /// True when what the topics held at that moment is visible.
    pub(crate) fn covers(&self, moment: Instant) -> bool {
        self.as_of().is_some_and(|as_of| as_of >= moment)
    }

    /// Has the ends asked for, if they were not since then.
    pub(crate) fn ask(&self) {
        let _ = self.ask.try_send(());
    }

    /// Waits until what the topics held at that moment is visible; at most so long. True
    /// when it is.
    pub(crate) fn wait_for(&self, moment: Instant, at_most: Duration) -> bool {
        let is_before = |as_of: &mut Option<Instant>| as_of.is_none_or(|as_of| as_of < moment);
        let waited = self
            .moved
            .wait_timeout_while(self.locked(), at_most, is_before);
        let (as_of, _) = waited.unwrap_or_else(PoisonError::into_inner);
        as_of.is_some_and(|as_of| as_of >= moment)
    }

    fn locked(&self) -> MutexGuard<'_, Option<Instant>> {
        self.as_of.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_waits_is_told_of_a_moment_not_before_theirs() {
        let (ask, asked) = crossbeam_channel::bounded(1);
        let progress = Progress::new(ask);
        let before = Instant::now();
        let since = before + Duration::from_millis(1);
        assert!(!progress.wait_for(since, Duration::ZERO));
        progress.ask();
        progress.ask();
        assert_eq!(asked.try_iter().count(), 1);
        std::thread::scope(|scope| {
            let waits = scope.spawn(|| progress.wait_for(since, Duration::from_secs(60)));
            progress.is_current(before);
            progress.is_current(since);
            assert!(waits.join().unwrap());
        });
        // What was asked earlier and answered later takes nothing back.
        progress.is_current(before);
        assert!(progress.covers(since) && !progress.covers(since + Duration::from_millis(1)));
    }
}
