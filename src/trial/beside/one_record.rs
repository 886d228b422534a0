//! One record of a sample, as the pipeline made it.

use crate::pipeline::OutBatch;
use crate::release::WhyLeftOut;
use crate::trial::explain::Evidence;

/// One record of a sample, and what is known of it beside what the pipeline made.
pub struct OneRecord {
    /// The batch that it is alone in.
    pub out: OutBatch,
    /// By output: why it will be left out of what it waits for, or is counted in; `None`:
    /// nothing of its own says so.
    pub(super) left_out: Vec<Option<WhyLeftOut>>,
}

impl OneRecord {
    /// The one of that batch, looked at as `evidence` looks at records.
    pub fn new(out: OutBatch, evidence: &mut Evidence) -> OneRecord {
        let left_out = evidence.left_out(&out);
        OneRecord { out, left_out }
    }
}
