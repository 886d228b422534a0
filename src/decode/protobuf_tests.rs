use proptest::prelude::*;
use prost_reflect::prost::Message as _;
use prost_reflect::{
    DynamicMessage, FieldDescriptor, Kind as OfKind, MapKey, ReflectMessage as _, Value,
};

use super::*;
use crate::plan::automaton::{Automaton, Builder, ROOT, WHOLE};
use crate::record::format::Reader;
use crate::record::path::{Selector, Step};
use crate::record::tape::{ELEMENT, ESCAPED, Entry, Kind, Slot};
use crate::record::value::View;
use crate::schema::protobuf::node::Schema;
use crate::schema::protobuf::testing::{Dice, compiled, descriptor, json_of, message, schema};

/// The automaton of those paths: names with dots between them, `[*]`, `[n]` and `*`.
fn automaton(paths: &[&str]) -> Automaton {
    let mut builder = Builder::default();
    for path in paths {
        let mut steps = Vec::new();
        for part in path.split('.').filter(|part| !part.is_empty()) {
            let (name, elements) = part.split_once('[').unwrap_or((part, ""));
            steps.push(match name {
                "*" => Step::AnyName,
                "**" => Step::AnyDepth,
                _ => Step::Name(name.into()),
            });
            for element in elements.split('[').filter(|element| !element.is_empty()) {
                steps.push(match element.trim_end_matches(']') {
                    "*" => Step::AnyElement,
                    n => Step::Element(n.parse().unwrap()),
                });
            }
        }
        builder.add(Selector { steps });
    }
    builder.build(&[]).unwrap().automaton
}

fn program(schema: &Schema, paths: &[&str]) -> Program {
    Program::new(schema, &automaton(paths)).unwrap()
}

/// A schema of proto3 with that in its root, and that beside it.
fn of(fields: &str, beside: &str) -> Schema {
    compiled(&format!(
        "syntax = \"proto3\"; package t;\nimport \"google/protobuf/struct.proto\";\n\
         import \"google/protobuf/timestamp.proto\"; import \"google/protobuf/wrappers.proto\";\n\
         import \"google/protobuf/any.proto\";\n{beside}\nmessage R1 {{ {fields} }}"
    ))
}

/// The same of proto2.
fn of_2(fields: &str) -> Schema {
    compiled(&format!(
        "syntax = \"proto2\"; package t; message R1 {{ {fields} }}"
    ))
}

fn decoded(bytes: &[u8], program: &Program) -> Result<Tape, Refused> {
    decoded_under(bytes, program, &Limits::default())
}

fn decoded_under(bytes: &[u8], program: &Program, limits: &Limits) -> Result<Tape, Refused> {
    let mut tape = Tape::default();
    ProtobufDecoder::new(1).decode(bytes, program, limits, &mut tape)?;
    Ok(tape)
}

/// The whole message as JSON; `None`: something in it has no text.
fn spelled(bytes: &[u8], program: &Program) -> Result<Option<serde_json::Value>, Refused> {
    let tape = decoded(bytes, program)?;
    Ok(spelled_of(bytes, program, &tape.entries[0]))
}

fn spelled_of(bytes: &[u8], program: &Program, entry: &Entry) -> Option<serde_json::Value> {
    let message = Message::new(bytes, program);
    let View::Whole(whole) = Protobuf::view(&message, entry) else {
        panic!("a message is a whole");
    };
    let mut json = Vec::new();
    whole.json_into(&mut json).ok()?;
    Some(
        serde_json::from_slice(&json)
            .unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&json))),
    )
}

/// What stands on the tape: state, kind, name, and the value's text.
fn listed(bytes: &[u8], program: &Program, tape: &Tape) -> Vec<(Slot, Kind, String, String)> {
    let message = Message::new(bytes, program);
    let of = |entry: &Entry| {
        let name = match entry.flags & ELEMENT {
            0 if entry.slot != 0 => {
                let node = message.node(entry);
                match node.flags & crate::schema::protobuf::program::KEYED {
                    0 => Protobuf::name(&message, entry).raw().to_owned(),
                    _ => {
                        let mut key = String::new();
                        message.key_into(entry, &mut key);
                        key
                    }
                }
            }
            _ => String::new(),
        };
        let mut scratch = String::new();
        let text = match Protobuf::view(&message, entry) {
            View::Number(number) => number.text_in(&mut scratch).unwrap_or("none").to_owned(),
            View::Text(text) => text.raw().to_owned(),
            View::Time(time) => time.text_in(&mut scratch).unwrap_or("none").to_owned(),
            View::Bytes(bytes) => format!("{bytes:x?}"),
            View::Null | View::Bool(_) | View::Whole(_) => String::new(),
        };
        (program.state(entry.slot), entry.kind, name, text)
    };
    tape.entries.iter().map(of).collect()
}

