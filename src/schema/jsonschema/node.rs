//! A schema as it was read: what each of its parts says by itself.

use std::collections::HashSet;

use super::types::Types;

/// Most parts of a schema, those that it refers to included.
pub const NODES_MAX: usize = 16_384;
/// Longest text of one schema, in bytes.
pub const BYTES_MAX: usize = 1 << 20;

/// Most parts that are looked at for what is said of one value.
pub const SPEAKING_MAX: usize = 256;

/// A part of a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub(super) u32);

/// A schema, and those that it refers to.
pub struct Schema {
    pub(super) nodes: Vec<Node>,
    /// By part: the types that a value of it can have, by all that holds of it.
    pub(super) types: Vec<Types>,
    pub(super) root: NodeId,
    pub(super) title: Option<Box<str>>,
    pub(super) nowhere: Vec<Box<str>>,
}

/// What a part says by itself.
#[derive(Clone)]
pub(super) struct Node {
    pub(super) types: Types,
    pub(super) format: Option<Box<str>>,
    pub(super) description: Option<Box<str>>,
    /// What its owners call it (`confluent:tags`).
    pub(super) tags: Vec<Box<str>>,
    /// The words of which it is one, where they are texts.
    pub(super) symbols: Vec<Box<str>>,
    pub(super) properties: Vec<(Box<str>, NodeId)>,
    /// The places of `properties` in the order of their names.
    pub(super) by_name: Vec<u32>,
    /// Members of other names.
    pub(super) rest: Rest,
    /// Members whose names are like something.
    pub(super) patterns: Vec<NodeId>,
    /// What elements can be; none: nothing is said of them.
    pub(super) items: Vec<NodeId>,
    /// What elements of a position can be, where of others nothing is said.
    pub(super) positions: Vec<NodeId>,
    /// All of these hold too.
    pub(super) all: Vec<NodeId>,
    /// Of each of these lists at least one holds too.
    pub(super) either: Vec<Vec<NodeId>>,
    /// These may hold too.
    pub(super) maybe: Vec<NodeId>,
}

/// Members that no name speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rest {
    /// Nothing is said: there may be some.
    Unsaid,
    /// There are none.
    Closed,
    /// They are like that.
    Of(NodeId),
}

impl Node {
    /// Nothing is said.
    pub(super) const fn open() -> Node {
        Node {
            types: Types::ALL,
            format: None,
            description: None,
            tags: Vec::new(),
            symbols: Vec::new(),
            properties: Vec::new(),
            by_name: Vec::new(),
            rest: Rest::Unsaid,
            patterns: Vec::new(),
            items: Vec::new(),
            positions: Vec::new(),
            all: Vec::new(),
            either: Vec::new(),
            maybe: Vec::new(),
        }
    }

    /// With members of those names.
    pub(super) fn set_properties(&mut self, properties: Vec<(Box<str>, NodeId)>) {
        self.by_name = (0..).take(properties.len()).collect();
        let name = |at: &u32| &properties[*at as usize].0;
        self.by_name
            .sort_by(|one, other| name(one).cmp(name(other)));
        self.properties = properties;
    }

    /// The part that the member of that name is.
    pub(super) fn property(&self, name: &str) -> Option<NodeId> {
        let own = |at: &u32| &self.properties[*at as usize];
        let at = self.by_name.binary_search_by(|at| (*own(at).0).cmp(name));
        at.ok().map(|at| own(&self.by_name[at]).1)
    }

    /// True of one that says nothing of what is inside but by others that all hold.
    fn says_nothing_else(&self) -> bool {
        let is_empty = self.properties.is_empty() && self.patterns.is_empty();
        let is_bare = self.items.is_empty()
            && self.positions.is_empty()
            && self.either.is_empty()
            && self.maybe.is_empty();
        is_empty && is_bare && self.rest == Rest::Unsaid && self.types == Types::ALL
    }

    /// The parts that speak of the same value.
    pub(super) fn beside(&self) -> impl Iterator<Item = NodeId> + '_ {
        let either = self.either.iter().flatten();
        let all = self.all.iter().chain(either).chain(&self.maybe);
        all.copied()
    }
}

impl Schema {
    /// The part that whole values are.
    pub const fn root(&self) -> NodeId {
        self.root
    }

    /// How its owners call it (`title`).
    pub fn title(&self) -> Option<&str> {
        self.title.as_deref()
    }

    /// The references (`$ref`) that lead nowhere, each once: they say nothing.
    pub fn nowhere(&self) -> &[Box<str>] {
        &self.nowhere
    }

    pub(super) fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize]
    }

    /// The types that a value of that part can have.
    pub fn types(&self, id: NodeId) -> Types {
        self.types[id.0 as usize]
    }

    /// Its members with names, by itself.
    pub(in crate::schema) fn properties(&self, id: NodeId) -> &[(Box<str>, NodeId)] {
        &self.node(id).properties
    }

    /// What its other members can be, by itself.
    pub(in crate::schema) fn other_members(&self, id: NodeId) -> Vec<NodeId> {
        let node = self.node(id);
        let rest = match node.rest {
            Rest::Of(id) => Some(id),
            Rest::Unsaid | Rest::Closed => None,
        };
        node.patterns.iter().copied().chain(rest).collect()
    }

    /// What its elements can be, by itself.
    pub(in crate::schema) fn elements(&self, id: NodeId) -> &[NodeId] {
        &self.node(id).items
    }

    /// The format of a text of that part, and the words of which it is one; by the first
    /// part that says it.
    pub(crate) fn text_of(&self, id: NodeId) -> (Option<&str>, &[Box<str>]) {
        let all = self.speaking(id).unwrap_or_default();
        let format = all.iter().find_map(|id| self.node(*id).format.as_deref());
        let symbols = all.iter().map(|id| &*self.node(*id).symbols);
        let mut symbols = symbols.filter(|symbols| !symbols.is_empty());
        (format, symbols.next().unwrap_or_default())
    }

    /// The part that is meant by one that does nothing but refer to it.
    pub(crate) fn meant(&self, id: NodeId) -> NodeId {
        let mut at = id;
        for _ in 0..64 {
            let node = self.node(at);
            let refers = match node.all[..] {
                [one] if node.says_nothing_else() => one,
                _ => break,
            };
            at = refers;
        }
        at
    }

    /// That part and all that speak of the same value, each once; `None`: more than are
    /// looked at.
    pub(in crate::schema) fn speaking(&self, id: NodeId) -> Option<Vec<NodeId>> {
        let mut found = vec![id];
        let mut seen = HashSet::from([id]);
        let mut at = 0;
        while at < found.len() {
            for beside in self.node(found[at]).beside() {
                if seen.insert(beside) {
                    found.push(beside);
                }
                if found.len() > SPEAKING_MAX {
                    return None;
                }
            }
            at += 1;
        }
        Some(found)
    }
}
