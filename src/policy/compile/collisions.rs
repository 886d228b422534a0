//! Two fields of one output that can meet on one path of what is written.

use std::collections::HashMap;

use super::scopes::{Entry, Write};
use crate::language::codes;
use crate::language::finding::Findings;
use crate::policy::check::model::Output;
use crate::record::path::{Selector, Step};

/// Most pairs that are compared.
const PAIRS_MAX: usize = 20_000_000;

/// Checks the fields that are written side by side.
pub(crate) fn check(said: &Output, entries: &[&Entry], findings: &mut Findings) {
    let mut seen: HashMap<&Selector, &Entry> = HashMap::new();
    for entry in entries {
        if let Some(first) = seen.insert(&entry.selector, entry) {
            findings
                .error(
                    codes::SAME_PATH,
                    entry.span,
                    format!("`{}` is named twice in one output", entry.selector),
                )
                .label("the second time")
                .also(first.span, "the first time")
                .why("`fields` holds for every type, and which of the two is meant cannot be told")
                .help("keep one; two results of one field stand under `as:`")
                .output(&said.topic.value)
                .field(entry.selector.to_string());
        }
    }
    let written: Vec<(&Entry, &Write)> = entries
        .iter()
        .flat_map(|e| e.writes.iter().map(move |w| (*e, w)))
        .filter(|(_, w)| !w.drops)
        .collect();
    lifted(said, &written, findings);
    let renamed = written.iter().filter(|(_, w)| w.moved).count();
    if renamed.saturating_mul(written.len()) > PAIRS_MAX {
        findings
            .error(
                codes::TOO_LARGE,
                said.span,
                format!("{renamed} fields are renamed among {}", written.len()),
            )
            .help("split the output")
            .output(&said.topic.value);
        return;
    }
    for (entry, moved) in written.iter().filter(|(_, w)| w.moved) {
        for (other_entry, other) in &written {
            let apart = moved.number == other.number
                || moved.is_beside(other)
                || !reaches(&moved.output_path, &other.output_path)
                // Said once: when both reach each other, at the later one.
                || (other.moved
                    && other.number < moved.number
                    && reaches(&other.output_path, &moved.output_path));
            if apart {
                continue;
            }
            let starred = other.output_path.is_starred();
            let help = if starred {
                "name the other members one by one: `*` can bring any name"
            } else {
                "choose another name under `as:`"
            };
            findings
                .error(
                    codes::SAME_OUTPUT_PATH,
                    entry.span,
                    format!("two fields can be written to `{}`", moved.output_path),
                )
                .also(other_entry.span, "the other one")
                .why("an object holds each name once")
                .help(help)
                .output(&said.topic.value)
                .field(entry.selector.to_string());
        }
    }
}

/// Finds members of an element that would stand beside a member of the same name that
/// is around the list.
fn lifted(said: &Output, written: &[(&Entry, &Write)], findings: &mut Findings) {
    let (up, stay): (Vec<_>, Vec<_>) = written.iter().partition(|(_, w)| w.lifted.is_some());
    let Some((at, above)) = up.first().and_then(|(_, w)| {
        let at = w.lifted?;
        Some((at, &w.output_path.steps[..at]))
    }) else {
        return;
    };
    let mut named: HashMap<&Step, &Entry> = HashMap::new();
    for (entry, write) in &up {
        named.entry(&write.output_path.steps[at]).or_insert(entry);
    }
    for (other, write) in &stay {
        let steps = &write.output_path.steps;
        let any_depth = write
            .output_path
            .any_depth()
            .is_some_and(|depth| depth <= at);
        let is_beside = steps.len() > at && above.iter().zip(steps).all(|(a, b)| a.meets(b));
        let Some(step) = steps.get(at).filter(|_| is_beside || any_depth) else {
            continue;
        };
        let own = match any_depth || step.is_star() {
            true => up.first().map(|(entry, _)| *entry),
            false => named
                .get(step)
                .or_else(|| named.get(&Step::AnyName))
                .copied(),
        };
        let Some(own) = own else { continue };
        let path = Selector {
            steps: steps[..=at].to_vec(),
        };
        findings
            .error(
                codes::SAME_OUTPUT_PATH,
                own.span,
                format!("what is lifted out of an element can be written to `{path}`, where more is written"),
            )
            .also(other.span, "the other one")
            .why("an object holds each name once, and `lift` writes the members of an element one level up")
            .help("choose another name under `as:`, or take `lift` away")
            .output(&said.topic.value)
            .field(own.selector.to_string());
    }
}

/// True when one record can make both paths, or `other` inside `path`.
fn reaches(path: &Selector, other: &Selector) -> bool {
    path.reaches(other)
}
