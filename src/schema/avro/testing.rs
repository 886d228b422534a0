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

/// The text of a schema whose values are records: six deep, with unions, maps, every
/// logical type, aliases and records that contain themselves.
pub(crate) fn schema(dice: &mut Dice) -> String {
    let mut names = 0;
    record(dice, 6, &mut names, &mut Vec::new()).to_string()
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
        .map(|n| {
            let ty = any(dice, depth - 1, names, around);
            match dice.below(6) {
                0 => json!({ "name": format!("f{n}"), "type": ty, "aliases": [format!("old{n}")] }),
                _ => json!({ "name": format!("f{n}"), "type": ty }),
            }
        })
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
        12..=14 => meaning(dice, names),
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

/// A type whose values mean a time, a number or an id: by the specification's names, or by
/// those of Debezium and Kafka Connect.
fn meaning(dice: &mut Dice, names: &mut usize) -> serde_json::Value {
    const LOGICAL: [(&str, &str); 10] = [
        ("int", "date"),
        ("int", "time-millis"),
        ("long", "time-micros"),
        ("long", "timestamp-millis"),
        ("long", "timestamp-micros"),
        ("long", "timestamp-nanos"),
        ("long", "local-timestamp-millis"),
        ("long", "local-timestamp-micros"),
        ("long", "local-timestamp-nanos"),
        ("string", "uuid"),
    ];
    const CONNECT: [(&str, &str); 12] = [
        ("int", "io.debezium.time.Date"),
        ("int", "io.debezium.time.Time"),
        ("long", "io.debezium.time.MicroTime"),
        ("long", "io.debezium.time.NanoTime"),
        ("long", "io.debezium.time.Timestamp"),
        ("long", "io.debezium.time.MicroTimestamp"),
        ("long", "io.debezium.time.NanoTimestamp"),
        ("string", "io.debezium.time.ZonedTimestamp"),
        ("string", "io.debezium.data.Uuid"),
        ("int", "org.apache.kafka.connect.data.Date"),
        ("int", "org.apache.kafka.connect.data.Time"),
        ("long", "org.apache.kafka.connect.data.Timestamp"),
    ];
    let mut fixed = |size: usize, more: serde_json::Value| {
        *names += 1;
        let mut ty = json!({ "type": "fixed", "name": format!("F{names}"), "size": size });
        let members = ty.as_object_mut().expect("an object");
        members.extend(more.as_object().expect("an object").clone());
        ty
    };
    match dice.below(5) {
        0 | 1 => {
            let (of, name) = LOGICAL[dice.below(LOGICAL.len())];
            json!({ "type": of, "logicalType": name })
        }
        2 => {
            let (of, name) = CONNECT[dice.below(CONNECT.len())];
            json!({ "type": of, "connect.name": name })
        }
        3 => match dice.below(3) {
            0 => fixed(16, json!({ "logicalType": "uuid" })),
            1 => fixed(12, json!({ "logicalType": "duration" })),
            _ => fixed(
                6,
                json!({ "logicalType": "decimal", "precision": 9, "scale": 2 }),
            ),
        },
        _ => match dice.below(2) {
            0 => json!({ "type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2 }),
            _ => json!({
                "type": "bytes",
                "connect.name": "org.apache.kafka.connect.data.Decimal",
                "connect.parameters": { "scale": "2" },
            }),
        },
    }
}

/// Of a second, as a time counts.
pub(crate) fn parts(precision: Precision) -> i64 {
    match precision {
        Precision::Milli => 1_000,
        Precision::Micro => 1_000_000,
        Precision::Nano => 1_000_000_000,
    }
}

/// A value of a type, its lists shorter the deeper it is, some of them of several blocks.
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
        Shape::Int | Shape::Long if matches!(node.means, Some(Means::Time(_))) => {
            let Some(Means::Time(kind)) = node.means else {
                unreachable!("it was looked at")
            };
            Value::Number(match kind {
                TimeKind::Date => dice.below(60_000) as i64 - 30_000,
                TimeKind::OfDay(precision) => {
                    let parts = parts(precision);
                    dice.below(86_400) as i64 * parts + dice.below(parts as usize) as i64
                }
                // Within some centuries around 1970.
                TimeKind::Instant(precision) | TimeKind::Local(precision) => {
                    let least = match precision {
                        Precision::Milli => 18,
                        Precision::Micro => 8,
                        Precision::Nano => 0,
                    };
                    dice.roll() as i64 >> (least + dice.below(40))
                }
            })
        }
        Shape::Int => Value::Number(i64::from(dice.roll() as i32) >> dice.below(32)),
        Shape::Long => Value::Number(dice.roll() as i64 >> dice.below(64)),
        Shape::Float => Value::Single(dice.below(1_000_000) as f32 / 1024.0),
        Shape::Double => Value::Double(dice.below(1_000_000_000) as f64 / 4096.0),
        Shape::Bytes if node.means.is_some() => {
            let unscaled = (dice.roll() as i32 % 100_000_000).to_be_bytes();
            Value::Bytes(unscaled.to_vec())
        }
        Shape::Bytes => Value::Bytes((0..dice.below(9)).map(|_| dice.roll() as u8).collect()),
        Shape::Text if node.means == Some(Means::Uuid) => Value::Text(uuid(dice.roll(), 7)),
        Shape::Text => Value::Text(text(dice)),
        Shape::Fixed(_, size) if matches!(node.means, Some(Means::Decimal { .. })) => {
            let unscaled = i64::from(dice.roll() as i32 % 100_000_000).to_be_bytes();
            Value::Fixed(unscaled[8 - *size as usize..].to_vec())
        }
        Shape::Fixed(_, size) => Value::Fixed((0..*size).map(|_| dice.roll() as u8).collect()),
        Shape::Enum(_, symbols) => Value::Symbol(dice.below(symbols.names.len())),
        Shape::Array(items) => {
            let is_plain = !matches!(
                schema.node(*items).shape,
                Shape::Array(_) | Shape::Map(_) | Shape::Union(_) | Shape::Record(..)
            );
            let len = match dice.below(8) {
                0 if is_plain && depth < 4 => 60 + dice.below(140),
                _ => dice.below(6usize.saturating_sub(depth).max(1)),
            };
            Value::Array(
                (0..len)
                    .map(|_| value(dice, schema, *items, depth + 1))
                    .collect(),
            )
        }
        Shape::Map(values) => {
            let len = dice.below(6usize.saturating_sub(depth).max(1));
            // Some are those that a policy names.
            let key = |n: usize, dice: &mut Dice| match dice.below(2) {
                0 => format!("k{n}"),
                _ => format!("{n}{}", text(dice)),
            };
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

/// As RFC 9562 writes 16 bytes.
fn uuid(high: u64, low: u64) -> String {
    let hex = format!("{high:016x}{low:016x}");
    let parts = [
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..],
    ];
    parts.join("-")
}

/// What a value is as JSON, times by another library's calendar.
pub(crate) fn json_of(value: &Value, schema: &Schema, node: NodeId) -> serde_json::Value {
    let node = schema.node(node);
    let iso = |seconds: i64, nanos: i64| {
        let at = jiff::Timestamp::from_second(seconds).unwrap();
        (at + jiff::SignedDuration::from_nanos(nanos)).to_string()
    };
    let at = |n: i64, precision| {
        let parts = parts(precision);
        iso(
            n.div_euclid(parts),
            n.rem_euclid(parts) * (1_000_000_000 / parts),
        )
    };
    match (value, &node.shape, node.means) {
        (Value::Number(days), _, Some(Means::Time(TimeKind::Date))) => {
            json!(iso(days * 86_400, 0)[..10])
        }
        (Value::Number(n), _, Some(Means::Time(TimeKind::OfDay(precision)))) => {
            let nanos = n * (1_000_000_000 / parts(precision));
            json!(iso(0, nanos)[11..].trim_end_matches('Z'))
        }
        (Value::Number(n), _, Some(Means::Time(TimeKind::Instant(precision)))) => {
            json!(at(*n, precision))
        }
        (Value::Number(n), _, Some(Means::Time(TimeKind::Local(precision)))) => {
            json!(at(*n, precision).trim_end_matches('Z'))
        }
        (Value::Bytes(bytes) | Value::Fixed(bytes), _, Some(Means::Decimal { scale, .. })) => {
            let unscaled = i32::from_be_bytes(bytes[bytes.len() - 4..].try_into().unwrap());
            json!(f64::from(unscaled) / f64::from(10_u32.pow(scale)))
        }
        (Value::Fixed(bytes), _, Some(Means::Uuid)) => {
            let [high, low] =
                [0, 8].map(|n| u64::from_be_bytes(bytes[n..n + 8].try_into().unwrap()));
            json!(uuid(high, low))
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
