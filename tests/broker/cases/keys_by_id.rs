//! Record keys that name their schemas, through `veil run` and a schema registry: in
//! Protobuf, and as JSON under JSON Schema, beside values of JSON Schema. What is written and
//! what left of keys in Protobuf is encoded and read here by prost-reflect, by the schemas that the
//! registry has.

use prost_reflect::prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage, Value};
use protox::Compiler;
use protox::file::{ChainFileResolver, File, FileResolver, GoogleFileResolver};
use serde_json::json;

use crate::kafka::registry::{self, Registry};
use crate::kafka::{self, Isolation, Outgoing, free_port, read_all};
use crate::traffic::MARK;
use crate::veil::{Home, Veil};

use super::stage::SETTLE;

const PROTO: &str = "syntax = \"proto3\"; package shop;
message Key { string customer = 1; string note = 2; Place at = 3; message Place { int64 shop = 1; int64 till = 2; } }";

fn policy(name: &str, key: &str) -> String {
    format!(
        r#"apiVersion: veil/v1
kind: Policy
metadata: {{ name: {name}, version: 1, owner: tests }}
source: {{ topic: {name}.raw, value: json_schema, key: {key} }}
keys:
  people: {{ ref: "file:keyring.json#people" }}
  quarantine: {{ ref: "file:keyring.json#quarantine" }}
outputs:
  - topic: {name}.clean
    purpose: analytics.reporting.campaign_insights
    domain: analytics
    basis: contract
    tombstones: forward
    key: {{ fields: {{ customer: {{ pseudonymize: {{ key: people, normalize: text, epoch: none }} }}, at.shop: keep }} }}
    fields: {{ n: keep }}
quarantine: {{ topic: {name}.quarantine, key: quarantine, retention: 7d }}
"#
    )
}

/// Registers a schema; its id in a frame.
fn register(registry: &Registry, subject: &str, kind: &str, text: &str) -> Vec<u8> {
    let body = json!({"schemaType": kind, "schema": text});
    let path = format!("/subjects/{subject}/versions");
    let answer = registry.ask("POST", &path, &body.to_string());
    let (status, said) = answer.expect("it answers");
    assert_eq!(status, 200, "{said}");
    let said: serde_json::Value = serde_json::from_str(&said).expect("JSON");
    let id = u32::try_from(said["id"].as_u64().expect("an id")).expect("ids are small");
    [&[0][..], &id.to_be_bytes()].concat()
}

/// The text of the schema that a frame names.
fn schema(registry: &Registry, kind: &str, framed: &[u8]) -> String {
    assert_eq!(framed[0], 0, "the frame begins so");
    let id = u32::from_be_bytes(framed[1..5].try_into().expect("four bytes"));
    let answer = registry.ask("GET", &format!("/schemas/ids/{id}"), "");
    let (status, said) = answer.expect("it answers");
    assert_eq!(status, 200, "{said}");
    let said: serde_json::Value = serde_json::from_str(&said).expect("JSON");
    assert_eq!(said["schemaType"], kind);
    said["schema"].as_str().expect("text").to_owned()
}

fn types(text: &str) -> DescriptorPool {
    struct One(String);
    impl FileResolver for One {
        fn open_file(&self, name: &str) -> Result<File, protox::Error> {
            match name {
                "main.proto" => File::from_source(name, &self.0),
                _ => Err(protox::Error::file_not_found(name)),
            }
        }
    }
    let mut resolver = ChainFileResolver::new();
    resolver.add(GoogleFileResolver::new());
    resolver.add(One(text.to_owned()));
    let mut compiler = Compiler::with_file_resolver(resolver);
    let read = compiler.include_imports(true).open_file("main.proto");
    assert!(read.is_ok(), "{:?}: {text}", read.err());
    compiler.descriptor_pool()
}

/// The fields of a key of that customer and shop, each by itself.
fn fields(customer: &str, shop: i64) -> [Vec<u8>; 3] {
    let of = types(PROTO)
        .get_message_by_name("shop.Key")
        .expect("it has it");
    let place = of.get_field_by_name("at").expect("it has it");
    let place = place.kind();
    let mut at = DynamicMessage::new(place.as_message().expect("a message").clone());
    at.set_field_by_name("shop", Value::I64(shop));
    at.set_field_by_name("till", Value::I64(7));
    let values = [
        ("customer", Value::String(customer.to_owned())),
        ("note", Value::String(MARK.to_owned())),
        ("at", Value::Message(at)),
    ];
    values.map(|(name, value)| {
        let mut one = DynamicMessage::new(of.clone());
        one.set_field_by_name(name, value);
        one.encode_to_vec()
    })
}

