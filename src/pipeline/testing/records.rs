//! Records and batches for the tests of the record path.

use std::sync::Arc;

use crate::crypto::entropy::Entropy;
use crate::pipeline::{Destination, InBatch, OutBatch, OutRecord};
use crate::pipeline::{Worker, sanitize};
use crate::plan::Plan;
use crate::record::lane::Lane;
use crate::record::timestamp::Timestamp;

/// Randomness that counts.
#[derive(Clone)]
pub(crate) struct Counting(pub(crate) u8);

impl Entropy for Counting {
    fn fill(&mut self, out: &mut [u8]) {
        out.fill_with(|| {
            self.0 = self.0.wrapping_add(1);
            self.0
        });
    }
}

/// A worker whose clock stands at 100 hours.
pub(crate) fn worker() -> Worker {
    Worker::new(Counting(0), || 360_000_000)
}

/// One raw record of a test.
#[derive(Clone, Default)]
pub(crate) struct Raw {
    pub(crate) key: Option<Vec<u8>>,
    pub(crate) value: Option<Vec<u8>>,
    pub(crate) headers: Vec<(&'static str, Option<Vec<u8>>)>,
    pub(crate) timestamp: Option<i64>,
}

/// A record with that value and nothing else.
pub(crate) fn raw(value: impl AsRef<[u8]>) -> Raw {
    Raw {
        value: Some(value.as_ref().to_vec()),
        ..Raw::default()
    }
}

/// A batch of records, offsets from 10.
pub(crate) fn batch(plan: &Arc<Plan>, records: &[Raw]) -> InBatch {
    let lane = Lane {
        topic: "raw".into(),
        partition: 3,
        claim: 1,
    };
    let mut batch = InBatch::new(lane, Arc::clone(plan));
    for (offset, record) in (10..).zip(records) {
        let headers = record.headers.iter();
        batch.raw.push(
            offset,
            record.timestamp.map_or(Timestamp::None, Timestamp::Create),
            record.key.as_deref(),
            record.value.as_deref(),
            headers.map(|(name, value)| (name.as_bytes(), value.as_deref())),
        );
    }
    batch
}

/// Sanitizes records under a plan.
pub fn run(plan: &Arc<Plan>, records: &[Raw]) -> OutBatch {
    let out = sanitize(batch(plan, records), &mut worker()).unwrap();
    assert!(out.counts.balances(), "{:?}", out.counts);
    out
}

/// What became of one value at the first output: its text, or the reason.
pub(crate) fn outcome(
    plan: &Arc<Plan>,
    value: impl AsRef<[u8]>,
) -> Result<String, crate::record::Reason> {
    let out = run(plan, &[raw(value)]);
    let record = out.records()[0];
    match record.destination {
        Destination::Quarantine(reason) => Err(reason),
        Destination::Held(_) => unreachable!("its outputs wait for nothing"),
        Destination::Output(_) => Ok(value_of(&out, &record).unwrap()),
    }
}

/// The value of an outgoing record as text.
pub(crate) fn value_of(out: &OutBatch, record: &OutRecord) -> Option<String> {
    let value = record.value?;
    Some(String::from_utf8(out.bytes(value).to_vec()).unwrap())
}

/// The key of an outgoing record as text.
pub(crate) fn key_of(out: &OutBatch, record: &OutRecord) -> Option<String> {
    let key = record.key?;
    Some(String::from_utf8(out.bytes(key).to_vec()).unwrap())
}