/// What an automaton names in a message, found by walking what another library read.
struct Expected<'a> {
    automaton: &'a Automaton,
    out: Vec<(Slot, Kind, String, String)>,
}

fn is_open(field: &FieldDescriptor) -> bool {
    let OfKind::Message(mut of) = field.kind() else {
        return false;
    };
    if of.is_map_entry() {
        let OfKind::Message(value) = of.map_entry_value_field().kind() else {
            return false;
        };
        of = value;
    }
    let open = ["Any", "Struct", "Value", "ListValue"];
    let name = of.full_name().strip_prefix("google.protobuf.");
    name.is_some_and(|name| open.contains(&name))
}

impl Expected<'_> {
    fn push(&mut self, state: Slot, kind: Kind, name: &str, text: String) {
        if state > WHOLE {
            self.out.push((state, kind, name.to_owned(), text));
        }
    }

    fn message(&mut self, message: &DynamicMessage, state: Slot, name: &str) {
        let of = message.descriptor();
        let get = |name: &str| message.get_field_by_name(name).unwrap().into_owned();
        match of.full_name() {
            "google.protobuf.Timestamp" => {
                let text = json_of(message).unwrap().as_str().unwrap().to_owned();
                return self.push(state, Kind::Time, name, text);
            }
            "google.protobuf.Struct" => {
                self.push(state, Kind::Object, name, String::new());
                return self.map(&get("fields"), state, None);
            }
            "google.protobuf.ListValue" => {
                self.push(state, Kind::Array, name, String::new());
                return self.list(&get("values"), state, None);
            }
            "google.protobuf.Value" => {
                let (field, value) = message.fields().next().unwrap();
                return match field.number() {
                    1 => self.push(state, Kind::Null, name, String::new()),
                    _ => self.value(value, Some(&field), state, name),
                };
            }
            known if known.starts_with("google.protobuf.") && known.ends_with("Value") => {
                let field = of.get_field_by_name("value").unwrap();
                let names_it = self
                    .automaton
                    .named_members(state)
                    .any(|(n, _)| n == "value");
                let is_whole = self.automaton.any_member(state) != 0;
                let state = match names_it && !is_whole {
                    true => self.automaton.member(state, b"value"),
                    false => state,
                };
                return self.value(&get("value"), Some(&field), state, name);
            }
            _ => {}
        }
        self.push(state, Kind::Object, name, String::new());
        for field in of.fields() {
            let mut named = self.automaton.named_members(state);
            // `*` names nothing of which no schema says what it holds.
            let child = match named.any(|(name, _)| name == field.name()) || !is_open(&field) {
                true => self.automaton.member(state, field.name().as_bytes()),
                false => 0,
            };
            let value = message.get_field(&field);
            if message.has_field(&field) {
                self.field(&value, &field, child);
            } else if !field.supports_presence() && !field.is_list() && !field.is_map() {
                self.value(&value, Some(&field), child, field.name());
            }
        }
    }

    fn field(&mut self, value: &Value, field: &FieldDescriptor, state: Slot) {
        match value {
            Value::Map(_) => {
                self.push(state, Kind::Object, field.name(), String::new());
                self.map(value, state, Some(field));
            }
            Value::List(_) => {
                self.push(state, Kind::Array, field.name(), String::new());
                self.list(value, state, Some(field));
            }
            _ => self.value(value, Some(field), state, field.name()),
        }
    }

    fn map(&mut self, value: &Value, state: Slot, field: Option<&FieldDescriptor>) {
        let value_field = field.and_then(|field| match field.kind() {
            OfKind::Message(entry) => Some(entry.map_entry_value_field()),
            _ => None,
        });
        let Value::Map(items) = value else {
            panic!("no map")
        };
        for (key, item) in items {
            let key = match key {
                MapKey::Bool(v) => v.to_string(),
                MapKey::I32(v) => v.to_string(),
                MapKey::I64(v) => v.to_string(),
                MapKey::U32(v) => v.to_string(),
                MapKey::U64(v) => v.to_string(),
                MapKey::String(v) => v.clone(),
            };
            let child = self.automaton.member(state, key.as_bytes());
            self.value(item, value_field.as_ref(), child, &key);
        }
    }

    fn list(&mut self, value: &Value, state: Slot, field: Option<&FieldDescriptor>) {
        let Value::List(items) = value else {
            panic!("no list")
        };
        for (n, item) in (0..).zip(items) {
            let child = self.automaton.element(state, n);
            self.value(item, field, child, "");
        }
    }

    fn value(&mut self, value: &Value, field: Option<&FieldDescriptor>, state: Slot, name: &str) {
        match value {
            Value::Bool(true) => self.push(state, Kind::True, name, String::new()),
            Value::Bool(false) => self.push(state, Kind::False, name, String::new()),
            Value::I32(v) => self.push(state, Kind::Number, name, v.to_string()),
            Value::I64(v) => self.push(state, Kind::Number, name, v.to_string()),
            Value::U32(v) => self.push(state, Kind::Number, name, v.to_string()),
            Value::U64(v) => self.push(state, Kind::Number, name, v.to_string()),
            Value::F32(v) => self.push(state, Kind::Number, name, format!("{v:?}")),
            Value::F64(v) => self.push(
                state,
                Kind::Number,
                name,
                serde_json::Value::from(*v).to_string(),
            ),
            Value::String(v) => self.push(state, Kind::Text, name, v.clone()),
            Value::Bytes(v) => self.push(state, Kind::Bytes, name, format!("{:x?}", &v[..])),
            Value::EnumNumber(v) => {
                let Some(OfKind::Enum(symbols)) = field.map(|field| field.kind()) else {
                    panic!("no enum");
                };
                let symbol = symbols.values().find(|s| s.number() == *v).unwrap();
                self.push(state, Kind::Text, name, symbol.name().into());
            }
            Value::Message(message) => self.message(message, state, name),
            Value::List(_) | Value::Map(_) => unreachable!("these are of fields"),
        }
    }
}

