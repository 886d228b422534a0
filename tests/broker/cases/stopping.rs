//! SIGTERM under load ends in order and in time; a second one ends at once;
//! SIGKILL heals in time.

use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::kafka::{self, Cluster, Isolation, await_some, ends};
use crate::traffic::{Dice, Traffic};

use super::stage::{Load, SETTLE, Stage};

/// What the product promises for a stop on SIGTERM, and for the first record
/// after a crash of a named instance.
const PROMISE: Duration = Duration::from_secs(10);

#[test]
fn sigterm_under_load_exits_0_in_time_and_a_restart_does_nothing_twice() {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    let stage = Stage::new(cluster, "sigterm", 6);
    let mut dice = Dice::announced("sigterm");
    // At a pace at which some is left for the last stop, on a slow machine too.
    let load = Load::start(&stage, dice.next(), 30_000, 1_000);
    let mut slowest = Duration::ZERO;
    for _ in 0..4 {
        let before = stage.progress();
        let mut veil = stage.veil(&[]);
        stage.await_progress(&mut veil, before);
        std::thread::sleep(Duration::from_millis(dice.below(400)));
        let ended = veil.terminate();
        assert_eq!(ended.code, Some(0), "{}", ended.log);
        assert!(
            ended.took < PROMISE,
            "took {:?}:\n{}",
            ended.took,
            ended.log
        );
        slowest = slowest.max(ended.took);
    }
    load.finish();

    // What is left at the last stop is what the next run reads, and no more.
    let left: i64 = ends(cluster, &stage.topics.source, Isolation::Committed)
        .into_iter()
        .sum::<i64>()
        - stage.progress();
    let mut veil = stage.veil(&[]);
    veil.await_ready(SETTLE);
    stage.settle();
    let metrics = veil.metrics();
    assert_eq!(
        metrics.sum("veil_records_received_total", &[]),
        u64::try_from(left).expect("committed is never past the end"),
        "a restart reads what was not committed, and nothing else"
    );
    assert_eq!(veil.terminate().code, Some(0));
    stage.verdict(30_000);
    crate::say(&format!(
        "sigterm: slowest of 4 stops under load {slowest:.1?}"
    ));
}

#[test]
fn a_second_signal_while_it_drains_ends_it_at_once_and_loses_nothing() {
    let Some(cluster) = Cluster::start() else {
        return;
    };
    let stage = Stage::new(&cluster, "twice", 6);
    let mut dice = Dice::announced("twice");
    let load = Load::start(&stage, dice.next(), 20_000, 4_000);
    let mut veil = stage.veil(&[]);
    stage.await_progress(&mut veil, 0);
    // Without a broker the drain cannot commit what is under way.
    cluster.kill();
    veil.signal(Signal::TERM);
    await_some("the drain", SETTLE, || {
        veil.log().contains("draining").then_some(())
    });
    veil.signal(Signal::INT);
    let status = veil.await_exit(SETTLE);
    // A drain that ran to its end says 0 or 69.
    assert_eq!(status.code(), Some(1), "{}", veil.log());
    assert!(veil.log().contains("second signal"), "{}", veil.log());
    cluster.restart();
    load.finish();
    let veil = stage.veil(&[]);
    stage.settle();
    assert_eq!(veil.terminate().code, Some(0));
    stage.verdict(20_000);
}

#[test]
fn a_named_instance_that_is_killed_writes_again_in_time() {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    let stage = Stage::new(cluster, "crash", 6);
    let mut dice = Dice::announced("crash");
    let load = Load::start(&stage, dice.next(), 12_000, 600);
    let flags = ["--instance", "phoenix"];
    let mut veil = stage.veil(&flags);
    stage.await_progress(&mut veil, 0);
    let mut times = Vec::new();
    for _ in 0..3 {
        std::thread::sleep(Duration::from_millis(dice.below(500)));
        let killed = Instant::now();
        veil.kill();
        // All that lies in the output now was written by the dead one. Counted
        // uncommitted: its open transaction only ends when the next one begins.
        let before = written(&stage);
        veil = stage.veil(&flags);
        await_some("the first record after the crash", SETTLE, || {
            // A committed record behind everything the dead one wrote.
            let now = ends(cluster, &stage.topics.analytics, Isolation::Committed);
            (now.iter()
                .zip(&before)
                .any(|(now, before)| *now > before + 1))
            .then_some(())
        });
        times.push(killed.elapsed());
    }
    load.finish();
    stage.settle();
    assert_eq!(veil.terminate().code, Some(0));
    stage.verdict(12_000);
    crate::say(&format!(
        "crash: first record after SIGKILL, named instance: {times:.1?}"
    ));
    assert!(times.iter().all(|t| *t < PROMISE), "{times:?}");
}

#[test]
fn once_reads_to_the_end_it_found_and_ends() {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    let stage = Stage::new(cluster, "once", 3);
    stage.produce(Traffic::new(21, 3).take(2_000));
    for _ in 0..2 {
        let mut veil = stage.veil(&["--once"]);
        let status = veil.await_exit(SETTLE);
        assert_eq!(status.code(), Some(0), "{}", veil.log());
        stage.verdict(2_000);
    }
}

#[test]
fn once_names_the_partitions_that_another_member_reads() {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    let stage = Stage::new(cluster, "once-shared", 4);
    stage.produce(Traffic::new(22, 4).take(400));
    let mut other = stage.veil(&[]);
    other.await_ready(SETTLE);
    stage.settle();
    let mut veil = stage.veil(&["--once"]);
    let status = veil.await_exit(SETTLE);
    assert_eq!(status.code(), Some(0), "{}", veil.log());
    let log = veil.log();
    let named = log
        .lines()
        .find(|l| l.contains("left to other members of the group"))
        .unwrap_or_else(|| panic!("nobody is named:\n{log}"));
    assert!(named.contains(&stage.topics.source), "{named}");
    // Cooperative: whatever this one got, the other kept some of the four.
    assert!((0..4).any(|p| named.contains(&p.to_string())), "{named}");
    assert_eq!(other.terminate().code, Some(0));
    stage.verdict(400);
}

fn written(stage: &Stage<'_>) -> Vec<i64> {
    ends(
        stage.cluster,
        &stage.topics.analytics,
        Isolation::Uncommitted,
    )
}
