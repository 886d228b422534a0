//! A whole message, list or map written anew: what the schema has of it, each number in
//! its fewest bytes, elements behind a tag each.
//!
//! What is kept is written so: bytes that the schema says nothing of, and numbers that are
//! longer than they need be, could carry what nobody named.

use super::ordered::{Fixing, Parts};
use super::reader::Message;
use super::wire::{Wire, is_default};
use crate::record::tape::Entry;
use crate::schema::protobuf::node::{Scalar, WireType};
use crate::schema::protobuf::program::{FieldAt, Fields, MapAt, Node, NodeAt, Once, Op};
use crate::schema::protobuf::scalar::{fill_len, write_anew, write_varint};
use crate::schema::protobuf::typed::Tag;

/// What was read once is read again in the same way.
const READ_BEFORE: &str = "the message was decoded under this program";

/// Bytes by where they begin and end.
type Span = (usize, usize);

impl Message<'_> {
    /// Appends the message, list or map at `entry` as a field of that tag; of a list or a
    /// map each element is one.
    pub(super) fn anew(&self, entry: &Entry, tag: u32, out: &mut Vec<u8>) {
        let mut writing = Writing::new(*self, Fixing::AsItStands);
        let span = (entry.start as usize, entry.end as usize);
        let node = self.node(entry);
        let number = tag >> 3;
        match node.op {
            // The entry is of the elements that stand together, tags and all.
            Op::List { element, .. } => {
                let mut wire = writing.wire(span);
                while !wire.is_at_end() {
                    let found = wire.tag().expect(READ_BEFORE);
                    writing.elements(element, number, found, &mut wire, out);
                }
            }
            Op::Map(map) => {
                let mut wire = writing.wire(span);
                while !wire.is_at_end() {
                    let found = wire.tag().expect(READ_BEFORE);
                    let content = writing.content(found, &mut wire);
                    writing.entry(map, number, content, out);
                }
            }
            _ if node.is_in_json => {
                write_tag(number, WireType::Sized, out);
                sized(out, |out| writing.member(entry.slot, span, out));
            }
            _ => writing.value(entry.slot, number, span, out),
        }
    }

    /// Appends the whole message, which was decoded under its program, in the one way that
    /// there is for all that say the same: what a record key is written in.
    pub fn in_order(&self, out: &mut Vec<u8>) {
        Writing::new(*self, Fixing::InOrder).inside(0, (0, self.bytes.len()), out);
    }
}

struct Writing<'a> {
    message: Message<'a>,
    fixing: Fixing,
    groups: Vec<u32>,
}

/// As deep as the message was decoded, which is at most 100.
impl<'a> Writing<'a> {
    fn new(message: Message<'a>, fixing: Fixing) -> Self {
        Writing {
            message,
            fixing,
            groups: Vec::new(),
        }
    }

