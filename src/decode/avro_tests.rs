use super::*;
use crate::plan::automaton::{Automaton, Builder, ROOT, WHOLE};
use crate::record::format::Reader;
use crate::record::path::{Selector, Step};
use crate::record::tape::{ELEMENT, Entry, Slot};
use crate::record::value::View;
use crate::schema::avro::node::{Means, NodeId, Schema, Shape};
use crate::schema::avro::testing::{Dice, Value, json_of, long, schema, value, write};
use proptest::prelude::*;

/// The automaton of those paths: names with dots between them, `[*]`, `[n]` and `*`.
fn automaton(paths: &[&str]) -> Automaton {
    let mut builder = Builder::default();
    let mut reads = Vec::new();
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
        let selector = Selector { steps };
        let is_single = selector.is_single();
        let id = builder.add(selector);
        if is_single {
            reads.push(id);
        }
    }
    builder.build(&reads).unwrap().automaton
}

fn program(schema: &str, paths: &[&str]) -> Program {
    Program::new(&Schema::parse(schema).unwrap(), &automaton(paths)).unwrap()
}

fn decoded(bytes: &[u8], program: &Program) -> Result<Tape, Refused> {
    decoded_under(bytes, program, &Limits::default())
}

fn decoded_under(bytes: &[u8], program: &Program, limits: &Limits) -> Result<Tape, Refused> {
    let mut tape = Tape::default();
    AvroDecoder::new(1).decode(bytes, program, limits, &mut tape)?;
    Ok(tape)
}

fn spelled(bytes: &[u8], program: &Program) -> Result<serde_json::Value, Refused> {
    let tape = decoded(bytes, program)?;
    let record = Record::new(bytes, program);
    let View::Whole(whole) = Avro::view(&record, &tape.entries[0]) else {
        panic!("a record is a whole");
    };
    let mut json = Vec::new();
    whole.json_into(&mut json).unwrap();
    Ok(serde_json::from_slice(&json).unwrap())
}

