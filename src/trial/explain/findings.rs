//! What a sample says against a policy, as findings at their places.

use std::collections::HashMap;

use super::called::{field_name, shown};
use super::facts::{Explained, NeverMatched, RefusedShown};
use super::gather::Evidence;
use super::page::{FOLDED, difference};
use crate::action::{Degree, IsoClass};
use crate::language::codes;
use crate::language::finding::{Findings, Span};
use crate::policy::NamedField;
use crate::policy::diff::Said;
use crate::policy::selector::selectors;
use crate::record::path::Selector;
use crate::sample::{Near, NearBy, Stats, nearest, skeleton_of};

/// Fewer values prove nothing of a column.
const VALUES_MIN: u64 = 50;
/// So few codes, each so often, are told apart by how often they occur.
const FEW_CODES: u64 = 32;
const EACH_MIN: u64 = 10;
/// Most near misses that are told.
const NEAR_MISSES_MAX: usize = 50;

impl Evidence {
    /// What the sample says against the policy, without what its `dangerously:`
    /// allows at `now`. Holds names of the sample, and no value.
    pub fn findings(&self, said: &Said, now: jiff::Timestamp) -> Findings {
        let mut findings = Findings::default();
        if self.counts.received > 0 {
            self.never(&mut findings);
            self.near_misses(&mut findings);
            super::kinds::findings(self, &mut findings);
            self.columns(&mut findings);
        }
        said.leave_out_allowed(&mut findings, now);
        findings.finish();
        findings
    }

    /// The records of which paths are known, in words.
    fn looked_into(&self) -> &'static str {
        match self.passed_over {
            0 => "the sample",
            _ => "the part of the sample that was looked into",
        }
    }

    fn never(&self, findings: &mut Findings) {
        let wrapped = self.looks_enveloped();
        // What a filter asks for leaves beside what it chooses, and is missing for the
        // same cause.
        let mut told: Vec<(&str, Span, String)> = Vec::new();
        let explained = self.explained();
        let sample = self.looked_into();
        let unwritten: Vec<&str> = match wrapped {
            true => Vec::new(),
            false => self.unwritten(&explained, findings),
        };
        for never in explained.never_matched {
            let Some(field) = self.at(&never.topic, &never.path, &never.from) else {
                continue;
            };
            let is_of_one_cause =
                unwritten.contains(&field.topic.as_str()) && self.is_explained(&never);
            if never.needs_envelope || is_of_one_cause {
                continue;
            }
            let message = format!("`{}` never matched", never.from);
            let (why, help) = match &never.nearest {
                _ if wrapped => (
                    "every line of the sample looks like a whole record, and was read as an event"
                        .to_owned(),
                    "pass --envelope: the event is the `value` of each line".to_owned(),
                ),
                _ if never.instead.is_some() => {
                    let instead = never.instead.clone();
                    instead.map(|i| (i.why, i.help)).unwrap_or_default()
                }
                _ if never.there > 0 => (
                    format!(
                        "{} record(s) of {sample} have it, and none of them left to this output",
                        never.there
                    ),
                    "look with `veil explain --on` at what was withheld or quarantined".to_owned(),
                ),
                Some(near) => (
                    difference(near.by).to_owned(),
                    format!("did you mean `{}`?", shown(&near.path)),
                ),
                None if never.folded => (
                    FOLDED.to_owned(),
                    "look with `veil explain --on`, or take a sample of fewer names".to_owned(),
                ),
                None => (
                    format!("no record of {sample} has it, nor anything near it"),
                    "correct the path, remove it, or take a sample that has it".to_owned(),
                ),
            };
            let of_filter = (field.topic.as_str(), field.span, why.clone());
            if never.instead.is_some() && told.contains(&of_filter) {
                continue;
            }
            told.push(of_filter);
            findings
                .warning(codes::NEVER_MATCHED, field.span, message)
                .why(why)
                .help(help)
                .output(&never.topic)
                .field(field_name(field));
        }
    }

    /// True of a selector to which nothing came because no record left at all.
    fn is_explained(&self, never: &NeverMatched) -> bool {
        never.there > 0 || self.input.records() == 0
    }

    /// Says once of each output that got no record why, where several selectors have
    /// that one cause. The outputs of which it was said.
    fn unwritten(&self, explained: &Explained, findings: &mut Findings) -> Vec<&str> {
        let mut told = Vec::new();
        let outputs = self.plan.outputs.iter().zip(&explained.outputs);
        for (output, shown) in outputs.filter(|(_, shown)| shown.written == 0) {
            let never = explained.never_matched.iter();
            let never = never.filter(|n| n.topic == *output.topic && !n.needs_envelope);
            let of_one_cause: Vec<_> = never.filter(|n| self.is_explained(n)).collect();
            let field = of_one_cause.first();
            let field = field.and_then(|n| self.at(&n.topic, &n.path, &n.from));
            let (Some(field), [_, _, ..]) = (field, &of_one_cause[..]) else {
                continue;
            };
            // The place that refused most of them is the one to look at.
            let mut refused: Vec<&RefusedShown> = explained.refused.iter().collect();
            refused.sort_by_key(|r| std::cmp::Reverse(r.records));
            let by = refused.iter().find_map(|r| match &r.by {
                [Some(topic), Some(path), _] => {
                    let mut fields = self.named.fields.iter();
                    fields.find(|f| f.topic == *topic && f.path == *path)
                }
                _ => None,
            });
            let causes = refused.iter().map(|r| cause(r)).chain(
                shown
                    .withheld
                    .iter()
                    .map(|(reason, n)| format!("{n} withheld: `{}`", reason.as_str())),
            );
            let at = by.unwrap_or(field);
            findings
                .warning(
                    codes::NEVER_MATCHED,
                    at.span,
                    format!(
                        "no record of the sample left to `{}`, so {} of its selectors never matched",
                        output.topic,
                        of_one_cause.len()
                    ),
                )
                .why(causes.collect::<Vec<_>>().join("; "))
                .help("mend that first; `veil explain --on` tells of each record, `veil explain REASON` what a reason means")
                .output(&*output.topic)
                .field(field_name(at));
            told.push(&*output.topic);
        }
        told
    }

    /// Paths of the sample that look like one that the policy names and that is
    /// there as well: some producer spells it in another way.
    fn near_misses(&self, findings: &mut Findings) {
        let mut named: HashMap<Vec<String>, Vec<(&NamedField, &Selector)>> = HashMap::new();
        for field in self.named.fields.iter().filter(|f| !f.drops()) {
            for input in &field.inputs {
                let is_there = self.input.find(input).is_some_and(|f| !f.with_others);
                if is_there {
                    named
                        .entry(skeleton_of(input))
                        .or_default()
                        .push((field, input));
                }
            }
        }
        let mut told = 0;
        for found in self.input.leaves() {
            if told == NEAR_MISSES_MAX || self.named.names(&found.path) {
                continue;
            }
            let Some(list) = named.get(&skeleton_of(&found.path)) else {
                continue;
            };
            let near = nearest(&found.path, list.iter().map(|(_, input)| (*input).clone()));
            let Some(Near { path, by }) = near.filter(|n| n.by <= NearBy::Elements) else {
                continue;
            };
            let mut meant = list.iter().filter(|(_, input)| **input == path);
            let Some((field, input)) = meant.next() else {
                continue;
            };
            told += 1;
            let of = match self.passed_over {
                0 => "",
                _ => " of those that were looked into",
            };
            findings
                .warning(
                    codes::NEAR_MISS,
                    field.span,
                    format!(
                        "`{}` is in {} record(s){of} and leaves nowhere; `{input}` is named",
                        shown(&found.path),
                        found.stats.records()
                    ),
                )
                .why(difference(by))
                .help("name both, or mend the producer that spells it so")
                .output(&field.topic)
                .field(field_name(field));
        }
    }

    fn columns(&self, findings: &mut Findings) {
        for (output, seen) in self.plan.outputs.iter().zip(&self.outputs) {
            let mut told: Vec<&str> = Vec::new();
            for counted in &output.fields {
                let Some(field) = self.named(&output.topic, counted) else {
                    continue;
                };
                let path = field.selector.as_ref().map(|_| &counted.path);
                let path = path.and_then(|p| selectors(p).ok()?.pop());
                let Some(found) = path.and_then(|p| seen.values.find(&p)) else {
                    continue;
                };
                if told.contains(&counted.path.as_str()) || found.stats.scalars() < VALUES_MIN {
                    continue;
                }
                told.push(&counted.path);
                column(field, found.stats, findings);
            }
        }
    }

    fn at(&self, topic: &str, path: &str, from: &str) -> Option<&NamedField> {
        let mut outputs = self.plan.outputs.iter();
        let output = outputs.find(|o| &*o.topic == topic)?;
        let mut fields = output.fields.iter();
        let field = fields.find(|f| f.path == path && f.from == from)?;
        self.named(topic, field)
    }
}

