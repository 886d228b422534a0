//! Where in a schema of what leaves each value stands: what the pen knows of its places.

use crate::record::format::Standing;
use crate::record::time::{Precision, TimeKind};

/// A branch of a union, or how a place without one is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Branch(u16);

impl Branch {
    /// The place takes no such value.
    pub const NONE: Branch = Branch(u16::MAX);
    /// It is no union, and takes such values alone.
    pub const BARE: Branch = Branch(u16::MAX - 1);

    /// The branch of that number. A union has at most 256.
    pub fn of(n: usize) -> Branch {
        u16::try_from(n).map_or(Branch::NONE, Branch)
    }

    /// True when the place takes such values.
    pub fn is_there(self) -> bool {
        self != Branch::NONE
    }

    /// Its number, where it is of a union.
    pub fn number(self) -> Option<u16> {
        (self.0 < Branch::BARE.0).then_some(self.0)
    }
}

/// How a value of the writer's own type is written, at a place that has that type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// One byte.
    Bool,
    /// A varint of 32 bits.
    Int,
    /// A varint of 64 bits.
    Long,
    /// 4 bytes.
    Float,
    /// 8 bytes.
    Double,
    /// Two's complement, so many digits behind the point; of a fixed type so many bytes.
    Decimal {
        /// Digits behind the point.
        scale: u32,
        /// Of a fixed type.
        size: Option<u32>,
    },
    /// A length and UTF-8.
    Text,
    /// One of the symbols of that number.
    Symbol(u32),
    /// 16 bytes.
    Uuid,
    /// A count, of 32 bits or of 64.
    Time {
        /// What it counts.
        kind: TimeKind,
        /// In 32 bits.
        is_int: bool,
    },
    /// A length and bytes.
    Bytes,
    /// That many bytes.
    Fixed(u32),
    /// A record, an array or a map, as its bytes are.
    Whole,
}

impl Form {
    /// How many of the unit that a time counts in a second has; of a day none.
    pub fn of_second(kind: TimeKind) -> Option<i64> {
        match kind {
            TimeKind::Date => None,
            TimeKind::OfDay(of) | TimeKind::Instant(of) | TimeKind::Local(of) => Some(match of {
                Precision::Milli => 1_000,
                Precision::Micro => 1_000_000,
                Precision::Nano => 1_000_000_000,
            }),
        }
    }
}

/// What one place takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Typed {
    /// Null.
    pub null: Branch,
    /// Booleans.
    pub bool: Branch,
    /// Integers of 32 bits.
    pub int: Branch,
    /// Integers of 64 bits.
    pub long: Branch,
    /// Binary numbers of 64 bits.
    pub double: Branch,
    /// Text.
    pub text: Branch,
    /// Values of the writer's own type.
    pub same: Branch,
    /// How those are written.
    pub form: Form,
    /// It is an element of an array or the value of a map: where there is nothing,
    /// nothing stands.
    pub in_list: bool,
}

/// The places of one role table of an output, by the nodes of the writer's program.
pub struct TableTypes {
    pub(in crate::schema) nodes: Box<[NodeTypes]>,
    pub(in crate::schema) standing: Box<[Standing]>,
    /// By node and field that is made from the value: a place in `typed`, or none.
    pub(in crate::schema) writes: Box<[u32]>,
    pub(in crate::schema) typed: Box<[Typed]>,
    pub(in crate::schema) symbols: Box<[Box<[Box<str>]>]>,
}

/// What stands in the output where one node is read.
#[derive(Clone, Copy)]
pub(in crate::schema) struct NodeTypes {
    pub(in crate::schema) standing: (u32, u32),
    pub(in crate::schema) writes: (u32, u32),
    /// Of a container.
    pub(in crate::schema) container: Branch,
    /// It is the value of a map.
    pub(in crate::schema) keyed: bool,
    /// It is a map.
    pub(in crate::schema) is_map: bool,
}

/// No place.
pub(in crate::schema) const NOWHERE: u32 = u32::MAX;

impl TableTypes {
    /// The fields that stand where a value of that node stands.
    #[inline]
    pub fn standing(&self, node: u32) -> &[Standing] {
        let (from, to) = self.nodes[node as usize].standing;
        &self.standing[from as usize..to as usize]
    }

    /// The place that a standing field is known by.
    pub fn at(&self, at: u32) -> Option<&Typed> {
        self.typed.get(at as usize)
    }

    /// The place of the field of that number of those that are made from the value.
    #[inline]
    pub fn place(&self, node: u32, nth: u32) -> Option<&Typed> {
        let (from, to) = self.nodes[node as usize].writes;
        let at = *self.writes[from as usize..to as usize].get(nth as usize)?;
        self.typed.get(at as usize)
    }

    /// How a container there is written.
    #[inline]
    pub fn container(&self, node: u32) -> Branch {
        self.nodes[node as usize].container
    }

    /// True for the value of a map.
    #[inline]
    pub fn is_keyed(&self, node: u32) -> bool {
        self.nodes[node as usize].keyed
    }

    /// True for a map.
    #[inline]
    pub fn is_map(&self, node: u32) -> bool {
        self.nodes[node as usize].is_map
    }

    /// The symbols of that number.
    pub fn symbols(&self, number: u32) -> &[Box<str>] {
        &self.symbols[number as usize]
    }

    /// Bytes of memory that it takes, names of symbols aside.
    pub fn held(&self) -> usize {
        size_of_val(&self.nodes[..])
            + size_of_val(&self.standing[..])
            + size_of_val(&self.writes[..])
            + size_of_val(&self.typed[..])
    }
}
