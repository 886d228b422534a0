//! Signs of life of the threads of a stream that may be held up from outside.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::kafka::conditions::{Conditions, Part};

/// So long with lag and without a message, and something is wrong.
const STALLED_AFTER: Duration = Duration::from_secs(60);

/// Signs of life of the poll thread, of the outlet and of what keeps records waiting, for
/// health.
pub struct Liveness {
    started: Instant,
    polled_ms: AtomicU64,
    message_ms: AtomicU64,
    lag: AtomicI64,
    /// Since when the outlet waits for an answer to one call, repeats included;
    /// 0: it does not.
    asked_ms: AtomicU64,
    /// When what keeps records waiting, or counts them, last lived; 0: nothing does.
    kept_ms: AtomicU64,
}

impl Default for Liveness {
    fn default() -> Self {
        Liveness {
            started: Instant::now(),
            polled_ms: AtomicU64::new(0),
            message_ms: AtomicU64::new(0),
            lag: AtomicI64::new(0),
            asked_ms: AtomicU64::new(0),
            kept_ms: AtomicU64::new(0),
        }
    }
}

impl Liveness {
    /// The poll thread lives.
    pub(crate) fn beat(&self, now: Instant) {
        self.polled_ms.store(self.ms_at(now), Ordering::Relaxed);
    }

    /// How long ago it last did.
    pub(crate) fn age(&self) -> Duration {
        let polled = self.polled_ms.load(Ordering::Relaxed);
        Duration::from_millis(self.ms_at(Instant::now()).saturating_sub(polled))
    }

    /// The outlet asks something of the cluster; asked again, it has waited since
    /// the first time.
    pub(crate) fn asks(&self, now: Instant) {
        let at = self.ms_at(now).max(1);
        // Already set: the same call once more.
        let _ = self
            .asked_ms
            .compare_exchange(0, at, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// It was answered.
    pub(crate) fn answered(&self) {
        self.asked_ms.store(0, Ordering::Relaxed);
    }

    /// For how long the outlet has waited for an answer.
    pub(crate) fn unanswered(&self) -> Duration {
        match self.asked_ms.load(Ordering::Relaxed) {
            0 => Duration::ZERO,
            at => Duration::from_millis(self.ms_at(Instant::now()).saturating_sub(at)),
        }
    }

    /// The thread that keeps records waiting, or counts them, lives: told each second.
    pub(crate) fn keeps(&self, now: Instant) {
        self.kept_ms
            .store(self.ms_at(now).max(1), Ordering::Relaxed);
    }

    /// How long ago it last did; `None`: the stream has none.
    pub(crate) fn kept_age(&self) -> Option<Duration> {
        let kept = self.kept_ms.load(Ordering::Relaxed);
        let age = self.ms_at(Instant::now()).saturating_sub(kept);
        (kept > 0).then(|| Duration::from_millis(age))
    }

    /// What is left to read, as the client library last saw it.
    pub(super) fn lag(&self, records: i64) {
        self.lag.store(records, Ordering::Relaxed);
    }

    pub(super) fn message(&self, now: Instant) {
        self.message_ms.store(self.ms_at(now), Ordering::Relaxed);
    }

    /// Says on the conditions whether reading stands still although there is lag.
    pub(super) fn tell(&self, conditions: &Conditions) {
        if self.is_stalled() {
            conditions.put(
                Part::Progress,
                "there is lag and nothing arrives; look at the brokers, and restart this instance if they are well",
            );
        } else {
            conditions.clear(Part::Progress);
        }
    }

    fn is_stalled(&self) -> bool {
        let since = self
            .ms_at(Instant::now())
            .saturating_sub(self.message_ms.load(Ordering::Relaxed));
        self.lag.load(Ordering::Relaxed) > 0 && Duration::from_millis(since) > STALLED_AFTER
    }

    fn ms_at(&self, now: Instant) -> u64 {
        u64::try_from(now.duration_since(self.started).as_millis()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::condition::Standing;

    #[test]
    fn a_call_is_waited_for_since_it_was_asked_first() {
        let began = Instant::now().checked_sub(Duration::from_secs(9));
        let liveness = Liveness {
            started: began.expect("the machine is up for nine seconds"),
            ..Liveness::default()
        };
        assert_eq!(liveness.unanswered(), Duration::ZERO);
        liveness.asks(liveness.started + Duration::from_secs(1));
        liveness.asks(liveness.started + Duration::from_secs(5));
        assert!(liveness.unanswered() >= Duration::from_secs(8));
        liveness.answered();
        assert_eq!(liveness.unanswered(), Duration::ZERO);
    }

    #[test]
    fn what_keeps_records_lives_since_it_said_so_last() {
        let began = Instant::now().checked_sub(Duration::from_secs(9));
        let liveness = Liveness {
            started: began.expect("the machine is up for nine seconds"),
            ..Liveness::default()
        };
        assert_eq!(liveness.kept_age(), None);
        liveness.keeps(liveness.started);
        assert!(liveness.kept_age() >= Some(Duration::from_secs(8)));
        liveness.keeps(Instant::now());
        assert!(liveness.kept_age() < Some(Duration::from_secs(8)));
    }

    #[test]
    fn a_standstill_is_told_as_long_as_it_lasts() {
        let long_ago = Instant::now().checked_sub(2 * STALLED_AFTER);
        let liveness = Liveness {
            started: long_ago.expect("the machine is up for two minutes"),
            ..Liveness::default()
        };
        let conditions = Conditions::default();
        let told = || {
            liveness.tell(&conditions);
            conditions.now(Part::Progress) != Standing::Met
        };
        assert!(!told());
        liveness.lag(5);
        assert!(told());
        // What was behind belongs to another member now, and nothing arrives.
        liveness.lag(0);
        assert!(!told());
        liveness.lag(5);
        assert!(told());
        liveness.message(Instant::now());
        assert!(!told());
    }
}
