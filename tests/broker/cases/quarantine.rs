//! Refused records are listed, opened, replayed and purged: each replayed at most
//! once, whatever ends the replay.

use std::collections::BTreeMap;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::kafka::{self, Cluster, Isolation, Outgoing, RawRecord, Row, produce_raw, read_all};
use crate::traffic::{Dice, MARK};
use crate::veil::{Home, Veil};

use super::stage::SETTLE;

/// The topics of a case, and a directory with its policy.
struct Refused<'a> {
    cluster: &'a Cluster,
    home: Home,
    name: &'static str,
}

/// `normalize` says which e-mail addresses are refused; `age` refuses texts.
fn policy(name: &str, normalize: &str) -> String {
    format!(
        r#"apiVersion: veil/v1
kind: Policy
metadata: {{ name: {name}, version: 1, owner: tests }}
source: {{ topic: {name}.raw, value: json }}
keys:
  people: {{ ref: "file:keyring.json#people" }}
  quarantine: {{ ref: "file:keyring.json#quarantine" }}
outputs:
  - topic: {name}.clean
    purpose: analytics.reporting.campaign_insights
    domain: analytics
    fields:
      n: keep
      user.email: {{ pseudonymize: {{ key: people, normalize: {normalize}, epoch: none }} }}
      age: {{ generalize: {{ bucket: 10 }} }}
quarantine: {{ topic: {name}.quarantine, key: quarantine, retention: 7d }}
"#
    )
}

impl<'a> Refused<'a> {
    /// So many records, read under a policy that refuses the most of them: every
    /// fourth is taken, every tenth has an age that no policy takes.
    fn new(cluster: &'a Cluster, name: &'static str, records: u64) -> Refused<'a> {
        let refused = Refused {
            cluster,
            home: Home::new(&policy(name, "email")),
            name,
        };
        for (topic, partitions) in [("raw", 3), ("clean", 3), ("quarantine", 2)] {
            kafka::create(cluster, &refused.topic(topic), partitions, &[]);
        }
        let records = (0..records).map(|n| Outgoing {
            partition: (n % 3) as i32,
            value: Some(value(n).into_bytes()),
            headers: vec![("trace".to_owned(), n.to_string().into_bytes())],
            ..Outgoing::default()
        });
        kafka::produce(cluster, &refused.topic("raw"), records);
        let mut once = Veil::start(&refused.home, cluster, name, &["--once"]);
        assert_eq!(once.await_exit(SETTLE).code(), Some(0), "{}", once.log());
        refused
    }

    fn topic(&self, kind: &str) -> String {
        format!("{}.{kind}", self.name)
    }

    /// From now on the policy takes every e-mail address.
    fn mend(&self) {
        let mended = policy(self.name, "text");
        std::fs::write(self.home.path().join("policy.yaml"), mended).expect("written");
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = self.home.command();
        let bootstrap = format!("bootstrap.servers={}", self.cluster.bootstrap());
        command.arg("quarantine").args(args);
        command.args(["-p", "policy.yaml", "-X", &bootstrap]);
        command
    }

    fn veil(&self, args: &[&str]) -> Output {
        let output = self.command(args).output().expect("veil runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!said.contains(MARK), "a clear value in: {said}");
        output
    }

    /// What it printed as JSON, and its exit code.
    fn json(&self, args: &[&str]) -> (Option<i32>, Value) {
        let output = self.veil(&[args, &["--format", "json"]].concat());
        let text = String::from_utf8_lossy(&output.stdout);
        let said = String::from_utf8_lossy(&output.stderr);
        let json = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}{said}"));
        (output.status.code(), json)
    }

    fn read(&self, kind: &str) -> Vec<Row> {
        read_all(self.cluster, &self.topic(kind), Isolation::Committed)
    }

    /// How often each number stands in the output.
    fn written(&self) -> BTreeMap<u64, u64> {
        let mut times = BTreeMap::new();
        for row in self.read("clean") {
            let value = row.value.expect("no tombstones here");
            assert!(!String::from_utf8_lossy(&value).contains(MARK));
            let value: Value = serde_json::from_slice(&value).expect("JSON");
            *times
                .entry(value["n"].as_u64().expect("n is kept"))
                .or_default() += 1;
        }
        times
    }
}

fn has_age(n: u64) -> bool {
    n.is_multiple_of(10)
}

