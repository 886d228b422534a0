//! What the entries of a Protobuf tape are views of.

use std::fmt::Write as _;

use super::reading::UNLIKE;
use super::wire::{Wire, low, varint, zigzag};
use crate::record::format::Reader;
use crate::record::number::Number;
use crate::record::tape::{Entry, Kind, Slot};
use crate::record::time::{Precision, Time, TimeKind};
use crate::record::value::{Text, TextForm, View, Whole};
use crate::schema::protobuf::node::{Scalar, WireType};
use crate::schema::protobuf::program::{KEYED, Node, Op, Program};

/// What Protobuf is read with.
pub struct Protobuf;

/// The bytes of a message, and the program that read them.
#[derive(Clone, Copy)]
pub struct Message<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) program: &'a Program,
}

impl<'a> Message<'a> {
    /// `bytes` must have been decoded under `program`.
    pub fn new(bytes: &'a [u8], program: &'a Program) -> Message<'a> {
        Message { bytes, program }
    }

    /// The node that an entry was read by.
    pub(super) fn node(&self, entry: &Entry) -> &'a Node {
        &self.program.nodes[entry.slot as usize]
    }

    /// Appends the key of a value of a map, as its text.
    pub fn key_into(&self, entry: &Entry, out: &mut String) {
        spelled_key(self.node(entry).key, self.key(entry), out);
    }

    fn key(&self, entry: &Entry) -> &'a [u8] {
        &self.bytes[entry.key_at as usize..][..usize::from(entry.key_len)]
    }

    /// The bytes of a value with its tag, where they are what would be written: nothing
    /// in it is longer than it need be or of a field that the schema does not have.
    /// `None`: it must be written anew. The value of a map has none: its key is before it.
    pub fn as_written(&self, entry: &Entry) -> Option<&'a [u8]> {
        let node = self.node(entry);
        let is_list = matches!(node.op, Op::List { .. } | Op::Map(_));
        if entry.flags & UNLIKE != 0 || node.flags & KEYED != 0 {
            return None;
        }
        let before = usize::from(entry.key_len);
        if !is_list && before == 0 {
            // A default that is not there, or packed.
            return None;
        }
        if matches!(node.op, Op::Group(_)) {
            return None;
        }
        let start = entry.start as usize - before;
        Some(&self.bytes[start..entry.end as usize])
    }
}

impl Reader for Protobuf {
    type Input<'a> = &'a Message<'a>;
    const IS_JSON: bool = false;

    fn view<'a>(message: &'a Message<'a>, entry: &'a Entry) -> View<'a> {
        let raw = &message.bytes[entry.start as usize..entry.end as usize];
        let node = message.node(entry);
        match entry.kind {
            Kind::Null => View::Null,
            Kind::True => View::Bool(true),
            Kind::False => View::Bool(false),
            Kind::Number => View::Number(number(scalar_of(node), raw)),
            Kind::Text => View::Text(Text::new(text(message.program, node, raw), TextForm::Plain)),
            Kind::Time => View::Time(time(raw)),
            Kind::Bytes => View::Bytes(raw),
            Kind::Object | Kind::Array => View::Whole(Whole::of_entry(entry, message)),
        }
    }

    /// Of a map under numbers nothing: a number has no text in the message. Actions that
    /// make names of keys are not for such maps.
    fn name<'a>(message: Self::Input<'a>, entry: &Entry) -> Text<'a> {
        let node = message.node(entry);
        let name = match (node.flags & KEYED, node.key) {
            (0, _) => &*message.program.texts[node.name as usize],
            (_, Scalar::Text) => plain(message.key(entry)),
            (_, Scalar::Bool) if varint(message.key(entry)) == 0 => "false",
            (_, Scalar::Bool) => "true",
            _ => "",
        };
        Text::new(name, TextForm::Plain)
    }

    fn bytes<'a>(message: Self::Input<'a>) -> &'a [u8] {
        message.bytes
    }

    fn state(message: Self::Input<'_>, slot: Slot) -> Slot {
        message.program.state(slot)
    }
}

