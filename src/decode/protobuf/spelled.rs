//! A whole message, list or map of Protobuf as JSON text: what is sealed is JSON,
//! whatever came in.
//!
//! Members have the names of the schema's text. Times are texts after ISO 8601, bytes
//! Base64 (RFC 4648, section 4), symbols their names, 64-bit numbers numbers. A scalar
//! without presence that is its default is not in the text, whether it is on the wire or
//! not; what the schema does not have is not either.

use super::ordered::Fixing;
use super::reader::{Message, number, plain, scalar_of, spelled_key, text, time};
use super::wire::{Wire, low, varint};
use super::{ProtobufDecoder, Refused};
use crate::decode::Limits;
use crate::decode::shower::{Shower, Spelled};
use crate::plan::automaton::Automaton;
use crate::record::Reason;
use crate::record::escape::quote_into;
use crate::record::tape::{Entry, Tape};
use crate::record::value::{Applied, SpellJson};
use crate::schema::protobuf::node::{Scalar, Schema, WireType};
use crate::schema::protobuf::program::{
    FieldAt, Fields, MapAt, Node, NodeAt, Once, Op, Program, Range,
};

/// What was read once is read again in the same way.
const READ_BEFORE: &str = "the message was decoded under this program";

/// Bytes by where they begin and end.
type Span = (usize, usize);

impl SpellJson for Message<'_> {
    fn write_at(&self, entry: &Entry, tag: u32, out: &mut Vec<u8>) -> bool {
        self.anew(entry, tag, out);
        true
    }

    fn spell_json(&self, entry: &Entry, out: &mut Vec<u8>) -> Applied {
        let mut spelling = Spelling::new(*self);
        let span = (entry.start as usize, entry.end as usize);
        match self.node(entry).op {
            // The entry is of the elements that stand together, tags and all.
            Op::List { .. } => {
                let mut wire = spelling.wire(span);
                spelling.list(entry.slot, None, &mut wire, false, out)
            }
            Op::Map(map) => {
                let mut wire = spelling.wire(span);
                let (number, _) = wire.tag().expect(READ_BEFORE);
                let mut wire = spelling.wire(span);
                spelling.map(map, Some(number), &mut wire, out)
            }
            _ => spelling.value(entry.slot, span, out),
        }
    }
}

impl Message<'_> {
    /// Appends the whole message, which was decoded under its program, as JSON text in which
    /// each scalar without presence stands, its default too: that it is not on the wire says
    /// what it is.
    ///
    /// # Errors
    /// Why something in it has no text.
    pub fn spell_whole(&self, out: &mut Vec<u8>) -> Applied {
        let mut spelling = Spelling::new(*self);
        spelling.defaults = true;
        spelling.value(0, (0, self.bytes.len()), out)
    }
}

struct Spelling<'a> {
    message: Message<'a>,
    groups: Vec<u32>,
    /// Which lists of the open messages were written: 64 a word.
    bits: Vec<u64>,
    scratch: String,
    /// Scalars without presence are told where they are their defaults.
    defaults: bool,
}

/// As deep as the message was decoded, which is at most 100.
impl<'a> Spelling<'a> {
    fn new(message: Message<'a>) -> Self {
        Spelling {
            message,
            groups: Vec::new(),
            bits: Vec::new(),
            scratch: String::new(),
            defaults: false,
        }
    }

