use std::sync::Arc;

use serde_json::{Value, json};

use super::*;
use crate::action::{TableError, TableName, TableSource};
use crate::keys::TestKeys;
use crate::language::codes;
use crate::language::finding::Severity;
use crate::pipeline::{Destination, InBatch, Worker, sanitize};
use crate::plan::automaton::Builder;
use crate::plan::{Format, Plan};
use crate::policy::{PolicyFile, compile};
use crate::record::lane::Lane;
use crate::record::path::{Selector, Step};
use crate::record::timestamp::Timestamp;
use crate::record::types::{Given, Gives, NotTaken, Type};
use crate::schema::derived::Made as Has;
use crate::schema::json::Json;
use crate::schema::jsonschema::Unusable;
use crate::schema::writer::Writer;

struct File(String);

impl TableSource for File {
    fn read(&self, _: &TableName) -> Result<Vec<u8>, TableError> {
        Ok(self.0.clone().into_bytes())
    }
}

#[path = "derive/bounds_tests.rs"]
mod bounds;
#[path = "derive/kept_tests.rs"]
mod kept;

/// The plan of those fields under that schema, or what it was refused for.
fn plan(fields: &str, schema: &str) -> Result<Arc<Plan>, Vec<String>> {
    let file = PolicyFile {
        path: "p.yaml".into(),
        text: format!(
            "apiVersion: veil/v1\nkind: Policy\nmetadata: {{ name: p, version: 1, owner: o }}\n\
             source: {{ topic: raw, value: json_schema, schema: {{ file: s.json }} }}\n\
             keys: {{ people: {{ ref: \"file:k.json#people\" }} }}\noutputs:\n  \
             - topic: x\n    purpose: p\n    domain: d\n    fields:\n{fields}"
        ),
    };
    let schema = File(schema.to_owned());
    let compiled = compile(&file, &TestKeys, &schema, jiff::Timestamp::UNIX_EPOCH);
    let errors = compiled.findings.list().iter();
    let errors = errors.filter(|found| found.severity == Severity::Error);
    let errors: Vec<String> = errors
        .map(|found| format!("{} {}", found.code, found.message))
        .collect();
    compiled.plan.map(Arc::new).ok_or(errors)
}

fn derived(plan: &Plan) -> String {
    let writer = Writer::of(&plan.source.format).expect("it names a file");
    let binding = writer.expect("a schema").bind(plan).expect("it was bound");
    let text = binding.schemas[0].to_string();
    assert!(Schema::read(&text, &[]).is_ok(), "{text}");
    text
}

/// What leaves of those records; `None`: it is quarantined.
fn left(plan: &Arc<Plan>, records: &[Value]) -> Vec<Option<Value>> {
    let lane = Lane {
        topic: "raw".into(),
        partition: 0,
        claim: 0,
    };
    let mut batch = InBatch::new(lane, Arc::clone(plan));
    for (offset, record) in (0..).zip(records) {
        let text = record.to_string();
        batch
            .raw
            .push(offset, Timestamp::None, None, Some(text.as_bytes()), []);
    }
    let mut worker = Worker::of_the_system();
    let out = sanitize(batch, &mut worker).unwrap_or_else(|_| panic!("nothing is asked for"));
    let mut left = vec![None; records.len()];
    for record in out.records() {
        if record.destination == Destination::Output(0) {
            let bytes = out.bytes(record.value.expect("no tombstone"));
            let value = serde_json::from_slice(bytes).expect("what leaves is JSON");
            left[usize::try_from(record.source_offset).expect("few")] = Some(value);
        }
    }
    left
}

#[test]
fn fields_stand_in_the_writers_order_with_the_types_that_actions_give() {
    let schema = r##"{"title":"shop.Signup","type":"object","additionalProperties":false,"properties":{
        "mail":{"type":"string","format":"email","description":"where to write","confluent:tags":["PII"]},
        "age":{"type":["integer","null"]},
        "at":{"type":"string","format":"date-time"},
        "plan":{"oneOf":[{"type":"null"},{"type":"string","confluent:tags":"PLAN"}]},
        "tree":{"$ref":"#/definitions/tree"}, "other":{"$ref":"#/definitions/tree"},
        "tags":{"type":"array","items":{"type":"string"}},
        "by":{"type":"object","additionalProperties":{"type":"number"}},
        "whole":{"type":"object","properties":{"x":{"type":"string"}}},
        "nobody":{"type":"string"}},
      "definitions":{"tree":{"type":"object","properties":{"name":{"type":"string"},"next":{"$ref":"#/definitions/tree"}}}}}"##;
    let fields = r#"      free: keep
      plan: keep
      age: { generalize: { bucket: 10 } }
      mail: { pseudonymize: { key: people, normalize: text, epoch: none } }
      at: { generalize: { date: year } }
      tree.next.name: keep
      other.name: keep
      "tags[*]": { mask: {} }
      by.x: keep
      whole: { keep: { subtree: true } }
