//! Quarantined records that are replayed into an output whose records wait: they leave in a
//! release or stay where they are, and reach no output that has them already.

use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::kafka::{self, Outgoing, Row};
use crate::traffic::MARK;

use super::releases::{Releasing, in_classes, judge, numbers, record};
use super::stage::SETTLE;

fn command(own: &Releasing<'_>, flags: &[&str]) -> Command {
    let bootstrap = format!("bootstrap.servers={}", own.cluster.bootstrap());
    let mut command = own.home.command();
    command
        .args(["quarantine", "replay", "-p", "policy.yaml"])
        .args(["-X", &bootstrap, "--format", "json"])
        .args(flags);
    command
}

/// `quarantine replay` as JSON, and its exit code.
fn replay(own: &Releasing<'_>, flags: &[&str]) -> (Option<i32>, Value) {
    let ended = command(own, flags).output().expect("veil runs");
    let Output {
        status,
        stdout,
        stderr,
    } = ended;
    let said = String::from_utf8_lossy(&stderr);
    assert!(!said.contains(MARK), "a clear value in: {said}");
    let json = serde_json::from_slice(&stdout).unwrap_or_else(|e| panic!("{e}: {said}"));
    (status.code(), json)
}

/// How many records were not replayed for a reason that begins so.
fn not_replayed(replayed: &Value, why: &str) -> u64 {
    let all = replayed["not_replayed"].as_object().expect("an object");
    let own = all.iter().filter(|(told, _)| told.starts_with(why));
    own.filter_map(|(_, n)| n.as_u64()).sum()
}

/// What the audit log beside the keyring has of releases: their records, and whether they
/// have left.
fn logged(own: &Releasing<'_>) -> Vec<(u64, bool)> {
    let mut command = own.home.command();
    command.args(["audit", "releases", "audit.jsonl", "--format", "json"]);
    let listed = command.output().expect("veil runs");
    let listed: Value = serde_json::from_slice(&listed.stdout).unwrap_or_else(|e| {
        let said = String::from_utf8_lossy(&listed.stderr);
        panic!("{e}: {said}")
    });
    let all = listed["releases"].as_array().expect("a list");
    let each = all
        .iter()
        .map(|of| (of["records"].as_u64(), of["has_left"].as_bool()));
    each.map(|(n, left)| (n.expect("a number"), left.expect("true or false")))
        .collect()
}

