//! Records that wait for a release: each leaves in one, whole, or is counted as left out;
//! nobody stands alone; and what waits is not committed, so that it is read again.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::PermissionsExt;
use std::process::Output;
use std::time::Duration;

use serde_json::Value;

use crate::kafka::{self, Cluster, Isolation, Outgoing, Row, await_some, ends, read_all, settled};
use crate::traffic::MARK;
use crate::veil::{Home, Veil};

use super::stage::SETTLE;

pub(super) const PARTITIONS: i32 = 2;
pub(super) const K: usize = 5;

/// An output that leaves as it comes, and one whose records wait as `waits` says.
fn policy(name: &str, waits: &str) -> String {
    format!(
        r#"apiVersion: veil/v1
kind: Policy
metadata: {{ name: {name}, version: 1, owner: tests }}
source: {{ topic: {name}.raw, subject: who }}
keys:
  people: {{ ref: "file:keyring.json#people" }}
  state: {{ ref: "file:keyring.json#state" }}
  quarantine: {{ ref: "file:keyring.json#quarantine" }}
outputs:
  - topic: {name}.clean
    purpose: analytics.reporting.campaign_insights
    domain: analytics
    fields:
      n: keep
      who: {{ pseudonymize: {{ key: people, normalize: text, epoch: none }} }}
  - topic: {name}.public
    purpose: analytics.reporting
    domain: public
    {waits}
quarantine: {{ topic: {name}.quarantine, key: quarantine, retention: 7d }}
"#
    )
}

/// In classes of five persons at least.
pub(super) fn in_classes(more: &str) -> String {
    format!(
        "k_anonymous: {{ k: {K}, max_records: 100, free: [n], {more} }}\n    \
         fields:\n      age: {{ quasi: {{ number: {{ step: 5, bottom: 15, top: 90 }} }} }}\n      \
         zip: {{ quasi: {{ prefix: [3, 1] }} }}\n      n: keep"
    )
}

/// A record of that person.
pub(super) fn record(n: u64, who: u64) -> Outgoing {
    let (age, zip) = (16 + who * 7 % 70, 10 + who % 30);
    let value = format!(r#"{{"n":{n},"who":"{MARK}{who}","age":{age},"zip":"{zip}{MARK}"}}"#);
    Outgoing {
        partition: i32::try_from(n % 2).expect("below two"),
        value: Some(value.into_bytes()),
        ..Outgoing::default()
    }
}

pub(super) struct Releasing<'a> {
    pub(super) cluster: &'a Cluster,
    pub(super) home: Home,
    name: &'static str,
}

