//! Two allowlists: for every path that either names, what leaves of it.
//!
//! The most specific selector of an allowlist decides a path, so a path of one
//! list may be decided in the other by a wider one, and a selector that goes
//! away gives its place to it. What decides a path in one list and in the other
//! overlap there; so each path that either names and each overlap is looked at,
//! and no other can differ in its own way.

use std::collections::{BTreeSet, HashMap};

use super::difference::{At, Found, Verdict};
use super::said::Said;
use super::values::{HELD_BACK, Judged, holds_back, values};

use crate::action::{Degree, Order};
use crate::policy::check::model::{Field, Written};
use crate::record::path::{Selector, Step};

/// Most overlaps that are looked for.
const PAIRS_MAX: usize = 20_000_000;

/// An allowlist, those of a type with those of all.
pub struct Allowlist<'p> {
    said: &'p Said,
    by_path: HashMap<&'p Selector, Entry<'p>>,
    /// Those that may decide other paths than their own.
    wide: Vec<&'p Selector>,
}

#[derive(Clone)]
struct Entry<'p> {
    field: &'p Field,
    record_type: Option<String>,
}

impl<'p> Allowlist<'p> {
    /// Of fields, each with the type of record that it stands under.
    pub fn new(
        said: &'p Said,
        fields: impl Iterator<Item = (&'p Field, Option<String>)>,
    ) -> Allowlist<'p> {
        let mut list = Allowlist {
            said,
            by_path: HashMap::new(),
            wide: Vec::new(),
        };
        for (field, record_type) in fields {
            if !field.selector.is_single() || takes_whole(field) {
                list.wide.push(&field.selector);
            }
            let entry = Entry { field, record_type };
            list.by_path.insert(&field.selector, entry);
        }
        list
    }

    /// What decides a path.
    fn deciding(&self, path: &Selector) -> Option<&Entry<'p>> {
        if let Some(entry) = self.by_path.get(path) {
            return Some(entry);
        }
        let covering = self.wide.iter().filter(|wide| {
            let whole = || takes_whole(self.by_path[**wide].field);
            wide.leads_to(path) || wide.covers(path) && whole()
        });
        let most = covering.max_by(|a, b| a.specificity(b))?;
        self.by_path.get(*most)
    }

    /// What leaves of a path: the writes of what decides it, or of those the
    /// ones that take what is inside.
    fn writes(&self, path: &Selector) -> Vec<&'p Written> {
        let Some(entry) = self.deciding(path) else {
            return Vec::new();
        };
        let inside = !entry.field.selector.leads_to(path);
        let writes = entry.field.writes.iter();
        writes
            .filter(|w| !w.value.spec.facts().drops)
            .filter(|w| !inside || w.value.spec.facts().takes_whole)
            .collect()
    }
}

fn takes_whole(field: &Field) -> bool {
    let mut writes = field.writes.iter();
    writes.any(|w| w.value.spec.facts().takes_whole)
}

/// Compares what two allowlists let out.
pub fn allowlists(was: &Allowlist<'_>, is: &Allowlist<'_>, topic: Option<&str>, found: &mut Found) {
    let mut paths: BTreeSet<Selector> = BTreeSet::new();
    for path in was.by_path.keys().chain(is.by_path.keys()) {
        paths.insert((*path).clone());
    }
    let pairs = was.wide.len().saturating_mul(is.by_path.len())
        + is.wide.len().saturating_mul(was.by_path.len());
    if pairs > PAIRS_MAX {
        let why = "too many `*`, `[*]` and `subtree` in too many fields to be compared";
        let at = At {
            output: topic,
            ..At::policy("fields")
        };
        found.add(Order::Unknown, at, "", "", why);
        return;
    }
    for (wide, others) in [(&was.wide, &is.by_path), (&is.wide, &was.by_path)] {
        for wide in wide {
            paths.extend(others.keys().filter_map(|other| overlap(wide, other)));
        }
    }
    for path in &paths {
        at_path(path, was, is, topic, found);
    }
}

