//! Records of a replay that wait for a release: all that are chosen together are one, if the
//! output's floors hold.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::crypto::entropy::OsEntropy;
use crate::crypto::noise::Draws;
use crate::crypto::sampler::RandomWords;
use crate::kafka::errors::{Class, Failure};
use crate::kafka::outlet::leaving::Plain;
use crate::kafka::quarantine_writer::Release;
use crate::pipeline::{OutBatch, ReleaseFigures};
use crate::plan::Plan;
use crate::record::counts::Counts;
use crate::record::lane::Lane;
use crate::release::{Arrived, LeftOut, ReleasedRecord, TooFew, Waiting};

/// The one output of a release group.
const OUTPUT: usize = 0;

/// What became of the records of a group whose records wait.
pub(super) enum Pooled {
    /// They leave so.
    Whole(Box<Composed>),
    /// They are too few: those of these places, all that would wait.
    TooFew(BTreeSet<usize>),
}

/// A release, and what came of the records that it was composed of.
pub(super) struct Composed {
    /// `None`: all of them were refused, withheld or left out.
    pub(super) release: Option<(Release, ReleaseFigures)>,
    pub(super) counts: Counts,
    pub(super) left_out: LeftOut,
}

/// Where records of a batch come from: by offset and element, their places among what was
/// chosen. Several have one offset where a topic was made anew.
pub(super) type Places = BTreeMap<(i64, Option<u32>), Vec<usize>>;

/// Composes a release of all records of these batches that wait, in an order by the system's
/// randomness.
///
/// # Errors
/// The system gives none, or there is a fault of the program.
pub(super) fn compose(plan: &Arc<Plan>, batches: &[(OutBatch, Places)]) -> Result<Pooled, Failure> {
    let words = Draws::fresh(&mut OsEntropy);
    let mut words = words.map_err(|e| fatal(format!("a release cannot be shuffled: {e}")))?;
    composed(plan, batches, &mut words)
}

fn composed(
    plan: &Arc<Plan>,
    batches: &[(OutBatch, Places)],
    words: &mut dyn RandomWords,
) -> Result<Pooled, Failure> {
    // Records of a second output would be written as they are, or not at all.
    let alone = (plan.outputs.len() == 1).then_some(plan);
    let waiting = alone.and_then(|plan| Waiting::new(plan, OUTPUT, words));
    let mut waiting = waiting.ok_or_else(|| {
        fatal(
            "a release group is not one output whose records wait; this is a fault of the program"
                .to_owned(),
        )
    })?;
    let mut counts = plan.counts();
    let mut waits = BTreeSet::new();
    let mut lanes: Vec<&Lane> = Vec::new();
    // Of the records of one offset, which may lie in several batches.
    let mut times: BTreeMap<(usize, i64), u32> = BTreeMap::new();
    for (batch, places) in batches {
        counts.add(&batch.counts);
        let known = lanes.iter().position(|lane| **lane == batch.lane);
        let lane = known.unwrap_or_else(|| {
            lanes.push(&batch.lane);
            lanes.len() - 1
        });
        let number = u16::try_from(lane);
        let number = number.map_err(|_| {
            fatal("records of too many partitions are chosen: choose fewer with --at".to_owned())
        })?;
        for (mut record, (offset, element)) in Arrived::with_source(batch, OUTPUT) {
            let nth = times.entry((lane, offset)).or_insert(0);
            record.place = (number, offset, *nth);
            *nth += 1;
            // A record that is taken apart now lies there whole.
            let own = places.get(&(offset, element));
            let own = own.or_else(|| places.get(&(offset, None)));
            waits.extend(own.into_iter().flatten());
            waiting.take(record);
        }
    }
    let mut release = None;
    if !waiting.is_empty() {
        match waiting.release(words) {
            Ok(released) => {
                let lane = |at: u16| {
                    (
                        &*lanes[usize::from(at)].topic,
                        lanes[usize::from(at)].partition,
                    )
                };
                let held = plan.outputs[OUTPUT].held.as_ref();
                let marks = held.and_then(|held| held.marks.as_ref());
                let figures = released.figures(marks, lane);
                let records = released.records.into_iter().map(plain).collect();
                let plan = Arc::clone(plan);
                release = Some((Release { plan, records }, figures));
            }
            Err(TooFew::People | TooFew::NoClass) if !waits.is_empty() => {
                return Ok(Pooled::TooFew(waits));
            }
            Err(fault) => return Err(fatal(fault.to_string())),
        }
    }
    let left_out = waiting.left_out();
    let output = &mut counts.outputs[OUTPUT];
    (output.written, output.bytes) = (0, 0);
    output.left_out = left_out.total();
    if let Some((release, figures)) = &mut release {
        output.written = figures.records;
        output.bytes = release.records.iter().map(Plain::len).sum();
        figures.left_out = left_out.of_release();
    }
    Ok(Pooled::Whole(Box::new(Composed {
        release,
        counts,
        left_out,
    })))
}

fn plain(record: ReleasedRecord) -> Plain {
    let ReleasedRecord {
        at_ms,
        key,
        value,
        headers,
        ..
    } = record;
    Plain {
        at_ms,
        key,
        value,
        headers,
    }
}

fn fatal(what: String) -> Failure {
    Failure::new(Class::Fatal, what)
}
