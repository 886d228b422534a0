//! The library: policy in, batches through [`sanitize`], no broker.

use std::hint::black_box;
use std::path::PathBuf;
use std::sync::Arc;

use veilstream::action::{TableError, TableName, TableSource};
use veilstream::crypto::envelope::{Envelope, Expect};
use veilstream::keys::{KeyHandle, KeyRef, KeySource, TestKeys};
use veilstream::pipeline::InBatch;
use veilstream::pipeline::{Worker, sanitize};
use veilstream::plan::Plan;
use veilstream::policy::{PolicyFile, compile};
use veilstream::record::counts::Counts;
use veilstream::record::lane::Lane;
use veilstream::record::timestamp::Timestamp;

use crate::measure::{self, Part};
use crate::workload::Workload;

/// The output's pseudonymisation domain.
pub const DOMAIN: &str = "analytics";
/// The output's purpose.
pub const PURPOSE: &str = "analytics.reporting";

/// Workload A: two pseudonyms, one token, one ciphertext, three values made
/// coarser, twelve kept, seven not named.
pub const POLICY: &str = include_str!("policies/reference.yaml");
/// The same, with constants of the same length for everything that needs a key.
pub const POLICY_WITHOUT_CRYPTO: &str = include_str!("policies/reference-null.yaml");

/// [`POLICY`] with those fields only, one a line.
pub fn policy_with(fields: &str) -> String {
    let (head, _) = POLICY.split_once("    fields:").expect("it has fields");
    let mut policy = format!("{head}    fields:\n");
    for field in fields.lines() {
        policy.extend(["      ", field, "\n"]);
    }
    policy
}

/// A batch of the pipeline closes at this many records, or at this many bytes.
pub const BATCH_RECORDS: usize = 1_000;
const BATCH_BYTES: usize = 1 << 20;

/// The keys of policy tests: the same on every machine.
pub struct Keys {
    /// For pseudonyms.
    pub people: KeyHandle,
    /// For tokens.
    pub phones: KeyHandle,
    /// For the address.
    pub contact: KeyHandle,
}

impl Keys {
    /// The three keys that [`POLICY`] refers to.
    pub fn of_the_tests() -> Keys {
        let key = |name: &str| {
            let key_ref = KeyRef {
                file: PathBuf::from("bench.json"),
                entry: name.parse().expect("a key name"),
            };
            let entry = TestKeys
                .entry(&key_ref)
                .expect("test keys are always there");
            entry.oldest().expect("with one version")
        };
        Keys {
            people: key("people"),
            phones: key("phones"),
            contact: key("contact"),
        }
    }

    /// The JSON text in an envelope.
    pub fn open(&self, sealed: &str) -> Vec<u8> {
        let plaintext = Envelope::from_text(sealed)
            .and_then(|envelope| envelope.open(&self.contact, Expect::AnyContext))
            .expect("our own envelope");
        plaintext.to_json().as_bytes().to_vec()
    }
}

/// One worker with its batches; the buffers go round as in the pipeline.
pub struct Ours {
    worker: Worker,
    batches: Vec<Option<InBatch>>,
}

/// The tables that policies of the bench name: 10,000 rows that no event has, then those
/// that some have, so that a look-up is one into a table of some size.
struct MadeTables;

impl TableSource for MadeTables {
    fn read(&self, name: &TableName) -> Result<Vec<u8>, TableError> {
        let kinds = [
            "view;seen",
            "cart;bought",
            "buy;bought",
            "search;seen",
            "click;seen",
        ];
        let lines = match name.as_str() {
            "kinds.csv" => kinds.to_vec(),
            "kinds.txt" => vec!["view", "cart", "buy"],
            "orders.proto" => return Ok(crate::protobuf::WRITER.as_bytes().to_vec()),
            "wide.proto" => return Ok(crate::protobuf::wide().into_bytes()),
            "writer.avsc" => return Ok(crate::avro::WRITER.into()),
            _ => return Err(TableError::Missing),
        };
        let behind = if name.as_str().ends_with(".csv") {
            ";none"
        } else {
            ""
        };
        let made = (0..10_000).map(|n| format!("made-up-{n}{behind}\n"));
        let mut text: String = made.collect();
        text.push_str(&lines.join("\n"));
        Ok(text.into_bytes())
    }
}

/// The policy, compiled.
///
/// # Panics
/// When it has an error.
pub fn plan_of(policy: &str) -> Plan {
    let file = PolicyFile {
        path: PathBuf::from("reference.yaml"),
        text: policy.to_owned(),
    };
    let compiled = compile(&file, &TestKeys, &MadeTables, jiff::Timestamp::UNIX_EPOCH);
    let findings = compiled.findings;
    let plan = compiled.plan;
    plan.unwrap_or_else(|| panic!("the policy of the bench: {:#?}", findings.list()))
}