fn at_path(
    path: &Selector,
    was: &Allowlist<'_>,
    is: &Allowlist<'_>,
    topic: Option<&str>,
    found: &mut Found,
) {
    let (before, now) = (was.writes(path), is.writes(path));
    let at = |field: &Selector, list: &Allowlist<'_>| At {
        output: topic,
        record_type: list.deciding(path).and_then(|e| e.record_type.clone()),
        field: field.to_string(),
    };
    let mut gated = false;
    for write in &now {
        let name = renamed(path, write);
        let said = is.said.written(&write.value);
        let Some((from, mut judged)) = nearest(&before, write, was.said, is.said) else {
            gated = true;
            let why = "a field that did not leave";
            found.add(
                Order::Weaker,
                at(&name, is),
                not_named(was, path),
                said,
                why,
            );
            continue;
        };
        let is_code = matches!(
            write.value.spec.reveals().degree,
            Degree::Code | Degree::ReversibleCode
        );
        if is_code && now.len() > before.len() && from.value.def.name != write.value.def.name {
            let why = "a code beside what it is made of turns back the same code elsewhere";
            judged.and(Order::Unknown, why);
        }
        gated |= !matches!(judged.order, Order::Same | Order::Stronger);
        let was = was.said.written(&from.value);
        found.add(
            judged.order,
            at(&name, is),
            was,
            said,
            judged.why.join("; "),
        );
    }
    let still_holds = |write: &Written| {
        now.iter().any(|n| {
            let judged = || values((was.said, &write.value), (is.said, &n.value));
            let holds_as_often = match (&write.value.guard, &n.value.guard) {
                (_, None) => true,
                (Some(was), Some(is)) => was.is_same(is),
                (None, Some(_)) => false,
            };
            n.value.def.name == write.value.def.name
                && holds_as_often
                && matches!(judged().order, Order::Same | Order::Stronger)
        })
    };
    for write in &before {
        let (order, why) = match holds_back(&write.value) {
            true if gated || still_holds(write) => continue,
            true => (Order::Unknown, HELD_BACK),
            false if now.is_empty() => (Order::Stronger, "the field leaves no more"),
            false => continue,
        };
        let name = renamed(path, write);
        let said = was.said.written(&write.value);
        found.add(order, at(&name, was), said, not_named(is, path), why);
    }
}

/// What is said of a path that nothing leaves of.
fn not_named(list: &Allowlist<'_>, path: &Selector) -> String {
    match list.deciding(path) {
        Some(entry) => entry
            .field
            .writes
            .iter()
            .map(|w| list.said.written(&w.value))
            .collect::<Vec<_>>()
            .join(", "),
        None => "(not named)".to_owned(),
    }
}

/// The write of before that shows most surely that `write` lets out no more;
/// whatever is computed from what left already is no more.
fn nearest<'w>(
    before: &[&'w Written],
    write: &Written,
    was: &Said,
    is: &Said,
) -> Option<(&'w Written, Judged)> {
    let named = |w: &Written| w.name.as_ref().map(|n| n.value.clone());
    let judged = before.iter().map(|w| {
        let mut judged = values((was, &w.value), (is, &write.value));
        if let Some(guard) = &w.value.guard
            && !write
                .value
                .guard
                .as_ref()
                .is_some_and(|is| guard.is_same(is))
        {
            // A record may take this case now that took another.
            let beside = before.iter().filter(|b| {
                b.name == w.name && b.value.guard.as_ref().is_some_and(|g| g.is_beside(guard))
            });
            let no_more = |b: &&&Written| {
                let judged = values((was, &b.value), (is, &write.value));
                matches!(judged.order, Order::Same | Order::Stronger)
            };
            let cases: Vec<_> = beside.collect();
            let all = cases.len() == guard.cases.len() && cases.iter().all(no_more);
            match all {
                true => judged.and(Order::Stronger, OF_EVERY_CASE),
                false => judged.and(Order::Weaker, OF_OTHER_RECORDS),
            }
        }
        let rank = match judged.order {
            Order::Same => 0,
            Order::Stronger => 1,
            Order::Weaker | Order::Unknown => 2,
        };
        ((rank, named(w) != named(write)), (*w, judged))
    });
    judged.min_by_key(|(rank, _)| *rank).map(|(_, found)| found)
}

