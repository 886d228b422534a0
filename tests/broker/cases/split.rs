//! Records that are taken apart, through kills: each element arrives once and in
//! order, one that is refused goes to quarantine alone, and comes to the same when it
//! is replayed.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Output;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::kafka::{self, Cluster, Feed, Isolation, Outgoing, Row, read_all};
use crate::traffic::{Dice, MARK};
use crate::veil::{Home, Veil};

use super::stage::SETTLE;

const PARTITIONS: i32 = 3;
/// Most elements of one record.
const ELEMENTS_MAX: u64 = 500;

/// `mended`: an age that is refused leaves alone, and not its element.
fn policy(name: &str, mended: bool) -> String {
    let on_error = if mended { ", on_error: drop_field" } else { "" };
    format!(
        r#"apiVersion: veil/v1
kind: Policy
metadata: {{ name: {name}, version: 1, owner: tests }}
source: {{ topic: {name}.raw, split: batch, subject: batch.user }}
keys:
  people: {{ ref: "file:keyring.json#people" }}
  quarantine: {{ ref: "file:keyring.json#quarantine" }}
outputs:
  - topic: {name}.clean
    purpose: analytics.reporting.campaign_insights
    domain: analytics
    fields:
      from: keep
      batch.n: keep
      batch.user: {{ pseudonymize: {{ key: people, normalize: text, epoch: none }} }}
      batch.once: {{ pseudonymize: {{ key: people, normalize: text, scope: record, epoch: none }} }}
      batch.age: {{ generalize: {{ bucket: 10 }}{on_error} }}
quarantine: {{ topic: {name}.quarantine, key: quarantine, retention: 7d }}
"#
    )
}

/// True of elements whose age the policy refuses.
fn is_refused(n: u64) -> bool {
    n % 97 == 13
}