/// What left: keys, and whether there was a value; in their order.
fn through(
    registry: &Registry,
    name: &str,
    (word, kind, text): (&str, &str, &str),
    keys: impl Fn(&[u8]) -> Vec<Option<Vec<u8>>>,
) -> Option<Vec<(Vec<u8>, bool)>> {
    let cluster = kafka::shared()?;
    let topic = |of: &str| format!("{name}.{of}");
    for of in ["raw", "clean", "quarantine"] {
        kafka::create(cluster, &topic(of), 1, &[]);
    }
    let of_values =
        r#"{"title":"shop.Order","type":"object","properties":{"n":{"type":"integer"}}}"#;
    let value = register(registry, &topic("raw-value"), "JSON", of_values);
    let value = [&value, &br#"{"n":5}"#[..]].concat();
    let frame = register(registry, &topic("raw-key"), kind, text);
    let home = Home::new(&policy(name, word));
    let settings = format!("registry: {{ urls: [\"{}\"] }}\n", registry.url());
    std::fs::write(home.path().join("veil.yaml"), settings).expect("written");
    let mut check = home.command();
    let check = check.args(["check", "policy.yaml", "--show-derived"]);
    let check = check.args(["--registry", &registry.url()]).output();
    let said = check.expect("veil runs");
    let said = String::from_utf8_lossy(&[said.stdout, said.stderr].concat()).into_owned();
    assert!(said.contains(&format!("{name}.clean (keys): ")), "{said}");

    // The last has a key alone: it clears.
    let all = keys(&frame);
    let last = all.len() - 1;
    let records = all.into_iter().enumerate().map(|(n, key)| Outgoing {
        key,
        value: (n != last).then(|| value.clone()),
        ..Outgoing::default()
    });
    kafka::produce(cluster, &topic("raw"), records);
    let veil = Veil::start(&home, cluster, name, &["-c", "veil.yaml"]);
    kafka::settled(cluster, name, &topic("raw"), SETTLE);
    assert_eq!(veil.terminate().code, Some(0));

    let refused = read_all(cluster, &topic("quarantine"), Isolation::Committed);
    let reasons = refused.iter().map(|row| row.header("veil-reason"));
    let reasons: Vec<_> = reasons.collect();
    assert_eq!(reasons, [Some("key_unreadable"), Some("bad_frame")]);
    let left = read_all(cluster, &topic("clean"), Isolation::Committed).into_iter();
    let left = left.map(|row| {
        let key = row.key.expect("it has one");
        let holds = key.windows(MARK.len()).any(|part| part == MARK.as_bytes());
        assert!(!holds, "a clear value left");
        (key, row.value.is_some())
    });
    Some(left.collect())
}

#[test]
fn keys_of_each_format_leave_as_records_that_others_read() {
    let (Some(_), Some(program)) = (kafka::shared(), registry::program()) else {
        return;
    };
    let registry = Registry::start(&program, free_port());
    let jane = format!("{MARK}-jane");

    let of = ("protobuf", "PROTOBUF", PROTO);
    let left = through(&registry, "keys-pb", of, |frame| {
        let [customer, note, at] = fields(&jane, 42);
        let key = |parts: &[&[u8]]| Some([&[frame, &[0]], parts].concat().concat());
        vec![
            key(&[&customer, &note, &at]),
            key(&[&at, &note, &customer]),
            key(&[&customer]),
            Some(customer.clone()),
            key(&[&at, &customer]),
        ]
    });
    let left = left.expect("there is a broker");
    let [(first, true), (second, true), (last, false)] = &left[..] else {
        panic!("two records, and what clears: {}", left.len());
    };
    assert!(
        first == second && first == last,
        "one key is one row of bytes"
    );
    let text = schema(&registry, "PROTOBUF", first);
    let of = types(&text).get_message_by_name("shop.Key");
    let of = of.unwrap_or_else(|| panic!("{text}"));
    assert_eq!(first[5], 0, "it is the first message");
    let key = DynamicMessage::decode(of, &first[6..]).expect("a message of it");
    assert_eq!(key.unknown_fields().count(), 0, "all is in the schema");
    assert_eq!(
        key.encode_to_vec(),
        first[6..],
        "as the other library writes it"
    );
    let at = key.get_field_by_name("at").expect("it has it").into_owned();
    let shop = at
        .as_message()
        .and_then(|at| Some(at.get_field_by_name("shop")?.into_owned()));
    assert_eq!(shop, Some(Value::I64(42)));
    let code = key.get_field_by_name("customer").expect("it has it");
    let is_code = code.as_str().is_some_and(|code| code.len() > 16);
    assert!(is_code && !text.contains("note"), "{code:?} {text}");

    let text = r#"{"title":"shop.Key","type":"object","properties":{"customer":{"type":"string"},"note":{"type":"string"},"at":{"type":"object","properties":{"shop":{"type":"integer"}}}}}"#;
    let left = through(
        &registry,
        "keys-js",
        ("json_schema", "JSON", text),
        |frame| {
            let key = |json: serde_json::Value| Some([frame, json.to_string().as_bytes()].concat());
            let whole = json!({"customer": jane, "note": MARK, "at": {"shop": 42, "till": 7}});
            vec![
                key(whole.clone()),
                key(json!({"customer": jane})),
                Some(whole.to_string().into_bytes()),
                key(whole),
            ]
        },
    );
    let left = left.expect("there is a broker");
    let [(first, true), (last, false)] = &left[..] else {
        panic!("a record, and what clears: {}", left.len());
    };
    assert_eq!(first, last);
    let text = schema(&registry, "JSON", first);
    assert!(
        text.contains("customer") && !text.contains("note"),
        "{text}"
    );
    let key: serde_json::Value = serde_json::from_slice(&first[5..]).expect("it is JSON");
    let is_code = key["customer"].as_str().is_some_and(|code| code.len() > 16);
    assert!(is_code && key["at"] == json!({"shop": 42}), "{key}");
    crate::say(
        "keys in Protobuf and under JSON Schema: as records under schemas of their own, read by others",
    );
}
