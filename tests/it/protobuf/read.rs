//! Bytes that Google's library wrote are read as it reads them: `tests/protobuf/corpus`.

use std::fs;
use std::path::Path;

use crate::memory::assert_damage_takes_none;
use serde_json::Value;
use veilstream::decode::Limits;
use veilstream::decode::protobuf::{Message, ProtobufDecoder, Refused};
use veilstream::plan::automaton::{Automaton, Builder};
use veilstream::record::path::{Selector, Step};
use veilstream::record::tape::Tape;
use veilstream::record::value::SpellJson;
use veilstream::schema::protobuf::compile::{Source, Which};
use veilstream::schema::protobuf::node::Schema;
use veilstream::schema::protobuf::program::Program;

/// Schemas, and the messages that their values are.
const CASES: [(&str, &str); 3] = [
    ("orders", "shop.Order"),
    ("visits", "old.Visit"),
    ("trees", "Tree"),
];

/// A program, and messages for it: bytes, and what another library reads of them.
struct Case {
    program: Program,
    records: Vec<(Vec<u8>, Value)>,
}

fn cases() -> impl Iterator<Item = Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/protobuf/corpus");
    CASES.into_iter().map(move |(name, root)| {
        let read =
            |end| fs::read_to_string(folder.join(format!("{name}.{end}"))).expect("it is there");
        let text = read("proto");
        let main = Source {
            name: "main.proto",
            text: &text,
        };
        let schema = Schema::compile(main, &[], Which::Named(root)).expect("a schema");
        let record = |line: &str| {
            let mut line: Value = serde_json::from_str(line).expect("a line is JSON");
            let hex = line["hex"].as_str().expect("bytes");
            let bytes = data_encoding::HEXLOWER.decode(hex.as_bytes()).expect("hex");
            (bytes, line["json"].take())
        };
        Case {
            program: Program::new(&schema, &automaton()).expect("of records"),
            records: read("ndjson").lines().map(record).collect(),
        }
    })
}

/// Names something of each schema, by name, by any name and by position.
fn automaton() -> Automaton {
    let mut builder = Builder::default();
    let name = |name: &str| Step::Name(name.into());
    for steps in [
        vec![name("order_id")],
        vec![name("items"), Step::AnyElement, name("quantity")],
        vec![name("customer"), Step::AnyName],
        vec![name("weight"), name("value")],
        vec![name("deltas"), Step::Element(1)],
        vec![name("place"), name("kind")],
        vec![name("step"), Step::AnyElement, name("at")],
        vec![name("of"), Step::AnyName, name("label")],
        vec![name("object"), name("k0"), Step::AnyElement],
        vec![name("value"), Step::AnyName],
    ] {
        builder.add(Selector { steps });
    }
    builder.build(&[]).expect("a few states").automaton
}

fn read(bytes: &[u8], program: &Program) -> Result<Value, Refused> {
    let mut tape = Tape::default();
    ProtobufDecoder::new(7).decode(bytes, program, &Limits::default(), &mut tape)?;
    let mut json = Vec::new();
    let spelled = Message::new(bytes, program).spell_json(&tape.entries[0], &mut json);
    spelled.expect("no number is none");
    Ok(serde_json::from_slice(&json).expect("it is JSON"))
}

#[test]
fn messages_are_read_as_googles_library_reads_them() {
    let mut records = 0;
    for case in cases() {
        for (bytes, json) in &case.records {
            assert_eq!(read(bytes, &case.program).as_ref(), Ok(json), "{bytes:x?}");
            records += 1;
        }
    }
    assert_eq!(records, 120);
}

/// Whatever is cut off inside a field; at the border of two it is a shorter message.
#[test]
fn a_cut_is_refused_or_a_shorter_message() {
    let (mut cuts, mut shorter) = (0, 0);
    for case in cases() {
        for (bytes, json) in case.records.iter().filter(|(bytes, _)| bytes.len() < 300) {
            for cut in 0..bytes.len() {
                cuts += 1;
                let Ok(read) = read(&bytes[..cut], &case.program) else {
                    continue;
                };
                shorter += 1;
                let (read, whole) = (read.as_object(), json.as_object());
                let (read, whole) = (read.expect("a message"), whole.expect("a message"));
                assert!(read.keys().all(|key| whole.contains_key(key)), "{cut}");
            }
        }
    }
    assert!(
        cuts > 5_000 && shorter > 100 && shorter < cuts / 4,
        "{shorter} of {cuts}"
    );
}

#[test]
fn what_is_damaged_takes_no_more_memory_than_what_is_whole() {
    let mut tried = 0;
    for case in cases() {
        let records: Vec<Vec<u8>> = case
            .records
            .iter()
            .map(|(bytes, _)| bytes.clone())
            .collect();
        tried += assert_damage_takes_none(&records, |bytes| {
            let mut tape = Tape::default();
            let limits = Limits::default();
            let _ = ProtobufDecoder::new(7).decode(bytes, &case.program, &limits, &mut tape);
        });
    }
    assert!(tried > 20_000, "{tried}");
}