impl<'a> Releasing<'a> {
    pub(super) fn new(cluster: &'a Cluster, name: &'static str, waits: &str) -> Releasing<'a> {
        let own = Releasing {
            cluster,
            home: Home::new(&policy(name, waits)),
            name,
        };
        // One partition: its releases lie behind each other.
        let all = [
            ("raw", PARTITIONS),
            ("clean", 1),
            ("public", 1),
            ("quarantine", 1),
        ];
        for (topic, partitions) in all {
            kafka::create(cluster, &own.topic(topic), partitions, &[]);
        }
        own
    }

    pub(super) fn topic(&self, kind: &str) -> String {
        format!("{}.{kind}", self.name)
    }

    /// The group of the output whose records wait.
    pub(super) fn waiting_group(&self) -> String {
        format!("{}.{}", self.name, self.topic("public"))
    }

    pub(super) fn produce(&self, records: impl IntoIterator<Item = Outgoing>) {
        kafka::produce(self.cluster, &self.topic("raw"), records);
    }

    pub(super) fn veil(&self, flags: &[&str]) -> Veil {
        Veil::start(&self.home, self.cluster, self.name, flags)
    }

    /// `veil run --once`: how it ended.
    pub(super) fn once(&self) -> Output {
        let bootstrap = format!("bootstrap.servers={}", self.cluster.bootstrap());
        let mut command = self.home.command();
        command
            .args(["run", "-p", "policy.yaml", "-X", &bootstrap, "--once"])
            .args(["--group", self.name, "--http", "127.0.0.1:0"]);
        command.output().expect("veil runs")
    }

    /// How far the output whose records wait is committed, over all partitions.
    pub(super) fn progress(&self) -> i64 {
        let (group, raw) = (self.waiting_group(), self.topic("raw"));
        let committed = kafka::committed(self.cluster, &group, &raw, PARTITIONS);
        committed.into_iter().flatten().sum()
    }

    pub(super) fn settle(&self) {
        let raw = self.topic("raw");
        for group in [self.name, &self.waiting_group()] {
            settled(self.cluster, group, &raw, SETTLE);
        }
    }

    /// All that committed readers see, once nothing is open.
    pub(super) fn closed(&self, kind: &str) -> Vec<Row> {
        let topic = self.topic(kind);
        await_some("the last transaction to end", SETTLE, || {
            let stable = ends(self.cluster, &topic, Isolation::Committed);
            (stable == ends(self.cluster, &topic, Isolation::Uncommitted)).then_some(())
        });
        read_all(self.cluster, &topic, Isolation::Committed)
    }

    /// The releases: behind each stands the mark of its transaction.
    pub(super) fn releases(&self) -> Vec<Vec<Row>> {
        let mut releases: Vec<Vec<Row>> = Vec::new();
        for row in self.closed("public") {
            match releases.last_mut() {
                Some(last) if last.last().is_some_and(|r| r.offset + 1 == row.offset) => {
                    last.push(row);
                }
                _ => releases.push(vec![row]),
            }
        }
        releases
    }

    /// The offsets of each committed transaction of the output whose records wait, by the
    /// broker's own record.
    pub(super) fn commits(&self) -> Vec<Vec<(i32, i64)>> {
        let commits = kafka::offset_commits(self.cluster, &self.waiting_group());
        let committed = commits.into_iter().filter(|commit| commit.committed);
        committed.map(|commit| commit.offsets).collect()
    }

    /// What is remembered of who left.
    pub(super) fn rows_remembered(&self) -> Vec<Row> {
        let windows = format!("veil.{}.windows", self.name);
        read_all(self.cluster, &windows, Isolation::Committed)
    }

    /// Waits until so many records wait in that instance.
    pub(super) fn await_waiting(&self, veil: &mut Veil, records: u64) {
        await_some("the records to wait", SETTLE, || {
            let now = veil.metrics().sum("veil_release_waiting_records", &[]);
            (now == records).then_some(())
        });
    }
}

/// Judges releases by what anybody sees of them, and whose records they are: the numbers of
/// those that left.
pub(super) fn judge(releases: &[Vec<Row>], who: impl Fn(u64) -> u64) -> BTreeSet<u64> {
    let mut left = BTreeSet::new();
    for rows in releases {
        let mut classes: BTreeMap<(String, String), BTreeSet<u64>> = BTreeMap::new();
        let mut people = BTreeSet::new();
        for row in rows {
            let text = row.value.as_deref().expect("no tombstone is ever released");
            assert!(!String::from_utf8_lossy(text).contains(MARK));
            assert_eq!((&row.key, row.headers.len()), (&None, 0));
            let value: Value = serde_json::from_slice(text).expect("JSON");
            let n = value["n"].as_u64().expect("a number");
            assert!(left.insert(n), "{n} is in two releases, or twice in one");
            let class = (value["age"].to_string(), value["zip"].to_string());
            classes.entry(class).or_default().insert(who(n));
            assert!(people.insert(who(n)), "somebody is in one release twice");
            assert_eq!(row.timestamp_ms, rows[0].timestamp_ms, "one instant");
        }
        let least = classes.values().map(BTreeSet::len).min();
        assert!(least >= Some(K), "a class of {least:?}");
    }
    left
}

pub(super) fn numbers(rows: &[Row]) -> Vec<u64> {
    let number = |row: &Row| {
        let value: Value = serde_json::from_slice(row.value.as_deref()?).ok()?;
        value["n"].as_u64()
    };
    let mut numbers: Vec<u64> = rows.iter().filter_map(number).collect();
    numbers.sort_unstable();
    numbers
}

