//! The schema of what leaves: of what an output names, and of nothing else.
//!
//! Types are what actions make of those that the writer's schema says. Where that says
//! nothing, nothing is said; and nothing is required, since what a record lacks is absent.
//! The same writer's schema and the same output give the same text.

mod leaf;

use std::collections::{HashMap, HashSet};

use super::node::{BYTES_MAX, Schema};
use super::out::{Members, Out, OutId};
use super::place::{Fuel, Place, To};
use super::print::{Head as Printed, print};
use super::types::Types;
use crate::plan::automaton::{Automaton, ROOT, WHOLE};
use crate::record::tape::Slot;
use crate::schema::derived::{Fields, Head, Leaf, Made};

/// Most places of a schema of what leaves.
const PLACES_MAX: usize = 16_384;
/// Deepest nesting: below, nothing is said of what leaves. What is derived can be read as
/// a schema again.
const DEPTH_MAX: usize = 28;

/// Most that one place is any of: of more, nothing is said.
const EITHER_MAX: usize = 64;

/// Why an output has no schema. Carries names of the schema, no data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// An action takes no value of this type.
    #[error("`{path}` is {ty}, which its action does not take")]
    NotTaken {
        /// Where.
        path: String,
        /// What it is.
        ty: String,
    },
    /// Values are no objects.
    #[error("the schema is of no object")]
    NoObject,
    /// More places than a schema may have.
    #[error("the schema of what leaves has more than 16,384 places, or too many ways lead to them")]
    TooLarge,
    /// More text than a schema may have.
    #[error("the schema of what leaves would be longer than 1 MiB")]
    TooLong,
}

/// A schema of what leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Derived {
    /// Its text.
    pub text: String,
    /// How it is called: after the writer's.
    pub title: Option<String>,
}

impl Schema {
    /// The schema of what an output makes of records that keep to this one.
    ///
    /// # Errors
    /// [`Unfit`].
    pub fn derive(
        &self,
        automaton: &Automaton,
        fields: &dyn Fields,
        head: Head<'_>,
    ) -> Result<Derived, Unfit> {
        let whole = self.whole();
        if !whole.types.has(Types::OBJECT) {
            return Err(Unfit::NoObject);
        }
        let mut deriving = Deriving {
            schema: self,
            automaton,
            fields,
            out: Vec::new(),
            known: HashMap::new(),
            fuel: Fuel::full(),
            bytes: 0,
            path: Vec::new(),
        };
        let whole = whole.of_types(Types::OBJECT);
        let root = deriving.container(&whole, ROOT, &[])?;
        if deriving.fuel.is_out() {
            return Err(Unfit::TooLarge);
        }
        let title = self.title().map(|title| match head.namespace {
            // The last part of a name with dots is the name of the type.
            Some(namespace) => {
                let last = title.rsplit('.').next().unwrap_or(title);
                format!("{namespace}.{last}")
            }
            None => title.to_owned(),
        });
        let printed = Printed {
            title: title.as_deref(),
            policy: head.policy,
        };
        let text = print(&deriving.out, root, &printed);
        if text.len() > BYTES_MAX {
            return Err(Unfit::TooLong);
        }
        Ok(Derived { text, title })
    }
}

struct Deriving<'d> {
    schema: &'d Schema,
    automaton: &'d Automaton,
    fields: &'d dyn Fields,
    out: Vec<Out>,
    /// Containers that are begun.
    known: HashMap<(Place, Slot), OutId>,
    fuel: Fuel,
    /// Of the writer's words that were taken over so far.
    bytes: usize,
    path: Vec<String>,
}

/// A field that leaves: its name, if it is another one than its value came with.
type Leaving<'d> = (Option<&'d str>, OutId);

impl<'d> Deriving<'d> {
    fn push(&mut self, out: Out) -> Result<OutId, Unfit> {
        // Without fuel nothing that follows would count.
        if self.out.len() >= PLACES_MAX || self.fuel.is_out() {
            return Err(Unfit::TooLarge);
        }
        self.bytes = self.bytes.saturating_add(out.bytes());
        if self.bytes > BYTES_MAX {
            return Err(Unfit::TooLong);
        }
        let id = OutId(u32::try_from(self.out.len()).expect("at most 16,384"));
        self.out.push(out);
        Ok(id)
    }

