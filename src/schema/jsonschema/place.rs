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

    fn burn(&mut self) -> bool {
        self.0 = self.0.saturating_sub(1);
        self.0 > 0
    }
}

/// Deepest nesting of parts that speak of one value: below, nothing is said.
const DEPTH_MAX: u32 = 64;

impl Place {
    /// Nothing is known.
    pub(super) const fn unsaid() -> Place {
        Place {
            types: Types::ALL,
            nodes: Vec::new(),
        }
    }

    /// There is nothing.
    const fn closed() -> Place {
        Place {
            types: Types::NONE,
            nodes: Vec::new(),
        }
    }

    /// What both say holds.
    fn and(self, other: Place) -> Place {
        Place {
            types: self.types.and(other.types),
            nodes: joined(self.nodes, other.nodes),
        }
    }

    /// What one of them says holds.
    fn or(self, other: Place) -> Place {
        Place {
            types: self.types.or(other.types),
            nodes: joined(self.nodes, other.nodes),
        }
    }

    /// The one part that speaks of it.
    pub(super) fn node(&self) -> Option<NodeId> {
        match self.nodes[..] {
            [one] => Some(one),
            _ => None,
        }
    }
}

fn joined(mut nodes: Vec<NodeId>, others: Vec<NodeId>) -> Vec<NodeId> {
    nodes.extend(others);
    nodes.sort_unstable();
    nodes.dedup();
    nodes
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
        }
    }

    fn of_any(&self, all: &[NodeId]) -> Place {
        let each = all.iter().map(|id| self.of(*id));
        each.fold(Place::closed(), Place::or)
    }

    /// Where that way leads. Without types: there is nothing.
    pub(super) fn there(&self, from: &Place, to: To<'_>, fuel: &mut Fuel) -> Place {
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
        if depth == DEPTH_MAX || !fuel.burn() {
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
        for any in &node.either {
            let mut of_any = Place::closed();
            for one in any.iter().filter(|one| self.types(**one).has(container)) {
                let other = self.speaks((*one, depth + 1), to, known, fuel);
                of_any = of_any.or(other);
            }
            place = place.and(of_any);
        }
        for maybe in &node.maybe {
            let other = self.speaks((*maybe, depth + 1), to, known, fuel);
            let other = Place {
                types: Types::ALL,
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
            Rest::Unsaid => Place {
                types: Types::ALL,
                ..patterns
            },
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
            if !seen.insert(id) || !fuel.burn() {
                continue;
            }
            let node = self.node(id);
            for (name, _) in &node.properties {
                if fuel.burn() && named.insert(&**name) {
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
