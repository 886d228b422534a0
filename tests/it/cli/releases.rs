//! `veil apply` of outputs whose records wait: a file of releases is whole or not there.

use super::{Home, Ran};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
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

/// Who mends the one that is told first would only then be told of the other.
#[test]
fn of_several_outputs_whose_releases_are_too_small_each_is_named() {
    let home = Home::empty();
    let (_, public) = PUBLIC
        .split_once("  - topic: public\n")
        .expect("it is there");
    let other = public.replace("domain: public", "domain: other");
    home.write("policy.yaml", format!("{PUBLIC}  - topic: other\n{other}"));
    let ran = home.veil_on(APPLY, lines(0..1));
    assert_eq!(ran.code, 69, "{ran:?}");
    for topic in ["public", "other"] {
        let said = format!("1 records of 1 persons are no release of `{topic}`");
        assert!(ran.err.contains(&said), "{topic}: {ran:?}");
    }
}

/// What is told of releases is written down before they are, and can be checked.
#[test]
fn an_audit_log_has_the_figures_of_each_release_and_no_value() {
    let home = Home::empty();
    let sensitive = PUBLIC
        .replace(
            "short: hold, free: [plan]",
            "l: [{ field: plan, distinct: 2 }]",
        )
        .replace(
            "    fields:\n      zip",
            "    once_per: 30d\n    fields:\n      zip",
        )
        .replace(
            "zip: { quasi: { prefix: [3, 1] } }",
            "zip: { quasi: { hierarchy: zips.csv } }",
        );
    // The key `state` marks which records are in a release.
    let keys = "keys: { state: { ref: \"file:keyring.json#state\" } }\noutputs:";
    home.write("policy.yaml", sensitive.replacen("outputs:", keys, 1));
    let made = home.veil(&["keys", "new", "--keyring", "keyring.json", "state"]);
    assert_eq!(made.code, 0, "{made:?}");
    home.write(
        "zips.csv",
        "000;0;*\n001;0;*\n002;0;*\n003;0;*\n004;1;*\n005;1;*\n006;1;*\n",
    );
    let line = |n: u32| {
        let plan = ["free", "team"][(n % 2) as usize];
        format!(
            "{{\"who\":\"w-{}\",\"zip\":\"{:03}\",\"plan\":\"{plan}\"}}\n",
            n % 85,
            n % 7
        )
    };
    let input: String = (0..90).map(line).collect();
    let audit = [APPLY, &["--audit", "audit.jsonl"]].concat();
    let ran = home.veil_on(&audit, &input);
    assert_eq!(ran.code, 0, "{ran:?}");
    let verified = home.veil(&["audit", "verify", "audit.jsonl"]);
    assert_eq!(verified.code, 0, "{verified:?}");
    let told = home.veil(&["audit", "releases", "audit.jsonl", "--format", "json"]);
    let told: serde_json::Value = serde_json::from_str(&told.out).expect("JSON");
    let releases = told["releases"].as_array().expect("a list");
    let records = |release: &serde_json::Value| release["records"].as_u64().expect("a number");
    let all: u64 = releases.iter().map(records).sum();
    assert_eq!(all, rows(&home.path().join("out/public.ndjson")) as u64);
    let mut sets = Vec::new();
    for (n, release) in releases.iter().enumerate() {
        assert_eq!(
            (&release["number"], &release["has_left"]),
            (&n.into(), &true.into())
        );
        assert_eq!(release["topic"], "public");
        let classes = &release["classes"];
        assert!(classes["persons_min"].as_u64() >= classes["k"].as_u64());
        assert!(
            classes["ncp"].as_f64() <= classes["gcp"].as_f64(),
            "{release}"
        );
        assert_eq!(classes["floors"][0]["field"], "plan");
        assert_eq!(classes["floors"][0]["demands"], "distinct: 2");
        assert_eq!(classes["floors"][0]["reached"], 2.0);
        sets.push(release["set"].as_str().expect("a mark"));
        assert_eq!(release["set_key"], "state:1");
    }
    sets.sort_unstable();
    sets.dedup();
    assert_eq!(sets.len(), 3, "{releases:?}");
    // Somebody who comes again is counted in the release that came after.
    let again = |r: &serde_json::Value| r["left_out"]["already_released"].as_u64().unwrap_or(0);
    assert_eq!(releases.iter().map(again).sum::<u64>(), 90 - all);
    let log = home.read("audit.jsonl");
    assert!(!log.contains("w-1") && !log.contains("free"), "{log}");
    let table = "zips.csv f";
    let ls = home.veil(&["audit", "ls", "audit.jsonl", "--format", "json"]);
    let ls: serde_json::Value = serde_json::from_str(&ls.out).expect("JSON");
    let tables = ls["commands"][0]["about"]["tables"]
        .as_str()
        .expect("a text");
    assert_eq!(tables.len(), table.len() - 1 + 64, "{tables}");
    let page = home.veil(&["audit", "releases", "audit.jsonl"]);
    assert!(page.out.contains("plan 2.000 (distinct: 2)"), "{page:?}");
    let none = home.veil(&["audit", "releases", "audit.jsonl", "--output", "plain"]);
    assert!(none.out.contains("It holds no release."), "{none:?}");
    // A log that others can write is none: nothing leaves.
    let before = home.read("out/public.ndjson");
    let open = std::fs::Permissions::from_mode(0o666);
    std::fs::set_permissions(home.path().join("audit.jsonl"), open).expect("ours");
    let ran = home.veil_on(&audit, &input);
    assert_ne!(ran.code, 0, "{ran:?}");
    assert_eq!(home.read("out/public.ndjson"), before);
}

