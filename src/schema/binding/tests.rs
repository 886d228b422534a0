//! Random schemas, values and policies, all the way: what is kept leaves as it is, what is
//! not named is not there, and what leaves is a record of the schema that was derived.

use std::fmt::Write as _;
use std::sync::Arc;

use apache_avro::reader::datum::GenericDatumReader;
use apache_avro::writer::datum::GenericDatumWriter;
use serde_json::{Map, Value as Js, json};

use super::*;
use crate::action::{TableError, TableName, TableSource};
use crate::decode::avro::json_of as shown;
use crate::keys::TestKeys;
use crate::pipeline::{Destination, InBatch, Worker, sanitize};
use crate::plan::Plan;
use crate::policy::{PolicyFile, compile};
use crate::record::lane::Lane;
use crate::record::timestamp::Timestamp;
use crate::schema::avro::node::{NodeId, Shape};
use crate::schema::avro::testing::{Dice, Value, json_of, schema, value, write};

/// What a made-up policy does with a place.
enum Chosen {
    Dropped,
    Kept,
    Inside(Vec<Chosen>),
    Elements(Box<Chosen>),
}

struct File(String);

impl TableSource for File {
    fn read(&self, _: &TableName) -> Result<Vec<u8>, TableError> {
        Ok(self.0.clone().into_bytes())
    }
}

/// The record inside a union of null and a record, or the record itself.
fn record(schema: &Schema, node: NodeId) -> Option<NodeId> {
    match &schema.node(node).shape {
        Shape::Record(..) => Some(node),
        Shape::Union(branches) => match branches[..] {
            [null, other] if schema.node(null).shape == Shape::Null => {
                let is_record = matches!(schema.node(other).shape, Shape::Record(..));
                is_record.then_some(other)
            }
            _ => None,
        },
        _ => None,
    }
}

/// Chooses, and writes the policy's fields.
fn choose(
    dice: &mut Dice,
    schema: &Schema,
    node: NodeId,
    (path, depth): (&str, usize),
    fields: &mut String,
) -> Chosen {
    let inner = record(schema, node).filter(|_| depth < 4);
    match (dice.below(4), inner, &schema.node(node).shape) {
        (0, _, _) => Chosen::Dropped,
        (1 | 2, Some(inner), _) => {
            let Shape::Record(_, all) = &schema.node(inner).shape else {
                unreachable!("it is a record");
            };
            let each = all.iter().map(|field| {
                let path = format!("{path}.{}", field.name);
                choose(dice, schema, field.node, (&path, depth + 1), fields)
            });
            let each: Vec<Chosen> = each.collect();
            match each.iter().all(is_nothing) {
                true => Chosen::Dropped,
                false => Chosen::Inside(each),
            }
        }
        (1 | 2, None, Shape::Array(items)) if depth < 4 => {
            let path = format!("{path}[*]");
            let of = choose(dice, schema, *items, (&path, depth + 1), fields);
            match is_nothing(&of) {
                true => Chosen::Dropped,
                false => Chosen::Elements(Box::new(of)),
            }
        }
        _ => {
            writeln!(fields, "      \"{path}\": {{ keep: {{ subtree: true }} }}").unwrap();
            Chosen::Kept
        }
    }
}

fn is_nothing(chosen: &Chosen) -> bool {
    matches!(chosen, Chosen::Dropped)
}

/// What must leave, of what another program makes of the value.
fn expected(chosen: &Chosen, schema: &Schema, node: NodeId, value: &Value) -> Option<Js> {
    match (chosen, value) {
        (Chosen::Dropped, _) => None,
        (Chosen::Kept, _) => Some(json_of(value, schema, node)),
        (Chosen::Inside(each), value) => {
            let inner = record(schema, node)?;
            let value = match value {
                Value::Union(0, _) => return Some(Js::Null),
                Value::Union(_, inner) => inner,
                value => value,
            };
            let (Value::Record(values), Shape::Record(_, fields)) =
                (value, &schema.node(inner).shape)
            else {
                unreachable!("values are made for their schema");
            };
            let mut object = Map::new();
            for ((chosen, field), value) in each.iter().zip(fields).zip(values) {
                if let Some(value) = expected(chosen, schema, field.node, value) {
                    object.insert(field.name.to_string(), value);
                }
            }
            Some(Js::Object(object))
        }
        (Chosen::Elements(of), Value::Array(items)) => {
            let Shape::Array(item) = &schema.node(node).shape else {
                unreachable!("values are made for their schema");
            };
            let of = |value| expected(of, schema, *item, value).unwrap_or(Js::Null);
            Some(items.iter().map(of).collect())
        }
        (Chosen::Elements(_), _) => unreachable!("values are made for their schema"),
    }
}

fn plan(fields: &str, schema: String) -> Option<Plan> {
    let file = PolicyFile {
        path: "p.yaml".into(),
        text: format!(
            "apiVersion: veil/v1\nkind: Policy\nmetadata: {{ name: p, version: 1, owner: o }}\n\
             source: {{ topic: raw, value: avro, schema: {{ file: s.avsc }} }}\noutputs:\n  \
             - topic: x\n    purpose: p\n    domain: d\n    fields:\n{fields}"
        ),
    };
    let compiled = compile(&file, &TestKeys, &File(schema), jiff::Timestamp::UNIX_EPOCH);
    if compiled.plan.is_none() {
        let said: Vec<_> = compiled
            .findings
            .list()
            .iter()
            .map(|f| &f.message)
            .collect();
        panic!("{said:?}\n{}", file.text);
    }
    compiled.plan
}

