//! What a field is: the nearest class at or above its path.

use std::collections::{HashMap, HashSet};

use super::Use;
use crate::language::codes;
use crate::language::finding::Findings;
use crate::policy::check::model::{Checked, Class};
use crate::policy::selector::TypePattern;
use crate::record::path::{Selector, Step};

/// Classes that identify a person by themselves; what lies below them does too.
const DIRECT: &[&str] = &[
    "user.name",
    "user.contact",
    "user.unique_id",
    "user.government_id",
    "user.authorization",
    "user.account.username",
    "user.credentials",
    "user.financial.account_number",
    "user.payment",
    "user.device.ip_address",
    "user.device.device_id",
    "user.device.cookie_id",
];

/// What lies below a class of [`DIRECT`] and does not identify.
const NOT_DIRECT: &[&str] = &[
    "user.unique_id.pseudonymous",
    "user.contact.address.country",
    "user.contact.address.state",
    "user.contact.address.city",
];

/// Special categories of data (GDPR article 9), data of children and precise
/// locations; what lies below them is too.
const SPECIAL: &[&str] = &[
    "user.biometric",
    "user.health_and_medical",
    "user.genetic",
    "user.childrens",
    "user.location.precise",
    "user.demographic.race_ethnicity",
    "user.demographic.religious_belief",
    "user.demographic.political_opinion",
    "user.demographic.sexual_orientation",
    "user.political_opinion",
    "user.religious_belief",
    "user.criminal_history",
];

fn below(class: &str, list: &[&str]) -> bool {
    list.iter()
        .any(|c| class == *c || class.strip_prefix(c).is_some_and(|r| r.starts_with('.')))
}

/// True when the class identifies a person by itself.
pub(crate) fn is_direct(class: &str) -> bool {
    below(class, DIRECT) && !below(class, NOT_DIRECT)
}

/// True for what needs its own justification.
pub(crate) fn is_special(class: &str) -> bool {
    below(class, SPECIAL)
}

/// True for names of one person or thing.
pub(crate) fn is_identifier(class: &str) -> bool {
    below(
        class,
        &[
            "user.unique_id",
            "user.device.device_id",
            "user.device.cookie_id",
        ],
    )
}

/// Finds the class of a path without looking at all of them.
pub(crate) struct Index<'p> {
    fields: Tree<'p>,
    types: Vec<(&'p TypePattern, Tree<'p>)>,
}

#[derive(Default)]
struct Tree<'p> {
    exact: HashMap<&'p [Step], &'p Class>,
    /// Those with `*` or `[*]`, which also hold for what these stand for.
    wild: Vec<&'p Class>,
    all: &'p [Class],
}

impl<'p> Tree<'p> {
    fn of(all: &'p [Class]) -> Tree<'p> {
        Tree {
            exact: all.iter().map(|c| (&c.selector.steps[..], c)).collect(),
            wild: all.iter().filter(|c| !c.selector.is_single()).collect(),
            all,
        }
    }

    fn nearest(&self, path: &Selector) -> Option<&'p Class> {
        let above = (1..=path.steps.len()).rev();
        let exact = above
            .filter_map(|len| self.exact.get(&path.steps[..len]).copied())
            .next();
        let wild = self.wild.iter().copied();
        wild.filter(|c| is_above(&c.selector, path))
            .chain(exact)
            .max_by(|a, b| depth(a, b))
    }
}

fn depth(a: &Class, b: &Class) -> std::cmp::Ordering {
    let depth = a.selector.steps.len().cmp(&b.selector.steps.len());
    depth.then_with(|| a.selector.specificity(&b.selector))
}

