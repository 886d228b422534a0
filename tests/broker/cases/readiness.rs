//! `/readyz`, asked each 10 ms, is never wrong and never flickers: over the start,
//! an outage and a rebalance.

use std::time::{Duration, SystemTime};

use crate::kafka::{self, Cluster, await_some};
use crate::traffic::{Dice, Traffic};
use crate::veil::{Said, Veil};

use super::stage::{Load, SETTLE, Stage};

/// A lost connection is seen within this time.
const SEEN: Duration = Duration::from_millis(500);

/// The statuses in order.
fn statuses(said: &[Said]) -> Vec<u16> {
    said.iter().map(|s| s.status).collect()
}

/// When a line of a log was written, the first that holds these words.
fn time_of(log: &str, words: &str) -> SystemTime {
    let line = log.lines().find(|l| l.contains(words));
    let line = line.unwrap_or_else(|| panic!("no line with {words:?} in:\n{log}"));
    let line: serde_json::Value = serde_json::from_str(line).expect("a line of JSON");
    let at: jiff::Timestamp = line["timestamp"]
        .as_str()
        .and_then(|t| t.parse().ok())
        .expect("a line has its time");
    at.into()
}

/// The log once it holds these words: a page may be answered before the line that
/// was written ahead of it has come through.
fn log_with(veil: &Veil, words: &str) -> String {
    await_some(words, Duration::from_secs(10), || {
        Some(veil.log()).filter(|log| log.contains(words))
    })
}

/// The first yes, and that it came after the group had assigned something.
fn first_yes<'s>(said: &'s [Said], log: &str) -> &'s Said {
    let yes = said.iter().find(|s| s.status == 200).expect("it was ready");
    let assigned = time_of(log, "partition assigned");
    assert!(
        yes.answered >= assigned,
        "ready before anything was assigned: {yes:?}\n{log}"
    );
    yes
}

#[test]
fn a_start_says_no_until_topics_group_and_transactions_are_there_and_then_yes() {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    let stage = Stage::bare(cluster, "ready-start", 3);
    let t = &stage.topics;
    let mut veil = stage.veil(&[]);
    let polled = veil.watch_readyz();
    let all = [&*t.source, &t.analytics, &t.mail, &t.quarantine];
    veil.await_unready(SETTLE, &all);
    let mut made = SystemTime::UNIX_EPOCH;
    for (topic, partitions) in [
        (&t.source, 3),
        (&t.analytics, 3),
        (&t.mail, 3),
        (&t.quarantine, 1),
    ] {
        made = SystemTime::now();
        kafka::create(cluster, topic, partitions, &[]);
    }
    veil.await_ready(SETTLE);
    stage.produce(Traffic::new(81, 3).take(300));
    stage.settle();
    let (asked, said) = polled.end();
    let log = log_with(&veil, "partition assigned");
    assert_eq!(statuses(&said), [503, 200], "{said:#?}");
    assert!(first_yes(&said, &log).answered >= made);
    assert_eq!(veil.terminate().code, Some(0));
    stage.verdict(300);
    crate::say(&format!("readiness over a start: {asked} answers"));
}

/// Two outages: a long one without records, longer than the group keeps a member
/// that is silent, and a short one under load.
#[test]
fn an_outage_is_one_no_and_what_was_prefetched_makes_it_no_yes() {
    let Some(cluster) = Cluster::start() else {
        return;
    };
    let stage = Stage::new(&cluster, "ready-outage", 3);
    let mut dice = Dice::announced("ready-outage");
    let mut veil = stage.veil(&["-X", "session.timeout.ms=6000"]);
    let polled = veil.watch_readyz();
    veil.await_ready(SETTLE);
    let mut outages = Vec::new();
    let mut outage = |seconds| {
        cluster.kill();
        let from = SystemTime::now() + SEEN;
        std::thread::sleep(Duration::from_secs(seconds));
        outages.push((from, SystemTime::now()));
        cluster.restart();
    };
    outage(8);
    veil.await_ready(SETTLE);
    let load = Load::start(&stage, dice.next(), 60_000, 6_000);
    stage.await_progress(&mut veil, 0);
    outage(4);
    load.finish();
    stage.settle();
    veil.await_ready(SETTLE);
    let (asked, said) = polled.end();
    let log = veil.log();
    let yes_within: Vec<_> = said
        .iter()
        .filter(|s| s.status == 200)
        .filter(|s| {
            outages
                .iter()
                .any(|(from, to)| s.answered < *to && s.last > *from)
        })
        .collect();
    assert!(yes_within.is_empty(), "{yes_within:#?}\n{said:#?}\n{log}");
    assert_eq!(
        statuses(&said),
        [503, 200, 503, 200, 503, 200],
        "{said:#?}\n{log}"
    );
    first_yes(&said, &log);
    assert_eq!(veil.terminate().code, Some(0));
    stage.verdict(60_000);
    crate::say(&format!("readiness over two outages: {asked} answers"));
}

#[test]
fn a_rebalance_is_no_outage_and_who_joins_is_ready_when_it_has_its_partitions() {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    let stage = Stage::new(cluster, "ready-rebalance", 4);
    let mut dice = Dice::announced("ready-rebalance");
    let load = Load::start(&stage, dice.next(), 20_000, 1_000);
    let mut old = stage.veil(&[]);
    let polled_old = old.watch_readyz();
    old.await_ready(SETTLE);
    let mut new = stage.veil(&[]);
    let polled_new = new.watch_readyz();
    new.await_ready(SETTLE);
    let (_, said_new) = polled_new.end();
    let joined = log_with(&new, "partition assigned");
    first_yes(&said_new, &joined);
    assert_eq!(statuses(&said_new), [503, 200], "{said_new:#?}\n{joined}");
    // What it says while it leaves is no yes either, once it has left.
    let polled_new = new.watch_readyz();
    let ended = new.terminate();
    assert_eq!(ended.code, Some(0), "{}", ended.log);
    let (_, said_new) = polled_new.end();
    let drained = time_of(&ended.log, "drained");
    let late = said_new.iter().any(|s| s.status == 200 && s.last > drained);
    assert!(!late, "{said_new:#?}\n{}", ended.log);
    load.finish();
    stage.settle();
    let (asked, said_old) = polled_old.end();
    assert_eq!(
        statuses(&said_old),
        [503, 200],
        "{said_old:#?}\n{}",
        old.log()
    );
    assert_eq!(old.terminate().code, Some(0));
    stage.verdict(20_000);
    crate::say(&format!("readiness over a rebalance: {asked} answers"));
}

/// One partition for two: the second one has nothing, and is ready all the same
/// once the group has settled; it takes over without a moment of no.
#[test]
fn who_stands_by_is_ready_once_the_group_has_settled_and_stays_so_when_it_takes_over() {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    let stage = Stage::new(cluster, "ready-standby", 1);
    let mut first = stage.veil(&[]);
    first.await_ready(SETTLE);
    let mut second = stage.veil(&[]);
    let polled = second.watch_readyz();
    second.await_unready(SETTLE, &["it may be moving some here"]);
    second.await_ready(SETTLE);
    let log = log_with(&second, "it stands by");
    assert!(!log.contains("partition assigned"), "{log}");
    assert_eq!(first.terminate().code, Some(0));
    stage.produce(Traffic::new(83, 1).take(200));
    stage.settle();
    let (_, said) = polled.end();
    assert_eq!(statuses(&said), [503, 200], "{said:#?}\n{}", second.log());
    assert_eq!(second.terminate().code, Some(0));
    stage.verdict(200);
}
