//! Avro out (Apache Avro 1.12, "Binary Encoding"): values at places whose types are
//! known, lists in blocks.
//!
//! The types say where each value stands, so no name is written, and every place is: by
//! a value, or by null. Lists are written in blocks of at most 63, whose count takes one
//! byte: it is put in when the block ends, and nothing is moved. The specification has
//! readers take any number of blocks.

use std::marker::PhantomData;

use super::json::{Json, JsonOf, reserve};
use super::outputs::Outputs;
use super::plain::PlainText;
use crate::record::Reason;
use crate::record::append::{Spelling, append};
use crate::record::decimal::Decimal;
use crate::record::format::{Container, End, Format, Mark, Reader, Standing, Written, WrittenAt};
use crate::record::jobs::Jobs;
use crate::record::number::{Digits, Number};
use crate::record::tape::{Entry, Slot};
use crate::record::time::Time;
use crate::record::value::{Applied, Out, Target, Text, View};
use crate::schema::avro::typed::{Branch, Form, TableTypes, Typed};

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
        AvroValue {
            types: types.of,
            typed: types.of.place(place.slot, place.nth),
            buf,
            said: Ok(Written::Nothing),
        }
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

#[inline]
fn write_branch(branch: Branch, buf: &mut Vec<u8>) {
    if let Some(number) = branch.number() {
        write_long(number.into(), buf);
    }
}

/// A number in zigzag, 7 bits a byte ("Primitive Types").
#[inline]
fn write_long(value: i64, buf: &mut Vec<u8>) {
    let mut left = (value.cast_unsigned() << 1) ^ (value >> 63).cast_unsigned();
    while left >= 0x80 {
        buf.push((left & 0x7f) as u8 | 0x80);
        left >>= 7;
    }
    buf.push(left as u8);
}

fn write_len(len: usize, buf: &mut Vec<u8>) {
    write_long(i64::try_from(len).expect("no memory is as long"), buf);
}

fn write_text(text: &[u8], buf: &mut Vec<u8>) {
    write_len(text.len(), buf);
    append(text, buf);
}

/// One Avro value at the end of a buffer.
pub struct AvroValue<'t, 'b> {
    types: &'t TableTypes,
    /// `None`: the output has no such place.
    typed: Option<&'t Typed>,
    buf: &'b mut Vec<u8>,
    said: Result<Written, Reason>,
}

impl End for AvroValue<'_, '_> {
    #[inline]
    fn end(self) -> Result<Written, Reason> {
        self.said
    }
}

impl AvroValue<'_, '_> {
    /// Writes the branch, if the place takes such values.
    #[inline]
    fn begin(&mut self, branch: impl FnOnce(&Typed) -> Branch) -> bool {
        let branch = self.typed.map_or(Branch::NONE, branch);
        if !branch.is_there() {
            self.said = Err(Reason::WrongType);
            return false;
        }
        write_branch(branch, self.buf);
        self.said = Ok(Written::Value);
        true
    }

    fn refuse(&mut self, reason: Reason) {
        self.said = Err(reason);
    }

    /// The form of the writer's own type, where the place takes it.
    fn same(&self) -> Option<Form> {
        let typed = self.typed.filter(|typed| typed.same.is_there())?;
        Some(typed.form)
    }

    fn same_begun(&mut self) {
        self.begin(|typed| typed.same);
    }

    /// An integer, as 32 bits or 64.
    fn integer(&mut self, value: Option<i64>, is_int: bool) {
        let value = value.filter(|value| !is_int || i32::try_from(*value).is_ok());
        match value {
            Some(value) => write_long(value, self.buf),
            None => self.refuse(Reason::NumberOutOfRange),
        }
    }

    /// A number at a place of the writer's own type. False: it is of no number.
    fn number_as(&mut self, form: Form, number: &Decimal, text: &str) -> bool {
        match form {
            Form::Int | Form::Long => {
                self.same_begun();
                self.integer(whole(number), form == Form::Int);
            }
            Form::Float => {
                self.same_begun();
                match text.parse::<f32>() {
                    Ok(value) if value.is_finite() => {
                        self.buf.extend_from_slice(&value.to_bits().to_le_bytes());
                    }
                    _ => self.refuse(Reason::NumberOutOfRange),
                }
            }
            Form::Decimal { scale, size } => {
                self.same_begun();
                self.decimal(number, scale, size);
            }
            _ => return false,
        }
        true
    }

