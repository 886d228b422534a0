//! One value at its place: its tag, and it.

use super::wire::{tag, varint_len, write_len, write_tag};
use crate::record::Reason;
use crate::record::format::{End, Written};
use crate::record::number::{Digits, Number};
use crate::record::time::Time;
use crate::record::value::{Out, Target, Text, View, Whole};
use crate::render::json::reserve;
use crate::schema::protobuf::bare::Bare;
use crate::schema::protobuf::node::{Scalar, WireType};
use crate::schema::protobuf::typed::{Form, TableTypes, Typed};

/// One Protobuf value at the end of a buffer.
pub struct ProtobufValue<'t, 'b> {
    types: &'t TableTypes,
    /// `None`: the output has no such place.
    typed: Option<&'t Typed>,
    buf: &'b mut Vec<u8>,
    said: Result<Written, Reason>,
}

impl End for ProtobufValue<'_, '_> {
    #[inline]
    fn end(self) -> Result<Written, Reason> {
        self.said
    }
}

impl<'t, 'b> ProtobufValue<'t, 'b> {
    pub(super) fn new(
        types: &'t TableTypes,
        typed: Option<&'t Typed>,
        buf: &'b mut Vec<u8>,
    ) -> ProtobufValue<'t, 'b> {
        ProtobufValue {
            types,
            typed,
            buf,
            said: Ok(Written::Nothing),
        }
    }

    fn refuse(&mut self, reason: Reason) {
        self.said = Err(reason);
    }

    /// A value of the scalar type of the place.
    #[inline]
    fn scalar(&mut self, typed: &Typed, bare: Bare<'_>) {
        self.said = Ok(Written::Value);
        if typed.is_implicit && bare.is_default() {
            return;
        }
        write_tag(typed.tag, self.buf);
        bare.write(self.buf);
    }

    /// The same in a message of its own, as field 1 of it.
    fn wrapped(&mut self, typed: &Typed, bare: Bare<'_>) {
        match bare.is_default() {
            true => self.in_message(typed, None),
            false => self.in_message(typed, Some((1, bare))),
        }
    }

    /// A message of one field, or of none.
    fn in_message(&mut self, typed: &Typed, field: Option<(u32, Bare<'_>)>) {
        self.said = Ok(Written::Value);
        write_tag(typed.tag, self.buf);
        // The numbers are below 16, so a tag is a byte.
        write_len(field.map_or(0, |(_, bare)| 1 + bare.len()), self.buf);
        if let Some((number, bare)) = field {
            write_tag(tag(number, bare.wire()), self.buf);
            bare.write(self.buf);
        }
    }

    /// A value at a place of that scalar type, in whatever it lies there.
    fn put(
        &mut self,
        of: impl FnOnce(Scalar) -> Option<Bare<'static>>,
        json: impl FnOnce() -> Option<(u32, Bare<'static>)>,
    ) {
        let Some(typed) = self.typed else {
            return self.refuse(Reason::WrongType);
        };
        let (Form::Scalar(scalar) | Form::Wrapper(scalar)) = typed.form else {
            let member = json().filter(|_| typed.form == Form::Json);
            return match member {
                Some(member) => self.in_message(typed, Some(member)),
                None => self.refuse(Reason::WrongType),
            };
        };
        match of(scalar) {
            None => self.refuse(Reason::WrongType),
            Some(bare) if matches!(typed.form, Form::Scalar(_)) => self.scalar(typed, bare),
            Some(bare) => self.wrapped(typed, bare),
        }
    }

    fn sized(&mut self, scalar: Scalar, bytes: &[u8]) {
        let Some(typed) = self.typed else {
            return self.refuse(Reason::WrongType);
        };
        let bare = Bare::Sized(bytes);
        match typed.form {
            Form::Scalar(of) if of == scalar => self.scalar(typed, bare),
            Form::Wrapper(of) if of == scalar => self.wrapped(typed, bare),
            Form::Json if scalar == Scalar::Text => self.in_message(typed, Some((3, bare))),
            _ => self.refuse(Reason::WrongType),
        }
    }

    fn number_copied(&mut self, number: Number<'_>) -> bool {
        let Some(Form::Scalar(scalar) | Form::Wrapper(scalar)) = self.typed.map(|t| t.form) else {
            return false;
        };
        let bare = match (number.digits(), scalar) {
            (Digits::Single(value), Scalar::Float) => Some(Bare::Four(value.to_le_bytes())),
            (Digits::Double(value), Scalar::Double) => Some(Bare::Eight(value.to_le_bytes())),
            (Digits::Integer(value), scalar) => Bare::integer(scalar, value.into()),
            (Digits::Unsigned(value), scalar) => Bare::integer(scalar, value.into()),
            _ => None,
        };
        match bare {
            Some(bare) => self.put(|_| Some(bare), || None),
            None => return false,
        }
        true
    }

    fn symbol(&mut self, typed: &Typed, of: u32, name: &str) {
        match self.types.symbol(of, name) {
            // In 64 bits, as the encoding has negative ones.
            Some(number) => {
                let number = i64::from(number).cast_unsigned();
                self.scalar(typed, Bare::Varint(number));
            }
            None => self.refuse(Reason::WrongType),
        }
    }

    fn whole(&mut self, whole: Whole<'_>) {
        let Some(typed) = self.typed else {
            return self.refuse(Reason::WrongType);
        };
        let is_written = match typed.form {
            Form::Whole | Form::Json => whole.write_at(typed.tag.raw(), self.buf),
            _ => false,
        };
        match is_written {
            true => self.said = Ok(Written::Value),
            false => self.refuse(Reason::WrongType),
        }
    }
}

/// A number of that type by its text.
fn numeric(scalar: Scalar, text: &str) -> Result<Bare<'static>, Reason> {
    match scalar {
        Scalar::Bool | Scalar::Text | Scalar::Bytes => Err(Reason::WrongType),
        scalar => Bare::number(scalar, text).ok_or(Reason::NumberOutOfRange),
    }
}

impl Out for ProtobufValue<'_, '_> {
    fn null(&mut self) {
        // Only JSON has it.
        self.put(|_| None, || Some((1, Bare::Varint(0))));
    }

