//! Fields that are told by what they decide, whether they leave or not.

use super::super::check::condition::Condition;
use super::super::check::model::{Checked, Output};
use super::super::lint::Use;
use super::super::lint::classes::Index;
use super::super::lint::types::Taken;
use crate::language::finding::Span;
use crate::record::path::{Selector, Step};

/// A field that decides something of an output.
pub(super) struct Deciding<'p> {
    pub(super) output: &'p Output,
    pub(super) path: Selector,
    /// Where the policy asks it.
    pub(super) span: Span,
    pub(super) by: By,
    /// Every class that it, or what lies inside of it, can have.
    pub(super) classes: Vec<&'p str>,
}

/// The word by which a field decides.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    When,
    Where,
    Types,
    Region,
    Filter,
}

impl By {
    /// The word, and what is decided.
    pub(super) const fn in_words(self) -> (&'static str, &'static str) {
        match self {
            By::When => ("when", "what leaves"),
            By::Where => ("where", "which records leave"),
            By::Types => ("types", "which records leave"),
            By::Region => ("region", "where a record goes"),
            By::Filter => ("[?…]", "which elements leave"),
        }
    }
}

/// Every field that decides in an output, once for each place that asks it. Whether a
/// record is of a child is asked to withhold it, and says of those that leave only that
/// they are none: `minors` is not among them.
pub(super) fn decided<'p>(policy: &'p Checked, uses: &[&Use<'p>]) -> Vec<Deciding<'p>> {
    let index = Index::of(policy);
    let mut list: Vec<Deciding<'p>> = Vec::new();
    for output in &policy.outputs {
        let taken = Taken::by(output);
        let mut add = |path: &Selector, span: Span, by: By| {
            let known = index.known(std::slice::from_ref(path), &taken, true);
            // A filter stands in the path of each field that it chooses.
            let is_told = |d: &Deciding<'_>| {
                let is_here = d.span == span || by == By::Filter && d.by == By::Filter;
                std::ptr::eq(d.output, output) && is_here && d.path == *path
            };
            if !known.classes.is_empty() && !list.iter().any(is_told) {
                list.push(Deciding {
                    output,
                    path: path.clone(),
                    span,
                    by,
                    classes: known.classes,
                });
            }
        };
        if let Some(selects) = &output.selects {
            asked(&selects.value, |path, span| add(path, span, By::Where));
        }
        if let Some(entry) = output.types.iter().flatten().next() {
            for of in &policy.source.types {
                add(&of.value, entry.span, By::Types);
            }
        }
        let from = policy
            .regions
            .as_ref()
            .and_then(|r| r.from.value.in_value());
        if let (Some(region), Some(from)) = (output.regions.first(), from) {
            add(from, region.span, By::Region);
        }
        for u in uses.iter().filter(|u| std::ptr::eq(u.output, output)) {
            for case in u.value.guard.iter().flat_map(|guard| guard.cases.iter()) {
                asked(case, |path, span| add(path, span, By::When));
            }
            if !u.facts.drops {
                for path in u.inputs.iter().flat_map(filtered) {
                    add(&path, u.at(), By::Filter);
                }
            }
        }
    }
    list
}

/// Each value of the record that a condition asks, and where.
fn asked(condition: &Condition, mut add: impl FnMut(&Selector, Span)) {
    for test in condition.tests() {
        if let Some(path) = test.of.in_value() {
            add(path, test.span);
        }
    }
}

/// What the filters of a path ask of an element.
fn filtered(path: &Selector) -> Vec<Selector> {
    let filters = path.steps.iter().enumerate();
    let filters = filters.filter_map(|(at, step)| match step {
        Step::Filter(filter) => Some((at, filter)),
        _ => None,
    });
    let asks = filters.map(|(at, filter)| {
        let names = filter.path.iter().cloned().map(Step::Name);
        Selector {
            steps: path.steps[..=at].iter().cloned().chain(names).collect(),
        }
    });
    asks.collect()
}
