//! JSON text out (RFC 8259): members of a record, and the frame around them.

use std::marker::PhantomData;

use data_encoding::BASE64;

use super::plain::PlainText;
use crate::record::append::{Spelling, append, room};
use crate::record::escape::{escape_into, special};
use crate::record::format::{
    Container, End, Format, JsonText, Mark, Prefixes, Reader, Standing, Written, WrittenAt,
};
use crate::record::jobs::Jobs;
use crate::record::tape::{Entry, KEY_ESCAPED, Kind, Slot};
use crate::record::time::Time;
use crate::record::value::{Applied, Out, Target, TextForm, View};
use crate::record::{Reason, is_json_number};

/// One JSON value at the end of a buffer.
pub struct JsonValue<'b> {
    buf: &'b mut Vec<u8>,
    /// Where the value begins.
    at: usize,
    /// Why it cannot be written.
    refused: Option<Reason>,
}

/// JSON read and JSON written.
pub type Json = JsonOf<JsonText>;

/// JSON written, without white space of our own, whatever is read.
pub struct JsonOf<R>(PhantomData<R>);

impl<R: Reader> Format for JsonOf<R> {
    type Reader = R;
    type Schemas<'t> = Prefixes<'t>;
    type Types<'t> = ();
    type Member<'t, 'b> = JsonValue<'b>;
    type Plain<'b> = PlainText<'b>;
    type Sealed = JsonOf<R>;
    type Text = Json;
    const EAGER: bool = false;
    const MARKS: bool = false;

    #[inline]
    fn begin(prefixes: Prefixes<'_>, output: usize, buf: &mut Vec<u8>) {
        prefixes.begin(output, buf);
    }

    #[inline]
    fn types<'t>(_: Self::Schemas<'t>, _: usize, _: usize) -> Self::Types<'t> {}

    #[inline]
    fn types_of<'t>((): Self::Types<'t>, _: usize) -> Self::Types<'t> {}

    fn standing<'t>((): Self::Types<'t>, _: Slot) -> &'t [Standing] {
        &[]
    }

    fn is_there((): (), _: Slot) -> bool {
        true
    }

    #[inline]
    fn member<'t, 'b>(
        _: Self::Types<'t>,
        _: WrittenAt,
        buf: &'b mut Vec<u8>,
    ) -> Self::Member<'t, 'b> {
        let at = buf.len();
        JsonValue {
            buf,
            at,
            refused: None,
        }
    }

    fn plain(buf: &mut Vec<u8>) -> PlainText<'_> {
        PlainText::new(buf)
    }

    #[inline]
    fn open(kind: Container, (): (), _: Slot, buf: &mut Vec<u8>) -> Mark {
        buf.push(match kind {
            Container::Object => b'{',
            Container::Array => b'[',
        });
        Mark::default()
    }

    #[inline]
    fn separate(_: &mut Mark, buf: &mut Vec<u8>) {
        // No value ends like this, so a container has just been opened.
        if !matches!(buf.last(), Some(b'{' | b'[')) {
            buf.push(b',');
        }
    }

    #[inline]
    fn close(kind: Container, _: Mark, buf: &mut Vec<u8>, _: &mut Jobs) {
        buf.push(match kind {
            Container::Object => b'}',
            Container::Array => b']',
        });
    }

    fn absent((): (), _: &Standing, _: &mut Vec<u8>) -> Applied {
        Ok(())
    }

    /// `"name":`
    fn spell(name: &str) -> Box<[u8]> {
        let mut text = vec![b'"'];
        escape_into(name, &mut text);
        text.extend_from_slice(b"\":");
        text.into()
    }

    #[inline]
    fn named((): (), _: &str, spelled: &Spelling, _: R::Input<'_>, _: &Entry, buf: &mut Vec<u8>) {
        spelled.write(buf);
    }

    fn made_name(name: &str, buf: &mut Vec<u8>) {
        buf.push(b'"');
        escape_into(name, buf);
        buf.extend_from_slice(b"\":");
    }

    fn name((): (), input: R::Input<'_>, entry: &Entry, buf: &mut Vec<u8>) {
        let name = R::name(input, entry);
        buf.push(b'"');
        match name.form() {
            TextForm::Json => append(name.raw().as_bytes(), buf),
            TextForm::Plain => escape_into(name.raw(), buf),
            // Spelled as everywhere else: the input may escape what need not be.
            TextForm::JsonEscaped | TextForm::Uuid => {
                escape_into(name.chars_in(&mut String::new()), buf)
            }
        }
        buf.extend_from_slice(b"\":");
    }

    #[inline]
    fn is_verbatim(entry: &Entry) -> bool {
        // Nothing but the colon stands between a name and its value.
        R::IS_JSON && entry.flags & KEY_ESCAPED == 0 && name_end(entry) + 1 == value_start(entry)
    }

    #[inline]
    fn adjoin(one: &Entry, next: &Entry) -> bool {
        // Only a comma fits into one byte between two members.
        name_start(next) == value_end(one) + 1
    }

    #[inline]
    fn verbatim<'a>(input: R::Input<'a>, first: &Entry, last: &Entry) -> &'a [u8] {
        &R::bytes(input)[name_start(first) as usize..value_end(last) as usize]
    }
}

impl End for JsonValue<'_> {
    #[inline]
    fn end(self) -> Result<Written, Reason> {
        match self.refused {
            Some(reason) => Err(reason),
            None if self.buf.len() > self.at => Ok(Written::Value),
            None => Ok(Written::Nothing),
        }
    }
}

