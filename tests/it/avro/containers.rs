//! Container files that another library wrote.

use std::fs;
use std::path::Path;

use serde_json::json;
use veilstream::decode::Limits;
use veilstream::decode::avro::{AvroDecoder, Record};
use veilstream::plan::automaton::Builder;
use veilstream::record::path::{Selector, Step};
use veilstream::record::tape::Tape;
use veilstream::record::value::SpellJson;
use veilstream::schema::avro::container::ContainerReader;
use veilstream::schema::avro::node::Schema;
use veilstream::schema::avro::program::Program;

#[test]
fn files_of_each_codec_are_read_record_by_record() {
    for codec in ["null", "deflate", "zstandard", "snappy"] {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/avro/containers");
        let bytes = fs::read(root.join(format!("{codec}.avro"))).expect("it is there");
        let mut file = ContainerReader::open(&bytes[..]).expect("it is a file");
        assert_eq!(file.codec().name(), codec);
        let schema = Schema::parse(file.schema()).expect("it has a schema");
        let mut paths = Builder::default();
        let steps = vec![Step::Name("a".into())];
        paths.add(Selector { steps });
        let automaton = paths.build(&[]).expect("two states").automaton;
        let program = Program::new(&schema, &automaton).expect("of records");
        let (mut records, mut tape, mut blocks) = (Vec::new(), Tape::default(), 0);
        let mut decoder = AvroDecoder::new(3);
        let mut read = Vec::new();
        while let Some(count) = file.block(&mut records).expect("a block") {
            blocks += 1;
            let mut rest = &records[..];
            for _ in 0..count {
                let len = decoder.first(rest, &program, &Limits::default(), &mut tape);
                let (record, after) = rest.split_at(len.expect("a record"));
                let mut json = Vec::new();
                let spelled = Record::new(record, &program).spell_json(&tape.entries[0], &mut json);
                spelled.expect("all of it has a text");
                read.push(serde_json::from_slice::<serde_json::Value>(&json).expect("JSON"));
                rest = after;
            }
            assert!(rest.is_empty());
        }
        assert!(blocks > 1, "{blocks}");
        let expected = (0..6).map(|n: i32| {
            json!({
                "a": n * 1000,
                "m": { "k": null, format!("é{n}"): "ü".repeat(n as usize) },
                "l": [
                    { "x": f64::from(n) / 4.0, "r": null },
                    { "x": -0.5, "r": { "a": -n, "m": {}, "l": [] } },
                ],
            })
        });
        assert_eq!(read, expected.collect::<Vec<_>>(), "{codec}");
    }
}
