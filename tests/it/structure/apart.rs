//! Records that are taken apart, by definition: each element is the record in which it
//! stands where its list stood.

use std::collections::BTreeMap;

use super::interpreter::{Interpreter, Outcome};
use super::policies::{NAMES, Policy};
use super::product::Actions;
use super::records::{self, Tree};
use crate::differential::random::Random;

/// Where the list stands, and whether the members of an element are written beside it.
#[derive(Clone, Debug)]
pub struct Split {
    /// None: the record is the list.
    pub path: Vec<&'static str>,
    pub lifts: bool,
}

/// What a record came to.
#[derive(Debug, PartialEq)]
pub struct Apart {
    /// What leaves of the elements, and why others are refused, in order; none of those
    /// that are withheld.
    pub values: Vec<Result<String, String>>,
    pub counts: BTreeMap<String, [u64; 5]>,
}

impl Split {
    pub fn any(random: &mut Random) -> Split {
        let mut name = || NAMES[random.below(NAMES.len())];
        let path = match [name(), name(), name()] {
            ["c", "c", _] => Vec::new(),
            [first, "c", second] => vec![first, second],
            [first, ..] => vec![first],
        };
        let lifts = !path.is_empty() && random.one_in(2);
        Split { path, lifts }
    }

    /// The policy's text, with this in its source.
    pub fn text(&self, policy: &Policy) -> String {
        let at = match &self.path[..] {
            [] => "\"[]\"".to_owned(),
            path => path.join("."),
        };
        let split = match self.lifts {
            true => format!("{{ at: {at}, lift: true }}"),
            false => at,
        };
        let source = format!("topic: raw, split: {split}");
        policy.text().replacen("topic: raw", &source, 1)
    }

    /// A record, and what its elements are as records; `None`: it has no list.
    pub fn record(&self, policy: &Policy, random: &mut Random) -> (Tree, Option<Vec<Tree>>) {
        let around = records::any(policy, random);
        if random.one_in(12) {
            let has_list = matches!(at(&around, &self.path), Some(Tree::Array(_)));
            if !has_list {
                return (around, None);
            }
        }
        // What would stand there in a record of its own, so that the paths meet it.
        let elements = (0..random.below(4)).map(|_| {
            let other = records::any(policy, random);
            at(&other, &self.path).cloned()
        });
        let null = || Tree::Scalar("null");
        let elements: Vec<Tree> = elements.map(|e| e.unwrap_or_else(null)).collect();
        let singly = elements.iter().map(|e| put(&around, &self.path, e.clone()));
        let singly = singly.collect();
        (
            put(&around, &self.path, Tree::Array(elements)),
            Some(singly),
        )
    }

    /// What it comes to, by definition.
    pub fn outcome(
        &self,
        policy: &Policy,
        singly: Option<&[Tree]>,
        actions: &mut Actions,
    ) -> (Apart, Vec<Outcome>) {
        let Some(singly) = singly else {
            let refused = Err("wrong_type".to_owned());
            let apart = Apart {
                values: vec![refused],
                counts: BTreeMap::new(),
            };
            return (apart, Vec::new());
        };
        let mut apart = Apart {
            values: Vec::new(),
            counts: BTreeMap::new(),
        };
        let mut outcomes = Vec::new();
        for tree in singly {
            if !matches!(tree, Tree::Object(_)) {
                apart.values.push(Err("not_an_object".to_owned()));
                continue;
            }
            let interpreter = Interpreter::new(policy, actions);
            let lifted = self.lifts.then(|| self.path.clone());
            let outcome = interpreter.lifting(lifted).record(tree);
            if outcome.value != Err("withheld".to_owned()) {
                apart.values.push(outcome.value.clone());
            }
            for (field, counts) in &outcome.counts {
                let sum = apart.counts.entry(self.called(field)).or_default();
                sum.iter_mut().zip(counts).for_each(|(sum, n)| *sum += n);
            }
            outcomes.push(outcome);
        }
        (apart, outcomes)
    }

    /// The field by the path that it leaves under.
    fn called(&self, field: &str) -> String {
        let (last, above) = match self.path.split_last() {
            Some(split) if self.lifts => split,
            _ => return field.to_owned(),
        };
        let above: String = above.iter().map(|name| format!("{name}.")).collect();
        match field.strip_prefix(&format!("{above}{last}.")) {
            Some(rest) => format!("{above}{rest}"),
            None => field.to_owned(),
        }
    }
}

/// What stands at a path.
fn at<'t>(tree: &'t Tree, path: &[&str]) -> Option<&'t Tree> {
    path.iter().try_fold(tree, |tree, name| match tree {
        Tree::Object(members) => members.iter().find(|(n, _)| n == name).map(|(_, t)| t),
        _ => None,
    })
}

/// The tree with `value` at a path, in objects.
fn put(tree: &Tree, path: &[&'static str], value: Tree) -> Tree {
    let Some((name, rest)) = path.split_first() else {
        return value;
    };
    let mut members = match tree {
        Tree::Object(members) => members.clone(),
        _ => Vec::new(),
    };
    match members.iter_mut().find(|(n, _)| n == name) {
        Some((_, inside)) => *inside = put(inside, rest, value),
        None => members.push((name, put(&Tree::Scalar("null"), rest, value))),
    }
    Tree::Object(members)
}
