//! The records of the golden cases, damaged: cut at every byte, and every bit turned over.
//! What comes of it is refused, or is what would leave of a whole record that says the
//! same: bytes that are spelled otherwise carry nothing with them.

use std::path::Path;
use std::sync::Arc;

use veilstream::decode::{avro, protobuf};
use veilstream::pipeline::{Destination, InBatch, OutBatch, Worker, sanitize};
use veilstream::plan::Plan;
use veilstream::record::lane::Lane;
use veilstream::record::timestamp::Timestamp;
use veilstream::schema::avro::node::Schema;
use veilstream::schema::binding::{Binding, OfFormat};
use veilstream::schema::json::Json;
use veilstream::schema::writer::Writer;
use veilstream::schema::{Bindings, Bound};

use super::goldens;

/// Longer ones take longer, and show nothing else.
const LONGEST: usize = 400;

#[test]
fn a_damaged_record_is_refused_or_leaves_as_a_whole_one_that_says_the_same() {
    let (mut tried, mut left) = (0, 0);
    for case in goldens::cases() {
        // What is sealed is sealed anew each time; and JSON is damaged elsewhere.
        if case.ends_with("sealed")
            || case.ends_with("protobuf-sealed")
            || case.ends_with("json-schema")
        {
            continue;
        }
        let one = Case::of(&case);
        for whole in one.records.iter().filter(|bytes| bytes.len() <= LONGEST) {
            let cuts = (0..whole.len()).map(|cut| whole[..cut].to_vec());
            let flips = (0..whole.len() * 8).map(|bit| {
                let mut bytes = whole.clone();
                bytes[bit / 8] ^= 1 << (bit % 8);
                bytes
            });
            let damaged: Vec<Vec<u8>> = cuts.chain(flips).collect();
            for some in damaged.chunks(500) {
                tried += some.len();
                left += one.agree(some);
            }
        }
    }
    println!("{tried} damaged records, {left} of them records of their schema");
    assert!(tried > 10_000 && left > 1_000, "{tried}, {left}");
}

struct Case {
    plan: Arc<Plan>,
    writer: Writer,
    binding: Arc<Binding>,
    derived: Derived,
    records: Vec<Vec<u8>>,
}

impl Case {
    fn of(folder: &Path) -> Case {
        let plan = goldens::plan(folder);
        let writer = Writer::of(&plan.source.format).expect("it reads no JSON");
        let writer = writer.expect("the policy was bound to it");
        let binding = Arc::new(writer.bind(&plan).expect("so it can be bound again"));
        let given = std::fs::read_to_string(folder.join("given.ndjson")).expect("records");
        let records = given.lines().filter(|line| !line.starts_with("hex"));
        let records = records.map(|line| {
            let mut bytes = Vec::new();
            let value = Json::read(line, 1 << 20).expect("a line is JSON");
            writer.encode(&value, &mut bytes).expect("it fits");
            bytes
        });
        Case {
            derived: Derived::of(&binding),
            records: records.collect(),
            writer,
            binding,
            plan,
        }
    }

    /// How many of the damaged ones are records of the schema.
    fn agree(&self, damaged: &[Vec<u8>]) -> usize {
        // Of two branches that look alike in JSON, which it was is not told by it.
        let told = damaged.iter().filter_map(|bytes| match self.again(bytes) {
            Some(None) => None,
            again => Some((bytes, again.flatten())),
        });
        let (damaged, again): (Vec<&Vec<u8>>, Vec<Option<Vec<u8>>>) = told.unzip();
        let found = self.outcomes(damaged.iter().map(|bytes| bytes.as_slice()));
        let twins: Vec<&[u8]> = again.iter().flatten().map(Vec::as_slice).collect();
        let mut twins = match twins.is_empty() {
            true => Vec::new().into_iter(),
            false => self.outcomes(twins.into_iter()).into_iter(),
        };
        let mut left = 0;
        for ((bytes, found), again) in damaged.into_iter().zip(found).zip(&again) {
            match again {
                Some(_) => {
                    let twin = twins.next();
                    // What is shown may be refused: elements that do not stand together, and
                    // a null that has the number of nothing.
                    let is_refused = ["not_protobuf", "bad_identifier"].map(|reason| [reason]);
                    if self.is_protobuf() && is_refused.iter().any(|reason| found == *reason) {
                        continue;
                    }
                    left += 1;
                    assert_eq!(Some(found), twin, "{bytes:x?}");
                }
                // Not a record, or one with a number that has no JSON.
                None => {
                    let is_refused = found.iter().all(|line| !line.starts_with('{'));
                    assert!(
                        is_refused || json_of(&self.writer, bytes).is_none(),
                        "{bytes:x?}"
                    );
                }
            }
        }
        left
    }