/// Why records were quarantined, and what refused them.
fn cause(refused: &RefusedShown) -> String {
    let (n, reason) = (refused.records, refused.reason.as_str());
    match &refused.by {
        [_, Some(field), Some(action)] => {
            format!("{n} quarantined: `{reason}` at `{field}` (`{action}`)")
        }
        [_, Some(field), None] => format!("{n} quarantined: `{reason}` at `{field}`"),
        _ => format!("{n} quarantined: `{reason}`"),
    }
}

fn column(field: &NamedField, stats: &Stats, findings: &mut Findings) {
    let (values, distinct) = (stats.scalars(), stats.distinct());
    let degree = field.spec.reveals().degree;
    let is_code = matches!(degree, Degree::Code | Degree::ReversibleCode);
    let tells = matches!(
        degree,
        Degree::Portion | Degree::Foreseen | Degree::Everything
    );
    let path = &field.path;
    if is_code
        && field.spec.facts().linkable
        && distinct.count <= FEW_CODES
        && values >= EACH_MIN * distinct.count
    {
        findings
            .warning(
                codes::FEW_CODES,
                field.span,
                format!("`{path}` has {} code(s) in {values} values", distinct.count),
            )
            .why("who knows how often each value occurs knows which code is which, without the key")
            .help("`keep` or `generalize` it if it may be known, drop it, or use `scope: record`")
            .output(&field.topic)
            .field(field_name(field));
    }
    // An estimate is off by a few in a hundred.
    let differs = match distinct.is_exact {
        true => distinct.count == values,
        false => distinct.count >= values - values / 20,
    };
    if tells && differs {
        let each = if distinct.is_exact {
            "each"
        } else {
            "nearly each"
        };
        findings
            .warning(
                codes::UNIQUE_COLUMN,
                field.span,
                format!("`{path}` differs in {each} of {values} values"),
            )
            .why("it singles a record out: whoever knows the value elsewhere finds the record")
            .help("make it coarser, pseudonymize it, or drop it")
            .output(&field.topic)
            .field(field_name(field));
    }
    if field.action.iso == IsoClass::Generalization && distinct.count == 1 {
        findings
            .note(
                codes::ONE_CLASS,
                field.span,
                format!("`{path}` has one value in all {values}"),
            )
            .why("a column of one class tells nothing; a bound or a width may be wrong")
            .help("make it finer, or drop it")
            .output(&field.topic)
            .field(field_name(field));
    }
}
