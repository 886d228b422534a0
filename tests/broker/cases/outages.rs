//! What is missing, forbidden or refused: said clearly, survived, and mended
//! without a restart when the cause is gone.

use std::time::Duration;

use crate::kafka::{self, Acl, Cluster, Outgoing};
use crate::traffic::{Kind, NUMBER, Traffic};
use crate::veil::Veil;

use super::stage::{SETTLE, Stage, quarantined};

const SOON: Duration = Duration::from_secs(45);

#[test]
fn a_missing_output_topic_is_named_until_it_exists() {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    let stage = Stage::bare(cluster, "noout", 2);
    let t = &stage.topics;
    kafka::create(cluster, &t.source, 2, &[]);
    kafka::create(cluster, &t.analytics, 2, &[]);
    kafka::create(cluster, &t.quarantine, 1, &[]);
    stage.produce(Traffic::new(31, 2).take(300));
    let mut veil = stage.veil(&[]);
    veil.await_unready(SOON, &[&t.mail]);
    kafka::create(cluster, &t.mail, 3, &[]);
    mended(&stage, veil, 300);
}

#[test]
fn a_missing_source_topic_is_named_until_it_exists() {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    let stage = Stage::bare(cluster, "nosrc", 2);
    let t = &stage.topics;
    kafka::create(cluster, &t.analytics, 2, &[]);
    kafka::create(cluster, &t.mail, 3, &[]);
    kafka::create(cluster, &t.quarantine, 1, &[]);
    let mut veil = stage.veil(&[]);
    veil.await_unready(SOON, &[&t.source]);
    kafka::create(cluster, &t.source, 2, &[]);
    stage.produce(Traffic::new(32, 2).take(300));
    mended(&stage, veil, 300);
}

#[test]
fn a_forbidden_output_topic_is_named_until_it_is_allowed() {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    let stage = Stage::new(cluster, "acl", 2);
    let rule = Acl::deny_writing(cluster, &stage.topics.analytics);
    stage.produce(Traffic::new(33, 2).take(300));
    let mut veil = stage.veil(&[]);
    veil.await_unready(SOON, &[&stage.topics.analytics]);
    assert_eq!(
        stage.progress(),
        0,
        "nothing is committed that was not written"
    );
    rule.lift();
    mended(&stage, veil, 300);
}

#[test]
fn an_unreachable_broker_is_said_and_work_begins_when_it_comes() {
    let Some(cluster) = Cluster::start() else {
        return;
    };
    let stage = Stage::new(&cluster, "unreachable", 2);
    stage.produce(Traffic::new(34, 2).take(300));
    cluster.kill();
    let mut veil = stage.veil(&[]);
    let said = veil.await_unready(SOON, &["127.0.0.1", "bootstrap.servers"]);
    assert!(
        said.contains(&cluster.bootstrap()) || veil.log().contains(&cluster.bootstrap()),
        "the message names the address: {said}\n{}",
        veil.log()
    );
    // A stop while it waits is a stop in time, though not a clean one.
    let mut waiting = stage.veil(&[]);
    waiting.await_unready(SOON, &["127.0.0.1", "bootstrap.servers"]);
    let ended = waiting.terminate();
    assert!(
        ended.took < Duration::from_secs(15),
        "took {:?}",
        ended.took
    );
    assert!(
        matches!(ended.code, Some(0 | 69)),
        "{:?}\n{}",
        ended.code,
        ended.log
    );

    cluster.restart();
    mended(&stage, veil, 300);
}

