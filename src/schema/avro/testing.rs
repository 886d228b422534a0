//! Schemas and values made up for tests, and a writer of Avro that shares nothing with
//! the reader.

use serde_json::json;

use super::node::{Field, Means, NodeId, Schema, Shape};
use crate::record::time::{Precision, TimeKind};

/// A value as it was made up.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Number(i64),
    Single(f32),
    Double(f64),
    Bytes(Vec<u8>),
    Fixed(Vec<u8>),
    Text(String),
    Symbol(usize),
    Array(Vec<Value>),
    Map(Vec<(String, Value)>),
    Union(usize, Box<Value>),
    Record(Vec<Value>),
}

/// Numbers from a seed (xorshift*, Vigna 2016).
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Dice {
        Dice(seed | 1)
    }

    pub(crate) fn roll(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    pub(crate) fn below(&mut self, n: usize) -> usize {
        (self.roll() >> 16) as usize % n
    }
}

/// The text of a schema whose values are records: nested, with unions, maps, logical
/// types and records that contain themselves.
pub(crate) fn schema(dice: &mut Dice) -> String {
    let mut names = 0;
    record(dice, 4, &mut names, &mut Vec::new()).to_string()
}

fn record(
    dice: &mut Dice,
    depth: usize,
    names: &mut usize,
    around: &mut Vec<String>,
) -> serde_json::Value {
    *names += 1;
    let name = format!("R{names}");
    around.push(name.clone());
    let fields: Vec<_> = (0..1 + dice.below(4))
        .map(|n| json!({ "name": format!("f{n}"), "type": any(dice, depth - 1, names, around) }))
        .collect();
    around.pop();
    json!({ "type": "record", "name": name, "fields": fields })
}

