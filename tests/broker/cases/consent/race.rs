//! People withdraw while their events come, and whatever can go wrong does: judged by
//! what the topics hold and what the broker was asked.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rdkafka::producer::Producer;

use crate::kafka::{self, Cluster, Feed, Isolation, OffsetCommit, Row, enqueue, read_all};
use crate::veil::Veil;

use super::super::stage::SETTLE;
use super::{Consented, PARTITIONS, decision, event, numbered};

/// How long a decision may take to be visible here, on a machine that does much else.
pub(super) const VISIBLE_MS: i64 = 1_500;
/// What hangs in the topic of decisions hangs so long, and what comes meanwhile is seen
/// so late.
const HANGS: Duration = Duration::from_millis(700);
/// A slow broker's answers are so late.
const SLOW: Duration = Duration::from_millis(60);
/// One step of the pace.
const STEP: Duration = Duration::from_millis(2);

/// How many withdraw, of how many, at which rate of events, for how long.
struct Race {
    people: u32,
    withdrawals: u32,
    per_second: u64,
    seconds: u64,
    /// It is killed so often, and started again.
    kills: usize,
    /// A second one comes and leaves again so often.
    guests: usize,
    /// The broker is slow, and somebody's transactions hang in the topic of decisions,
    /// so that what is read of it is always behind.
    lags: bool,
}

impl Race {
    fn visible_ms(&self) -> i64 {
        let lag = HANGS + 4 * SLOW;
        let lag = i64::try_from(lag.as_millis()).expect("a short while");
        VISIBLE_MS + if self.lags { lag } else { 0 }
    }
}

/// What a race came to.
#[derive(Debug)]
struct Raced {
    written: usize,
    /// Records of who withdrew later that were sent, and stopped at the fence.
    stopped: usize,
    /// Those that left in a transaction whose offsets were sent after the withdrawal
    /// could be seen.
    late: usize,
}

/// People withdraw while their events come, with a whole second between a decision and
/// the fence.
fn race(cluster: &Cluster, case: &str, race: &Race) -> Raced {
    let with = Consented::new(cluster, case, "");
    with.decide((0..race.people).map(|n| (n, Some(true))));
    let proxy = race.lags.then(|| cluster.proxy());
    // Every record waits a second for company before it is sent, after it was decided.
    let flags = ["-X", "linger.ms=1000"];
    let start = || match &proxy {
        Some(proxy) => with.veil_through(proxy, &flags),
        None => with.veil(&flags),
    };
    let mut veil = start();
    veil.await_ready(SETTLE);
    if let Some(proxy) = &proxy {
        proxy.slow_down(SLOW);
    }
    let over = AtomicBool::new(false);
    let mut veil = std::thread::scope(|scope| {
        if race.lags {
            let (cluster, decisions, over) = (cluster, &*with.decisions, &over);
            scope.spawn(move || hang(cluster, decisions, over));
        }
        let veil = load(&with, race, veil, start);
        over.store(true, Ordering::Release);
        veil
    });
    if let Some(proxy) = &proxy {
        proxy.slow_down(Duration::ZERO);
    }
    with.stage.settle();
    let metrics = veil.metrics();
    crate::say(&format!(
        "{case}: {} batches decided anew, {} transactions stopped at the fence since the last start",
        metrics.sum("veil_consent_fence_hits_total", &[("at", "send")]),
        metrics.sum("veil_consent_fence_hits_total", &[("at", "commit")]),
    ));
    assert_eq!(veil.terminate().code, Some(0));
    judge(&with, race)
}

/// Sends the events and the withdrawals at their pace; the process that is there at the
/// end.
fn load(with: &Consented<'_>, race: &Race, mut veil: Veil, start: impl Fn() -> Veil) -> Veil {
    let mut feed = Feed::new(with.stage.cluster, &with.stage.topics.source);
    let mut turns = Feed::new(with.stage.cluster, &with.decisions);
    let begun = Instant::now();
    let (mut sent, mut withdrawn) = (0_u64, 0_u32);
    let (mut killed, mut steps) = (0, 0);
    let mut guest: Option<Veil> = None;
    let total = race.per_second * race.seconds;
    while sent < total {
        let at = begun.elapsed().as_secs_f64();
        let due = ((at * race.per_second as f64) as u64).min(total);
        while sent < due {
            // The low numbers are who withdraws, one after the other, while they are
            // active.
            let who = (sent.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 33) as u32 % race.people;
            feed.send(event(sent, who));
            sent += 1;
        }
        let share = at / race.seconds as f64;
        let due = ((share * f64::from(race.withdrawals)) as u32).min(race.withdrawals);
        while withdrawn < due {
            turns.send(decision(withdrawn, Some(false)));
            withdrawn += 1;
        }
        if killed < race.kills && share > (killed + 1) as f64 / (race.kills + 1) as f64 {
            killed += 1;
            veil.kill();
            veil = start();
        }
        // It comes at the odd steps and leaves at the even ones.
        if steps < 2 * race.guests && share > (steps + 1) as f64 / (2 * race.guests + 1) as f64 {
            steps += 1;
            guest = match guest.take() {
                None => Some(start()),
                Some(guest) => {
                    let ended = guest.terminate();
                    // 69: a slow broker kept it from committing what was under way, which
                    // the other one reads again.
                    assert!(matches!(ended.code, Some(0 | 69)), "{}", ended.log);
                    None
                }
            };
        }
        std::thread::sleep(STEP); // the pace, not a wait
    }
    feed.finish();
    turns.finish();
    veil
}

