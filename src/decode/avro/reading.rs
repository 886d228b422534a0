//! What is being read, and the values that are no containers.

use super::refused::{Fault, Refused};
use super::wire::{Wire, is_utf8};
use crate::decode::Limits;
use crate::record::tape::{ELEMENT, Entry, HOLDS_OBJECT, Kind, READ, Tape};
use crate::schema::avro::program::{KEYED, NOTED, Node, NodeAt, OPENED, Op, Program};

/// No tape entry.
const NONE: u32 = u32::MAX;

/// What is being read.
pub(super) struct Reading<'r> {
    pub(super) wire: Wire<'r>,
    pub(super) program: &'r Program,
    pub(super) limits: &'r Limits,
    pub(super) tape: &'r mut Tape,
    /// Values so far that took no byte.
    pub(super) free: u32,
    /// Containers so far.
    pub(super) containers: u64,
    pub(super) unnamed: u32,
}

/// The value that comes next.
#[derive(Clone, Copy)]
pub(super) struct Next {
    pub(super) node: NodeAt,
    /// First byte of it on the wire, branch and length included.
    pub(super) from: usize,
    /// Its key, where it has one: first byte and length.
    pub(super) key: (usize, usize),
}

impl Next {
    pub(super) fn at(node: NodeAt, from: usize) -> Next {
        let key = (0, 0);
        Next { node, from, key }
    }
}

impl<'r> Reading<'r> {
    /// The node of the value that comes next: of a union, of the branch that stands there.
    #[inline]
    pub(super) fn branch(&mut self, next: &mut Next) -> Result<&'r Node, Refused> {
        let program = self.program;
        let node = &program.nodes[next.node as usize];
        let Op::Union(branches) = node.op else {
            return Ok(node);
        };
        let branch = usize::try_from(self.wire.long()?).map_err(|_| Fault::Branch)?;
        let branch = branches.of(&program.children).get(branch);
        next.node = branch.ok_or(Fault::Branch)?.node;
        Ok(&program.nodes[next.node as usize])
    }

    /// Reads what comes next, if it is no container; else the container, to be opened.
    #[inline]
    pub(super) fn unless_container(
        &mut self,
        mut next: Next,
    ) -> Result<Option<(Next, &'r Node)>, Refused> {
        let node = self.branch(&mut next)?;
        if node.op.is_container() {
            return Ok(Some((next, node)));
        }
        self.scalar(next, node)?;
        Ok(None)
    }

    #[inline]
    pub(super) fn scalar(&mut self, next: Next, node: &Node) -> Result<(), Refused> {
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
    #[inline]
    pub(super) fn took_no_byte(&mut self, from: usize) -> Result<(), Refused> {
        if self.wire.at() == from {
            self.free += 1;
            if self.free > self.limits.tape_entries_max {
                return Err(Refused::TooComplex);
            }
        }
        Ok(())
    }

    /// Adds an entry for a value that somebody reads; its place, or [`NONE`].
    #[inline]
    pub(super) fn note(
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

    pub(super) fn close(&mut self, entry: u32) {
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
