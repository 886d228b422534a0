//! The same in Avro behind a schema registry: clear values in every kind of field, in
//! branches, keys of maps, the record's key and headers, behind the record, in what names
//! its schema, and in the schema itself. None may be found anywhere, nor in the schema of
//! what leaves; under a leaky policy the same search finds all that can be kept.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use veilstream::schema::avro::encode::encode;
use veilstream::schema::avro::node::Schema;
use veilstream::schema::json::Json;

use crate::check::Canaries;
use crate::kafka::registry::{self, Registry};
use crate::kafka::{self, Cluster, Isolation, Outgoing, free_port, read_all};
use crate::traffic::Dice;
use crate::veil::Home;

use super::leak::{assert_each_is_searched, gathered, hits};
use super::registry_run::register;

const EVENTS: usize = 10;

/// A schema that says clear values in what it says of fields, and those values.
fn schema(word: &mut impl FnMut(&str) -> String) -> (Value, Vec<String>) {
    let (doc, default, symbol) = (word("doc"), word("dft"), word("sym").replace('-', "_"));
    let branch = |name: &str, field: &str| json!({"type": "record", "name": name, "fields": [{"name": field, "type": "string"}]});
    let fields = json!([
        {"name": "user", "type": "string"},
        {"name": "email", "type": ["null", "string"], "default": null},
        {"name": "note", "type": "string", "doc": doc},
        {"name": "contact", "type": ["null", branch("Phone", "number"), branch("Letter", "street")]},
        {"name": "tags", "type": {"type": "map", "values": "string"}},
        {"name": "plan", "type": {"type": "enum", "name": "Plan", "symbols": ["FREE", symbol]}},
        {"name": "from", "type": "string", "default": default},
        {"name": "raw", "type": "bytes"},
        {"name": "names", "type": {"type": "array", "items": "string"}},
    ]);
    let schema = json!({"type": "record", "name": "shop.Signup", "fields": fields});
    (schema, vec![doc, default, symbol])
}

/// A record whose values are all canaries, and those values.
fn event(
    writer: &Schema,
    id: u32,
    word: &mut impl FnMut(&str) -> String,
) -> (Outgoing, Vec<String>) {
    let prefixes = [
        "key", "hdr", "oth", "usr", "ann", "note", "own", "tag", "of", "from", "raw", "bob",
    ];
    let values: Vec<String> = prefixes.map(&mut *word).into();
    let [
        key,
        header,
        other,
        user,
        email,
        note,
        own,
        tag,
        of,
        from,
        raw,
        name,
    ] = &values[..]
    else {
        unreachable!("there are twelve")
    };
    let email = format!("{email}@example.org");
    let contact = match word("either").ends_with(['0', '2', '4', '6', '8', 'a', 'c', 'e']) {
        true => json!({"number": own}),
        false => json!({"street": own}),
    };
    let raw = data_encoding::BASE64.encode(raw.as_bytes());
    let value = json!({
        "user": user, "email": email, "note": note, "contact": contact, "tags": {tag.as_str(): of},
        "plan": "FREE", "from": from, "raw": raw, "names": [name],
    });
    let mut bytes = [&[0][..], &id.to_be_bytes()].concat();
    let value = Json::read(&value.to_string(), 1 << 16).expect("JSON");
    encode(writer, &value, &mut bytes).expect("it fits");
    let record = Outgoing {
        partition: 0,
        key: Some(key.clone().into_bytes()),
        value: Some(bytes),
        headers: vec![
            ("x-user".into(), header.clone().into_bytes()),
            ("x-other".into(), other.clone().into_bytes()),
        ],
        timestamp_ms: None,
    };
    (record, values)
}

/// Records that nobody can read, and their clear values: what stands behind one, one that is
/// cut, a branch that is none, a frame that is none, and a name of a schema that is a clear
/// value itself.
fn never_out(
    writer: &Schema,
    id: u32,
    word: &mut impl FnMut(&str) -> String,
) -> (Vec<Outgoing>, Vec<String>) {
    let mut all = Vec::new();
    let mut records = Vec::new();
    for spoil in 0..5 {
        let (mut record, values) = event(writer, id, word);
        let more = word("more");
        let mut bytes = record.value.take().expect("it has one");
        match spoil {
            0 => bytes.extend(more.as_bytes()),
            1 => bytes.truncate(bytes.len() - 3),
            2 => {
                bytes.truncate(5);
                bytes.extend([2 * more.len() as u8].iter().chain(more.as_bytes()));
                bytes.extend([9, 9, 9]);
            }
            3 => bytes
                .splice(0..1, [b"\x01", more.as_bytes()].concat())
                .for_each(drop),
            _ => {
                // 16 bytes that anybody may choose stand for a schema.
                let guid = [&[1], &more.as_bytes()[..16]].concat();
                record.headers.push(("__value_schema_id".to_owned(), guid));
                all.push(more[..16].to_owned());
            }
        }
        record.value = Some(bytes);
        records.push(record);
        all.extend(values);
        all.push(more);
    }
    (records, all)
}

