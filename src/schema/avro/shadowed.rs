//! Fields that a plan names twice: by the names that they have, and by ones that they had
//! before.

use std::collections::HashSet;

use super::met::met;
use super::node::{NodeId, Schema, Shape};
use crate::plan::automaton::{Automaton, ROOT, WHOLE};
use crate::record::tape::Slot;

/// A field that the plan names twice. Its name holds; what is said of the former one does
/// nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shadowed {
    /// Where the record is that it lies in, as paths are written; empty: it is the whole.
    pub around: String,
    /// Its name.
    pub name: Box<str>,
    /// The one that it had before.
    pub former: Box<str>,
    /// The states that the two lead to, in that order.
    pub(in crate::schema) states: (Slot, Slot),
}

impl Shadowed {
    /// Its path, by its name.
    pub fn path(&self) -> String {
        self.at(&self.name)
    }

    /// The path by its former name.
    pub fn former_path(&self) -> String {
        self.at(&self.former)
    }

    fn at(&self, name: &str) -> String {
        match self.around.is_empty() {
            true => name.to_owned(),
            false => format!("{}.{name}", self.around),
        }
    }
}

/// A type in a state, and how it was come by.
#[derive(Clone, Copy)]
struct Open<'s> {
    node: NodeId,
    state: Slot,
    /// Place among those that were opened before, and the step from there.
    from: Option<(usize, Step<'s>)>,
}

#[derive(Clone, Copy)]
enum Step<'s> {
    Name(&'s str),
    Element,
    Value,
    Branch,
}

impl Schema {
    /// Each field that `automaton` names twice.
    pub(in crate::schema) fn shadowed(&self, automaton: &Automaton) -> Vec<Shadowed> {
        let mut found = Vec::new();
        let mut all = vec![Open {
            node: self.root(),
            state: ROOT,
            from: None,
        }];
        let mut seen = HashSet::new();
        let mut at = 0;
        while let Some(open) = all.get(at).copied() {
            at += 1;
            if open.state <= WHOLE || !seen.insert((open.node, open.state)) {
                continue;
            }
            let mut on = |node: NodeId, state: Slot, step| {
                // Of what is passed over nothing is named.
                if state > WHOLE {
                    let from = Some((at - 1, step));
                    all.push(Open { node, state, from });
                }
            };
            match &self.node(open.node).shape {
                Shape::Union(branches) => {
                    for branch in branches {
                        on(*branch, open.state, Step::Branch);
                    }
                }
                Shape::Array(items) => {
                    on(*items, automaton.any_element(open.state), Step::Element);
                    for (_, state) in automaton.positions(open.state) {
                        on(*items, *state, Step::Element);
                    }
                }
                Shape::Map(values) => {
                    for state in automaton.members(open.state) {
                        on(*values, state, Step::Value);
                    }
                }
                Shape::Record(_, fields) => {
                    let named = |name: &str| automaton.member(open.state, name.as_bytes());
                    for met in met(fields, automaton, open.state) {
                        on(met.field.node, met.state, Step::Name(met.name));
                        for former in met.shadowed {
                            found.push((
                                at - 1,
                                met.field.name.clone(),
                                former,
                                (met.state, named(former)),
                            ));
                        }
                    }
                }
                _ => {}
            }
        }
        let found = found.into_iter();
        let found = found.map(|(record, name, former, states)| Shadowed {
            around: path_to(&all, record),
            name,
            former: former.into(),
            states,
        });
        found.collect()
    }
}

fn path_to(all: &[Open<'_>], mut at: usize) -> String {
    let mut steps = Vec::new();
    while let Some((from, step)) = all[at].from {
        steps.push(step);
        at = from;
    }
    let mut path = String::new();
    for step in steps.into_iter().rev() {
        let name = match step {
            Step::Branch => continue,
            Step::Element => {
                path.push_str("[*]");
                continue;
            }
            Step::Name(name) => name,
            Step::Value => "*",
        };
        if !path.is_empty() {
            path.push('.');
        }
        path.push_str(name);
    }
    path
}
