//! One path of a sample, and what it holds.

use super::stats::Stats;
use crate::detect::{Evidence, Judgement, Tokens, judge};
use crate::record::path::{Selector, Step};

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
    /// What it holds, by its names and its values.
    pub fn judgement(&self) -> Judgement {
        let names: Vec<Tokens> = names(&self.path).map(Tokens::of).collect();
        let evidence = Evidence {
            kinds: self.stats.kinds(),
            hits: self.stats.hits(),
        };
        judge(&names, &evidence)
    }
}

/// The names of a path, from the top.
pub(crate) fn names(path: &Selector) -> impl Iterator<Item = &str> {
    path.steps.iter().filter_map(|step| match step {
        Step::Name(name) => Some(name.as_str()),
        _ => None,
    })
}
