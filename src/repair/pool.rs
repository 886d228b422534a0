//! Records of a replay that wait for a release: all that are chosen together are one, if the
//! output's floors hold.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::crypto::entropy::OsEntropy;
use crate::crypto::noise::Draws;
use crate::kafka::errors::{Class, Failure};
use crate::kafka::outlet::leaving::Plain;
use crate::kafka::quarantine_writer::Release;
use crate::pipeline::OutBatch;
use crate::plan::Plan;
use crate::record::counts::Counts;
use crate::release::{Arrived, LeftOut, ReleasedRecord, TooFew, Waiting};

/// The one output of a release group.
const OUTPUT: usize = 0;

/// What became of the records of a group whose records wait.
pub(super) enum Pooled {
    /// They leave so.
    Whole(Composed),
    /// They are too few: those of these places, all that would wait.
    TooFew(BTreeSet<usize>),
}

/// A release, and what came of the records that it was composed of.
pub(super) struct Composed {
    pub(super) release: Release,
    pub(super) counts: Counts,
    pub(super) left_out: LeftOut,
}

/// Where a record of a batch comes from: by offset and element, its place among what was
/// chosen.
pub(super) type Places = BTreeMap<(i64, Option<u32>), usize>;

/// Composes a release of all records of these batches that wait.
///
/// # Errors
/// The system gives no randomness, or there is a fault of the program.
pub(super) fn compose(plan: &Arc<Plan>, batches: &[(OutBatch, Places)]) -> Result<Pooled, Failure> {
    let fatal = |what: String| Failure::new(Class::Fatal, what);
    let words = Draws::fresh(&mut OsEntropy);
    let mut words = words.map_err(|e| fatal(format!("a release cannot be shuffled: {e}")))?;
    let waiting = Waiting::new(plan, OUTPUT, &mut words);
    let mut waiting = waiting.expect("asked of such a group alone");
    let mut counts = plan.counts();
    let mut waits = BTreeSet::new();
    let mut lanes = BTreeMap::new();
    for (batch, places) in batches {
        counts.add(&batch.counts);
        let next = u16::try_from(lanes.len()).unwrap_or(u16::MAX);
        let lane = *lanes.entry(batch.lane.clone()).or_insert(next);
        for (mut record, (offset, element)) in Arrived::with_source(batch, OUTPUT) {
            record.place.0 = lane;
            // A record that is taken apart now is one of the quarantine.
            let place = places
                .get(&(offset, element))
                .or_else(|| places.get(&(offset, None)));
            waits.extend(place);
            waiting.take(record);
        }
    }
    let records = match waiting.is_empty() {
        true => Vec::new(),
        false => match waiting.release(&mut words) {
            Ok(released) => released.records,
            Err(TooFew::Fault) => return Err(fatal(TooFew::Fault.to_string())),
            Err(TooFew::People | TooFew::NoClass) => return Ok(Pooled::TooFew(waits)),
        },
    };
    let left_out = waiting.left_out();
    let records: Vec<Plain> = records.into_iter().map(plain).collect();
    let output = &mut counts.outputs[OUTPUT];
    output.written = records.len() as u64;
    output.bytes = records.iter().map(Plain::len).sum();
    output.left_out = left_out.total();
    Ok(Pooled::Whole(Composed {
        release: Release {
            plan: Arc::clone(plan),
            records,
        },
        counts,
        left_out,
    }))
}

fn plain(record: ReleasedRecord) -> Plain {
    Plain {
        at_ms: record.at_ms,
        key: record.key,
        value: record.value,
        headers: record.headers,
    }
}
