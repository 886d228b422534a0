//! Outputs that count: a window leaves once, with the rows that a file would have, whoever
//! counts; and no more leaves than the budget bears.

use std::collections::BTreeMap;
use std::io::Write;
use std::process::Stdio;

use serde_json::Value;

use crate::kafka::{self, Cluster, Isolation, Outgoing, Row, await_some, read_all};
use crate::traffic::MARK;
use crate::veil::{Home, Veil};

use super::stage::SETTLE;

/// A member that is gone is missed so soon.
const SESSION: [&str; 2] = ["-X", "session.timeout.ms=6000"];

/// One that spends so much a day of a budget that bears half a unit.
fn output(name: &str, topic: &str, epsilon: &str) -> String {
    format!(
        "  - topic: {name}.{topic}\n    purpose: analytics.reporting\n    domain: stats\n    \
         aggregate:\n      window: 1d\n      time: {{ from: value.at }}\n      late: 4s\n      \
         by: {{ kind: {{ keep: {{ one_of: [page, order] }} }} }}\n      count: subjects\n      \
         contribution: {{ cells: 2 }}\n      epsilon: {epsilon}\n      key: noise\n      \
         keys: {{ list: [page, order] }}\n      budget: {{ name: web, epsilon: 15, per: 30d }}\n"
    )
}

fn policy(name: &str, outputs: &[&str], epsilon: &str) -> String {
    let written: String = outputs
        .iter()
        .map(|topic| output(name, topic, epsilon))
        .collect();
    format!(
        "apiVersion: veil/v1\nkind: Policy\nmetadata: {{ name: {name}, version: 1, owner: tests }}\n\
         source: {{ topic: {name}.raw, subject: who }}\nkeys:\n  \
         noise: {{ ref: \"file:keyring.json#people\" }}\n  \
         state: {{ ref: \"file:keyring.json#state\" }}\n  \
         quarantine: {{ ref: \"file:keyring.json#quarantine\" }}\noutputs:\n{written}\
         quarantine: {{ topic: {name}.quarantine, key: quarantine, retention: 7d }}\n"
    )
}

struct Counting<'a> {
    cluster: &'a Cluster,
    home: Home,
    name: &'static str,
}