const PATHS: [&[&str]; 5] = [
    &["f0"],
    &["f0.f0", "f1", "f2.f0.f1", "f3", "f1.value", "f0.value"],
    &["*", "f0.*", "f1[*].f0", "f2[1]"],
    &["**", "f0.f1"],
    &[
        "f0[*]",
        "f1[*]",
        "f1.0a",
        "f2.*",
        "f0.f0.f0.f0",
        "f3[0].f1",
        "f1.1",
        "f2.true",
    ],
];

proptest! {
    #[test]
    fn what_was_written_is_read(seed: u64) {
        let dice = &mut Dice::new(seed);
        let text = schema(dice);
        let schema = compiled(&text);
        let value = message(dice, &descriptor(&text), 0);
        let bytes = value.encode_to_vec();
        let json = json_of(&value);
        for paths in PATHS {
            let automaton = automaton(paths);
            let program = Program::new(&schema, &automaton).unwrap();
            let tape = match decoded(&bytes, &program) {
                Ok(tape) => tape,
                Err(refused) => panic!("{refused}: {text}\n{value:?}"),
            };
            let mut expected = Expected { automaton: &automaton, out: Vec::new() };
            expected.message(&value, ROOT, "");
            let mut found = listed(&bytes, &program, &tape);
            // Maps have no order.
            let order = |a: &(Slot, Kind, String, String), b: &(Slot, Kind, String, String)| {
                (a.0, a.1 as u8, &a.2, &a.3).cmp(&(b.0, b.1 as u8, &b.2, &b.3))
            };
            found.sort_by(order);
            expected.out.sort_by(order);
            prop_assert_eq!(&found, &expected.out, "{} {:?}", &text, paths);
            prop_assert_eq!(spelled(&bytes, &program).unwrap(), json.clone(), "{}", &text);
            // Each container's entries lie inside of it, bytes and places; of what is
            // written, another library makes what it was.
            for (at, entry) in tape.entries.iter().enumerate() {
                let inside = &tape.entries[at + 1..entry.next as usize];
                prop_assert!(inside.iter().all(|e| e.start >= entry.start && e.end <= entry.end));
                prop_assert_eq!(entry.flags & ESCAPED, 0);
            }
        }
    }

    #[test]
    fn any_bytes_are_a_message_or_refused(seed: u64, bytes: Vec<u8>) {
        let text = schema(&mut Dice::new(seed));
        let program = program(&compiled(&text), &["f0.f0", "f1", "f2[*]", "f3.*"]);
        if let Ok(tape) = decoded(&bytes, &program) {
            // Each field is a byte or more, or one of a few defaults.
            prop_assert!(tape.entries.len() <= 8 * (1 + bytes.len()));
        }
    }
}