/// The scalar that a number or a text is, in a message of its own or not.
pub(super) fn scalar_of(node: &Node) -> Scalar {
    match node.op {
        Op::Scalar(scalar) | Op::Wrapper(scalar) => scalar,
        _ => unreachable!("only scalars are numbers"),
    }
}

/// A number by the bytes that it was read from; of none 0.
pub(super) fn number(scalar: Scalar, raw: &[u8]) -> Number<'static> {
    match scalar {
        Scalar::Float => Number::of_single(f32::from_le_bytes(fixed(raw))),
        Scalar::Double => Number::of_double(f64::from_le_bytes(fixed(raw))),
        Scalar::Uint64 => Number::of_unsigned(varint(raw)),
        Scalar::Fixed64 => Number::of_unsigned(u64::from_le_bytes(fixed(raw))),
        scalar => Number::of_integer(whole(scalar, raw)),
    }
}

/// A whole number of at most 63 bits and a sign.
fn whole(scalar: Scalar, raw: &[u8]) -> i64 {
    match scalar {
        Scalar::Int32 => low(varint(raw)).into(),
        Scalar::Uint32 => low(varint(raw)).cast_unsigned().into(),
        Scalar::Sint32 => zigzag(low(varint(raw)).cast_unsigned().into()),
        Scalar::Int64 => varint(raw).cast_signed(),
        Scalar::Sint64 => zigzag(varint(raw)),
        Scalar::Fixed32 => u32::from_le_bytes(fixed(raw)).into(),
        Scalar::Sfixed32 => i32::from_le_bytes(fixed(raw)).into(),
        Scalar::Sfixed64 => i64::from_le_bytes(fixed(raw)),
        _ => unreachable!("the others are no whole numbers of 63 bits"),
    }
}

fn fixed<const N: usize>(raw: &[u8]) -> [u8; N] {
    raw.try_into().unwrap_or([0; N])
}

/// A text, or a symbol by its name.
pub(super) fn text<'a>(program: &'a Program, node: &Node, raw: &'a [u8]) -> &'a str {
    match node.op {
        Op::Enum(symbols) => {
            let symbols = symbols.of(&program.symbols);
            let number = low(varint(raw));
            let found = symbols.binary_search_by_key(&number, |(number, _)| *number);
            let (_, name) = symbols[found.expect("symbols were validated")];
            &program.texts[name as usize]
        }
        _ => plain(raw),
    }
}

pub(super) fn plain(raw: &[u8]) -> &str {
    std::str::from_utf8(raw).expect("texts and keys were validated")
}

/// A time by the message that it is.
pub(super) fn time(raw: &[u8]) -> Time {
    let (seconds, nanos) = seconds_and_nanos(raw);
    Time {
        seconds,
        nanos,
        kind: TimeKind::Instant(Precision::Nano),
    }
}

/// Appends the text of a key: of a number its digits.
pub(super) fn spelled_key(scalar: Scalar, raw: &[u8], out: &mut String) {
    let wrote = match scalar {
        Scalar::Text => out.write_str(plain(raw)),
        Scalar::Bool => write!(out, "{}", varint(raw) != 0),
        Scalar::Uint64 => write!(out, "{}", varint(raw)),
        Scalar::Fixed64 => write!(out, "{}", u64::from_le_bytes(fixed(raw))),
        scalar => write!(out, "{}", whole(scalar, raw)),
    };
    wrote.expect("a text takes all");
}

/// Seconds and nanoseconds of a time that was read before.
fn seconds_and_nanos(raw: &[u8]) -> (i64, u32) {
    let mut wire = Wire::new(raw, 0, raw.len());
    let (mut seconds, mut nanos, mut groups) = (0, 0, Vec::new());
    while let Ok(field) = wire.tag() {
        match field {
            (1, WireType::Varint) => seconds = wire.varint().unwrap_or(0).cast_signed(),
            (2, WireType::Varint) => nanos = low(wire.varint().unwrap_or(0)).cast_unsigned(),
            other => drop(wire.skip(other, &mut groups, usize::MAX)),
        }
    }
    (seconds, nanos)
}
