//! Whether what is known of consent may still be decided by: for how long it has not been
//! known to be all that its topic holds.

use std::time::{Duration, Instant};

/// How long it may be so, and what then.
#[derive(Clone, Copy, Debug)]
pub(super) struct Staleness {
    /// So long it counts as current.
    pub(super) after: Duration,
    /// So long nothing is begun then; `None`: for as long as it lasts.
    pub(super) hold: Option<Duration>,
}

/// What may be done by what is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Currency {
    /// It is decided by.
    Current,
    /// Nothing is begun.
    Held,
    /// Whatever needs consent is denied, and the rest goes on.
    Denied,
}

impl Staleness {
    /// At that moment, when everything of that other one is known; `None`: nothing is yet,
    /// and nothing has begun.
    pub(super) fn judge(&self, now: Instant, as_of: Option<Instant>) -> Currency {
        let Some(as_of) = as_of else {
            return Currency::Held;
        };
        let age = now.saturating_duration_since(as_of);
        match self.hold {
            _ if age <= self.after => Currency::Current,
            Some(hold) if age > self.after.saturating_add(hold) => Currency::Denied,
            _ => Currency::Held,
        }
    }

    /// How often the cluster is asked.
    pub(super) fn every(&self) -> Duration {
        (self.after / 3).max(Duration::from_millis(100))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_held_for_a_while_then_denied_unless_it_is_held_for_ever() {
        let s = Duration::from_secs;
        let at = Instant::now();
        let staleness = Staleness {
            after: s(30),
            hold: Some(s(3_600)),
        };
        let judged = |age| staleness.judge(at + s(age), Some(at));
        assert_eq!(judged(0), Currency::Current);
        assert_eq!(judged(30), Currency::Current);
        assert_eq!(judged(31), Currency::Held);
        assert_eq!(judged(3_630), Currency::Held);
        assert_eq!(judged(3_631), Currency::Denied);
        assert_eq!(staleness.judge(at, None), Currency::Held);
        // A clock that stands still is no reason.
        assert_eq!(staleness.judge(at, Some(at + s(9))), Currency::Current);
        let for_ever = Staleness {
            hold: None,
            ..staleness
        };
        assert_eq!(for_ever.judge(at + s(1 << 30), Some(at)), Currency::Held);
        assert_eq!(staleness.every(), s(10));
        let at_once = Staleness {
            hold: Some(Duration::ZERO),
            ..staleness
        };
        assert_eq!(at_once.judge(at + s(31), Some(at)), Currency::Denied);
    }
}
