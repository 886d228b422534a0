//! Bytes that another library wrote are read as that library reads them; damaged ones
//! are refused, or are what a second, plain reader makes of them.

use std::fs;
use std::path::Path;

use crate::corpus::targets::avro_reader;
use crate::memory::{assert_damage_takes_none, peak};
use serde_json::Value;
use veilstream::decode::Limits;
use veilstream::decode::avro::{AvroDecoder, Record, Refused};
use veilstream::plan::automaton::{Automaton, Builder};
use veilstream::record::path::{Selector, Step};
use veilstream::record::tape::{Entry, Tape};
use veilstream::record::value::SpellJson;
use veilstream::schema::avro::node::Schema;
use veilstream::schema::avro::program::Program;

/// A schema, and records of it: bytes, and what another library reads of them.
struct Case {
    schema: Value,
    program: Program,
    records: Vec<(Vec<u8>, Value)>,
}

fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/avro/corpus");
    let names = ["clicks", "changes", "times", "trees"];
    let case = |name| {
        let read =
            |end| fs::read_to_string(folder.join(format!("{name}.{end}"))).expect("it is there");
        let schema = read("avsc");
        let parsed = Schema::parse(&schema).expect("a schema");
        let record = |line: &str| {
            let mut line: Value = serde_json::from_str(line).expect("a line is JSON");
            let hex = line["hex"].as_str().expect("bytes");
            let bytes = data_encoding::HEXLOWER.decode(hex.as_bytes()).expect("hex");
            (bytes, line["json"].take())
        };
        Case {
            schema: serde_json::from_str(&schema).expect("it is JSON"),
            program: Program::new(&parsed, &automaton()).expect("of records"),
            records: read("ndjson").lines().map(record).collect(),
        }
    };
    names.map(case).into()
}

/// Names something of each schema, by name, by any name and by position.
fn automaton() -> Automaton {
    let mut builder = Builder::default();
    let name = |name: &str| Step::Name(name.into());
    for steps in [
        vec![name("partyId")],
        vec![name("tags"), Step::AnyElement],
        vec![name("after"), Step::AnyName],
        vec![name("at_us")],
        vec![name("last"), Step::Element(1)],
        vec![Step::AnyName, Step::AnyName, name("label")],
        vec![name("of"), Step::AnyName],
    ] {
        builder.add(Selector { steps });
    }
    builder.build(&[]).expect("a few states").automaton
}

/// What was read, as JSON; `None`: something in it has none.
fn read(bytes: &[u8], program: &Program) -> Result<Option<Value>, Refused> {
    let mut tape = Tape::default();
    AvroDecoder::new(7).decode(bytes, program, &Limits::default(), &mut tape)?;
    let record = Record::new(bytes, program);
    let mut json = Vec::new();
    let spelled = record.spell_json(&tape.entries[0], &mut json);
    Ok(spelled
        .ok()
        .map(|()| serde_json::from_slice(&json).expect("it is JSON")))
}

/// The decoder and the plain reader say the same of these bytes.
fn agree(bytes: &[u8], case: &Case) -> bool {
    let ours = read(bytes, &case.program);
    let plain = avro_reader::read(&case.schema, bytes);
    match (&ours, &plain) {
        (Ok(Some(ours)), Ok(plain)) => assert_eq!(ours, plain, "{bytes:x?}"),
        (Ok(None), Ok(_)) | (Err(_), Err(_)) => {}
        _ => panic!("ours {ours:?}, plain {plain:?}: {bytes:x?}"),
    }
    ours.is_ok()
}

#[test]
fn records_are_read_as_another_library_reads_them() {
    let mut records = 0;
    for case in cases() {
        for (bytes, json) in &case.records {
            assert_eq!(read(bytes, &case.program).as_ref(), Ok(&Some(json.clone())));
            assert!(agree(bytes, &case));
            records += 1;
        }
    }
    assert_eq!(records, 160);
}

#[test]
fn every_cut_is_refused() {
    for case in cases() {
        for (bytes, _) in &case.records {
            for cut in 0..bytes.len() {
                let found = read(&bytes[..cut], &case.program);
                assert!(found.is_err(), "{cut} of {bytes:x?}");
            }
        }
    }
}

#[test]
fn what_is_damaged_is_refused_or_another_record() {
    let (mut tried, mut records) = (0, 0);
    for case in cases() {
        let short = case.records.iter().filter(|(bytes, _)| bytes.len() < 200);
        for (bytes, _) in short.take(8) {
            for at in 0..bytes.len() {
                let mut changed = bytes.clone();
                for bit in 0..8 {
                    changed[at] = bytes[at] ^ (1 << bit);
                    records += usize::from(agree(&changed, &case));
                }
                for byte in [0, 1, 2, 0x7f, 0x80, 0xff] {
                    let mut longer = bytes.clone();
                    longer.insert(at, byte);
                    records += usize::from(agree(&longer, &case));
                }
                tried += 14;
            }
        }
    }
    // Much of what is damaged is another value of the same length: letters and numbers.
    let some = tried / 10..tried;
    assert!(
        tried > 20_000 && some.contains(&records),
        "{records} of {tried}"
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
            let _ = AvroDecoder::new(7).decode(bytes, &case.program, &limits, &mut tape);
        });
    }
    assert!(tried > 20_000, "{tried}");
}

/// Elements of no bytes: their number is all that says how many there are.
#[test]
fn ten_million_nulls_take_no_more_memory_than_a_record_may() {
    let schema = r#"{"type":"record","name":"R","fields":[{"name":"last","type":{"type":"array","items":"null"}}]}"#;
    let schema = Schema::parse(schema).expect("a schema");
    let mut builder = Builder::default();
    builder.add(Selector {
        steps: vec![Step::Name("last".into()), Step::AnyElement],
    });
    let automaton = builder.build(&[]).expect("a few states").automaton;
    let program = Program::new(&schema, &automaton).expect("of records");
    // Zigzag of 10,000,000, and the end mark.
    let bytes = [0x80, 0xda, 0xc4, 0x09, 0x00];
    let limits = Limits::default();
    let mut refused = None;
    let took = peak(|| {
        let mut tape = Tape::default();
        let read = AvroDecoder::new(7).decode(&bytes, &program, &limits, &mut tape);
        refused = read.err();
    });
    assert!(refused.is_some());
    // A list grows by doubling, and both are there while it is moved.
    let most = 3 * limits.tape_entries_max as usize * size_of::<Entry>() + 4_096;
    assert!(took <= most, "{took} of {most}");
}
