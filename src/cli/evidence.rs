//! A sample run through the pipeline, as `veil apply` does it, to be looked at.

use super::apply::sample;
use super::apply::workers::Done;
use super::{Failure, clock};
use std::hash::{BuildHasher, RandomState};
use std::path::PathBuf;
use std::sync::Arc;
use veilstream::consent::state::Snapshot;
use veilstream::pipeline::OutBatch;
use veilstream::plan::Plan;
use veilstream::policy::diff::Said;
use veilstream::policy::named;
use veilstream::trial::explain::Evidence;

/// What a sample comes to, when that is what people decided elsewhere; standard input
/// when no file is named.
///
/// # Errors
/// 66, 65 or 74: a file is missing, is not what the policy reads, or cannot be read.
pub(crate) fn gather(
    plan: &Arc<Plan>,
    said: &Said,
    state: Arc<Snapshot>,
    (files, enveloped): (&[PathBuf], bool),
) -> Result<Evidence, Failure> {
    gather_with(plan, said, state, (files, enveloped), |_| {})
}

/// The same, with each batch of its records shown to `look`.
///
/// # Errors
/// As [`gather`].
pub(crate) fn gather_with(
    plan: &Arc<Plan>,
    said: &Said,
    state: Arc<Snapshot>,
    on: (&[PathBuf], bool),
    mut look: impl FnMut(&OutBatch),
) -> Result<Evidence, Failure> {
    let mut evidence = of_nothing(plan, said);
    sample::in_order(plan, on, state, |done| {
        add(&mut evidence, done);
        done.out.iter().for_each(&mut look);
        Ok(())
    })?;
    Ok(evidence)
}

/// Nothing gathered yet.
pub(crate) fn of_nothing(plan: &Arc<Plan>, said: &Said) -> Evidence {
    // The standard library draws the keys of its hashes at random, once a process.
    let seed = RandomState::new().hash_one("a sample");
    let now_ms = clock::now().as_millisecond();
    Evidence::new(Arc::clone(plan), named(said), seed, now_ms)
}

/// Adds what a batch became.
pub(crate) fn add(evidence: &mut Evidence, done: &Done) {
    if let Some(batch) = &done.out {
        evidence.add(batch);
    }
    if let Some(batch) = &done.no_envelopes {
        evidence.add_unread(batch);
    }
    evidence.add_too_long(done.too_long.len() as u64);
}
