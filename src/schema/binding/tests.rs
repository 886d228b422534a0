//! Random schemas, values and policies, all the way: what is kept leaves as it is, what an
//! action makes of a leaf is what a few lines here make of it, what is not named is not
//! there, and what leaves is a record of the schema that was derived.

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
use crate::record::Reason;
use crate::record::lane::Lane;
use crate::record::time::TimeKind;
use crate::record::timestamp::Timestamp;
use crate::schema::avro::node::{Field, Means, NodeId, Shape};
use crate::schema::avro::testing::{Dice, Value, json_of, parts, schema, value, write};

/// What a made-up policy does with a place.
enum Chosen {
    Dropped,
    Does(Does),
    /// Of a record its fields, each by the name that the policy knows it by.
    Inside(Vec<(String, Chosen)>),
    Elements(Box<Chosen>),
    /// Of a map the value of that key, or those of all.
    Key(&'static str, Box<Chosen>),
}

/// What is done with a value.
#[derive(Clone, Copy)]
enum Does {
    Keep,
    Mask,
    Replace,
    Bucket,
    Hour,
}

impl Does {
    fn written(self) -> &'static str {
        match self {
            Does::Keep => "{ keep: { subtree: true } }",
            Does::Mask => "{ mask: {} }",
            Does::Replace => "{ replace: { with: gone } }",
            // The least of each type is a multiple of 16, so that nothing grows too small.
            Does::Bucket => "{ generalize: { bucket: 16 } }",
            Does::Hour => "{ generalize: { time: 1h } }",
        }
    }

    /// One that a type takes.
    fn any(dice: &mut Dice, schema: &Schema, node: NodeId) -> Does {
        let is_scalar = |shape: &Shape| {
            let is_more = matches!(shape, Shape::Array(_) | Shape::Map(_) | Shape::Record(..));
            !is_more && !matches!(shape, Shape::Union(_))
        };
        let node = schema.node(node);
        let its_own = match (&node.shape, node.means) {
            (Shape::Text, _) => Does::Mask,
            (Shape::Int | Shape::Long, None) | (_, Some(Means::Decimal { .. })) => Does::Bucket,
            (_, Some(Means::Time(kind))) if kind != TimeKind::Date => Does::Hour,
            (Shape::Union(all), _) => {
                let is_plain = all.iter().all(|node| is_scalar(&schema.node(*node).shape));
                return match is_plain && dice.below(3) == 0 {
                    true => Does::Replace,
                    false => Does::Keep,
                };
            }
            (shape, _) if is_scalar(shape) => Does::Replace,
            _ => return Does::Keep,
        };
        [Does::Keep, Does::Keep, its_own, its_own, Does::Replace][dice.below(5)]
    }

    fn made(self, value: &Value, schema: &Schema, node: NodeId) -> Js {
        let floor = |n: i64, step: i64| n - n.rem_euclid(step);
        match (self, value, schema.node(node).means) {
            (Does::Keep, ..) => json_of(value, schema, node),
            (Does::Mask, ..) => json!("********"),
            (Does::Replace, ..) => json!("gone"),
            (Does::Bucket, Value::Number(n), _) => json!(floor(*n, 16)),
            (Does::Bucket, Value::Bytes(bytes) | Value::Fixed(bytes), _) => {
                let unscaled = i32::from_be_bytes(bytes[bytes.len() - 4..].try_into().unwrap());
                json!(floor(i64::from(unscaled), 1_600) as f64 / 100.0)
            }
            (Does::Hour, Value::Number(n), Some(Means::Time(kind))) => {
                let (TimeKind::OfDay(of) | TimeKind::Instant(of) | TimeKind::Local(of)) = kind
                else {
                    unreachable!("a date has no hours")
                };
                let hour = Value::Number(floor(*n, 3_600 * parts(of)));
                json_of(&hour, schema, node)
            }
            _ => unreachable!("it is chosen by the type"),
        }
    }
}

struct File(String);

impl TableSource for File {
    fn read(&self, _: &TableName) -> Result<Vec<u8>, TableError> {
        Ok(self.0.clone().into_bytes())
    }
}

