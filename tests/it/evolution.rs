//! What becomes of the schema of what leaves, and of its bytes, when the writer's goes on:
//! `tests/evolution/CASE/` has two versions of a schema (`v1`, `v2`), a policy that
//! names the first, records of each as JSON (`given-1.ndjson`, …), and what came of it
//! (`left.txt`): of each version the schema of what leaves and each record that left, as
//! bytes and as JSON, or why there is none. Of Avro, what another library makes of records
//! of one version that it reads by the schema of the other stands there too. Adding a case
//! is adding a folder; `VEIL_UPDATE=1` writes what came out: read the difference before
//! committing it.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use apache_avro::reader::datum::GenericDatumReader;
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

#[test]
fn what_leaves_of_two_versions_is_as_accepted() {
    let update = std::env::var_os("VEIL_UPDATE").is_some();
    let (mut wrong, mut read) = (Vec::new(), 0);
    for case in cases() {
        let versions = ["1", "2"].map(|version| Version::of(&case, version));
        let mut left = String::new();
        for version in &versions {
            writeln!(left, "{}", version.told).expect("a text takes all");
        }
        let [one, two] = &versions;
        for (what, of, by) in [("v1 by v2's", one, two), ("v2 by v1's", two, one)] {
            for line in of.read_by(by) {
                writeln!(left, "{what}: {line}").expect("a text takes all");
                read += 1;
            }
        }
        let path = case.join("left.txt");
        if update {
            fs::write(&path, &left).expect("the folder can be written");
        }
        if fs::read_to_string(&path).unwrap_or_default() != left {
            wrong.push(format!("{}:\n{left}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(read > 10, "another library read {read} of them");
}

fn cases() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/evolution");
    let all = fs::read_dir(root).expect("there are cases");
    let mut all: Vec<_> = all
        .map(|entry| entry.expect("it is readable").path())
        .collect();
    all.sort();
    assert!(!all.is_empty());
    all
}

/// What leaves under one version of a schema.
struct Version {
    /// As it stands in the file.
    told: String,
    /// The schema of what leaves, where it is of Avro.
    avro: Option<String>,
    /// What left.
    records: Vec<Vec<u8>>,
}

impl Version {
    fn of(case: &Path, version: &str) -> Version {
        let plan = match plan(case, version) {
            Ok(plan) => plan,
            Err(why) => {
                return Version {
                    told: format!("v{version}: {why}"),
                    avro: None,
                    records: Vec::new(),
                };
            }
        };
        let writer = Writer::of(&plan.source.format).expect("it reads no JSON");
        let writer = writer.expect("the policy was bound to it");
        let binding = writer.bind(&plan).expect("so it can be bound again");
        let schema = binding.schemas[0].to_string();
        let mut told = format!("v{version}: {schema}");
        let lane = Lane {
            topic: Arc::clone(&plan.source.topics[0]),
            partition: 0,
            claim: 0,
        };
        let mut batch = InBatch::new(lane, Arc::clone(&plan));
        batch.bindings = Some(Arc::new(Bindings::of_file(Bound::Ready(Arc::new(binding)))));
        let given = fs::read_to_string(case.join(format!("given-{version}.ndjson")));
        for (offset, line) in (0..).zip(given.expect("a case has records").lines()) {
            let mut bytes = Vec::new();
            let value = Json::read(line, 1 << 20).expect("a line is JSON");
            let encoded = writer.encode(&value, &mut bytes);
            encoded.unwrap_or_else(|wrong| panic!("{}: {line}: {wrong}", case.display()));
            (batch.raw).push(offset, Timestamp::None, None, Some(&bytes), []);
        }
        let mut worker = Worker::of_the_system();
        let out = sanitize(batch, &mut worker).expect("nothing is asked for");
        let mut records = Vec::new();
        let mut is_avro = false;
        for record in out.records() {
            let Destination::Output(0) = record.destination else {
                let refused = record.destination;
                write!(told, "\n  {refused:?}").expect("a text takes all");
                continue;
            };
            let value = out.bytes(record.value.expect("no tombstones"));
            let binding = out.binding().expect("the batch says its schemas");
            let json = match &binding.format {
                OfFormat::Avro(_) => {
                    is_avro = true;
                    let schema = Schema::parse(&schema).expect("what was derived was read");
                    avro::json_of(&schema, value)
                }
                OfFormat::Protobuf(of) => protobuf::json_of(&of.derived[0], value),
                OfFormat::Json(_) => unreachable!("no case is of JSON"),
            };
            let json = json.expect("a record of its schema");
            let hex = data_encoding::HEXLOWER.encode(value);
            write!(told, "\n  {hex}\n  {json}").expect("a text takes all");
            records.push(value.to_vec());
        }
        Version {
            told,
            avro: is_avro.then_some(schema),
            records,
        }
    }

    /// What apache-avro makes of the records of this version, read by the schema of another.
    fn read_by(&self, other: &Version) -> Vec<String> {
        let (Some(written), Some(reads)) = (&self.avro, &other.avro) else {
            return Vec::new();
        };
        let [written, reads] = [written, reads]
            .map(|text| apache_avro::Schema::parse_str(text).expect("it is a schema to others"));
        let reader = GenericDatumReader::builder(&written)
            .reader_schema(&reads)
            .build();
        let reader = reader.expect("two schemas");
        let read = self.records.iter().map(|bytes| {
            let value = reader.read_value(&mut &bytes[..]);
            match value.map(serde_json::Value::try_from) {
                Ok(Ok(json)) => json.to_string(),
                _ => "not read".to_owned(),
            }
        });
        read.collect()
    }
}

/// The policy of a case for that version, or the errors of both.
fn plan(case: &Path, version: &str) -> Result<Arc<Plan>, String> {
    let path = case.join("policy.yaml");
    let text = fs::read_to_string(&path).expect("the case has a policy");
    let text = text.replace("file: v1.", &format!("file: v{version}."));
    let file = PolicyFile { text, path };
    let now = jiff::Timestamp::UNIX_EPOCH;
    let compiled = compile(&file, &TestKeys, &Beside(case.to_owned()), now);
    compiled.plan.map(Arc::new).ok_or_else(|| {
        let all = compiled.findings.list().iter();
        let errors = all.filter(|f| f.severity == Severity::Error);
        let errors = errors.map(|f| format!("{}: {}", f.code, f.message));
        errors.collect::<Vec<_>>().join("; ")
    })
}
