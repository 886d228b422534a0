//! Records that wait for a release of an output that needs consent: whoever withdraws
//! meanwhile is in none.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use crate::check::releases::{Waiting, account};
use crate::kafka::{self, Feed, Isolation, Outgoing, Row, await_some, read_all};

use super::super::stage::SETTLE;
use super::race::{VISIBLE_MS, withdrawals};
use super::{Consented, decision};

/// The output that needs consent waits, and leaves in classes of five.
fn waits(policy: &str) -> String {
    let from = policy
        .find("    headers: { n: keep }\n    fields: { seq: keep, user")
        .expect("written there");
    let to = policy[from..].find("  - topic").expect("another follows") + from;
    format!(
        "{}    k_anonymous: {{ k: 5, max_records: 1000, max_delay: 1h, free: [seq] }}\n    fields:\n      \
         age: {{ quasi: {{ number: {{ step: 5, bottom: 15, top: 90 }} }} }}\n      seq: keep\n{}",
        &policy[..from],
        &policy[to..]
    )
}

fn event(n: u64) -> Outgoing {
    event_of(n, n)
}

fn event_of(n: u64, who: u64) -> Outgoing {
    let age = 16 + who % 70;
    let value = format!(r#"{{"seq":{n},"user":"u-{who}","age":{age}}}"#);
    Outgoing {
        partition: i32::try_from(n % 3).expect("below three"),
        value: Some(value.into_bytes()),
        ..Outgoing::default()
    }
}

fn numbers(rows: &[Row]) -> Vec<u64> {
    let number = |row: &Row| {
        let value: serde_json::Value = serde_json::from_slice(row.value.as_deref()?).ok()?;
        value["seq"].as_u64()
    };
    rows.iter().filter_map(number).collect()
}

#[test]
fn whoever_withdraws_while_his_record_waits_is_in_no_release() {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    let with = Consented::new(cluster, "patient", "");
    let path = with.stage.folder().join("policy.yaml");
    let policy = std::fs::read_to_string(&path).expect("a policy");
    std::fs::write(&path, waits(&policy)).expect("written");
    with.decide((0..30).map(|n| (n, Some(true))));
    with.stage.produce((0..30).map(event));
    let mut veil = with.veil(&[]);
    let topic = with.stage.topics.analytics.clone();
    let await_waiting = |veil: &mut crate::veil::Veil, records: u64| {
        await_some("the records to wait", SETTLE, || {
            let now = veil.metrics().sum("veil_release_waiting_records", &[]);
            (now == records).then_some(())
        });
    };
    await_waiting(&mut veil, 30);
    with.decide((0..10).map(|n| (n, Some(false))));
    // They are taken out at once, and the others wait on.
    await_waiting(&mut veil, 20);
    let ended = veil.terminate();
    assert_eq!(ended.code, Some(0), "{}", ended.log);
    let left: BTreeSet<u64> = numbers(&read_all(cluster, &topic, Isolation::Committed))
        .into_iter()
        .collect();
    assert_eq!(left, (10..30).collect::<BTreeSet<_>>());
    // What they withdrew is done with: nobody reads it again.
    let group = format!("{}.{topic}", with.stage.group);
    let committed = kafka::committed(cluster, &group, &with.stage.topics.source, 3);
    assert_eq!(committed.into_iter().flatten().sum::<i64>(), 30);
}

/// A hundred a second take back what they granted while records of them wait: no release has
/// anybody in it whose withdrawal could be seen, and everybody else leaves. How long nothing
/// leaves meanwhile is said.
#[test]
fn a_hundred_withdrawals_a_second_of_who_waits_are_in_no_release_and_all_others_are() {
    const PEOPLE: u32 = 3_000;
    const WITHDRAWALS: u32 = 2_000;
    const SECONDS: u64 = 20;
    const EVENTS: u64 = 300 * SECONDS;
    let Some(cluster) = kafka::shared() else {
        return;
    };
    let with = Consented::new(cluster, "leaving", "");
    let path = with.stage.folder().join("policy.yaml");
    let policy = std::fs::read_to_string(&path).expect("a policy");
    let policy = waits(&policy).replace("max_delay: 1h", "max_delay: 2s");
    std::fs::write(&path, policy).expect("written");
    with.decide((0..PEOPLE).map(|n| (n, Some(true))));
    let who = |n: u64| (n.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 33) % u64::from(PEOPLE);
    let mut veil = with.veil(&[]);
    veil.await_ready(SETTLE);
    let source = with.stage.topics.source.clone();
    let mut feed = Feed::new(cluster, &source);
    let mut turns = Feed::new(cluster, &with.decisions);
    let begun = Instant::now();
    let (mut sent, mut withdrawn) = (0, 0);
    while sent < EVENTS || withdrawn < WITHDRAWALS {
        let share = (begun.elapsed().as_secs_f64() / SECONDS as f64).min(1.0);
        while (sent as f64) < share * EVENTS as f64 {
            feed.send(event_of(sent, who(sent)));
            sent += 1;
        }
        while f64::from(withdrawn) < share * f64::from(WITHDRAWALS) {
            turns.send(decision(withdrawn, Some(false)));
            withdrawn += 1;
        }
        std::thread::sleep(Duration::from_millis(2)); // the pace
    }
    feed.finish();
    turns.finish();
    let topic = with.stage.topics.analytics.clone();
    let group = format!("{}.{topic}", with.stage.group);
    kafka::settled(cluster, &group, &source, SETTLE);
    let ended = veil.terminate();
    assert_eq!(ended.code, Some(0), "{}", ended.log);

    let mut commits = kafka::offset_commits(cluster, &group);
    commits.retain(|commit| commit.committed);
    let offsets: Vec<_> = commits
        .iter()
        .map(|commit| commit.offsets.clone())
        .collect();
    let withdrew = withdrawals(&read_all(cluster, &with.decisions, Isolation::Committed));
    assert_eq!(withdrew.len(), WITHDRAWALS as usize);
    let inputs: Vec<Waiting> = (0..EVENTS)
        .map(|number| Waiting {
            number,
            partition: event(number).partition,
            offset: i64::try_from(number / 3).expect("small"),
            person: Some(who(number)),
            may_be_missing: withdrew.contains_key(&format!("u-{}", who(number))),
        })
        .collect();
    let left = numbers(&read_all(cluster, &topic, Isolation::Committed));
    // Releases spread over partitions: each record stands for itself.
    let alone: Vec<Vec<u64>> = left.iter().map(|n| vec![*n]).collect();
    let (told, faults) = account(&inputs, &offsets, &alone, 5);
    assert!(faults.is_empty(), "{faults:?}");
    assert_eq!(told.sum() as u64, EVENTS);
    // Which transaction took a record, and when its offsets were sent.
    let places: BTreeMap<u64, &Waiting> = inputs.iter().map(|i| (i.number, i)).collect();
    let late = |number: &&u64| {
        let at = places[*number];
        let covers = |c: &&kafka::OffsetCommit| {
            let mut offsets = c.offsets.iter();
            offsets.any(|(p, next)| *p == at.partition && *next > at.offset)
        };
        let commit = commits.iter().find(covers).expect("it was committed");
        let withdrew_ms = withdrew.get(&format!("u-{}", who(**number)));
        withdrew_ms.is_some_and(|ms| commit.at_ms > ms + VISIBLE_MS)
    };
    let late = left.iter().filter(late).count();
    let pauses = commits.windows(2).map(|pair| pair[1].at_ms - pair[0].at_ms);
    let longest = pauses.max().unwrap_or_default();
    let turns_ms = withdrew.values().copied();
    let (first, last) = (turns_ms.clone().min(), turns_ms.max());
    let since = |ms: Option<i64>| commits[0].at_ms - ms.unwrap_or_default();
    crate::say(&format!(
        "leaving: {WITHDRAWALS} withdrawals in {SECONDS} s, {told:?}; {} transactions, the first {} ms after the first withdrawal, {} ms after the last, the longest pause {longest} ms; {late} records left late",
        commits.len(),
        since(first),
        since(last),
    ));
    assert_eq!(late, 0, "a withdrawal that could be seen counts");
    // A third of the people did not withdraw.
    assert!(told.withdrawn > 0 && told.released > 500, "{told:?}");
}
