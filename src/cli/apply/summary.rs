//! What happened, in a few lines that add up.

use super::bare;
use super::pools::SoFar;
use super::workers::Done;
use crate::cli::reasons;
use crate::cli::screen::{Tone, paint};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write;
use veilstream::plan::Plan;
use veilstream::record::Reason;
use veilstream::record::bare::Bare;
use veilstream::record::counts::{Counts, OutputCounts};
use veilstream::sample::LOOKS_ENVELOPED;

/// How it came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// All that was read was written.
    Whole,
    /// The same, but somebody asked to read no more.
    Interrupted,
    /// All was read, and some of it may not leave.
    Refused,
    /// Reading or writing failed.
    Early,
}

/// The counts of a whole run.
pub(crate) struct Summary {
    /// Outputs that are written: place in the plan, and topic.
    written: Vec<(usize, String)>,
    counts: Counts,
    /// The policy takes records apart.
    splits: bool,
    not_enveloped: u64,
    /// By output that is written the fields that the schema does not have.
    missing: BTreeMap<String, Vec<String>>,
    /// Those with a value that the policy does not read.
    other_values: u64,
    bare: Option<Bare>,
    /// Of outputs whose records wait: place in the plan, and what became of them.
    released: Vec<(usize, SoFar)>,
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
            splits: plan.split.is_some(),
            not_enveloped: 0,
            missing: BTreeMap::new(),
            other_values: 0,
            bare: bare::of(plan),
            released: Vec::new(),
        }
    }

    /// By output the fields that the policy names and the schema of the records lacks.
    pub(super) fn lacking(&mut self, missing: &[Box<[Box<str>]>]) {
        for (at, topic) in &self.written {
            let paths = missing.get(*at).map_or(&[][..], |paths| paths);
            if !paths.is_empty() {
                let paths = paths.iter().map(ToString::to_string).collect();
                self.missing.insert(topic.clone(), paths);
            }
        }
    }

    /// What became of the records that waited.
    pub(super) fn released(&mut self, released: impl Iterator<Item = (usize, SoFar)>) {
        self.released = released.collect();
    }

    /// Adds a batch.
    pub(crate) fn add(&mut self, done: &Done) {
        for batch in [&done.out, &done.no_envelopes].into_iter().flatten() {
            self.counts.add(&batch.counts);
        }
        if let Some(batch) = &done.no_envelopes {
            self.not_enveloped += batch.counts.received.saturating_sub(done.other_values);
            self.other_values += done.other_values;
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

    fn outputs(&self) -> impl Iterator<Item = (&str, &OutputCounts, Option<&SoFar>)> {
        let outputs = self.written.iter();
        outputs.map(|(at, topic)| {
            let released = self.released.iter().find(|(of, _)| of == at);
            let released = released.map(|(_, so_far)| so_far);
            (topic.as_str(), &self.counts.outputs[*at], released)
        })
    }

    /// For people; `wrapped`: lines read as events look like whole records.
    pub(crate) fn text(&self, end: End, wrapped: bool) -> String {
        let width = self
            .outputs()
            .map(|(topic, ..)| topic.len())
            .max()
            .unwrap_or(0)
            .max(11);
        let mut text = format!("{:width$}  {}", "records in", self.counts.received);
        if self.splits {
            let _ = write!(text, " (elements of {}", self.counts.split);
            match self.counts.split_empty {
                0 => text.push(')'),
                empty => drop(write!(text, ", {empty} of them empty)")),
            }
        }
        text.push('\n');
        for (topic, output, released) in self.outputs() {
            let withheld: u64 = output.withheld.iter().sum();
            let written = released.map_or(output.written, |so_far| so_far.records);
            let what = match released {
                Some(so_far) if so_far.windows => " rows",
                _ => "",
            };
            let _ = write!(text, "{topic:width$}  {written}{what} written");
            if let Some(so_far) = released {
                of_releases(so_far, &mut text);
            }
            if withheld > 0 {
                let _ = write!(
                    text,
                    ", {withheld} withheld ({})",
                    reasons::text(&output.withheld)
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
            let _ = write!(text, " ({})", reasons::text(&self.counts.quarantined));
        }
        text.push('\n');
        for (topic, paths) in &self.missing {
            let paths: Vec<String> = paths.iter().map(|path| format!("`{path}`")).collect();
            let _ = writeln!(
                text,
                "the schema does not have {}, which `{topic}` names: nothing left of them",
                paths.join(", ")
            );
        }
        if self.not_enveloped > 0 {
            let _ = writeln!(
                text,
                "{} of them are no envelope: with --envelope a line is an object of `value` and, as needed, `key`, `headers`, `timestamp`",
                self.not_enveloped
            );
        }
        if let (Some(bare), 1..) = (self.bare, self.other_values) {
            let value = match bare {
                Bare::Text => "a text of JSON",
                Bare::Bytes => "a text of JSON that is Base64",
            };
            let (word, many) = (bare.word(), self.other_values);
            let _ = writeln!(
                text,
                "{many} of them are envelopes of another value: under `value: {word}` it is {value}"
            );
        }
        let untimely = self.counts.quarantined[Reason::EpochOutOfWindow.index()];
        if untimely > 0 {
            let _ = writeln!(
                text,
                "{untimely} of them lie in no open epoch, or say no time: `accept_from: DAY` beside `epoch` takes older events; where lines have no time, --timestamp now, or `epoch_by: PATH`; `veil explain epoch_out_of_window`"
            );
        }
        if wrapped {
            let _ = writeln!(text, "{}", paint(Tone::Warning, LOOKS_ENVELOPED));
        }
        text.push_str(match end {
            End::Whole => "",
            End::Interrupted => {
                "interrupted before the end of the input: what is counted was written, nothing else was\n"
            }
            End::Refused => {
                "read to its end; what is not written above may not leave, for the reason below\n"
            }
            End::Early => {
                "ended early: the batch it ended in is not counted, and part of it may have been written\n"
            }
        });
        text
    }

    /// One JSON object.
    pub(crate) fn json(&self, end: End, wrapped: bool) -> String {
        let outputs = self.outputs().map(|(topic, o, released)| {
            let output = Output {
                written: released.map_or(o.written, |so_far| so_far.records),
                released: released.map(Releases::of),
                bytes: o.bytes,
                withheld: reasons::json(&o.withheld),
                clearing_tombstones: o.clearing_tombstones,
            };
            (topic, output)
        });
        let summary = Json {
            complete: end == End::Whole,
            interrupted: end == End::Interrupted,
            received: self.counts.received,
            split: self.splits.then_some(Split {
                records: self.counts.split,
                empty: self.counts.split_empty,
            }),
            looks_enveloped: wrapped,
            outputs: outputs.collect(),
            fields_missing: &self.missing,
            quarantined: reasons::json(&self.counts.quarantined),
        };
        let text = serde_json::to_string(&summary).expect("counts are JSON");
        format!("{text}\n")
    }
}

/// The summary for programs, in the order in which people read it.
#[derive(Serialize)]
struct Json<'s> {
    complete: bool,
    interrupted: bool,
    received: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    split: Option<Split>,
    looks_enveloped: bool,
    outputs: BTreeMap<&'s str, Output>,
    /// By output, of what the schema of the records does not have.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    fields_missing: &'s BTreeMap<String, Vec<String>>,
    quarantined: serde_json::Value,
}

/// Records that were taken apart.
#[derive(Serialize)]
struct Split {
    records: u64,
    /// With an empty list.
    empty: u64,
}

#[derive(Serialize)]
struct Output {
    written: u64,
    /// Of an output whose records wait.
    #[serde(skip_serializing_if = "Option::is_none")]
    released: Option<Releases>,
    bytes: u64,
    withheld: serde_json::Value,
    clearing_tombstones: u64,
}

/// What became of records that waited.
#[derive(Serialize)]
struct Releases {
    releases: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    people_min: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    loss: Option<f64>,
    left_out: BTreeMap<&'static str, u64>,
    /// Windows, by why they have none; of outputs that count.
    #[serde(skip_serializing_if = "Option::is_none")]
    without_rows: Option<BTreeMap<&'static str, u64>>,
    waiting: u64,
}

impl Releases {
    fn of(so_far: &SoFar) -> Releases {
        let left_out = so_far.left_out.each();
        let without_rows = so_far.without_rows.iter();
        let without_rows = without_rows.map(|(of, n)| (of.as_str(), *n));
        Releases {
            releases: so_far.releases,
            people_min: so_far.people_min,
            loss: so_far.loss(),
            left_out: left_out.map(|(why, n)| (why.as_str(), n)).collect(),
            without_rows: so_far.windows.then(|| without_rows.collect()),
            waiting: so_far.waiting,
        }
    }
}

/// ` in 2 releases (classes of 10 persons or more, loss 0.14), 3 left out (short 3)`.
fn of_releases(so_far: &SoFar, text: &mut String) {
    let plural = if so_far.releases == 1 { "" } else { "s" };
    let what = if so_far.windows { "window" } else { "release" };
    let _ = write!(text, " in {} {what}{plural}", so_far.releases);
    if let (Some(people), Some(loss)) = (so_far.people_min, so_far.loss()) {
        let _ = write!(
            text,
            " (classes of {people} persons or more, loss {loss:.2})"
        );
    }
    if so_far.is_nowhere {
        text.push_str(" (its file was not written, and stays as it was)");
    }
    for (of, windows) in &so_far.without_rows {
        let plural = if *windows == 1 { "" } else { "s" };
        let _ = write!(
            text,
            ", {windows} window{plural} without rows ({})",
            of.as_str()
        );
    }
    let left_out = so_far.left_out.total();
    if left_out > 0 {
        let each = so_far.left_out.each();
        let each: Vec<String> = each
            .map(|(why, n)| format!("{} {n}", why.as_str()))
            .collect();
        let _ = write!(text, ", {left_out} left out ({})", each.join(", "));
    }
    if so_far.waiting > 0 {
        let _ = write!(text, ", {} too few for another", so_far.waiting);
    }
    if so_far.once_per {
        text.push_str("; `once_per` counts within this input");
    }
}
