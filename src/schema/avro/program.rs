//! A writer's schema under a plan's automaton: what reads its records.
//!
//! One node for each pair of a type and a state that can meet, found before the first
//! record is read. Reading runs the nodes; no name is looked up but those that are data
//! (the keys of maps). A schema that contains itself becomes a program that does.

mod compile;
mod least;

use crate::plan::ReadId;
use crate::record::tape::{Kind, Slot};

use super::node::{Means, NodeId};

/// Most nodes of a program.
pub const NODES_MAX: usize = 65_536;

/// Most fields and branches of all of them.
const CHILDREN_MAX: usize = 1 << 20;

/// What reads the records of one schema under one automaton.
pub struct Program {
    /// The first reads the whole value.
    pub(crate) nodes: Vec<Node>,
    /// The type of the schema that each of them reads.
    pub(super) origins: Vec<NodeId>,
    /// Fields of records, branches of unions: those of one side by side.
    pub(crate) children: Vec<Child>,
    /// Elements that have a position of their own, ascending for each array.
    pub(crate) positions: Vec<(u32, NodeAt)>,
    /// Keys that have a name of their own, ascending for each map: text and node.
    pub(crate) keys: Vec<Child>,
    /// Names and symbols.
    pub(crate) texts: Vec<Box<str>>,
    pub(crate) reads: Vec<ReadId>,
    /// Number of reads that the automaton has.
    pub(crate) reads_len: usize,
}

impl Program {
    /// Bytes of memory that it takes.
    pub fn held(&self) -> usize {
        size_of_val(&self.nodes[..])
            + size_of_val(&self.origins[..])
            + size_of_val(&self.children[..])
            + size_of_val(&self.positions[..])
            + size_of_val(&self.keys[..])
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

/// Why a schema has no program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// Its values are neither records nor maps.
    #[error("the schema is of no record: a record, a map or a union with one of them is expected")]
    NoRecord,
    /// More than [`NODES_MAX`] nodes.
    #[error("the schema and the policy meet in more than 65,536 places")]
    TooLarge,
}

/// A place in [`Program::nodes`].
pub(crate) type NodeAt = u32;

/// Name and node of a field, as its writer calls it; of a branch without one.
#[derive(Clone, Copy)]
pub(crate) struct Child {
    /// In [`Program::texts`].
    pub(crate) name: u32,
    pub(crate) node: NodeAt,
}

/// Places side by side in one of the lists.
#[derive(Clone, Copy, Default)]
pub(crate) struct Range {
    pub(crate) at: u32,
    pub(crate) len: u32,
}

impl Range {
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
    pub(crate) means: Option<Means>,
    /// State of the automaton.
    pub(crate) state: Slot,
    /// The name that the plan knows it by, in [`Program::texts`], where it has one that
    /// is no data.
    pub(crate) name: u32,
    /// The reads that it answers.
    pub(crate) reads: Range,
}

/// What stands on the wire.
#[derive(Clone, Copy)]
pub(crate) enum Op {
    Null,
    Boolean,
    Int,
    Long,
    Float,
    Double,
    /// A length, and bytes.
    Bytes,
    /// A length, and UTF-8.
    Text,
    Fixed(u32),
    /// A symbol of those texts.
    Enum(Range),
    Union(Range),
    Record {
        fields: Range,
        /// How many of them nobody names.
        unnamed: u32,
    },
    Array {
        element: NodeAt,
        positions: Range,
        /// Fewest bytes of an element.
        least: u32,
    },
    Map {
        value: NodeAt,
        keys: Range,
        /// Fewest bytes of a value with its key.
        least: u32,
    },
}

impl Op {
    /// It is opened, and others stand in it.
    #[inline]
    pub(crate) fn is_container(self) -> bool {
        matches!(self, Op::Record { .. } | Op::Array { .. } | Op::Map { .. })
    }
}
