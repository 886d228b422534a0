//! What is being read: fields of messages and their values.

use super::frame::{Frame, NONE, Run};
use super::refused::{Fault, Refused};
use super::room::Room;
use super::wire::{Wire, is_shortest, low, varint};
use crate::decode::avro::wire::is_utf8;
use crate::plan::automaton::DEAD;
use crate::record::tape::{ELEMENT, ESCAPED, Entry, HOLDS_OBJECT, Kind, READ, Tape};
use crate::schema::protobuf::node::Scalar;
use crate::schema::protobuf::program::{
    FieldAt, Fields, KEYED, NOTED, Node, NodeAt, OPENED, Op, Program, Range, Rest,
};

/// The value is not on the wire as it would be written: a number is longer than it need
/// be, or something is inside that the schema does not have. It cannot be copied.
pub(super) const UNLIKE: u8 = ESCAPED;

/// What is being read.
pub(super) struct Reading<'r> {
    pub(super) wire: Wire<'r>,
    pub(super) program: &'r Program,
    pub(super) tape: &'r mut Tape,
    pub(super) room: &'r mut Room,
    pub(super) hasher: &'r foldhash::quality::FixedState,
    pub(super) entries_max: u32,
    pub(super) depth_max: usize,
    /// Open messages, lists and maps.
    pub(super) depth: usize,
    /// Containers so far.
    pub(super) containers: u64,
    pub(super) unnamed: u32,
}

/// The value that comes next.
#[derive(Clone, Copy)]
pub(super) struct Next {
    pub(super) node: NodeAt,
    /// First byte of it on the wire, tag and length included.
    pub(super) from: usize,
    /// Its key, where it has one: first byte and length.
    pub(super) key: (usize, usize),
    /// Number of its field: what ends it, if it is a group.
    pub(super) number: u32,
}

impl Next {
    pub(super) fn at(node: NodeAt, from: usize) -> Next {
        Next {
            node,
            from,
            key: (0, 0),
            number: 0,
        }
    }

    pub(super) fn of(field: &FieldAt, node: NodeAt, from: usize) -> Next {
        Next {
            number: field.number,
            ..Next::at(node, from)
        }
    }
}

