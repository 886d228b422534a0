//! A writer's schema under a plan's automaton: what reads its messages.
//!
//! One node for each pair of a type and a state that can meet, found before the first
//! message is read. Reading runs the nodes; no name is looked up but those that are data
//! (the keys of maps). A schema that contains itself becomes a program that does.
//!
//! A field that repeats has two nodes: one of the list, one of an element.

mod compile;

use super::node::{MessageId, Scalar, WireType};
use crate::plan::ReadId;
use crate::record::tape::{Kind, Slot};

/// Most nodes of a program.
pub const NODES_MAX: usize = 65_536;

/// Most fields of all of them.
const FIELDS_MAX: usize = 1 << 20;

/// What reads the messages of one schema under one automaton.
pub struct Program {
    /// The first reads the whole value.
    pub(crate) nodes: Vec<Node>,
    /// Where each of them lies in the schema.
    pub(in crate::schema) places: Vec<Place>,
    /// Fields of messages, those of one side by side, by their numbers.
    pub(crate) fields: Vec<FieldAt>,
    /// Fields that mean something where they are not there, and their bits.
    pub(crate) rests: Vec<(Rest, NodeAt, u16)>,
    /// Elements that have a position of their own, ascending for each list.
    pub(crate) positions: Vec<(u32, NodeAt)>,
    /// Keys that have a name of their own, ascending for each map: text and node.
    pub(crate) keys: Vec<(u32, NodeAt)>,
    /// Numbers of enums, ascending for each, and their names in [`Program::texts`].
    pub(crate) symbols: Vec<(i32, u32)>,
    /// What JSON values can be, one for each node of [`Op::Value`].
    pub(crate) values: Vec<Values>,
    /// Names and symbols.
    pub(crate) texts: Vec<Box<str>>,
    pub(crate) reads: Vec<ReadId>,
    /// Number of reads that the automaton has.
    pub(crate) reads_len: usize,
    otherwise: Vec<NamedOtherwise>,
}

impl Program {
    /// Fields that the plan names by their names in JSON, which lead nowhere.
    pub fn named_otherwise(&self) -> &[NamedOtherwise] {
        &self.otherwise
    }

    /// Bytes of memory that it takes.
    pub fn held(&self) -> usize {
        size_of_val(&self.nodes[..])
            + size_of_val(&self.places[..])
            + size_of_val(&self.fields[..])
            + size_of_val(&self.rests[..])
            + size_of_val(&self.positions[..])
            + size_of_val(&self.keys[..])
            + size_of_val(&self.symbols[..])
            + size_of_val(&self.values[..])
            + size_of_val(&self.reads[..])
            + self
                .texts
                .iter()
                .map(|t| t.len() + size_of::<Box<str>>())
                .sum::<usize>()
    }

    /// The state of the automaton that a node stands for.
    pub fn state(&self, node: Slot) -> Slot {
        self.nodes[node as usize].state
    }
}

/// A field that the plan calls by another name than its schema does.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NamedOtherwise {
    /// Its name, which holds.
    pub field: Box<str>,
    /// Its name in JSON, which does not.
    pub json_name: Box<str>,
}

/// Why a schema has no program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// More than [`NODES_MAX`] nodes.
    #[error("the schema and the policy meet in more than 65,536 places")]
    TooLarge,
}

/// A place in [`Program::nodes`].
pub(crate) type NodeAt = u32;

/// A field of a message.
#[derive(Clone, Copy)]
pub(crate) struct FieldAt {
    pub(crate) number: u32,
    /// Of a list, that of the list.
    pub(crate) node: NodeAt,
    /// How a value of it lies on the wire.
    pub(crate) wire: WireType,
    pub(crate) once: Once,
    /// Not to be there and to be its default is one.
    pub(crate) is_implicit: bool,
    /// In [`Program::texts`].
    pub(crate) name: u32,
}

/// How often a field may stand in a message.
#[derive(Clone, Copy)]
pub(crate) enum Once {
    /// Once. The first is its own bit among those of the message, the second that of its
    /// oneof, or [`NO_BIT`].
    Singular(u16, u16),
    /// Any number of times; elements behind one tag each, or some behind one.
    List(u16),
    /// Any number of times, with a key each.
    Map(u16),
}

