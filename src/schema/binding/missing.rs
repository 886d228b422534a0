//! Fields that a plan names and a schema does not have: of those nothing leaves.

use crate::plan::automaton::{DEAD, WHOLE};
use crate::plan::{Misfit, Output, Role};
use crate::record::tape::Slot;

use super::cases::reached;
use super::scope::Scope;

/// By output the paths of its fields that no value of the schema is at, given the states of
/// those that are there. What is dropped is missed by nobody, and `*` names no field. Of keys
/// none are told: their fields are counted with those of the values, and a key that lacks one
/// it needs is refused.
pub(super) fn missing(scope: Scope<'_>, states: &[Slot]) -> Box<[Box<[Box<str>]>]> {
    if scope.is_of_keys {
        return Box::default();
    }
    let automaton = scope.automaton;
    let mut is_there = vec![false; automaton.states_len()];
    for state in states {
        is_there[*state as usize] = true;
        let text = automaton.text(*state);
        // What the JSON in a text holds no schema says.
        if text != DEAD && text != WHOLE {
            for inside in reached(automaton, text) {
                is_there[inside as usize] = true;
            }
        }
    }
    let outputs = scope.outputs.iter().enumerate();
    let outputs = outputs.map(|(n, output)| of_output(scope, (n, output), &is_there));
    outputs.collect()
}

fn of_output(
    scope: Scope<'_>,
    (n, output): (usize, &Output),
    is_there: &[bool],
) -> Box<[Box<str>]> {
    let reading = scope.reading.output(n);
    let mut named = vec![false; output.fields.len()];
    let mut found = named.clone();
    for table in reading.tables() {
        for (slot, is_there) in (0..).zip(is_there) {
            let leaf = match reading.table(table).slot(slot).role() {
                Role::Skip => None,
                Role::Leaf(leaf) => Some(leaf),
                Role::Path(other) => match output.other(other).does {
                    Misfit::Leaf(leaf) => Some(leaf),
                    _ => None,
                },
            };
            let writes = leaf.map_or(&[][..], |leaf| &output.leaf(leaf).writes);
            for write in writes.iter().filter(|write| !write.drops) {
                named[write.field.0 as usize] = true;
                found[write.field.0 as usize] |= is_there;
            }
        }
    }
    let is_wild = |path: &str| path.split('.').any(|step| step.starts_with('*'));
    let all = output.fields.iter().zip(named.into_iter().zip(found));
    let missing = all.filter(|(field, (named, found))| *named && !found && !is_wild(&field.from));
    missing
        .map(|(field, _)| field.from.as_str().into())
        .collect()
}
