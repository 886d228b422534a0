//! What a field is: the nearest class at or above its path.

use super::Use;
use crate::policy::check::model::{Checked, Class};
use crate::policy::codes;
use crate::policy::finding::Findings;
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
pub fn is_direct(class: &str) -> bool {
    below(class, DIRECT) && !below(class, NOT_DIRECT)
}

/// True for what needs its own justification.
pub fn is_special(class: &str) -> bool {
    below(class, SPECIAL)
}

/// True for names of one person or thing.
pub fn is_identifier(class: &str) -> bool {
    below(
        class,
        &[
            "user.unique_id",
            "user.device.device_id",
            "user.device.cookie_id",
        ],
    )
}

/// The classes of what `u` is made from; `None` when some part has none, or
/// the policy has no classes.
pub fn of<'p>(policy: &'p Checked, u: &Use<'_>) -> Option<Vec<&'p str>> {
    let mut list = Vec::new();
    for input in &u.inputs {
        let class = nearest(policy, u, input)?;
        list.extend(class.names.iter().map(String::as_str));
        if u.facts.takes_whole {
            let inside = all(policy, u).filter(|c| is_above(input, &c.selector));
            list.extend(inside.flat_map(|c| &c.names).map(String::as_str));
        }
    }
    list.sort_unstable();
    list.dedup();
    (!u.inputs.is_empty()).then_some(list)
}

/// The classes that hold for the records `u` speaks of, those of a type last.
fn all<'p>(policy: &'p Checked, u: &Use<'_>) -> impl Iterator<Item = &'p Class> {
    let of_type = u.of_type.map(|t| t.pattern.clone());
    let classes = policy.classes.as_ref();
    let fields = classes.into_iter().flat_map(|c| &c.fields);
    let types = classes
        .into_iter()
        .flat_map(|c| &c.types)
        .filter(move |(p, _)| of_type.as_ref().is_some_and(|t| covers(p, t)))
        .flat_map(|(_, list)| list);
    fields.chain(types)
}

fn nearest<'p>(policy: &'p Checked, u: &Use<'_>, path: &Selector) -> Option<&'p Class> {
    all(policy, u)
        .filter(|c| is_above(&c.selector, path))
        .max_by(|a, b| {
            let depth = a.selector.steps.len().cmp(&b.selector.steps.len());
            depth.then_with(|| a.selector.specificity(&b.selector))
        })
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
pub fn unused(policy: &Checked, uses: &[Use<'_>], findings: &mut Findings) {
    let Some(classes) = &policy.classes else {
        return;
    };
    let by_type = classes.types.iter().flat_map(|(_, list)| list);
    let source = policy.source.subject.iter().chain(&policy.source.types);
    let read: Vec<&Selector> = source
        .chain(policy.signals.iter().map(|s| &s.path))
        .map(|s| &s.value)
        .collect();
    for class in classes.fields.iter().chain(by_type) {
        let personal = class.names.iter().any(|n| n != "none");
        let used = uses
            .iter()
            .filter(|u| !u.facts.drops)
            .flat_map(|u| &u.inputs)
            .chain(read.iter().copied())
            .any(|i| is_above(&class.selector, i) || is_above(i, &class.selector));
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
    fn lists_hold_for_what_lies_below() {
        assert!(is_direct("user.contact.email"));
        assert!(is_direct("user.unique_id"));
        assert!(!is_direct("user.unique_id.pseudonymous"));
        assert!(!is_direct("user.contacts"));
        assert!(is_special("user.health_and_medical.record_id"));
        assert!(!is_special("user.location.imprecise"));
    }
}