    fn bool(&mut self, value: bool) {
        let bare = Bare::Varint(value.into());
        self.put(
            |scalar| (scalar == Scalar::Bool).then_some(bare),
            || Some((4, bare)),
        );
    }

    fn number(&mut self, text: &str) {
        let mut refused = None;
        self.put(
            |scalar| {
                numeric(scalar, text)
                    .map_err(|reason| refused = Some(reason))
                    .ok()
            },
            || Bare::number(Scalar::Double, text).map(|bare| (2, bare)),
        );
        if let Some(reason) = refused {
            self.refuse(reason);
        }
    }

    fn text(&mut self, text: &str) {
        self.ascii(text.as_bytes());
    }

    #[inline]
    fn ascii(&mut self, text: &[u8]) {
        self.sized(Scalar::Text, text);
    }

    fn time(&mut self, time: Time) {
        let Some(typed) = self.typed.filter(|typed| typed.form == Form::Timestamp) else {
            return self.refuse(Reason::WrongType);
        };
        let seconds = Bare::Varint(time.seconds.cast_unsigned());
        let nanos = Bare::Varint(time.nanos.into());
        let fields = [(1, seconds), (2, nanos)];
        let len = |(_, bare): &(u32, Bare<'_>)| match bare.is_default() {
            true => 0,
            false => 1 + bare.len(),
        };
        self.said = Ok(Written::Value);
        write_tag(typed.tag, self.buf);
        write_len(fields.iter().map(len).sum(), self.buf);
        for (number, bare) in fields.into_iter().filter(|(_, bare)| !bare.is_default()) {
            write_tag(tag(number, WireType::Varint), self.buf);
            bare.write(self.buf);
        }
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.sized(Scalar::Bytes, bytes);
    }

    fn copy(&mut self, view: View<'_>) {
        match view {
            View::Null => self.null(),
            View::Bool(value) => self.bool(value),
            View::Number(number) => {
                if self.number_copied(number) {
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
            View::Whole(whole) => self.whole(whole),
        }
    }

    fn reserve_text(&mut self, len: usize) -> Target {
        // Where none may stand the bytes are taken back with all that is written here.
        match self.typed.map(|typed| (typed.tag, typed.form)) {
            Some((of, Form::Scalar(Scalar::Text))) => {
                self.said = Ok(Written::Value);
                write_tag(of, self.buf);
                write_len(len, self.buf);
            }
            Some((of, form @ (Form::Wrapper(Scalar::Text) | Form::Json))) => {
                self.said = Ok(Written::Value);
                write_tag(of, self.buf);
                write_len(1 + varint_len(len as u64) + len, self.buf);
                let member = if form == Form::Json { 3 } else { 1 };
                write_tag(tag(member, WireType::Sized), self.buf);
                write_len(len, self.buf);
            }
            _ => self.refuse(Reason::WrongType),
        }
        reserve(self.buf, len)
    }
}

impl ProtobufValue<'_, '_> {
    fn text_copied(&mut self, text: Text<'_>) {
        let mut scratch = String::new();
        let chars = text.chars_in(&mut scratch);
        match self.typed {
            Some(typed) => match typed.form {
                Form::Symbol(of) => self.symbol(typed, of, chars),
                _ => self.text(chars),
            },
            None => self.refuse(Reason::WrongType),
        }
    }
}
