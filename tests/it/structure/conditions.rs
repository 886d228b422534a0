//! Conditions, and what they come to on a tree, by definition.

use std::fmt;

use super::interpreter::{At, Held};
use super::policies::{NAMES, Step, spelled};
use super::records::Tree;
use crate::differential::random::Random;

#[derive(Clone, Debug)]
pub enum Condition {
    Test(Vec<Step>, &'static str),
    Not(Box<Condition>),
    All(Vec<Condition>),
    Any(Vec<Condition>),
}

/// What is asked, as a policy writes it.
const TESTS: [&str; 14] = [
    "x",
    "12.0",
    "true",
    "[x, y, -3.5]",
    "{ is: absent }",
    "{ is: present }",
    "{ is: \"null\" }",
    "{ is: object }",
    "{ is: array }",
    "{ min: 0 }",
    "{ above: 0, max: 12 }",
    "{ matches: \"[xy]\" }",
    "{ not: x }",
    "{ not: { below: 5 } }",
];

impl Condition {
    /// One of a field at that path.
    pub fn any(field: &[Step], random: &mut Random) -> Condition {
        Self::some(field, 2, random)
    }

    fn some(field: &[Step], depth: usize, random: &mut Random) -> Condition {
        let several = |random: &mut Random| {
            let each = 0..1 + random.below(3);
            each.map(|_| Self::some(field, depth - 1, random)).collect()
        };
        match random.below(8) {
            0 if depth > 0 => Condition::Not(Box::new(Self::some(field, depth - 1, random))),
            1 if depth > 0 => Condition::All(several(random)),
            2 if depth > 0 => Condition::Any(several(random)),
            _ => {
                let mut steps: Vec<Step> = Vec::new();
                let is_shared = !field.contains(&Step::AnyName) && random.one_in(2);
                if is_shared && !field.is_empty() {
                    steps.extend_from_slice(&field[..1 + random.below(field.len())]);
                }
                for _ in 0..usize::from(steps.is_empty()) + random.below(2) {
                    steps.push(match random.below(6) {
                        0 if !steps.is_empty() => Step::Element(random.below(2)),
                        _ => Step::Name(NAMES[random.below(3)]),
                    });
                }
                Condition::Test(steps, TESTS[random.below(TESTS.len())])
            }
        }
    }

    /// What it comes to, for a field at that place.
    pub fn holds(&self, top: &Tree, at: &[At]) -> bool {
        match self {
            Condition::Test(steps, asks) => answer(asks, find(top, steps, at)),
            Condition::Not(of) => !of.holds(top, at),
            Condition::All(each) => each.iter().all(|one| one.holds(top, at)),
            Condition::Any(each) => each.iter().any(|one| one.holds(top, at)),
        }
    }
}

fn find<'t>(top: &'t Tree, steps: &[Step], at: &[At]) -> Option<&'t Tree> {
    let mut here = top;
    for (n, step) in steps.iter().enumerate() {
        here = match (step, here) {
            (Step::Name(name), Tree::Object(members)) => {
                &members.iter().find(|(other, _)| other == name)?.1
            }
            (Step::Element(n), Tree::Array(items)) => items.get(*n)?,
            (Step::AnyElement, Tree::Array(items)) => {
                // The element that the field lies in.
                let At::Element(n, _) = at[n] else {
                    panic!("a name where an element is");
                };
                items.get(n)?
            }
            (Step::Json, here) => match Held::of(here) {
                Some(Held::Json(inside)) => inside,
                _ => return None,
            },
            _ => return None,
        };
    }
    Some(here)
}

fn answer(asks: &str, value: Option<&Tree>) -> bool {
    let text = |value: Option<&Tree>| match value {
        Some(Tree::Scalar(text)) => text.strip_prefix('"').map(|t| t.trim_end_matches('"')),
        _ => None,
    };
    let number = match value {
        Some(Tree::Scalar(text)) => text.parse::<f64>().ok(),
        _ => None,
    };
    let is = |wanted: &str| text(value) == Some(wanted);
    let within = |holds: fn(f64) -> bool| number.is_some_and(holds);
    match asks {
        "x" => is("x"),
        "12.0" => within(|n| n == 12.0),
        "true" => value == Some(&Tree::Scalar("true")),
        "[x, y, -3.5]" => is("x") || is("y") || within(|n| n == -3.5),
        "{ is: absent }" => value.is_none(),
        "{ is: present }" => value.is_some(),
        "{ is: \"null\" }" => value == Some(&Tree::Scalar("null")),
        "{ is: object }" => matches!(value, Some(Tree::Object(_))),
        "{ is: array }" => matches!(value, Some(Tree::Array(_))),
        "{ min: 0 }" => within(|n| n >= 0.0),
        "{ above: 0, max: 12 }" => within(|n| n > 0.0 && n <= 12.0),
        "{ matches: \"[xy]\" }" => is("x") || is("y"),
        "{ not: x }" => !is("x"),
        "{ not: { below: 5 } }" => !within(|n| n < 5.0),
        other => panic!("{other}"),
    }
}

/// In flow style.
impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |each: &[Condition]| {
            let each: Vec<String> = each.iter().map(Condition::to_string).collect();
            each.join(", ")
        };
        match self {
            Condition::Test(steps, asks) => write!(f, "{{ \"{}\": {asks} }}", spelled(steps)),
            Condition::Not(of) => write!(f, "{{ not: {of} }}"),
            Condition::All(each) => write!(f, "{{ all: [{}] }}", list(each)),
            Condition::Any(each) => write!(f, "{{ any: [{}] }}", list(each)),
        }
    }
}