#[test]
fn a_record_that_the_broker_refuses_is_quarantined_alone() {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    let stage = Stage::new(cluster, "refused", 2);
    let mut veil = stage.veil(&[]);
    veil.await_ready(SOON);
    let mut traffic = Traffic::new(35, 2);
    let first: Vec<Outgoing> = (0..100).map(|_| traffic.of_kind(Kind::Full)).collect();
    stage.produce(first);
    stage.settle();
    // The limit shrinks under the running instance: it has read another one.
    let small = [("max.message.bytes", "20000")];
    kafka::reconfigure(cluster, &stage.topics.mail, &small);
    let mut second: Vec<Outgoing> = (0..100).map(|_| traffic.of_kind(Kind::Full)).collect();
    // One whose encrypted note does not fit, and would have fitted before.
    let big = with_long_note(&second[50], 20_000);
    second[50] = big.clone();
    stage.produce(second);
    stage.settle();
    // The refusal made it ask for the limit again. The answer is heard with the
    // next work, hence more of it until that is said. (The new producer is
    // counted as `resized`, or as `slow` when it was due anyway.)
    let mut sent = 200;
    while !veil
        .log()
        .contains("`max.message.bytes` of the topic changed")
    {
        stage.produce((0..10).map(|_| traffic.of_kind(Kind::Full)));
        stage.settle();
        sent += 10;
        assert!(sent < 1_000, "the limit is not read again:\n{}", veil.log());
    }
    // From here on such a record is found before it is sent.
    let late = sent;
    stage.produce([with_long_note(&traffic.of_kind(Kind::Full), 20_000)]);
    stage.settle();
    assert_eq!(veil.terminate().code, Some(0));

    let quarantine = stage.closed(&stage.topics.quarantine);
    let found = quarantined(&quarantine, &stage.topics.source);
    let words: Vec<&str> = found.iter().map(|q| q.reason.as_str()).collect();
    assert!(
        matches!(words[..], ["refused_by_broker" | "too_large", "too_large"]),
        "two records, each for its own fault: {words:?}"
    );
    for topic in [&stage.topics.analytics, &stage.topics.mail] {
        let mut numbers: Vec<u64> = stage
            .closed(topic)
            .iter()
            .map(|r| {
                r.header(NUMBER)
                    .expect("numbered")
                    .parse()
                    .expect("a number")
            })
            .collect();
        numbers.sort_unstable();
        let expected: Vec<u64> = (0..late).filter(|&n| n != 150).collect();
        assert_eq!(
            numbers, expected,
            "{topic}: all or nothing for the big one, all else once"
        );
    }
}

#[test]
fn a_record_that_grows_past_a_known_limit_is_quarantined_as_too_large() {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    let stage = Stage::bare(cluster, "grows", 2);
    let t = &stage.topics;
    kafka::create(cluster, &t.source, 2, &[]);
    kafka::create(cluster, &t.analytics, 2, &[]);
    kafka::create(cluster, &t.mail, 3, &[("max.message.bytes", "2000")]);
    kafka::create(cluster, &t.quarantine, 1, &[]);
    let mut traffic = Traffic::new(36, 2);
    let mut records: Vec<Outgoing> = (0..200).map(|_| traffic.of_kind(Kind::Full)).collect();
    records[77] = with_long_note(&records[77], 3_000);
    stage.produce(records);
    let mut veil = stage.veil(&["--once"]);
    assert_eq!(veil.await_exit(SETTLE).code(), Some(0), "{}", veil.log());
    let found = quarantined(&stage.closed(&t.quarantine), &t.source);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].reason, "too_large");
    assert_eq!(stage.closed(&t.mail).len(), 199);
    assert_eq!(stage.closed(&t.analytics).len(), 199);
}

#[test]
fn a_broker_that_does_not_verify_transactions_is_warned_of() {
    let Some(cluster) = Cluster::start() else {
        return;
    };
    let stage = Stage::new(&cluster, "unverified", 2);
    stage.produce(Traffic::new(37, 2).take(50));
    let warned = |flags: &[&str]| {
        let mut veil = stage.veil(flags);
        assert_eq!(veil.await_exit(SETTLE).code(), Some(0), "{}", veil.log());
        let log = veil.log();
        log.matches("transaction.partition.verification.enable=false")
            .count()
    };
    assert_eq!(warned(&["--once"]), 0);
    kafka::set_on_all_brokers(
        &cluster,
        "transaction.partition.verification.enable",
        "false",
    );
    assert_eq!(warned(&["--once"]), 1);
    stage.verdict(50);
}

/// After the cause is gone the same process does everything, once.
fn mended(stage: &Stage<'_>, mut veil: Veil, sent: u64) {
    veil.await_ready(SOON);
    stage.settle();
    let ended = veil.terminate();
    assert_eq!(ended.code, Some(0), "{}", ended.log);
    stage.verdict(sent);
}

/// The same record with a note of that many characters, which only the second
/// output takes.
fn with_long_note(record: &Outgoing, chars: usize) -> Outgoing {
    let mut record = record.clone();
    let text = String::from_utf8(record.value.clone().expect("a value")).expect("text");
    let (before, after) = text.split_once(r#""traits":{"#).expect("it has traits");
    let note = "x".repeat(chars);
    record.value = Some(format!(r#"{before}"traits":{{"note":"{note}",{after}"#).into_bytes());
    record
}