fn record(fields: &str) -> String {
    format!(r#"{{"type":"record","name":"R","fields":[{fields}]}}"#)
}

/// The values that an automaton names in a value, in document order, with their names:
/// found by walking the value, not the bytes.
fn expected(
    (value, schema, node): (&Value, &Schema, NodeId),
    (automaton, state): (&Automaton, Slot),
    name: &str,
    out: &mut Vec<(Slot, Kind, String)>,
) {
    let shape = &schema.node(node).shape;
    if let (Value::Union(branch, inner), Shape::Union(branches)) = (value, shape) {
        let inner = (&**inner, schema, branches[*branch]);
        return expected(inner, (automaton, state), name, out);
    }
    let means = schema.node(node).means;
    if state > WHOLE {
        let kind = match value {
            Value::Null => Kind::Null,
            Value::Bool(true) => Kind::True,
            Value::Bool(false) => Kind::False,
            Value::Number(_) if matches!(means, Some(Means::Time(_))) => Kind::Time,
            Value::Number(_) | Value::Single(_) | Value::Double(_) => Kind::Number,
            Value::Bytes(_) | Value::Fixed(_) if matches!(means, Some(Means::Decimal { .. })) => {
                Kind::Number
            }
            // A text in 16 bytes.
            Value::Fixed(_) if means == Some(Means::Uuid) => Kind::Text,
            Value::Bytes(_) | Value::Fixed(_) => Kind::Bytes,
            Value::Text(_) | Value::Symbol(_) => Kind::Text,
            Value::Array(_) => Kind::Array,
            Value::Map(_) | Value::Record(_) => Kind::Object,
            Value::Union(..) => unreachable!("unions are their branches"),
        };
        out.push((state, kind, name.to_owned()));
    }
    match (value, shape) {
        (Value::Record(values), Shape::Record(_, fields)) => {
            for (field, value) in fields.iter().zip(values) {
                let child = automaton.member(state, field.name.as_bytes());
                expected(
                    (value, schema, field.node),
                    (automaton, child),
                    &field.name,
                    out,
                );
            }
        }
        (Value::Map(items), Shape::Map(of)) => {
            for (key, value) in items {
                let child = automaton.member(state, key.as_bytes());
                expected((value, schema, *of), (automaton, child), key, out);
            }
        }
        (Value::Array(items), Shape::Array(of)) => {
            for (n, value) in (0..).zip(items) {
                let child = automaton.element(state, n);
                expected((value, schema, *of), (automaton, child), "", out);
            }
        }
        _ => {}
    }
}

const PATHS: [&[&str]; 5] = [
    &["f0"],
    &["f0.f0", "f1", "f2.f0.f1", "f3"],
    &["*", "f0.*", "f1[*].f0", "f2[1]"],
    &["**", "f0.f1"],
    &["f0[*]", "f1[*]", "f1.0a", "f2.*", "f0.f0.f0.f0", "f3[0].f1"],
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn what_was_written_is_read(seed: u64) {
        let dice = &mut Dice::new(seed);
        let text = schema(dice);
        let schema = Schema::parse(&text).unwrap();
        let value = value(dice, &schema, schema.root(), 0);
        let mut bytes = Vec::new();
        write(&value, dice, &mut bytes);
        let json = json_of(&value, &schema, schema.root());
        for paths in PATHS {
            let automaton = automaton(paths);
            let program = Program::new(&schema, &automaton).unwrap();
            let tape = decoded(&bytes, &program).unwrap();
            let record = Record::new(&bytes, &program);
            let mut all = Vec::new();
            expected((&value, &schema, schema.root()), (&automaton, ROOT), "", &mut all);
            let name = |entry: &Entry| match entry.flags & ELEMENT {
                0 if entry.slot != 0 => Avro::name(&record, entry).raw().to_owned(),
                _ => String::new(),
            };
            let found: Vec<_> = tape
                .entries
                .iter()
                .map(|entry| (program.state(entry.slot), entry.kind, name(entry)))
                .collect();
            prop_assert_eq!(&found, &all, "{} {:?}", text, paths);
            prop_assert_eq!(spelled(&bytes, &program).unwrap(), json.clone(), "{}", text);
            // Each container's entries lie inside of it, bytes and places.
            for (at, entry) in tape.entries.iter().enumerate() {
                let inside = &tape.entries[at + 1..entry.next as usize];
                prop_assert!(inside.iter().all(|e| e.start >= entry.start && e.end <= entry.end));
            }
        }
    }

    #[test]
    fn cuts_and_changed_bits_are_refused_or_are_another_record(seed: u64) {
        let dice = &mut Dice::new(seed);
        let text = schema(dice);
        let schema = Schema::parse(&text).unwrap();
        let value = value(dice, &schema, schema.root(), 0);
        let mut bytes = Vec::new();
        write(&value, dice, &mut bytes);
        let program = Program::new(&schema, &automaton(&["f0.f0", "f1", "f2[*]", "f3.*"])).unwrap();
        prop_assert!(decoded(&bytes, &program).is_ok());
        for cut in 0..bytes.len() {
            // What was read of a shorter one would have to end where this one goes on.
            prop_assert!(decoded(&bytes[..cut], &program).is_err(), "{} at {}", text, cut);
        }
        let mut longer = bytes.clone();
        longer.push(0);
        prop_assert_eq!(decoded(&longer, &program).err(), Some(Fault::Trailing.into()));
        for bit in 0..8 * bytes.len().min(200) {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let _ = decoded(&flipped, &program);
        }
    }

    #[test]
    fn any_bytes_are_a_record_or_refused(seed: u64, bytes: Vec<u8>) {
        let text = schema(&mut Dice::new(seed));
        let program = program(&text, &["f0.f0", "f1", "f2[*]", "f3.*"]);
        if let Ok(tape) = decoded(&bytes, &program) {
            prop_assert!(tape.entries.len() <= 1 + 2 * bytes.len().max(64));
        }
    }
}

#[test]
fn broken_bytes_are_refused_for_what_they_are() {
    let of = |field: &str| record(&format!(r#"{{"name":"a","type":{field}}}"#));
    let array = of(r#"{"type":"array","items":"int"}"#);
    let map = of(r#"{"type":"map","values":"int"}"#);
    let count = |n: i64| {
        let mut bytes = Vec::new();
        long(n, &mut bytes);
        bytes
    };
    let sized = |n: i64, size: i64, rest: &[u8]| [&count(n)[..], &count(size), rest].concat();
    for (schema, bytes, refused) in [
        // "Must-reject" vectors of Apache Avro, share/test/data/binary-rejections.json.
        (of("\"long\""), vec![0x80; 10], Fault::Varint),
        (of("\"int\""), vec![0x80; 5], Fault::Cut),
        (array.clone(), sized(i64::MIN, 1, &[2]), Fault::Block),
        (of("\"bytes\""), vec![1], Fault::Length),
        (of("\"string\""), vec![1], Fault::Length),
        (of(r#"["null","int"]"#), vec![1], Fault::Branch),
        (of(r#"["null","int"]"#), vec![0x0a], Fault::Branch),
        (
            of(r#"{"type":"enum","name":"E","symbols":["A","B"]}"#),
            vec![1],
            Fault::Symbol,
        ),
        (
            of(r#"{"type":"enum","name":"E","symbols":["A","B"]}"#),
            vec![0x0a],
            Fault::Symbol,
        ),
        // Ours.
        (of("\"boolean\""), vec![2], Fault::Boolean),
        (of("\"int\""), count(1 << 31), Fault::Varint),
        (of("\"double\""), vec![0; 7], Fault::Cut),
        (of("\"string\""), vec![4, b'a'], Fault::Cut),
        (of("\"string\""), count(i64::MAX), Fault::Cut),
        (of("[]"), vec![0], Fault::Branch),
        (array.clone(), count(1 << 62), Fault::Block),
        (array.clone(), count(3), Fault::Block),
        (array.clone(), vec![], Fault::Cut),
        // A size that is too large, too small, below nothing.
        (array.clone(), sized(-1, 3, &[2, 0]), Fault::Cut),
        (array.clone(), sized(-1, 2, &[2, 0]), Fault::Block),
        (array.clone(), sized(-2, 1, &[2, 2, 0]), Fault::Block),
        (array.clone(), sized(-1, -1, &[2, 0]), Fault::Length),
        (map.clone(), vec![4, 2, b'a'], Fault::Block),
        (map.clone(), sized(-1, 2, &[2, b'a', 2, 0]), Fault::Block),
        (of("\"null\""), vec![0], Fault::Trailing),
    ] {
        let found = decoded(&bytes, &program(&schema, &["a"])).err();
        assert_eq!(found, Some(refused.into()), "{schema} {bytes:x?}");
        // Named or not.
        let found = decoded(&bytes, &program(&schema, &["b"])).err();
        assert_eq!(found, Some(refused.into()), "{schema} {bytes:x?}");
    }
    let keys = |a: &str, b: &str| {
        let mut bytes = count(2);
        for key in [a, b] {
            write(&Value::Text(key.into()), &mut Dice::new(1), &mut bytes);
            bytes.push(2);
        }
        bytes.push(0);
        bytes
    };
    let of_map = program(&map, &["a.x"]);
    assert!(decoded(&keys("x", "y"), &of_map).is_ok());
    assert_eq!(
        decoded(&keys("x", "x"), &of_map).err(),
        Some(Refused::DuplicateKey)
    );
    let long_key = keys(&"k".repeat(1 << 16), "x");
    assert_eq!(decoded(&long_key, &of_map).err(), Some(Refused::TooLarge));
    assert!(decoded(&keys(&"k".repeat((1 << 16) - 1), "x"), &of_map).is_ok());
    let not_utf8 = vec![2, 2, 0xff, 2, 0];
    assert_eq!(decoded(&not_utf8, &of_map).err(), Some(Refused::NotUtf8));
    let text = program(&of("\"string\""), &["b"]);
    assert_eq!(decoded(&[2, 0xff], &text).err(), Some(Refused::NotUtf8));
}

#[test]
fn keys_of_two_maps_may_be_the_same() {
    let inner = r#"{"type":"map","values":{"type":"map","values":"null"}}"#;
    let schema = record(&format!(r#"{{"name":"a","type":{inner}}}"#));
    // {"x": {"x": null, "y": null}, "y": {"x": null}}
    let bytes = b"\x04\x02x\x04\x02x\x02y\x00\x02y\x02\x02x\x00\x00";
    let json = serde_json::json!({ "a": { "x": { "x": null, "y": null }, "y": { "x": null } } });
    assert_eq!(spelled(bytes, &program(&schema, &["a.x.y"])).unwrap(), json);
}

#[test]
fn what_takes_no_byte_is_counted() {
    let limits = Limits {
        tape_entries_max: 1_000,
        ..Limits::default()
    };
    let many = |n: i64| {
        let mut bytes = Vec::new();
        long(n, &mut bytes);
        bytes.push(0);
        bytes
    };
    let sized = |n: i64| {
        let mut bytes = Vec::new();
        long(-n, &mut bytes);
        bytes.extend([0, 0]);
        bytes
    };
    let wide: Vec<_> = (0..500)
        .map(|n| format!(r#"{{"name":"f{n}","type":"null"}}"#))
        .collect();
    for (items, most) in [
        ("\"null\"".to_owned(), 1_000),
        (r#"{"type":"fixed","name":"F","size":0}"#.into(), 1_000),
        (r#"{"type":"record","name":"E","fields":[]}"#.into(), 1_000),
        // Each of them has 500 values of no byte.
        (
            format!(
                r#"{{"type":"record","name":"E","fields":[{}]}}"#,
                wide.join(",")
            ),
            2,
        ),
    ] {
        let schema = record(&format!(
            r#"{{"name":"a","type":{{"type":"array","items":{items}}}}}"#
        ));
        let program = program(&schema, &["b"]);
        for bytes in [many(most), sized(most)] {
            assert!(decoded_under(&bytes, &program, &limits).is_ok(), "{items}");
        }
        for bytes in [
            many(most + 1),
            many(10_000_000),
            sized(1 << 62),
            many(i64::MAX),
        ] {
            let found = decoded_under(&bytes, &program, &limits).err();
            assert_eq!(found, Some(Refused::TooComplex), "{items}");
        }
    }
}

#[test]
fn depth_and_length_are_bounded() {
    let schema = r#"{"type":"record","name":"R","fields":[{"name":"r","type":["null","R"]}]}"#;
    let of = program(schema, &["r.r.r"]);
    let nested = |depth: usize| [vec![2; depth - 1], vec![0]].concat();
    assert!(decoded(&nested(64), &of).is_ok());
    assert_eq!(decoded(&nested(65), &of).err(), Some(Refused::TooDeep));
    assert_eq!(decoded(&nested(1 << 20), &of).err(), Some(Refused::TooDeep));
    let limits = Limits {
        value_bytes_max: 3,
        ..Limits::default()
    };
    assert!(decoded_under(&nested(3), &of, &limits).is_ok());
    assert_eq!(
        decoded_under(&nested(4), &of, &limits).err(),
        Some(Refused::TooLarge)
    );
    // A record that holds itself and nothing else has no value.
    let endless = r#"{"type":"record","name":"R","fields":[{"name":"r","type":"R"}]}"#;
    let endless = program(endless, &["r"]);
    assert_eq!(decoded(&[], &endless).err(), Some(Refused::TooDeep));
}

#[test]
fn records_one_behind_the_other_are_read_one_by_one() {
    let program = program(&record(r#"{"name":"a","type":"string"}"#), &["a"]);
    let mut decoder = AvroDecoder::new(1);
    let mut tape = Tape::default();
    let mut first = |bytes: &[u8], limits: &Limits| {
        let read = decoder.first(bytes, &program, limits, &mut tape);
        read.map(|len| (len, tape.entries[1].start, tape.entries[1].end))
    };
    let limits = Limits::default();
    let all = b"\x04ab\x02c\x00";
    assert_eq!(first(all, &limits), Ok((3, 1, 3)));
    assert_eq!(first(&all[3..], &limits), Ok((2, 1, 2)));
    assert_eq!(first(&all[5..], &limits), Ok((1, 1, 1)));
    assert_eq!(first(&all[6..], &limits), Err(Fault::Cut.into()));
    // It is the record that must not be too long, not what stands behind it.
    let limits = Limits {
        value_bytes_max: 2,
        ..limits
    };
    assert_eq!(first(all, &limits), Err(Refused::TooLarge));
    assert_eq!(first(&all[3..], &limits), Ok((2, 1, 2)));
    assert_eq!(first(b"\x04a", &limits), Err(Fault::Cut.into()));
}

#[test]
fn only_records_and_maps_are_values() {
    let union = r#"["null",{"type":"map","values":"long"},"string"]"#;
    let program = program(union, &["a"]);
    let tape = decoded(b"\x02\x02\x02a\x0e\x00", &program).unwrap();
    assert_eq!(tape.entries.len(), 2);
    assert_eq!(tape.reads, [1]);
    assert_eq!(decoded(b"\x00", &program).err(), Some(Refused::NotAnObject));
    assert_eq!(
        decoded(b"\x04\x02a", &program).err(),
        Some(Refused::NotAnObject)
    );
}
