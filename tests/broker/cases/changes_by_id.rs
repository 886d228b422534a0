//! Changes of a table in Avro, as Debezium writes them, through `veil run` and a schema
//! registry: keys under a schema of their own, deletes and tombstones. They leave as
//! `veil apply` writes the same changes in JSON.

use std::fs;

use serde_json::Value;
use veilstream::decode::avro::json_of;
use veilstream::schema::avro::encode::encode;
use veilstream::schema::avro::node::Schema;
use veilstream::schema::json::Json;

use crate::kafka::registry::{self, Registry};
use crate::kafka::{self, Isolation, Outgoing, free_port, read_all};
use crate::veil::{Home, Veil};

use super::registry_run::register;
use super::stage::SETTLE;

const NAME: &str = "customers-cdc";
const POLICY: &str = include_str!("../../../config/customers-cdc.yaml");
const EVENTS: &str = include_str!("../../../config/customers-cdc.ndjson");
/// As Kafka Connect's Avro converter registers them.
const OF_VALUES: &str = include_str!("../../avro/changes/value.avsc");
const OF_KEYS: &str = include_str!("../../avro/changes/key.avsc");

/// JSON as a record of that schema, with its id in front.
fn written(schema: &str, id: u32, json: &str) -> Vec<u8> {
    let schema = Schema::parse(schema).expect("it is one");
    let json = Json::read(json, json.len()).expect("it is JSON");
    let mut out = [&[0][..], &id.to_be_bytes()].concat();
    encode(&schema, &json, &mut out).expect("it is of the schema");
    out
}

/// What stands in both: nothing null, nothing that is new each time, numbers as such.
fn bare(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|name, value| !value.is_null() && name != "email");
            members.values_mut().for_each(bare);
        }
        Value::Number(n) => *value = Value::from(n.as_f64()),
        _ => {}
    }
}

#[test]
fn changes_leave_with_their_keys_as_those_in_json_do() {
    let (Some(cluster), Some(program)) = (kafka::shared(), registry::program()) else {
        return;
    };
    let registry = Registry::start(&program, free_port());
    // Its own tests are written in JSON.
    let (policy, _) = POLICY.split_once("\ntests:").expect("it has tests");
    assert!(policy.contains("  key: json "));
    let home = Home::new(&policy.replacen("  key: json ", "  value: avro\n  key: avro ", 1));
    let put = |name: &str, text: &str| {
        fs::write(home.path().join(name), text).expect("written");
    };
    put("json.yaml", POLICY);
    put("events.ndjson", EVENTS);
    let settings = format!("registry: {{ urls: [\"{}\"] }}\n", registry.url());
    put("veil.yaml", &settings);
    let run = |args: &[&str]| {
        let output = home.command().args(args).output().expect("veil runs");
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        let said = String::from_utf8(output.stdout).expect("text");
        (said, error)
    };
    let (_, error) = run(&["keys", "new", "--keyring", "keyring.json", "crm-contact"]);
    assert!(!error.contains("error"), "{error}");

    let raw = "crm.public.customers";
    let [clean, mail, quarantine] =
        ["clean", "mail", "quarantine"].map(|t| format!("crm.customers.{t}"));
    for topic in [raw, &clean, &mail, &quarantine] {
        kafka::create(cluster, topic, 1, &[]);
    }
    let schema = |text: &str| serde_json::from_str::<Value>(text).expect("JSON");
    let of_values = register(&registry, &format!("{raw}-value"), &schema(OF_VALUES));
    let of_keys = register(&registry, &format!("{raw}-key"), &schema(OF_KEYS));
    let records = EVENTS.lines().filter_map(|line| {
        let line: Value = serde_json::from_str(line).ok()?;
        let value = line.get("value").filter(|value| value.is_object());
        Some(Outgoing {
            key: Some(written(OF_KEYS, of_keys, line["key"].as_str()?)),
            value: value.map(|value| written(OF_VALUES, of_values, &value.to_string())),
            ..Outgoing::default()
        })
    });
    kafka::produce(cluster, raw, records);
    let veil = Veil::start(&home, cluster, NAME, &["-c", "veil.yaml"]);
    kafka::settled(cluster, NAME, raw, SETTLE);
    assert_eq!(veil.terminate().code, Some(0));

    let mut tombstones = 0;
    for topic in [&clean, &mail] {
        let args = [
            "apply",
            "-p",
            "json.yaml",
            "--envelope",
            "--output",
            topic,
            "events.ndjson",
        ];
        let (said, _) = run(&args);
        let expected: Vec<(String, Value)> = said
            .lines()
            .map(|line| {
                let mut line: Value = serde_json::from_str(line).expect("JSON");
                let mut value = line["value"].take();
                bare(&mut value);
                (line["key"].as_str().expect("a key").to_owned(), value)
            })
            .collect();
        let left = read_all(cluster, topic, Isolation::Committed)
            .into_iter()
            .map(|row| {
                let key = String::from_utf8(row.key.expect("it has one")).expect("text");
                let Some(value) = row.value else {
                    return (key, Value::Null);
                };
                let (head, body) = value.split_at(5);
                let id = u32::from_be_bytes(head[1..].try_into().expect("four bytes"));
                let (status, said) = registry
                    .ask("GET", &format!("/schemas/ids/{id}"), "")
                    .expect("it answers");
                assert_eq!(status, 200, "{said}");
                let said: Value = serde_json::from_str(&said).expect("JSON");
                let schema =
                    Schema::parse(said["schema"].as_str().expect("text")).expect("a schema");
                let json = json_of(&schema, body).expect("it is of that schema");
                let mut value = serde_json::from_str(&json).expect("JSON");
                bare(&mut value);
                (key, value)
            });
        let left: Vec<(String, Value)> = left.collect();
        assert!(left.len() >= 3, "{left:?}");
        assert_eq!(left, expected, "{topic}");
        tombstones += left.iter().filter(|(_, value)| value.is_null()).count();
    }
    assert!(tombstones >= 2, "{tombstones}");
    let refused = read_all(cluster, &quarantine, Isolation::Committed);
    let reasons: Vec<_> = refused
        .iter()
        .map(|row| row.header("veil-reason"))
        .collect();
    assert_eq!(reasons, [Some("not_foreseen")]);
    crate::say(&format!(
        "{} changes of a table in Avro: they left as those in JSON, {tombstones} tombstones",
        EVENTS.lines().count()
    ));
}