impl Reading<'_> {
    /// Reads a value whose tag is read. `end`: where what is around it ends, and is gone
    /// on behind it.
    #[inline]
    pub(super) fn value(&mut self, next: Next, end: usize) -> Result<(), Refused> {
        let program = self.program;
        let node = &program.nodes[next.node as usize];
        match node.op {
            Op::Scalar(scalar) => {
                let span = self.wire.scalar(scalar)?;
                self.scalar(next, scalar, span)
            }
            Op::Enum(symbols) => {
                let span = self.wire.scalar(Scalar::Int32)?;
                self.symbol(next, symbols, span)
            }
            Op::Group(_) => {
                let at = self.wire.at();
                self.open(next, (at, end), end, next.number)
            }
            _ => {
                let to = self.wire.sized()?;
                let span = (self.wire.at(), to);
                if !self.message(next, span, to)? {
                    self.wire.go(to, end);
                }
                Ok(())
            }
        }
    }

    /// Reads a value that has a message of its own in that place, or opens it: true.
    /// `after`: where is gone on behind it then.
    pub(super) fn message(
        &mut self,
        next: Next,
        span: (usize, usize),
        after: usize,
    ) -> Result<bool, Refused> {
        let program = self.program;
        match program.nodes[next.node as usize].op {
            Op::Message(_) | Op::Struct(_) | Op::Array { .. } => {
                self.open(next, span, after, 0)?;
                Ok(true)
            }
            Op::Timestamp => self.timestamp(next, span).map(|()| false),
            Op::Wrapper(scalar) => self.wrapper(next, scalar, span).map(|()| false),
            Op::Value(values) => self.json(next, values, span, after),
            _ => unreachable!("all others have no message"),
        }
    }

    pub(super) fn scalar(
        &mut self,
        next: Next,
        scalar: Scalar,
        span: (usize, usize),
    ) -> Result<(), Refused> {
        let raw = &self.wire.bytes()[span.0..span.1];
        let mut unlike = self.wire.was_padded();
        let node = &self.program.nodes[next.node as usize];
        let mut kind = node.kind;
        match scalar {
            Scalar::Text if !is_utf8(raw) => return Err(Refused::NotUtf8),
            Scalar::Bool => {
                unlike |= !is_shortest(scalar, raw);
                kind = match varint(raw) {
                    0 => Kind::False,
                    _ => Kind::True,
                };
            }
            Scalar::Int32 | Scalar::Uint32 | Scalar::Sint32 => unlike |= !is_shortest(scalar, raw),
            _ => {}
        }
        self.leaf(next, node, kind, span, unlike)
    }

    pub(super) fn symbol(
        &mut self,
        next: Next,
        symbols: Range,
        span: (usize, usize),
    ) -> Result<(), Refused> {
        let raw = &self.wire.bytes()[span.0..span.1];
        let unlike = self.wire.was_padded() || !is_shortest(Scalar::Int32, raw);
        let node = &self.program.nodes[next.node as usize];
        if node.state != DEAD {
            let symbols = symbols.of(&self.program.symbols);
            let number = low(varint(raw));
            let found = symbols.binary_search_by_key(&number, |(number, _)| *number);
            found.map_err(|_| Refused::Symbol)?;
        }
        self.leaf(next, node, node.kind, span, unlike)
    }

    /// Notes a value that nothing is inside of.
    pub(super) fn leaf(
        &mut self,
        next: Next,
        node: &Node,
        kind: Kind,
        span: (usize, usize),
        unlike: bool,
    ) -> Result<(), Refused> {
        let flags = u8::from(unlike) * UNLIKE;
        if unlike {
            self.mark(UNLIKE);
        }
        if node.flags & NOTED != 0 {
            self.note(next, node, kind, span, flags)?;
        }
        Ok(())
    }

    /// Adds an entry for a value that somebody reads; its place, or [`NONE`].
    pub(super) fn note(
        &mut self,
        next: Next,
        node: &Node,
        kind: Kind,
        (start, end): (usize, usize),
        flags: u8,
    ) -> Result<u32, Refused> {
        if node.flags & NOTED == 0 {
            return Ok(NONE);
        }
        let tape = &mut *self.tape;
        let at = place(tape.entries.len());
        if at >= self.entries_max {
            return Err(Refused::TooComplex);
        }
        let (key_at, key_len) = match node.flags & KEYED {
            // With much that the schema does not have in between it is not copied.
            0 => (0, u16::try_from(start - next.from).unwrap_or(0).into()),
            _ => next.key,
        };
        tape.entries.push(Entry {
            slot: next.node,
            start: place(start),
            end: place(end),
            next: at + 1,
            key_at: place(key_at),
            key_len: u16::try_from(key_len).expect("a few tags and lengths, or a short key"),
            kind,
            flags: flags | node.flags & (ELEMENT | HOLDS_OBJECT | READ),
        });
        if node.flags & OPENED != 0 {
            tape.pending.push(at);
        }
        for read in node.reads.of(&self.program.reads) {
            tape.reads[usize::from(*read)] = at;
        }
        Ok(at)
    }

    /// Opens a message that lies there.
    pub(super) fn open(
        &mut self,
        next: Next,
        (start, end): (usize, usize),
        after: usize,
        group: u32,
    ) -> Result<(), Refused> {
        self.deeper()?;
        let node = &self.program.nodes[next.node as usize];
        let flags = u8::from(self.wire.was_padded()) * UNLIKE;
        let entry = self.note(next, node, node.kind, (start, end), 0)?;
        let bits_at = self.room.bits.len();
        if let Op::Message(fields) | Op::Group(fields) = node.op {
            let words = usize::from(fields.bits).div_ceil(64);
            self.room.bits.resize(bits_at + words, 0);
        }
        self.containers += 1;
        self.room.stack.push(Frame {
            node: next.node,
            entry,
            end,
            after,
            group,
            bits_at: place(bits_at),
            flags,
            read: 0,
            number: self.containers,
            run: Run::NONE,
        });
        self.wire.go(start, end);
        Ok(())
    }

    /// Ends the innermost message, whose last byte is in front of `at`.
    pub(super) fn close(&mut self, at: usize) -> Result<(), Refused> {
        self.close_run(at);
        let frame = *self.room.stack.last().expect("one is open");
        let node = &self.program.nodes[frame.node as usize];
        let mut flags = frame.flags;
        if let Op::Message(fields) | Op::Group(fields) = node.op {
            self.rests(&frame, fields, at)?;
        }
        if matches!(node.op, Op::Struct(_)) {
            self.room.seen.close(frame.number);
        }
        if !matches!(node.op, Op::Array { .. }) {
            flags |= HOLDS_OBJECT;
        }
        let after = match frame.group {
            0 => frame.after,
            _ => self.wire.at(),
        };
        // The tag that ends a group may be longer than it need be.
        flags |= u8::from(self.wire.was_padded()) * UNLIKE;
        self.end_entry(frame.entry, at, flags);
        self.room.bits.truncate(frame.bits_at as usize);
        self.room.stack.pop();
        self.depth -= 1;
        self.mark(flags);
        let end = self.room.stack.last().map_or(after, |around| around.end);
        self.wire.go(after, end);
        Ok(())
    }

    /// What it means that fields are not there.
    fn rests(&mut self, frame: &Frame, fields: Fields, at: usize) -> Result<(), Refused> {
        let program = self.program;
        for (rest, field, bit) in fields.rests.of(&program.rests) {
            if self.has(frame, *bit) {
                continue;
            }
            let node = &program.nodes[*field as usize];
            let kind = match (rest, node.op) {
                (Rest::Required, _) => return Err(Fault::Required.into()),
                (_, Op::Scalar(Scalar::Bool)) => Kind::False,
                (_, Op::Enum(symbols)) => {
                    let symbols = symbols.of(&program.symbols);
                    let found = symbols.binary_search_by_key(&0, |(number, _)| *number);
                    found.map_err(|_| Refused::Symbol)?;
                    node.kind
                }
                _ => node.kind,
            };
            self.note(Next::at(*field, at), node, kind, (at, at), 0)?;
        }
        Ok(())
    }

    pub(super) fn end_entry(&mut self, entry: u32, at: usize, flags: u8) {
        if entry != NONE {
            let next = place(self.tape.entries.len());
            let entry = &mut self.tape.entries[entry as usize];
            (entry.end, entry.next) = (place(at), next);
            entry.flags |= flags;
        }
    }

    pub(super) fn deeper(&mut self) -> Result<(), Refused> {
        self.depth += 1;
        match self.depth > self.depth_max {
            true => Err(Refused::TooDeep),
            false => Ok(()),
        }
    }

    /// What holds of a value holds of what is around it.
    pub(super) fn mark(&mut self, flags: u8) {
        if let Some(top) = self.room.stack.last_mut() {
            match top.run.node {
                NONE => top.flags |= flags,
                _ => top.run.flags |= flags,
            }
        }
    }

    pub(super) fn top(&mut self) -> &mut Frame {
        self.room.stack.last_mut().expect("one is open")
    }

    pub(super) fn run(&self) -> Run {
        self.room.stack.last().expect("one is open").run
    }

    pub(super) fn has(&self, frame: &Frame, bit: u16) -> bool {
        let word = frame.bits_at as usize + usize::from(bit / 64);
        self.room.bits[word] >> (bit % 64) & 1 == 1
    }

    /// Sets a bit of the message; whether it was set.
    pub(super) fn saw(&mut self, frame: &Frame, bit: u16) -> bool {
        let had = self.has(frame, bit);
        let word = frame.bits_at as usize + usize::from(bit / 64);
        self.room.bits[word] |= 1 << (bit % 64);
        had
    }
}

pub(super) fn place(n: usize) -> u32 {
    u32::try_from(n).expect("values are shorter than 2 GiB")
}
