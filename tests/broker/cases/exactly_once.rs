//! 100,000 records through crashes, rebalances and a broker's death: each
//! exactly once, in order, nothing in clear, offsets never backwards.

use std::time::{Duration, Instant};

use crate::kafka::{Cluster, Observer, await_some, members};
use crate::traffic::Dice;

use super::stage::{Load, SETTLE, Stage};

const RECORDS: u64 = 100_000;
const PARTITIONS: i32 = 6;
/// Slow enough that there is load at every moment of the case.
const PER_SECOND: u64 = 450;
/// With a name, and again without.
const KILLS: usize = 6;
const REBALANCES: usize = 6;
/// A nameless one that is killed stays a member for as short as a broker allows: nothing
/// but waiting happens meanwhile.
const NAMELESS: [&str; 2] = ["-X", "session.timeout.ms=6000"];
/// What a named instance may take to be ready: the old one's open transaction
/// is ended by its successor at once.
const READY: Duration = Duration::from_secs(60);

#[test]
fn a_hundred_thousand_records_arrive_once_through_kills_rebalances_and_a_broker_restart() {
    // Its own broker: it is killed here.
    let Some(cluster) = Cluster::start() else {
        return;
    };
    let mut dice = Dice::announced("exactly once");
    let stage = Stage::new(&cluster, "storm", PARTITIONS);
    let load = Load::start(&stage, dice.next(), RECORDS, PER_SECOND);
    let observer = Observer::of(&cluster, &stage.group, &stage.topics.source, PARTITIONS);

    let mut clock = Clock::start();
    kills(&stage, &mut dice, &["--instance", "steady"]);
    clock.lap("6 kills of a named instance");
    kills(&stage, &mut dice, &NAMELESS);
    clock.lap("6 kills of nameless ones");
    rebalances(&stage, &mut dice);
    clock.lap("6 joins and leaves");
    broker_restart(&stage, &mut dice);
    clock.lap("a broker restart");

    let under_fire = load.sent();
    load.finish();
    let veil = stage.veil(&["--instance", "steady"]);
    stage.settle();
    let ended = veil.terminate();
    assert_eq!(ended.code, Some(0), "{}", ended.log);
    clock.lap("the rest");

    let tally = stage.verdict(RECORDS);
    let aborted = stage.aborted(&stage.topics.analytics) + stage.aborted(&stage.topics.mail);
    assert!(
        aborted > 0,
        "no fault hit an open transaction: the case shows nothing"
    );
    assert_eq!(observer.steps_backwards(), Vec::<String>::new());
    let (taken, refused) = stage.commits_of_members();
    clock.lap("the verdict");
    crate::say(&format!(
        "exactly once: {tally}\nexactly once: {under_fire} records were sent while faults ran; \
         {aborted} records of aborted transactions lie in the outputs and no committed reader sees them\n\
         exactly once: {taken} offset commits taken, {refused} refused, all of members\n\
         exactly once: {}",
        clock.laps.join(", ")
    ));
}

/// SIGKILL at random moments while it works.
fn kills(stage: &Stage<'_>, dice: &mut Dice, flags: &[&str]) {
    for _ in 0..KILLS {
        let before = stage.progress();
        let mut veil = stage.veil(flags);
        stage.await_progress(&mut veil, before);
        std::thread::sleep(Duration::from_millis(dice.below(700)));
        veil.kill();
    }
}

/// A second instance joins and leaves, by turns cleanly and by a crash.
fn rebalances(stage: &Stage<'_>, dice: &mut Dice) {
    // Members hear of a rebalance with their next heartbeat.
    let flags = ["-X", "heartbeat.interval.ms=1000"];
    let mut first = stage.veil(&flags);
    first.await_ready(READY);
    for round in 0..REBALANCES {
        let mut second = stage.veil(&flags);
        second.await_ready(READY);
        await_members(stage, 2);
        let before = stage.progress();
        stage.await_progress(&mut first, before);
        std::thread::sleep(Duration::from_millis(dice.below(500)));
        if round % 3 == 2 {
            second.kill();
        } else {
            let ended = second.terminate();
            assert_eq!(ended.code, Some(0), "{}", ended.log);
        }
        await_members(stage, 1);
    }
    let assigned = first.metrics().sum("veil_rebalances_total", &[]);
    assert!(
        assigned >= REBALANCES as u64,
        "rebalances took place: {assigned}"
    );
    let ended = first.terminate();
    assert_eq!(ended.code, Some(0), "{}", ended.log);
}

/// The broker dies under a working instance and comes back; nobody restarts
/// the instance.
fn broker_restart(stage: &Stage<'_>, dice: &mut Dice) {
    let mut veil = stage.veil(&["--instance", "steady"]);
    let before = stage.progress();
    stage.await_progress(&mut veil, before);
    std::thread::sleep(Duration::from_millis(dice.below(500)));
    stage.cluster.kill();
    stage.cluster.restart();
    let before = stage.progress();
    stage.await_progress(&mut veil, before);
    veil.await_ready(READY);
    // What it was amid of when the broker died may have been given up just now, with
    // its producer; a stop in that moment is no clean one, and need not be.
    let before = stage.progress();
    stage.await_progress(&mut veil, before);
    let ended = veil.terminate();
    assert_eq!(ended.code, Some(0), "{}", ended.log);
}

fn await_members(stage: &Stage<'_>, count: usize) {
    await_some(&format!("a stable group of {count}"), SETTLE, || {
        (members(stage.cluster, &stage.group) == ("Stable".to_owned(), count)).then_some(())
    });
}

struct Clock {
    last: Instant,
    laps: Vec<String>,
}

impl Clock {
    fn start() -> Clock {
        Clock {
            last: Instant::now(),
            laps: Vec::new(),
        }
    }

    fn lap(&mut self, what: &str) {
        self.laps
            .push(format!("{what} {:.0} s", self.last.elapsed().as_secs_f64()));
        self.last = Instant::now();
    }
}
