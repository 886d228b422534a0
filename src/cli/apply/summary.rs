//! What happened, in a few lines that add up.

use super::workers::Done;
use crate::cli::screen::{Tone, paint};
use std::fmt::Write;
use veilstream::policy::plan::Plan;
use veilstream::record::Reason;
use veilstream::record::counts::Counts;

/// The counts of a whole run.
pub struct Summary {
    topics: Vec<String>,
    counts: Counts,
    not_enveloped: u64,
}

impl Summary {
    /// Nothing has happened yet.
    pub fn new(plan: &Plan) -> Self {
        Summary {
            topics: plan.outputs.iter().map(|o| o.topic.to_string()).collect(),
            counts: Counts::for_plan(plan),
            not_enveloped: 0,
        }
    }

    /// Adds a batch.
    pub fn add(&mut self, done: &Done) {
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
    pub const fn received(&self) -> u64 {
        self.counts.received
    }

    /// Records quarantined.
    pub fn quarantined(&self) -> u64 {
        self.counts.quarantined_total()
    }

    /// For people.
    pub fn text(&self) -> String {
        let width = self
            .topics
            .iter()
            .map(String::len)
            .max()
            .unwrap_or(0)
            .max(11);
        let mut text = format!("{:width$}  {}\n", "records in", self.counts.received);
        for (topic, output) in self.topics.iter().zip(&self.counts.outputs) {
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
        text
    }

    /// One JSON object.
    pub fn json(&self) -> String {
        let outputs: serde_json::Map<String, serde_json::Value> = self
            .topics
            .iter()
            .zip(&self.counts.outputs)
            .map(|(topic, o)| {
                let output = serde_json::json!({
                    "written": o.written,
                    "bytes": o.bytes,
                    "withheld": by_reason(&o.withheld),
                    "clearing_tombstones": o.clearing_tombstones,
                });
                (topic.clone(), output)
            })
            .collect();
        let summary = serde_json::json!({
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
