//! What an action may read besides its value.

use crate::crypto::seal::BatchSeal;
use crate::record::ids::ActionId;
use crate::record::jobs::Jobs;
use crate::record::value::Target;

/// What an action may read besides its value.
pub struct Cx<'a> {
    /// The action in work.
    pub(crate) action: ActionId,
    /// Source topic of the record.
    pub(crate) topic: &'a str,
    /// Source partition (`apply`: 0).
    pub(crate) partition: u32,
    /// Source offset (`apply`: line number from 0).
    pub(crate) offset: u64,
    /// Canonical text of the record's subject, when the plan reads one and the
    /// record names one.
    pub(crate) subject: Option<&'a str>,
    /// Deferred work of the batch.
    pub(crate) jobs: &'a mut Jobs,
    /// Salt, derived keys and nonce counter of this worker's batch.
    pub(crate) seal: &'a mut BatchSeal,
    /// For unescaping; content is whatever the last user left.
    pub(crate) text: &'a mut String,
    /// For bytes; content is whatever the last user left.
    pub(crate) bytes: &'a mut Vec<u8>,
}

impl Cx<'_> {
    /// From now on `action` is at work.
    #[inline(always)]
    pub(crate) fn begin(&mut self, action: ActionId) {
        self.action = action;
    }

    /// Puts work off to the end of the batch: its input is everything behind
    /// `input_at` in the scratch of the jobs, its result goes to `target`.
    #[inline]
    pub(crate) fn defer(&mut self, input_at: usize, target: Target) {
        self.jobs.push(self.action, input_at, target);
    }
}