/// The opening quote of a member's name.
#[inline]
fn name_start(entry: &Entry) -> u32 {
    entry.key_at - 1
}

/// Behind the closing quote of a member's name.
#[inline]
fn name_end(entry: &Entry) -> u32 {
    entry.key_at + u32::from(entry.key_len) + 1
}

/// The first byte of a value, quote included.
#[inline]
fn value_start(entry: &Entry) -> u32 {
    entry.start - u32::from(entry.kind == Kind::Text)
}

/// Behind the last byte of a value, quote included.
#[inline]
fn value_end(entry: &Entry) -> u32 {
    entry.end + u32::from(entry.kind == Kind::Text)
}

impl Out for JsonValue<'_> {
    fn null(&mut self) {
        self.buf.extend_from_slice(b"null");
    }

    fn bool(&mut self, value: bool) {
        self.buf
            .extend_from_slice(if value { b"true" } else { b"false" });
    }

    fn number(&mut self, text: &str) {
        debug_assert!(is_json_number(text), "an action's number");
        append(text.as_bytes(), self.buf);
    }

    fn text(&mut self, text: &str) {
        self.buf.push(b'"');
        escape_into(text, self.buf);
        self.buf.push(b'"');
    }

    fn ascii(&mut self, text: &[u8]) {
        debug_assert!(text.iter().all(u8::is_ascii) && special(text, 0).is_none());
        self.buf.push(b'"');
        append(text, self.buf);
        self.buf.push(b'"');
    }

    fn time(&mut self, time: Time) {
        let mut text = String::new();
        match time.text_in(&mut text) {
            Ok(text) => self.ascii(text.as_bytes()),
            Err(reason) => self.refused = Some(reason),
        }
    }

    /// Base64 of RFC 4648 section 4: JSON has no type for bytes.
    fn bytes(&mut self, bytes: &[u8]) {
        self.ascii(BASE64.encode(bytes).as_bytes());
    }

    fn copy(&mut self, view: View<'_>) {
        match view {
            View::Null => self.null(),
            View::Bool(value) => self.bool(value),
            View::Number(number) => match number.as_text() {
                Some(text) => append(text.as_bytes(), self.buf),
                None => match number.text_in(&mut String::new()) {
                    Ok(text) => append(text.as_bytes(), self.buf),
                    Err(reason) => self.refused = Some(reason),
                },
            },
            View::Whole(whole) => self.refused = whole.json_into(self.buf).err(),
            View::Text(text) => match text.form() {
                TextForm::Plain => self.text(text.raw()),
                TextForm::Uuid => self.text(text.chars_in(&mut String::new())),
                TextForm::Json | TextForm::JsonEscaped => {
                    self.buf.push(b'"');
                    append(text.raw().as_bytes(), self.buf);
                    self.buf.push(b'"');
                }
            },
            View::Time(time) => self.time(time),
            View::Bytes(bytes) => self.bytes(bytes),
        }
    }

    fn reserve_text(&mut self, len: usize) -> Target {
        self.buf.push(b'"');
        let target = reserve(self.buf, len);
        self.buf.push(b'"');
        target
    }
}

/// Appends `len` bytes that a job will fill in. A buffer beyond 4 GiB gives a
/// target that does not exist; such a record is refused as `too_large`.
pub(super) fn reserve(buf: &mut Vec<u8>, len: usize) -> Target {
    let at = buf.len();
    room(len, buf);
    Target {
        at: u32::try_from(at).unwrap_or(u32::MAX),
        len: u32::try_from(len).unwrap_or(u32::MAX),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::number::Number;
    use crate::record::value::{Text, Whole};

    const PLACE: WrittenAt = WrittenAt { slot: 2, nth: 0 };

    fn written(write: impl FnOnce(&mut JsonValue<'_>)) -> String {
        let mut buf = b"before ".to_vec();
        write(&mut Json::member((), PLACE, &mut buf));
        String::from_utf8(buf).unwrap()[7..].to_owned()
    }

    #[test]
    fn values_are_json() {
        assert_eq!(written(|o| o.null()), "null");
        assert_eq!(written(|o| o.bool(false)), "false");
        assert_eq!(written(|o| o.number("39.80")), "39.80");
        assert_eq!(written(|o| o.text("a\"\n")), r#""a\"\n""#);
        assert_eq!(written(|o| o.text("")), r#""""#);
    }

    #[test]
    fn copies_keep_every_byte() {
        let text = |raw, form| View::Text(Text::new(raw, form));
        for (view, expected) in [
            (text(r"\u00e9", TextForm::JsonEscaped), r#""\u00e9""#),
            (text("é", TextForm::Json), r#""é""#),
            (text("a\"b", TextForm::Plain), r#""a\"b""#),
            (View::Number(Number::of_text("-1.50E+2")), "-1.50E+2"),
            (View::Whole(Whole::of_json("[ 1 ]", false, false)), "[ 1 ]"),
        ] {
            assert_eq!(written(|o| o.copy(view)), expected);
        }
    }

    #[test]
    fn reserved_text_stands_between_its_quotes() {
        let mut buf = b"xx".to_vec();
        let target = Json::member((), PLACE, &mut buf).reserve_text(3);
        assert_eq!((target.at, target.len), (3, 3));
        assert_eq!(buf, b"xx\"000\"");
    }
}