"#;
    let plan = plan(fields, schema).expect("a plan");
    let found = derived(&plan);
    let wanted = concat!(
        r##"{"$schema":"http://json-schema.org/draft-07/schema#","title":"shop.Signup","type":"object","properties":{"##,
        r##""mail":{"type":"string","description":"where to write","veil":{"action":"pseudonymize","##,
    );
    assert!(found.starts_with(wanted), "{found}");
    for part in [
        r##""age":{"type":["null","integer"],"veil":{"action":"generalize","bucket":"10"}}"##,
        r##""at":{"type":"integer","veil":{"action":"generalize","date":"year"}}"##,
        r##""plan":{"type":["null","string"],"confluent:tags":["PLAN"],"veil":{"action":"keep"}}"##,
        r##""tree":{"type":"object","properties":{"next":{"type":"object","properties":{"name":{"type":"string","veil":{"action":"keep"}}},"additionalProperties":false}},"additionalProperties":false}"##,
        r##""tags":{"type":"array","items":{"type":"string","##,
        r##""by":{"type":"object","properties":{"x":{"type":"number","##,
        r##""whole":{"type":"object","veil":{"action":"keep","##,
        // A member that the writer's schema rules out is not in what leaves of such records.
        r##""keep","subtree":"true"}}},"additionalProperties":false,"veil":{"policy":"p"}}"##,
    ] {
        assert!(found.contains(part), "{part}\n{found}");
    }
    assert!(
        !found.contains("nobody") && !found.contains("people"),
        "{found}"
    );
    let open = schema.replacen(",\"additionalProperties\":false", "", 1);
    let open = derived(&self::plan(fields, &open).expect("a plan"));
    // It may be there, and is what `keep` takes.
    let free = r##""free":{"type":["null","boolean","number","string","array"],"veil":{"action":"keep"}}},"additionalProperties":false"##;
    assert!(open.contains(free), "{open}");
    let order: Vec<usize> = ["mail", "age", "at", "plan", "tree", "tags", "by", "whole"]
        .iter()
        .map(|name| found.find(&format!("\"{name}\":")).expect(name))
        .collect();
    assert!(order.is_sorted(), "{found}");
}

/// All members of one name are fields, at any depth.
struct Everywhere<'l> {
    of: Vec<bool>,
    leaf: [Leaf<'l>; 1],
}

impl Fields for Everywhere<'_> {
    fn at(&self, state: Slot) -> Has<'_> {
        match state {
            0..=WHOLE => Has::Nothing,
            _ if self.of[state as usize] => Has::Leaves(&self.leaf),
            _ => Has::Inside(&[]),
        }
    }
}

/// What is derived where all members of that name leave as they are.
fn everywhere(name: &str, schema: &str) -> String {
    derived_everywhere(name, schema).expect("it fits")
}

fn derived_everywhere(name: &str, schema: &str) -> Result<String, Unfit> {
    let mut builder = Builder::default();
    let steps = vec![Step::AnyDepth, Step::Name(name.into())];
    builder.add(Selector { steps });
    let automaton = builder.build(&[]).expect("few states").automaton;
    let said = Json::Null;
    let same = |_: Type| -> Result<Gives, NotTaken> { Ok(Gives::one(Given::Same)) };
    let fields = Everywhere {
        of: automaton.last_names().iter().map(Option::is_some).collect(),
        leaf: [Leaf {
            name: None,
            gives: &same,
            parts: &[],
            is_kept: true,
            said: &said,
        }],
    };
    let head = Head {
        policy: "p",
        namespace: None,
    };
    let schema = Schema::read(schema, &[]).expect("a schema");
    let derived = schema.derive(&automaton, &fields, head)?;
    Ok(derived.text)
}

#[test]
fn what_is_in_itself_and_what_stands_in_several_places_is_said_once() {
    let schema = r##"{"properties":{"name":{"type":"string"},"down":{"$ref":"#"},"side":{"$ref":"#/definitions/side"}},
        "definitions":{"side":{"type":"object","properties":{"name":{"type":"string"},"again":{"$ref":"#/definitions/side"}}}},"type":"object"}"##;
    let found = everywhere("name", schema);
    assert!(found.len() < 4_000, "{found}");
    assert!(found.contains("#/definitions/part1"), "{found}");
    let found: Value = serde_json::from_str(&found).expect("JSON");
    let judge = jsonschema::validator_for(&found).expect("a schema");
    let record = json!({"name":"a","down":{"name":"b","down":{"down":{"name":"c"}}},"side":{"again":{"again":{"name":"d"}}}});
    assert!(judge.is_valid(&record), "{found}");
    let wrong = json!({"side":{"again":{"name":7}}});
    assert!(!judge.is_valid(&wrong), "{found}");
}

