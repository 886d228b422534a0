//! Expected outputs in the text of a policy, written anew where they differ.

use super::compare::differences;
use super::edits::Edits;
use super::fitting::{fit, value};
use crate::language::finding::Findings;
use crate::language::written::{Kind, Member, Node};
use crate::language::yaml;
use crate::policy::check::json::Json;

/// What is expected of what leaves.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Expected {
    /// A part of the value.
    Expect,
    /// All of it.
    Exactly,
    /// The record key.
    RecordKeys,
}

impl Expected {
    fn word(self) -> &'static str {
        match self {
            Expected::Expect => "expect",
            Expected::Exactly => "exactly",
            Expected::RecordKeys => "record_keys",
        }
    }

    /// Nothing else may be there.
    pub(super) fn is_whole(self) -> bool {
        self != Expected::Expect
    }
}

/// An expected output, and what leaves there.
pub(super) struct Place {
    /// Which test, in the order of the policy.
    pub test: usize,
    /// Of what.
    pub of: Expected,
    /// The topic.
    pub topic: String,
    /// What leaves.
    pub found: Json,
}

/// What the place would hold: of a part that is expected the same part.
pub(super) fn fitted(text: &str, place: &Place) -> Option<Json> {
    let root = read(text)?;
    fit(node_of(&root, place)?, &place.found, place.of.is_whole())
}

/// The text with all of these places fitted; read again, it says the same but there.
pub(super) fn written(text: &str, places: &[Place]) -> Option<String> {
    let root = read(text)?;
    let mut edits = Edits::of(text);
    for place in places {
        edits.node(node_of(&root, place)?, &place.found, place.of.is_whole())?;
    }
    let next = edits.applied();
    let again = read(&next)?;
    for place in places {
        let is = value(node_of(&again, place)?)?;
        let wanted = fitted(text, place)?;
        let same = differences(&wanted, &is, true).is_empty();
        if !same || !differences(&is, &place.found, place.of.is_whole()).is_empty() {
            return None;
        }
    }
    same_but_at(&root, &again, places).then_some(next)
}

fn read(text: &str) -> Option<Node> {
    let mut findings = Findings::default();
    yaml::read(text, &mut findings).filter(|_| !findings.has_errors())
}

fn node_of<'n>(root: &'n Node, place: &Place) -> Option<&'n Node> {
    let test = root.member("tests")?.value.items()?.get(place.test)?;
    let by_topic = &test.member(place.of.word())?.value;
    Some(&by_topic.member(&place.topic)?.value)
}

/// Both say the same, but at these places.
fn same_but_at(was: &Node, is: &Node, places: &[Place]) -> bool {
    let at: Option<Vec<(&Node, &Node)>> = places
        .iter()
        .map(|place| Some((node_of(was, place)?, node_of(is, place)?)))
        .collect();
    at.is_some_and(|at| same(was, is, &at))
}

fn same(a: &Node, b: &Node, but: &[(&Node, &Node)]) -> bool {
    let is = |(x, y): &(&Node, &Node)| std::ptr::eq(*x, a) && std::ptr::eq(*y, b);
    if but.iter().any(is) {
        return true;
    }
    match (&a.kind, &b.kind) {
        (
            Kind::Scalar { text, quoted },
            Kind::Scalar {
                text: other,
                quoted: also,
            },
        ) => text == other && quoted == also,
        (Kind::List(a), Kind::List(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b, but))
        }
        (Kind::Map(a), Kind::Map(b)) => {
            let member =
                |(a, b): (&Member, &Member)| a.name == b.name && same(&a.value, &b.value, but);
            a.len() == b.len() && a.iter().zip(b).all(member)
        }
        _ => false,
    }
}

#[cfg(test)]
#[path = "expected_tests.rs"]
mod tests;
