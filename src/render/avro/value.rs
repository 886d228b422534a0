//! One value at its place: its branch, and it.

use super::wire::{write_branch, write_len, write_long, write_text};
use crate::record::Reason;
use crate::record::decimal::Decimal;
use crate::record::format::{End, Written};
use crate::record::number::{Digits, Number};
use crate::record::time::Time;
use crate::record::value::{Out, Target, Text, View};
use crate::render::json::reserve;
use crate::schema::avro::typed::{Branch, Form, TableTypes, Typed};

/// One Avro value at the end of a buffer.
pub struct AvroValue<'t, 'b> {
    types: &'t TableTypes,
    /// `None`: the output has no such place.
    typed: Option<&'t Typed>,
    buf: &'b mut Vec<u8>,
    said: Result<Written, Reason>,
}

impl<'t, 'b> AvroValue<'t, 'b> {
    /// One at that place, of which nothing is written yet.
    #[inline]
    pub(super) fn new(
        types: &'t TableTypes,
        typed: Option<&'t Typed>,
        buf: &'b mut Vec<u8>,
    ) -> AvroValue<'t, 'b> {
        AvroValue {
            types,
            typed,
            buf,
            said: Ok(Written::Nothing),
        }
    }
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
