//! Records that are counted for an output that needs consent: whoever withdraws before a
//! window is cut is not in it.

use std::process::Stdio;

use jiff::{Timestamp, ToSpan};

use crate::kafka::{self, Isolation, Outgoing, await_some};
use crate::veil::Veil;

use super::super::stage::SETTLE;
use super::Consented;

/// Until the window is over: time to count, to withdraw, and to be taken out.
const LEFT_S: i64 = 15;
/// What somebody in one cell takes, as docs/counts.md says.
const PERSON_BYTES: u64 = 96 + 24;

/// The output that needs consent counts; the window of yesterday is over after so long a
/// `late`.
fn counts(case: &str, policy: &str, late_s: i64) -> String {
    let from = policy
        .find("    headers: { n: keep }\n    fields: { seq: keep, user")
        .expect("written there");
    let to = policy[from..].find("  - topic").expect("another follows") + from;
    let (before, after) = (&policy[..from], &policy[to..]);
    let after = after.split("  - topic").next().expect("all of it");
    let quarantine = &policy[policy.find("quarantine: { topic").expect("written there")..];
    assert!(after.is_empty(), "{case}");
    let text = format!(
        "{before}    aggregate:\n      window: 1d\n      time: {{ from: value.at }}\n      late: {late_s}s\n      \
         by: {{ kind: {{ keep: {{ one_of: [page] }} }} }}\n      count: subjects\n      \
         contribution: {{ cells: 1 }}\n      epsilon: 8\n      key: noise\n      \
         keys: {{ list: [page] }}\n      budget: {{ name: web, epsilon: 240, per: 30d }}\n{quarantine}"
    );
    text.replace(
        "keys:\n",
        "keys:\n  noise: { ref: \"file:keyring.json#people\" }\n  state: { ref: \"file:keyring.json#state\" }\n",
    )
    .replace("  people: { ref: \"file:keyring.json#people\" }\n", "")
}

fn event(n: u64, day: &str) -> Outgoing {
    let value = format!(r#"{{"user":"u-{n}","kind":"page","at":"{day}T10:00:00Z"}}"#);
    Outgoing {
        partition: i32::try_from(n % 3).expect("below three"),
        value: Some(value.into_bytes()),
        ..Outgoing::default()
    }
}

/// The row that a file of these events has.
fn of_a_file(
    with: &Consented<'_>,
    topic: &str,
    people: std::ops::Range<u64>,
    day: &str,
) -> Vec<u8> {
    let line = |n: u64, more: &str| {
        format!("{{\"kind\":\"customer\",\"id\":\"u-{n}\",\"category\":\"Ads\",{more}}}\n")
    };
    let granted = r#""is":"granted","at":"2026-03-01T00:00:00Z""#;
    let decisions: String = people.clone().map(|n| line(n, granted)).collect();
    let values: String = people
        .map(|n| String::from_utf8(event(n, day).value.expect("one")).expect("text") + "\n")
        .collect();
    let folder = with.stage.folder();
    std::fs::write(folder.join("decisions.ndjson"), decisions).expect("written");
    std::fs::write(folder.join("in.ndjson"), values).expect("written");
    let mut command = with.stage.command();
    command.args(["apply", "-p", "policy.yaml", "--output", topic]);
    command.args(["--ledger", "spent.ndjson", "--begin-ledger"]);
    command.args(["--consent", "decisions.ndjson", "in.ndjson"]);
    let done = command.stdin(Stdio::null()).output().expect("veil runs");
    let log = String::from_utf8_lossy(&done.stderr);
    assert_eq!(done.status.code(), Some(0), "{log}");
    done.stdout
}

#[test]
fn whoever_withdraws_before_a_window_is_cut_is_not_counted() {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    let with = Consented::new(cluster, "census", "");
    let topic = with.stage.topics.analytics.clone();
    let windows = "veil.census.windows";
    kafka::create(cluster, windows, 1, &[("cleanup.policy", "compact")]);
    kafka::create(cluster, &format!("veil.census.lease.{topic}"), 1, &[]);
    let now = Timestamp::now();
    let today = now.as_second().rem_euclid(86_400);
    let path = with.stage.folder().join("policy.yaml");
    let policy = std::fs::read_to_string(&path).expect("a policy");
    std::fs::write(&path, counts("census", &policy, today + LEFT_S)).expect("written");
    let day = (now - 24.hours()).strftime("%Y-%m-%d").to_string();
    with.decide((0..30).map(|n| (n, Some(true))));
    with.stage.produce((0..30).map(|n| event(n, &day)));
    let mut veil = with.veil(&[]);
    let memory = |veil: &mut Veil| veil.metrics().sum("veil_counts_memory_bytes", &[]);
    await_some("thirty people to be counted", SETTLE, || {
        (memory(&mut veil) == 30 * PERSON_BYTES).then_some(())
    });
    with.decide((0..10).map(|n| (n, Some(false))));
    await_some("ten of them to be taken out", SETTLE, || {
        (memory(&mut veil) == 20 * PERSON_BYTES).then_some(())
    });
    let rows = await_some("the window to leave", SETTLE, || {
        let rows = kafka::read_all(cluster, &topic, Isolation::Committed);
        (!rows.is_empty()).then_some(rows)
    });
    assert_eq!(rows.len(), 1);
    let ended = veil.terminate();
    assert_eq!(ended.code, Some(0), "{}", ended.log);
    let left = rows[0].value.clone().expect("a row");
    let wanted = of_a_file(&with, &topic, 10..30, &day);
    assert_eq!(left, wanted.trim_ascii_end(), "of the twenty who stayed");
}
