//! Credit in bytes: the one bound on what is under way between the intake and
//! the end of a transaction.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// Bytes that may be in flight. May fall below zero by one record, and by what
/// a batch grew while it was worked on.
pub struct Credit {
    limit: i64,
    left: Mutex<i64>,
    returned: Condvar,
}

impl Credit {
    /// All of `limit` bytes are free.
    pub fn new(limit: u64) -> Self {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        Credit {
            limit,
            left: Mutex::new(limit),
            returned: Condvar::new(),
        }
    }

    /// Bytes that are free.
    pub fn left(&self) -> i64 {
        *self.locked()
    }

    /// True when at least half is free.
    pub fn is_half_free(&self) -> bool {
        self.left() >= self.limit / 2
    }

    /// Takes bytes.
    pub fn take(&self, bytes: u64) {
        self.change(-i64::try_from(bytes).unwrap_or(i64::MAX));
    }

    /// Gives bytes back.
    pub fn give(&self, bytes: u64) {
        self.change(i64::try_from(bytes).unwrap_or(i64::MAX));
    }

    /// Replaces what was taken by what it really is.
    pub fn true_up(&self, taken: u64, real: u64) {
        let (taken, real) = (i64::try_from(taken), i64::try_from(real));
        self.change(taken.unwrap_or(i64::MAX) - real.unwrap_or(i64::MAX));
    }

    /// Waits until some is free, at most so long. True when some is.
    pub fn wait(&self, at_most: Duration) -> bool {
        let (left, _) = self
            .returned
            .wait_timeout_while(self.locked(), at_most, |left| *left <= 0)
            .unwrap_or_else(PoisonError::into_inner);
        *left > 0
    }

    fn change(&self, by: i64) {
        let mut left = self.locked();
        *left = left.saturating_add(by);
        if *left > 0 {
            self.returned.notify_all();
        }
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, i64> {
        // A number is whole whoever panicked while holding it.
        self.left.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_comes_back_and_growth_is_charged() {
        let credit = Credit::new(100);
        credit.take(60);
        credit.true_up(60, 150);
        assert_eq!(credit.left(), -50);
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
}
