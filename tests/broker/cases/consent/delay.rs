//! How late withdrawals count, and what the fence costs: figures, in minutes.

use std::time::{Duration, Instant};

use crate::kafka::{self, Feed};

use super::super::stage::SETTLE;
use super::{Consented, decision, event};

/// Upper ends of the buckets of a histogram that are of interest here.
const BUCKETS: [&str; 10] = [
    "0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "+Inf",
];

/// Under which of them so many of a hundred lie.
fn quantile(metrics: &crate::veil::Metrics, name: &str, percent: u64) -> &'static str {
    let buckets = format!("{name}_bucket");
    let under = |le: &&&str| metrics.sum(&buckets, &[("le", le)]);
    let all = under(&&"+Inf");
    let reached = |le: &&&str| under(le) * 100 >= all * percent;
    BUCKETS
        .iter()
        .find(reached)
        .expect("all lie under the last")
}

#[test]
#[ignore = "takes minutes"]
fn how_late_withdrawals_are_and_what_the_fence_costs() {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    const PER_SECOND: u64 = 20_000;
    const SECONDS: u64 = 20;
    const PEOPLE: u32 = 20_000;
    for rate in [0_u64, 1, 10, 100] {
        let with = Consented::new(cluster, &format!("delay-{rate}"), "");
        with.decide((0..PEOPLE).map(|n| (n, Some(true))));
        let mut veil = with.veil(&[]);
        veil.await_ready(SETTLE);
        let mut feed = Feed::new(cluster, &with.stage.topics.source);
        let mut turns = Feed::new(cluster, &with.decisions);
        let begun = Instant::now();
        let (mut sent, mut withdrawn) = (0_u64, 0_u64);
        while sent < PER_SECOND * SECONDS {
            let at = begun.elapsed().as_secs_f64();
            let due = ((at * PER_SECOND as f64) as u64).min(PER_SECOND * SECONDS);
            while sent < due {
                feed.send(event(sent, (sent % u64::from(PEOPLE)) as u32));
                sent += 1;
            }
            while withdrawn < (at * rate as f64) as u64 {
                turns.send(decision(
                    (withdrawn * 7 % u64::from(PEOPLE)) as u32,
                    Some(false),
                ));
                withdrawn += 1;
            }
            std::thread::sleep(Duration::from_millis(2)); // the pace, not a wait
        }
        feed.finish();
        turns.finish();
        with.stage.settle();
        let took = begun.elapsed().as_secs_f64();
        let metrics = veil.metrics();
        let hits = |at| metrics.sum("veil_consent_fence_hits_total", &[("at", at)]);
        let ended = |o| metrics.sum("veil_transactions_total", &[("outcome", o)]);
        let under = |percent| quantile(&metrics, "veil_consent_withdrawal_delay_seconds", percent);
        let (p50, p99) = match rate {
            0 => ("-", "-"),
            _ => (under(50), under(99)),
        };
        crate::say(&format!(
            "{rate:3} withdrawals/s of active people under {PER_SECOND} events/s: delay p50 < {p50} s, p99 < {p99} s; \
             {} stopped at the fence, {} decided anew, {} of {} transactions committed; all done after {took:.1} s of {SECONDS}",
            hits("commit"),
            hits("send"),
            ended("committed"),
            ended("committed") + ended("aborted"),
        ));
        assert!(ended("committed") > 0);
        assert_eq!(veil.terminate().code, Some(0));
    }
}
