//! Avro out (Apache Avro 1.12, "Binary Encoding"): values at places whose types are
//! known, lists in blocks.
//!
//! The types say where each value stands, so no name is written, and every place is: by
//! a value, or by null. Lists are written in blocks of at most 63, whose count takes one
//! byte: it is put in when the block ends, and nothing is moved. The specification has
//! readers take any number of blocks.

mod value;
mod wire;

use std::marker::PhantomData;

use super::json::{Json, JsonOf};
use super::outputs::Outputs;
use super::plain::PlainText;
use crate::record::Reason;
use crate::record::append::Spelling;
use crate::record::format::{Container, Format, Mark, Reader, Standing, WrittenAt};
use crate::record::jobs::Jobs;
use crate::record::tape::{Entry, Slot};
use crate::record::value::Applied;
use crate::schema::avro::typed::TableTypes;
pub use value::AvroValue;
use wire::{write_branch, write_text};

/// Most elements of a block: the most of which the count takes one byte.
const BLOCK: u32 = 63;
/// Mark of a record: it has nothing to count.
const RECORD: u32 = u32::MAX;

/// Avro written, of what that reads.
pub struct AvroOf<R>(PhantomData<R>);

/// The places of all role tables of one output.
pub type OutputTypes = Box<[TableTypes]>;

/// The places of one of them, and the others.
#[derive(Clone, Copy)]
pub struct AvroTypes<'t> {
    all: &'t [TableTypes],
    of: &'t TableTypes,
}

impl<'t> AvroTypes<'t> {
    fn of(all: &'t [TableTypes], table: usize) -> AvroTypes<'t> {
        let of = &all[table];
        AvroTypes { all, of }
    }
}

impl<R: Reader> Format for AvroOf<R> {
    type Reader = R;
    type Schemas<'t> = Outputs<'t, OutputTypes>;
    type Types<'t> = AvroTypes<'t>;
    type Member<'t, 'b> = AvroValue<'t, 'b>;
    type Plain<'b> = PlainText<'b>;
    type Sealed = JsonOf<R>;
    type Text = Json;
    const EAGER: bool = true;
    const MARKS: bool = true;

    #[inline]
    fn begin(schemas: Self::Schemas<'_>, output: usize, buf: &mut Vec<u8>) {
        schemas.prefixes.begin(output, buf);
    }

    #[inline]
    fn types<'t>(schemas: Self::Schemas<'t>, output: usize, table: usize) -> Self::Types<'t> {
        AvroTypes::of(&schemas.types[output], table)
    }

    #[inline]
    fn types_of<'t>(types: Self::Types<'t>, table: usize) -> Self::Types<'t> {
        AvroTypes::of(types.all, table)
    }

    #[inline]
    fn standing<'t>(types: Self::Types<'t>, slot: Slot) -> &'t [Standing] {
        types.of.standing(slot)
    }

    #[inline]
    fn is_there(types: AvroTypes<'_>, slot: Slot) -> bool {
        types.of.container(slot).is_there()
    }

    #[inline]
    fn member<'t, 'b>(
        types: Self::Types<'t>,
        place: WrittenAt,
        buf: &'b mut Vec<u8>,
    ) -> Self::Member<'t, 'b> {
        let typed = types.of.place(place.slot, place.nth);
        AvroValue::new(types.of, typed, buf)
    }

    fn plain(buf: &mut Vec<u8>) -> PlainText<'_> {
        PlainText::new(buf)
    }

    #[inline]
    fn open(kind: Container, types: AvroTypes<'_>, slot: Slot, buf: &mut Vec<u8>) -> Mark {
        write_branch(types.of.container(slot), buf);
        match kind {
            Container::Object if !types.of.is_map(slot) => Mark {
                at: RECORD,
                ..Mark::default()
            },
            _ => block(buf),
        }
    }

    #[inline]
    fn separate(around: &mut Mark, buf: &mut Vec<u8>) {
        if around.at == RECORD {
            return;
        }
        if around.count == BLOCK {
            end_block(*around, buf);
            *around = block(buf);
        }
        around.count += 1;
    }

    #[inline]
    fn close(_: Container, mark: Mark, buf: &mut Vec<u8>, _: &mut Jobs) {
        // Of a block without elements the count is the end.
        if mark.at != RECORD && mark.count > 0 {
            end_block(mark, buf);
            buf.push(0);
        }
    }

    fn absent(types: AvroTypes<'_>, field: &Standing, buf: &mut Vec<u8>) -> Applied {
        match types.of.at(field.at) {
            None => Ok(()),
            Some(typed) if typed.in_list => Ok(()),
            Some(typed) if typed.null.is_there() => {
                write_branch(typed.null, buf);
                Ok(())
            }
            // The types say that a value stands there always.
            Some(_) => Err(Reason::WrongType),
        }
    }

    fn spell(_: &str) -> Box<[u8]> {
        Box::default()
    }

    fn named(
        types: AvroTypes<'_>,
        name: &str,
        _: &Spelling,
        _: R::Input<'_>,
        entry: &Entry,
        buf: &mut Vec<u8>,
    ) {
        if types.of.is_keyed(entry.slot) {
            write_text(name.as_bytes(), buf);
        }
    }

    fn made_name(name: &str, buf: &mut Vec<u8>) {
        write_text(name.as_bytes(), buf);
    }

    #[inline]
    fn name(types: AvroTypes<'_>, input: R::Input<'_>, entry: &Entry, buf: &mut Vec<u8>) {
        if types.of.is_keyed(entry.slot) {
            let name = R::name(input, entry);
            write_text(name.chars_in(&mut String::new()).as_bytes(), buf);
        }
    }

    #[inline]
    fn is_verbatim(_: &Entry) -> bool {
        // Whether the place has the type of the value was looked at once for all.
        true
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

/// The first byte of a value on the wire: of its branch or length, if it has one.
#[inline]
fn wire_start(entry: &Entry) -> u32 {
    entry.start - u32::from(entry.key_len)
}

/// Begins a block, with room for its count.
fn block(buf: &mut Vec<u8>) -> Mark {
    let at = u32::try_from(buf.len()).unwrap_or(RECORD);
    buf.push(0);
    Mark {
        at,
        ..Mark::default()
    }
}

fn end_block(mark: Mark, buf: &mut [u8]) {
    if let Some(count) = buf.get_mut(mark.at as usize) {
        // In zigzag.
        *count = u8::try_from(2 * mark.count).expect("at most 63");
    }
}