/// A message of a made-up schema, cut, changed and made longer at each byte.
fn damaged(seed: u64) {
    let dice = &mut Dice::new(seed);
    let text = schema(dice);
    let (schema, other) = (compiled(&text), descriptor(&text));
    let bytes = message(dice, &other, 0).encode_to_vec();
    let program = program(&schema, &["f0.f0", "f1", "f2[*]", "f3.*"]);
    let agree = |bytes: &[u8]| {
        let Ok(ours) = spelled(bytes, &program) else {
            return;
        };
        match DynamicMessage::decode(other.clone(), bytes) {
            Ok(theirs) => assert_eq!(ours, json_of(&theirs), "{text} {bytes:x?}"),
            Err(error) => panic!("{error}: {text} {bytes:x?}"),
        }
    };
    // At a border of two fields a cut is a shorter message.
    (0..bytes.len()).for_each(|cut| agree(&bytes[..cut]));
    let mut changed = bytes.clone();
    for at in 0..bytes.len().min(150) {
        for bit in 0..8 {
            changed[at] ^= 1 << bit;
            agree(&changed);
            changed[at] ^= 1 << bit;
        }
        for byte in [0, 1, 0x7f, 0x80, 0xff] {
            let mut longer = bytes.clone();
            longer.insert(at, byte);
            agree(&longer);
        }
    }
}

#[test]
fn what_is_changed_is_refused_or_what_another_library_reads() {
    (1..49).for_each(damaged);
}

/// The same at the size that was promised; whoever touches the path of Protobuf runs it.
#[test]
#[ignore = "ten thousand schemas take minutes"]
fn what_is_changed_is_refused_in_ten_thousand_schemas() {
    (1..10_001).for_each(damaged);
}

