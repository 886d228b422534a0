//! Consent that stands in the record itself, in Avro and in Protobuf, damaged: cut at every
//! byte, every bit turned over, bytes put in everywhere. Nothing that is cut leaves where the
//! whole record would not, and what leaves says by another reader that the person granted.

use std::path::PathBuf;
use std::sync::Arc;

use prost_reflect::DynamicMessage;
use serde_json::{Value, json};
use veilstream::action::{TableError, TableName, TableSource};
use veilstream::keys::TestKeys;
use veilstream::pipeline::{Destination, InBatch, Worker, sanitize};
use veilstream::plan::Plan;
use veilstream::policy::{PolicyFile, compile};
use veilstream::record::lane::Lane;
use veilstream::record::timestamp::Timestamp;
use veilstream::schema::json::Json;
use veilstream::schema::writer::Writer;

use crate::corpus::targets::{avro_reader, protobuf_reader};

const AVRO: &str = r#"{"type":"record","name":"shop.Visit","fields":[
{"name":"n","type":"long"},
{"name":"pages","type":{"type":"array","items":"string"}},
{"name":"consent","type":{"type":"record","name":"shop.Consent","fields":[
{"name":"Ads","type":["null","boolean"]},{"name":"Mail","type":"boolean"}]}},
{"name":"note","type":["null","string"]}]}"#;

const PROTOBUF: &str = "syntax = \"proto3\"; package shop;
message Visit { int64 n = 1; repeated string pages = 2; Consent consent = 3; optional string note = 4; }
message Consent { bool Ads = 1; optional bool Mail = 2; }";

struct File(&'static str);

impl TableSource for File {
    fn read(&self, _: &TableName) -> Result<Vec<u8>, TableError> {
        Ok(self.0.as_bytes().to_vec())
    }
}

fn plan(source: &str, schema: &'static str) -> Arc<Plan> {
    let text = format!(
        "apiVersion: veil/v1
kind: Policy
metadata: {{ name: visits, version: 1, owner: tests }}
source: {{ topic: visits, {source} }}
keys: {{ quarantine: {{ ref: \"file:k.json#quarantine\" }} }}
consent: {{ signals: [{{ from: value, path: consent }}] }}
outputs:
  - topic: ads
    purpose: marketing.advertising.first_party.targeted
    domain: ads
    needs_consent: Ads
    fields: {{ n: keep, \"pages[*]\": {{ keep: {{ max_chars: 16 }} }} }}
quarantine: {{ topic: q, key: quarantine, retention: 7d }}
"
    );
    let path = PathBuf::from("policy.yaml");
    let file = PolicyFile { path, text };
    let compiled = compile(&file, &TestKeys, &File(schema), jiff::Timestamp::UNIX_EPOCH);
    let said = compiled.findings.list().iter().map(|f| f.message.clone());
    let said: Vec<String> = said.collect();
    Arc::new(compiled.plan.unwrap_or_else(|| panic!("{said:?}")))
}

/// Which of the values leave.
fn leave(plan: &Arc<Plan>, values: &[Vec<u8>]) -> Vec<bool> {
    let lane = Lane {
        topic: Arc::clone(&plan.source.topics[0]),
        partition: 0,
        claim: 0,
    };
    let mut batch = InBatch::new(lane, Arc::clone(plan));
    for (offset, value) in (0..).zip(values) {
        (batch.raw).push(offset, Timestamp::None, None, Some(value), []);
    }
    let mut worker = Worker::of_the_system();
    let out = sanitize(batch, &mut worker).expect("nothing is looked up");
    let mut leave = vec![false; values.len()];
    for record in out.records() {
        if record.destination == Destination::Output(0) {
            leave[usize::try_from(record.source_offset).expect("from 0")] = true;
        }
    }
    leave
}

/// Damages records in every way. `read`: what another reader makes of bytes.
fn holds(plan: &Arc<Plan>, read: impl Fn(&[u8]) -> Option<Value>) {
    let writer = Writer::of(&plan.source.format).expect("it reads no JSON");
    let writer = writer.expect("the policy was bound to it");
    let (mut cuts, mut others, mut left) = (0, 0, 0);
    for consent in [
        json!({"Ads": true, "Mail": false}),
        json!({"Ads": false, "Mail": true}),
        json!({"Ads": null, "Mail": true}),
    ] {
        let note = ["true", "", "no"];
        for (n, note) in (0..).zip(note) {
            let pages = vec!["/cart"; n * n];
            let mut value = json!({"n": 300 * n, "pages": pages, "consent": consent, "note": note});
            if consent["Ads"].is_null() && matches!(writer, Writer::Protobuf(_)) {
                value["consent"] = json!({"Mail": true});
            }
            let value = Json::read(&value.to_string(), 1 << 16).expect("JSON");
            let mut whole = Vec::new();
            writer.encode(&value, &mut whole).expect("it fits");
            let granted = consent["Ads"] == true;
            assert_eq!(leave(plan, &[whole.clone()]), [granted]);

            let cut: Vec<Vec<u8>> = (0..whole.len()).map(|at| whole[..at].to_vec()).collect();
            for (bytes, leaves) in cut.iter().zip(leave(plan, &cut)) {
                assert!(granted || !leaves, "a cut grants: {bytes:x?}");
            }
            cuts += cut.len();

            let flips = (0..8 * whole.len()).map(|bit| {
                let mut bytes = whole.clone();
                bytes[bit / 8] ^= 1 << (bit % 8);
                bytes
            });
            let puts = (0..=whole.len()).flat_map(|at| {
                let whole = &whole;
                (0..=u8::MAX).map(move |byte| {
                    let mut bytes = whole.clone();
                    bytes.insert(at, byte);
                    bytes
                })
            });
            let damaged: Vec<Vec<u8>> = flips.chain(puts).collect();
            for some in damaged.chunks(500) {
                for (bytes, leaves) in some.iter().zip(leave(plan, some)) {
                    others += 1;
                    if leaves {
                        left += 1;
                        let says = read(bytes).map(|read| read["consent"]["Ads"].clone());
                        assert_eq!(says, Some(json!(true)), "nobody granted: {bytes:x?}");
                    }
                }
            }
        }
    }
    assert!(
        cuts > 100 && others > 20_000 && left > 500,
        "{cuts} {others} {left}"
    );
}

#[test]
fn damage_of_avro_permits_nothing() {
    let schema: Value = serde_json::from_str(AVRO).expect("JSON");
    let plan = plan("value: avro, schema: { file: s.avsc }", AVRO);
    holds(&plan, |bytes| avro_reader::read(&schema, bytes).ok());
}

#[test]
fn damage_of_protobuf_permits_nothing() {
    let pool = protobuf_reader::pool(PROTOBUF).expect("a schema");
    let of = pool.get_message_by_name("shop.Visit").expect("it has it");
    let plan = plan(
        "value: protobuf, schema: { file: s.proto, message: shop.Visit }",
        PROTOBUF,
    );
    holds(&plan, |bytes| {
        let message = DynamicMessage::decode(of.clone(), bytes).ok()?;
        protobuf_reader::json_of(&message)
    });
}