#[test]
fn each_record_leaves_in_one_release_or_is_counted_and_outputs_beside_it_do_not_wait() {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    let own = Releasing::new(cluster, "releases", &in_classes("max_delay: 3s"));
    // Every tenth is of a person that came before, every fiftieth cannot be read.
    let who = |n: u64| if n % 10 == 9 { n - 4 } else { n };
    let is_bad = |n: u64| n % 50 == 7;
    let records = (0..300).map(|n| match is_bad(n) {
        true => Outgoing {
            value: Some(format!("{{\"n\":{n},{MARK}").into_bytes()),
            ..record(n, n)
        },
        false => record(n, who(n)),
    });
    let mut veil = own.veil(&[]);
    veil.await_ready(SETTLE);
    own.produce(records);
    own.settle();
    // Published after the commit.
    let metrics = await_some("all to be counted", SETTLE, || {
        let metrics = veil.metrics();
        let read = metrics.sum(
            "veil_records_received_total",
            &[("group", &own.topic("public"))],
        );
        (read == 300).then_some(metrics)
    });
    let releases = own.releases();
    let left = judge(&releases, who);
    assert!(releases.len() >= 2 && !left.iter().any(|n| is_bad(*n)));
    let suppressed = metrics.sum("veil_release_suppressed_total", &[]);
    assert_eq!(
        left.len() as u64 + suppressed,
        294,
        "each is in one, or counted"
    );
    assert!(metrics.sum("veil_release_suppressed_total", &[("reason", "over_cap")]) > 0);
    let public = own.topic("public");
    let sent = metrics.sum("veil_records_sent_total", &[("topic", &public)]);
    assert_eq!(sent, left.len() as u64);
    assert_eq!(
        metrics.sum("veil_releases_total", &[]),
        releases.len() as u64
    );
    assert!(metrics.sum("veil_release_k_min", &[]) >= K as u64);
    // Nothing beside it waited, and what cannot be read lies in quarantine once.
    let all: Vec<u64> = (0..300).filter(|n| !is_bad(*n)).collect();
    assert_eq!(numbers(&own.closed("clean")), all);
    assert_eq!(own.closed("quarantine").len(), 6);
    let ended = veil.terminate();
    assert_eq!(ended.code, Some(0), "{}", ended.log);
    // The order says nothing of the one they came in.
    let order = numbers_as_they_lie(&releases[0]);
    let rises = order.windows(2).filter(|w| w[0] < w[1]).count();
    let most = order.len() * 7 / 10;
    assert!(rises < most, "{rises} of {}", order.len());
}

pub(super) fn numbers_as_they_lie(rows: &[Row]) -> Vec<u64> {
    let number = |row: &Row| {
        let value: Value = serde_json::from_slice(row.value.as_deref()?).ok()?;
        value["n"].as_u64()
    };
    rows.iter().filter_map(number).collect()
}

#[test]
fn what_waits_survives_a_kill_leaves_on_a_stop_and_is_read_again_where_it_is_too_little() {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    let own = Releasing::new(cluster, "kept", &in_classes("max_delay: 1h"));
    own.produce((0..40).map(|n| record(n, n)));
    let mut veil = own.veil(&["--instance", "steady"]);
    own.await_waiting(&mut veil, 40);
    assert_eq!(own.progress(), 0, "what waits is not committed");
    veil.kill();
    let mut veil = own.veil(&["--instance", "steady"]);
    own.await_waiting(&mut veil, 40);
    assert_eq!(own.closed("public").len(), 0);
    // Forty persons are enough: they leave rather than wait for the next start.
    let ended = veil.terminate();
    assert_eq!(ended.code, Some(0), "{}", ended.log);
    assert!(ended.took < Duration::from_secs(10), "{:?}", ended.took);
    assert_eq!(judge(&own.releases(), |n| n).len(), 40);
    assert_eq!(own.progress(), 40);

    own.produce((40..43).map(|n| record(n, n)));
    let mut veil = own.veil(&["--instance", "steady"]);
    own.await_waiting(&mut veil, 3);
    let ended = veil.terminate();
    assert_eq!(ended.code, Some(0), "{}", ended.log);
    let said = "3 records of `kept.public` were held and are read again at the next start";
    assert!(ended.log.contains(said), "{}", ended.log);
    assert!(own.progress() < 43);
    assert_eq!(judge(&own.releases(), |n| n).len(), 40);
    // With no more to come they are left out, and counted.
    let ended = own.once();
    let log = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(0), "{log}");
    assert!(log.contains("\"left_out\":3"), "{log}");
    own.settle();
    assert_eq!(judge(&own.releases(), |n| n).len(), 40);
    assert_eq!(numbers(&own.closed("clean")), (0..43).collect::<Vec<_>>());
}

