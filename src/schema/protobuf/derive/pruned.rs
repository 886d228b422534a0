//! The writer's types of which something is named, each with what is made of it.

use std::collections::{HashMap, HashSet};

use super::Unfit;
use super::numbers::{NEW_NUMBERS, said};
use crate::plan::automaton::{Automaton, DEAD, ROOT};
use crate::record::tape::Slot;
use crate::schema::derived::{Fields, Leaf, Made};
use crate::schema::protobuf::bare::Bare;
use crate::schema::protobuf::met::{is_named_twice, met, of_wrapper};
use crate::schema::protobuf::node::{
    Field, Known, Label, Message, MessageId, NODES_MAX, Scalar, Schema, Shape, googles_file,
    json_name_of, last,
};

/// Messages nest no deeper on the record path either.
const DEPTH_MAX: usize = 100;

/// The messages of what leaves, the root first; types that were pruned alike are still
/// several. Enums are the writer's.
pub(super) fn pruned(
    schema: &Schema,
    automaton: &Automaton,
    fields: &dyn Fields,
) -> Result<Vec<Message>, Unfit> {
    let mut pruning = Pruning::new(schema, automaton, fields);
    // Of what nothing is named, a message without fields.
    pruning.message(schema.root(), ROOT)?;
    Ok(pruning.out)
}

pub(super) struct Pruning<'p> {
    pub(super) schema: &'p Schema,
    automaton: &'p Automaton,
    fields: &'p dyn Fields,
    pub(super) out: Vec<Message>,
    /// Messages in a state, once begun; `None`: nothing of it is named.
    messages: HashMap<(MessageId, Slot), Option<MessageId>>,
    /// Messages that are copied whole.
    pub(super) copies: HashMap<MessageId, MessageId>,
    path: Vec<Box<str>>,
}

/// A type that a place became.
pub(super) struct Found {
    pub(super) shape: Shape,
    /// It is what it was.
    pub(super) is_same: bool,
    /// There may be nothing to write there.
    pub(super) may_be_absent: bool,
    /// What was done to it.
    pub(super) veil: Option<Box<str>>,
}