/// Transactions of somebody else stay open in the topic of decisions for a while, one
/// after the other: what comes meanwhile is seen only when they end.
fn hang(cluster: &Cluster, decisions: &str, over: &AtomicBool) {
    let id = format!("hangs-in-{decisions}");
    let hangs = kafka::transactional_producer(cluster, &id);
    while !over.load(Ordering::Acquire) {
        hangs.begin_transaction().expect("begun");
        for partition in 0..PARTITIONS {
            let nobody = 1_000_000 * PARTITIONS.unsigned_abs() + partition.unsigned_abs();
            enqueue(&hangs, decisions, &decision(nobody, Some(true)));
        }
        hangs.flush(SETTLE).expect("written");
        std::thread::sleep(HANGS); // what it is for
        hangs.abort_transaction(SETTLE).expect("aborted");
    }
}

/// By what the topics and the broker's own record of requests say.
fn judge(with: &Consented<'_>, race: &Race) -> Raced {
    let cluster = with.stage.cluster;
    let t = &with.stage.topics;
    let committed = with.numbers(&t.analytics, Isolation::Committed);
    let sent = with.numbers(&t.analytics, Isolation::Uncommitted);
    let source = read_all(cluster, &t.source, Isolation::Committed);
    let withdrawals = withdrawals(&read_all(cluster, &with.decisions, Isolation::Committed));
    assert_eq!(withdrawals.len(), race.withdrawals as usize);
    let mut commits = kafka::offset_commits(cluster, &with.stage.group);
    commits.retain(|c| c.committed);
    let mut raced = Raced {
        written: committed.len(),
        stopped: 0,
        late: 0,
    };
    for row in &source {
        let number = numbered(std::slice::from_ref(row)).next();
        let number = number.expect("as the case wrote it");
        let value = String::from_utf8(row.value.clone().expect("as the case wrote it"))
            .expect("as the case wrote it");
        let who = value.split('"').nth(5).expect("as the case wrote it");
        let Some(withdrawn_ms) = withdrawals.get(who) else {
            assert!(
                committed.contains(&number),
                "{who} granted, and {number} is missing"
            );
            continue;
        };
        if !committed.contains(&number) {
            raced.stopped += usize::from(sent.contains(&number));
            continue;
        }
        // The transaction that it left in: the first one committed whose offsets lie
        // behind it.
        let covers = |c: &&OffsetCommit| {
            let mut offsets = c.offsets.iter();
            offsets.any(|(p, next)| *p == row.partition && *next > row.offset)
        };
        let covered = commits.iter().find(covers).expect("it was committed");
        raced.late += usize::from(covered.at_ms > withdrawn_ms + race.visible_ms());
    }
    // Nothing else is touched by it.
    let free = with.numbers(&t.mail, Isolation::Committed);
    assert_eq!(free.len() as u64, race.per_second * race.seconds);
    raced
}

/// When each person withdrew, by the broker's clock.
pub(super) fn withdrawals(decisions: &[Row]) -> BTreeMap<String, i64> {
    let denies = |r: &&Row| r.value.as_ref().is_some_and(|v| v.ends_with(b"false}}"));
    let denials = decisions.iter().filter(denies).map(|row| {
        let key = row.key.clone().expect("as the case wrote it");
        let key = String::from_utf8(key).expect("as the case wrote it");
        (key, row.timestamp_ms.expect("as the case wrote it"))
    });
    denials.collect()
}

#[test]
fn nothing_leaves_of_who_withdrew_after_their_records_were_decided() {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    let raced = race(
        cluster,
        "withdrawing",
        &Race {
            people: 60,
            withdrawals: 30,
            per_second: 400,
            seconds: 8,
            kills: 0,
            guests: 0,
            lags: false,
        },
    );
    crate::say(&format!("withdrawals under load: {raced:?}"));
    assert!(raced.written > 0);
    assert_eq!(raced.late, 0);
    // Without the fence these would have left: they were sent, and never committed.
    assert!(raced.stopped > 0, "the race was never close");
}

#[test]
fn nor_while_partitions_move_decisions_are_seen_late_and_the_broker_is_slow() {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    let raced = race(
        cluster,
        "withdrawing-late",
        &Race {
            people: 60,
            withdrawals: 40,
            per_second: 200,
            seconds: 10,
            kills: 0,
            guests: 2,
            lags: true,
        },
    );
    crate::say(&format!("withdrawals under load, seen late: {raced:?}"));
    assert_eq!(raced.late, 0);
    assert!(raced.written > 0 && raced.stopped > 0);
}

#[test]
#[ignore = "takes minutes"]
fn a_thousand_withdrawals_under_load_and_kills() {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    for (case, lags) in [("withdrawing-many", false), ("withdrawing-many-late", true)] {
        let raced = race(
            cluster,
            case,
            &Race {
                people: 3_000,
                withdrawals: 1_000,
                per_second: 5_000,
                seconds: 60,
                kills: 4,
                guests: 5,
                lags,
            },
        );
        crate::say(&format!("{case}, four kills, ten rebalances: {raced:?}"));
        assert_eq!(raced.late, 0);
        assert!(raced.written > 0 && raced.stopped > 0);
    }
}
