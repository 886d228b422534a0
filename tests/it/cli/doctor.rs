//! What `veil doctor` says of keys and of the schema registry, before any broker is asked.

use super::{Home, Ran, TWO};

fn key(ran: &Ran, name: &str) -> (String, String) {
    let rows: Vec<serde_json::Value> = serde_json::from_str(&ran.out).expect("JSON");
    let mut rows = rows.iter().filter(|row| row["check"] == "key");
    let is_of = |row: &&serde_json::Value| row["subject"].as_str().unwrap().ends_with(name);
    let row = rows.find(is_of).unwrap_or_else(|| panic!("{ran:?}"));
    let text = |member: &str| row[member].as_str().unwrap().to_owned();
    (text("status"), text("what"))
}

#[test]
fn the_version_that_seals_now_is_named_and_none_in_force_is_a_failure() {
    let home = Home::with(TWO);
    let doctor = || home.veil(&["doctor", "-p", "policy.yaml", "--format", "json"]);
    let keys = |args: &[&str]| {
        let ran = home.veil(&[&["keys"], args, &["--keyring", "keyring.json"]].concat());
        assert_eq!(ran.code, 0, "{ran:?}");
    };
    let from = "2200-01-01T00:00:00Z";
    keys(&["rotate", "contact", "--from", from]);
    keys(&["rotate", "people", "--from", from]);
    let ran = doctor();
    let (status, what) = key(&ran, "#contact");
    assert_eq!(status, "ok", "{what}");
    assert_eq!(
        what,
        format!("version 1 seals now, version 2 from {from} on")
    );
    assert_eq!(
        key(&ran, "#people"),
        ("ok".to_owned(), "pseudonyms come from version 1".to_owned())
    );
    // A first version that is retired still makes pseudonyms.
    keys(&["retire", "people@1", "--leave-none-active"]);
    assert_eq!(key(&doctor(), "#people").0, "ok");
    for version in ["people@1", "contact@1"] {
        keys(&["destroy", version, "--yes", version, "--leave-none-active"]);
    }
    let ran = doctor();
    let (status, what) = key(&ran, "#contact");
    assert_eq!(
        (&*status, what.contains("no version in force")),
        ("failed", true),
        "{what}"
    );
    let (status, what) = key(&ran, "#people");
    assert_eq!(
        (&*status, what.contains("is destroyed")),
        ("failed", true),
        "{what}"
    );
}

#[test]
fn a_registry_that_does_not_answer_is_named() {
    let home = Home::with(TWO);
    home.write(
        "avro.yaml",
        "apiVersion: veil/v1
kind: Policy
metadata: { name: clicks, version: 1, owner: o }
source: { topic: clicks.raw, value: avro }
keys: { quarantine: { ref: \"file:keyring.json#quarantine\" } }
quarantine: { topic: clicks.quarantine, key: quarantine, retention: 7d }
outputs:
  - topic: clicks.clean
    purpose: analytics.reporting
    domain: analytics
    fields: { page: keep }
",
    );
    let settings =
        "kafka: { brokers: \"127.0.0.1:1\" }\nregistry: { urls: [\"http://127.0.0.1:1\"] }\n";
    home.write("veil.yaml", settings);
    let args = ["doctor", "-p", "avro.yaml", "-c", "veil.yaml"];
    let ran = home.veil(&[&args[..], &["--http", "127.0.0.1:0", "--format", "json"]].concat());
    let rows: Vec<serde_json::Value> = serde_json::from_str(&ran.out).expect("JSON");
    let row = rows.iter().find(|row| row["check"] == "registry");
    let row = row.unwrap_or_else(|| panic!("{ran:?}"));
    assert_eq!(
        (&row["status"], &row["subject"]),
        (&"failed".into(), &"http://127.0.0.1:1".into()),
        "{ran:?}"
    );
}