    fn wire(&self, span: Span) -> Wire<'a> {
        Wire::new(self.message.bytes, span.0, span.1)
    }

    fn node(&self, at: NodeAt) -> &'a Node {
        &self.message.program.nodes[at as usize]
    }

    /// The bytes of a value whose tag was read, without what says where they end.
    fn content(&mut self, field: (u32, WireType), wire: &mut Wire<'_>) -> Span {
        wire.content(field, &mut self.groups).expect(READ_BEFORE)
    }

    fn skip(&mut self, field: (u32, WireType), wire: &mut Wire<'_>) {
        let skipped = wire.skip(field, &mut self.groups, usize::MAX);
        skipped.expect(READ_BEFORE);
    }

    /// A value by its bytes, of none its default.
    fn value(&mut self, at: NodeAt, span: Span, out: &mut Vec<u8>) -> Applied {
        let node = self.node(at);
        let raw = &self.message.bytes[span.0..span.1];
        match node.op {
            Op::Message(fields) | Op::Group(fields) => self.fields(fields, span, out),
            Op::Struct(map) => {
                let mut wire = self.wire(span);
                self.map(map, None, &mut wire, out)
            }
            Op::Array { element, positions } => {
                let mut wire = self.wire(span);
                self.array((element, positions), &mut wire, out)
            }
            Op::Value(values) => self.json(values, span, out),
            Op::Wrapper(scalar) => {
                let mut wire = self.wire(span);
                let mut value = (span.1, span.1);
                while !wire.is_at_end() {
                    let field = wire.tag().expect(READ_BEFORE);
                    let found = self.content(field, &mut wire);
                    value = if field.0 == 1 { found } else { value };
                }
                self.scalar(node, scalar, value, out)
            }
            Op::Scalar(scalar) => self.scalar(node, scalar, span, out),
            Op::Enum(symbols) => {
                // Of what nobody takes, a number without a name may be there.
                let number = low(varint(raw));
                let symbols = symbols.of(&self.message.program.symbols);
                match symbols.binary_search_by_key(&number, |(number, _)| *number) {
                    Ok(_) => quote_into(text(self.message.program, node, raw), out),
                    Err(_) => out.extend_from_slice(number.to_string().as_bytes()),
                }
                Ok(())
            }
            Op::Timestamp => {
                quote_into(time(raw).text_in(&mut self.scratch)?, out);
                Ok(())
            }
            Op::Null => {
                out.extend_from_slice(b"null");
                Ok(())
            }
            Op::List { .. } | Op::Map(_) => unreachable!("these are not one value"),
        }
    }

    fn scalar(&mut self, node: &Node, scalar: Scalar, span: Span, out: &mut Vec<u8>) -> Applied {
        let raw = &self.message.bytes[span.0..span.1];
        match scalar {
            Scalar::Bool => out.extend_from_slice(match varint(raw) {
                0 => b"false",
                _ => b"true",
            }),
            Scalar::Text => quote_into(plain(raw), out),
            Scalar::Bytes => {
                self.scratch.clear();
                data_encoding::BASE64.encode_append(raw, &mut self.scratch);
                quote_into(&self.scratch, out);
            }
            _ => {
                let spelled = number(scalar_of(node), raw).text_in(&mut self.scratch)?;
                out.extend_from_slice(spelled.as_bytes());
            }
        }
        Ok(())
    }

    fn fields(&mut self, fields: Fields, span: Span, out: &mut Vec<u8>) -> Applied {
        let program = self.message.program;
        let all = fields.all.of(&program.fields);
        let mut wire = self.wire(span);
        let bits_at = self.bits.len();
        let words = usize::from(fields.bits).div_ceil(64);
        self.bits.resize(bits_at + words, 0);
        out.push(b'{');
        let mut is_first = true;
        while !wire.is_at_end() {
            let start = wire.at();
            let found = wire.tag().expect(READ_BEFORE);
            let field = all.binary_search_by_key(&found.0, |field| field.number);
            let Ok(field) = field.map(|at| &all[at]) else {
                self.skip(found, &mut wire);
                continue;
            };
            let bit = match field.once {
                Once::Singular(bit, _) | Once::List(bit) | Once::Map(bit) => bit,
            };
            let is_packed = found.1 == WireType::Sized && field.wire != WireType::Sized;
            if is_packed && wire.is_empty_ahead() {
                self.skip(found, &mut wire);
                continue;
            }
            let word = bits_at + usize::from(bit / 64);
            if self.bits[word] >> (bit % 64) & 1 == 1 {
                // More of a list that was written where it began.
                self.skip(found, &mut wire);
                continue;
            }
            self.bits[word] |= 1 << (bit % 64);
            let one = match field.once {
                Once::Singular(..) => Some(self.content(found, &mut wire)),
                Once::List(_) | Once::Map(_) => None,
            };
            if one.is_some_and(|span| self.leaves_out(field, span)) {
                continue;
            }
            if !is_first {
                out.push(b',');
            }
            is_first = false;
            quote_into(&program.texts[field.name as usize], out);
            out.push(b':');
            match (field.once, self.node(field.node).op) {
                (Once::Map(_), Op::Map(map)) => {
                    wire.go(start, span.1);
                    self.map(map, Some(field.number), &mut wire, out)?;
                }
                (Once::List(_), _) => {
                    wire.go(start, span.1);
                    // Of a list that somebody takes whole all elements stand together.
                    let is_one = self.is_one(field);
                    self.list(field.node, Some(field.number), &mut wire, !is_one, out)?;
                }
                _ => {
                    let span = one.expect("it is no list and no map");
                    self.value(field.node, span, out)?;
                }
            }
        }
        let is_seen = |bits: &[u64], bit: u16| {
            let word = bits_at + usize::from(bit / 64);
            bits[word] >> (bit % 64) & 1 == 1
        };
        let tells = self.defaults;
        for field in all.iter().filter(|field| tells && field.is_implicit) {
            let Once::Singular(bit, _) = field.once else {
                continue;
            };
            if is_seen(&self.bits, bit) {
                continue;
            }
            if !is_first {
                out.push(b',');
            }
            is_first = false;
            quote_into(&program.texts[field.name as usize], out);
            out.push(b':');
            self.value(field.node, (span.1, span.1), out)?;
        }
        self.bits.truncate(bits_at);
        out.push(b'}');
        Ok(())
    }

    /// True of a scalar without presence that is its default, where those are not told.
    fn leaves_out(&self, field: &FieldAt, span: Span) -> bool {
        let is_default = || (self.message).is_default(field.node, span, Fixing::AsItStands);
        !self.defaults && field.is_implicit && is_default()
    }

    fn is_one(&self, field: &FieldAt) -> bool {
        matches!(self.node(field.node).op, Op::List { is_one: true, .. })
    }

    /// The elements of a list from where `wire` stands: those that stand together, or
    /// all up to its end. `number`: that of its field; `None`: nothing else is there.
    /// Afterwards `wire` stands behind those that stand together.
    fn list(
        &mut self,
        at: NodeAt,
        number: Option<u32>,
        wire: &mut Wire<'a>,
        is_scattered: bool,
        out: &mut Vec<u8>,
    ) -> Applied {
        let Op::List {
            element, positions, ..
        } = self.node(at).op
        else {
            unreachable!("called for lists")
        };
        out.push(b'[');
        let (mut read, mut behind) = (0, None);
        while !wire.is_at_end() {
            let start = wire.at();
            let found = wire.tag().expect(READ_BEFORE);
            if number.is_some_and(|number| number != found.0) {
                behind.get_or_insert(start);
                if !is_scattered {
                    break;
                }
                self.skip(found, wire);
                continue;
            }
            let node = self.element(element, positions, read);
            let scalar = match self.node(node).op {
                Op::Scalar(scalar) => scalar,
                Op::Enum(_) => Scalar::Int32,
                _ => Scalar::Bytes,
            };
            let content = self.content(found, wire);
            if found.1 == WireType::Sized && scalar.wire() != WireType::Sized {
                let mut packed = self.wire(content);
                while !packed.is_at_end() {
                    let span = packed.scalar(scalar).expect(READ_BEFORE);
                    let node = self.element(element, positions, read);
                    separate(&mut read, out);
                    self.value(node, span, out)?;
                }
            } else {
                separate(&mut read, out);
                self.value(node, content, out)?;
            }
        }
        if let Some(behind) = behind {
            wire.go(behind, wire.end());
        }
        out.push(b']');
        Ok(())
    }

    fn element(&self, element: NodeAt, positions: Range, read: u32) -> NodeAt {
        let positions = positions.of(&self.message.program.positions);
        let at = positions.binary_search_by_key(&read, |(n, _)| *n);
        at.map_or(element, |at| positions[at].1)
    }

    /// An array of JSON.
    fn array(
        &mut self,
        (element, positions): (NodeAt, Range),
        wire: &mut Wire<'a>,
        out: &mut Vec<u8>,
    ) -> Applied {
        out.push(b'[');
        let mut read = 0;
        while !wire.is_at_end() {
            let found = wire.tag().expect(READ_BEFORE);
            let content = self.content(found, wire);
            if found.0 == 1 {
                let node = self.element(element, positions, read);
                separate(&mut read, out);
                self.value(node, content, out)?;
            }
        }
        out.push(b']');
        Ok(())
    }

    /// The entries of a map from where `wire` stands, up to another field than `number`.
    /// `None`: it is an object of JSON, so field 1 of a message of its own.
    fn map(
        &mut self,
        map: MapAt,
        number: Option<u32>,
        wire: &mut Wire<'a>,
        out: &mut Vec<u8>,
    ) -> Applied {
        out.push(b'{');
        let mut read = 0;
        while !wire.is_at_end() {
            let start = wire.at();
            let found = wire.tag().expect(READ_BEFORE);
            match number {
                Some(number) if number == found.0 => {}
                None if found.0 == 1 => {}
                Some(_) => {
                    wire.go(start, wire.end());
                    break;
                }
                None => {
                    self.skip(found, wire);
                    continue;
                }
            }
            let content = self.content(found, wire);
            let (mut key, mut value) = ((content.1, content.1), (content.1, content.1));
            let mut entry = self.wire(content);
            while !entry.is_at_end() {
                let part = entry.tag().expect(READ_BEFORE);
                let found = self.content(part, &mut entry);
                match part.0 {
                    1 => key = found,
                    2 => value = found,
                    _ => {}
                }
            }
            separate(&mut read, out);
            let mut name = std::mem::take(&mut self.scratch);
            name.clear();
            spelled_key(map.key, &self.message.bytes[key.0..key.1], &mut name);
            quote_into(&name, out);
            out.push(b':');
            let named = map.keys.of(&self.message.program.keys);
            let text = |at: u32| &*self.message.program.texts[at as usize];
            let found = named.binary_search_by(|(named, _)| text(*named).cmp(&name));
            let node = found.map_or(map.value, |at| named[at].1);
            self.scratch = name;
            self.value(node, value, out)?;
        }
        out.push(b'}');
        Ok(())
    }

    fn json(&mut self, values: u32, span: Span, out: &mut Vec<u8>) -> Applied {
        let values = &self.message.program.values[values as usize];
        let mut wire = self.wire(span);
        let (mut node, mut value) = (values.null, (span.1, span.1));
        while !wire.is_at_end() {
            let field = wire.tag().expect(READ_BEFORE);
            let content = self.content(field, &mut wire);
            node = match field.0 {
                1 => values.null,
                2 => values.number,
                3 => values.text,
                4 => values.boolean,
                5 => values.object,
                6 => values.array,
                _ => continue,
            };
            value = content;
        }
        self.value(node, value, out)
    }
}

