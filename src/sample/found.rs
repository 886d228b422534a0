//! One path of a sample, and what it holds.

use super::stats::Stats;
use crate::detect::{Evidence, Judgement, Tokens, judge};
use crate::record::path::{Is, Selector, Step};

/// One path of a sample.
#[derive(Clone)]
pub struct Found<'p> {
    /// From the top of the value: array elements as `[*]`, members whose names
    /// are data as `*`.
    pub path: Selector,
    /// What is known of the values there.
    pub stats: &'p Stats,
    /// Something stands below it in some records.
    pub has_inside: bool,
    /// Names that are data count as one, and one of the path's may be among them:
    /// whether it is there is not known.
    pub with_others: bool,
}

impl Found<'_> {
    /// What says what stands there, from the top: names, and the key of a pair.
    pub(crate) fn said(&self) -> impl Iterator<Item = &str> {
        said(&self.path)
    }

    /// What it holds, by its names and its values.
    pub fn judgement(&self) -> Judgement {
        let names: Vec<Tokens> = said(&self.path).map(Tokens::of).collect();
        let evidence = Evidence {
            kinds: self.stats.kinds(),
            hits: self.stats.hits(),
        };
        judge(&names, &evidence)
    }
}

/// What says of a path what stands there: its names, and the key of a pair in place of
/// the members that only hold its value (`value`, `value.string_value`).
fn said(path: &Selector) -> impl Iterator<Item = &str> {
    let pair = path.steps.iter().rposition(|step| key_of(step).is_some());
    path.steps
        .iter()
        .enumerate()
        .filter_map(move |(at, step)| match step {
            Step::Name(_) if pair.is_some_and(|pair| at > pair) => None,
            Step::Name(name) => Some(name.as_str()),
            step => key_of(step),
        })
}

/// The text by which a filter chooses its elements.
fn key_of(step: &Step) -> Option<&str> {
    match step {
        Step::Filter(filter) => match &filter.is {
            Is::Text(text) => Some(text),
            _ => None,
        },
        _ => None,
    }
}

/// The names of a path, from the top.
pub(crate) fn names(path: &Selector) -> impl Iterator<Item = &str> {
    path.steps.iter().filter_map(|step| match step {
        Step::Name(name) => Some(name.as_str()),
        _ => None,
    })
}