/// Why a case is no weaker.
const OF_EVERY_CASE: &str = "no case of before let out less";
/// Why a case can let out more.
const OF_OTHER_RECORDS: &str =
    "its condition, or one before it, is another: it may be made so of other records";

fn renamed(path: &Selector, write: &Written) -> Selector {
    let mut path = path.clone();
    if let (Some(name), Some(last)) = (&write.name, path.steps.last_mut()) {
        *last = Step::Name(name.value.clone());
    }
    path
}

/// Compares the fields of two bodies: what is done to them together, and what
/// the first difference is.
pub fn bodies(
    (was_said, was): (&Said, &[Field]),
    (is_said, is): (&Said, &[Field]),
) -> (Order, String) {
    let mut found = Found::default();
    let none = |f| (f, None);
    allowlists(
        &Allowlist::new(was_said, was.iter().map(none)),
        &Allowlist::new(is_said, is.iter().map(none)),
        None,
        &mut found,
    );
    let order = found.0.iter().fold(Order::Same, |order, d| {
        order.and(match d.verdict {
            Verdict::Weaker => Order::Weaker,
            Verdict::Changed => Order::Unknown,
            Verdict::Stronger => Order::Stronger,
        })
    });
    let first = found
        .0
        .first()
        .map(|d| format!("inside, `{}`: {}", d.field, d.why));
    (order, first.unwrap_or_default())
}

/// The paths that begin with both; of what `**` stands for, where one holds the other.
fn overlap(a: &Selector, b: &Selector) -> Option<Selector> {
    if a.any_depth().or(b.any_depth()).is_some() {
        let inner = [(a, b), (b, a)].into_iter().find(|(a, b)| a.covers(b));
        return inner.map(|(_, inner)| inner.clone());
    }
    let (short, long) = match a.steps.len() <= b.steps.len() {
        true => (a, b),
        false => (b, a),
    };
    let mut steps = Vec::with_capacity(long.steps.len());
    for (a, b) in short.steps.iter().zip(&long.steps) {
        steps.push(match (a, b) {
            (a, b) if a == b => a.clone(),
            (Step::AnyName, name @ Step::Name(_)) | (name @ Step::Name(_), Step::AnyName) => {
                name.clone()
            }
            (a, b) if a.covers(b) => b.clone(),
            (a, b) if b.covers(a) => a.clone(),
            _ => return None,
        });
    }
    steps.extend_from_slice(&long.steps[short.steps.len()..]);
    Some(Selector { steps })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::selector::selectors;

    fn path(text: &str) -> Selector {
        selectors(text).unwrap().remove(0)
    }

    #[test]
    fn overlaps_and_covers() {
        let of = |a, b| overlap(&path(a), &path(b)).map(|s| s.to_string());
        assert_eq!(of("a.*", "*.b").as_deref(), Some("a.b"));
        assert_eq!(of("a[*].b", "a[2]").as_deref(), Some("a[2].b"));
        assert_eq!(of("a.*", "b.*"), None);
        assert_eq!(of("a.b", "a[*]"), None);
        let covers = |a, b| path(a).covers(&path(b));
        assert!(covers("a.*", "a.b") && covers("a", "a.b.c") && covers("a[*]", "a[1]"));
        assert!(!covers("a.b", "a.*") && !covers("a.b.c", "a.b") && !covers("a.*", "a[*]"));
    }
}