fn any(
    dice: &mut Dice,
    depth: usize,
    names: &mut usize,
    around: &mut Vec<String>,
) -> serde_json::Value {
    let logical = |of: &str, name: &str| json!({ "type": of, "logicalType": name });
    match dice.below(if depth == 0 { 17 } else { 24 }) {
        0 => json!("boolean"),
        1 => json!("int"),
        2 | 3 => json!("long"),
        4 => json!("float"),
        5 => json!("double"),
        6 => json!("bytes"),
        7..=9 => json!("string"),
        10 => {
            *names += 1;
            json!({ "type": "fixed", "name": format!("F{names}"), "size": dice.below(5) })
        }
        11 => {
            *names += 1;
            json!({ "type": "enum", "name": format!("E{names}"), "symbols": ["A", "B", "C"] })
        }
        12 => logical("int", ["date", "time-millis"][dice.below(2)]),
        13 => logical(
            "long",
            ["timestamp-millis", "local-timestamp-micros"][dice.below(2)],
        ),
        14 => json!({ "type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2 }),
        15 => json!("null"),
        16 => json!(["null", "string", "long"]),
        17 | 18 => json!({ "type": "array", "items": any(dice, depth - 1, names, around) }),
        19 => json!({ "type": "map", "values": any(dice, depth - 1, names, around) }),
        20 => json!(["null", record(dice, depth, names, around)]),
        21 => {
            let inner = record(dice, depth, names, around);
            json!(["string", inner, { "type": "array", "items": "double" }])
        }
        22 => json!(["null", around[dice.below(around.len())]]),
        _ => record(dice, depth, names, around),
    }
}

/// A value of a type, its lists shorter the deeper it is.
pub(crate) fn value(dice: &mut Dice, schema: &Schema, node: NodeId, depth: usize) -> Value {
    let node = schema.node(node);
    let text = |dice: &mut Dice| {
        let letters = ["a", "é", "\"", "\\", "\n", "😀", " ", "z"];
        let len = dice.below(12);
        (0..len)
            .map(|_| letters[dice.below(letters.len())])
            .collect::<String>()
    };
    match &node.shape {
        Shape::Null => Value::Null,
        Shape::Boolean => Value::Bool(dice.below(2) == 1),
        Shape::Int if node.means == Some(Means::Time(TimeKind::OfDay(Precision::Milli))) => {
            Value::Number(dice.below(86_400_000) as i64)
        }
        Shape::Int if node.means.is_some() => Value::Number(dice.below(60_000) as i64 - 30_000),
        Shape::Int => Value::Number(i64::from(dice.roll() as i32) >> dice.below(32)),
        Shape::Long if node.means.is_some() => {
            Value::Number(dice.roll() as i64 >> (20 + dice.below(40)))
        }
        Shape::Long => Value::Number(dice.roll() as i64 >> dice.below(64)),
        Shape::Float => Value::Single(dice.below(1_000_000) as f32 / 1024.0),
        Shape::Double => Value::Double(dice.below(1_000_000_000) as f64 / 4096.0),
        Shape::Bytes if node.means.is_some() => {
            let unscaled = (dice.roll() as i32 % 100_000_000).to_be_bytes();
            Value::Bytes(unscaled.to_vec())
        }
        Shape::Bytes => Value::Bytes((0..dice.below(9)).map(|_| dice.roll() as u8).collect()),
        Shape::Text => Value::Text(text(dice)),
        Shape::Fixed(_, size) => Value::Fixed((0..*size).map(|_| dice.roll() as u8).collect()),
        Shape::Enum(_, symbols) => Value::Symbol(dice.below(symbols.names.len())),
        Shape::Array(items) => {
            let len = dice.below(6usize.saturating_sub(depth).max(1));
            Value::Array(
                (0..len)
                    .map(|_| value(dice, schema, *items, depth + 1))
                    .collect(),
            )
        }
        Shape::Map(values) => {
            let len = dice.below(6usize.saturating_sub(depth).max(1));
            let key = |n: usize, dice: &mut Dice| format!("{n}{}", text(dice));
            let of = |n| (key(n, dice), value(dice, schema, *values, depth + 1));
            Value::Map((0..len).map(of).collect())
        }
        Shape::Union(branches) => {
            // A record inside itself ends by the branch that is none.
            let branch = if depth > 8 {
                0
            } else {
                dice.below(branches.len())
            };
            let inner = value(dice, schema, branches[branch], depth + 1);
            Value::Union(branch, Box::new(inner))
        }
        Shape::Record(_, fields) => {
            let of = |field: &Field| value(dice, schema, field.node, depth + 1);
            Value::Record(fields.iter().map(of).collect())
        }
    }
}

/// Appends a value; lists in blocks of random length, some of which say their size.
pub(crate) fn write(value: &Value, dice: &mut Dice, out: &mut Vec<u8>) {
    match value {
        Value::Null => {}
        Value::Bool(value) => out.push(u8::from(*value)),
        Value::Number(number) => long(*number, out),
        Value::Single(value) => out.extend_from_slice(&value.to_bits().to_le_bytes()),
        Value::Double(value) => out.extend_from_slice(&value.to_bits().to_le_bytes()),
        Value::Fixed(bytes) => out.extend_from_slice(bytes),
        Value::Bytes(bytes) => {
            long(bytes.len() as i64, out);
            out.extend_from_slice(bytes);
        }
        Value::Text(text) => {
            long(text.len() as i64, out);
            out.extend_from_slice(text.as_bytes());
        }
        Value::Symbol(at) => long(*at as i64, out),
        Value::Union(branch, inner) => {
            long(*branch as i64, out);
            write(inner, dice, out);
        }
        Value::Record(fields) => fields.iter().for_each(|field| write(field, dice, out)),
        Value::Array(items) => blocks(items, dice, out, write),
        Value::Map(items) => blocks(items, dice, out, |(key, item), dice, out| {
            write(&Value::Text(key.clone()), dice, out);
            write(item, dice, out);
        }),
    }
}

fn blocks<T>(
    items: &[T],
    dice: &mut Dice,
    out: &mut Vec<u8>,
    write: impl Fn(&T, &mut Dice, &mut Vec<u8>),
) {
    let mut rest = items;
    while !rest.is_empty() {
        let (block, after) = rest.split_at(1 + dice.below(rest.len()));
        let mut inside = Vec::new();
        block.iter().for_each(|item| write(item, dice, &mut inside));
        if dice.below(2) == 0 {
            long(block.len() as i64, out);
        } else {
            long(-(block.len() as i64), out);
            long(inside.len() as i64, out);
        }
        out.extend_from_slice(&inside);
        rest = after;
    }
    long(0, out);
}

/// A number in zigzag, 7 bits a byte ("Primitive Types").
pub(crate) fn long(value: i64, out: &mut Vec<u8>) {
    let mut left = (value.cast_unsigned() << 1) ^ (value >> 63).cast_unsigned();
    while left >= 0x80 {
        out.push((left & 0x7f) as u8 | 0x80);
        left >>= 7;
    }
    out.push(left as u8);
}

/// What a value is as JSON, times by another library's calendar.
pub(crate) fn json_of(value: &Value, schema: &Schema, node: NodeId) -> serde_json::Value {
    let node = schema.node(node);
    let iso = |seconds: i64, nanos: i64| {
        let at = jiff::Timestamp::from_second(seconds).unwrap();
        (at + jiff::SignedDuration::from_nanos(nanos)).to_string()
    };
    match (value, &node.shape, node.means) {
        (Value::Number(days), _, Some(Means::Time(TimeKind::Date))) => {
            json!(iso(days * 86_400, 0)[..10])
        }
        (Value::Number(ms), _, Some(Means::Time(TimeKind::OfDay(_)))) => {
            json!(iso(0, ms * 1_000_000)[11..].trim_end_matches('Z'))
        }
        (Value::Number(ms), _, Some(Means::Time(TimeKind::Instant(_)))) => {
            json!(iso(ms.div_euclid(1_000), ms.rem_euclid(1_000) * 1_000_000))
        }
        (Value::Number(us), _, Some(Means::Time(TimeKind::Local(_)))) => {
            let text = iso(us.div_euclid(1_000_000), us.rem_euclid(1_000_000) * 1_000);
            json!(text.trim_end_matches('Z'))
        }
        (Value::Bytes(bytes), _, Some(Means::Decimal { .. })) => {
            let unscaled = i32::from_be_bytes(bytes[..].try_into().unwrap());
            json!(f64::from(unscaled) / 100.0)
        }
        (Value::Null, ..) => json!(null),
        (Value::Bool(value), ..) => json!(value),
        (Value::Number(value), ..) => json!(value),
        // Both are spelled with the fewest digits that tell them apart.
        (Value::Single(value), ..) => serde_json::from_str(&format!("{value:?}")).unwrap(),
        (Value::Double(value), ..) => serde_json::from_str(&format!("{value:?}")).unwrap(),
        (Value::Bytes(bytes) | Value::Fixed(bytes), ..) => {
            json!(data_encoding::BASE64.encode(bytes))
        }
        (Value::Text(text), ..) => json!(text),
        (Value::Symbol(at), Shape::Enum(_, symbols), _) => json!(symbols.names[*at]),
        (Value::Union(branch, inner), Shape::Union(branches), _) => {
            json_of(inner, schema, branches[*branch])
        }
        (Value::Array(items), Shape::Array(of), _) => items
            .iter()
            .map(|item| json_of(item, schema, *of))
            .collect(),
        (Value::Map(items), Shape::Map(of), _) => items
            .iter()
            .map(|(key, item)| (key.clone(), json_of(item, schema, *of)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        (Value::Record(values), Shape::Record(_, fields), _) => fields
            .iter()
            .zip(values)
            .map(|(field, value)| (field.name.to_string(), json_of(value, schema, field.node)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        _ => unreachable!("values are made for their schema"),
    }
}
