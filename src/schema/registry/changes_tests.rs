//! Changes of a table as Debezium writes them in Avro: key and value under schemas that they
//! name, deletes and tombstones. They leave as the same changes do in JSON.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::testing::FRAMING;
use super::testing::{Scene, framed, key, lane};
use super::{Key, PlanBinder, Rules};
use crate::decode::avro::json_of;
use crate::keys::TestKeys;
use crate::pipeline::testing::{Raw, batch, worker};
use crate::pipeline::{Destination, OutBatch, sanitize};
use crate::plan::Plan;
use crate::policy::{NoTables, PolicyFile, compile};
use crate::record::Reason;
use crate::schema::Bindings;
use crate::schema::avro::encode::encode;
use crate::schema::avro::node::Schema;
use crate::schema::frame::{Framings, Part, SchemaId};
use crate::schema::json::Json;

const VALUE: u32 = 1;
const KEY: u32 = 2;

/// As Kafka Connect's Avro converter registers them.
const OF_VALUES: &str = include_str!("../../../tests/avro/changes/value.avsc");
const OF_KEYS: &str = include_str!("../../../tests/avro/changes/key.avsc");

/// The example of the folder `config`, of which that is said of the source's key.
fn plan(key: &str) -> Arc<Plan> {
    let text = include_str!("../../../config/customers-cdc.yaml");
    // Its own tests are written in JSON.
    let (text, _) = text.split_once("\ntests:").expect("it has tests");
    assert!(text.contains("  key: json "));
    let file = PolicyFile {
        path: "policy.yaml".into(),
        text: text.replacen("  key: json ", key, 1),
    };
    let compiled = compile(&file, &TestKeys, &NoTables, jiff::Timestamp::UNIX_EPOCH);
    let errors = compiled.findings.list().iter();
    let errors: Vec<_> = errors.map(|f| (f.code, &f.message)).collect();
    Arc::new(compiled.plan.unwrap_or_else(|| panic!("{errors:?}")))
}

/// The events of that example: key, value, time.
fn changes() -> Vec<(String, Option<String>, i64)> {
    let text = include_str!("../../../config/customers-cdc.ndjson");
    let lines = text.lines().filter_map(|line| {
        let line: Value = serde_json::from_str(line).ok()?;
        let value = line.get("value")?;
        Some((
            line["key"].as_str()?.to_owned(),
            value.is_object().then(|| value.to_string()),
            line["timestamp"].as_i64()?,
        ))
    });
    lines.collect()
}

/// One that left: which of the records, where to or why not, its key, its value as JSON
/// without what is null or different each time.
type Left = (i64, Result<u16, Reason>, Option<String>, Option<Value>);

fn left(out: &OutBatch, json: impl Fn(&[u8]) -> String) -> Vec<Left> {
    let one = |record: &crate::pipeline::OutRecord| {
        let place = match record.destination {
            Destination::Quarantine(reason) => {
                return (record.source_offset, Err(reason), None, None);
            }
            Destination::Held(_) => unreachable!("its outputs wait for nothing"),
            Destination::Output(n) => Ok(n),
        };
        let key = record
            .key
            .map(|key| String::from_utf8(out.bytes(key).to_vec()));
        let key = key.map(|key| key.expect("it is text"));
        let value = record.value.map(|value| {
            let mut value = serde_json::from_str(&json(out.bytes(value))).expect("it is JSON");
            bare(&mut value);
            value
        });
        (record.source_offset, place, key, value)
    };
    out.records().iter().map(one).collect()
}

/// Of a decimal the scale stays, which is no other number.
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
fn changes_leave_with_their_keys_as_those_in_json_do_deletes_included() {
    let changes = changes();
    assert!(changes.len() >= 6, "the example has them");
    let offset = |n: &usize| i64::try_from(*n).expect("few");
    let in_json: Vec<Raw> = changes
        .iter()
        .map(|(key, value, time)| Raw {
            key: Some(key.clone().into_bytes()),
            value: value.clone().map(String::into_bytes),
            timestamp: Some(*time),
            ..Raw::default()
        })
        .collect();
    let json = plan("  key: json ");
    let out = sanitize(batch(&json, &in_json), &mut worker()).expect("nothing is looked up");
    let expected = left(&out, |bytes| {
        String::from_utf8(bytes.to_vec()).expect("text")
    });
    let tombstones = expected
        .iter()
        .filter(|(_, place, _, value)| place.is_ok() && value.is_none());
    assert!(tombstones.count() > 0 && expected.iter().map(|(n, ..)| n).max() >= Some(&offset(&5)));

    let avro = plan("  value: avro\n  key: avro ");
    let mut scene = Scene::of(PlanBinder(avro.clone()), Rules::default());
    scene.registry.has(VALUE, OF_VALUES);
    scene.registry.has(KEY, OF_KEYS);
    scene.ask(0, VALUE);
    let part = Part::Key;
    let of_key = Key { part, ..key(KEY) };
    scene.desk.ask(lane(1), of_key, scene.now);
    assert_eq!(scene.run(Duration::from_secs(5), false).len(), 2);
    let written = |text: &str, id: u32, value: &str| {
        let schema = Schema::parse(text).expect("it is one");
        let value = Json::read(value, value.len()).expect("it is JSON");
        let mut body = Vec::new();
        encode(&schema, &value, &mut body).expect("it is of the schema");
        framed(id, &body)
    };
    let in_avro: Vec<Raw> = changes
        .iter()
        .map(|(key, value, time)| Raw {
            key: Some(written(OF_KEYS, KEY, key)),
            value: value.as_ref().map(|value| written(OF_VALUES, VALUE, value)),
            timestamp: Some(*time),
            ..Raw::default()
        })
        .collect();
    let mut read = batch(&avro, &in_avro);
    let known = scene.desk.bindings().clone();
    read.bindings = Some(Arc::new(Bindings::by_id(Framings::both(FRAMING), known)));
    let out = sanitize(read, &mut worker()).expect("nothing is looked up");
    assert!(out.counts.balances(), "{:?}", out.counts);
    let came = left(&out, |bytes| {
        let framed = FRAMING.read(Part::Value, bytes, std::iter::empty());
        let framed = framed.expect("it is framed");
        let SchemaId::Number(id) = framed.id else {
            panic!("{:?}", framed.id);
        };
        let text = &scene.registry.schemas[&id].text;
        let schema = Schema::parse(text).expect("it was registered");
        json_of(&schema, framed.body).expect("it is of that schema")
    });
    assert_eq!(came, expected);
}