#[test]
fn no_clear_value_of_avro_is_anywhere_nor_in_the_schema_of_what_leaves() {
    let (Some(cluster), Some(program)) = (kafka::shared(), registry::program()) else {
        return;
    };
    let registry = Registry::start(&program, free_port());
    let mut dice = Dice::announced("leak-avro");
    let mut word = |prefix: &str| format!("{prefix}-{:014x}", dice.next() & 0xff_ffff_ffff_ffff);
    let (schema, of_schema) = schema(&mut word);
    let writer = Schema::parse(&schema.to_string()).expect("a schema");
    let id = register(&registry, "leaky-avro.raw-value", &schema);
    assert_eq!(register(&registry, "strict-avro.raw-value", &schema), id);
    let (mut records, mut values) = (Vec::new(), of_schema);
    for _ in 0..EVENTS {
        let (record, clear) = event(&writer, id, &mut word);
        records.push(record);
        values.extend(clear);
    }
    let planted = values.len();
    let unique: BTreeSet<&String> = values.iter().collect();
    assert!(planted > 120 && unique.len() == planted, "{planted}");

    let canaries = Canaries::new(values.clone());
    let leaky = run(cluster, &registry, "leaky-avro", &records, OUTPUT_LEAKY);
    let found: BTreeSet<usize> = hits(&canaries, &leaky)
        .iter()
        .map(|(_, h)| h.value)
        .collect();
    let missed = (0..planted).filter(|v| !found.contains(v));
    let missed: Vec<&String> = missed.map(|v| &values[v]).collect();
    assert!(missed.is_empty(), "the search is blind for {missed:?}");

    let (spoilt, more) = never_out(&writer, id, &mut word);
    let poison = spoilt.len();
    records.extend(spoilt);
    values.extend(more);
    let canaries = Canaries::new(values.clone());
    let strict = run(cluster, &registry, "strict-avro", &records, OUTPUT_STRICT);
    let written = read_all(cluster, "strict-avro.out", Isolation::Committed).len();
    let sealed = read_all(cluster, "strict-avro.quarantine", Isolation::Committed).len();
    assert_eq!((written, sealed), (EVENTS, poison));
    let leaks = hits(&canaries, &strict);
    let leaks: Vec<_> = leaks
        .iter()
        .map(|(surface, hit)| format!("{} as {} in {surface}", values[hit.value], hit.form))
        .collect();
    assert!(leaks.is_empty(), "{}", leaks.join("\n"));
    let names = [
        "/metrics",
        "/readyz",
        "/livez",
        "/version",
        "the log at trace level",
        "topic strict-avro.out",
        "topic strict-avro.quarantine",
        "the schema of what leaves",
    ];
    assert_each_is_searched(&canaries, &strict, &names, &values[7]);
    crate::say(&format!(
        "leak in Avro: {planted} canaries all found under the leaky policy; {} canaries, 0 found in {}",
        canaries.len(),
        names.join(", ")
    ));
}

fn run(
    cluster: &Cluster,
    registry: &Registry,
    case: &str,
    records: &[Outgoing],
    output: &str,
) -> Vec<(String, Vec<u8>)> {
    let [source, out, quarantine] = ["raw", "out", "quarantine"].map(|t| format!("{case}.{t}"));
    for topic in [&source, &out, &quarantine] {
        kafka::create(cluster, topic, 1, &[]);
    }
    let home = Home::new(&policy(case, output));
    let settings = format!(
        "registry: {{ urls: [\"{}\"], unknown_wait_ms: 500 }}\n",
        registry.url()
    );
    std::fs::write(home.path().join("veil.yaml"), settings).expect("written");
    let flags = ["-c", "veil.yaml"];
    let mut surfaces = gathered(
        cluster,
        &home,
        (&source, records),
        &[&out, &quarantine],
        &flags,
    );
    let path = format!("/subjects/{out}-value/versions/latest");
    let (status, said) = registry.ask("GET", &path, "").expect("it answers");
    assert_eq!(status, 200, "{said}");
    surfaces.push(("the schema of what leaves".to_owned(), said.into_bytes()));
    surfaces
}

fn policy(case: &str, output: &str) -> String {
    format!(
        r#"apiVersion: veil/v1
kind: Policy
metadata: {{ name: canaries-avro, version: 1, owner: tests }}
source: {{ topic: {case}.raw, value: avro, subject: user }}
keys:
  people: {{ ref: "file:keyring.json#people" }}
  contact: {{ ref: "file:keyring.json#contact" }}
  quarantine: {{ ref: "file:keyring.json#quarantine" }}
outputs:
  - topic: {case}.out
    purpose: analytics.reporting.campaign_insights
    domain: analytics
    basis: contract
{output}quarantine: {{ topic: {case}.quarantine, key: quarantine, retention: 7d }}
"#
    )
}

const OUTPUT_STRICT: &str = r#"    key: { from: record_key, pseudonymize: { key: people, epoch: none } }
    headers: { x-user: { pseudonymize: { key: people, epoch: none } } }
    timestamp: now
    fields:
      user: { pseudonymize: { key: people, epoch: none } }
      email: { pseudonymize: { key: people, normalize: email, epoch: none } }
      contact.number: { mask: {} }
      tags: { encrypt: { key: contact, subtree: true } }
      from: { replace: { with: gone } }
      names[*]: { mask: {} }
"#;

const OUTPUT_LEAKY: &str = r#"    key: { from: record_key, keep: {} }
    headers: { x-user: keep, x-other: keep }
    timestamp: keep
    fields:
      (user|email|note|from|raw|plan): keep
      (contact|tags|names): { keep: { subtree: true } }
"#;
