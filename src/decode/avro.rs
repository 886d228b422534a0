//! Avro binary to tape (Apache Avro 1.12, "Binary Encoding"): a program and the bytes
//! of one record.
//!
//! One pass, an explicit stack, no recursion, no allocation in steady state. Whether a
//! value is named or not, it is read alike. What two writers could spell in two ways is
//! taken in the shorter one only: a varint longer than it need be could carry what
//! nobody named.

mod frame;
mod reader;
mod spelled;
mod wire;

pub use reader::{Avro, Record};

use frame::Frame;
use wire::{Wire, is_utf8};

use super::Limits;
use super::duplicates::Duplicates;
use crate::record::tape::{ELEMENT, Entry, HOLDS_OBJECT, Kind, READ, Tape};
use crate::schema::avro::program::{KEYED, NOTED, Node, NodeAt, OPENED, Op, Program};

/// Longer values are refused whatever the limits say: places are 32 bits wide.
const INPUT_LIMIT: usize = 1 << 31;
/// No tape entry.
const NONE: u32 = u32::MAX;

/// Why bytes are no record of a schema. Carries no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// They are not what the schema says.
    #[error("the bytes are no record of the schema: {0}")]
    NotAvro(Fault),
    /// A text or a key is not UTF-8, named or not.
    #[error("a text is not UTF-8")]
    NotUtf8,
    /// A map has one key twice.
    #[error("a map has one key twice")]
    DuplicateKey,
    /// Records, maps and arrays nest deeper than [`Limits::depth_max`].
    #[error("nested deeper than is read")]
    TooDeep,
    /// The value is longer than [`Limits::value_bytes_max`], or a key 64 KiB or longer.
    #[error("longer than is read")]
    TooLarge,
    /// More named values than [`Limits::tape_entries_max`], or as many that take no byte.
    #[error("more values than are read")]
    TooComplex,
    /// The value is of a branch that is neither a record nor a map.
    #[error("the value is neither a record nor a map")]
    NotAnObject,
}

/// What of the bytes is not as the schema says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// They end inside a value, or a length reaches behind their end.
    #[error("they end inside a value")]
    Cut,
    /// Something stands behind the record.
    #[error("more stands behind it")]
    Trailing,
    /// A varint of more than 64 bits (32 of an int), or longer than it need be.
    #[error("a number is not in its shortest form, or out of its range")]
    Varint,
    /// A boolean that is neither 0 nor 1.
    #[error("a boolean is neither 0 nor 1")]
    Boolean,
    /// A union has no such branch.
    #[error("a union has no such branch")]
    Branch,
    /// An enum has no such symbol.
    #[error("an enum has no such symbol")]
    Symbol,
    /// A length below nothing.
    #[error("a length is below nothing")]
    Length,
    /// A block has more elements than there is room for, or not the size that it says.
    #[error("a block is not what it says")]
    Block,
}

impl From<Fault> for Refused {
    fn from(fault: Fault) -> Refused {
        Refused::NotAvro(fault)
    }
}

/// Reads Avro records; keeps nothing of one but its room.
pub struct AvroDecoder {
    /// The open containers, innermost last.
    stack: Vec<Frame>,
    /// Keys of the open maps.
    seen: Duplicates,
    hasher: foldhash::quality::FixedState,
}

/// What is being read.
struct Reading<'r> {
    wire: Wire<'r>,
    program: &'r Program,
    limits: &'r Limits,
    tape: &'r mut Tape,
    /// Values so far that took no byte.
    free: u32,
    /// Containers so far.
    containers: u64,
    unnamed: u32,
}

/// The value that comes next.
#[derive(Clone, Copy)]
struct Next {
    node: NodeAt,
    /// First byte of it on the wire, branch and length included.
    from: usize,
    /// Its key, where it has one: first byte and length.
    key: (usize, usize),
}

impl AvroDecoder {
    /// A decoder. `seed` keeps the hashes of keys from those who write them; draw it at
    /// random.
    pub fn new(seed: u64) -> AvroDecoder {
        AvroDecoder {
            stack: Vec::new(),
            seen: Duplicates::default(),
            hasher: foldhash::quality::FixedState::with_seed(seed),
        }
    }

    /// Fills `tape` with what `program` names in `bytes`, which must be one record of its
    /// schema and nothing more. The slots of the tape are nodes of the program.
    ///
    /// # Errors
    /// [`Refused`]. The tape means nothing then.
    pub fn decode(
        &mut self,
        bytes: &[u8],
        program: &Program,
        limits: &Limits,
        tape: &mut Tape,
    ) -> Result<(), Refused> {
        if bytes.len() > (limits.value_bytes_max as usize).min(INPUT_LIMIT) {
            return Err(Refused::TooLarge);
        }
        self.stack.clear();
        self.seen.clear();
        tape.entries.clear();
        tape.reads.clear();
        tape.reads.resize(program.reads_len, Tape::ABSENT);
        tape.more.clear();
        tape.unreadable.clear();
        tape.pending.clear();
        tape.opened.clear();
        let mut reading = Reading {
            wire: Wire::new(bytes),
            program,
            limits,
            tape,
            free: 0,
            containers: 0,
            unnamed: 0,
        };
        self.values(&mut reading)?;
        if reading.wire.left() > 0 {
            return Err(Fault::Trailing.into());
        }
        tape.unnamed = reading.unnamed;
        match tape.entries.first().map(|top| top.kind) {
            Some(Kind::Object) => Ok(()),
            _ => Err(Refused::NotAnObject),
        }
    }