#[test]
fn broken_bytes_are_refused_for_what_they_are() {
    let int = of("int32 a = 1;", "");
    let text = of("string a = 1;", "");
    let list = of("repeated int32 a = 1;", "");
    let map = of("map<string, int32> a = 1;", "");
    let message = of("M a = 1;", "message M { string b = 1; }");
    let group = of_2("optional group A = 1 { optional int32 b = 2; }");
    let required = of_2("required int32 a = 1;");
    let json = of("google.protobuf.Value a = 1;", "");
    let twice = Refused::DuplicateKey;
    let fault = Refused::NotProtobuf;
    for (schema, bytes, refused) in [
        // Numbers of fields, wire types, and what a number may be.
        (&int, &[0x00, 0x01][..], fault(Fault::Tag)),
        (&int, &[0x0e, 0x01], fault(Fault::Tag)),
        (&int, &[0x0f, 0x01], fault(Fault::Tag)),
        (
            &int,
            &[0x09, 1, 2, 3, 4, 5, 6, 7, 8],
            fault(Fault::WireType),
        ),
        (&int, &[0x0a, 0x01, 0x01], fault(Fault::WireType)),
        (&int, &[0x0c], fault(Fault::Group)),
        (&int, &[0x08], fault(Fault::Cut)),
        (&int, &[0x08, 0x80], fault(Fault::Cut)),
        (
            &int,
            &[
                0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2,
            ],
            fault(Fault::Varint),
        ),
        (
            &int,
            &[
                0x88, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00,
            ],
            fault(Fault::Varint),
        ),
        (
            &int,
            &[0x88, 0x80, 0x80, 0x80, 0x10, 0x00],
            fault(Fault::Tag),
        ),
        (&int, &[0x08, 1, 0x08, 1], twice),
        // Of a field that is not in the schema the structure is read.
        (&int, &[0x12, 0x02, 0x00], fault(Fault::Cut)),
        (&int, &[0x13, 0x08, 0x01], fault(Fault::Cut)),
        (&int, &[0x13, 0x08, 0x01, 0x1c], fault(Fault::Group)),
        (&int, &[0x15, 1, 2, 3], fault(Fault::Cut)),
        (&text, &[0x0a, 0x02, b'a'], fault(Fault::Cut)),
        (
            &text,
            &[
                0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01,
            ],
            fault(Fault::Cut),
        ),
        (&text, &[0x0a, 0x01, 0xff], Refused::NotUtf8),
        (&list, &[0x0a, 0x02, 0x01, 0x80], fault(Fault::Cut)),
        (&list, &[0x0d, 1, 2, 3, 4], fault(Fault::WireType)),
        (
            &message,
            &[0x0a, 0x03, 0x0a, 0x02, b'a', b'b'],
            fault(Fault::Cut),
        ),
        (&message, &[0x0a, 0x00, 0x0a, 0x00], twice),
        (&group, &[0x0b, 0x10, 0x01], fault(Fault::Cut)),
        (&group, &[0x0b, 0x10, 0x01, 0x14], fault(Fault::Group)),
        (&group, &[0x0b, 0x0c, 0x0b, 0x0c], twice),
        (&required, &[], fault(Fault::Required)),
        (
            &map,
            &[0x0a, 0x05, 0x0a, 0x01, b'k', 0x10, 0x80],
            fault(Fault::Cut),
        ),
        (&map, &[0x0a, 0x03, 0x0a, 0x01, 0xff], Refused::NotUtf8),
        (&map, &[0x0a, 0x02, 0x08, 0x01], fault(Fault::WireType)),
        (
            &map,
            &[0x0a, 0x06, 0x0a, 0x01, b'k', 0x0a, 0x01, b'l'],
            twice,
        ),
        (&map, &[0x0a, 0x04, 0x10, 0x01, 0x10, 0x01], twice),
        (
            &map,
            &[0x0a, 0x03, 0x0a, 0x01, b'k', 0x0a, 0x03, 0x0a, 0x01, b'k'],
            twice,
        ),
        // No key is the empty one.
        (&map, &[0x0a, 0x00, 0x0a, 0x02, 0x0a, 0x00], twice),
        (
            &map,
            &[0x0a, 0x00, 0x10, 0x01, 0x0a, 0x03, 0x0a, 0x01, b'k'],
            fault(Fault::Scattered),
        ),
        (&json, &[0x0a, 0x00], fault(Fault::Value)),
        (&json, &[0x0a, 0x04, 0x20, 0x01, 0x20, 0x00], twice),
        (&json, &[0x0a, 0x02, 0x10, 0x01], fault(Fault::WireType)),
    ] {
        // Named or not.
        for paths in [&["a"], &["b"]] {
            let found = decoded(bytes, &program(schema, paths)).err();
            assert_eq!(found, Some(refused), "{paths:?} {bytes:x?}");
        }
    }
    let schema = of("map<string, int32> a = 1;", "");
    let of_map = program(&schema, &["a.x"]);
    let long = |len: usize| {
        let mut entry = vec![0x0a];
        entry.extend([
            (len & 0x7f) as u8 | 0x80,
            (len >> 7 & 0x7f) as u8 | 0x80,
            (len >> 14) as u8,
        ]);
        entry.extend(vec![b'k'; len]);
        let mut bytes = vec![0x0a];
        let len = entry.len();
        bytes.extend([
            (len & 0x7f) as u8 | 0x80,
            (len >> 7 & 0x7f) as u8 | 0x80,
            (len >> 14) as u8,
        ]);
        bytes.extend(entry);
        bytes
    };
    assert_eq!(
        decoded(&long(1 << 16), &of_map).err(),
        Some(Refused::TooLarge)
    );
    assert!(decoded(&long((1 << 16) - 1), &of_map).is_ok());
}

#[test]
fn one_of_several_says_it_once() {
    let schema = of("oneof x { string a = 1; int32 b = 2; } string c = 3;", "");
    let program = program(&schema, &["c"]);
    assert!(decoded(&[0x0a, 0x00], &program).is_ok());
    for twice in [&[0x0a, 0x00, 0x10, 0x01][..], &[0x10, 0x01, 0x10, 0x01]] {
        assert_eq!(decoded(twice, &program).err(), Some(Refused::DuplicateKey));
    }
}

#[test]
fn what_is_not_there_is_its_default_where_somebody_asks() {
    let schema = of(
        "bool a = 1; optional bool b = 2; E c = 3; string d = 4; google.protobuf.Int32Value e = 5; \
         M f = 6; map<string, M> g = 7; double h = 8;",
        "enum E { NONE = 0; ONE = 1; } message M { sint64 x = 1; }",
    );
    let program = program(&schema, &["a", "b", "c", "d", "e", "f.x", "g.k.x"]);
    let named = |bytes: &[u8]| {
        let tape = decoded(bytes, &program).unwrap();
        let all = listed(bytes, &program, &tape).into_iter().skip(1);
        all.map(|(_, kind, name, text)| format!("{name} {kind:?} {text}"))
            .collect::<Vec<_>>()
    };
    assert_eq!(named(&[]), ["a False ", "c Text NONE", "d Text "]);
    // A message that is there has its defaults; a wrapper that is there its own.
    let bytes = [
        0x32, 0x00, 0x2a, 0x00, 0x08, 0x01, 0x3a, 0x03, 0x0a, 0x01, b'k',
    ];
    assert_eq!(
        named(&bytes),
        [
            "f Object ",
            "x Number 0",
            "e Number 0",
            "a True ",
            "g Object ",
            "k Object ",
            "x Number 0",
            "c Text NONE",
            "d Text ",
        ]
    );
}