impl<'p> Pruning<'p> {
    pub(super) fn new(
        schema: &'p Schema,
        automaton: &'p Automaton,
        fields: &'p dyn Fields,
    ) -> Pruning<'p> {
        Pruning {
            schema,
            automaton,
            fields,
            out: Vec::new(),
            messages: HashMap::new(),
            copies: HashMap::new(),
            path: Vec::new(),
        }
    }

    pub(super) fn path(&self) -> String {
        self.path.join(".")
    }

    pub(super) fn push(&mut self, message: Message) -> Result<MessageId, Unfit> {
        match u32::try_from(self.out.len()) {
            Ok(at) if self.out.len() < NODES_MAX => {
                self.out.push(message);
                Ok(MessageId(at))
            }
            _ => Err(Unfit::TooLarge),
        }
    }

    fn message(&mut self, id: MessageId, state: Slot) -> Result<Option<MessageId>, Unfit> {
        if let Some(known) = self.messages.get(&(id, state)) {
            return Ok(*known);
        }
        if self.path.len() > DEPTH_MAX {
            return Err(Unfit::TooLarge);
        }
        let schema = self.schema;
        let written = schema.message(id);
        // One of Google's of which something is gone is none of Google's.
        let name = match googles_file(&written.name) {
            Some(_) => last(&written.name),
            None => &written.name,
        };
        let begun = self.push(Message {
            name: name.into(),
            fields: Vec::new(),
            ..written.clone()
        })?;
        self.messages.insert((id, state), Some(begun));
        let mut made: Vec<Field> = Vec::new();
        let mut before: Vec<Slot> = Vec::new();
        for met in met(written, schema, self.automaton, state) {
            self.path.push(met.field.name.clone());
            if met.field.label != Label::Repeated {
                self.one_way(&met.field.shape, met.state)?;
            }
            match self.fields.at(met.state) {
                _ if met.state == DEAD => {}
                Made::Nothing => {}
                Made::Torn => return Err(Unfit::SeveralTypes { path: self.path() }),
                Made::Inside(others) => match self.inside(met.field, met.state)? {
                    Some(field) => made.push(field),
                    None => made.extend(self.leaves((written, met.field), others, &before)?),
                },
                Made::Leaves(leaves) => {
                    made.extend(self.leaves((written, met.field), leaves, &before)?);
                }
            }
            before.push(met.state);
            self.path.pop();
        }
        let mut names = HashSet::new();
        if let Some(twice) = made.iter().find(|field| !names.insert(&field.name)) {
            self.path.push(twice.name.clone());
            return Err(Unfit::SameName { path: self.path() });
        }
        let own = |number| written.fields.iter().any(|field| field.number == number);
        let mut numbers = HashSet::new();
        let taken = made.iter().find(|field| {
            let is_reserved = written
                .reserved
                .iter()
                .any(|(from, to)| (*from..=*to).contains(&field.number));
            let is_new = field.number >= NEW_NUMBERS && !own(field.number);
            !numbers.insert(field.number) || is_new && is_reserved
        });
        if let Some(taken) = taken {
            self.path.push(taken.name.clone());
            return Err(Unfit::SameNumber { path: self.path() });
        }
        let gone = written.fields.iter().map(|field| field.number);
        let gone = gone.filter(|number| !numbers.contains(number));
        let mut reserved: Vec<_> = gone.map(|number| (number, number)).collect();
        reserved.extend(&written.reserved);
        let is_empty = made.is_empty();
        let out = &mut self.out[begun.index()];
        out.reserved = merged(reserved);
        out.fields = made;
        let found = (!is_empty).then_some(begun);
        self.messages.insert((id, state), found);
        Ok(found)
    }

    /// A field of which something inside is named; `None`: it has nothing of that.
    fn inside(&mut self, field: &Field, state: Slot) -> Result<Option<Field>, Unfit> {
        let automaton = self.automaton;
        let found = match (&field.shape, field.label) {
            (Shape::Map(key, value), _) => {
                let named = automaton.named_members(state);
                let named = named.filter(|(name, _)| Bare::key(*key, name).is_some());
                let mut states: Vec<_> = named.map(|(name, child)| (Some(name), child)).collect();
                states.push((Some("*"), automaton.any_member(state)));
                let renames = |(_, state): &(_, Slot)| match self.fields.at(*state) {
                    Made::Leaves(leaves) => leaves.iter().any(|leaf| leaf.name.is_some()),
                    _ => false,
                };
                if *key != Scalar::Text && states.iter().any(renames) {
                    return Err(Unfit::KeyName { path: self.path() });
                }
                // A value that yields nothing is left out, with its key.
                let value = self.around(value, &states, false)?;
                value.map(|value| Found {
                    shape: Shape::Map(*key, Box::new(value.shape)),
                    ..value
                })
            }
            (shape, Label::Repeated) => {
                let positions = automaton.positions(state);
                let positions = positions.iter().map(|(_, child)| (None, *child));
                let mut states: Vec<_> = positions.collect();
                states.push((None, automaton.any_element(state)));
                self.around(shape, &states, !self.fields.removes_gaps(state))?
            }
            (shape, _) => self.inside_of(shape, state)?,
        };
        // It is not there where nothing of what is inside is.
        let label = match field.label {
            Label::Required => Label::Optional,
            label => label,
        };
        Ok(found.map(|found| Field {
            veil: found.veil,
            ..self.field(field, (found.shape, label), None)
        }))
    }

    /// What is left of a type of which something inside is named.
    fn inside_of(&mut self, shape: &Shape, state: Slot) -> Result<Option<Found>, Unfit> {
        let Some(id) = shape.message() else {
            return Ok(None);
        };
        let shape = match self.schema.message(id).known {
            // What is inside of JSON has the types that it has.
            Some(Known::Struct | Known::Value | Known::List) => Some(self.copied(shape)?),
            Some(_) => None,
            None => {
                let found = self.message(id, state)?;
                found.map(|found| match shape {
                    Shape::Group(_) => Shape::Group(found),
                    _ => Shape::Message(found),
                })
            }
        };
        Ok(shape.map(|shape| Found {
            shape,
            is_same: false,
            may_be_absent: false,
            veil: None,
        }))
    }

    /// A list or a map, whose elements may be in several states, those of a map each with
    /// the name that the policy has for it, and have one type.
    fn around(
        &mut self,
        inner: &Shape,
        states: &[(Option<&str>, Slot)],
        leaves_gaps: bool,
    ) -> Result<Option<Found>, Unfit> {
        let mut found: Option<Found> = None;
        for (name, state) in states.iter().filter(|(_, state)| *state != DEAD) {
            self.path.extend(name.map(Into::into));
            self.one_way(inner, *state)?;
            let state = match self.known(inner) {
                Some(Known::Wrapper) => of_wrapper(self.automaton, *state),
                _ => *state,
            };
            let next = match self.fields.at(state) {
                Made::Nothing => None,
                Made::Inside(others) => match (self.inside_of(inner, state)?, others) {
                    (None, [leaf]) => Some(self.made(inner, leaf)?),
                    (found, _) => found,
                },
                Made::Leaves([leaf]) => Some(self.made(inner, leaf)?),
                Made::Leaves(_) | Made::Torn => {
                    return Err(Unfit::SeveralTypes { path: self.path() });
                }
            };
            if name.is_some() {
                self.path.pop();
            }
            if leaves_gaps && next.as_ref().is_some_and(|next| next.may_be_absent) {
                return Err(Unfit::Gaps { path: self.path() });
            }
            found = match (found, next) {
                (Some(one), Some(other)) => {
                    if !self.are_equal(&one.shape, &other.shape) {
                        self.path.extend(name.map(|_| "*".into()));
                        return Err(Unfit::SeveralTypes { path: self.path() });
                    }
                    let is_one = one.veil == other.veil;
                    Some(Found {
                        veil: one.veil.filter(|_| is_one),
                        ..one
                    })
                }
                (one, other) => one.or(other),
            };
        }
        Ok(found)
    }

    fn one_way(&self, shape: &Shape, state: Slot) -> Result<(), Unfit> {
        let is_wrapper = self.known(shape) == Some(Known::Wrapper);
        match is_wrapper && is_named_twice(self.automaton, state) {
            true => Err(Unfit::TwoWays { path: self.path() }),
            false => Ok(()),
        }
    }

    pub(super) fn known(&self, shape: &Shape) -> Option<Known> {
        self.schema.message(shape.message()?).known
    }

    pub(super) fn field(
        &self,
        field: &Field,
        (shape, label): (Shape, Label),
        leaf: Option<&Leaf<'_>>,
    ) -> Field {
        let new_name = leaf.and_then(|leaf| leaf.name);
        let name = new_name.unwrap_or(&field.name);
        let has_presence = matches!(shape, Shape::Message(_) | Shape::Group(_));
        let label = match self.spoken(label) {
            Label::Implicit if has_presence => Label::Optional,
            label => label,
        };
        Field {
            name: name.into(),
            json_name: match new_name {
                None => field.json_name.clone(),
                Some(name) => json_name_of(name),
            },
            number: field.number,
            oneof: match label {
                Label::Repeated => None,
                _ => field.oneof,
            },
            shape,
            label,
            is_deprecated: field.is_deprecated,
            tags: Vec::new(),
            doc: field.doc.clone(),
            veil: leaf.and_then(|leaf| said(leaf.said)),
        }
    }

    /// True when two types are the same, all that is inside included. Of two that are
    /// compared already, it is so until it is found not to be.
    fn are_equal(&self, one: &Shape, other: &Shape) -> bool {
        let mut seen = HashSet::new();
        let mut queue = vec![(one.clone(), other.clone())];
        while let Some((one, other)) = queue.pop() {
            let (a, b) = match (&one, &other) {
                (Shape::Message(a), Shape::Message(b)) | (Shape::Group(a), Shape::Group(b)) => {
                    (*a, *b)
                }
                (Shape::Map(a, one), Shape::Map(b, other)) if a == b => {
                    queue.push((*one.clone(), *other.clone()));
                    continue;
                }
                (a, b) if a == b => continue,
                _ => return false,
            };
            if a == b || !seen.insert((a, b)) {
                continue;
            }
            let (a, b) = (&self.out[a.index()], &self.out[b.index()]);
            if a.name != b.name || a.fields.len() != b.fields.len() {
                return false;
            }
            for (a, b) in a.fields.iter().zip(&b.fields) {
                let same = Field {
                    shape: b.shape.clone(),
                    ..a.clone()
                };
                if same != *b {
                    return false;
                }
                queue.push((a.shape.clone(), b.shape.clone()));
            }
        }
        true
    }
}

/// Ranges in order, those that touch as one.
fn merged(mut ranges: Vec<(u32, u32)>) -> Vec<(u32, u32)> {
    ranges.sort_unstable();
    let mut out: Vec<(u32, u32)> = Vec::with_capacity(ranges.len());
    for (from, to) in ranges {
        match out.last_mut() {
            Some(last) if from <= last.1.saturating_add(1) => last.1 = last.1.max(to),
            _ => out.push((from, to)),
        }
    }
    out
}
