//! `tests/golden/schemas/CASE/`: the schema of a writer, a policy that names it, records as
//! JSON (`given.ndjson`), the schemas of what leaves (`derived.ndjson`, one line an
//! output; of Protobuf `derived.proto`), and what becomes of the records
//! (`expected.ndjson`). Adding a case is adding a folder; `VEIL_UPDATE=1` writes what came
//! out: read the difference before committing it.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use veilstream::crypto::entropy::Entropy;
use veilstream::decode::{avro, protobuf};
use veilstream::keys::TestKeys;
use veilstream::language::finding::Severity;
use veilstream::pipeline::{Destination, InBatch, Worker, sanitize};
use veilstream::plan::Plan;
use veilstream::policy::{PolicyFile, compile};
use veilstream::record::lane::Lane;
use veilstream::record::timestamp::Timestamp;
use veilstream::schema::avro::node::Schema;
use veilstream::schema::binding::OfFormat;
use veilstream::schema::json::Json;
use veilstream::schema::writer::Writer;
use veilstream::schema::{Bindings, Bound};

use crate::tables::Beside;

/// 2026-03-01T12:00:00Z.
pub const NOW_MS: i64 = 1_772_366_400_000;

#[test]
fn every_folder_gives_what_it_says() {
    let update = std::env::var_os("VEIL_UPDATE").is_some();
    let mut wrong = Vec::new();
    for case in cases() {
        let (derived, expected) = run(&case);
        for (name, actual) in [derived, ("expected.ndjson", expected)] {
            let path = case.join(name);
            if update {
                fs::write(&path, &actual).expect("the folder can be written");
            }
            if fs::read_to_string(&path).unwrap_or_default() != actual {
                wrong.push(format!("{}:\n{actual}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

pub fn cases() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/schemas");
    let all = fs::read_dir(root).expect("there are cases");
    let mut all: Vec<_> = all
        .map(|entry| entry.expect("it is readable").path())
        .collect();
    all.sort();
    assert!(!all.is_empty());
    all
}

fn run(case: &Path) -> ((&'static str, String), String) {
    let plan = plan(case);
    let writer = Writer::of(&plan.source.format).expect("it reads no JSON");
    let writer = writer.expect("the policy was bound to it");
    let binding = writer.bind(&plan).expect("so it can be bound again");
    let mut derived = String::new();
    for (output, schema) in plan.outputs.iter().zip(&binding.schemas) {
        let wrote = match &writer {
            Writer::Avro(_) | Writer::Json(_) => {
                writeln!(derived, "{{\"{}\":{schema}}}", output.topic)
            }
            Writer::Protobuf(_) => writeln!(derived, "// {}\n{schema}", output.topic),
        };
        wrote.expect("a text takes all");
    }
    let name = match &writer {
        Writer::Avro(_) | Writer::Json(_) => "derived.ndjson",
        Writer::Protobuf(_) => "derived.proto",
    };
    let lane = Lane {
        topic: Arc::clone(&plan.source.topics[0]),
        partition: 0,
        claim: 0,
    };
    let mut batch = InBatch::new(lane, Arc::clone(&plan));
    batch.bindings = Some(Arc::new(Bindings::of_file(Bound::Ready(Arc::new(binding)))));
    let given = fs::read_to_string(case.join("given.ndjson")).expect("a case has records");
    for (offset, line) in (0..).zip(given.lines()) {
        let mut bytes = Vec::new();
        let value = match line.strip_prefix("hex") {
            Some(hex) => data_encoding::HEXLOWER
                .decode(hex.trim().as_bytes())
                .expect("hex"),
            None => {
                let value = Json::read(line, 1 << 20).expect("a line is JSON");
                let encoded = writer.encode(&value, &mut bytes);
                encoded.unwrap_or_else(|wrong| panic!("{}: {line}: {wrong}", case.display()));
                bytes
            }
        };
        let at = Timestamp::Create(NOW_MS);
        batch.raw.push(offset, at, None, Some(&value), []);
    }
    let mut worker = Worker::new(Fixed, || NOW_MS);
    let out = sanitize(batch, &mut worker).expect("nothing is asked for");
    assert!(out.counts.balances(), "{}", case.display());
    let mut expected = String::new();
    for record in out.records() {
        match record.destination {
            Destination::Output(n) => {
                let topic = &plan.outputs[usize::from(n)].topic;
                let binding = out.binding().expect("the batch says its schemas");
                let value = out.bytes(record.value.expect("no tombstones"));
                let json = match &binding.format {
                    OfFormat::Avro(_) => {
                        let schema = Schema::parse(&binding.schemas[usize::from(n)]);
                        avro::json_of(&schema.expect("what was derived was read"), value)
                    }
                    OfFormat::Json(_) => Ok(String::from_utf8(value.to_vec()).expect("JSON")),
                    OfFormat::Protobuf(of) => protobuf::json_of(&of.derived[usize::from(n)], value),
                };
                let json = json.expect("a record of its schema");
                writeln!(expected, "{{\"{topic}\":{json}}}").expect("a text takes all");
            }
            Destination::Held(_) => panic!("{}: what is Avro does not wait", case.display()),
            Destination::Quarantine(reason) => {
                let header = |name: &str| {
                    let mut headers = out.headers(record);
                    let found = headers.find(|(n, _)| *n == name.as_bytes());
                    let value = found.and_then(|(_, value)| value).unwrap_or_default();
                    String::from_utf8_lossy(value).into_owned()
                };
                let field = header("veil-field");
                writeln!(
                    expected,
                    "{{\"quarantined\":\"{reason}\",\"field\":\"{field}\"}}"
                )
                .expect("a text takes all");
            }
        }
    }
    ((name, derived), expected)
}

pub fn plan(case: &Path) -> Arc<Plan> {
    let path = case.join("policy.yaml");
    let file = PolicyFile {
        text: fs::read_to_string(&path).expect("the case has a policy"),
        path,
    };
    let now = jiff::Timestamp::from_millisecond(NOW_MS).expect("a time");
    let compiled = compile(&file, &TestKeys, &Beside(case.to_owned()), now);
    let errors: Vec<&str> = compiled
        .findings
        .list()
        .iter()
        .filter(|f| f.severity == Severity::Error)
        .map(|f| f.message.as_str())
        .collect();
    Arc::new(
        compiled
            .plan
            .unwrap_or_else(|| panic!("{}: {errors:?}", case.display())),
    )
}

/// Salts that files can be written down with.
#[derive(Clone)]
struct Fixed;

impl Entropy for Fixed {
    fn fill(&mut self, out: &mut [u8]) {
        for (byte, value) in out.iter_mut().zip(0xa0..) {
            *byte = value;
        }
    }
}