#[test]
fn only_what_the_schema_has_can_be_copied() {
    let schema = of(
        "int32 a = 1; string b = 2; M c = 3; repeated int32 d = 4; map<int32, string> e = 5; \
         google.protobuf.StringValue f = 6; google.protobuf.Timestamp g = 7; bool h = 8;",
        "message M { string x = 1; }",
    );
    let names = ["a", "b", "c", "d[*]", "e.*", "f", "g", "h"];
    let program = program(&schema, &names);
    let unlike = |bytes: &[u8]| {
        let tape = decoded(bytes, &program).unwrap();
        let message = Message::new(bytes, &program);
        tape.entries[1..]
            .iter()
            .any(|entry| entry.flags & ESCAPED != 0)
            || tape.entries[0].flags & ESCAPED != 0
            || !tape.entries.iter().skip(1).all(|entry| {
                let node = message.node(entry);
                node.flags & crate::schema::protobuf::program::KEYED != 0
                    || entry.start == entry.end
                    || message.as_written(entry).is_some()
            })
    };
    for plain in [
        &[0x08, 0x01][..],
        &[0x12, 0x01, b'a'],
        &[0x1a, 0x03, 0x0a, 0x01, b'a'],
        &[0x20, 0x01, 0x20, 0x02],
        &[0x2a, 0x05, 0x08, 0x01, 0x12, 0x01, b'a'],
        &[0x32, 0x03, 0x0a, 0x01, b'a'],
        &[0x3a, 0x04, 0x08, 0x01, 0x10, 0x01],
        &[
            0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01,
        ],
    ] {
        assert!(!unlike(plain), "{plain:x?}");
    }
    for other in [
        // Longer than they need be: values, tags, lengths.
        &[0x08, 0x81, 0x00][..],
        &[0x88, 0x00, 0x01],
        &[0x12, 0x81, 0x00, b'a'],
        // More than 32 bits, more than a bit.
        &[0x08, 0xff, 0xff, 0xff, 0xff, 0x0f],
        &[0x40, 0x02],
        // Fields that the schema does not have.
        &[0x1a, 0x05, 0x0a, 0x01, b'a', 0x10, 0x01],
        &[0x32, 0x05, 0x0a, 0x01, b'a', 0x10, 0x01],
        &[0x3a, 0x06, 0x08, 0x01, 0x10, 0x01, 0x18, 0x01],
        &[0x2a, 0x07, 0x08, 0x01, 0x12, 0x01, b'a', 0x18, 0x01],
        &[0x2a, 0x06, 0x08, 0x81, 0x00, 0x12, 0x01, b'a'],
    ] {
        assert!(unlike(other), "{other:x?}");
    }
}

#[test]
fn what_nobody_names_is_counted() {
    let schema = of(
        "int32 a = 1; int32 b = 2; repeated int32 c = 3; map<string, int32> d = 4; M e = 5;",
        "message M { int32 x = 1; }",
    );
    // b, a list, two keys, what is inside of a message once, and what is not in the schema.
    let bytes = [
        0x08, 1, 0x10, 1, 0x18, 1, 0x18, 2, 0x22, 0x03, 0x0a, 0x01, b'k', 0x22, 0x03, 0x0a, 0x01,
        b'l', 0x2a, 0x02, 0x08, 0x01, 0x30, 0x01,
    ];
    let unnamed = |paths: &[&str]| decoded(&bytes, &program(&schema, paths)).unwrap().unnamed;
    assert_eq!(unnamed(&["a"]), 5);
    assert_eq!(unnamed(&["a", "d.k", "e.y"]), 5);
    assert_eq!(unnamed(&["*"]), 1);
}

