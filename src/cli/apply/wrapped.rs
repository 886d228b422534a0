//! Lines that look like whole records although they are read as events: whoever
//! forgot `--envelope` is told, and nothing is read in another way.

use super::workers::Done;
use crate::cli::sampled;
use veilstream::policy::diff::Said;
use veilstream::policy::named;
use veilstream::sample::Profile;

/// So many records are looked at: the first.
const RECORDS: u64 = 1_000;

/// What the first records look like.
pub(crate) struct Wrapped {
    /// `None`: nobody asks.
    first: Option<Profile>,
    looked_at: u64,
}

impl Wrapped {
    /// Looks at lines read as events; not at `enveloped` ones, nor under a policy
    /// that itself names what lies in a member called `value`.
    pub(crate) fn new(said: &Said, enveloped: bool) -> Wrapped {
        let asked = !enveloped && !named(said).reaches_into("value");
        Wrapped {
            first: asked.then(sampled::empty),
            looked_at: 0,
        }
    }

    /// Looks at a batch.
    pub(crate) fn look(&mut self, done: &Done) {
        let (Some(first), Some(batch)) = (&mut self.first, &done.out) else {
            return;
        };
        let left = usize::try_from(RECORDS - self.looked_at).unwrap_or(0);
        for record in batch.raw().fetched().take(left) {
            self.looked_at += 1;
            sampled::add(first, record.value());
        }
    }

    /// True when all that was looked at looks so.
    pub(crate) fn looks_so(&self) -> bool {
        self.first.as_ref().is_some_and(Profile::looks_enveloped)
    }
}
