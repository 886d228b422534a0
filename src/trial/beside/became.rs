//! What became of one record in each output.

use super::super::json::parse;
use super::found::at_path;
use super::one_record::OneRecord;
use crate::plan::Output;
use crate::policy::check::json::Json;
use crate::policy::selector::selectors;
use crate::record::Reason;
use crate::record::counts::{Counts, FieldCounts};
use crate::record::path::Selector;
use crate::release::WhyLeftOut;
use crate::trial::explain::Waits;

/// What became of it in one output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Became {
    /// It left.
    Written,
    /// It waits for a release, or is counted, and does not leave as it came.
    Waits(Waits),
    /// It would wait, or be counted, and is left out whatever else comes.
    LeftOut(WhyLeftOut),
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
            Became::LeftOut(_) => "left out",
            Became::Withheld { cleared: true, .. } => "cleared",
            Became::Withheld { .. } => "withheld",
            Became::Quarantined(_) => "quarantined",
        }
    }

    /// Why it does not leave: a word, what causes it, and what to do about it.
    pub fn why(self) -> Option<[&'static str; 3]> {
        match self {
            Became::Written | Became::Waits(_) => None,
            Became::LeftOut(why) => Some([why.as_str(), why.cause(), why.remedy()]),
            Became::Withheld { reason, .. } | Became::Quarantined(reason) => {
                Some([reason.as_str(), reason.cause(), reason.remedy()])
            }
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
    /// Of that record. `record_type`: the paths that say of which type a record is.
    pub fn of(one: &OneRecord, record_type: &[String]) -> Each {
        let out = &one.out;
        let first = out.raw().fetched().next();
        let value = first.and_then(|record| read(record.value()?));
        let offset = first.map_or(0, |record| record.offset());
        Each {
            line: u64::try_from(offset).unwrap_or(0) + 1,
            kind: value.and_then(|value| kind(&value, record_type)),
            became: (0..out.plan.outputs.len())
                .map(|n| became(one, n))
                .collect(),
            refused_by: refused_by(&out.plan.outputs, &out.counts),
        }
    }
}

/// A value as a tree; `None`: it is no JSON, or nests deeper than is shown.
pub(super) fn read(bytes: &[u8]) -> Option<Json> {
    parse(std::str::from_utf8(bytes).ok()?)
}

pub(super) fn became(one: &OneRecord, output: usize) -> Became {
    let counts = &one.out.counts;
    if let Some(reason) = first(&counts.quarantined) {
        return Became::Quarantined(reason);
    }
    let at = &counts.outputs[output];
    if let Some(reason) = first(&at.withheld) {
        return Became::Withheld {
            reason,
            cleared: at.clearing_tombstones > 0,
        };
    }
    let waits = Waits::of(&one.out.plan.outputs[output]);
    match one.left_out.get(output).copied().flatten() {
        Some(why) => Became::LeftOut(why),
        None => waits.map_or(Became::Written, Became::Waits),
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