/// The record inside a union, or the record itself.
fn record(schema: &Schema, node: NodeId) -> Option<NodeId> {
    match &schema.node(node).shape {
        Shape::Record(..) => Some(node),
        Shape::Union(branches) => {
            let is_record = |node: &&NodeId| matches!(schema.node(**node).shape, Shape::Record(..));
            branches.iter().find(is_record).copied()
        }
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
    let inner = record(schema, node).filter(|_| depth < DEEPEST);
    let does = |of: Chosen, around: fn(Box<Chosen>) -> Chosen| match is_nothing(&of) {
        true => Chosen::Dropped,
        false => around(Box::new(of)),
    };
    match (dice.below(4), inner, &schema.node(node).shape) {
        (0, _, _) => Chosen::Dropped,
        (1 | 2, Some(inner), _) => {
            let Shape::Record(_, all) = &schema.node(inner).shape else {
                unreachable!("it is a record");
            };
            let each = all.iter().map(|field| {
                let name = known_by(dice, field);
                let path = format!("{path}.{name}");
                (
                    name,
                    choose(dice, schema, field.node, (&path, depth + 1), fields),
                )
            });
            let each: Vec<_> = each.collect();
            match each.iter().all(|(_, chosen)| is_nothing(chosen)) {
                true => Chosen::Dropped,
                false => Chosen::Inside(each),
            }
        }
        (1 | 2, None, Shape::Array(items)) if depth < DEEPEST => {
            let path = format!("{path}[*]");
            let of = choose(dice, schema, *items, (&path, depth + 1), fields);
            does(of, Chosen::Elements)
        }
        (1 | 2, None, Shape::Map(values)) if depth < DEEPEST => {
            let (key, around): (_, fn(Box<Chosen>) -> Chosen) = match dice.below(2) {
                0 => ("k1", |of| Chosen::Key("k1", of)),
                _ => ("*", |of| Chosen::Key("*", of)),
            };
            let path = format!("{path}.{key}");
            let of = choose(dice, schema, *values, (&path, depth + 1), fields);
            does(of, around)
        }
        _ => {
            let does = match Does::any(dice, schema, node) {
                // Below `*` an action wants `names` beside it, which are not made here.
                _ if path.contains(".*") => Does::Keep,
                does => does,
            };
            writeln!(fields, "      \"{path}\": {}", does.written()).unwrap();
            Chosen::Does(does)
        }
    }
}

/// As deep as schemas are made.
const DEEPEST: usize = 6;

/// The name of a field, or another that its schema says.
fn known_by(dice: &mut Dice, field: &Field) -> String {
    let alias = field.aliases.first().filter(|_| dice.below(2) == 0);
    alias.unwrap_or(&field.name).to_string()
}

fn is_nothing(chosen: &Chosen) -> bool {
    matches!(chosen, Chosen::Dropped)
}

/// A value of a kind that no selector foresees.
struct WrongType;

/// What must leave, of what another program makes of the value.
fn expected(
    chosen: &Chosen,
    schema: &Schema,
    node: NodeId,
    value: &Value,
) -> Result<Option<Js>, WrongType> {
    Ok(Some(match (chosen, value) {
        (Chosen::Dropped, _) => return Ok(None),
        (Chosen::Does(does), _) => does.made(value, schema, node),
        (Chosen::Inside(each), value) => {
            let inner = record(schema, node).expect("it was chosen for one");
            let value = match value {
                Value::Union(_, value) => value,
                value => value,
            };
            let (values, fields) = match (value, &schema.node(inner).shape) {
                (Value::Record(values), Shape::Record(_, fields)) => (values, fields),
                (Value::Null, _) => return Ok(Some(Js::Null)),
                // Another branch.
                _ => return Err(WrongType),
            };
            let mut object = Map::new();
            for (((name, chosen), field), value) in each.iter().zip(fields).zip(values) {
                if let Some(value) = expected(chosen, schema, field.node, value)? {
                    object.insert(name.clone(), value);
                }
            }
            Js::Object(object)
        }
        (Chosen::Elements(of), Value::Array(items)) => {
            let Shape::Array(item) = &schema.node(node).shape else {
                unreachable!("values are made for their schema");
            };
            let of = |value| Ok(expected(of, schema, *item, value)?.unwrap_or(Js::Null));
            items.iter().map(of).collect::<Result<_, _>>()?
        }
        (Chosen::Key(named, of), Value::Map(items)) => {
            let Shape::Map(node) = &schema.node(node).shape else {
                unreachable!("values are made for their schema");
            };
            let mut object = Map::new();
            for (key, value) in items.iter().filter(|(key, _)| ["*", key].contains(named)) {
                let made = expected(of, schema, *node, value)?;
                // Where nothing in it is there, a value of a map leaves no key either.
                let is_none = |made: &Js| matches!(**of, Chosen::Inside(_)) && made.is_null();
                if let Some(value) = made.filter(|made| !is_none(made)) {
                    object.insert(key.clone(), value);
                }
            }
            Js::Object(object)
        }
        (Chosen::Elements(_) | Chosen::Key(..), _) => {
            unreachable!("values are made for their schema")
        }
    }))
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

/// How many records left, of how many another library said the same, and how many were of
/// a branch that no selector foresees.
#[derive(Default)]
struct Tried {
    records: usize,
    by_others: usize,
    unforeseen: usize,
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
    let other = Other::of(&binding.schemas[0]);
    let mut tried = Tried::default();
    for (offset, value) in (0..).zip(&values) {
        let at = || format!("seed {seed}\n{text}\n{fields}{}", binding.schemas[0]);
        let mut of = out.records().iter().filter(|r| r.source_offset == offset);
        let record = of
            .next()
            .unwrap_or_else(|| panic!("nothing leaves: {}", at()));
        assert!(of.next().is_none(), "{}", at());
        let wanted = match expected(&chosen, &writer, writer.root(), value) {
            Ok(wanted) => wanted.unwrap_or_else(|| json!({})),
            Err(WrongType) => {
                let refused = Destination::Quarantine(Reason::WrongType);
                assert_eq!(record.destination, refused, "{}\n{value:?}", at());
                tried.unforeseen += 1;
                continue;
            }
        };
        assert_eq!(record.destination, Destination::Output(0), "{}", at());
        let bytes = out.bytes(record.value.expect("no tombstone"));
        let found = shown(&derived, bytes).unwrap_or_else(|why| panic!("{why}: {}", at()));
        let found: Js = serde_json::from_str(&found).expect("JSON");
        assert_eq!(found, wanted, "{}", at());
        tried.records += 1;
        if let Some(other) = &other {
            let again = other.written_again(bytes);
            let again = shown(&derived, &again).unwrap_or_else(|why| panic!("{why}: {}", at()));
            let again: Js = serde_json::from_str(&again).expect("JSON");
            assert_eq!(again, found, "{}", at());
            tried.by_others += 1;
        }
    }
    tried
}

fn choose_root(dice: &mut Dice, writer: &Schema, fields: &mut String) -> Chosen {
    let Shape::Record(_, all) = &writer.node(writer.root()).shape else {
        unreachable!("the made-up schemas are of records");
    };
    let each = all.iter().map(|field| {
        let name = known_by(dice, field);
        let chosen = choose(dice, writer, field.node, (&name, 1), fields);
        (name, chosen)
    });
    Chosen::Inside(each.collect())
}

#[test]
fn what_is_kept_leaves_as_it_is_and_nothing_else_does() {
    tried(400, 600);
}

/// The same at the size that was promised: `just schema-cases`.
#[test]
#[ignore = "ten thousand schemas take a minute"]
fn what_is_kept_leaves_as_it_is_in_ten_thousand_schemas() {
    tried(10_001, 15_000);
}

fn tried(seeds: u64, least: usize) {
    let mut all = Tried::default();
    for tried in (1..seeds).map(run) {
        all.records += tried.records;
        all.by_others += tried.by_others;
        all.unforeseen += tried.unforeseen;
    }
    let Tried {
        records,
        by_others,
        unforeseen,
    } = all;
    println!(
        "{records} records, {by_others} of them read and written by another library; \
         {unforeseen} were of a branch that no selector foresees"
    );
    assert!(records > least, "{records}");
    assert!(by_others * 10 > records * 8, "{by_others} of {records}");
    assert!(unforeseen * 100 > records, "{unforeseen}");
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
