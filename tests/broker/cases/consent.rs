//! Consent that is followed while the stream runs: what people decide in a topic of
//! their own counts for what has not left yet.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::kafka::{self, Cluster, Feed, Isolation, Outgoing, Row, await_some, read_all};
use crate::veil::Veil;

use super::stage::{SETTLE, Stage};

/// How long a decision may take to be visible here, on a machine that does much else.
const VISIBLE_MS: i64 = 1_500;
const PARTITIONS: i32 = 3;

/// One output that needs consent, one that does not, and a topic of decisions: one record
/// a person.
struct Consented<'a> {
    stage: Stage<'a>,
    decisions: String,
}

impl<'a> Consented<'a> {
    fn new(cluster: &'a Cluster, case: &str, state: &str) -> Consented<'a> {
        let decisions = format!("{case}.decisions");
        let compact = [
            ("cleanup.policy", "compact"),
            ("delete.retention.ms", "604800000"),
            ("message.timestamp.type", "LogAppendTime"),
        ];
        kafka::create(cluster, &decisions, PARTITIONS, &compact);
        Self::over(cluster, case, state, decisions)
    }

    /// Over a topic of decisions that the case makes.
    fn over(cluster: &'a Cluster, case: &str, state: &str, decisions: String) -> Consented<'a> {
        let stage = Stage::bare(cluster, case, PARTITIONS);
        let t = &stage.topics;
        for (topic, partitions) in [(&t.source, PARTITIONS), (&t.analytics, PARTITIONS)] {
            let by_broker = [("message.timestamp.type", "LogAppendTime")];
            kafka::create(cluster, topic, partitions, &by_broker);
        }
        kafka::create(cluster, &t.mail, 1, &[]);
        kafka::create(cluster, &t.quarantine, 1, &[]);
        let control = format!("veil.{case}.control");
        kafka::create(cluster, &control, 1, &[("cleanup.policy", "compact")]);
        let policy = policy(case, &stage, &decisions, state);
        Consented {
            stage: stage.under(&policy),
            decisions,
        }
    }

    /// Somebody decides; `None`: is silent again.
    fn decide(&self, people: impl IntoIterator<Item = (u32, Option<bool>)>) {
        let mut feed = Feed::new(self.stage.cluster, &self.decisions);
        people
            .into_iter()
            .for_each(|(n, is)| feed.send(decision(n, is)));
        feed.finish();
    }

    fn veil(&self, flags: &[&str]) -> Veil {
        self.stage.settings("state_dir: .\nlatency_ms: 100\n");
        let mut all = vec!["-c", "veil.yaml", "-X", "session.timeout.ms=6000"];
        all.extend(flags);
        self.stage.veil(&all)
    }

    fn numbers(&self, topic: &str, isolation: Isolation) -> BTreeSet<u64> {
        numbered(&read_all(self.stage.cluster, topic, isolation)).collect()
    }
}

fn policy(case: &str, stage: &Stage<'_>, decisions: &str, state: &str) -> String {
    format!(
        r#"apiVersion: veil/v1
kind: Policy
metadata: {{ name: {case}, version: 1, owner: tests }}
source: {{ topic: {source}, subject: {{ customer: user }} }}
keys:
  people: {{ ref: "file:keyring.json#people" }}
  subjects: {{ ref: "file:keyring.json#contact" }}
  quarantine: {{ ref: "file:keyring.json#quarantine" }}
rights: {{ key: subjects }}
consent:
  state: {{ topic: {decisions}, format: json, subject: customer, path: choices, grants: state{state} }}
outputs:
  - topic: {gated}
    purpose: analytics.reporting
    domain: analytics
    needs_consent: Ads
    headers: {{ n: keep }}
    fields: {{ seq: keep, user: {{ pseudonymize: {{ key: people, normalize: text, epoch: none }} }} }}
  - topic: {free}
    purpose: functional.service
    domain: analytics
    basis: contract
    headers: {{ n: keep }}
    fields: {{ seq: keep }}
quarantine: {{ topic: {quarantine}, key: quarantine, retention: 7d }}
"#,
        source = stage.topics.source,
        gated = stage.topics.analytics,
        free = stage.topics.mail,
        quarantine = stage.topics.quarantine,
    )
}

fn decision(n: u32, is: Option<bool>) -> Outgoing {
    Outgoing {
        partition: i32::try_from(n).expect("as the case wrote it") % PARTITIONS,
        key: Some(format!("u-{n}").into_bytes()),
        value: is.map(|is| format!(r#"{{"choices":{{"Ads":{is}}}}}"#).into_bytes()),
        ..Outgoing::default()
    }
}

fn event(number: u64, who: u32) -> Outgoing {
    Outgoing {
        partition: i32::try_from(number % PARTITIONS.unsigned_abs() as u64)
            .expect("as the case wrote it"),
        value: Some(format!(r#"{{"seq":{number},"user":"u-{who}"}}"#).into_bytes()),
        headers: vec![("n".to_owned(), number.to_string().into_bytes())],
        ..Outgoing::default()
    }
}

fn numbered(rows: &[Row]) -> impl Iterator<Item = u64> {
    rows.iter().map(|r| {
        r.header("n")
            .expect("as the case wrote it")
            .parse()
            .expect("as the case wrote it")
    })
}

fn now_ms() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("as the case wrote it");
    i64::try_from(since.as_millis()).expect("as the case wrote it")
}

/// How many withdraw, of how many, at which rate of events, for how long.
struct Race {
    people: u32,
    withdrawals: u32,
    per_second: u64,
    seconds: u64,
    kills: usize,
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
    // Every record waits a second for company before it is sent, after it was decided.
    let flags = ["-X", "linger.ms=1000"];
    let mut veil = with.veil(&flags);
    veil.await_ready(SETTLE);
    let t = &with.stage.topics;
    let mut feed = Feed::new(cluster, &t.source);
    let mut turns = Feed::new(cluster, &with.decisions);
    let begun = Instant::now();
    let (mut sent, mut withdrawn) = (0_u64, 0_u32);
    let mut killed = 0;
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
            veil = with.veil(&flags);
        }
        std::thread::sleep(Duration::from_millis(2)); // the pace, not a wait
    }
    feed.finish();
    turns.finish();
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

/// By what the topics and the broker's own record of requests say.
fn judge(with: &Consented<'_>, race: &Race) -> Raced {
    let cluster = with.stage.cluster;
    let t = &with.stage.topics;
    let committed = with.numbers(&t.analytics, Isolation::Committed);
    let sent = with.numbers(&t.analytics, Isolation::Uncommitted);
    let source = read_all(cluster, &t.source, Isolation::Committed);
    // When each person withdrew, by the broker's clock.
    let decisions = read_all(cluster, &with.decisions, Isolation::Committed);
    let mut withdrawals: BTreeMap<String, i64> = BTreeMap::new();
    for row in &decisions {
        let key = String::from_utf8(row.key.clone().expect("as the case wrote it"))
            .expect("as the case wrote it");
        if row.value.as_ref().is_some_and(|v| v.ends_with(b"false}}")) {
            withdrawals.insert(key, row.timestamp_ms.expect("as the case wrote it"));
        }
    }
    assert_eq!(withdrawals.len(), race.withdrawals as usize);
    let mut commits = kafka::offset_commits(cluster, &with.stage.group);
    commits.retain(|c| c.taken);
    let mut raced = Raced {
        written: committed.len(),
        stopped: 0,
        late: 0,
    };
    for row in &source {
        let number: u64 = row
            .header("n")
            .expect("as the case wrote it")
            .parse()
            .expect("as the case wrote it");
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
        // The transaction that covers it: the last whose offsets first lie behind it.
        let covers = |c: &&kafka::OffsetCommit| {
            c.offsets
                .iter()
                .any(|(p, next)| *p == row.partition && *next > row.offset)
        };
        let covered = commits.iter().find(covers).expect("it was committed");
        raced.late += usize::from(covered.at_ms > withdrawn_ms + VISIBLE_MS);
    }
    // Nothing else is touched by it.
    let free = with.numbers(&t.mail, Isolation::Committed);
    assert_eq!(free.len() as u64, race.per_second * race.seconds);
    raced
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
        },
    );
    crate::say(&format!("withdrawals under load: {raced:?}"));
    assert!(raced.written > 0);
    assert_eq!(raced.late, 0);
    // Without the fence these would have left: they were sent, and never committed.
    assert!(raced.stopped > 0, "the race was never close");
}

#[test]
#[ignore = "takes minutes"]
fn a_thousand_withdrawals_under_load_and_kills() {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    let raced = race(
        cluster,
        "withdrawing-many",
        &Race {
            people: 3_000,
            withdrawals: 1_000,
            per_second: 5_000,
            seconds: 60,
            kills: 4,
        },
    );
    crate::say(&format!("a thousand withdrawals, four kills: {raced:?}"));
    assert_eq!(raced.late, 0);
    assert!(raced.written > 0 && raced.stopped > 0);
}

#[test]
fn an_event_that_overtakes_its_decision_is_permitted_when_there_is_time_to_settle() {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    const PEOPLE: u32 = 100;
    let share = |case: &str, state: &str| {
        let with = Consented::new(cluster, case, state);
        let mut veil = with.veil(&[]);
        veil.await_ready(SETTLE);
        let mut events = Feed::new(cluster, &with.stage.topics.source);
        let mut decisions = Feed::new(cluster, &with.decisions);
        for n in 0..PEOPLE {
            events.send(event(n.into(), n));
            std::thread::sleep(Duration::from_millis(30)); // how late the decision is
            decisions.send(decision(n, Some(true)));
        }
        events.finish();
        decisions.finish();
        with.stage.settle();
        assert_eq!(veil.terminate().code, Some(0));
        let t = &with.stage.topics;
        let free = with.numbers(&t.mail, Isolation::Committed);
        assert_eq!(
            free.len(),
            PEOPLE as usize,
            "what needs no consent is all there"
        );
        with.numbers(&t.analytics, Isolation::Committed).len()
    };
    assert_eq!(share("settled", ", settle: 2s"), PEOPLE as usize);
    let overtaken = share("unsettled", "");
    crate::say(&format!(
        "sign-up: {overtaken} of {PEOPLE} permitted without settle, all with it"
    ));
}

#[test]
fn a_restart_finds_the_state_again_and_what_was_withdrawn_meanwhile() {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    let with = Consented::new(cluster, "restarted", "");
    with.decide([(1, Some(true)), (2, Some(true)), (3, Some(false))]);
    let mut veil = with.veil(&[]);
    veil.await_ready(SETTLE);
    let t = &with.stage.topics;
    let produce = |events: &[(u64, u32)]| {
        let events = events.iter().map(|(n, who)| event(*n, *who));
        with.stage.produce(events);
    };
    produce(&[(0, 1), (1, 2), (2, 3), (3, 4)]);
    with.stage.settle();
    let metrics = veil.metrics();
    assert_eq!(metrics.sum("veil_consent_stale", &[]), 0);
    assert_eq!(veil.terminate().code, Some(0));
    let kept = with.stage.folder().join("restarted.consent");
    assert!(kept.exists(), "the state is kept");
    with.decide([(2, Some(false)), (4, Some(true)), (1, None)]);
    let mut veil = with.veil(&[]);
    veil.await_ready(SETTLE);
    assert!(
        veil.log().contains("consent state found again"),
        "{}",
        veil.log()
    );
    produce(&[(10, 1), (11, 2), (12, 3), (13, 4)]);
    with.stage.settle();
    assert_eq!(veil.terminate().code, Some(0));
    let written = with.numbers(&t.analytics, Isolation::Committed);
    assert_eq!(written, BTreeSet::from([0, 1, 13]));
}

#[test]
fn a_topic_that_forgets_is_refused_and_said() {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    let decisions = "forgetful.decisions".to_owned();
    kafka::create(
        cluster,
        &decisions,
        PARTITIONS,
        &[("cleanup.policy", "delete")],
    );
    let with = Consented::over(cluster, "forgetful", "", decisions.clone());
    let mut veil = with.veil(&[]);
    veil.await_unready(SETTLE, &["forgetful.decisions", "cleanup.policy=compact"]);
    kafka::reconfigure(cluster, &decisions, &[("cleanup.policy", "compact")]);
    veil.await_ready(SETTLE);
    assert!(veil.log().contains("CreateTime"), "{}", veil.log());
    assert_eq!(veil.terminate().code, Some(0));
}

#[test]
fn what_hangs_in_the_topic_of_decisions_holds_the_stream_until_it_ends() {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    use rdkafka::producer::Producer;
    let with = Consented::new(cluster, "hanging", ", stale: { after: 3s, hold: forever }");
    with.decide([(1, Some(true))]);
    let mut veil = with.veil(&[]);
    veil.await_ready(SETTLE);
    // Somebody's transaction stays open: what is behind it nobody can see.
    let hangs = kafka::transactional_producer(cluster, "hangs");
    hangs.begin_transaction().expect("as the case wrote it");
    kafka::enqueue(&hangs, &with.decisions, &decision(2, Some(true)));
    hangs.flush(SETTLE).expect("as the case wrote it");
    with.decide([(1, Some(false)), (4, Some(false))]);
    veil.await_unready(SETTLE, &["what people decided"]);
    let begun = now_ms();
    with.stage.produce([event(0, 1)]);
    await_some("figures of the hold", SETTLE, || {
        (veil.metrics().sum("veil_consent_stale", &[]) == 1).then_some(())
    });
    assert_eq!(with.stage.progress(), 0, "nothing is committed meanwhile");
    hangs
        .abort_transaction(SETTLE)
        .expect("as the case wrote it");
    veil.await_ready(SETTLE);
    with.stage.settle();
    assert_eq!(veil.terminate().code, Some(0));
    let t = &with.stage.topics;
    assert!(with.numbers(&t.analytics, Isolation::Committed).is_empty());
    assert_eq!(with.numbers(&t.mail, Isolation::Committed).len(), 1);
    crate::say(&format!("held for {} ms", now_ms() - begun));
}

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
