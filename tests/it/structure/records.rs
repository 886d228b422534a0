//! Records at random, most of them of the shapes that the policy foresees.

use std::fmt;

use super::policies::{NAMES, Policy, Step};
use crate::differential::random::Random;

/// A JSON value; of a scalar its text.
#[derive(Clone, Debug, PartialEq)]
pub enum Tree {
    Scalar(&'static str),
    /// Its JSON, in a text.
    Text(Box<Tree>),
    Array(Vec<Tree>),
    Object(Vec<(&'static str, Tree)>),
}

/// A text with JSON in it of which one name stands twice.
pub const TWICE: &str = "\"{\\\"a\\\":1,\\\"a\\\":2}\"";

const SCALARS: [&str; 19] = [
    "null",
    "null",
    "true",
    "12",
    "-3.50",
    "\"x\"",
    "\"y\"",
    "\"\"",
    "\"unknown\"",
    "\"it is\"",
    "\"\\u0069t is\"",
    "12.0e0",
    TWICE,
    "\"x, y,,Unknown\"",
    "\" 17 ,z\"",
    "\", none\"",
    "\"[1\"",
    "\"\\u00e9\"",
    "0",
];

/// One record for that policy.
pub fn any(policy: &Policy, random: &mut Random) -> Tree {
    let mut tree = Tree::Object(Vec::new());
    for field in &policy.fields {
        // Several members where names are made.
        let more = usize::from(!field.names.is_empty());
        for _ in 0..random.below(3) + more {
            grow(&mut tree, &field.steps, random);
        }
    }
    for _ in 0..[0, 0, 1, 1, 2][random.below(5)] {
        change(&mut tree, random);
    }
    match tree {
        Tree::Object(_) => tree,
        other => Tree::Object(vec![("a", other)]),
    }
}

fn grow(tree: &mut Tree, steps: &[Step], random: &mut Random) {
    let Some((step, rest)) = steps.split_first() else {
        if *tree == Tree::Scalar("null") {
            *tree = some(1, random);
        }
        return;
    };
    match step {
        Step::Name(_) | Step::AnyName => {
            if *tree == Tree::Scalar("null") {
                *tree = Tree::Object(Vec::new());
            }
            let Tree::Object(members) = tree else { return };
            let name = match step {
                Step::Name(name) => name,
                _ => NAMES[random.below(3)],
            };
            let at = members.iter().position(|(n, _)| *n == name);
            let at = at.unwrap_or_else(|| {
                members.push((name, Tree::Scalar("null")));
                members.len() - 1
            });
            grow(&mut members[at].1, rest, random);
        }
        Step::AnyDepth => {
            // Members and elements, as they come.
            let mut inside = tree;
            for _ in 0..random.below(3) {
                let step = match random.one_in(3) {
                    true => Step::AnyElement,
                    false => Step::AnyName,
                };
                let Some(next) = go_in(inside, &step, random) else {
                    return;
                };
                inside = next;
            }
            grow(inside, rest, random);
        }
        Step::Json => {
            if *tree == Tree::Scalar("null") {
                *tree = Tree::Text(Box::new(Tree::Scalar("null")));
            }
            if let Tree::Text(inside) = tree {
                grow(inside, rest, random);
            }
        }
        Step::Element(_) | Step::AnyElement | Step::Filter(..) => {
            if *tree == Tree::Scalar("null") {
                *tree = Tree::Array(Vec::new());
            }
            let Tree::Array(items) = tree else { return };
            while items.len() < 3 && (items.is_empty() || random.one_in(2)) {
                items.push(Tree::Scalar("null"));
            }
            let at = random.below(items.len());
            if let Step::Filter(name, literal, _) = step {
                let mut literal = *literal;
                if random.one_in(4) {
                    literal = SCALARS[random.below(SCALARS.len())];
                }
                choose(&mut items[at], name, literal);
            }
            grow(&mut items[at], rest, random);
        }
    }
}

/// One step further in, where the tree is nothing yet or of that shape.
fn go_in<'t>(tree: &'t mut Tree, step: &Step, random: &mut Random) -> Option<&'t mut Tree> {
    let is_new = *tree == Tree::Scalar("null");
    match step {
        Step::AnyElement => {
            if is_new {
                *tree = Tree::Array(vec![Tree::Scalar("null")]);
            }
            let Tree::Array(items) = tree else {
                return None;
            };
            items.first_mut()
        }
        _ => {
            if is_new {
                *tree = Tree::Object(Vec::new());
            }
            let Tree::Object(members) = tree else {
                return None;
            };
            let name = NAMES[random.below(3)];
            if !members.iter().any(|(n, _)| *n == name) {
                members.push((name, Tree::Scalar("null")));
            }
            members
                .iter_mut()
                .find(|(n, _)| *n == name)
                .map(|(_, tree)| tree)
        }
    }
}

/// Has an element hold what a filter looks for.
fn choose(item: &mut Tree, name: &'static str, literal: &'static str) {
    if *item == Tree::Scalar("null") {
        *item = Tree::Object(Vec::new());
    }
    if let Tree::Object(members) = item
        && !members.iter().any(|(n, _)| *n == name)
    {
        members.push((name, Tree::Scalar(literal)));
    }
}

/// Puts a value of any kind in some place.
fn change(tree: &mut Tree, random: &mut Random) {
    let inside = match tree {
        Tree::Scalar(_) => None,
        Tree::Text(inside) => Some(&mut **inside),
        Tree::Array(items) if items.is_empty() => None,
        Tree::Array(items) => {
            let at = random.below(items.len());
            Some(&mut items[at])
        }
        Tree::Object(members) if members.is_empty() => None,
        Tree::Object(members) => {
            let at = random.below(members.len());
            Some(&mut members[at].1)
        }
    };
    match inside {
        Some(inside) if !random.one_in(3) => change(inside, random),
        Some(inside) => *inside = some(3, random),
        None => {}
    }
}

fn some(depth: usize, random: &mut Random) -> Tree {
    match random.below(9) {
        8 if depth > 0 => Tree::Text(Box::new(some(depth - 1, random))),
        0 if depth > 0 => Tree::Array(
            (0..random.below(4))
                .map(|_| some(depth - 1, random))
                .collect(),
        ),
        1 if depth > 0 => {
            let names = NAMES.into_iter().chain(["d"]);
            let mut members = Vec::new();
            for name in names {
                if random.one_in(2) {
                    members.push((name, some(depth - 1, random)));
                }
            }
            Tree::Object(members)
        }
        _ => Tree::Scalar(SCALARS[random.below(SCALARS.len())]),
    }
}

impl fmt::Display for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Tree::Scalar(text) => f.write_str(text),
            Tree::Text(inside) => {
                let text = serde_json::to_string(&inside.to_string());
                f.write_str(&text.expect("a text has JSON"))
            }
            Tree::Array(items) => {
                let items: Vec<String> = items.iter().map(Tree::to_string).collect();
                write!(f, "[{}]", items.join(","))
            }
            Tree::Object(members) => {
                let members: Vec<String> = members
                    .iter()
                    .map(|(name, value)| format!("\"{name}\":{value}"))
                    .collect();
                write!(f, "{{{}}}", members.join(","))
            }
        }
    }
}
