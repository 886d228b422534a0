//! `veil apply` of outputs whose records wait: a file of releases is whole or not there.

use super::{Home, Ran};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;

const PUBLIC: &str = "apiVersion: veil/v1
kind: Policy
metadata: { name: public, version: 1, owner: o }
source: { topic: raw, subject: who }
outputs:
  - topic: plain
    purpose: analytics.reporting
    domain: plain
    fields: { plan: { keep: { one_of: [free, team] } } }
  - topic: public
    purpose: analytics.reporting
    domain: public
    k_anonymous: { k: 2, max_records: 40, short: hold, free: [plan] }
    fields:
      zip: { quasi: { prefix: [3, 1] } }
      plan: { keep: { one_of: [free, team] } }
";

fn home() -> Home {
    let home = Home::empty();
    home.write("policy.yaml", PUBLIC);
    home
}

fn lines(people: std::ops::Range<u32>) -> String {
    let line = |n| {
        format!(
            "{{\"who\":\"w-{n}\",\"zip\":\"{:03}\",\"plan\":\"free\"}}\n",
            n % 7
        )
    };
    people.map(line).collect()
}

const APPLY: &[&str] = &["apply", "-p", "policy.yaml", "--output-dir", "out"];

fn files(home: &Home) -> Vec<String> {
    let folder = std::fs::read_dir(home.path().join("out")).expect("a folder");
    let mut names: Vec<String> = folder
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .into_string()
                .expect("a name")
        })
        .collect();
    names.sort_unstable();
    names
}

fn rows(path: &Path) -> usize {
    std::fs::read_to_string(path)
        .expect("it is there")
        .lines()
        .count()
}

#[test]
fn a_file_of_releases_is_there_once_all_is_released() {
    let home = home();
    let public = home.path().join("out/public.ndjson");
    let applied = |input: &str| -> Ran { home.veil_on(APPLY, input) };
    let ran = applied(&lines(0..90));
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(files(&home), ["plain.ndjson", "public.ndjson"]);
    assert_eq!(rows(&public), 90);
    // One person is too few for the last release: none of this run takes the file's place.
    let ran = applied(&lines(0..41));
    assert_eq!(ran.code, 69, "{ran:?}");
    assert_eq!(files(&home), ["plain.ndjson", "public.ndjson"]);
    assert_eq!(rows(&public), 90);
}

#[test]
fn a_command_that_is_killed_leaves_no_part_of_a_release() {
    let home = home();
    let mut command = home.command(&["apply", "-p", "policy.yaml", "--output-dir", "out"]);
    command.stdin(std::process::Stdio::piped());
    let mut child = command.spawn().expect("veil starts");
    let mut input = child.stdin.take().expect("piped");
    input.write_all(lines(0..100).as_bytes()).expect("it reads");
    input.flush().expect("it reads");
    // The ordinary output tells how far it is; the file of releases is not there by then.
    let plain = home.path().join("out/plain.ndjson");
    loop {
        let text = std::fs::read(&plain).unwrap_or_default();
        if BufReader::new(&text[..]).lines().count() == 100 {
            break;
        }
        std::thread::yield_now();
    }
    assert!(!home.path().join("out/public.ndjson").exists());
    child.kill().expect("it runs");
    child.wait().expect("it ended");
    assert!(!home.path().join("out/public.ndjson").exists());
    // What is left of it is in nobody's way, and no name of an output.
    let ran = home.veil_on(APPLY, lines(0..80));
    assert_eq!(ran.code, 0, "{ran:?}");
    let names = files(&home);
    let whole: Vec<&String> = names.iter().filter(|n| !n.ends_with(".part")).collect();
    assert_eq!(whole, ["plain.ndjson", "public.ndjson"]);
    assert_eq!(names.len(), 3, "{names:?}");
}
