//! Messages that are no messages to whoever reads them: entries of maps, values of JSON,
//! times, and scalars in a message of their own.

use std::hash::{BuildHasher, Hasher};

use super::frame::Frame;
use super::reader::spelled_key;
use super::reading::{Next, Reading, UNLIKE};
use super::refused::{Fault, Refused};
use super::wire::{is_shortest, low, varint};
use crate::decode::avro::wire::is_utf8;
use crate::plan::automaton::{DEAD, WHOLE};
use crate::record::tape::Kind;
use crate::schema::protobuf::node::{Scalar, WireType};
use crate::schema::protobuf::program::{MapAt, NodeAt, Op};

/// Keys of maps are shorter than this, in bytes.
const KEY_LIMIT: usize = 1 << 16;

/// The years 1 to 9999 in seconds since 1970 (`google/protobuf/timestamp.proto`).
const SECONDS: std::ops::RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;

/// Bytes by where they begin and end.
type Span = (usize, usize);

impl Reading<'_> {
    /// Reads the next entry of an object of JSON.
    pub(super) fn entry_of_struct(&mut self, frame: &Frame, map: MapAt) -> Result<(), Refused> {
        let from = self.wire.at();
        let field = self.wire.tag()?;
        match field {
            (1, WireType::Sized) => self.entry(map, frame.number, (frame.node, from)),
            (1, _) => Err(Fault::WireType.into()),
            _ => self.unknown(from, frame, field),
        }
    }

    /// Reads an entry of a map whose tag is read: key and value in any order; one that
    /// is not there is its default. `number`: which container the map is.
    pub(super) fn entry(
        &mut self,
        map: MapAt,
        number: u64,
        (of, from): (NodeAt, usize),
    ) -> Result<(), Refused> {
        let end = self.wire.end();
        let after = self.wire.sized()?;
        self.wire.go(self.wire.at(), after);
        let (mut key, mut value): (Option<Span>, Option<usize>) = (None, None);
        while !self.wire.is_at_end() {
            match self.wire.tag()? {
                (1, wire) if wire == map.key.wire() => {
                    let span = self.wire.scalar(map.key)?;
                    if key.replace(span).is_some() {
                        return Err(Refused::DuplicateKey);
                    }
                }
                (2, wire) if wire == map.wire => {
                    let at = self.wire.at();
                    self.skip((2, wire))?;
                    if value.replace(at).is_some() {
                        return Err(Refused::DuplicateKey);
                    }
                }
                (1 | 2, _) => return Err(Fault::WireType.into()),
                other => {
                    self.skip(other)?;
                    self.mark(UNLIKE);
                }
            }
        }
        let node = self.key(map, key, number)?;
        let key = key.unwrap_or((after, after));
        if self.wire.was_padded() {
            self.mark(UNLIKE);
        }
        let nodes = &self.program.nodes;
        let is_unnamed = nodes[node as usize].state == DEAD && nodes[of as usize].state > WHOLE;
        self.unnamed += u32::from(is_unnamed);
        let next = Next {
            key: (key.0, key.1 - key.0),
            ..Next::at(node, from)
        };
        let is_open = match value {
            Some(at) => {
                self.wire.go(at, after);
                self.inside(next, after)?
            }
            None => self.default(next, after)?,
        };
        if !is_open {
            self.wire.go(after, end);
        }
        Ok(())
    }

    /// Reads a value in a message that is none, or opens it: true. `after`: where is
    /// gone on behind it then.
    fn inside(&mut self, next: Next, after: usize) -> Result<bool, Refused> {
        let node = &self.program.nodes[next.node as usize];
        match node.op {
            Op::Scalar(_) | Op::Enum(_) => self.value(next, after).map(|()| false),
            _ => {
                let to = self.wire.sized()?;
                self.message(next, (self.wire.at(), to), after)
            }
        }
    }

    /// The default of a value that is not there.
    fn default(&mut self, next: Next, at: usize) -> Result<bool, Refused> {
        let node = &self.program.nodes[next.node as usize];
        match node.op {
            Op::Scalar(Scalar::Bool) => self.leaf(next, node, Kind::False, (at, at), false),
            Op::Scalar(_) => self.leaf(next, node, node.kind, (at, at), false),
            Op::Enum(symbols) => self.symbol(next, symbols, (at, at)),
            _ => return self.message(next, (at, at), at),
        }?;
        Ok(false)
    }

    /// Looks at the key of an entry, and where it leads.
    fn key(&mut self, map: MapAt, span: Option<Span>, number: u64) -> Result<NodeAt, Refused> {
        let (at, end) = span.unwrap_or((0, 0));
        let raw = &self.wire.bytes()[at..end];
        if raw.len() >= KEY_LIMIT {
            return Err(Refused::TooLarge);
        }
        if map.key == Scalar::Text && !is_utf8(raw) {
            return Err(Refused::NotUtf8);
        }
        if map.key.wire() == WireType::Varint && !raw.is_empty() && !is_shortest(map.key, raw) {
            self.mark(UNLIKE);
        }
        let room = &mut *self.room;
        room.key.clear();
        // One key has one text, however long its number is.
        let spelled = match map.key {
            Scalar::Text => None,
            scalar => {
                spelled_key(scalar, raw, &mut room.key);
                Some(room.key.as_bytes())
            }
        };
        let text = spelled.unwrap_or(raw);
        let mut hash = self.hasher.build_hasher();
        hash.write(text);
        let seen = room.seen.insert(
            number,
            hash.finish(),
            self.wire.bytes(),
            at,
            end - at,
            spelled,
        );
        seen.map_err(|_| Refused::DuplicateKey)?;
        let named = map.keys.of(&self.program.keys);
        let name = |at: u32| self.program.texts[at as usize].as_bytes();
        let found = named.binary_search_by(|(named, _)| name(*named).cmp(text));
        Ok(found.map_or(map.value, |at| named[at].1))
    }

    /// Reads a `google.protobuf.Value`: what one of its members says.
    pub(super) fn json(
        &mut self,
        next: Next,
        values: u32,
        span: Span,
        after: usize,
    ) -> Result<bool, Refused> {
        self.wire.go(span.0, span.1);
        let mut member = None;
        let mut has_more = false;
        while !self.wire.is_at_end() {
            let field = self.wire.tag()?;
            let at = self.wire.at();
            self.skip(field)?;
            match field.0 {
                1..=6 if member.is_some() => return Err(Refused::DuplicateKey),
                1..=6 => member = Some((field, at)),
                _ => has_more = true,
            }
        }
        if has_more || self.wire.was_padded() {
            self.mark(UNLIKE);
        }
        let ((number, wire), at) = member.ok_or(Fault::Value)?;
        let values = &self.program.values[values as usize];
        let (node, expected) = match number {
            1 => (values.null, WireType::Varint),
            2 => (values.number, WireType::Eight),
            3 => (values.text, WireType::Sized),
            4 => (values.boolean, WireType::Varint),
            5 => (values.object, WireType::Sized),
            _ => (values.array, WireType::Sized),
        };
        if wire != expected {
            return Err(Fault::WireType.into());
        }
        self.wire.go(at, span.1);
        let next = Next { node, ..next };
        if number == 1 {
            return self.null(next).map(|()| false);
        }
        self.inside(next, after)
    }

    fn null(&mut self, next: Next) -> Result<(), Refused> {
        let span = self.wire.scalar(Scalar::Int32)?;
        let raw = &self.wire.bytes()[span.0..span.1];
        let node = &self.program.nodes[next.node as usize];
        // `NullValue` has this one symbol.
        if node.state != DEAD && low(varint(raw)) != 0 {
            return Err(Refused::Symbol);
        }
        let unlike = !is_shortest(Scalar::Int32, raw);
        self.leaf(next, node, node.kind, span, unlike)
    }

    /// Reads a `google.protobuf.Timestamp`.
    pub(super) fn timestamp(&mut self, next: Next, span: Span) -> Result<(), Refused> {
        let mut unlike = self.wire.was_padded();
        self.wire.go(span.0, span.1);
        let (mut seconds, mut nanos) = (None, None);
        while !self.wire.is_at_end() {
            let field = self.wire.tag()?;
            let count = match field.0 {
                1 => &mut seconds,
                2 => &mut nanos,
                _ => {
                    unlike = true;
                    self.skip(field)?;
                    continue;
                }
            };
            if field.1 != WireType::Varint {
                return Err(Fault::WireType.into());
            }
            if count.replace(self.wire.varint()?).is_some() {
                return Err(Refused::DuplicateKey);
            }
        }
        unlike |= self.wire.was_padded();
        let seconds = seconds.unwrap_or(0).cast_signed();
        let whole = nanos.unwrap_or(0);
        let nanos = low(whole);
        unlike |= i64::from(nanos).cast_unsigned() != whole;
        if !SECONDS.contains(&seconds) || !(0..1_000_000_000).contains(&nanos) {
            return Err(Refused::Time);
        }
        let node = &self.program.nodes[next.node as usize];
        self.leaf(next, node, node.kind, span, unlike)
    }

    /// Reads a scalar in a message of its own (`google/protobuf/wrappers.proto`).
    pub(super) fn wrapper(
        &mut self,
        next: Next,
        scalar: Scalar,
        span: Span,
    ) -> Result<(), Refused> {
        let mut has_more = false;
        self.wire.go(span.0, span.1);
        let mut value = None;
        while !self.wire.is_at_end() {
            let field = self.wire.tag()?;
            if field.0 != 1 {
                has_more = true;
                self.skip(field)?;
            } else if field.1 != scalar.wire() {
                return Err(Fault::WireType.into());
            } else if value.replace(self.wire.scalar(scalar)?).is_some() {
                return Err(Refused::DuplicateKey);
            }
        }
        if has_more {
            self.mark(UNLIKE);
        }
        // One that says nothing says its default.
        self.scalar(next, scalar, value.unwrap_or((span.1, span.1)))?;
        if has_more && let Some(entry) = self.tape.entries.last_mut() {
            entry.flags |= u8::from(entry.slot == next.node) * UNLIKE;
        }
        Ok(())
    }
}