/// The field is of no oneof.
pub(crate) const NO_BIT: u16 = u16::MAX;

/// Places side by side in one of the lists.
#[derive(Clone, Copy, Default)]
pub(crate) struct Range {
    pub(crate) at: u32,
    pub(crate) len: u32,
}

impl Range {
    #[inline]
    pub(crate) fn of<T>(self, all: &[T]) -> &[T] {
        &all[self.at as usize..][..self.len as usize]
    }
}

/// The value goes on the tape.
pub(crate) const NOTED: u8 = 1 << 7;
/// It is the value of a map: its name is data.
pub(crate) const KEYED: u8 = 1 << 6;
/// It is a text that is opened.
pub(crate) const OPENED: u8 = 1 << 5;

/// How values of one type in one state are read.
#[derive(Clone, Copy)]
pub(crate) struct Node {
    pub(crate) op: Op,
    /// What it is on the tape; of a boolean, if it is true.
    pub(crate) kind: Kind,
    /// [`NOTED`], [`KEYED`], [`OPENED`] and those of a tape's entry.
    pub(crate) flags: u8,
    /// Name of the field in [`Program::texts`], if it is one.
    pub(crate) name: u32,
    /// Of the value of a map the type of its key.
    pub(crate) key: Scalar,
    /// It is what a value of JSON says.
    pub(crate) is_in_json: bool,
    /// State of the automaton.
    pub(crate) state: Slot,
    /// The reads that it answers.
    pub(crate) reads: Range,
}

/// How a value lies in what is around it; fields by their message and place in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::schema) enum Place {
    /// It is the whole value, or nobody reads it.
    Top,
    /// A field.
    Field(MessageId, u32),
    /// An element of the field.
    Element(MessageId, u32),
    /// A value of the map that the field is, under keys of that type.
    Value(MessageId, u32, Scalar),
    /// An element of an array of JSON.
    Item,
    /// A member of an object of JSON.
    Member,
}

/// What stands on the wire.
#[derive(Clone, Copy)]
pub(crate) enum Op {
    Scalar(Scalar),
    /// A number of those symbols.
    Enum(Range),
    Message(Fields),
    /// The same, up to the tag that ends it.
    Group(Fields),
    Timestamp,
    /// A scalar in a message of its own.
    Wrapper(Scalar),
    /// What stands in a field that repeats.
    List {
        element: NodeAt,
        positions: Range,
        /// All of it must stand together: somebody takes it as one, or positions count.
        is_one: bool,
    },
    Map(MapAt),
    /// An object of JSON: a map in a message of its own.
    Struct(MapAt),
    /// An array of JSON: a list in a message of its own.
    Array {
        element: NodeAt,
        positions: Range,
    },
    /// A value of JSON, of those of [`Program::values`].
    Value(u32),
    /// What [`Values`] has for null.
    Null,
}

/// The fields of a message.
#[derive(Clone, Copy)]
pub(crate) struct Fields {
    /// By their numbers.
    pub(crate) all: Range,
    /// The numbers are 1, 2, 3 and so on.
    pub(crate) is_dense: bool,
    /// How many bits it takes to say which were seen.
    pub(crate) bits: u16,
    /// Those that mean something where they are not there.
    pub(crate) rests: Range,
}

/// The entries of a map.
#[derive(Clone, Copy)]
pub(crate) struct MapAt {
    pub(crate) key: Scalar,
    pub(crate) value: NodeAt,
    pub(crate) wire: WireType,
    pub(crate) keys: Range,
}

/// What a value of JSON can be.
#[derive(Clone, Copy)]
pub(crate) struct Values {
    pub(crate) null: NodeAt,
    pub(crate) number: NodeAt,
    pub(crate) text: NodeAt,
    pub(crate) boolean: NodeAt,
    pub(crate) object: NodeAt,
    pub(crate) array: NodeAt,
}

impl Values {
    /// The node of the member of that number.
    pub(crate) fn of(&self, number: u32) -> Option<NodeAt> {
        Some(match number {
            1 => self.null,
            2 => self.number,
            3 => self.text,
            4 => self.boolean,
            5 => self.object,
            6 => self.array,
            _ => return None,
        })
    }
}

/// What it means that a field is not there at the end of its message.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rest {
    /// It must be.
    Required,
    /// It is its default.
    Default,
}
