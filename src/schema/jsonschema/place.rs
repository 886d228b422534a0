//! A place of records, and where one comes to from there.

use std::collections::{HashMap, HashSet};

use super::node::{Node, NodeId, Rest, Schema};
use super::types::Types;

/// What is known of the values at a place: never narrower than it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Place {
    /// The types that they can have.
    pub(super) types: Types,
    /// The parts that speak of them, ascending.
    pub(super) nodes: Vec<NodeId>,
    /// There may be one of which no part speaks: of what is inside of it nothing is known.
    pub(super) is_open: bool,
}

/// Where to from a place.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum To<'n> {
    /// To the member of that name.
    Member(&'n str),
    /// To members that no name speaks of.
    Rest,
    /// To elements.
    Element,
}

impl To<'_> {
    /// What there is such a way out of.
    const fn container(self) -> Types {
        match self {
            To::Element => Types::ARRAY,
            To::Member(_) | To::Rest => Types::OBJECT,
        }
    }
}

/// Work that is left: a schema of few parts can have many ways through it, and many parts
/// on each.
pub(super) struct Fuel(u32);

/// What one step costs, against one part that is looked at on it.
const STEP: usize = 4;

impl Fuel {
    /// As many as one schema takes.
    pub(super) const fn full() -> Fuel {
        Fuel(1 << 19)
    }

    /// True when there was none left.
    pub(super) const fn is_out(&self) -> bool {
        self.0 == 0
    }

    /// A step on which so many parts are looked at; false: there is none left.
    pub(super) fn burn(&mut self, parts: usize) -> bool {
        let work = u32::try_from(parts.saturating_add(STEP)).unwrap_or(u32::MAX);
        self.0 = self.0.saturating_sub(work);
        self.0 > 0
    }
}

/// Most parts that speak of one place: of more, nothing is said of what is inside.
const PARTS_MAX: usize = 256;
/// So many parts are collected before those that stand twice are put together.
const NODES_AT_ONCE: usize = 16 * PARTS_MAX;
/// Deepest nesting of parts that speak of one value: below, nothing is said.
const DEPTH_MAX: u32 = 64;

impl Place {
    /// Nothing is known.
    pub(super) const fn unsaid() -> Place {
        Place {
            types: Types::ALL,
            nodes: Vec::new(),
            is_open: true,
        }
    }

    /// There is nothing.
    const fn closed() -> Place {
        Place {
            types: Types::NONE,
            nodes: Vec::new(),
            is_open: false,
        }
    }

    /// What both say holds.
    fn and(self, other: Place, fuel: &mut Fuel) -> Place {
        let types = self.types.and(other.types);
        let is_open = self.is_open && other.is_open;
        if !fuel.burn(self.nodes.len() + other.nodes.len()) {
            return Place::unsaid();
        }
        let mut nodes = self.nodes;
        nodes.extend(other.nodes);
        Place::of_nodes(types, nodes, is_open)
    }

    /// What one of them says holds. Where nothing is said by one, nothing is by all.
    fn or(each: impl IntoIterator<Item = Place>, fuel: &mut Fuel) -> Place {
        let mut all = Place::closed();
        for one in each {
            all.types = all.types.or(one.types);
            all.is_open |= one.is_open;
            if !fuel.burn(one.nodes.len()) {
                return Place::unsaid();
            }
            all.nodes.extend(one.nodes);
            if all.nodes.len() > NODES_AT_ONCE {
                all = Place::of_nodes(all.types, all.nodes, all.is_open);
            }
        }
        Place::of_nodes(all.types, all.nodes, all.is_open)
    }

    fn of_nodes(types: Types, mut nodes: Vec<NodeId>, is_open: bool) -> Place {
        // Runs that ascend: that is what this sort is quick at.
        nodes.sort();
        nodes.dedup();
        match nodes.len() > PARTS_MAX {
            true => Place {
                types,
                ..Place::unsaid()
            },
            false => Place {
                types,
                nodes,
                is_open,
            },
        }
    }

    /// The same values, of those types alone.
    pub(super) fn of_types(&self, types: Types) -> Place {
        Place {
            types: self.types.and(types),
            ..self.clone()
        }
    }

    /// The one part that speaks of all of them.
    pub(super) fn node(&self) -> Option<NodeId> {
        match self.nodes[..] {
            [one] if !self.is_open => Some(one),
            _ => None,
        }
    }
}

impl Schema {
    /// Where whole values are.
    pub(super) fn whole(&self) -> Place {
        self.of(self.root)
    }

