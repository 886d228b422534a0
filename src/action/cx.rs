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
    pub topic: &'a str,
    /// Source partition (`apply`: 0).
    pub partition: u32,
    /// Source offset (`apply`: line number from 0).
    pub offset: u64,
    /// Canonical text of the record's subject, when the plan reads one and the
    /// record names one.
    pub subject: Option<&'a str>,
    /// Deferred work of the batch.
    pub jobs: &'a mut Jobs,
    /// Salt, derived keys and nonce counter of this worker's batch.
    pub seal: &'a mut BatchSeal,
    /// For unescaping; content is whatever the last user left.
    pub text: &'a mut String,
    /// For bytes; content is whatever the last user left.
    pub bytes: &'a mut Vec<u8>,
}

impl<'a> Cx<'a> {
    /// For a value that comes from no record. Only what takes nothing of a record
    /// but the subject may be computed so.
    pub fn outside(
        subject: Option<&'a str>,
        jobs: &'a mut Jobs,
        seal: &'a mut BatchSeal,
        text: &'a mut String,
        bytes: &'a mut Vec<u8>,
    ) -> Cx<'a> {
        Cx {
            action: ActionId(0),
            topic: "",
            partition: 0,
            offset: 0,
            subject,
            jobs,
            seal,
            text,
            bytes,
        }
    }

    /// From now on `action` is at work.
    #[inline(always)]
    pub fn begin(&mut self, action: ActionId) {
        self.action = action;
    }

    /// Puts work off to the end of the batch: its input is everything behind
    /// `input_at` in the scratch of the jobs, its result goes to `target`.
    #[inline]
    pub fn defer(&mut self, input_at: usize, target: Target) {
        self.jobs.push(self.action, input_at, target);
    }
}