fn element(n: u64) -> String {
    let age = match is_refused(n) {
        true => format!("\"{MARK}{n}\""),
        false => "33".to_owned(),
    };
    let (user, once) = (n % 1_000, n % 7);
    format!(r#"{{"n":{n},"user":"{MARK}{user}","once":"{MARK}{once}","age":{age}}}"#)
}

/// What stands around the elements of a record of that partition.
fn around(partition: i32, inside: &str) -> String {
    format!(r#"{{"from":{partition},"note":"{MARK}","batch":{inside},"behind":true}}"#)
}

struct Apart<'a> {
    cluster: &'a Cluster,
    home: Home,
    name: &'static str,
}

impl<'a> Apart<'a> {
    fn new(cluster: &'a Cluster, name: &'static str) -> Apart<'a> {
        let apart = Apart {
            cluster,
            home: Home::new(&policy(name, false)),
            name,
        };
        for (topic, partitions) in [("raw", PARTITIONS), ("clean", 2), ("quarantine", 1)] {
            kafka::create(cluster, &apart.topic(topic), partitions, &[]);
        }
        apart
    }

    fn topic(&self, kind: &str) -> String {
        format!("{}.{kind}", self.name)
    }

    fn progress(&self) -> i64 {
        let raw = self.topic("raw");
        let committed = kafka::committed(self.cluster, self.name, &raw, PARTITIONS);
        committed.into_iter().flatten().sum()
    }

    /// Kills it at some moment while it works.
    fn kill_at_work(&self, dice: &mut Dice) {
        let (before, begun) = (self.progress(), Instant::now());
        let mut veil = Veil::start(
            &self.home,
            self.cluster,
            self.name,
            &["--instance", "steady"],
        );
        while self.progress() <= before {
            let works = veil.try_exit().is_none() && begun.elapsed() < SETTLE;
            assert!(works, "no progress:\n{}", veil.log());
        }
        std::thread::sleep(Duration::from_millis(dice.below(400)));
        veil.kill();
    }

    fn veil(&self, args: &[&str]) -> Output {
        let bootstrap = format!("bootstrap.servers={}", self.cluster.bootstrap());
        let mut command = self.home.command();
        command.arg("quarantine").args(args);
        command.args(["-p", "policy.yaml", "-X", &bootstrap]);
        let output = command.output().expect("veil runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!said.contains(MARK), "a clear value in: {said}");
        output
    }

    fn read(&self, kind: &str) -> Vec<Row> {
        read_all(self.cluster, &self.topic(kind), Isolation::Committed)
    }

    /// What was written of each element, every time.
    fn written(&self) -> BTreeMap<u64, Vec<String>> {
        let mut written: BTreeMap<u64, Vec<String>> = BTreeMap::new();
        for row in self.read("clean") {
            let text = String::from_utf8(row.value.expect("no tombstones here")).expect("text");
            assert!(!text.contains(MARK), "a clear value left");
            let value: Value = serde_json::from_str(&text).expect("JSON");
            let n = value["batch"]["n"].as_u64().expect("n is kept");
            written.entry(n).or_default().push(text);
        }
        written
    }

    /// Elements of one source partition that stand in one output partition the wrong
    /// way round.
    fn reordered(&self) -> usize {
        let mut last: BTreeMap<(i32, u64), u64> = BTreeMap::new();
        let mut rows = self.read("clean");
        rows.sort_by_key(|row| (row.partition, row.offset));
        let mut reordered = 0;
        for row in rows {
            let value: Value = serde_json::from_slice(&row.value.expect("a value")).expect("JSON");
            let (from, n) = (value["from"].as_u64(), value["batch"]["n"].as_u64());
            let place = (row.partition, from.expect("from is kept"));
            let before = last.insert(place, n.expect("n is kept"));
            reordered += usize::from(before > n);
        }
        reordered
    }
}

/// So many records at a pace, with all of their elements: how many those are.
fn feed(apart: &Apart<'_>, records: u64, per_second: u64, mut dice: Dice) -> u64 {
    let mut feed = Feed::new(apart.cluster, &apart.topic("raw"));
    let begun = Instant::now();
    let mut next = 0;
    for record in 0..records {
        let due = begun + Duration::from_micros(record * 1_000_000 / per_second);
        std::thread::sleep(due.saturating_duration_since(Instant::now())); // the pace
        let most = 1 + dice.below(ELEMENTS_MAX);
        let count = 1 + dice.below(most);
        let elements: Vec<String> = (next..next + count).map(element).collect();
        next += count;
        let partition = (record % PARTITIONS as u64) as i32;
        let list = format!("[{}]", elements.join(","));
        feed.send(Outgoing {
            partition,
            value: Some(around(partition, &list).into_bytes()),
            ..Outgoing::default()
        });
    }
    feed.finish();
    next
}

fn killed(name: &'static str, records: u64, kills: usize, per_second: u64) {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    let mut dice = Dice::announced(name);
    let begun = Instant::now();
    let apart = Apart::new(cluster, name);
    let elements = std::thread::scope(|s| {
        let load = Dice::new(dice.next());
        let load = s.spawn(|| feed(&apart, records, per_second, load));
        for _ in 0..kills {
            apart.kill_at_work(&mut dice);
        }
        load.join().expect("the load does not panic")
    });
    let mut last = Veil::start(&apart.home, cluster, name, &["--instance", "steady"]);
    kafka::settled(cluster, name, &apart.topic("raw"), SETTLE);
    let split = last.metrics().sum("veil_records_split_total", &[]);
    assert!(split <= records, "{split}");
    assert_eq!(last.terminate().code, Some(0));

    // Each once, in order; what is refused is nowhere else, and alone.
    let written = apart.written();
    let taken = (0..elements).filter(|n| !is_refused(*n));
    let lost = taken.clone().filter(|n| !written.contains_key(n)).count();
    let doubled = written.values().filter(|times| times.len() > 1).count();
    assert_eq!((lost, doubled, apart.reordered()), (0, 0, 0));
    assert_eq!(written.len(), taken.count());
    let refused = apart.read("quarantine");
    let expected = (0..elements).filter(|n| is_refused(*n)).count();
    let place = |row: &Row| {
        let names = ["veil-partition", "veil-offset", "veil-element"];
        names.map(|name| row.header(name).expect("coordinates").to_owned())
    };
    let places: BTreeSet<_> = refused.iter().map(place).collect();
    assert_eq!((refused.len(), places.len()), (expected, expected));
    let aborted = read_all(cluster, &apart.topic("clean"), Isolation::Uncommitted).len()
        - apart.read("clean").len();

    // One of them, opened: what it is as a record, to the byte.
    let one = &refused[0];
    let [from, _, number] = place(one);
    let at = format!("{}:{}", one.partition, one.offset);
    let shown = apart.veil(&["show", &at, "--why", "a test"]);
    let shown: Value = serde_json::from_slice(&shown.stdout).expect("JSON");
    assert_eq!(shown["element"].to_string(), number);
    let value = shown["value"].as_str().expect("text");
    let n = serde_json::from_str::<Value>(value).expect("JSON")["batch"]["n"].as_u64();
    let from = from.parse().expect("a partition");
    assert_eq!(value, around(from, &element(n.expect("its number"))));

    // Replayed, each once; and beside a second reading of all under the same policy.
    std::fs::write(apart.home.path().join("policy.yaml"), policy(name, true)).expect("written");
    let replay = apart.veil(&["replay", "--field", "batch.age"]);
    assert_eq!(replay.status.code(), Some(0));
    let replayed = apart.written();
    assert_eq!(replayed.len() as u64, elements);
    assert!(replayed.values().all(|times| times.len() == 1));
    let again = format!("{name}-again");
    let mut once = Veil::start(&apart.home, cluster, &again, &["--once"]);
    assert_eq!(once.await_exit(SETTLE).code(), Some(0), "{}", once.log());
    let twice = apart.written();
    let alike = |times: &&Vec<String>| times.len() == 2 && times[0] == times[1];
    assert_eq!(twice.values().filter(alike).count() as u64, elements);
    crate::say(&format!(
        "{elements} elements in {records} records: {kills} kills, {aborted} of aborted transactions, \
         0 lost, 0 doubled, {expected} quarantined alone and replayed the same, {:.1} s",
        begun.elapsed().as_secs_f64()
    ));
}

#[test]
fn elements_arrive_once_through_kills_and_one_that_is_refused_goes_alone() {
    killed("split", 60, 2, 20);
}

#[test]
#[ignore = "minutes; `just split-kills`"]
fn a_hundred_thousand_elements_arrive_once_through_twenty_kills() {
    killed("split-large", 900, 20, 10);
}