impl Ours {
    /// Compiles the policy and fills the batches.
    ///
    /// # Panics
    /// When the policy has an error.
    pub fn new(policy: &str, workload: &Workload) -> Ours {
        Ours::in_batches_of(BATCH_RECORDS, policy, workload)
    }

    /// The same, with batches of at most that many records.
    pub fn in_batches_of(records: usize, policy: &str, workload: &Workload) -> Ours {
        let values = workload.iter().map(str::as_bytes);
        Ours::of_values(records, policy, values)
    }

    /// The same of values in any format.
    pub fn of_values<'v>(
        records: usize,
        policy: &str,
        values: impl Iterator<Item = &'v [u8]>,
    ) -> Ours {
        Ours::with_worker(Worker::of_the_system(), records, policy, values)
    }

    /// The same, with a worker whose clock and randomness are chosen.
    pub fn with_worker<'v>(
        worker: Worker,
        records: usize,
        policy: &str,
        values: impl Iterator<Item = &'v [u8]>,
    ) -> Ours {
        Ours {
            worker,
            batches: batches(&Arc::new(plan_of(policy)), values, records),
        }
    }

    /// How many batches the events make.
    pub fn batches(&self) -> usize {
        self.batches.len()
    }

    /// Sanitizes every event once.
    pub fn pass(&mut self) {
        self.part(Part::WHOLE);
    }

    /// Sanitizes a part of the events once.
    pub fn part(&mut self, part: Part) {
        self.each(part, |_| {});
    }

    /// What becomes of every event, in order.
    pub fn results(&mut self) -> Vec<Vec<u8>> {
        let mut results = Vec::new();
        self.each(Part::WHOLE, |out| {
            results.extend(out.records().iter().map(|record| {
                let value = record.value.expect("an event is no tombstone");
                out.bytes(value).to_vec()
            }));
        });
        results
    }

    fn each(&mut self, part: Part, mut look: impl FnMut(&veilstream::pipeline::OutBatch)) {
        let range = part.range(self.batches.len());
        for slot in &mut self.batches[range] {
            let batch = slot.take().expect("every batch comes back");
            let out = sanitize(batch, &mut self.worker).expect("nothing is looked up");
            let Counts {
                received, outputs, ..
            } = &out.counts;
            assert!(
                outputs.iter().all(|o| o.written == *received),
                "an event was refused: refusals are not what is measured"
            );
            look(black_box(&out));
            let (batch, buffers) = out.into();
            self.worker.take_back(buffers);
            *slot = Some(batch);
        }
    }
}

/// Allocations of a record in steady state, by two runs over the same values, the second
/// with batches half as long: what a batch asks for is not a record's.
pub fn steady_allocations<'v, V: Iterator<Item = &'v [u8]>>(
    policy: &str,
    values: impl Fn() -> V,
) -> f64 {
    let [whole, halves] = [BATCH_RECORDS, BATCH_RECORDS / 2].map(|records| {
        let mut ours = Ours::of_values(records, policy, values());
        // Buffers grow to what they need.
        (0..2).for_each(|_| ours.pass());
        let asked = measure::allocations(|| ours.pass()) as f64;
        (ours.batches() as f64, asked)
    });
    let per_batch = (halves.1 - whole.1) / (halves.0 - whole.0);
    (whole.1 - per_batch * whole.0) / values().count() as f64
}

fn batches<'v>(
    plan: &Arc<Plan>,
    values: impl Iterator<Item = &'v [u8]>,
    records: usize,
) -> Vec<Option<InBatch>> {
    let mut batches: Vec<InBatch> = Vec::new();
    for (offset, event) in values.enumerate() {
        let full = batches
            .last()
            .is_none_or(|b| b.raw.len() == records || b.raw.bytes_len() >= BATCH_BYTES);
        if full {
            batches.push(empty(plan, batches.len() as u64));
        }
        let raw = &mut batches.last_mut().expect("just made sure").raw;
        let stamp = Timestamp::Create(1_767_225_600_000);
        raw.push(offset as i64, stamp, None, Some(event), []);
    }
    batches.into_iter().map(Some).collect()
}

fn empty(plan: &Arc<Plan>, seq: u64) -> InBatch {
    let lane = Lane {
        topic: Arc::clone(&plan.source.topics[0]),
        partition: 0,
        claim: 0,
    };
    let mut batch = InBatch::new(lane, Arc::clone(plan));
    batch.seq = seq;
    batch
}
