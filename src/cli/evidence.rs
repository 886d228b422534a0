//! A sample run through the pipeline, as `veil apply` does it, to be looked at.

use super::Failure;
use super::apply::batches::Batches;
use super::apply::input::Input;
use super::apply::workers::{self, Done, Reading};
use std::hash::{BuildHasher, RandomState};
use std::path::PathBuf;
use std::sync::Arc;
use veilstream::plan::Plan;
use veilstream::policy::diff::Said;
use veilstream::policy::named;
use veilstream::trial::explain::Evidence;

/// What a sample comes to; standard input when no file is named.
///
/// # Errors
/// 66, 65 or 74: a file is missing, is no lines of JSON, or cannot be read.
pub(crate) fn gather(
    plan: &Arc<Plan>,
    said: &Said,
    files: &[PathBuf],
    enveloped: bool,
) -> Result<Evidence, Failure> {
    let mut evidence = of_nothing(plan, said);
    let input = Input::open(files, enveloped)?;
    let source = Batches::new(input, Arc::clone(plan), enveloped).of_a_sample();
    workers::in_order(source, &Arc::new(Reading::default()), |done| {
        add(&mut evidence, done);
        Ok(())
    })?;
    Ok(evidence)
}

/// Nothing gathered yet.
pub(crate) fn of_nothing(plan: &Arc<Plan>, said: &Said) -> Evidence {
    // The standard library draws the keys of its hashes at random, once a process.
    let seed = RandomState::new().hash_one("a sample");
    Evidence::new(Arc::clone(plan), named(said), seed)
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