    fn of(&self, id: NodeId) -> Place {
        Place {
            types: self.types(id),
            nodes: vec![id],
            is_open: false,
        }
    }

    fn of_any(&self, all: &[NodeId], fuel: &mut Fuel) -> Place {
        // Of too many the types alone are put together, which is quick.
        let work = match all.len() > PARTS_MAX {
            true => all.len() / 16,
            false => all.len(),
        };
        if !fuel.burn(work) {
            return Place::unsaid();
        }
        let each = all.iter().map(|id| self.types(*id));
        let types = each.fold(Types::NONE, Types::or);
        match all.len() > PARTS_MAX {
            true => Place {
                types,
                ..Place::unsaid()
            },
            false => Place::of_nodes(types, all.to_vec(), false),
        }
    }

    /// Where that way leads. Without types: there is nothing.
    pub(super) fn there(&self, from: &Place, to: To<'_>, fuel: &mut Fuel) -> Place {
        if from.is_open {
            return Place::unsaid();
        }
        let mut known = HashMap::new();
        let mut found = Vec::new();
        for id in &from.nodes {
            if self.types(*id).has(to.container()) {
                found.push(self.speaks((*id, 0), to, &mut known, fuel));
            }
        }
        match found.is_empty() {
            true => Place::unsaid(),
            false => Place::or(found, fuel),
        }
    }

    /// What a part says of it, and those beside it.
    fn speaks(
        &self,
        (id, depth): (NodeId, u32),
        to: To<'_>,
        known: &mut HashMap<NodeId, Place>,
        fuel: &mut Fuel,
    ) -> Place {
        if let Some(place) = known.get(&id) {
            fuel.burn(place.nodes.len());
            return place.clone();
        }
        if depth == DEPTH_MAX || !fuel.burn(0) {
            return Place::unsaid();
        }
        // One that leads back to itself adds nothing.
        known.insert(id, Place::unsaid());
        let node = self.node(id);
        let mut place = self.says(node, to, fuel);
        for beside in &node.all {
            let other = self.speaks((*beside, depth + 1), to, known, fuel);
            place = place.and(other, fuel);
        }
        // Of too many nothing is said.
        let few = node.either.iter().filter(|any| any.len() <= PARTS_MAX);
        for any in few {
            let able = any
                .iter()
                .filter(|one| self.types(**one).has(to.container()));
            let each = able.map(|one| self.speaks((*one, depth + 1), to, known, fuel));
            let each: Vec<Place> = each.collect();
            let of_any = Place::or(each, fuel);
            place = place.and(of_any, fuel);
        }
        for maybe in &node.maybe {
            let other = self.speaks((*maybe, depth + 1), to, known, fuel);
            // It need not hold.
            let other = Place {
                types: Types::ALL,
                is_open: true,
                ..other
            };
            place = place.and(other, fuel);
        }
        known.insert(id, place.clone());
        place
    }

    /// What a part says of it by itself.
    fn says(&self, node: &Node, to: To<'_>, fuel: &mut Fuel) -> Place {
        if to == To::Element {
            return match &node.items[..] {
                [] => Place::unsaid(),
                items => self.of_any(items, fuel),
            };
        }
        if let To::Member(name) = to
            && let Some(id) = node.property(name)
        {
            return self.of(id);
        }
        let patterns = self.of_any(&node.patterns, fuel);
        match node.rest {
            Rest::Unsaid => Place::or([patterns, Place::unsaid()], fuel),
            Rest::Closed => patterns,
            Rest::Of(id) => Place::or([patterns, self.of(id)], fuel),
        }
    }

    /// The names that something speaks of at a place, in the order of the schema.
    pub(super) fn names<'s>(&'s self, from: &Place, fuel: &mut Fuel) -> Vec<&'s str> {
        let mut found: Vec<&str> = Vec::new();
        let mut seen = HashSet::new();
        let mut named = HashSet::new();
        let mut open: Vec<NodeId> = from.nodes.iter().rev().copied().collect();
        while let Some(id) = open.pop() {
            if !seen.insert(id) || !fuel.burn(0) {
                continue;
            }
            let node = self.node(id);
            for (name, _) in &node.properties {
                if fuel.burn(0) && named.insert(&**name) {
                    found.push(name);
                }
            }
            let mut beside: Vec<NodeId> = node.beside().collect();
            beside.reverse();
            open.extend(beside);
        }
        found
    }
}
