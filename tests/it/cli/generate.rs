//! `veil generate`: what the command adds to the room.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use super::Home;

#[test]
fn so_many_events_the_same_for_the_same_seed() {
    let home = Home::empty();
    let some = home.veil(&["generate", "segment", "-n", "40", "--seed", "7"]);
    assert_eq!((some.code, some.err.as_str()), (0, ""));
    assert_eq!(some.out.lines().count(), 40);
    let more = home.veil(&["generate", "segment", "-n", "50", "--seed", "7"]);
    assert!(more.out.starts_with(&some.out));
    let other = home.veil(&["generate", "segment", "-n", "40", "--seed", "8"]);
    assert_ne!(other.out, some.out);
    let usual = home.veil(&["generate", "otlp"]);
    assert_eq!(usual.out.lines().count(), 1_000);
}

#[test]
fn without_end_it_goes_on_until_nobody_reads_and_ends_quietly() {
    let home = Home::empty();
    let mut command = home.command(&["generate", "ga4", "-n", "0"]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    // More than a thousand: the usual number is no end.
    assert_eq!(
        lines.by_ref().take(1_500).map_while(Result::ok).count(),
        1_500
    );
    drop(lines);
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(0));
    assert!(
        ended.stderr.is_empty(),
        "{:?}",
        String::from_utf8_lossy(&ended.stderr)
    );
}

#[test]
fn the_truth_is_json_and_the_list_names_every_shape() {
    let home = Home::empty();
    let list = home.veil(&["generate", "--list"]);
    assert_eq!(list.code, 0);
    let json = home.veil(&["generate", "--list", "--format", "json"]);
    let shapes: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    let names = shapes
        .as_array()
        .unwrap()
        .iter()
        .map(|s| s["shape"].as_str().unwrap());
    let names: Vec<&str> = names.collect();
    assert_eq!(names.len(), 8);
    for (name, line) in names.iter().zip(list.out.lines()) {
        assert!(line.starts_with(name) && line.len() <= 80, "{line}");
        let told = home.veil(&["generate", name, "--truth"]);
        let truth: serde_json::Value = serde_json::from_str(&told.out).unwrap();
        assert_eq!(truth["shape"], *name);
        let paths = truth["paths"].as_array().unwrap();
        assert!(
            paths
                .iter()
                .any(|p| p["direct"] == true && p["personal"] == true)
        );
        assert!(
            paths
                .iter()
                .any(|p| p["category"].is_null() && p["personal"] == false)
        );
        assert!(paths.iter().all(|p| p["path"].is_string()));
    }
}

#[test]
fn what_makes_no_sense_exits_64() {
    let home = Home::empty();
    for args in [
        &["generate"][..],
        &["generate", "nonsense"],
        &["generate", "--list", "segment"],
        &["generate", "segment", "--truth", "-n", "3"],
        &["generate", "segment", "-n", "-3"],
        &["generate", "segment", "--format", "json"],
    ] {
        assert_eq!(home.veil(args).code, 64, "{args:?}");
    }
}
