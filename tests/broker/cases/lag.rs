//! Lag is there as soon as a partition is assigned, in records and in time.

use std::time::{Duration, Instant};

use crate::kafka::{self, await_some};
use crate::traffic::Traffic;
use crate::veil::{Metrics, Veil};

use super::stage::{SETTLE, Stage};

const RECORDS: &str = "veil_consumer_lag_records";
const SECONDS: &str = "veil_consumer_lag_seconds";
/// The client library's own figures come after five seconds.
const FIRST: Duration = Duration::from_secs(2);

/// The figures as soon as every partition has its lag, and how long after the
/// assignment that was.
fn first_lag(veil: &mut Veil, partitions: usize) -> (Metrics, Duration) {
    await_some("an assignment", SETTLE, || {
        veil.log().contains("partition assigned").then_some(())
    });
    let assigned = Instant::now();
    let metrics = await_some("the lag of every partition", SETTLE, || {
        let metrics = veil.metrics();
        let all = [RECORDS, SECONDS]
            .iter()
            .all(|name| metrics.count(name) == partitions);
        all.then_some(metrics)
    });
    (metrics, assigned.elapsed())
}

#[test]
fn a_backlog_is_there_from_the_assignment_on_and_grows_older() {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    let stage = Stage::new(cluster, "lag", 3);
    // Nothing can be written, hence nothing committed.
    kafka::only_describe(cluster, &[("--topic", &stage.topics.analytics)]);
    stage.produce(Traffic::new(84, 3).take(300));
    let mut veil = stage.veil(&[]);
    let (metrics, took) = first_lag(&mut veil, 3);
    assert_eq!(metrics.sum(RECORDS, &[]), 300);
    assert_eq!(metrics.count("veil_last_commit_timestamp_seconds"), 0);
    assert!(took < FIRST, "{took:?}");
    await_some("the lag in time to grow", SETTLE, || {
        let metrics = veil.metrics();
        assert_eq!(metrics.sum(RECORDS, &[]), 300);
        (metrics.sum(SECONDS, &[]) >= 9).then_some(())
    });
    assert!(veil.metrics().sum("veil_workers", &[]) >= 1);
}

#[test]
fn at_the_end_lag_is_0_while_idle_and_after_work() {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    let stage = Stage::new(cluster, "lag-end", 3);
    for sent in [0, 300] {
        // Idle from the start: the topic is empty, then all of it is committed.
        let mut veil = stage.veil(&[]);
        let (metrics, took) = first_lag(&mut veil, 3);
        assert_eq!(metrics.sum(RECORDS, &[]), 0);
        assert_eq!(metrics.sum(SECONDS, &[]), 0);
        assert!(took < FIRST, "{took:?}");
        if sent == 0 {
            stage.produce(Traffic::new(85, 3).take(300));
            stage.settle();
            await_some("no lag", SETTLE, || {
                let metrics = veil.metrics();
                (metrics.sum(RECORDS, &[]) == 0 && metrics.sum(SECONDS, &[]) == 0).then_some(())
            });
            let metrics = veil.metrics();
            let committed = metrics.sum("veil_last_commit_timestamp_seconds", &[]);
            let now = std::time::SystemTime::now()
                .duration_since(std::time::UNIX_EPOCH)
                .expect("it is after 1970")
                .as_secs();
            assert!((now - 60..=now).contains(&committed), "{committed}, {now}");
            await_some("nothing under way", SETTLE, || {
                (veil.metrics().sum("veil_queue_bytes", &[]) == 0).then_some(())
            });
        }
        assert_eq!(veil.terminate().code, Some(0));
    }
    stage.verdict(300);
}