    fn is_protobuf(&self) -> bool {
        matches!(self.writer, Writer::Protobuf(_))
    }

    /// The record that says the same, written from what is read of it; `None`: it is no
    /// record, or none that JSON can say. `Some(None)`: JSON does not say which branch of
    /// a union it was.
    fn again(&self, bytes: &[u8]) -> Option<Option<Vec<u8>>> {
        let json = json_of(&self.writer, bytes)?;
        let json = Json::read(&json, 1 << 20).expect("JSON");
        let mut again = Vec::new();
        let written = self.writer.encode(&json, &mut again);
        Some(written.is_ok().then_some(again))
    }

    /// What becomes of each record: what leaves to each output, or the reason.
    fn outcomes<'v>(&self, values: impl Iterator<Item = &'v [u8]>) -> Vec<Vec<String>> {
        let lane = Lane {
            topic: Arc::clone(&self.plan.source.topics[0]),
            partition: 0,
            claim: 0,
        };
        let mut batch = InBatch::new(lane, Arc::clone(&self.plan));
        let bound = Bound::Ready(Arc::clone(&self.binding));
        batch.bindings = Some(Arc::new(Bindings::of_file(bound)));
        let mut count = 0;
        for (offset, value) in (0..).zip(values) {
            let at = Timestamp::Create(goldens::NOW_MS);
            batch.raw.push(offset, at, None, Some(value), []);
            count += 1;
        }
        let mut worker = Worker::of_the_system();
        let out = sanitize(batch, &mut worker).expect("nothing is asked for");
        let mut outcomes = vec![Vec::new(); count];
        for record in out.records() {
            let at = usize::try_from(record.source_offset).expect("it was counted from 0");
            outcomes[at].push(self.outcome(&out, record));
        }
        outcomes
    }

    fn outcome(&self, out: &OutBatch, record: &veilstream::pipeline::OutRecord) -> String {
        match record.destination {
            Destination::Quarantine(reason) => reason.to_string(),
            Destination::Held(_) => panic!("no golden case waits"),
            Destination::Output(n) => {
                let bytes = out.bytes(record.value.expect("no tombstones"));
                (self.derived.json(usize::from(n), bytes))
                    .unwrap_or_else(|reason| format!("{{{reason}}}"))
            }
        }
    }
}

/// A record as JSON; `None`: it is none of the schema, or has a number that has no JSON.
fn json_of(writer: &Writer, bytes: &[u8]) -> Option<String> {
    match writer {
        Writer::Avro(schema) => avro::json_of(schema, bytes).ok(),
        Writer::Protobuf(schema) => protobuf::json_of(schema, bytes).ok(),
        Writer::Json(_) => None,
    }
}

/// The schemas of what leaves, by output.
enum Derived {
    Avro(Vec<Schema>),
    Protobuf(Arc<Binding>),
}

impl Derived {
    fn of(binding: &Arc<Binding>) -> Derived {
        let read = |text| Schema::parse(text).expect("what was derived is read");
        match binding.format {
            OfFormat::Avro(_) => {
                Derived::Avro(binding.schemas.iter().map(|text| read(text)).collect())
            }
            OfFormat::Protobuf(_) => Derived::Protobuf(Arc::clone(binding)),
            OfFormat::Json(_) => unreachable!("JSON is damaged elsewhere"),
        }
    }

    fn json(&self, output: usize, bytes: &[u8]) -> Result<String, String> {
        match self {
            Derived::Avro(schemas) => {
                avro::json_of(&schemas[output], bytes).map_err(|reason| reason.to_string())
            }
            // A scalar that is its default stands behind the others where it is not on the
            // wire: the order of the fields of a message says nothing.
            Derived::Protobuf(binding) => {
                let OfFormat::Protobuf(of) = &binding.format else {
                    unreachable!("it was made of one of Protobuf")
                };
                let json = protobuf::json_of(&of.derived[output], bytes);
                let json = json.map_err(|reason| reason.to_string())?;
                let sorted: serde_json::Value = serde_json::from_str(&json).expect("JSON");
                Ok(sorted.to_string())
            }
        }
    }
}
