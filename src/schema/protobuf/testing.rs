//! Schemas and messages made up for tests. What writes and reads the messages is
//! prost-reflect, which shares nothing with the reader.

use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MapKey, MessageDescriptor, Value};

use super::compile::{Source, Which};
use super::node::Schema;
pub(crate) use crate::schema::avro::testing::Dice;

#[path = "../../../fuzz/protobuf_reader.rs"]
#[allow(dead_code, reason = "the fuzz target uses more of it")]
mod reader;
pub(crate) use reader::json_of;

/// Name of the message that values are.
pub(crate) const ROOT: &str = "t.R1";

/// The schema of a text whose root is [`ROOT`].
pub(crate) fn compiled(text: &str) -> Schema {
    let main = Source {
        name: "t.proto",
        text,
    };
    match Schema::compile(main, &[], Which::Named(ROOT)) {
        Ok(schema) => schema,
        Err(error) => panic!("{error}\n{text}"),
    }
}

/// The message of that name in that text, for the other library.
pub(crate) fn descriptor_of(text: &str, name: &str) -> MessageDescriptor {
    let found = reader::pool(text).and_then(|pool| pool.get_message_by_name(name));
    found.expect("the text has it")
}

/// That whose name is [`ROOT`].
pub(crate) fn descriptor(text: &str) -> MessageDescriptor {
    descriptor_of(text, ROOT)
}

/// The text of a schema: six deep, with oneofs, maps, lists, groups, enums, well-known types
/// and messages that contain themselves.
pub(crate) fn schema(dice: &mut Dice) -> String {
    let is_2 = dice.below(3) == 0;
    let mut made = Made {
        is_2,
        names: 0,
        text: String::new(),
        around: Vec::new(),
    };
    made.text += &format!(
        "syntax = \"proto{}\";\npackage t;\n",
        if is_2 { 2 } else { 3 }
    );
    for file in ["struct", "timestamp", "wrappers", "duration", "any"] {
        made.text += &format!("import \"google/protobuf/{file}.proto\";\n");
    }
    made.text += "enum E { NONE = 0; ONE = 1; MINUS = -1; }\n";
    made.message(dice, 6);
    made.text
}

struct Made {
    is_2: bool,
    names: usize,
    text: String,
    around: Vec<String>,
}

const SCALARS: [&str; 15] = [
    "bool", "int32", "int64", "uint32", "uint64", "sint32", "sint64", "fixed32", "fixed64",
    "sfixed32", "sfixed64", "float", "double", "string", "bytes",
];

impl Made {
    fn message(&mut self, dice: &mut Dice, depth: usize) -> String {
        self.names += 1;
        let name = format!("R{}", self.names);
        self.text += &format!("message {name} {{\n");
        self.inside(dice, depth, &name);
        self.text += "}\n";
        name
    }

    fn inside(&mut self, dice: &mut Dice, depth: usize, name: &str) {
        self.around.push(name.to_owned());
        let mut number = 0;
        for n in 0..1 + dice.below(4) {
            number += 1 + dice.below(3) * dice.below(12);
            self.field(dice, depth - 1, n, &mut number);
        }
        self.around.pop();
    }

    fn field(&mut self, dice: &mut Dice, depth: usize, n: usize, number: &mut usize) {
        let optional = if self.is_2 { "optional " } else { "" };
        let one = |dice: &mut Dice, is_2: bool| match (is_2, dice.below(4)) {
            (true, 0) => "required ",
            (true, _) => "optional ",
            (false, 0) => "optional ",
            (false, _) => "",
        };
        match dice.below(if depth == 0 { 12 } else { 20 }) {
            0..=4 => {
                let label = one(dice, self.is_2);
                let word = SCALARS[dice.below(SCALARS.len())];
                self.text += &format!("{label}{word} f{n} = {number};\n");
            }
            5 => self.text += &format!("{optional}E f{n} = {number};\n"),
            6 => {
                let word = SCALARS[dice.below(SCALARS.len())];
                self.text += &format!("repeated {word} f{n} = {number};\n");
            }
            7 => self.text += &format!("repeated E f{n} = {number};\n"),
            8 => {
                let key = ["string", "int32", "uint64", "bool", "sint64", "fixed32"][dice.below(6)];
                let value = SCALARS[dice.below(SCALARS.len())];
                self.text += &format!("map<{key}, {value}> f{n} = {number};\n");
            }
            9 => {
                let known = [
                    "Timestamp",
                    "StringValue",
                    "Int64Value",
                    "BoolValue",
                    "Duration",
                    "Struct",
                    "Value",
                    "ListValue",
                ];
                let known = known[dice.below(known.len())];
                let label = ["repeated ", optional][dice.below(2)];
                self.text += &format!("{label}google.protobuf.{known} f{n} = {number};\n");
            }
            10 => {
                self.text += &format!("oneof o{n} {{ string f{n} = {number};\n");
                *number += 1;
                self.text += &format!("int32 f{n}x = {number}; }}\n");
            }
            11 => {
                let around = self.around[dice.below(self.around.len())].clone();
                let label = ["repeated ", optional][dice.below(2)];
                // A group is known by its name in the message around it.
                self.text += &format!("{label}{around} f{n} = {number};\n");
            }
            12 if self.is_2 => {
                let label = ["repeated ", "optional "][dice.below(2)];
                self.names += 1;
                let name = format!("F{}g", self.names);
                self.text += &format!("{label}group {name} = {number} {{\n");
                self.inside(dice, depth, &self.around[0].clone());
                self.text += "}\n";
            }
            13 => {
                let at = self.text.len();
                let name = self.message(dice, depth);
                let declared = self.text.split_off(at);
                self.text += &declared;
                self.text += &format!("map<string, {name}> f{n} = {number};\n");
            }
            14..=16 => {
                let name = self.message(dice, depth);
                self.text += &format!("repeated {name} f{n} = {number};\n");
            }
            _ => {
                let name = self.message(dice, depth);
                self.text += &format!("{optional}{name} f{n} = {number};\n");
            }
        }
    }
}