/// Ends a replay by SIGKILL `after` it wrote down that it is to release.
fn kill_before_its_end(own: &Releasing<'_>, after: Duration) {
    let log = own.home.path().join("audit.jsonl");
    let releases = || {
        let log = std::fs::read_to_string(&log).unwrap_or_default();
        log.matches("\"set\":").count()
    };
    let before = releases();
    let mut replay = command(own, &["--field", "plan"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("veil starts");
    let begun = Instant::now();
    // Where one that was killed before had committed, nothing is left to release.
    while releases() == before && replay.try_wait().expect("asked").is_none() {
        assert!(begun.elapsed() < SETTLE, "no release is written down");
        std::thread::sleep(Duration::from_micros(200));
    }
    std::thread::sleep(after);
    let _ = replay.kill();
    let _ = replay.wait();
}

/// Of the group that refused it, the tries that it says.
fn lying(rows: &[Row], group: &str) -> Vec<(i64, Option<String>)> {
    let own = rows
        .iter()
        .filter(|row| row.header("veil-group") == Some(group));
    own.map(|row| (row.offset, row.header("veil-tries").map(str::to_owned)))
        .collect()
}

#[test]
fn what_is_replayed_leaves_in_a_release_of_the_output_that_refused_it_or_stays() {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    let waits = in_classes("max_delay: 1h").replace("free: [n]", "free: [n, plan]")
        + "\n      plan: { generalize: { bucket: 10 } }";
    let own = Releasing::new(cluster, "replayed-releases", &waits);
    let public = own.topic("public");
    let with = |n: u64, value: String| Outgoing {
        value: Some(value.into_bytes()),
        ..record(n, n)
    };
    own.produce((0..20).map(|n| record(n, n)));
    own.produce((20..47).map(|n| {
        let plain = record(n, n).value.expect("a value");
        let plain = String::from_utf8(plain).expect("text");
        with(n, plain.replacen('{', "{\"plan\":\"gold\",", 1))
    }));
    own.produce((50..53).map(|n| with(n, format!("{{\"n\":{n},{MARK}"))));
    let ended = own.once();
    let log = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(0), "{log}");
    assert_eq!(judge(&own.releases(), |n| n), (0..20).collect());
    let all: Vec<u64> = (0..47).collect();
    assert_eq!(numbers(&own.closed("clean")), all);
    let rows = own.closed("quarantine");
    let refused = lying(&rows, &public);
    assert_eq!((refused.len(), lying(&rows, "main").len()), (27, 3));

    let path = own.home.path().join("policy.yaml");
    let mended = std::fs::read_to_string(&path).expect("the policy");
    let mended = mended.replace("plan: { generalize: { bucket: 10 } }", "plan: drop");
    std::fs::write(path, mended.replace("free: [n, plan]", "free: [n]")).expect("written");
    // Three persons are too few, and stay.
    let places: Vec<String> = refused.iter().map(|(at, _)| format!("0:{at}")).collect();
    let few = ["--at", &places[0], "--at", &places[1], "--at", &places[2]];
    let (code, few) = replay(&own, &few);
    assert_eq!((code, &few["replayed"]), (Some(2), &json!(0)));
    let why = format!("too few records or persons for a release of `{public}`");
    assert_eq!(not_replayed(&few, &why), 3, "{few}");
    let now = own.closed("quarantine");
    assert_eq!(now.len(), rows.len(), "nothing is written");
    // What is left out is fed nothing. What cannot be read is fed where that is named, and
    // comes back once.
    let (code, without) = replay(&own, &["--without", &public]);
    assert_eq!((code, &without["replayed"]), (Some(2), &json!(3)));
    assert_eq!(not_replayed(&without, "it was refused by"), 27, "{without}");
    assert_eq!(without["refused_again"], json!({ "not_json": 3 }));
    assert_eq!(without["outputs"][&public]["without"], 3);
    let unread = lying(&own.closed("quarantine"), "main");
    let again = unread
        .iter()
        .filter(|(_, tries)| tries.as_deref() == Some("2"));
    assert_eq!((unread.len(), again.count()), (6, 3));
    // Without that it stays.
    let (code, look) = replay(&own, &["--dry-run"]);
    assert_eq!(code, Some(2), "{look}");
    assert_eq!(not_replayed(&look, "nobody could read it"), 3, "{look}");
    assert_eq!(look["outputs"][&public]["written"], 27);
    assert_eq!(logged(&own), [], "nothing is released");

    // All of them are enough, whatever ends a replay; and the other output has them already.
    for after in [0, 3] {
        kill_before_its_end(&own, Duration::from_millis(after));
    }
    // The next one ends what it finds open: nothing waits for its time to be over.
    let (code, done) = replay(&own, &["--field", "plan"]);
    assert_eq!(code, Some(0), "{done}");
    assert!(matches!(done["replayed"].as_u64(), Some(0 | 27)), "{done}");
    let releases = own.releases();
    assert_eq!((releases.len(), releases[1].len()), (2, 27));
    assert_eq!(judge(&releases, |n| n), (0..47).collect());
    assert_eq!(numbers(&own.closed("clean")), all);
    let logged = logged(&own);
    let left = logged.iter().filter(|of| **of == (27, true)).count();
    match done["replayed"] == 27 {
        true => assert_eq!((&done["outputs"], left), (&look["outputs"], 1)),
        // Killed behind its commit: its log has it, and not that it has left.
        false => assert!(left <= 1 && !logged.is_empty()),
    }
}