impl<'p> Index<'p> {
    /// Of all classes of the policy.
    pub(crate) fn of(policy: &'p Checked) -> Index<'p> {
        let classes = policy.classes.as_ref();
        Index {
            fields: classes.map(|c| Tree::of(&c.fields)).unwrap_or_default(),
            types: classes
                .into_iter()
                .flat_map(|c| &c.types)
                .map(|(pattern, list)| (pattern, Tree::of(list)))
                .collect(),
        }
    }

    /// The classes of what is made from `inputs`; `None` when some part has
    /// none. `whole`: what lies inside counts too.
    pub(crate) fn classes(
        &self,
        inputs: &[Selector],
        of_type: Option<&TypePattern>,
        whole: bool,
    ) -> Option<Vec<&'p str>> {
        let trees: Vec<&Tree<'p>> = std::iter::once(&self.fields)
            .chain(
                self.types
                    .iter()
                    .filter(|(p, _)| of_type.is_some_and(|t| covers(p, t)))
                    .map(|(_, tree)| tree),
            )
            .collect();
        let mut list = Vec::new();
        for input in inputs {
            let nearest = trees.iter().filter_map(|t| t.nearest(input));
            let class = nearest.max_by(|a, b| depth(a, b))?;
            list.extend(class.names.iter().map(String::as_str));
            if whole {
                let inside = trees
                    .iter()
                    .flat_map(|t| t.all)
                    .filter(|c| is_above(input, &c.selector));
                list.extend(inside.flat_map(|c| &c.names).map(String::as_str));
            }
        }
        list.sort_unstable();
        list.dedup();
        (!inputs.is_empty()).then_some(list)
    }
}

/// True when every record of type `other` can be one of `pattern`.
fn covers(pattern: &TypePattern, other: &TypePattern) -> bool {
    match (pattern, other) {
        (TypePattern::Other, _) => true,
        (TypePattern::Prefix(start), TypePattern::Exact(name) | TypePattern::Prefix(name)) => {
            name.starts_with(start)
        }
        (a, b) => a == b,
    }
}

/// True when `above` is `path` or holds it.
fn is_above(above: &Selector, path: &Selector) -> bool {
    above.steps.len() <= path.steps.len()
        && above
            .steps
            .iter()
            .zip(&path.steps)
            .all(|(a, b)| match (a, b) {
                (Step::AnyName, Step::Name(_)) | (Step::AnyElement, Step::Element(_)) => true,
                (a, b) => a == b,
            })
}

/// Lists classes that nothing which leaves has to do with.
pub(crate) fn unused(policy: &Checked, uses: &[Use<'_>], findings: &mut Findings) {
    let Some(classes) = &policy.classes else {
        return;
    };
    let by_type = classes.types.iter().flat_map(|(_, list)| list);
    let source = policy.source.subject.iter().chain(&policy.source.types);
    let read = source
        .chain(policy.signals.iter().map(|s| &s.path))
        .map(|s| &s.value);
    let leaving = uses.iter().filter(|u| !u.facts.drops);
    let inputs: Vec<&Selector> = leaving.flat_map(|u| &u.inputs).chain(read).collect();
    let exact: HashSet<&[Step]> = inputs.iter().map(|i| &i.steps[..]).collect();
    let above: HashSet<&[Step]> = inputs
        .iter()
        .flat_map(|i| (1..=i.steps.len()).map(|len| &i.steps[..len]))
        .collect();
    let wild: Vec<&Selector> = inputs.iter().copied().filter(|i| !i.is_single()).collect();
    let meets = |class: &Selector| {
        let touches = |i: &&&Selector| is_above(class, i) || is_above(i, class);
        above.contains(&class.steps[..])
            || (1..class.steps.len()).any(|len| exact.contains(&class.steps[..len]))
            || wild.iter().any(|i| touches(&i))
            || (!class.is_single() && inputs.iter().any(|i| touches(&i)))
    };
    for class in classes.fields.iter().chain(by_type) {
        let personal = class.names.iter().any(|n| n != "none");
        let used = meets(&class.selector);
        if personal && !used {
            findings
                .note(
                    codes::CLASS_UNUSED,
                    class.span,
                    format!("no output uses `{}`", class.selector),
                )
                .why("data that nobody uses is best not collected")
                .help("drop it at the source")
                .field(class.selector.to_string());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_that_is_asked_for_can_be_given() {
        let lists = [DIRECT, NOT_DIRECT, SPECIAL];
        for class in lists.into_iter().flatten() {
            assert!(crate::policy::taxonomy::is_known(class), "{class}");
        }
    }

    #[test]
    fn lists_hold_for_what_lies_below() {
        assert!(is_direct("user.contact.email"));
        assert!(is_direct("user.unique_id"));
        assert!(!is_direct("user.unique_id.pseudonymous"));
        assert!(!is_direct("user.contacts"));
        assert!(is_special("user.health_and_medical.record_id"));
        assert!(!is_special("user.location.imprecise"));
    }
}
