//! Which paths lead where, by definition.

use std::cmp::Ordering;

use super::interpreter::At;
use super::policies::Step;
use super::records::Tree;

/// How far a path has come at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Match {
    /// How many of its steps are behind the place.
    pub done: usize,
    /// The last container on the way is one that its `**` stands for.
    pub by_depth: bool,
    /// The step that led there, if there was one for it.
    pub arrived_by: Option<usize>,
}

/// All the ways in which a path leads to a place; none: it leads elsewhere.
pub fn matches(steps: &[Step], at: &[At<'_>]) -> Vec<Match> {
    let start = Match {
        done: 0,
        by_depth: false,
        arrived_by: None,
    };
    let mut all = none_too(vec![start], steps);
    for at in at {
        let mut next = Vec::new();
        for one in all {
            let Some(step) = steps.get(one.done) else {
                continue;
            };
            if *step == Step::AnyDepth {
                if !matches!(at, At::Json) {
                    next.push(Match {
                        by_depth: true,
                        arrived_by: Some(one.done),
                        ..one
                    });
                }
            } else if leads(step, at) {
                next.push(Match {
                    done: one.done + 1,
                    by_depth: false,
                    arrived_by: Some(one.done),
                });
            }
        }
        all = none_too(next, steps);
    }
    all
}

/// A `**` may stand for nothing.
fn none_too(mut all: Vec<Match>, steps: &[Step]) -> Vec<Match> {
    for one in all.clone() {
        if steps.get(one.done) == Some(&Step::AnyDepth) {
            all.push(Match {
                done: one.done + 1,
                ..one
            });
        }
    }
    all.dedup();
    all
}

impl Match {
    /// True where the path ends.
    pub fn ends(&self, steps: &[Step]) -> bool {
        self.done == steps.len()
    }

    /// True where any value is foreseen: in what `**` stands for, or right behind it.
    pub fn is_in_depth(&self, steps: &[Step]) -> bool {
        steps.get(self.done) == Some(&Step::AnyDepth)
            || self.done > 0 && steps[self.done - 1] == Step::AnyDepth
    }

    /// The step that led there.
    pub fn arrival<'s>(&self, steps: &'s [Step]) -> Option<&'s Step> {
        self.arrived_by.map(|n| &steps[n])
    }
}

fn leads(step: &Step, at: &At<'_>) -> bool {
    match (step, at) {
        (Step::Name(a), At::Name(b)) => a == b,
        (Step::Element(a), At::Element(b, _)) => a == b,
        (Step::AnyName, At::Name(_)) | (Step::AnyElement, At::Element(..)) => true,
        (Step::Json, At::Json) => true,
        (Step::Filter(name, literal, starts), At::Element(_, item)) => {
            holds(item, name, literal, *starts)
        }
        _ => false,
    }
}

/// True when the element has a member of that name which is that, by value.
fn holds(item: &Tree, name: &str, literal: &str, starts: bool) -> bool {
    let Tree::Object(members) = item else {
        return false;
    };
    let Some((_, Tree::Scalar(found))) = members.iter().find(|(n, _)| *n == name) else {
        return false;
    };
    use serde_json::Value;
    let read = |text: &str| serde_json::from_str::<Value>(text).expect("a scalar");
    match (read(found), read(literal)) {
        (Value::String(found), Value::String(start)) if starts => found.starts_with(&start),
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        (a, b) => a == b,
    }
}

/// True when that step leads into that value.
pub fn goes_into(value: &Tree, step: &Step) -> bool {
    matches!(
        (value, step),
        (
            Tree::Object(_),
            Step::Name(_) | Step::AnyName | Step::AnyDepth
        ) | (
            Tree::Array(_),
            Step::Element(_) | Step::AnyElement | Step::Filter(..) | Step::AnyDepth
        )
    )
}

/// Step by step what is named counts for more, and what says more behind it.
pub fn specificity(a: &[Step], b: &[Step]) -> Ordering {
    let exact = |s: &Step| match s {
        Step::Name(_) | Step::Element(_) | Step::Json => (3, 0),
        Step::Filter(_, _, false) => (2, usize::MAX),
        Step::Filter(_, start, true) => (2, start.len()),
        Step::AnyName | Step::AnyElement => (1, 0),
        Step::AnyDepth => (0, 0),
    };
    let (a, b) = (a.iter().map(exact), b.iter().map(exact));
    a.cmp(b)
}