    /// What leaves of a value there.
    fn leaving(&mut self, place: &Place, state: Slot) -> Result<Vec<Leaving<'d>>, Unfit> {
        // Of records that keep to the schema there is nothing.
        if place.types.is_none() {
            return Ok(Vec::new());
        }
        let fields = self.fields;
        match fields.at(state) {
            Made::Nothing => Ok(Vec::new()),
            Made::Torn => Ok(vec![(None, self.push(Out::of(Types::ALL))?)]),
            Made::Leaves(leaves) => self.leaves(place, leaves),
            Made::Inside(others) => {
                let (own, named): (Vec<_>, Vec<_>) =
                    others.iter().partition(|leaf| leaf.name.is_none());
                let mut all = vec![(None, self.container(place, state, &own)?)];
                let misfit = place.of_types(self.misfits(state));
                for leaf in named {
                    all.extend(self.misfit(&misfit, leaf)?.map(|id| (leaf.name, id)));
                }
                Ok(all)
            }
        }
    }

    fn leaves(&mut self, place: &Place, leaves: &[Leaf<'d>]) -> Result<Vec<Leaving<'d>>, Unfit> {
        let mut all = Vec::new();
        for leaf in leaves {
            let out = self.leaf(place, leaf)?;
            if !out.types.is_none() {
                all.push((leaf.name, self.push(out)?));
            }
        }
        Ok(all)
    }

    /// The types of values that hold nothing of what is named inside: an array is none where
    /// an element is named, nor an object where a member is.
    fn misfits(&self, state: Slot) -> Types {
        let automaton = self.automaton;
        let positions = automaton.positions(state).iter().map(|(_, child)| *child);
        let mut elements = positions.chain([automaton.any_element(state)]);
        let mut types = Types::ALL;
        if automaton.members(state).any(|child| child > WHOLE) {
            types = types.without(Types::OBJECT);
        }
        if elements.any(|child| child > WHOLE) {
            types = types.without(Types::ARRAY);
        }
        types
    }

    /// What leaves of a value that holds nothing of what is named inside.
    fn misfit(&mut self, place: &Place, leaf: &Leaf<'d>) -> Result<Option<OutId>, Unfit> {
        // That its action takes none of them is no trouble: there need not be any.
        let out = self.made(place, leaf).0;
        match out.types.is_none() {
            true => Ok(None),
            false => self.push(out).map(Some),
        }
    }

    /// A value of which something inside is named. `others`: what is made of it where it
    /// holds none of that.
    fn container(
        &mut self,
        place: &Place,
        state: Slot,
        others: &[&Leaf<'d>],
    ) -> Result<OutId, Unfit> {
        let mut nodes: Vec<_> = place
            .nodes
            .iter()
            .map(|id| self.schema.meant(*id))
            .collect();
        nodes.sort_unstable();
        nodes.dedup();
        let place = &Place {
            nodes,
            ..place.clone()
        };
        let key = (place.clone(), state);
        if let Some(known) = self.known.get(&key) {
            return Ok(*known);
        }
        let id = self.push(Out {
            may_be_absent: true,
            ..Out::of(Types::ALL)
        })?;
        if self.path.len() >= DEPTH_MAX {
            return Ok(id);
        }
        self.known.insert(key, id);
        let automaton = self.automaton;
        let mut out = Out::of(place.types.and(Types::NULL));
        out.may_be_absent = true;
        let has_members = automaton.members(state).any(|child| child > WHOLE);
        if has_members && place.types.has(Types::OBJECT) {
            out.types = out.types.or(Types::OBJECT);
            out.inside = Some(self.members(place, state)?);
        }
        let positions = automaton.positions(state).iter().map(|(_, child)| *child);
        let elements: Vec<Slot> = positions.chain([automaton.any_element(state)]).collect();
        if elements.iter().any(|child| *child > WHOLE) && place.types.has(Types::ARRAY) {
            out.types = out.types.or(Types::ARRAY);
            out.items = self.elements(place, state, &elements)?;
        }
        let misfit = place.of_types(self.misfits(state));
        for leaf in others {
            let (made, _) = self.made(&misfit, leaf);
            out.types = out.types.or(made.types);
            out.said = made.said.or(out.said);
        }
        if out.types.is_none() {
            // Records that keep to the schema have nothing of it.
            out.types = Types::NULL;
        }
        self.out[id.0 as usize] = out;
        Ok(id)
    }

    fn members(&mut self, place: &Place, state: Slot) -> Result<Members, Unfit> {
        let (schema, automaton) = (self.schema, self.automaton);
        let mut names = schema.names(place, &mut self.fuel);
        let spoken: HashSet<&str> = names.iter().copied().collect();
        let own = automaton.named_members(state).map(|(name, _)| name);
        names.extend(own.filter(|name| !spoken.contains(name)));
        let mut members = Members::default();
        for name in names {
            let child = automaton.member(state, name.as_bytes());
            if child <= WHOLE {
                continue;
            }
            let there = schema.there(place, To::Member(name), &mut self.fuel);
            self.path.push(name.to_owned());
            let leaving = self.leaving(&there, child)?;
            self.path.pop();
            let is_named_anew = self.fields.makes_names(child);
            for (other, id) in leaving {
                match is_named_anew {
                    true => self.add_rest(&mut members, id)?,
                    false => self.add(&mut members, other.unwrap_or(name), id)?,
                }
            }
        }
        let any = automaton.any_member(state);
        let there = schema.there(place, To::Rest, &mut self.fuel);
        if any > WHOLE {
            self.path.push("*".to_owned());
            let leaving = self.leaving(&there, any)?;
            self.path.pop();
            for (other, id) in leaving {
                match other.filter(|_| !self.fields.makes_names(any)) {
                    Some(name) => self.add(&mut members, name, id)?,
                    None => self.add_rest(&mut members, id)?,
                }
            }
        }
        Ok(members)
    }

    fn elements(
        &mut self,
        place: &Place,
        state: Slot,
        children: &[Slot],
    ) -> Result<Vec<OutId>, Unfit> {
        let there = self.schema.there(place, To::Element, &mut self.fuel);
        let mut items: Vec<OutId> = Vec::new();
        let mut done: Vec<Slot> = Vec::new();
        let mut leaves_gaps = false;
        for child in children.iter().filter(|child| **child > WHOLE) {
            if done.contains(child) {
                continue;
            }
            done.push(*child);
            self.path.push("[*]".to_owned());
            let leaving = self.leaving(&there, *child)?;
            self.path.pop();
            leaves_gaps |= leaving.is_empty();
            for (_, id) in leaving {
                leaves_gaps |= self.out[id.0 as usize].may_be_absent;
                if !items.iter().any(|known| self.are_same(*known, id)) {
                    items.push(id);
                }
            }
        }
        if leaves_gaps && !self.fields.removes_gaps(state) {
            let null = self.push(Out::of(Types::NULL))?;
            items.push(null);
        }
        Ok(items)
    }

    /// Adds a member; of several that have one name it is any.
    fn add(&mut self, members: &mut Members, name: &str, id: OutId) -> Result<(), Unfit> {
        let Some(at) = members.place_of(name) else {
            members.push(name.into(), id);
            return Ok(());
        };
        let known = members.named[at].1;
        let either = &self.out[known.0 as usize].any_of;
        let each = if either.is_empty() {
            &[known][..]
        } else {
            either
        };
        let is_said = |known: &OutId| self.is_anything(*known) || self.are_same(*known, id);
        if each.iter().any(is_said) {
            return Ok(());
        }
        if each.len() >= EITHER_MAX {
            members.named[at].1 = self.push(Out::of(Types::ALL))?;
        } else if either.is_empty() {
            let mut either = Out::of(Types::ALL);
            either.any_of = vec![known, id];
            members.named[at].1 = self.push(either)?;
        } else {
            self.out[known.0 as usize].any_of.push(id);
        }
        Ok(())
    }

    /// Adds what members of other names can be.
    fn add_rest(&mut self, members: &mut Members, id: OutId) -> Result<(), Unfit> {
        let is_said = |known: &OutId| self.is_anything(*known) || self.are_same(*known, id);
        if members.rest.iter().any(is_said) {
            return Ok(());
        }
        if members.rest.len() >= EITHER_MAX {
            members.rest = vec![self.push(Out::of(Types::ALL))?];
        } else {
            members.rest.push(id);
        }
        Ok(())
    }

    fn is_anything(&self, id: OutId) -> bool {
        self.out[id.0 as usize] == Out::of(Types::ALL)
    }

    fn are_same(&self, one: OutId, other: OutId) -> bool {
        one == other || self.out[one.0 as usize] == self.out[other.0 as usize]
    }
}

#[cfg(test)]
#[path = "derive_tests.rs"]
mod tests;
