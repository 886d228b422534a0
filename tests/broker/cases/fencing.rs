//! Two processes that believe to own the same work: one of them writes.

use std::time::Duration;

use rustix::process::Signal;

use crate::kafka::{self, Observer, await_some};
use crate::traffic::Dice;

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
    assert_eq!(observer.steps_backwards(), Vec::<String>::new());
}

/// The danger of `danger.rs` does not happen here: an instance that slept
/// through its session wakes up with an open transaction, full buffers and the
/// metadata of a membership it no longer has; another one has gone on.
#[test]
fn an_instance_that_slept_through_its_session_commits_nothing_of_it() {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    let stage = Stage::new(cluster, "zombie", 4);
    let mut dice = Dice::announced("zombie");
    let load = Load::start(&stage, dice.next(), 40_000, 800);
    let observer = Observer::of(cluster, &stage.group, &stage.topics.source, 4);
    // Thrown out by the broker (session) and by its own clock (poll interval):
    // the second is the way to metadata without a generation.
    let flags = [
        "-X",
        "session.timeout.ms=6000",
        "-X",
        "heartbeat.interval.ms=2000",
        "-X",
        "max.poll.interval.ms=12000",
    ];
    let mut sleeper = stage.veil(&flags);
    let mut other = stage.veil(&flags);
    sleeper.await_ready(SETTLE);
    other.await_ready(SETTLE);
    for _ in 0..2 {
        await_some("two members", SETTLE, || {
            (kafka::members(cluster, &stage.group) == ("Stable".to_owned(), 2)).then_some(())
        });
        let before = stage.progress();
        stage.await_progress(&mut sleeper, before);
        std::thread::sleep(Duration::from_millis(dice.below(300)));
        sleeper.signal(Signal::STOP);
        await_some("the sleeper to be thrown out", SETTLE, || {
            (kafka::members(cluster, &stage.group).1 == 1).then_some(())
        });
        let before = stage.progress();
        stage.await_progress(&mut other, before + 1_000);
        sleeper.signal(Signal::CONT);
    }
    load.finish();
    stage.settle();
    assert_eq!(other.terminate().code, Some(0));
    // It has found back into the group, or it has ended and said why.
    if let Some(status) = sleeper.try_exit() {
        assert_eq!(status.code(), Some(69), "{}", sleeper.log());
    } else {
        let ended = sleeper.terminate();
        assert_eq!(ended.code, Some(0), "{}", ended.log);
    }
    stage.verdict(40_000);
    assert_eq!(observer.steps_backwards(), Vec::<String>::new());
}
