//! What an action may read besides its value.

use crate::crypto::seal::BatchSeal;
use crate::record::jobs::Jobs;

/// What an action may read besides its value.
pub struct Cx<'a> {
    /// Place of this action in `Plan::actions`: goes into [`Job::action`].
    pub action: u32,
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