/// Nothing leaves that the log does not hold, and what has left it says.
#[test]
fn a_release_leaves_once_the_audit_log_has_it() {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    let own = Releasing::new(cluster, "logged", &in_classes("max_delay: 1s"));
    let settings = "release: { audit: audit.jsonl }\n";
    std::fs::write(own.home.path().join("veil.yaml"), settings).expect("it is written");
    let mut veil = own.veil(&["-c", "veil.yaml"]);
    veil.await_ready(SETTLE);
    // Evidence that others can write is none.
    let log = own.home.path().join("audit.jsonl");
    let mode = |mode| std::fs::set_permissions(&log, std::fs::Permissions::from_mode(mode));
    mode(0o666).expect("it is ours");
    own.produce((0..40).map(|n| record(n, n)));
    veil.await_unready(SETTLE, &["cannot be written down"]);
    // It is tried again, and what is given up is not committed.
    await_some("three tries", SETTLE, || {
        let tries = veil.log().matches("does not leave").count();
        (tries >= 3).then_some(())
    });
    assert_eq!((own.closed("public").len(), own.progress()), (0, 0));
    mode(0o600).expect("it is ours");
    own.settle();
    veil.await_ready(SETTLE);
    let releases = own.releases();
    assert_eq!(judge(&releases, |n| n).len(), 40);
    let ended = veil.terminate();
    assert_eq!(ended.code, Some(0), "{}", ended.log);
    let audit = |words: &[&str]| {
        let mut command = own.home.command();
        let ran = command
            .arg("audit")
            .args(words)
            .output()
            .expect("veil runs");
        assert!(ran.status.success(), "{ran:?}");
        String::from_utf8(ran.stdout).expect("text")
    };
    audit(&["verify", "audit.jsonl"]);
    let told = audit(&["releases", "audit.jsonl", "--format", "json"]);
    assert!(!told.contains(MARK));
    let told: Value = serde_json::from_str(&told).expect("JSON");
    let told: Vec<&Value> = told["releases"]
        .as_array()
        .expect("a list")
        .iter()
        .collect();
    let left: Vec<_> = told.iter().filter(|r| r["has_left"] == true).collect();
    assert_eq!(left.len(), releases.len(), "{told:?}");
    for (release, rows) in left.iter().zip(&releases) {
        assert_eq!(release["records"].as_u64(), Some(rows.len() as u64));
        assert!(release["classes"]["persons_min"].as_u64() >= Some(K as u64));
        assert_eq!(release["read"][0]["topic"], own.topic("raw"));
    }
}

#[test]
fn too_few_wait_on_where_the_output_says_so_and_the_page_of_readiness_tells() {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    let waits = in_classes("max_delay: 1s, short: hold");
    let own = Releasing::new(cluster, "few", &waits);
    own.produce((0..4).map(|n| record(n, n)));
    let ended = own.once();
    let log = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(0), "{log}");
    assert!(
        log.contains("4 records of 4 persons are too few for a release"),
        "{log}"
    );
    assert_eq!(own.progress(), 0);
    let mut veil = own.veil(&[]);
    await_some("the page to tell", SETTLE, || {
        let (status, page) = veil.page("/readyz")?;
        let told = "4 records of 4 persons wait for a release of `few.public`";
        (status == 200 && page.contains(told)).then_some(())
    });
    assert_eq!((own.progress(), own.closed("public").len()), (0, 0));
    // The fifth makes them enough.
    own.produce([record(4, 4)]);
    own.settle();
    assert_eq!(judge(&own.releases(), |n| n).len(), 5);
    let ended = veil.terminate();
    assert_eq!(ended.code, Some(0), "{}", ended.log);
}