#[test]
fn much_that_the_schema_does_not_have_may_stand_in_front() {
    let schema = of(
        "google.protobuf.Value a = 1; google.protobuf.StringValue b = 2;",
        "",
    );
    let program = program(&schema, &["a", "b"]);
    let sized = |tag: u8, inside: &[u8]| {
        let len = inside.len();
        let len = [
            (len & 0x7f) as u8 | 0x80,
            (len >> 7 & 0x7f) as u8 | 0x80,
            (len >> 14) as u8,
        ];
        [&[tag][..], &len, inside].concat()
    };
    let much = sized(0x7a, &[0xff; 70_000]);
    let value = [&much[..], &[0x1a, 0x01, b'x']].concat();
    let wrapper = [&much[..], &[0x0a, 0x01, b'y']].concat();
    let bytes = [sized(0x0a, &value), sized(0x12, &wrapper)].concat();
    let tape = decoded(&bytes, &program).unwrap();
    let found = listed(&bytes, &program, &tape);
    assert_eq!([&*found[1].3, &*found[2].3], ["x", "y"]);
    let message = Message::new(&bytes, &program);
    assert!(
        tape.entries
            .iter()
            .skip(1)
            .all(|e| message.as_written(e).is_none())
    );
}

#[test]
fn elements_may_stand_apart_where_each_is_one() {
    let schema = of("repeated int32 a = 1; int32 b = 2;", "");
    // 1, 2 packed, b, 3, 4.
    let bytes = [0x0a, 0x02, 0x01, 0x02, 0x10, 0x07, 0x08, 0x03, 0x08, 0x04];
    let each = program(&schema, &["a[*]", "b"]);
    let tape = decoded(&bytes, &each).unwrap();
    let kinds: Vec<_> = listed(&bytes, &each, &tape)
        .into_iter()
        .map(|(_, kind, _, text)| format!("{kind:?}{text}"))
        .collect();
    assert_eq!(
        kinds,
        [
            "Object", "Array", "Number1", "Number2", "Number7", "Array", "Number3", "Number4"
        ]
    );
    let json = serde_json::json!({ "a": [1, 2, 3, 4], "b": 7 });
    for paths in [&["a[*]", "b"][..], &["b"]] {
        assert_eq!(
            spelled(&bytes, &program(&schema, paths)).unwrap(),
            Some(json.clone())
        );
    }
    // One who takes the list would get half of it, and who counts would count anew.
    for paths in [&["a"][..], &["a[1]"], &["*"], &["a[*]", "a"]] {
        let found = decoded(&bytes, &program(&schema, paths)).err();
        assert_eq!(found, Some(Fault::Scattered.into()), "{paths:?}");
    }
    // None of them is no list.
    for empty in [&[0x0a, 0x00][..], &[0x0a, 0x80, 0x00, 0x0a, 0x00]] {
        let tape = decoded(empty, &each).unwrap();
        assert!(tape.entries.iter().all(|entry| entry.kind != Kind::Array));
        assert_eq!(spelled(empty, &each).unwrap(), Some(serde_json::json!({})));
    }
    // Mixed, they stand together.
    let mixed = [0x0a, 0x02, 0x01, 0x02, 0x08, 0x03, 0x0a, 0x00];
    let whole = program(&schema, &["a", "a[2]"]);
    let tape = decoded(&mixed, &whole).unwrap();
    let list = spelled_of(&mixed, &whole, &tape.entries[1]);
    assert_eq!(list, Some(serde_json::json!([1, 2, 3])));
    assert_eq!(listed(&mixed, &whole, &tape)[2].3, "3");
}

#[test]
fn reads_are_answered() {
    let schema = of("string a = 1; M b = 2;", "message M { bool c = 1; }");
    let mut builder = Builder::default();
    let step = |name: &str| Step::Name(name.into());
    let reads = [vec![step("a")], vec![step("b"), step("c")]];
    let reads = reads.map(|steps| builder.add(Selector { steps }));
    let program = Program::new(&schema, &builder.build(&reads).unwrap().automaton).unwrap();
    let answers = |bytes: &[u8]| decoded(bytes, &program).unwrap().reads;
    // A denial that was never written is one; of a message that is not there nothing is.
    assert_eq!(answers(&[]), [1, Tape::ABSENT]);
    assert_eq!(answers(&[0x12, 0x00]), [3, 2]);
    assert_eq!(answers(&[0x12, 0x02, 0x08, 0x01, 0x0a, 0x00]), [3, 2]);
}

#[test]
fn symbols_without_a_name_leave_with_nobody() {
    let schema = of(
        "E a = 1; repeated E b = 2;",
        "enum E { NONE = 0; ONE = 1; }",
    );
    for (bytes, paths) in [
        (&[0x08, 0x07][..], ["a"]),
        (&[0x12, 0x02, 0x01, 0x07], ["b"]),
    ] {
        let named = decoded(bytes, &program(&schema, &paths)).err();
        assert_eq!(named, Some(Refused::Symbol));
        assert!(decoded(bytes, &program(&schema, &["c"])).is_ok());
    }
}