/// A message of a type, its lists shorter the deeper it is.
pub(crate) fn message(dice: &mut Dice, of: &MessageDescriptor, depth: usize) -> DynamicMessage {
    let mut made = DynamicMessage::new(of.clone());
    let name = of.full_name();
    if name == "google.protobuf.Timestamp" {
        made.set_field_by_name(
            "seconds",
            Value::I64((dice.roll() >> 31) as i64 - 4_000_000_000),
        );
        let nanos = [0, 500_000_000, 999_999_999, 1_000][dice.below(4)];
        made.set_field_by_name("nanos", Value::I32(nanos));
        return made;
    }
    if name == "google.protobuf.Value" {
        let fields: Vec<_> = of.fields().collect();
        let field = &fields[dice.below(if depth > 5 { 4 } else { 6 })];
        let value = one(dice, field, depth + 1);
        made.set_field(
            field,
            if field.number() == 1 {
                Value::EnumNumber(0)
            } else {
                value
            },
        );
        return made;
    }
    for field in of.fields() {
        let is_required = field.is_required();
        if !is_required && dice.below(4) == 0 {
            continue;
        }
        if let Some(around) = field.containing_oneof()
            && around.fields().any(|other| made.has_field(&other))
        {
            continue;
        }
        let is_message = matches!(field.kind(), Kind::Message(_));
        if is_message && depth > 6 && !is_required {
            continue;
        }
        let few = 5usize.saturating_sub(depth).max(1);
        if field.is_map() {
            let Kind::Message(entry) = field.kind() else {
                unreachable!()
            };
            let key = entry.map_entry_key_field();
            let items = (0..dice.below(few)).map(|_| {
                let key = match one(dice, &key, 0) {
                    // Some are those that a policy names.
                    Value::String(_) if dice.below(2) == 0 => {
                        MapKey::String(format!("k{}", dice.below(3)))
                    }
                    Value::Bool(v) => MapKey::Bool(v),
                    Value::I32(v) => MapKey::I32(v),
                    Value::I64(v) => MapKey::I64(v),
                    Value::U32(v) => MapKey::U32(v),
                    Value::U64(v) => MapKey::U64(v),
                    Value::String(v) => MapKey::String(v),
                    _ => unreachable!("no key"),
                };
                (key, one(dice, &entry.map_entry_value_field(), depth + 1))
            });
            let items = items.collect();
            made.set_field(&field, Value::Map(items));
        } else if field.is_list() {
            // Some are longer than what is packed in one piece elsewhere.
            let len = match dice.below(8) {
                0 if !is_message && depth < 4 => 60 + dice.below(140),
                _ => dice.below(few),
            };
            let items = (0..len).map(|_| one(dice, &field, depth + 1)).collect();
            made.set_field(&field, Value::List(items));
        } else {
            let value = one(dice, &field, depth + 1);
            made.set_field(&field, value);
        }
    }
    made
}

fn one(dice: &mut Dice, field: &FieldDescriptor, depth: usize) -> Value {
    let letters = ["a", "é", "\"", "\\", "\n", "😀", " ", "z"];
    match field.kind() {
        Kind::Double => Value::F64(dice.below(1_000_000_000) as f64 / 4096.0),
        Kind::Float => Value::F32(dice.below(1_000_000) as f32 / 1024.0),
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => {
            Value::I32(dice.roll() as i32 >> dice.below(32))
        }
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => {
            Value::I64(dice.roll() as i64 >> dice.below(64))
        }
        Kind::Uint32 | Kind::Fixed32 => Value::U32(dice.roll() as u32 >> dice.below(32)),
        Kind::Uint64 | Kind::Fixed64 => Value::U64(dice.roll() >> dice.below(64)),
        Kind::Bool => Value::Bool(dice.below(2) == 1),
        Kind::String => {
            let len = dice.below(8);
            Value::String(
                (0..len)
                    .map(|_| letters[dice.below(letters.len())])
                    .collect(),
            )
        }
        Kind::Bytes => {
            let bytes: Vec<u8> = (0..dice.below(9)).map(|_| dice.roll() as u8).collect();
            Value::Bytes(bytes.into())
        }
        Kind::Enum(symbols) => {
            let all: Vec<i32> = symbols.values().map(|value| value.number()).collect();
            Value::EnumNumber(all[dice.below(all.len())])
        }
        Kind::Message(of) => Value::Message(message(dice, &of, depth)),
    }
}
