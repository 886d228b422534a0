//! What the promise of latency is spent on: a record waits for company where that
//! is cheapest, and is committed with it at once.

use std::time::Duration;

/// What delivering and committing take, beside the waiting: measured at 20 to 30 ms
/// on a broker at rest, and a commit under way is waited for.
const COMMITTING: Duration = Duration::from_millis(50);
/// No transaction is open for longer, however much time there is: an open one holds
/// up every reader of committed records.
const OPEN_MAX: Duration = Duration::from_secs(2);
/// Longest wait of the broker for enough to answer a fetch with: librdkafka's default.
const FETCH_WAIT_MAX: Duration = Duration::from_millis(500);

/// Unless the operator promises something else.
pub const LATENCY_DEFAULT: Duration = Duration::from_millis(250);

/// How long a record waits where, at most. Under load nothing waits: batches and
/// transactions are full before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pacing {
    /// At the broker, for others to be fetched with.
    pub fetch_wait: Duration,
    /// In the intake, for others to be handed over with; then all goes on its way.
    pub gather: Duration,
    /// In a transaction that is kept from filling up.
    pub transaction: Duration,
}

impl Pacing {
    /// For that promise: from a record's arrival at the broker to its sanitized form
    /// being committed, as long as brokers and workers keep up.
    pub fn new(latency: Duration) -> Pacing {
        let committing = COMMITTING.min(latency / 2);
        let fetch_wait = whole_millis(latency * 2 / 5).min(FETCH_WAIT_MAX);
        Pacing {
            fetch_wait,
            gather: whole_millis(latency.saturating_sub(committing + fetch_wait)),
            transaction: whole_millis(latency * 2 / 5).min(OPEN_MAX),
        }
    }
}

/// At least one: the client library knows no part of a millisecond.
fn whole_millis(of: Duration) -> Duration {
    Duration::from_millis(u64::try_from(of.as_millis()).unwrap_or(u64::MAX).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_and_committing_fit_the_promise() {
        for ms in [10, 20, 50, 100, 250, 1_000, 10_000, 60_000] {
            let latency = Duration::from_millis(ms);
            let Pacing {
                fetch_wait,
                gather,
                transaction,
            } = Pacing::new(latency);
            assert!(fetch_wait + gather < latency, "{ms}");
            assert!(transaction < latency && transaction <= OPEN_MAX, "{ms}");
            assert!(gather >= Duration::from_millis(1), "{ms}");
        }
        let usual = Pacing::new(LATENCY_DEFAULT);
        assert_eq!(usual.gather, Duration::from_millis(100));
        assert_eq!(usual.transaction, Duration::from_millis(100));
    }
}
