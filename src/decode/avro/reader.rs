//! What the entries of an Avro tape are views of.

use super::wire::varint;
use crate::record::format::Reader;
use crate::record::number::Number;
use crate::record::tape::{Entry, Kind, Slot};
use crate::record::time::{Precision, Time, TimeKind};
use crate::record::value::{Text, TextForm, View, Whole};
use crate::schema::avro::node::Means;
use crate::schema::avro::program::{KEYED, Node, Op, Program};

/// What Avro is read with.
pub struct Avro;

/// The bytes of a record, and the program that read them.
#[derive(Clone, Copy)]
pub struct Record<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) program: &'a Program,
}

impl<'a> Record<'a> {
    /// `bytes` must have been decoded under `program`.
    pub fn new(bytes: &'a [u8], program: &'a Program) -> Record<'a> {
        Record { bytes, program }
    }

    /// The characters of a text, and its state.
    pub(in crate::decode) fn spelled(&self, entry: &Entry) -> (&'a str, Slot) {
        let raw = &self.bytes[entry.start as usize..entry.end as usize];
        let spelled = match self.node(entry).op {
            Op::Text => plain(raw),
            // No JSON is a symbol or a UUID.
            _ => "",
        };
        (spelled, self.program.state(entry.slot))
    }

    /// The node that an entry was read by.
    pub(super) fn node(&self, entry: &Entry) -> &'a Node {
        &self.program.nodes[entry.slot as usize]
    }
}

impl Reader for Avro {
    type Input<'a> = &'a Record<'a>;
    const IS_JSON: bool = false;

    fn view<'a>(record: &'a Record<'a>, entry: &'a Entry) -> View<'a> {
        let raw = &record.bytes[entry.start as usize..entry.end as usize];
        let node = record.node(entry);
        match entry.kind {
            Kind::Null => View::Null,
            Kind::True => View::Bool(true),
            Kind::False => View::Bool(false),
            Kind::Number => View::Number(number(node, raw)),
            Kind::Text => View::Text(text(record.program, node, raw)),
            Kind::Time => View::Time(time(node, raw)),
            Kind::Bytes => View::Bytes(raw),
            Kind::Object | Kind::Array => View::Whole(Whole::of_entry(entry, record)),
        }
    }

    fn name<'a>(record: Self::Input<'a>, entry: &Entry) -> Text<'a> {
        let node = record.node(entry);
        let name = match node.flags & KEYED {
            0 => &*record.program.texts[node.name as usize],
            _ => {
                let key = &record.bytes[entry.key_at as usize..][..usize::from(entry.key_len)];
                plain(key)
            }
        };
        Text::new(name, TextForm::Plain)
    }

    fn bytes<'a>(record: Self::Input<'a>) -> &'a [u8] {
        record.bytes
    }

    #[inline]
    fn state(record: Self::Input<'_>, slot: Slot) -> Slot {
        record.program.state(slot)
    }
}

/// A number by the bytes that it was read from.
pub(super) fn number<'a>(node: &Node, raw: &'a [u8]) -> Number<'a> {
    match (node.op, node.means) {
        (Op::Bytes | Op::Fixed(_), Some(Means::Decimal { scale, .. })) => {
            Number::of_decimal(raw, scale)
        }
        (Op::Float, _) => {
            let bytes = raw.try_into().expect("a float has 4 bytes");
            Number::of_single(f32::from_le_bytes(bytes))
        }
        (Op::Double, _) => {
            let bytes = raw.try_into().expect("a double has 8 bytes");
            Number::of_double(f64::from_le_bytes(bytes))
        }
        _ => Number::of_integer(varint(raw)),
    }
}

/// A text, a symbol by its name, or a UUID.
pub(super) fn text<'a>(program: &'a Program, node: &Node, raw: &'a [u8]) -> Text<'a> {
    let spelled = match node.op {
        Op::Enum(symbols) => {
            let at = usize::try_from(varint(raw)).expect("symbols were validated");
            &symbols.of(&program.texts)[at]
        }
        Op::Fixed(_) => {
            return Text::of_uuid(raw.try_into().expect("a UUID has 16 bytes"));
        }
        _ => plain(raw),
    };
    Text::new(spelled, TextForm::Plain)
}

fn plain(raw: &[u8]) -> &str {
    std::str::from_utf8(raw).expect("texts and keys were validated")
}

/// A time by the bytes that it was read from.
pub(super) fn time(node: &Node, raw: &[u8]) -> Time {
    let Some(Means::Time(kind)) = node.means else {
        unreachable!("only what means a time is one on the tape")
    };
    let count = varint(raw);
    let of_second = match kind {
        TimeKind::Date => {
            return Time {
                seconds: count * 86_400,
                nanos: 0,
                kind,
            };
        }
        TimeKind::OfDay(precision) | TimeKind::Instant(precision) | TimeKind::Local(precision) => {
            match precision {
                Precision::Milli => 1_000,
                Precision::Micro => 1_000_000,
                Precision::Nano => 1_000_000_000,
            }
        }
    };
    let rest = count.rem_euclid(of_second) * (1_000_000_000 / of_second);
    Time {
        seconds: count.div_euclid(of_second),
        nanos: u32::try_from(rest).expect("less than a second"),
        kind,
    }
}
