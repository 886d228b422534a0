//! Protobuf out (Protocol Buffers, "Encoding"): a tag and a value for each field, in the
//! order of the input.
//!
//! No name is written, and what is not there has no byte. The length of a message is
//! known when it ends: one byte is kept free for it in front, and where it takes more the
//! message moves.

mod value;
mod wire;

use std::marker::PhantomData;

use super::json::{Json, JsonOf};
use super::outputs::Outputs;
use super::plain::PlainText;
use crate::record::append::Spelling;
use crate::record::format::{Container, Format, Mark, Reader, Standing, WrittenAt};
use crate::record::jobs::Jobs;
use crate::record::tape::{ESCAPED, Entry, Kind, Slot};
use crate::record::value::Applied;
use crate::schema::protobuf::node::{Scalar, WireType};
use crate::schema::protobuf::scalar::write_anew;
use crate::schema::protobuf::typed::{Holder, TableTypes, Tag};
pub use value::ProtobufValue;
use wire::{fill, hold, tag, write_len, write_tag, write_varint};

/// Protobuf written, of what that reads.
pub struct ProtobufOf<R>(PhantomData<R>);

/// The places of all role tables of one output.
pub type OutputTypes = Box<[TableTypes]>;

/// What is remembered of a container beside a place: its length is filled in there.
const SIZED: u32 = 1;
/// What is remembered is the tag that ends it.
const GROUP: u32 = 2;
/// Each member is a message of its own. Without [`SIZED`], what is remembered is the tag
/// of those.
const MAP: u32 = 4;
/// It is in a value of JSON, whose length is filled in too.
const JSON: u32 = 8;

impl<R: Reader> Format for ProtobufOf<R> {
    type Reader = R;
    type Schemas<'t> = Outputs<'t, OutputTypes>;
    type Types<'t> = &'t TableTypes;
    type Member<'t, 'b> = ProtobufValue<'t, 'b>;
    type Plain<'b> = PlainText<'b>;
    type Sealed = JsonOf<R>;
    type Text = Json;
    const EAGER: bool = false;
    const MARKS: bool = true;

    #[inline]
    fn begin(schemas: Self::Schemas<'_>, output: usize, buf: &mut Vec<u8>) {
        schemas.prefixes.begin(output, buf);
    }

    #[inline]
    fn types<'t>(schemas: Self::Schemas<'t>, output: usize, table: usize) -> Self::Types<'t> {
        &schemas.types[output][table]
    }

    fn types_of<'t>(types: Self::Types<'t>, _: usize) -> Self::Types<'t> {
        // Elements are not told apart by what they hold: a policy that asks for it is none.
        types
    }

    fn standing<'t>(_: Self::Types<'t>, _: Slot) -> &'t [Standing] {
        &[]
    }

    fn is_there(_: &TableTypes, _: Slot) -> bool {
        true
    }

    #[inline]
    fn member<'t, 'b>(
        types: Self::Types<'t>,
        place: WrittenAt,
        buf: &'b mut Vec<u8>,
    ) -> Self::Member<'t, 'b> {
        ProtobufValue::new(types, types.place(place.slot, place.nth), buf)
    }

    fn plain(buf: &mut Vec<u8>) -> PlainText<'_> {
        PlainText::new(buf)
    }

    fn open(_: Container, types: &TableTypes, slot: Slot, buf: &mut Vec<u8>) -> Mark {
        let (at, count) = match types.holder(slot) {
            Holder::Nothing => (0, 0),
            Holder::Map(tag) => (tag.raw(), MAP),
            Holder::Message(tag) => {
                write_tag(tag, buf);
                (hold(buf), SIZED)
            }
            Holder::Struct(tag) => {
                write_tag(tag, buf);
                (hold(buf), SIZED | MAP)
            }
            Holder::Group(number) => {
                write_tag(tag(number, WireType::Group), buf);
                (tag(number, WireType::GroupEnd).raw(), GROUP)
            }
            Holder::JsonObject(around) => (json(around, 5, buf), SIZED | MAP | JSON),
            Holder::JsonArray(around) => (json(around, 6, buf), SIZED | JSON),
        };
        Mark { at, count, from: 0 }
    }

    #[inline]
    fn separate(around: &mut Mark, buf: &mut Vec<u8>) {
        if around.count & MAP == 0 {
            return;
        }
        let entry = match around.count & SIZED {
            0 => around.at,
            // `fields` of google.protobuf.Struct.
            _ => tag(1, WireType::Sized).raw(),
        };
        write_varint(entry.into(), buf);
        around.from = hold(buf);
    }

    #[inline]
    fn behind(around: &Mark, buf: &mut Vec<u8>, jobs: &mut Jobs) {
        if around.count & MAP != 0 {
            fill(around.from, buf, jobs);
        }
    }

    #[inline]
    fn close(_: Container, mark: Mark, buf: &mut Vec<u8>, jobs: &mut Jobs) {
        if mark.count & SIZED != 0 {
            fill(mark.at, buf, jobs);
            if mark.count & JSON != 0 {
                // In front of it are its tag and the length of the value that it is.
                fill(mark.at - 2, buf, jobs);
            }
        } else if mark.count & GROUP != 0 {
            write_varint(mark.at.into(), buf);
        }
    }

    fn absent(_: &TableTypes, _: &Standing, _: &mut Vec<u8>) -> Applied {
        Ok(())
    }

    fn spell(_: &str) -> Box<[u8]> {
        Box::default()
    }

    fn named(
        types: &TableTypes,
        name: &str,
        _: &Spelling,
        input: R::Input<'_>,
        entry: &Entry,
        buf: &mut Vec<u8>,
    ) {
        match types.key(entry.slot) {
            None => {}
            Some(Scalar::Text) => Self::made_name(name, buf),
            // Only a text can be called otherwise.
            Some(_) => Self::name(types, input, entry, buf),
        }
    }

    fn made_name(name: &str, buf: &mut Vec<u8>) {
        write_tag(tag(1, WireType::Sized), buf);
        write_len(name.len(), buf);
        buf.extend_from_slice(name.as_bytes());
    }

    fn name(types: &TableTypes, input: R::Input<'_>, entry: &Entry, buf: &mut Vec<u8>) {
        if let Some(key) = types.key(entry.slot) {
            let from = entry.key_at as usize;
            let raw = &R::bytes(input)[from..from + usize::from(entry.key_len)];
            write_tag(tag(1, key.wire()), buf);
            write_anew(key, raw, buf);
        }
    }

    #[inline]
    fn is_verbatim(entry: &Entry) -> bool {
        // Whether the place has the type of the value was looked at once for all. What has
        // no tag of its own is not on the wire, or stands among others behind one.
        let is_list = matches!(entry.kind, Kind::Array | Kind::Object);
        entry.flags & ESCAPED == 0 && (entry.key_len != 0 || is_list)
    }

    #[inline]
    fn adjoin(one: &Entry, next: &Entry) -> bool {
        wire_start(next) == one.end
    }

    #[inline]
    fn verbatim<'a>(input: R::Input<'a>, first: &Entry, last: &Entry) -> &'a [u8] {
        &R::bytes(input)[wire_start(first) as usize..last.end as usize]
    }
}

/// The first byte of a value on the wire: of its tag, if it has one.
#[inline]
fn wire_start(entry: &Entry) -> u32 {
    entry.start - u32::from(entry.key_len)
}

/// Begins a container in a value of JSON: the place of its own length.
fn json(around: Tag, member: u32, buf: &mut Vec<u8>) -> u32 {
    write_tag(around, buf);
    hold(buf);
    write_tag(tag(member, WireType::Sized), buf);
    hold(buf)
}