/// Who has the log could try out which records are in a release, if nothing but a digest of
/// them stood there; under a key nobody can who has it not, and without one nothing stands there.
#[test]
fn a_log_says_which_records_are_in_a_release_to_who_has_the_key_alone() {
    let set = |with_key: bool| {
        let home = home();
        if with_key {
            let keys = "keys: { state: { ref: \"file:keyring.json#state\" } }\noutputs:";
            home.write("policy.yaml", PUBLIC.replacen("outputs:", keys, 1));
            let made = home.veil(&["keys", "new", "--keyring", "keyring.json", "state"]);
            assert_eq!(made.code, 0, "{made:?}");
        }
        let ran = home.veil_on(&[APPLY, &["--audit", "audit.jsonl"]].concat(), lines(0..40));
        assert_eq!(ran.code, 0, "{ran:?}");
        assert!(!ran.err.contains("V0405"), "the key is used: {ran:?}");
        let told = home.veil(&["audit", "releases", "audit.jsonl", "--format", "json"]);
        let told: serde_json::Value = serde_json::from_str(&told.out).expect("JSON");
        assert_eq!(told["releases"][0]["records"], 40, "{told}");
        told["releases"][0].clone()
    };
    let none = set(false);
    assert!(none["set"].is_null() && none["set_key"].is_null(), "{none}");
    // The same records under two keys, and under SHA-256 alone.
    let (one, other) = (set(true), set(true));
    assert_eq!(
        (&one["set_key"], &one["set_key"]),
        (&"state:1".into(), &other["set_key"])
    );
    assert_ne!(one["set"], other["set"]);
    let list: String = (0..40).map(|n| format!("\t0\t{n}\t0\n")).collect();
    let digest = veilstream::crypto::digest::sha256(list.as_bytes());
    let digest = data_encoding::HEXLOWER.encode(&digest);
    assert!(one["set"].as_str().expect("a mark").len() == digest.len() && one["set"] != digest);
}

/// A command that fails has composed what has not left.
#[test]
fn an_audit_log_does_not_say_of_what_was_given_up_that_it_has_left() {
    let home = home();
    let audit = [APPLY, &["--audit", "audit.jsonl"]].concat();
    let ran = home.veil_on(&audit, lines(0..41));
    assert_eq!(ran.code, 69, "{ran:?}");
    let told = home.veil(&["audit", "releases", "audit.jsonl", "--format", "json"]);
    let told: serde_json::Value = serde_json::from_str(&told.out).expect("JSON");
    assert_eq!(told["releases"].as_array().map(Vec::len), Some(1));
    assert_eq!(told["releases"][0]["has_left"], false);
    let page = home.veil(&["audit", "releases", "audit.jsonl"]);
    assert!(page.out.contains("not said"), "{page:?}");
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
