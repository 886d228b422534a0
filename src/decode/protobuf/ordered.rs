//! A message in the one way that there is for all that say the same: record keys are
//! compared byte by byte, by brokers that compact a topic and by whoever keeps the last
//! record of a key, and Protobuf has many ways to write one message.
//!
//! Fields stand by their numbers, entries of maps by their bytes, elements of a list as they
//! came, behind a tag each; a scalar without presence that is its default is left out, and
//! so is what the schema does not have. A number is in its fewest bytes. That is what the
//! libraries of the format's authors write where they are asked to be deterministic, but
//! for lists of numbers, which they pack, and maps, which they may order otherwise.

use super::reader::Message;
use crate::schema::protobuf::node::Scalar;
use crate::schema::protobuf::program::{NodeAt, Op};
use crate::schema::protobuf::scalar::{is_default, without_zero_sign};

impl Message<'_> {
    /// True of the bytes of a scalar or symbol that are its default.
    pub(super) fn is_default(
        &self,
        at: NodeAt,
        (from, to): (usize, usize),
        fixing: Fixing,
    ) -> bool {
        let raw = &self.bytes[from..to];
        match self.program.nodes[at as usize].op {
            Op::Scalar(scalar) => is_default(scalar, fixing.number(scalar, raw)),
            Op::Enum(_) => is_default(Scalar::Int32, raw),
            _ => false,
        }
    }
}

/// What is made of the order in which fields stand.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Fixing {
    /// Nothing.
    AsItStands,
    /// They are brought into the one that there is.
    InOrder,
}

impl Fixing {
    /// The bytes of a number as they are written.
    pub(super) fn number(self, scalar: Scalar, raw: &[u8]) -> &[u8] {
        match self {
            Fixing::AsItStands => raw,
            Fixing::InOrder => without_zero_sign(scalar, raw),
        }
    }
}

/// The fields of one message as they are written one after the other at the end of a buffer.
pub(super) struct Parts {
    fixing: Fixing,
    /// First byte of them all.
    from: usize,
    all: Vec<Part>,
}

/// One field: its number, whether it is an entry of a map, its bytes.
struct Part {
    number: u32,
    is_entry: bool,
    from: usize,
    to: usize,
}

impl Parts {
    /// None yet: the first stands at the end of `out`.
    pub(super) fn new(fixing: Fixing, out: &[u8]) -> Parts {
        Parts {
            fixing,
            from: out.len(),
            all: Vec::new(),
        }
    }

    /// A scalar that may be left out where it is its default is.
    pub(super) fn drops_defaults(&self) -> bool {
        self.fixing == Fixing::InOrder
    }

    /// What was written since `from` is a field of that number, or nothing.
    pub(super) fn field(&mut self, number: u32, from: usize, out: &[u8]) {
        self.add(number, false, from, out);
    }

    /// It is an entry of a map.
    pub(super) fn entry(&mut self, number: u32, from: usize, out: &[u8]) {
        self.add(number, true, from, out);
    }

    fn add(&mut self, number: u32, is_entry: bool, from: usize, out: &[u8]) {
        if self.fixing == Fixing::InOrder && out.len() > from {
            self.all.push(Part {
                number,
                is_entry,
                from,
                to: out.len(),
            });
        }
    }

    /// Brings what was written into its order.
    pub(super) fn order(mut self, out: &mut Vec<u8>) {
        let written = |part: &Part| &out[part.from..part.to];
        let before = |a: &Part, b: &Part| {
            let by_number = a.number.cmp(&b.number);
            by_number.then_with(|| match a.is_entry && b.is_entry {
                true => written(a).cmp(written(b)),
                false => std::cmp::Ordering::Equal,
            })
        };
        if self.all.is_sorted_by(|a, b| before(a, b).is_le()) {
            return;
        }
        // Stable: elements of a list stay as they are.
        self.all.sort_by(before);
        let ordered: Vec<u8> = self.all.iter().flat_map(written).copied().collect();
        out.truncate(self.from);
        out.extend_from_slice(&ordered);
    }
}
