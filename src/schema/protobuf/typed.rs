//! Where in a schema of what leaves each value stands: what the pen knows of its places.

use super::node::{Scalar, WireType};

/// The number of a field and how it lies on the wire ("Message Structure").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tag(u32);

impl Tag {
    /// Of a field of that number, at most 2²⁹ - 1.
    pub const fn new(number: u32, wire: WireType) -> Tag {
        Tag((number << 3) | wire as u32)
    }

    /// As it is written, in a varint.
    pub const fn raw(self) -> u32 {
        self.0
    }

    /// Number of the field.
    pub const fn number(self) -> u32 {
        self.0 >> 3
    }
}

/// How a value is written at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// As a scalar.
    Scalar(Scalar),
    /// As the number of one of the symbols of that enum.
    Symbol(u32),
    /// As `google.protobuf.Timestamp`.
    Timestamp,
    /// As a scalar in a message of its own.
    Wrapper(Scalar),
    /// As `google.protobuf.Value`.
    Json,
    /// As what it was, under this tag: a message, a list or a map.
    Whole,
}

/// What one place takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Typed {
    /// What stands in front.
    pub tag: Tag,
    /// How.
    pub form: Form,
    /// Not to be there and to be its default is one: the default is not written.
    pub is_implicit: bool,
}

/// How a container is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// It has no bytes of its own: the whole value, and a list.
    Nothing,
    /// A length and fields.
    Message(Tag),
    /// Fields up to a tag, in a field of that number.
    Group(u32),
    /// Messages of a key and a value.
    Map(Tag),
    /// The same in a message of its own: an object of JSON.
    Struct(Tag),
    /// Such a one as a value of JSON.
    JsonObject(Tag),
    /// An array as a value of JSON.
    JsonArray(Tag),
}

/// The places of one role table of an output, by the nodes of the writer's program.
pub struct TableTypes {
    pub(in crate::schema) nodes: Box<[NodeTypes]>,
    /// By node and field that is made from the value: a place in `typed`, or none.
    pub(in crate::schema) writes: Box<[u32]>,
    pub(in crate::schema) typed: Box<[Typed]>,
    pub(in crate::schema) symbols: std::sync::Arc<[Symbols]>,
}

/// Names of an enum's symbols and their numbers, by name.
pub type Symbols = Box<[(Box<str>, i32)]>;

/// What stands in the output where one node is read.
#[derive(Clone, Copy)]
pub(in crate::schema) struct NodeTypes {
    pub(in crate::schema) writes: (u32, u32),
    pub(in crate::schema) holder: Holder,
    /// Of the value of a map the type of its key.
    pub(in crate::schema) key: Option<Scalar>,
}

/// No place.
pub(in crate::schema) const NOWHERE: u32 = u32::MAX;

impl TableTypes {
    /// The place of the field of that number of those that are made from the value.
    #[inline]
    pub fn place(&self, node: u32, nth: u32) -> Option<&Typed> {
        let (from, to) = self.nodes[node as usize].writes;
        let at = *self.writes[from as usize..to as usize].get(nth as usize)?;
        self.typed.get(at as usize)
    }

    /// How a container there is written.
    #[inline]
    pub fn holder(&self, node: u32) -> Holder {
        self.nodes[node as usize].holder
    }

    /// Of the value of a map the type of its key.
    #[inline]
    pub fn key(&self, node: u32) -> Option<Scalar> {
        self.nodes[node as usize].key
    }

    /// The number of a symbol of that enum.
    pub fn symbol(&self, of: u32, name: &str) -> Option<i32> {
        let symbols = self.symbols.get(of as usize)?;
        let at = symbols.binary_search_by(|(known, _)| (**known).cmp(name));
        at.ok().map(|at| symbols[at].1)
    }

    /// Bytes of memory that it takes, names of symbols aside.
    pub fn held(&self) -> usize {
        size_of_val(&self.nodes[..]) + size_of_val(&self.writes[..]) + size_of_val(&self.typed[..])
    }
}
