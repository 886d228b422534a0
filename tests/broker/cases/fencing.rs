//! Two processes that believe to own the same work: one of them writes.

use rustix::process::Signal;

use crate::check::{At, Fate};
use crate::kafka::{self, Isolation, Observer, Outgoing, await_some, ends};
use crate::traffic::{Dice, KIND, Kind, Traffic};

use super::stage::{Load, SETTLE, Stage};

#[test]
fn of_twins_with_one_name_the_older_goes_and_says_why() {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    let stage = Stage::new(cluster, "twins", 4);
    let mut dice = Dice::announced("twins");
    let load = Load::start(&stage, dice.next(), 20_000, 800);
    let observer = Observer::of(cluster, &stage.group, &stage.topics.source, 4);
    let flags = ["--instance", "romulus"];
    let mut older = stage.veil(&flags);
    stage.await_progress(&mut older, 0);
    let mut newer = stage.veil(&flags);

    let status = older.await_exit(SETTLE);
    assert_eq!(status.code(), Some(69), "{}", older.log());
    let said = older.log();
    assert!(
        said.contains("fenced by another instance named `romulus`"),
        "{said}"
    );

    load.finish();
    stage.settle();
    assert!(newer.try_exit().is_none(), "{}", newer.log());
    let ended = newer.terminate();
    assert_eq!(ended.code, Some(0), "{}", ended.log);
    stage.verdict(20_000);
    stage.commits_of_members();
    assert_eq!(observer.steps_backwards(), Vec::<String>::new());
}

/// The danger of `danger.rs` does not happen here. An instance stands still
/// with an open transaction whose records are all in the log and whose offsets
/// are not yet sent; the group throws it out and another one does its work;
/// then it wakes up and finds its transaction still open. Only the generation
/// that goes with the offsets stands between it and doubled records.
#[test]
fn an_instance_that_slept_through_its_session_commits_nothing_of_it() {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    let stage = Stage::new(cluster, "zombie", 4);
    // A transaction stays open for two seconds when full batches make it, and more
    // may come.
    stage.settings("latency_ms: 5000\n");
    let observer = Observer::of(cluster, &stage.group, &stage.topics.source, 4);
    let flags = [
        "-c",
        "veil.yaml",
        // The transaction outlives the sleep: its producer id fences nothing.
        "-X",
        "transaction.timeout.ms=120000",
        // Thrown out by the broker (session) and by its own clock (poll
        // interval): the second is the way to metadata without a generation.
        "-X",
        "session.timeout.ms=6000",
        "-X",
        "max.poll.interval.ms=7000",
        "-X",
        "heartbeat.interval.ms=1000",
    ];
    let mut dice = Dice::announced("zombie");
    let mut traffic = Traffic::new(dice.next(), 4);
    let mut sent = 0;
    let mut sleeper = stage.veil(&flags);
    let mut other = stage.veil(&flags);
    for _ in 0..3 {
        sleeper.await_ready(SETTLE);
        other.await_ready(SETTLE);
        await_some("two members with two partitions each", SETTLE, || {
            let even = [&mut sleeper, &mut other]
                .map(|v| v.metrics().sum("veil_partitions_assigned", &[]));
            (even == [2, 2]).then_some(())
        });
        let (burst, rest) = full_batches(&mut traffic);
        sent += (burst.len() + rest.len()) as u64;
        let written = burst.iter().filter(|r| goes_to_analytics(r)).count();
        stage.produce(burst);
        // Each of the two writes its half into a transaction of its own.
        await_some("all of it written, nothing committed", SETTLE, || {
            let open = |topic: &str| {
                let all = ends(cluster, topic, Isolation::Uncommitted);
                let stable = ends(cluster, topic, Isolation::Committed);
                all.iter().sum::<i64>() - stable.iter().sum::<i64>()
            };
            (open(&stage.topics.analytics) == written as i64).then_some(())
        });
        sleeper.signal(Signal::STOP);
        // The other one commits its own half, takes the sleeper's partitions
        // over, and does that half again.
        stage.produce(rest);
        stage.settle();
        sleeper.signal(Signal::CONT);
        // It has found back into the group, or it has ended and said why.
        await_some("the sleeper to be back or gone", SETTLE, || {
            let back = || kafka::members(cluster, &stage.group) == ("Stable".to_owned(), 2);
            (sleeper.try_exit().is_some() || back()).then_some(())
        });
        if let Some(status) = sleeper.try_exit() {
            assert_eq!(status.code(), Some(69), "{}", sleeper.log());
            sleeper = stage.veil(&flags);
        }
    }
    for veil in [sleeper, other] {
        let ended = veil.terminate();
        assert_eq!(ended.code, Some(0), "{}", ended.log);
    }
    stage.verdict(sent);
    let aborted = stage.aborted(&stage.topics.analytics);
    assert!(
        aborted > 0,
        "no sleeper's transaction was aborted: the case shows nothing"
    );
    assert_eq!(observer.steps_backwards(), Vec::<String>::new());
    let (taken, refused) = stage.commits_of_members();
    crate::say(&format!(
        "zombie: {aborted} records of sleepers' transactions were aborted; \
         {taken} offset commits taken, {refused} refused, all of members"
    ));
}

/// A batch for each partition that goes on its way at once, being full, and what
/// came beside it.
fn full_batches(traffic: &mut Traffic) -> (Vec<Outgoing>, Vec<Outgoing>) {
    const FULL: usize = 1_000;
    let mut counts = [0; 4];
    let (mut burst, mut rest) = (Vec::new(), Vec::new());
    while counts.iter().any(|n| *n < FULL) {
        let record = traffic.next().expect("traffic has no end");
        let count = &mut counts[record.partition as usize];
        *count += 1;
        match *count <= FULL {
            true => burst.push(record),
            false => rest.push(record),
        }
    }
    (burst, rest)
}

fn goes_to_analytics(record: &Outgoing) -> bool {
    let (_, word) = record
        .headers
        .iter()
        .find(|(n, _)| n == KIND)
        .expect("it has a kind");
    let kind = std::str::from_utf8(word).ok().and_then(Kind::from_word);
    matches!(kind.expect("a kind of the traffic").fate(), Fate::Outputs(at) if at[0] == At::Written)
}