#[test]
fn an_action_that_takes_nothing_of_a_type_is_refused() {
    let schema = r#"{"type":"object","properties":{"a":{"type":"object","properties":{"b":{"type":["boolean","null"]}}}}}"#;
    let refused = plan("      a.b: { mask: {} }\n", schema)
        .err()
        .expect("no mask of a boolean");
    let said = format!(
        "{} under the schema `s.json`, `a.b` is boolean, which its action does not take",
        codes::SCHEMA_FILE
    );
    assert_eq!(refused, [said]);
    // What it may be besides, it takes.
    let both = schema.replace("boolean", "string");
    assert!(plan("      a.b: { mask: {} }\n", &both).is_ok());
    let of_text = plan("      a: keep\n", r#"{"type":"string"}"#)
        .err()
        .expect("no object");
    assert!(of_text[0].contains("of no object"), "{of_text:?}");
}

#[test]
fn few_parts_with_many_ways_through_them_come_to_an_end() {
    let parts: Vec<String> = (0..60)
        .map(|n| {
            let next = format!("{{\"$ref\":\"#/definitions/d{}\"}}", n + 1);
            format!("\"d{n}\":{{\"type\":\"object\",\"properties\":{{\"a\":{next},\"b\":{next},\"id\":{{\"type\":\"string\"}}}}}}")
        })
        .collect();
    let schema = format!(
        "{{\"type\":\"object\",\"properties\":{{\"top\":{{\"$ref\":\"#/definitions/d0\"}}}},\"definitions\":{{{}}}}}",
        parts.join(",")
    );
    let found = everywhere("id", &schema);
    assert!(found.len() < 40_000, "{} bytes", found.len());
    let all: Vec<String> = (0..8_000)
        .map(|n| format!("\"p{n}\":{{\"anyOf\":[{{\"$ref\":\"#\"}},{{\"type\":\"string\"}}]}}"))
        .collect();
    let wide = format!(
        "{{\"type\":\"object\",\"properties\":{{{}}}}}",
        all.join(",")
    );
    assert_eq!(Schema::read(&wide, &[]).err(), Some(Unusable::TooLarge));
}

#[test]
fn what_is_referred_to_and_nowhere_is_told_once() {
    let schema = r##"{"type":"object","properties":{"a":{"$ref":"gone.json"},"b":{"$ref":"gone.json#/x"},"c":{"$ref":"#/d"}}}"##;
    let file = PolicyFile {
        path: "p.yaml".into(),
        text: "apiVersion: veil/v1\nkind: Policy\nmetadata: { name: p, version: 1, owner: o }\n\
               source: { topic: raw, value: json_schema, schema: { file: s.json } }\noutputs:\n  \
               - topic: x\n    purpose: p\n    domain: d\n    fields: { a: keep }\n"
            .into(),
    };
    let schema = File(schema.to_owned());
    let compiled = compile(&file, &TestKeys, &schema, jiff::Timestamp::UNIX_EPOCH);
    let list = compiled.findings.list().iter();
    let told: Vec<&str> = list
        .filter(|found| found.code == codes::SCHEMA_LACKS)
        .map(|found| found.message.as_str())
        .collect();
    let said = "the schema `s.json` refers to `#/d`, `gone.json`, `gone.json#/x`, which is nowhere";
    assert_eq!(told, [said]);
}

#[test]
fn another_version_of_a_schema_refers_to_what_the_policys_own_does() {
    let own = crate::plan::JsonSchema {
        file: "s.json".into(),
        text: "{}".into(),
        others: vec![("o.json".into(), r#"{"type":"object"}"#.into())],
    };
    let other = Format::JsonSchema(own).under("t.json", br#"{"$ref":"o.json"}"#);
    let Some(Ok(Writer::Json(schema))) = other.and_then(|format| Writer::of(&format)) else {
        panic!("a schema");
    };
    assert_eq!(schema.whole().types, Types::OBJECT);
}

#[test]
fn a_plan_of_a_file_reads_json_as_it_is() {
    let plan = plan("      a: keep\n", r#"{"type":"object"}"#).expect("a plan");
    assert!(matches!(&plan.source.format, Format::JsonSchema(said) if said.file == "s.json"));
    let left = left(&plan, &[json!({"a": 1, "b": 2})]);
    assert_eq!(left, [Some(json!({"a": 1}))]);
}

#[test]
fn a_writers_words_are_seen_whole() {
    let schema = "{\"type\":\"object\",\"title\":\"T\u{202e}\",\"veil\":1,\"properties\":{
        \"a\":{\"type\":\"string\",\"veil\":{\"action\":\"encrypt\"},\"description\":\"seen\u{2028}\u{200b}\"}}}";
    let plan = plan("      a: keep\n", schema).expect("a plan");
    let text = derived(&plan);
    assert!(
        !text.contains(['\u{202e}', '\u{2028}', '\u{200b}']),
        "{text}"
    );
    let read: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(read["title"], "T\u{202e}");
    assert_eq!(
        read["properties"]["a"]["description"],
        "seen\u{2028}\u{200b}"
    );
    assert_eq!(read["properties"]["a"]["veil"], json!({"action": "keep"}));
    assert_eq!(read["veil"], json!({"policy": "p"}));
}