    fn wire(&self, span: Span) -> Wire<'a> {
        Wire::new(self.message.bytes, span.0, span.1)
    }

    fn node(&self, at: NodeAt) -> &'a Node {
        &self.message.program.nodes[at as usize]
    }

    fn content(&mut self, field: (u32, WireType), wire: &mut Wire<'a>) -> Span {
        wire.content(field, &mut self.groups).expect(READ_BEFORE)
    }

    /// A field of one value, by its bytes; of none its default.
    fn value(&mut self, at: NodeAt, number: u32, span: Span, out: &mut Vec<u8>) {
        let scalar = match self.node(at).op {
            Op::Scalar(scalar) => scalar,
            Op::Enum(_) | Op::Null => Scalar::Int32,
            Op::Group(fields) => {
                write_tag(number, WireType::Group, out);
                self.fields(fields, span, out);
                return write_tag(number, WireType::GroupEnd, out);
            }
            _ => {
                write_tag(number, WireType::Sized, out);
                return sized(out, |out| self.inside(at, span, out));
            }
        };
        write_tag(number, scalar.wire(), out);
        write_anew(scalar, self.fixing.number(scalar, self.raw(span)), out);
    }

    fn raw(&self, span: Span) -> &'a [u8] {
        &self.message.bytes[span.0..span.1]
    }

    /// What is inside of a message.
    fn inside(&mut self, at: NodeAt, span: Span, out: &mut Vec<u8>) {
        match self.node(at).op {
            Op::Message(fields) => self.fields(fields, span, out),
            Op::Timestamp => {
                self.known(span, &[(1, Scalar::Int64), (2, Scalar::Int32)], out);
            }
            Op::Wrapper(scalar) => self.known(span, &[(1, scalar)], out),
            Op::Struct(map) => {
                let mut parts = Parts::new(self.fixing, out);
                self.repeated(span, out, |this, content, out| {
                    let from = out.len();
                    this.entry(map, 1, content, out);
                    parts.entry(1, from, out);
                });
                parts.order(out);
            }
            Op::Array { element, .. } => self.repeated(span, out, |this, content, out| {
                this.value(element, 1, content, out);
            }),
            Op::Value(values) => {
                let values = self.message.program.values[values as usize];
                let mut wire = self.wire(span);
                while !wire.is_at_end() {
                    let found = wire.tag().expect(READ_BEFORE);
                    let content = self.content(found, &mut wire);
                    if let Some(node) = values.of(found.0) {
                        self.value(node, found.0, content, out);
                    }
                }
            }
            _ => unreachable!("only messages have an inside"),
        }
    }

    /// The one field of a value of JSON that an object or an array in it is.
    fn member(&mut self, at: NodeAt, span: Span, out: &mut Vec<u8>) {
        let number = match self.node(at).op {
            Op::Array { .. } => 6,
            _ => 5,
        };
        self.value(at, number, span, out);
    }

    /// Field 1 of a message, as often as it is there.
    fn repeated(
        &mut self,
        span: Span,
        out: &mut Vec<u8>,
        mut write: impl FnMut(&mut Self, Span, &mut Vec<u8>),
    ) {
        let mut wire = self.wire(span);
        while !wire.is_at_end() {
            let found = wire.tag().expect(READ_BEFORE);
            let content = self.content(found, &mut wire);
            if found.0 == 1 {
                write(self, content, out);
            }
        }
    }

    /// Scalars of those numbers.
    fn known(&mut self, span: Span, all: &[(u32, Scalar)], out: &mut Vec<u8>) {
        let mut parts = Parts::new(self.fixing, out);
        let mut wire = self.wire(span);
        while !wire.is_at_end() {
            let found = wire.tag().expect(READ_BEFORE);
            let content = self.content(found, &mut wire);
            if let Some((number, scalar)) = all.iter().find(|(number, _)| *number == found.0)
                && let raw = self.fixing.number(*scalar, self.raw(content))
                && !(parts.drops_defaults() && is_default(*scalar, raw))
            {
                let from = out.len();
                write_tag(*number, scalar.wire(), out);
                write_anew(*scalar, raw, out);
                parts.field(*number, from, out);
            }
        }
        parts.order(out);
    }

    fn fields(&mut self, fields: Fields, span: Span, out: &mut Vec<u8>) {
        let all = fields.all.of(&self.message.program.fields);
        let mut parts = Parts::new(self.fixing, out);
        let mut wire = self.wire(span);
        while !wire.is_at_end() {
            let found = wire.tag().expect(READ_BEFORE);
            let at = all.binary_search_by_key(&found.0, |field| field.number);
            let Ok(at) = at else {
                self.content(found, &mut wire);
                continue;
            };
            let FieldAt {
                number,
                node,
                once,
                is_implicit,
                ..
            } = all[at];
            let from = out.len();
            match (once, self.node(node).op) {
                (Once::List(_), Op::List { element, .. }) => {
                    self.elements(element, number, found, &mut wire, out);
                }
                (Once::Map(_), Op::Map(map)) => {
                    let content = self.content(found, &mut wire);
                    self.entry(map, number, content, out);
                    parts.entry(number, from, out);
                    continue;
                }
                _ => {
                    let content = self.content(found, &mut wire);
                    let is_left_out = is_implicit && parts.drops_defaults();
                    let fixing = self.fixing;
                    if !(is_left_out && self.message.is_default(node, content, fixing)) {
                        self.value(node, number, content, out);
                    }
                }
            }
            parts.field(number, from, out);
        }
        parts.order(out);
    }

    /// The element, or the packed ones, of a list whose tag is read.
    fn elements(
        &mut self,
        element: NodeAt,
        number: u32,
        found: (u32, WireType),
        wire: &mut Wire<'a>,
        out: &mut Vec<u8>,
    ) {
        let scalar = match self.node(element).op {
            Op::Scalar(scalar) => scalar,
            Op::Enum(_) => Scalar::Int32,
            _ => Scalar::Bytes,
        };
        let content = self.content(found, wire);
        let is_packed = found.1 == WireType::Sized && scalar.wire() != WireType::Sized;
        if !is_packed {
            return self.value(element, number, content, out);
        }
        let mut packed = self.wire(content);
        while !packed.is_at_end() {
            let span = packed.scalar(scalar).expect(READ_BEFORE);
            self.value(element, number, span, out);
        }
    }

    /// An entry of a map: key, and value; one that is not there is its default.
    fn entry(&mut self, map: MapAt, number: u32, content: Span, out: &mut Vec<u8>) {
        let (mut key, mut value) = ((content.1, content.1), (content.1, content.1));
        let mut wire = self.wire(content);
        while !wire.is_at_end() {
            let part = wire.tag().expect(READ_BEFORE);
            let found = self.content(part, &mut wire);
            match part.0 {
                1 => key = found,
                2 => value = found,
                _ => {}
            }
        }
        write_tag(number, WireType::Sized, out);
        sized(out, |out| {
            write_tag(1, map.key.wire(), out);
            write_anew(map.key, &self.message.bytes[key.0..key.1], out);
            self.value(map.value, 2, value, out);
        });
    }
}

fn write_tag(number: u32, wire: WireType, out: &mut Vec<u8>) {
    write_varint(Tag::new(number, wire).raw().into(), out);
}

/// Writes the length of what is written in front of it.
fn sized(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    let at = out.len();
    out.push(0);
    write(out);
    fill_len(at, out);
}
