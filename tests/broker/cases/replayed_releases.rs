//! Quarantined records that are replayed into an output whose records wait: they leave in a
//! release or stay where they are, and reach no output that has them already.

use std::process::Output;

use serde_json::{Value, json};

use crate::kafka::{self, Outgoing, Row};
use crate::traffic::MARK;

use super::releases::{Releasing, in_classes, judge, numbers, record};

/// `quarantine replay` as JSON, and its exit code.
fn replay(own: &Releasing<'_>, flags: &[&str]) -> (Option<i32>, Value) {
    let bootstrap = format!("bootstrap.servers={}", own.cluster.bootstrap());
    let mut command = own.home.command();
    command
        .args([
            "quarantine",
            "replay",
            "-p",
            "policy.yaml",
            "-X",
            &bootstrap,
        ])
        .args(["--format", "json"])
        .args(flags);
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().expect("veil runs");
    let said = String::from_utf8_lossy(&stderr);
    assert!(!said.contains(MARK), "a clear value in: {said}");
    let json = serde_json::from_slice(&stdout).unwrap_or_else(|e| panic!("{e}: {said}"));
    (status.code(), json)
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
    let own = Releasing::new(cluster, "replayed", &waits);
    let public = own.topic("public");
    let with = |n: u64, value: String| Outgoing {
        value: Some(value.into_bytes()),
        ..record(n, n)
    };
    own.produce((0..20).map(|n| record(n, n)));
    own.produce((20..27).map(|n| {
        let plain = record(n, n).value.expect("a value");
        let plain = String::from_utf8(plain).expect("text");
        with(n, plain.replacen('{', "{\"plan\":\"gold\",", 1))
    }));
    own.produce((50..53).map(|n| with(n, format!("{{\"n\":{n},{MARK}"))));
    let ended = own.once();
    let log = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(0), "{log}");
    assert_eq!(judge(&own.releases(), |n| n), (0..20).collect());
    let all: Vec<u64> = (0..27).collect();
    assert_eq!(numbers(&own.closed("clean")), all);
    let rows = own.closed("quarantine");
    let refused = lying(&rows, &public);
    assert_eq!((refused.len(), lying(&rows, "*").len()), (7, 3));

    let path = own.home.path().join("policy.yaml");
    let mended = std::fs::read_to_string(&path).expect("the policy");
    let mended = mended.replace("plan: { generalize: { bucket: 10 } }", "plan: drop");
    std::fs::write(path, mended.replace("free: [n, plan]", "free: [n]")).expect("written");
    // Three persons are too few, and stay.
    let places: Vec<String> = refused.iter().map(|(at, _)| format!("0:{at}")).collect();
    let few = ["--at", &places[0], "--at", &places[1], "--at", &places[2]];
    let (code, few) = replay(&own, &few);
    assert_eq!((code, &few["replayed"]), (Some(2), &json!(0)));
    let why = few["not_replayed"].as_object().expect("an object");
    let told = format!("too few records or persons for a release of `{public}`");
    assert!(
        why.iter()
            .any(|(why, n)| why.starts_with(&told) && n == &json!(3)),
        "{few}"
    );
    assert_eq!(
        own.closed("quarantine").len(),
        rows.len(),
        "nothing is written"
    );
    // Seven are enough, and the other output has them already.
    let (code, look) = replay(&own, &["--field", "plan", "--dry-run"]);
    assert_eq!(
        (code, &look["outputs"][&public]["written"]),
        (Some(0), &json!(7))
    );
    let (code, done) = replay(&own, &["--field", "plan"]);
    assert_eq!((code, &done["replayed"]), (Some(0), &json!(7)), "{done}");
    assert_eq!(done["outputs"], look["outputs"]);
    let releases = own.releases();
    assert_eq!((releases.len(), releases[1].len()), (2, 7));
    assert_eq!(judge(&releases, |n| n), (0..27).collect());
    assert_eq!(numbers(&own.closed("clean")), all);
    // What nobody can read is fed to all, and comes back once.
    let (code, rest) = replay(&own, &[]);
    assert_eq!((code, &rest["chosen"]), (Some(2), &json!(3)), "{rest}");
    assert_eq!(rest["refused_again"], json!({ "not_json": 3 }));
    let unread = lying(&own.closed("quarantine"), "*");
    let again = unread
        .iter()
        .filter(|(_, tries)| tries.as_deref() == Some("2"));
    assert_eq!((unread.len(), again.count()), (6, 3));
    assert_eq!(own.releases().len(), 2);
}
