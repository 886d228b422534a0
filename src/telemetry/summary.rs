//! What a stream has done, for when it ends.

use std::collections::BTreeMap;

use crate::pipeline::observer::Committed;
use crate::record::Reason;

/// What was committed, by output and reason, whatever plans it was done under.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Records read.
    pub received: u64,
    /// By output topic.
    pub outputs: BTreeMap<String, OutputSummary>,
    /// Records in quarantine, by reason.
    pub quarantined: [u64; Reason::COUNT],
}

/// What an output got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputSummary {
    /// Records written; of an output that counts, rows.
    pub written: u64,
    /// Records that waited for a release, and are in none, or are counted in no window.
    pub left_out: u64,
    /// Records that are counted in a window.
    pub counted: u64,
    /// Records withheld, by reason.
    pub withheld: [u64; Reason::COUNT],
    /// Of those withheld, how many left a tombstone.
    pub clearing_tombstones: u64,
}

impl Default for Summary {
    fn default() -> Summary {
        Summary {
            received: 0,
            outputs: BTreeMap::new(),
            quarantined: [0; Reason::COUNT],
        }
    }
}

impl Default for OutputSummary {
    fn default() -> OutputSummary {
        OutputSummary {
            written: 0,
            left_out: 0,
            counted: 0,
            withheld: [0; Reason::COUNT],
            clearing_tombstones: 0,
        }
    }
}

impl Summary {
    /// Outputs that may be told of even when they got nothing.
    pub(crate) fn expect<'t>(&mut self, topics: impl IntoIterator<Item = &'t str>) {
        for topic in topics {
            self.outputs.entry(topic.to_owned()).or_default();
        }
    }

    /// Adds what another release group did with the same source: each has read all of it.
    pub fn add_group(&mut self, group: &Summary) {
        self.received = self.received.max(group.received);
        add(&mut self.quarantined, &group.quarantined);
        for (topic, output) in &group.outputs {
            self.outputs.insert(topic.clone(), output.clone());
        }
    }

    /// Rows of an output that counts left.
    pub(crate) fn add_rows(&mut self, topic: &str, rows: u64) {
        let output = self.outputs.entry(topic.to_owned()).or_default();
        output.written += rows;
    }

    pub(crate) fn add(&mut self, batch: &Committed<'_>) {
        let counts = batch.counts;
        self.received += counts.received;
        add(&mut self.quarantined, &counts.quarantined);
        for (output, counts) in batch.plan.outputs.iter().zip(&counts.outputs) {
            if !self.outputs.contains_key(&*output.topic) {
                self.expect([&*output.topic]);
            }
            if let Some(sum) = self.outputs.get_mut(&*output.topic) {
                sum.written += counts.written;
                sum.left_out += counts.left_out;
                sum.counted += counts.counted;
                sum.clearing_tombstones += counts.clearing_tombstones;
                add(&mut sum.withheld, &counts.withheld);
            }
        }
    }
}

fn add(sum: &mut [u64; Reason::COUNT], more: &[u64; Reason::COUNT]) {
    for (sum, more) in sum.iter_mut().zip(more) {
        *sum += more;
    }
}