fn separate(read: &mut u32, out: &mut Vec<u8>) {
    if *read > 0 {
        out.push(b',');
    }
    *read += 1;
}

impl Spelled for Program {
    type Schema = Schema;
    type Decoder = ProtobufDecoder;
    const MORE: Reason = Reason::NotProtobuf;

    fn reading(schema: &Schema, automaton: &Automaton) -> Option<Program> {
        Program::new(schema, automaton).ok()
    }

    fn decoder() -> ProtobufDecoder {
        ProtobufDecoder::new(0)
    }

    /// A message has no end of its own: all of them are one.
    fn decoded(
        &self,
        bytes: &[u8],
        decoder: &mut ProtobufDecoder,
        tape: &mut Tape,
    ) -> Result<usize, Reason> {
        let decoded = decoder.decode(bytes, self, &Limits::default(), tape);
        decoded.map_err(Refused::reason)?;
        Ok(bytes.len())
    }

    fn spell(&self, bytes: &[u8], entry: &Entry, out: &mut Vec<u8>) -> Applied {
        Message::new(bytes, self).spell_json(entry, out)
    }
}

/// A message, of which `schema` says how it is read, as JSON text.
///
/// # Errors
/// Why the bytes are no message of it, or why something in it has no text.
pub fn json_of(schema: &Schema, bytes: &[u8]) -> Result<String, Reason> {
    Shower::<Program>::of(schema)?.json(bytes)
}