#[test]
fn a_shuffled_output_keeps_its_floor_and_says_what_it_takes() {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    let own = Releasing::new(
        cluster,
        "shuffled",
        "order: { shuffled: { pool: 1000, subjects: 100, max_delay: 1s } }\n    \
         fields: { n: keep, age: keep }",
    );
    own.produce((0..999).map(|n| record(n, n)));
    let ended = own.once();
    let log = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(69), "{log}");
    let said = "999 records of 999 persons are too few for a release of `shuffled.public`: it takes 1000 records of 100 persons";
    assert!(log.contains(said), "{log}");
    assert_eq!(own.progress(), 0);
    own.produce([record(999, 999)]);
    let ended = own.once();
    let log = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(0), "{log}");
    let releases = own.releases();
    assert_eq!(releases.len(), 1);
    assert_eq!(numbers(&releases[0]), (0..1_000).collect::<Vec<_>>());
    let order = numbers_as_they_lie(&releases[0]);
    assert_ne!(order[..20], numbers(&releases[0])[..20]);
}

#[test]
fn a_rebalance_moves_no_record_into_two_releases() {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    let own = Releasing::new(cluster, "moved", &in_classes("max_delay: 2s"));
    own.produce((0..60).map(|n| record(n, n)));
    let mut first = own.veil(&[]);
    first.await_ready(SETTLE);
    let mut second = own.veil(&[]);
    second.await_ready(SETTLE);
    own.produce((60..120).map(|n| record(n, n)));
    let ended = first.terminate();
    assert_eq!(ended.code, Some(0), "{}", ended.log);
    own.produce((120..180).map(|n| record(n, n)));
    own.settle();
    let ended = second.terminate();
    assert_eq!(ended.code, Some(0), "{}", ended.log);
    assert_eq!(
        judge(&own.releases(), |n| n),
        (0..180).collect::<BTreeSet<_>>()
    );
    assert_eq!(numbers(&own.closed("clean")), (0..180).collect::<Vec<_>>());
}

#[test]
fn another_policy_takes_over_what_waits_leaves_first_and_what_does_not_wait_goes_on() {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    let own = Releasing::new(cluster, "anew", &in_classes("max_delay: 1h"));
    own.produce((0..30).map(|n| record(n, n)));
    let mut veil = own.veil(&["--instance", "steady"]);
    own.await_waiting(&mut veil, 30);
    let waits =
        in_classes("max_delay: 1h").replace("k: 5, max_records: 100", "k: 6, max_records: 200");
    let next = policy(own.name, &waits).replace("version: 1", "version: 2");
    let path = own.home.path();
    std::fs::write(path.join("policy.next"), next).expect("the policy is written");
    std::fs::rename(path.join("policy.next"), path.join("policy.yaml")).expect("renamed");
    veil.signal(rustix::process::Signal::HUP);
    await_some("the policy to be in force", SETTLE, || {
        assert!(veil.try_exit().is_none(), "{}", veil.log());
        veil.log().contains("policy 2 is in force").then_some(())
    });
    assert_eq!(judge(&own.releases(), |n| n).len(), 30, "they were enough");
    own.produce((30..60).map(|n| record(n, n)));
    own.await_waiting(&mut veil, 30);
    let ended = veil.terminate();
    assert_eq!(ended.code, Some(0), "{}", ended.log);
    own.settle();
    let releases = own.releases();
    assert_eq!(judge(&releases, |n| n), (0..60).collect::<BTreeSet<_>>());
    assert_eq!(numbers(&own.closed("clean")), (0..60).collect::<Vec<_>>());
}