impl<'a> Counting<'a> {
    fn new(cluster: &'a Cluster, name: &'static str, outputs: &[&str]) -> Counting<'a> {
        let own = Counting {
            cluster,
            home: Home::new(&policy(name, outputs, "0.5")),
            name,
        };
        kafka::create(cluster, &own.topic("raw"), 2, &[]);
        kafka::create(cluster, &own.topic("quarantine"), 1, &[]);
        let windows = format!("veil.{name}.windows");
        kafka::create(cluster, &windows, 1, &[("cleanup.policy", "compact")]);
        own.create(outputs);
        own
    }

    /// The topics of outputs.
    fn create(&self, outputs: &[&str]) {
        for topic in outputs {
            kafka::create(self.cluster, &self.topic(topic), 1, &[]);
            let lease = format!("veil.{0}.lease.{0}.{topic}", self.name);
            kafka::create(self.cluster, &lease, 1, &[]);
        }
    }

    fn topic(&self, kind: &str) -> String {
        format!("{}.{kind}", self.name)
    }

    fn veil(&self) -> Veil {
        Veil::start(&self.home, self.cluster, self.name, &SESSION)
    }

    fn produce(&self, values: &[String]) {
        let each = (0..).zip(values).map(|(n, value)| Outgoing {
            partition: n % 2,
            value: Some(value.clone().into_bytes()),
            ..Outgoing::default()
        });
        kafka::produce(self.cluster, &self.topic("raw"), each);
    }

    fn rows(&self, topic: &str) -> Vec<Row> {
        read_all(self.cluster, &self.topic(topic), Isolation::Committed)
    }

    /// Waits for so many rows.
    fn await_rows(&self, topic: &str, count: usize) -> Vec<Row> {
        await_some("the rows to leave", SETTLE, || {
            let rows = self.rows(topic);
            (rows.len() >= count).then_some(rows)
        })
    }

    /// The keys of the state, as they were written.
    fn state(&self) -> Vec<(String, bool)> {
        let windows = format!("veil.{}.windows", self.name);
        let rows = read_all(self.cluster, &windows, Isolation::Committed).into_iter();
        let rows = rows.map(|row| {
            let key = String::from_utf8(row.key.expect("a key")).expect("text");
            (key, row.value.is_some())
        });
        rows.collect()
    }

    /// The rows that a file of these values has.
    fn of_a_file(&self, topic: &str, values: &[String]) -> Vec<Vec<u8>> {
        let mut command = self.home.command();
        command
            .args(["apply", "-p", "policy.yaml", "--output", &self.topic(topic)])
            .args(["--ledger", "spent.ndjson", "--begin-ledger"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.stderr(Stdio::piped()).spawn().expect("veil runs");
        let mut input = child.stdin.take().expect("piped");
        input
            .write_all(values.join("\n").as_bytes())
            .expect("it reads");
        drop(input);
        let done = child.wait_with_output().expect("it ends");
        let log = String::from_utf8_lossy(&done.stderr);
        assert_eq!(done.status.code(), Some(0), "{log}");
        let lines = done.stdout.split(|byte| *byte == b'\n');
        let lines = lines.filter(|line| !line.is_empty());
        lines.map(<[u8]>::to_vec).collect()
    }
}

/// Somebody at ten o'clock so many days ago.
fn record(days_ago: u32, who: u32) -> String {
    let kind = if who.is_multiple_of(3) {
        "order"
    } else {
        "page"
    };
    let ago = i64::from(days_ago) * 24;
    let day = jiff::Timestamp::now() - jiff::Span::new().hours(ago);
    let day = day.strftime("%Y-%m-%d");
    format!(r#"{{"who":"{MARK}{who}","at":"{day}T10:00:00Z","kind":"{kind}"}}"#)
}

fn outcome(veil: &mut Veil, word: &str) -> u64 {
    let outcome = [("outcome", word)];
    veil.metrics().sum("veil_counts_windows_total", &outcome)
}

#[test]
fn a_window_leaves_once_with_the_rows_of_a_file_though_who_counts_is_killed() {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    let own = Counting::new(cluster, "counts", &["stats"]);
    let values: Vec<String> = (0..300).map(|n| record(1 + n % 3, n / 2)).collect();
    own.produce(&values);
    let holder = own.veil();
    await_some("a window to be cut", SETTLE, || {
        let is_cut = |(key, is_there): &(String, bool)| *is_there && key.starts_with("c/");
        own.state().iter().any(is_cut).then_some(())
    });
    holder.kill();
    let other = own.veil();
    let rows = own.await_rows("stats", 6);
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    let left = rows.iter().filter_map(|row| row.value.clone());
    let mut left: Vec<String> = left.map(text).collect();
    let mut wanted: Vec<String> = own
        .of_a_file("stats", &values)
        .into_iter()
        .map(text)
        .collect();
    left.sort();
    wanted.sort();
    assert_eq!(left, wanted, "the same bytes, each once");
    for row in &rows {
        let text = String::from_utf8(row.value.clone().expect("a row")).expect("text");
        assert!(!text.contains(MARK) && text.contains("\"window\":\"1d\""));
        assert!(row.headers.iter().any(|(name, _)| name == "veil-dp"));
        assert!(row.key.is_some());
    }
    let ended = other.terminate();
    assert_eq!(ended.code, Some(0), "{}", ended.log);
    assert_eq!(own.rows("stats").len(), 6);
    // Of each window it stands once what it spent, and nothing else is kept of it.
    let mut last: BTreeMap<String, bool> = BTreeMap::new();
    last.extend(own.state());
    let kept: Vec<&String> = last
        .iter()
        .filter(|(_, is)| **is)
        .map(|(key, _)| key)
        .collect();
    let of = |prefix: &str| kept.iter().filter(|key| key.starts_with(prefix)).count();
    assert_eq!(
        (of("b/web/counts.stats/"), of("c/"), of("s/"), of("h/")),
        (3, 0, 0, 1)
    );
}

#[test]
fn two_outputs_that_spend_of_one_budget_spend_no_more_than_it() {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    let own = Counting::new(cluster, "budget", &["before"]);
    let values: Vec<String> = (0..60).map(|n| record(1 + n % 20, n)).collect();
    own.produce(&values);
    let told = |veil: &mut Veil| {
        let words = ["released", "budget_spent", "late_window"];
        words.map(|word| outcome(veil, word))
    };
    // Twenty windows, half a unit each: ten of fifteen are spent.
    let mut veil = own.veil();
    veil.await_ready(SETTLE);
    await_some("the first twenty to leave", SETTLE, || {
        (told(&mut veil) == [20, 0, 0]).then_some(())
    });
    let ended = veil.terminate();
    assert_eq!(ended.code, Some(0), "{}", ended.log);
    // Of the next version two outputs share what is left, a quarter each: twenty windows.
    let two = policy("budget", &["one", "two"], "0.25");
    std::fs::write(own.home.path().join("policy.yaml"), two).expect("the policy is written");
    own.create(&["one", "two"]);
    let mut veil = own.veil();
    veil.await_ready(SETTLE);
    await_some("all windows to be decided", SETTLE, || {
        // Which of the two ends first is chance, and a window may be late to what is left.
        (told(&mut veil).iter().sum::<u64>() == 40).then_some(())
    });
    assert_eq!(outcome(&mut veil, "released"), 20);
    let windows: usize = ["one", "two"]
        .map(|topic| {
            let rows = own.rows(topic);
            let from = |row: &Row| -> String {
                let value = row.value.as_deref().expect("a row");
                let value: Value = serde_json::from_slice(value).expect("JSON");
                value["from"].to_string()
            };
            let mut windows: Vec<String> = rows.iter().map(from).collect();
            windows.sort();
            windows.dedup();
            windows.len()
        })
        .iter()
        .sum();
    assert_eq!(windows, 20);
    assert!(veil.log().contains("the budget of the period is spent"));
    let ended = veil.terminate();
    assert_eq!(ended.code, Some(0), "{}", ended.log);
}
