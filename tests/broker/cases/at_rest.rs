//! At rest the committed offsets are the end offsets, also where markers and
//! aborted records lie at the end; the figures served are the truth.

use crate::kafka::{self, Outgoing, await_some, lag_by_partition};
use crate::traffic::Traffic;

use super::stage::{SETTLE, Stage};

#[test]
fn a_transactional_input_is_read_to_its_very_end_and_ghosts_stay_ghosts() {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    let stage = Stage::new(cluster, "ghosts", 4);
    let records: Vec<Outgoing> = Traffic::new(11, 4).take(4_000).collect();
    // Ghosts carry numbers that the verdict does not know.
    kafka::produce_transactions(cluster, &stage.topics.source, &records, 250, |i| {
        Traffic::new(500 + i as u64, 4)
            .skip(100_000)
            .take(40)
            .collect()
    });

    let mut once = stage.veil(&["--once"]);
    let status = once.await_exit(SETTLE);
    assert_eq!(status.code(), Some(0), "{}", once.log());
    assert_eq!(
        lag_by_partition(cluster, &stage.group, &stage.topics.source),
        [0; 4],
        "the committed offsets lie behind the last markers"
    );
    stage.verdict(4_000);

    // More comes; a run without --once reaches the new end and stays there.
    let more: Vec<Outgoing> = Traffic::new(11, 4).skip(4_000).take(1_000).collect();
    kafka::produce_transactions(cluster, &stage.topics.source, &more, 100, |_| Vec::new());
    let veil = stage.veil(&[]);
    stage.settle();
    assert_eq!(veil.terminate().code, Some(0));
    stage.verdict(5_000);
}

#[test]
fn the_metrics_of_an_undisturbed_run_are_the_tally() {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    let stage = Stage::new(cluster, "figures", 6);
    stage.produce(Traffic::new(12, 6).take(10_000));
    let mut veil = stage.veil(&[]);
    veil.await_ready(SETTLE);
    stage.settle();

    let tally = stage.verdict(10_000);
    let metrics = veil.metrics();
    let (source, topics) = (
        &stage.topics.source,
        [&stage.topics.analytics, &stage.topics.mail],
    );
    let received = metrics.sum("veil_records_received_total", &[("topic", source)]);
    assert_eq!(received, tally.input as u64);
    for (i, topic) in topics.into_iter().enumerate() {
        let sent = metrics.sum("veil_records_sent_total", &[("topic", topic)]);
        assert_eq!(sent, tally.written[i] as u64, "{topic}");
        for (reason, count) in &tally.withheld[i] {
            let labels = [("topic", topic.as_str()), ("reason", *reason)];
            let withheld = metrics.sum("veil_records_withheld_total", &labels);
            assert_eq!(withheld, *count as u64, "{topic} {reason}");
        }
        let withheld = metrics.sum("veil_records_withheld_total", &[("topic", topic)]);
        let quarantined = metrics.sum("veil_records_quarantined_total", &[]);
        assert_eq!(received, sent + withheld + quarantined, "{topic}");
    }
    for (reason, count) in &tally.quarantined {
        let quarantined = metrics.sum("veil_records_quarantined_total", &[("reason", reason)]);
        assert_eq!(quarantined, *count as u64, "{reason}");
    }
    // It is told anew with the client library's statistics.
    await_some("no lag left", SETTLE, || {
        let lag = veil.metrics().sum("veil_consumer_lag_records", &[]);
        (lag == 0).then_some(())
    });
    assert_eq!(veil.terminate().code, Some(0));
    crate::say(&format!("at rest: {tally}"));
}
