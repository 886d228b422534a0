//! What becomes of quarantined records under the plan of today, before anything is written.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::feed::Fed;
use super::pool::{self, Composed, Places, Pooled};
use crate::crypto::kdf::KeyHandle;
use crate::crypto::quarantine::Opened;
use crate::kafka::errors::{Class, Failure};
use crate::kafka::quarantine_writer::Release;
use crate::pipeline::{self, InBatch, OutBatch, ReleaseFigures, Worker};
use crate::plan::Plan;
use crate::record::Reason;
use crate::record::counts::Counts;
use crate::record::lane::Lane;
use crate::release::LeftOut;
use crate::schema::Bindings;

/// One record, opened.
pub struct Item {
    /// The partition of the quarantine topic that it lies in.
    pub(super) lies_in: i32,
    /// Where it lies there.
    pub(super) offset: i64,
    pub(super) tries: u32,
    /// Whom it is fed to.
    pub(super) fed: Fed,
    /// Where it was read.
    pub(super) partition: i32,
    pub(super) source_offset: i64,
    /// What was read once.
    pub opened: Opened,
    /// What opened it.
    pub key: KeyHandle,
}

/// What records of one release group became.
pub(super) struct Became {
    /// What leaves as it is, and what is refused again.
    pub(super) batches: Vec<OutBatch>,
    /// What leaves together, and what is told of it.
    pub(super) release: Option<(Release, ReleaseFigures)>,
    pub(super) counts: Counts,
    pub(super) left_out: LeftOut,
}

/// What came of records that were to become something.
pub(super) enum Outcome {
    Whole(Box<Became>),
    /// Those of these places wait, and are too few for a release.
    TooFew(BTreeSet<usize>),
}

/// What the broker refused of a record.
#[derive(Clone, Copy)]
pub(super) enum RefusedForms {
    /// Nothing yet.
    No,
    /// What the record became.
    Sealed,
    /// Its quarantined form as well.
    Bare,
}

/// What becomes of the records under the plan of their group.
///
/// # Errors
/// When something that the actions need cannot be had now, or no release can be composed.
pub(super) fn became(
    worker: &mut Worker,
    items: &[Item],
    (plan, bindings): (&Arc<Plan>, Option<&Arc<Bindings>>),
    refused: RefusedForms,
) -> Result<Outcome, Failure> {
    let made = sanitized(worker, items, (plan, bindings), refused)?;
    let (counts, left_out, release) = match plan.waiting().is_some() {
        false => {
            let mut counts = plan.counts();
            made.iter().for_each(|(batch, _)| counts.add(&batch.counts));
            (counts, LeftOut::default(), None)
        }
        true => match pool::compose(plan, &made)? {
            Pooled::TooFew(places) => return Ok(Outcome::TooFew(places)),
            Pooled::Whole(composed) => {
                let Composed {
                    release,
                    counts,
                    left_out,
                } = *composed;
                (counts, left_out, release)
            }
        },
    };
    let batches = made.into_iter().map(|(batch, _)| batch).collect();
    Ok(Outcome::Whole(Box::new(Became {
        batches,
        release,
        counts,
        left_out,
    })))
}

/// A batch for each run of one lane and number of tries.
fn sanitized(
    worker: &mut Worker,
    items: &[Item],
    (plan, bindings): (&Arc<Plan>, Option<&Arc<Bindings>>),
    refused: RefusedForms,
) -> Result<Vec<(OutBatch, Places)>, Failure> {
    let alike = |a: &Item, b: &Item| {
        let place = |i: &Item| (i.partition, i.tries);
        a.opened.topic == b.opened.topic && place(a) == place(b)
    };
    let mut place = 0_usize..;
    let made = items.chunk_by(alike).map(|run| {
        let mut places = Places::new();
        for (item, place) in run.iter().zip(&mut place) {
            let own = (item.source_offset, item.opened.element);
            places.entry(own).or_default().push(place);
        }
        let mut batch = raw(plan, run);
        batch.bindings = bindings.cloned();
        let reason = Reason::RefusedByBroker;
        let made = match refused {
            RefusedForms::No => pipeline::sanitize(batch, worker)
                .map_err(|held| Failure::new(Class::Fatal, held.outage.to_string()))?,
            RefusedForms::Sealed => pipeline::quarantine(batch, reason, worker),
            RefusedForms::Bare => pipeline::quarantine_bare(batch, reason, worker),
        };
        Ok((made, places))
    });
    made.collect()
}

fn raw(plan: &Arc<Plan>, run: &[Item]) -> InBatch {
    let first = &run[0];
    let lane = Lane {
        topic: first.opened.topic.as_str().into(),
        partition: first.partition,
        claim: 0,
    };
    let mut batch = InBatch::new(lane, Arc::clone(plan));
    batch.tries = first.tries;
    // No other group is fed it, which could keep it.
    batch.keeps_unread = true;
    for item in run {
        let opened = &item.opened;
        let headers = opened.headers.iter();
        batch.raw.push_element(
            (item.source_offset, opened.element),
            opened.timestamp,
            opened.key.as_ref().map(|k| k.as_slice()),
            opened.value.as_ref().map(|v| v.as_slice()),
            headers.map(|(name, value)| (name.as_slice(), value.as_ref().map(|v| &v[..]))),
        );
    }
    batch
}

#[cfg(test)]
mod tests;
