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

/// A framed record, read under the schema that the registry has by its id.
fn read(registry: &Registry, framed: &[u8]) -> String {
    let (head, body) = framed.split_at(5);
    let id = u32::from_be_bytes(head[1..].try_into().expect("four bytes"));
    let (status, said) = registry
        .ask("GET", &format!("/schemas/ids/{id}"), "")
        .expect("it answers");
    assert_eq!(status, 200, "{said}");
    let said: Value = serde_json::from_str(&said).expect("JSON");
    let schema = Schema::parse(said["schema"].as_str().expect("text")).expect("a schema");
    json_of(&schema, body).expect("it is of that schema")
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
    // One topic has keys of text as its tests have; the other is for a sink that finds
    // rows by a record.
    let avro = policy.replacen("  key: json ", "  value: avro\n  key: avro ", 1);
    let (first, second) = avro
        .split_once("  - topic: crm.customers.mail")
        .expect("two outputs");
    let of_text = "key: { from: record_key.id, like: after.id }";
    assert!(first.contains(of_text) && second.contains(of_text));
    let first = first.replacen(of_text, "key: { fields: { id: person } }", 1);
    let home = Home::new(&format!("{first}  - topic: crm.customers.mail{second}"));
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

    let path = "/subjects/crm.customers.clean-key/versions/latest";
    let (status, said) = registry.ask("GET", path, "").expect("it answers");
    assert_eq!(status, 200, "{said}");
    assert!(
        said.contains("crm.public.customers") && said.contains("veil"),
        "{said}"
    );
    let other = "/subjects/crm.customers.mail-key/versions/latest";
    let other = registry.ask("GET", other, "").expect("it answers");
    assert_eq!(other.0, 404, "keys of text have no schema");
    let checked = [
        "check",
        "policy.yaml",
        "--registry",
        &registry.url(),
        "--show-derived",
    ];
    let (said, error) = run(&checked);
    assert!(
        said.contains("crm.customers.clean (keys): {"),
        "{said}{error}"
    );

    let (mut tombstones, mut records) = (0, 0);
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
                let key = row.key.expect("it has one");
                let key = match key[0] {
                    0 => {
                        let key: Value =
                            serde_json::from_str(&read(&registry, &key)).expect("JSON");
                        key["id"].as_str().expect("a code").to_owned()
                    }
                    _ => String::from_utf8(key).expect("text"),
                };
                records += usize::from(topic == &clean);
                let Some(value) = row.value else {
                    return (key, Value::Null);
                };
                let mut value = serde_json::from_str(&read(&registry, &value)).expect("JSON");
                bare(&mut value);
                (key, value)
            });
        let left: Vec<(String, Value)> = left.collect();
        assert!(left.len() >= 3, "{left:?}");
        assert_eq!(left, expected, "{topic}");
        tombstones += left.iter().filter(|(_, value)| value.is_null()).count();
    }
    assert!(tombstones >= 2 && records >= 3, "{tombstones} {records}");
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
