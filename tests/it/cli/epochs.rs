//! Codes that change with an epoch, from the policy's test to the end of a key.

use super::{Home, Ran};

const POLICY: &str = "\
apiVersion: veil/v1
kind: Policy
metadata: { name: epochs, version: 1, owner: tests }
source: { topic: raw }
keys:
  people: { ref: \"file:keyring.json#people\" }
  quarantine: { ref: \"file:keyring.json#quarantine\" }
classes: { fields: { user: user.unique_id, at: none } }
outputs:
  - topic: clean
    purpose: analytics.reporting
    domain: analytics
    basis: contract
    key: { like: user }
    fields:
      user: { pseudonymize: { key: people, normalize: text, epoch: month, accept_from: 2026-01-01 } }
  - topic: coarse
    purpose: analytics.reporting
    domain: analytics
    basis: contract
    fields:
      user: { pseudonymize: { key: people, normalize: text, epoch: quarter, epoch_by: at, accept_from: 2026-01-01 } }
      at: { generalize: { time: 1h } }
quarantine: { topic: refused, key: quarantine, retention: 7d }
tests:
  - name: an event in time has the code of its month
    record: { timestamp: 2026-03-01T10:42:07Z, value: { user: 42, at: \"2026-03-01T10:42:07Z\" } }
    exactly: { clean: { user: wR7_NV8e8-fGCBeEHiR0xQ } }
  - name: an event of any time is taken where no time is said
    record: { timestamp: 1999-03-01T10:42:07Z, value: { user: 42, at: \"2026-03-01T10:42:07Z\" } }
    absent: [mail]
    never_contains: [\"42\"]
  - name: a time that is said judges
    now: 2026-03-09T00:00:00Z
    record: { timestamp: 2025-12-31T00:00:00Z, value: { user: 42, at: \"2026-03-01T10:42:07Z\" } }
    quarantined: epoch_out_of_window
  - name: an event without a time has no code
    given: { user: 42, at: \"2026-03-01T10:42:07Z\" }
    quarantined: epoch_out_of_window
";

const EVENT: &str = "{\"user\":42,\"at\":\"2026-03-01T10:42:07Z\"}\n";
const AT: [&str; 2] = ["--timestamp", "2026-03-01T10:42:07Z"];

fn apply(home: &Home, output: &str, more: &[&str], input: &str) -> Ran {
    let args = ["apply", "-p", "policy.yaml", "--output", output];
    home.veil_on(&[&args[..], more].concat(), input)
}

fn pseudonym(home: &Home, output: &str, more: &[&str]) -> Ran {
    let args = ["pseudonym", "-p", "policy.yaml", "--output", output];
    home.veil_on(&[&args[..], &["--field", "user"], more].concat(), "42\n")
}

/// What it shows, however lines are broken.
fn shown(ran: &Ran) -> String {
    let words: Vec<&str> = ran.out.split_whitespace().collect();
    words.join(" ")
}

fn code(ran: &Ran) -> String {
    assert_eq!(ran.code, 0, "{ran:?}");
    let out: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    out["user"].as_str().unwrap().to_owned()
}

#[test]
fn the_policy_is_clean_and_its_tests_hold_today_and_next_year() {
    let home = Home::with(POLICY);
    let ran = home.veil(&["test", "policy.yaml"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let checked = home.veil(&["check", "policy.yaml"]);
    assert!(!checked.out.contains("V0210"), "{}", checked.out);
}

#[test]
fn an_event_without_a_time_is_refused_until_one_is_said() {
    let home = Home::with(POLICY);
    let refused = apply(&home, "clean", &[], EVENT);
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(
        [
            "1 epoch_out_of_window",
            "--timestamp now",
            "`epoch_by: PATH`"
        ]
        .iter()
        .all(|said| refused.err.contains(said)),
        "{}",
        refused.err
    );
    let march = code(&apply(&home, "clean", &AT, EVENT));
    let april = ["--timestamp", "2026-04-01T00:00:00Z"];
    assert_ne!(code(&apply(&home, "clean", &april, EVENT)), march);
    assert_eq!(
        apply(&home, "clean", &["--timestamp", "soon"], EVENT).code,
        64
    );
    let old = ["--timestamp", "2025-12-31T23:59:59Z"];
    assert_eq!(apply(&home, "clean", &old, EVENT).code, 2);
    // An envelope says its own.
    let envelope = format!(
        "{{\"timestamp\":1772361727000,\"value\":{}}}\n",
        EVENT.trim_end()
    );
    let ran = apply(&home, "clean", &["--envelope", AT[0], "now"], &envelope);
    assert_eq!(ran.code, 0, "{ran:?}");
    let out: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(out["value"]["user"], march);
    assert_eq!(out["key"], march);
}

#[test]
fn a_known_value_has_a_code_in_each_epoch() {
    let home = Home::with(POLICY);
    let march = code(&apply(&home, "clean", &AT, EVENT));
    let ran = pseudonym(&home, "clean", &["--at", "2026-03-31T23:59:59Z"]);
    assert_eq!((ran.code, ran.out.trim_end()), (0, &*march), "{ran:?}");
    let ran = pseudonym(&home, "coarse", &["--at", "2026-01-01T00:00:00Z"]);
    assert_eq!(
        ran.out.trim_end(),
        code(&apply(&home, "coarse", &AT, EVENT))
    );
    let without = pseudonym(&home, "clean", &[]);
    assert_eq!(without.code, 64, "{without:?}");
    assert!(without.said().contains("pass --at TIME"), "{}", without.err);
}

#[test]
fn two_lengths_of_epochs_do_not_join_and_counts_have_bounds() {
    let home = Home::with(POLICY);
    let ran = home.veil(&[
        "explain",
        "join",
        "clean.user",
        "coarse.user",
        "-p",
        "policy.yaml",
    ]);
    assert_eq!(ran.code, 0, "{ran:?}");
    for part in [
        "two lengths of epochs never meet",
        "each history ends with it",
    ] {
        assert!(shown(&ran).contains(part), "{part}: {}", shown(&ran));
    }
    let ran = home.veil(&["describe", "-p", "policy.yaml"]);
    for part in [
        "for a calendar month in UTC by the record's timestamp, then another one",
        "at least as many values as codes in the fullest one",
        "SELECT MAX(n) AS at_least, SUM(n) AS at_most",
        "EXTRACT(YEAR FROM record_timestamp) * 12",
        "CEIL(EXTRACT(MONTH FROM CAST(\"at\" AS TIMESTAMP)) / 3.0)",
    ] {
        assert!(shown(&ran).contains(part), "{part}: {}", shown(&ran));
    }
}

#[test]
fn a_version_begins_with_an_epoch_and_is_kept_while_its_epochs_last() {
    let home = Home::with(POLICY);
    let ring = ["--keyring", "keyring.json"];
    let keys = |args: &[&str]| home.veil(&[&["keys"], args, &ring].concat());
    let doomed = [
        "destroy",
        "people@1",
        "--yes",
        "people@1",
        "-p",
        "policy.yaml",
    ];
    let before = home.read("keyring.json");
    let refused = keys(&[&doomed[..], &["--leave-none-active"]].concat());
    assert_eq!(refused.code, 64, "{refused:?}");
    assert!(
        refused.err.contains("keys rotate people --on-epoch"),
        "{}",
        refused.err
    );
    assert_eq!(home.read("keyring.json"), before);

    let rotate = ["rotate", "people", "--on-epoch", "-p", "policy.yaml"];
    assert_eq!(keys(&rotate[..3]).code, 64, "a policy says the length");
    let ran = keys(&[&rotate[..], &["--format", "json"]].concat());
    assert_eq!(ran.code, 0, "{ran:?}");
    let made: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    let begins = made[0]["use_from"].as_str().unwrap();
    // Of a month and of a quarter.
    assert!(begins.ends_with("-01T00:00:00Z"), "{begins}");
    assert!(
        ["01", "04", "07", "10"].contains(&&begins[5..7]),
        "{begins}"
    );

    // Its first version served all that came before the second.
    let mut ring = serde_json::from_str::<serde_json::Value>(&home.read("keyring.json")).unwrap();
    let march = code(&apply(&home, "clean", &AT, EVENT));
    let entries = ring["keys"].as_array_mut().unwrap();
    let people = entries.iter_mut().find(|e| e["name"] == "people").unwrap();
    people["versions"][1]["use_from"] = "2026-03-15T00:00:00Z".into();
    home.write_closed("keyring.json", ring.to_string());
    // March began with it.
    assert_eq!(code(&apply(&home, "clean", &AT, EVENT)), march);
    let refused = keys(&doomed);
    assert_eq!(refused.code, 64, "{refused:?}");
    assert!(refused.err.contains("accept_from"), "{}", refused.err);
    let narrow = POLICY.replace(", accept_from: 2026-01-01", "");
    home.write("policy.yaml", &narrow);
    let gone = keys(&doomed);
    assert_eq!(gone.code, 0, "{gone:?}");
    assert!(
        gone.err.contains("no code is made with it any more"),
        "{}",
        gone.err
    );
    // An event of its epochs has none now.
    home.write("policy.yaml", POLICY);
    let ran = apply(&home, "clean", &AT, EVENT);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.err.contains("key_destroyed"), "{}", ran.err);
    let april = ["--timestamp", "2026-04-01T00:00:00Z"];
    let april = apply(&home, "clean", &april, &EVENT.replace("-03-", "-04-"));
    assert_eq!(april.code, 0, "{april:?}");
}