    fn double(&mut self, text: &str) {
        match text.parse::<f64>() {
            Ok(value) if value.is_finite() => {
                self.buf.extend_from_slice(&value.to_bits().to_le_bytes());
            }
            _ => self.refuse(Reason::NumberOutOfRange),
        }
    }

    /// Two's complement, big-endian, in the fewest bytes or in so many ("Decimal").
    fn decimal(&mut self, number: &Decimal, scale: u32, size: Option<u32>) {
        let unscaled = number.times_ten_to(scale.into());
        let Some(unscaled) = unscaled.floored(0).filter(|_| is_whole(&unscaled)) else {
            return self.refuse(Reason::NumberOutOfRange);
        };
        let bytes = unscaled.to_be_bytes();
        let sign = if unscaled < 0 { 0xff } else { 0 };
        let is_needless = |pair: &[u8]| pair[0] == sign && (pair[1] ^ sign) & 0x80 == 0;
        let skip = bytes
            .windows(2)
            .take_while(|pair| is_needless(pair))
            .count();
        let least = &bytes[skip..];
        match size.map(|size| size as usize) {
            None => write_text(least, self.buf),
            Some(size) if size >= least.len() => {
                self.buf.resize(self.buf.len() + size - least.len(), sign);
                self.buf.extend_from_slice(least);
            }
            Some(_) => self.refuse(Reason::NumberOutOfRange),
        }
    }

    /// Copies a number in the form that it has. False: the place takes another.
    fn number_copied(&mut self, number: Number<'_>, form: Form) -> bool {
        match (number.digits(), form) {
            (Digits::Integer(value), Form::Int | Form::Long) => {
                self.same_begun();
                write_long(value, self.buf);
            }
            (Digits::Single(value), Form::Float) => {
                self.same_begun();
                self.buf.extend_from_slice(&value.to_bits().to_le_bytes());
            }
            (Digits::Double(value), Form::Double) => {
                self.same_begun();
                self.buf.extend_from_slice(&value.to_bits().to_le_bytes());
            }
            (Digits::Decimal(unscaled, from), Form::Decimal { scale, size }) if from == scale => {
                self.same_begun();
                match size {
                    None => write_text(unscaled, self.buf),
                    Some(_) => self.buf.extend_from_slice(unscaled),
                }
            }
            _ => return false,
        }
        true
    }

    fn text_copied(&mut self, text: Text<'_>) {
        match (self.same(), text.as_uuid()) {
            (Some(Form::Uuid), Some(bytes)) => {
                self.same_begun();
                self.buf.extend_from_slice(bytes);
            }
            // Spelled, where it went through an action inside another one.
            (Some(Form::Uuid), None) => {
                let mut scratch = String::new();
                let chars = text.chars_in(&mut scratch);
                match uuid(chars) {
                    Some(bytes) => {
                        self.same_begun();
                        self.buf.extend_from_slice(&bytes);
                    }
                    None => self.text(chars),
                }
            }
            (Some(Form::Symbol(symbols)), _) => {
                let mut scratch = String::new();
                let chars = text.chars_in(&mut scratch);
                let symbols = self.types.symbols(symbols);
                match symbols.iter().position(|symbol| **symbol == *chars) {
                    Some(at) => {
                        self.same_begun();
                        write_len(at, self.buf);
                    }
                    None => self.text(chars),
                }
            }
            (Some(Form::Text), _) => {
                self.same_begun();
                write_text(text.chars_in(&mut String::new()).as_bytes(), self.buf);
            }
            _ => self.text(text.chars_in(&mut String::new())),
        }
    }
}

impl Out for AvroValue<'_, '_> {
    fn null(&mut self) {
        self.begin(|typed| typed.null);
    }

    fn bool(&mut self, value: bool) {
        if self.begin(|typed| match typed.form {
            Form::Bool if typed.same.is_there() => typed.same,
            _ => typed.bool,
        }) {
            self.buf.push(u8::from(value));
        }
    }

