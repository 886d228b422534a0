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

/// Steps that are left: a schema of few parts can have many ways through it.
pub(super) struct Fuel(u32);

impl Fuel {
    /// As many as one schema takes.
    pub(super) const fn full() -> Fuel {
        Fuel(1 << 21)
    }

    /// True when there was none left.
    pub(super) const fn is_out(&self) -> bool {
        self.0 == 0
    }

    /// A step on which so many parts are looked at; false: there is none left.
    fn burn(&mut self, parts: usize) -> bool {
        let parts = u32::try_from(parts).unwrap_or(u32::MAX);
        self.0 = self.0.saturating_sub(parts.saturating_add(1));
        self.0 > 0
    }
}

/// Most parts that speak of one place: of more, nothing is said of what is inside.
const PARTS_MAX: usize = 256;
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
    fn and(self, other: Place) -> Place {
        let is_open = self.is_open && other.is_open;
        Place {
            types: self.types.and(other.types),
            ..Place::joined(self.nodes, other.nodes, is_open)
        }
    }

    /// What one of them says holds.
    fn or(self, other: Place) -> Place {
        let is_open = self.is_open || other.is_open;
        Place {
            types: self.types.or(other.types),
            ..Place::joined(self.nodes, other.nodes, is_open)
        }
    }

    fn joined(mut nodes: Vec<NodeId>, others: Vec<NodeId>, is_open: bool) -> Place {
        nodes.extend(others);
        nodes.sort_unstable();
        nodes.dedup();
        match nodes.len() > PARTS_MAX {
            true => Place::unsaid(),
            false => Place {
                types: Types::ALL,
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

    fn of_any(&self, all: &[NodeId]) -> Place {
        if all.len() > PARTS_MAX {
            let types = all.iter().map(|id| self.types(*id));
            return Place {
                types: types.fold(Types::NONE, Types::or),
                ..Place::unsaid()
            };
        }
        let each = all.iter().map(|id| self.of(*id));
        each.fold(Place::closed(), Place::or)
    }

    /// Where that way leads. Without types: there is nothing.
    pub(super) fn there(&self, from: &Place, to: To<'_>, fuel: &mut Fuel) -> Place {
        if from.is_open {
            return Place::unsaid();
        }
        let mut known = HashMap::new();
        let container = match to {
            To::Element => Types::ARRAY,
            To::Member(_) | To::Rest => Types::OBJECT,
        };
        let mut found = None;
        for id in &from.nodes {
            if self.types(*id).has(container) {
                let one = self.speaks((*id, 0), to, &mut known, fuel);
                found = Some(match found {
                    None => one,
                    Some(others) => Place::or(others, one),
                });
            }
        }
        found.unwrap_or(Place::unsaid())
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
            return place.clone();
        }
        if depth == DEPTH_MAX || !fuel.burn(0) {
            return Place::unsaid();
        }
        // One that leads back to itself adds nothing.
        known.insert(id, Place::unsaid());
        let node = self.node(id);
        let mut place = self.says(node, to);
        for beside in &node.all {
            let other = self.speaks((*beside, depth + 1), to, known, fuel);
            place = place.and(other);
        }
        let container = match to {
            To::Element => Types::ARRAY,
            To::Member(_) | To::Rest => Types::OBJECT,
        };
        // Of too many nothing is said.
        let few = node.either.iter().filter(|any| any.len() <= PARTS_MAX);
        for any in few {
            let mut of_any = Place::closed();
            for one in any.iter().filter(|one| self.types(**one).has(container)) {
                let other = self.speaks((*one, depth + 1), to, known, fuel);
                if !fuel.burn(of_any.nodes.len() + other.nodes.len()) {
                    return Place::unsaid();
                }
                of_any = of_any.or(other);
            }
            place = place.and(of_any);
        }
        for maybe in &node.maybe {
            let other = self.speaks((*maybe, depth + 1), to, known, fuel);
            // It need not hold.
            let other = Place {
                types: Types::ALL,
                is_open: true,
                ..other
            };
            place = place.and(other);
        }
        known.insert(id, place.clone());
        place
    }

    /// What a part says of it by itself.
    fn says(&self, node: &Node, to: To<'_>) -> Place {
        if to == To::Element {
            return match &node.items[..] {
                [] => Place::unsaid(),
                items => self.of_any(items),
            };
        }
        if let To::Member(name) = to
            && let Some((_, id)) = node.properties.iter().find(|(own, _)| **own == *name)
        {
            return self.of(*id);
        }
        let patterns = self.of_any(&node.patterns);
        match node.rest {
            Rest::Unsaid => patterns.or(Place::unsaid()),
            Rest::Closed => patterns,
            Rest::Of(id) => patterns.or(self.of(id)),
        }
    }

    /// The names that something speaks of at a place, in the order of the schema.
    pub(super) fn names(&self, from: &Place, fuel: &mut Fuel) -> Vec<&str> {
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