/// How many records left, and of how many another library said the same.
#[derive(Default)]
struct Tried {
    records: usize,
    by_others: usize,
}

fn run(seed: u64) -> Tried {
    let mut dice = Dice::new(seed);
    let text = schema(&mut dice);
    let writer = Schema::parse(&text).expect("a schema");
    let mut fields = String::new();
    let chosen = choose_root(&mut dice, &writer, &mut fields);
    if fields.is_empty() {
        return Tried::default();
    }
    let plan = Arc::new(plan(&fields, text.clone()).expect("a plan"));
    let binding = Arc::new(Binding::new(&writer, &plan).expect("it was bound before"));
    let derived = Schema::parse(&binding.schemas[0]).expect("what was derived");
    assert_eq!(derived.print(), *binding.schemas[0], "a fixed point");
    let lane = Lane {
        topic: "raw".into(),
        partition: 0,
        claim: 0,
    };
    let mut batch = InBatch::new(lane, Arc::clone(&plan));
    let values: Vec<Value> = (0..4)
        .map(|_| value(&mut dice, &writer, writer.root(), 0))
        .collect();
    for (offset, value) in (0..).zip(&values) {
        let mut bytes = Vec::new();
        write(value, &mut dice, &mut bytes);
        batch
            .raw
            .push(offset, Timestamp::None, None, Some(&bytes), []);
    }
    let mut worker = Worker::of_the_system();
    let out = sanitize(batch, &mut worker).unwrap_or_else(|_| panic!("nothing is asked for"));
    assert_eq!(out.records().len(), values.len());
    let other = Other::of(&binding.schemas[0]);
    for (record, value) in out.records().iter().zip(&values) {
        let at = || format!("seed {seed}\n{text}\n{fields}{}", binding.schemas[0]);
        assert_eq!(record.destination, Destination::Output(0), "{}", at());
        let bytes = out.bytes(record.value.expect("no tombstone"));
        let found = shown(&derived, bytes).unwrap_or_else(|why| panic!("{why}: {}", at()));
        let found: Js = serde_json::from_str(&found).expect("JSON");
        let wanted = expected(&chosen, &writer, writer.root(), value);
        assert_eq!(found, wanted.unwrap_or_else(|| json!({})), "{}", at());
        if let Some(other) = &other {
            let again = other.written_again(bytes);
            let again = shown(&derived, &again).unwrap_or_else(|why| panic!("{why}: {}", at()));
            let again: Js = serde_json::from_str(&again).expect("JSON");
            assert_eq!(again, found, "{}", at());
        }
    }
    Tried {
        records: values.len(),
        by_others: other.map_or(0, |_| values.len()),
    }
}

fn choose_root(dice: &mut Dice, writer: &Schema, fields: &mut String) -> Chosen {
    let Shape::Record(_, all) = &writer.node(writer.root()).shape else {
        unreachable!("the made-up schemas are of records");
    };
    let each = all.iter().map(|field| {
        let place = (&*field.name, 1);
        choose(dice, writer, field.node, place, fields)
    });
    Chosen::Inside(each.collect())
}

#[test]
fn what_is_kept_leaves_as_it_is_and_nothing_else_does() {
    tried(400, 600);
}

/// The same at the size that was promised; whoever touches the path of Avro runs it.
#[test]
#[ignore = "ten thousand schemas take a minute"]
fn what_is_kept_leaves_as_it_is_in_ten_thousand_schemas() {
    tried(10_001, 15_000);
}

fn tried(seeds: u64, least: usize) {
    let (mut records, mut by_others) = (0, 0);
    for tried in (1..seeds).map(run) {
        records += tried.records;
        by_others += tried.by_others;
    }
    println!("{records} records, {by_others} of them read and written by another library");
    assert!(records > least, "{records}");
    assert!(by_others * 10 > records * 8, "{by_others} of {records}");
}

/// Another library, under a schema that was derived: it reads all of what left, and what
/// it writes of that says the same.
struct Other(apache_avro::Schema);

impl Other {
    /// `None`: it does not take the schema (a fixed type of no bytes).
    fn of(text: &str) -> Option<Other> {
        apache_avro::Schema::parse_str(text).ok().map(Other)
    }

    fn written_again(&self, mut bytes: &[u8]) -> Vec<u8> {
        let reader = GenericDatumReader::builder(&self.0).build();
        let value = reader.and_then(|reader| reader.read_value(&mut bytes));
        let value = value.unwrap_or_else(|why| panic!("{why}: {:?}", self.0));
        // It takes what is cut for what ends with nothing: all of it must be read.
        assert!(bytes.is_empty());
        let mut again = Vec::new();
        let writer = GenericDatumWriter::builder(&self.0).build();
        let written = writer.and_then(|writer| writer.write_value_ref(&mut again, &value));
        written.unwrap_or_else(|why| panic!("{why}: {:?}", self.0));
        again
    }
}