    fn number(&mut self, text: &str) {
        // Its digits are no business of a binary number.
        if self.same() == Some(Form::Double) {
            self.same_begun();
            return self.double(text);
        }
        let Some(number) = Decimal::read(text) else {
            return self.refuse(Reason::NumberOutOfRange);
        };
        if let Some(form) = self.same()
            && self.number_as(form, &number, text)
        {
            return;
        }
        let Some(typed) = self.typed else {
            return self.refuse(Reason::WrongType);
        };
        let value = whole(&number);
        let is_small = value.is_some_and(|value| i32::try_from(value).is_ok());
        if is_small && typed.int.is_there() {
            self.begin(|typed| typed.int);
            self.integer(value, true);
        } else if value.is_some() && typed.long.is_there() {
            self.begin(|typed| typed.long);
            self.integer(value, false);
        } else if self.begin(|typed| typed.double) {
            self.double(text);
        }
    }

    fn text(&mut self, text: &str) {
        self.ascii(text.as_bytes());
    }

    #[inline]
    fn ascii(&mut self, text: &[u8]) {
        if self.begin(|typed| typed.text) {
            write_text(text, self.buf);
        }
    }

    fn time(&mut self, time: Time) {
        let Some(Form::Time { kind, is_int }) = self.same() else {
            return self.refuse(Reason::WrongType);
        };
        let count = match Form::of_second(kind) {
            None => Some(time.seconds.div_euclid(86_400)),
            Some(of_second) => {
                let behind = i64::from(time.nanos) / (1_000_000_000 / of_second);
                let whole = time.seconds.checked_mul(of_second);
                whole.and_then(|whole| whole.checked_add(behind))
            }
        };
        self.same_begun();
        self.integer(count, is_int);
    }

    fn bytes(&mut self, bytes: &[u8]) {
        match self.same() {
            Some(Form::Bytes) => {
                self.same_begun();
                write_text(bytes, self.buf);
            }
            Some(Form::Fixed(size)) if size as usize == bytes.len() => {
                self.same_begun();
                self.buf.extend_from_slice(bytes);
            }
            _ => self.refuse(Reason::WrongType),
        }
    }

    fn copy(&mut self, view: View<'_>) {
        match view {
            View::Null => self.null(),
            View::Bool(value) => self.bool(value),
            View::Number(number) => {
                if let Some(form) = self.same()
                    && self.number_copied(number, form)
                {
                    return;
                }
                match number.text_in(&mut String::new()) {
                    Ok(text) => self.number(text),
                    Err(reason) => self.refuse(reason),
                }
            }
            View::Text(text) => self.text_copied(text),
            View::Time(time) => self.time(time),
            View::Bytes(bytes) => self.bytes(bytes),
            View::Whole(whole) => match (self.same(), whole.raw()) {
                (Some(Form::Whole), Some(raw)) => {
                    self.same_begun();
                    self.buf.extend_from_slice(raw);
                }
                _ => self.refuse(Reason::WrongType),
            },
        }
    }

    fn reserve_text(&mut self, len: usize) -> Target {
        // Where none may stand the bytes are taken back with all that is written here.
        if self.begin(|typed| typed.text) {
            write_len(len, self.buf);
        }
        reserve(self.buf, len)
    }
}

/// Its value, where it is a whole one of 64 bits.
fn whole(number: &Decimal) -> Option<i64> {
    let floored = number.floored(0).filter(|_| is_whole(number))?;
    i64::try_from(floored).ok()
}

/// The bytes of a UUID that is spelled in lower case (RFC 9562, section 4).
fn uuid(chars: &str) -> Option<[u8; 16]> {
    let is_at = |at: usize| chars.as_bytes().get(at) == Some(&b'-');
    if chars.len() != 36 || !chars.is_ascii() || ![8, 13, 18, 23].into_iter().all(is_at) {
        return None;
    }
    let digits = chars.replace('-', "");
    let bytes = data_encoding::HEXLOWER.decode(digits.as_bytes()).ok()?;
    bytes.try_into().ok()
}

fn is_whole(number: &Decimal) -> bool {
    number.is_zero() || number.exponent() >= 0
}
