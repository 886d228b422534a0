//! Credit in bytes: the one bound on what is under way between the intake and
//! the end of a transaction.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// Bytes that may be in flight. May fall below zero by one record, and by what
/// a batch grew while it was worked on.
pub(crate) struct Credit {
    limit: i64,
    left: AtomicI64,
    /// Held by whoever looks before it waits, and by whoever wakes it.
    waiting: Mutex<()>,
    returned: Condvar,
}

impl Credit {
    /// All of `limit` bytes are free.
    pub(crate) fn new(limit: u64) -> Self {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        Credit {
            limit,
            left: AtomicI64::new(limit),
            waiting: Mutex::new(()),
            returned: Condvar::new(),
        }
    }

    /// Bytes that are free.
    pub(crate) fn left(&self) -> i64 {
        self.left.load(Ordering::SeqCst)
    }

    /// Bytes that are taken.
    pub(crate) fn in_use(&self) -> u64 {
        u64::try_from(self.limit - self.left()).unwrap_or(0)
    }

    /// True when at least half is free.
    pub(crate) fn is_half_free(&self) -> bool {
        self.left() >= self.limit / 2
    }

    /// Takes bytes.
    pub(crate) fn take(&self, bytes: u64) {
        self.change(-i64::try_from(bytes).unwrap_or(i64::MAX));
    }

    /// Gives bytes back.
    pub(crate) fn give(&self, bytes: u64) {
        self.change(i64::try_from(bytes).unwrap_or(i64::MAX));
    }

    /// Replaces what was taken by what it really is.
    pub(crate) fn true_up(&self, taken: u64, real: u64) {
        let (taken, real) = (i64::try_from(taken), i64::try_from(real));
        self.change(taken.unwrap_or(i64::MAX) - real.unwrap_or(i64::MAX));
    }

    /// Waits until some is free, at most so long. True when some is.
    pub(crate) fn wait(&self, at_most: Duration) -> bool {
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self
            .returned
            .wait_timeout_while(waiting, at_most, |()| self.left() <= 0);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
        self.left() > 0
    }

    /// Every record passes here: only what ends a wait costs a system call.
    fn change(&self, by: i64) {
        let before = self.left.fetch_add(by, Ordering::SeqCst);
        if before <= 0 && before + by > 0 {
            let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            self.returned.notify_all();
            drop(waiting);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// I5: nothing more is read before what grew in work is given back.
    #[test]
    fn what_is_taken_comes_back_and_growth_is_charged() {
        let credit = Credit::new(100);
        credit.take(60);
        credit.true_up(60, 150);
        assert_eq!((credit.left(), credit.in_use()), (-50, 150));
        assert!(!credit.wait(Duration::ZERO));
        credit.give(150);
        assert_eq!(credit.left(), 100);
        assert!(credit.wait(Duration::ZERO) && credit.is_half_free());
    }

    #[test]
    fn a_waiter_is_woken_when_credit_returns() {
        let credit = Credit::new(10);
        credit.take(20);
        std::thread::scope(|s| {
            let waiter = s.spawn(|| credit.wait(Duration::from_secs(60)));
            credit.give(15);
            assert!(waiter.join().unwrap());
        });
    }

    /// One thread takes all and waits, two give it back by turns: whoever is the
    /// one to end the wait must not come between the look and the wait.
    #[test]
    fn no_wake_up_is_lost_whoever_gives() {
        const ROUNDS: usize = 20_000;
        let credit = Credit::new(2);
        let began = std::time::Instant::now();
        std::thread::scope(|s| {
            let (credit, (taken, is_taken)) = (&credit, crossbeam_channel::unbounded());
            for _ in 0..2 {
                let is_taken: crossbeam_channel::Receiver<u64> = is_taken.clone();
                s.spawn(move || is_taken.iter().for_each(|bytes| credit.give(bytes)));
            }
            for _ in 0..ROUNDS {
                credit.take(3);
                taken.send(1).expect("both are there");
                taken.send(2).expect("both are there");
                assert!(credit.wait(Duration::from_secs(60)));
            }
        });
        assert_eq!(credit.left(), 2);
        assert!(
            began.elapsed() < Duration::from_secs(60),
            "a wake-up was lost"
        );
    }
}
