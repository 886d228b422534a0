//! What happened, in a few lines that add up.

use super::workers::Done;
use crate::cli::screen::{Tone, paint};
use std::fmt::Write;
use veilstream::plan::Plan;
use veilstream::record::Reason;
use veilstream::record::counts::{Counts, OutputCounts};

/// The counts of a whole run.
pub(crate) struct Summary {
    /// Outputs that are written: place in the plan, and topic.
    written: Vec<(usize, String)>,
    counts: Counts,
    not_enveloped: u64,
}

impl Summary {
    /// Nothing has happened yet. `written`: places of the outputs that are
    /// written; what others would have got is not told.
    pub(crate) fn new(plan: &Plan, written: impl Iterator<Item = usize>) -> Self {
        Summary {
            written: written
                .map(|at| (at, plan.outputs[at].topic.to_string()))
                .collect(),
            counts: plan.counts(),
            not_enveloped: 0,
        }
    }

    /// Adds a batch.
    pub(crate) fn add(&mut self, done: &Done) {
        for batch in [&done.out, &done.no_envelopes].into_iter().flatten() {
            self.counts.add(&batch.counts);
        }
        if let Some(batch) = &done.no_envelopes {
            self.not_enveloped += batch.counts.received;
        }
        let too_long = done.too_long.len() as u64;
        self.counts.received += too_long;
        self.counts.quarantined[Reason::TooLarge.index()] += too_long;
    }

    /// Records read.
    pub(crate) const fn received(&self) -> u64 {
        self.counts.received
    }

    /// Records quarantined.
    pub(crate) fn quarantined(&self) -> u64 {
        self.counts.quarantined_total()
    }

    fn outputs(&self) -> impl Iterator<Item = (&str, &OutputCounts)> {
        let outputs = self.written.iter();
        outputs.map(|(at, topic)| (topic.as_str(), &self.counts.outputs[*at]))
    }

    /// For people. `complete`: all that was read was written.
    pub(crate) fn text(&self, complete: bool) -> String {
        let width = self
            .outputs()
            .map(|(topic, _)| topic.len())
            .max()
            .unwrap_or(0)
            .max(11);
        let mut text = format!("{:width$}  {}\n", "records in", self.counts.received);
        for (topic, output) in self.outputs() {
            let withheld: u64 = output.withheld.iter().sum();
            let _ = write!(text, "{topic:width$}  {} written", output.written);
            if withheld > 0 {
                let _ = write!(
                    text,
                    ", {withheld} withheld ({})",
                    reasons(&output.withheld)
                );
            }
            if output.clearing_tombstones > 0 {
                let _ = write!(
                    text,
                    ", {} cleared by tombstone",
                    output.clearing_tombstones
                );
            }
            text.push('\n');
        }
        let quarantined = self.quarantined();
        let tone = if quarantined > 0 {
            Tone::Warning
        } else {
            Tone::Faint
        };
        let _ = write!(
            text,
            "{}",
            paint(tone, &format!("{:width$}  {quarantined}", "quarantined"))
        );
        if quarantined > 0 {
            let _ = write!(text, " ({})", reasons(&self.counts.quarantined));
        }
        text.push('\n');
        if self.not_enveloped > 0 {
            let _ = writeln!(
                text,
                "{} of them are no envelope: with --envelope a line is an object of `value` and, as needed, `key`, `headers`, `timestamp`",
                self.not_enveloped
            );
        }
        if !complete {
            text.push_str(
                "ended early: the batch it ended in is not counted, and part of it may have been written\n",
            );
        }
        text
    }

    /// One JSON object; `complete` as in [`Summary::text`].
    pub(crate) fn json(&self, complete: bool) -> String {
        let outputs: serde_json::Map<String, serde_json::Value> = self
            .outputs()
            .map(|(topic, o)| {
                let output = serde_json::json!({
                    "written": o.written,
                    "bytes": o.bytes,
                    "withheld": by_reason(&o.withheld),
                    "clearing_tombstones": o.clearing_tombstones,
                });
                (topic.to_owned(), output)
            })
            .collect();
        let summary = serde_json::json!({
            "complete": complete,
            "received": self.counts.received,
            "outputs": outputs,
            "quarantined": by_reason(&self.counts.quarantined),
        });
        format!("{summary}\n")
    }
}

fn reasons(counts: &[u64; Reason::COUNT]) -> String {
    let words: Vec<String> = Reason::ALL
        .iter()
        .filter(|r| counts[r.index()] > 0)
        .map(|r| format!("{} {r}", counts[r.index()]))
        .collect();
    words.join(", ")
}

fn by_reason(counts: &[u64; Reason::COUNT]) -> serde_json::Value {
    Reason::ALL
        .iter()
        .filter(|r| counts[r.index()] > 0)
        .map(|r| (r.as_str().to_owned(), counts[r.index()].into()))
        .collect::<serde_json::Map<_, _>>()
        .into()
}
