//! Where the fields of a message lead in a plan's automaton.

use std::collections::HashMap;

use super::node::{Field, Known, Label, Message, Schema, Shape};
use crate::plan::automaton::{Automaton, DEAD, WHOLE};
use crate::record::tape::Slot;

/// A field, as the plan sees it.
pub(super) struct Met<'s> {
    pub(super) field: &'s Field,
    /// The state that it leads to.
    pub(super) state: Slot,
    /// The plan names it by its name in JSON, which does not hold.
    pub(super) is_named_otherwise: bool,
}

/// The fields of a message in that state, in the order of the text.
///
/// Names are those of the text; `*` is no name of a [`Schema::is_open`] one. Of [`Known::Any`] nothing inside is ever named: what it
/// holds says the record.
pub(super) fn met<'s>(
    message: &'s Message,
    schema: &Schema,
    automaton: &Automaton,
    state: Slot,
) -> impl Iterator<Item = Met<'s>> {
    let named: HashMap<&str, Slot> = automaton.named_members(state).collect();
    let is_own = |name: &str| message.fields.iter().any(|field| &*field.name == name);
    let met = message.fields.iter().map(|field| {
        let state = match named.get(&*field.name) {
            _ if message.known == Some(Known::Any) => opaque(automaton, state),
            Some(state) => *state,
            // What it holds no schema says: `*` names what one does.
            None if schema.is_open(&field.shape) => DEAD,
            None => automaton.any_member(state),
        };
        Met {
            field,
            state: inner(field, schema, automaton, state),
            is_named_otherwise: field.json_name != field.name
                && named.contains_key(&*field.json_name)
                && !is_own(&field.json_name),
        }
    });
    met.collect::<Vec<_>>().into_iter()
}

impl Schema {
    /// True of a type that holds whatever the record says: the schema names nothing in it.
    pub(in crate::schema) fn is_open(&self, shape: &Shape) -> bool {
        let inner = match shape {
            Shape::Map(_, value) => value,
            shape => shape,
        };
        let known = inner.message().and_then(|id| self.message(id).known);
        matches!(
            known,
            Some(Known::Any | Known::Struct | Known::Value | Known::List)
        )
    }
}

/// Where what nobody may name leads.
fn opaque(automaton: &Automaton, state: Slot) -> Slot {
    match is_whole(automaton, state) {
        true => WHOLE,
        false => DEAD,
    }
}

/// True when somebody may take the value in that state as a whole, or all that is in it
/// without naming it.
pub(super) fn is_whole(automaton: &Automaton, state: Slot) -> bool {
    state == WHOLE || automaton.any_member(state) != DEAD || !automaton.reads(state).is_empty()
}

/// The state of a value of that field: of a wrapper that of its `value`, where the plan
/// names that and not the wrapper.
fn inner(field: &Field, schema: &Schema, automaton: &Automaton, state: Slot) -> Slot {
    let message = field.shape.message();
    let is_wrapper = message.is_some_and(|id| schema.message(id).known == Some(Known::Wrapper));
    match is_wrapper && field.label != Label::Repeated {
        true => of_wrapper(automaton, state),
        false => state,
    }
}

/// True of a wrapper that the plan names, and by its `value` too: each record has one of
/// the two.
pub(super) fn is_named_twice(automaton: &Automaton, state: Slot) -> bool {
    let mut named = automaton.named_members(state);
    is_whole(automaton, state) && named.any(|(name, at)| name == "value" && at != DEAD)
}

/// See [`inner`]; of an element or a value of a map too.
pub(super) fn of_wrapper(automaton: &Automaton, state: Slot) -> Slot {
    if is_whole(automaton, state) {
        return state;
    }
    let mut named = automaton.named_members(state);
    let value = named.find(|(name, _)| *name == "value");
    value.map_or(state, |(_, value)| value)
}