    fn values(&mut self, r: &mut Reading<'_>) -> Result<(), Refused> {
        let program = r.program;
        let mut next = Next::at(0, 0);
        loop {
            let mut node = &program.nodes[next.node as usize];
            if let Op::Union(branches) = node.op {
                let branch = usize::try_from(r.wire.long()?).map_err(|_| Fault::Branch)?;
                let branch = branches.of(&program.children).get(branch);
                next.node = branch.ok_or(Fault::Branch)?.node;
                node = &program.nodes[next.node as usize];
            }
            match node.op {
                Op::Record { fields, unnamed } => {
                    if fields.len == 0 {
                        r.took_no_byte(next.from)?;
                    }
                    r.unnamed += unnamed;
                    self.open(next, node, r)?;
                }
                Op::Array { .. } | Op::Map { .. } => self.open(next, node, r)?,
                _ => r.scalar(next, node)?,
            }
            // What comes behind a value, or first in the container that it opened.
            loop {
                let Some(frame) = self.stack.last_mut() else {
                    return Ok(());
                };
                if let Some(found) = frame.next(r, &mut self.seen, &self.hasher)? {
                    next = found;
                    break;
                }
                r.close(frame.entry);
                self.stack.pop();
            }
        }
    }

    fn open(&mut self, next: Next, node: &Node, r: &mut Reading<'_>) -> Result<(), Refused> {
        if self.stack.len() >= r.limits.depth_max as usize {
            return Err(Refused::TooDeep);
        }
        let at = r.wire.at();
        let entry = r.note(next, node, node.kind, (at, at))?;
        r.containers += 1;
        self.stack.push(Frame {
            node: next.node,
            entry,
            read: 0,
            left: 0,
            block_end: None,
            number: r.containers,
        });
        Ok(())
    }
}

impl Next {
    fn at(node: NodeAt, from: usize) -> Next {
        let key = (0, 0);
        Next { node, from, key }
    }
}

impl Reading<'_> {
    fn scalar(&mut self, next: Next, node: &Node) -> Result<(), Refused> {
        let wire = &mut self.wire;
        let mut kind = node.kind;
        let mut start = wire.at();
        match node.op {
            Op::Null => {}
            Op::Boolean => {
                kind = if wire.boolean()? {
                    Kind::True
                } else {
                    Kind::False
                }
            }
            Op::Int => wire.int()?,
            Op::Long => drop(wire.long()?),
            Op::Float => wire.skip(4)?,
            Op::Double => wire.skip(8)?,
            Op::Fixed(size) => wire.skip(size as usize)?,
            Op::Bytes => {
                let len = wire.length()?;
                start = wire.at();
                wire.skip(len)?;
            }
            Op::Text => {
                let len = wire.length()?;
                start = wire.at();
                if !is_utf8(wire.take(len)?) {
                    return Err(Refused::NotUtf8);
                }
            }
            Op::Enum(symbols) => {
                let symbol = u32::try_from(wire.long()?).map_err(|_| Fault::Symbol)?;
                if symbol >= symbols.len {
                    return Err(Fault::Symbol.into());
                }
            }
            Op::Union(_) | Op::Record { .. } | Op::Array { .. } | Op::Map { .. } => {
                unreachable!("a union is not in a union, and containers are opened")
            }
        }
        self.took_no_byte(next.from)?;
        if node.flags & NOTED != 0 {
            let end = self.wire.at();
            self.note(next, node, kind, (start, end))?;
        }
        Ok(())
    }

    /// Counts the value that began at `from`, if it took no byte: of those a few bytes
    /// could say any number.
    fn took_no_byte(&mut self, from: usize) -> Result<(), Refused> {
        if self.wire.at() == from {
            self.free += 1;
            if self.free > self.limits.tape_entries_max {
                return Err(Refused::TooComplex);
            }
        }
        Ok(())
    }

    /// Adds an entry for a value that somebody reads; its place, or [`NONE`].
    fn note(
        &mut self,
        next: Next,
        node: &Node,
        kind: Kind,
        (start, end): (usize, usize),
    ) -> Result<u32, Refused> {
        if node.flags & NOTED == 0 {
            return Ok(NONE);
        }
        let tape = &mut *self.tape;
        let at = place(tape.entries.len());
        if at >= self.limits.tape_entries_max {
            return Err(Refused::TooComplex);
        }
        let (key_at, key_len) = match node.flags & KEYED {
            0 => (0, start - next.from),
            _ => next.key,
        };
        tape.entries.push(Entry {
            slot: next.node,
            start: place(start),
            end: place(end),
            next: at + 1,
            key_at: place(key_at),
            key_len: u16::try_from(key_len).expect("a branch and a length, or a short key"),
            kind,
            flags: node.flags & (ELEMENT | HOLDS_OBJECT | READ),
        });
        if node.flags & OPENED != 0 {
            tape.pending.push(at);
        }
        for read in node.reads.of(&self.program.reads) {
            tape.reads[usize::from(*read)] = at;
        }
        Ok(at)
    }

    fn close(&mut self, entry: u32) {
        if entry != NONE {
            let next = place(self.tape.entries.len());
            let entry = &mut self.tape.entries[entry as usize];
            (entry.end, entry.next) = (place(self.wire.at()), next);
        }
    }
}

fn place(n: usize) -> u32 {
    u32::try_from(n).expect("values are shorter than 2 GiB")
}

#[cfg(test)]
#[path = "avro_tests.rs"]
mod tests;
