//! Records and batches for the tests of the record path.

use std::sync::Arc;

use crate::crypto::entropy::Entropy;
use crate::pipeline::{Worker, sanitize};
use crate::policy::plan::Plan;
use crate::record::batch::{
    At, Destination, HeaderAt, InBatch, Lane, OutAt, OutBatch, Span, Timestamp,
};

/// Randomness that counts.
#[derive(Clone)]
pub struct Counting(pub u8);

impl Entropy for Counting {
    fn fill(&mut self, out: &mut [u8]) {
        out.fill_with(|| {
            self.0 = self.0.wrapping_add(1);
            self.0
        });
    }
}

/// A worker whose clock stands at 100 hours.
pub fn worker() -> Worker {
    Worker::new(Counting(0), || 360_000_000)
}

/// One raw record of a test.
#[derive(Clone, Default)]
pub struct Raw {
    pub key: Option<Vec<u8>>,
    pub value: Option<Vec<u8>>,
    pub headers: Vec<(&'static str, Option<Vec<u8>>)>,
    pub timestamp: Option<i64>,
}

/// A record with that value and nothing else.
pub fn raw(value: impl AsRef<[u8]>) -> Raw {
    Raw {
        value: Some(value.as_ref().to_vec()),
        ..Raw::default()
    }
}

/// A batch of records, offsets from 10.
pub fn batch(plan: &Arc<Plan>, records: &[Raw]) -> InBatch {
    let mut batch = InBatch {
        lane: Lane {
            topic: "raw".into(),
            partition: 3,
            claim: 1,
        },
        epoch: 0,
        seq: 0,
        plan: Arc::clone(plan),
        records: Vec::new(),
        headers: Vec::new(),
        bytes: Vec::new(),
    };
    for (offset, record) in (10..).zip(records) {
        let bytes = &mut batch.bytes;
        let mut put = |b: &[u8]| {
            bytes.extend_from_slice(b);
            Span {
                at: (bytes.len() - b.len()) as u32,
                len: b.len() as u32,
            }
        };
        let from = batch.headers.len() as u32;
        for (name, value) in &record.headers {
            batch.headers.push(HeaderAt {
                name: put(name.as_bytes()),
                value: value.as_deref().map(&mut put),
            });
        }
        batch.records.push(At {
            offset,
            timestamp: record.timestamp.map_or(Timestamp::None, Timestamp::Create),
            key: record.key.as_deref().map(&mut put),
            value: record.value.as_deref().map(&mut put),
            headers: (from, batch.headers.len() as u32),
        });
    }
    batch
}

/// Sanitizes records under a plan.
pub fn run(plan: &Arc<Plan>, records: &[Raw]) -> OutBatch {
    let out = sanitize(batch(plan, records), &mut worker());
    assert!(out.counts.balances(), "{:?}", out.counts);
    out
}

/// What became of one value at the first output: its text, or the reason.
pub fn outcome(plan: &Arc<Plan>, value: impl AsRef<[u8]>) -> Result<String, crate::record::Reason> {
    let out = run(plan, &[raw(value)]);
    let record = out.records()[0];
    match record.destination {
        Destination::Quarantine(reason) => Err(reason),
        Destination::Output(_) => Ok(value_of(&out, &record).unwrap()),
    }
}

/// The value of an outgoing record as text.
pub fn value_of(out: &OutBatch, record: &OutAt) -> Option<String> {
    let value = record.value?;
    Some(String::from_utf8(out.bytes(value).to_vec()).unwrap())
}

/// The key of an outgoing record as text.
pub fn key_of(out: &OutBatch, record: &OutAt) -> Option<String> {
    let key = record.key?;
    Some(String::from_utf8(out.bytes(key).to_vec()).unwrap())
}
