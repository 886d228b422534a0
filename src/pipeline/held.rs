//! A batch that waits: something that it needs cannot be had now.

use super::InBatch;
use crate::record::lookups::Outage;

/// A batch of which nothing was written, quarantined or counted. It may be
/// sanitized again as it is.
pub struct Held {
    /// The batch.
    pub batch: InBatch,
    /// What is waited for.
    pub outage: Outage,
}

impl std::fmt::Debug for Held {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Held({:?})", self.outage)
    }
}
