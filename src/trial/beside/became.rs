//! What became of one record in each output.

use super::super::json::parse;
use super::found::at_path;
use crate::pipeline::OutBatch;
use crate::plan::{Output, Plan};
use crate::policy::check::json::Json;
use crate::policy::selector::selectors;
use crate::record::Reason;
use crate::record::counts::{Counts, FieldCounts};
use crate::record::path::Selector;
use crate::trial::explain::Waits;

/// What became of it in one output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Became {
    /// It left.
    Written,
    /// It waits for a release, or is counted, and does not leave as it came.
    Waits(Waits),
    /// It may not go there.
    Withheld {
        /// Why.
        reason: Reason,
        /// A tombstone left in its place.
        cleared: bool,
    },
    /// No output got it.
    Quarantined(Reason),
}

impl Became {
    /// One word for it.
    pub fn word(self) -> &'static str {
        match self {
            Became::Written => "written",
            Became::Waits(waits) => waits.word(),
            Became::Withheld { cleared: true, .. } => "cleared",
            Became::Withheld { .. } => "withheld",
            Became::Quarantined(_) => "quarantined",
        }
    }

    /// Why it did not leave.
    pub fn reason(self) -> Option<Reason> {
        match self {
            Became::Written | Became::Waits(_) => None,
            Became::Withheld { reason, .. } | Became::Quarantined(reason) => Some(reason),
        }
    }
}

/// What became of one record.
pub struct Each {
    /// The number of its line, from 1.
    pub line: u64,
    /// Its type, the parts joined by `/`; `None`: it has none that can be told.
    pub kind: Option<String>,
    /// In each output, in the order of the policy.
    pub became: Vec<Became>,
    /// The output and the field that refused it.
    pub refused_by: Option<[String; 2]>,
}

impl Each {
    /// Of the one record of that batch. `record_type`: the paths that say of which
    /// type a record is.
    pub fn of(out: &OutBatch, record_type: &[String]) -> Each {
        let first = out.raw().fetched().next();
        let value = first.and_then(|record| read(record.value()?));
        let offset = first.map_or(0, |record| record.offset());
        Each {
            line: u64::try_from(offset).unwrap_or(0) + 1,
            kind: value.and_then(|value| kind(&value, record_type)),
            became: (0..out.plan.outputs.len())
                .map(|n| became(&out.counts, &out.plan, n))
                .collect(),
            refused_by: refused_by(&out.plan.outputs, &out.counts),
        }
    }
}

/// A value as a tree; `None`: it is no JSON, or nests deeper than is shown.
pub(super) fn read(bytes: &[u8]) -> Option<Json> {
    parse(std::str::from_utf8(bytes).ok()?)
}

pub(super) fn became(counts: &Counts, plan: &Plan, output: usize) -> Became {
    if let Some(reason) = first(&counts.quarantined) {
        return Became::Quarantined(reason);
    }
    let at = &counts.outputs[output];
    match first(&at.withheld) {
        Some(reason) => Became::Withheld {
            reason,
            cleared: at.clearing_tombstones > 0,
        },
        None => Waits::of(&plan.outputs[output]).map_or(Became::Written, Became::Waits),
    }
}

fn first(counts: &[u64; Reason::COUNT]) -> Option<Reason> {
    Reason::ALL.into_iter().find(|r| counts[r.index()] > 0)
}

fn refused_by(outputs: &[Output], counts: &Counts) -> Option<[String; 2]> {
    let refused = |c: &FieldCounts| c.refused > 0;
    outputs.iter().zip(&counts.outputs).find_map(|(output, c)| {
        let at = c.fields.iter().position(refused)?;
        Some([output.topic.to_string(), output.fields[at].path.clone()])
    })
}

/// The type, as the policy writes types. With a slash before the last part it has no
/// name there.
pub(super) fn kind(value: &Json, record_type: &[String]) -> Option<String> {
    let paths: Vec<Selector> = record_type
        .iter()
        .filter_map(|path| selectors(path).ok()?.pop())
        .collect();
    let mut parts: Vec<&str> = Vec::new();
    for path in &paths {
        match at_path(value, &path.steps) {
            Some(Json::Text(text)) => parts.push(text),
            _ => break,
        }
    }
    let before_last = parts.iter().take(paths.len().saturating_sub(1));
    let named = !parts.is_empty() && !before_last.into_iter().any(|p| p.contains('/'));
    named.then(|| parts.join("/"))
}