#[test]
fn times_are_those_of_the_type() {
    let schema = of("google.protobuf.Timestamp a = 1;", "");
    let program = program(&schema, &["a"]);
    let bytes = |seconds: i64, nanos: i32| {
        let mut inside = vec![0x08];
        let mut varint = |mut left: u64| {
            while left >= 0x80 {
                inside.push((left & 0x7f) as u8 | 0x80);
                left >>= 7;
            }
            inside.push(left as u8);
        };
        varint(seconds.cast_unsigned());
        varint(0x10);
        varint(i64::from(nanos).cast_unsigned());
        [&[0x0a, inside.len() as u8][..], &inside].concat()
    };
    for (seconds, nanos, text) in [
        (0, 0, "1970-01-01T00:00:00Z"),
        (-62_135_596_800, 0, "0001-01-01T00:00:00Z"),
        (
            253_402_300_799,
            999_999_999,
            "9999-12-31T23:59:59.999999999Z",
        ),
    ] {
        let bytes = bytes(seconds, nanos);
        let tape = decoded(&bytes, &program).unwrap();
        assert_eq!(listed(&bytes, &program, &tape)[1].3, text);
    }
    for (seconds, nanos) in [
        (-62_135_596_801, 0),
        (253_402_300_800, 0),
        (0, -1),
        (0, 1_000_000_000),
    ] {
        let found = decoded(&bytes(seconds, nanos), &program).err();
        assert_eq!(found, Some(Refused::Time));
    }
    let tape = decoded(&[0x0a, 0x00], &program).unwrap();
    assert_eq!(
        listed(&[0x0a, 0x00], &program, &tape)[1].3,
        "1970-01-01T00:00:00Z"
    );
}

#[test]
fn nothing_in_any_is_named() {
    let schema = of("google.protobuf.Any a = 1;", "");
    let bytes = [0x0a, 0x06, 0x0a, 0x01, b'u', 0x12, 0x01, b'v'];
    for paths in [&["a.value"][..], &["a.*"], &["a"], &["a.type_url", "a"]] {
        let program = program(&schema, paths);
        let tape = decoded(&bytes, &program).unwrap();
        assert_eq!(tape.entries.len(), 2, "{paths:?}");
    }
}

#[test]
fn depth_and_length_are_bounded() {
    let schema = of(
        "R1 r = 1; map<string, R1> m = 2; google.protobuf.Value v = 3;",
        "",
    );
    let program = program(&schema, &["r.r.r"]);
    let nested = |depth: usize, tag: u8| {
        (1..depth).fold(Vec::new(), |inside: Vec<u8>, _| {
            let len = inside.len();
            let len = [
                (len & 0x7f) as u8 | 0x80,
                (len >> 7 & 0x7f) as u8 | 0x80,
                (len >> 14) as u8,
            ];
            [&[tag][..], &len, &inside].concat()
        })
    };
    let limits = Limits::default();
    assert!(decoded(&nested(64, 0x0a), &program).is_ok());
    assert_eq!(
        decoded(&nested(65, 0x0a), &program).err(),
        Some(Refused::TooDeep)
    );
    assert_eq!(
        decoded(&nested(5_000, 0x0a), &program).err(),
        Some(Refused::TooDeep)
    );
    let deep = Limits {
        depth_max: 1_000,
        ..limits
    };
    assert!(decoded_under(&nested(100, 0x0a), &program, &deep).is_ok());
    let found = decoded_under(&nested(101, 0x0a), &program, &deep).err();
    assert_eq!(found, Some(Refused::TooDeep));
    // Groups of a field that the schema does not have.
    let groups = [vec![0x23; 1 << 20], vec![0x24; 1 << 20]].concat();
    assert_eq!(decoded(&groups, &program).err(), Some(Refused::TooDeep));
    let groups = [vec![0x23; 60], vec![0x24; 60]].concat();
    assert!(decoded(&groups, &program).is_ok());
    let short = Limits {
        value_bytes_max: 3,
        ..limits
    };
    assert!(decoded_under(&[0x0a, 0x00], &program, &short).is_ok());
    let found = decoded_under(&[0x0a, 0x02, 0x12, 0x00], &program, &short).err();
    assert_eq!(found, Some(Refused::TooLarge));
    let few = Limits {
        tape_entries_max: 3,
        ..limits
    };
    let found = decoded_under(&nested(4, 0x0a), &program, &few).err();
    assert_eq!(found, Some(Refused::TooComplex));
}