fn value(n: u64) -> String {
    let email = match n % 4 {
        0 => format!("{MARK}{n}@example.com"),
        _ => format!("{MARK}{n}"),
    };
    let age = if has_age(n) { "\"old\"" } else { "33" };
    format!(r#"{{"n":{n},"user":{{"email":"{email}"}},"age":{age}}}"#)
}

/// Where records lie that were refused by a field, with its count of tries.
fn lying(rows: &[Row], field: &str) -> Vec<(i32, i64, Option<String>)> {
    let of_field = |row: &&Row| row.header("veil-field") == Some(field);
    let place = |row: &Row| {
        let tries = row.header("veil-tries").map(str::to_owned);
        (row.partition, row.offset, tries)
    };
    rows.iter().filter(of_field).map(place).collect()
}

#[test]
fn what_was_refused_is_listed_opened_replayed_and_purged() {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    const RECORDS: u64 = 400;
    let refused = Refused::new(cluster, "repair", RECORDS);
    // 300 of them by their address; 20 more have an address, and no age.
    let by_age: Vec<u64> = (0..RECORDS).filter(|n| n % 4 == 0 && has_age(*n)).collect();
    let (code, rows) = refused.json(&["ls"]);
    let row = |row: &Value| {
        let words =
            ["reason", "output", "field", "topic"].map(|w| row[w].as_str().map(str::to_owned));
        (words, row["records"].as_u64())
    };
    let rows: Vec<_> = rows.as_array().expect("rows").iter().map(row).collect();
    let expect = |reason: &str, field: &str, records: usize| {
        let words = [reason, "repair.clean", field, "repair.raw"];
        (words.map(|w| Some(w.to_owned())), Some(records as u64))
    };
    assert_eq!(code, Some(0));
    assert_eq!(
        rows,
        [
            expect("bad_identifier", "user.email", 300),
            expect("wrong_type", "age", by_age.len()),
        ]
    );

    // One of them, opened: what was read, to the byte.
    let (partition, offset, tries) = lying(&refused.read("quarantine"), "age").remove(0);
    assert_eq!(tries, None, "it was refused once");
    let place = format!("{partition}:{offset}");
    let shown = refused.veil(&["show", &place, "--why", "a test"]);
    let shown: Value = serde_json::from_slice(&shown.stdout).expect("JSON");
    let n: u64 = shown["headers"][0]["value"]
        .as_str()
        .expect("a header")
        .parse()
        .expect("n");
    assert_eq!(shown["value"], json!(value(n)));
    assert_eq!(shown["topic"], "repair.raw");
    let nothing = refused.veil(&["show", "0:999999", "--why", "a test"]);
    assert_eq!(nothing.status.code(), Some(66));
    let unsaid = refused.veil(&["show", &place]);
    assert_eq!(
        (unsaid.status.code(), unsaid.stdout.as_slice()),
        (Some(64), &b""[..])
    );

    // Under the policy that refused them nothing changes; a look writes nothing.
    refused.mend();
    let before = refused.read("quarantine").len();
    let (code, look) = refused.json(&["replay", "--field", "user.email", "--dry-run"]);
    assert_eq!((code, &look["chosen"]), (Some(2), &json!(300)));
    let refused_again = (0..RECORDS).filter(|n| n % 4 != 0 && has_age(*n)).count();
    assert_eq!(
        look["refused_again"],
        json!({ "wrong_type": refused_again })
    );
    assert_eq!(refused.read("quarantine").len(), before);

    let (code, replay) = refused.json(&["replay", "--field", "user.email"]);
    assert_eq!(code, Some(2));
    assert_eq!(replay["outputs"], look["outputs"]);
    let written = refused.written();
    let expected = (0..RECORDS).filter(|n| !has_age(*n)).map(|n| (n, 1));
    assert_eq!(written, expected.collect::<BTreeMap<_, _>>());

    // What is still refused came back, and says how often.
    let tries: Vec<_> = lying(&refused.read("quarantine"), "age")
        .into_iter()
        .filter_map(|(.., tries)| tries)
        .collect();
    assert_eq!(tries, vec!["2".to_owned(); refused_again]);
    let (_, again) = refused.json(&["replay", "--field", "user.email"]);
    assert_eq!(again["chosen"], 0, "nothing is replayed twice");

    // What was opened is on record, and none of it in clear.
    let audit = refused.home.path().join("audit.jsonl");
    let log = std::fs::read_to_string(audit).expect("an audit log");
    assert!(
        log.contains("\"quarantine show\"") && log.contains("\"quarantine replay\""),
        "{log}"
    );
    assert!(log.contains("\"a test\"") && !log.contains(MARK), "{log}");

    // Somebody else's records, one with a name that is no text: named, and left.
    let record = |name: &[u8]| RawRecord {
        value: b"1".to_vec(),
        headers: vec![(name.to_vec(), b"\xff".to_vec())],
    };
    let all = [&b"veil-reason"[..], b"x", b"\xff\xfe"].map(record);
    produce_raw(cluster, &refused.topic("quarantine"), &all);
    let listed = refused.veil(&["ls"]);
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    assert!(listed.contains("3 are no quarantined records"), "{listed}");

    // The rest is done with; the topic is empty then.
    let undecided = refused.veil(&["purge"]);
    assert_eq!(undecided.status.code(), Some(64));
    let unasked = refused.veil(&["purge", "--all"]);
    assert_eq!(
        unasked.status.code(),
        Some(64),
        "there is no terminal to ask at"
    );
    let (code, purged) = refused.json(&["purge", "--reason", "wrong_type", "--yes"]);
    assert_eq!(
        (code, &purged["purged"]),
        (Some(0), &json!(by_age.len() + refused_again))
    );
    assert_eq!(refused.json(&["ls"]).1, json!([]));
    let listed = refused.veil(&["ls"]);
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    assert!(
        listed.contains("3 are no quarantined records"),
        "not ours, so left: {listed}"
    );
}

/// A replay that is killed and begun again, also while the one before still runs:
/// nothing lost, nothing doubled.
fn killed(name: &'static str, records: u64, kills: u32, within: Duration) {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    let refused = Refused::new(cluster, name, records);
    refused.mend();
    let mut dice = Dice::new(7);
    let begun = std::time::Instant::now();
    let mut deaths = 0;
    for kill in 0..kills {
        let mut replay = refused
            .command(&["replay", "--reason", "bad_identifier"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("veil starts");
        let after = within.mul_f64((dice.below(1_000) as f64) / 1_000.0);
        std::thread::sleep(after);
        // Every third goes on while another one begins: the later one fences it.
        if kill % 3 == 2 {
            let code = refused.veil(&["replay", "--at", "0:0"]).status.code();
            let other = replay.wait().expect("it ends").code();
            let ended = |code| matches!(code, Some(0 | 2 | 69));
            assert!(ended(code) && ended(other), "{code:?} {other:?}");
        } else {
            deaths += u32::from(replay.try_wait().expect("asked").is_none());
            let _ = replay.kill();
            let _ = replay.wait();
        }
    }
    let (_, last) = refused.json(&["replay", "--reason", "bad_identifier"]);
    assert_eq!(last["complete"], true, "{last}");
    let written = refused.written();
    let expected = (0..records).filter(|n| !has_age(*n));
    let lost = expected
        .clone()
        .filter(|n| !written.contains_key(n))
        .count();
    let doubled = written.values().filter(|times| **times > 1).count();
    assert_eq!((lost, doubled), (0, 0));
    assert_eq!(written.len(), expected.count());
    // What is refused still is there once, however often it was tried.
    let (_, rows) = refused.json(&["ls"]);
    let still: u64 = (0..records).filter(|n| has_age(*n)).count() as u64;
    assert_eq!(rows.as_array().expect("rows").len(), 1, "{rows}");
    assert_eq!(rows[0]["records"], still, "{rows}");
    crate::say(&format!(
        "replay of {records} records: {kills} interrupted, {deaths} killed at work, {lost} lost, \
         {doubled} doubled, {:.1} s",
        begun.elapsed().as_secs_f64()
    ));
}

#[test]
fn a_replay_killed_at_any_step_loses_and_doubles_nothing() {
    killed("replayed", 8_000, 4, Duration::from_millis(700));
}

#[test]
#[ignore = "minutes; `just replay-kills`"]
fn a_large_replay_killed_ten_times_loses_and_doubles_nothing() {
    killed("replayed-large", 134_000, 12, Duration::from_secs(3));
}
