//! Record keys and headers out: text as it stands, no quotes.

use super::json::reserve;
use crate::record::Reason;
use crate::record::escape::unescape_into;
use crate::record::format::{Plain, PlainOut};
use crate::record::time::Time;
use crate::record::value::{Out, Target, TextForm, View};

/// A record key or header at the end of a buffer.
pub struct PlainText<'b> {
    buf: &'b mut Vec<u8>,
    written: Result<Plain, Reason>,
}

impl<'b> PlainText<'b> {
    /// Nothing written yet.
    pub fn new(buf: &'b mut Vec<u8>) -> Self {
        PlainText {
            buf,
            written: Ok(Plain::Nothing),
        }
    }

    fn append(&mut self, bytes: &[u8]) {
        self.written = Ok(Plain::Bytes);
        self.buf.extend_from_slice(bytes);
    }
}

impl PlainOut for PlainText<'_> {
    fn written(&self) -> Result<Plain, Reason> {
        self.written
    }
}

impl Out for PlainText<'_> {
    fn null(&mut self) {
        self.written = Ok(Plain::Null);
    }

    fn bool(&mut self, value: bool) {
        self.append(if value { b"true" } else { b"false" });
    }

    fn number(&mut self, text: &str) {
        self.append(text.as_bytes());
    }

    fn text(&mut self, text: &str) {
        self.append(text.as_bytes());
    }

    fn ascii(&mut self, text: &[u8]) {
        self.append(text);
    }

    fn time(&mut self, time: Time) {
        let mut text = String::new();
        match time.text_in(&mut text) {
            Ok(text) => self.text(text),
            Err(reason) => self.written = Err(reason),
        }
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.append(bytes);
    }

    fn copy(&mut self, view: View<'_>) {
        match view {
            View::Null => self.null(),
            View::Bool(value) => self.bool(value),
            View::Number(number) => match number.text_in(&mut String::new()) {
                Ok(text) => self.number(text),
                Err(reason) => self.written = Err(reason),
            },
            View::Whole(whole) => {
                self.written = whole.json_into(self.buf).map(|()| Plain::Bytes);
            }
            View::Text(text) if text.form() == TextForm::JsonEscaped => {
                let mut chars = String::with_capacity(text.raw().len());
                unescape_into(text.raw(), &mut chars);
                self.text(&chars);
            }
            View::Text(text) if text.form() == TextForm::Uuid => {
                self.text(text.chars_in(&mut String::new()));
            }
            View::Text(text) => self.text(text.raw()),
            View::Time(time) => self.time(time),
            View::Bytes(bytes) => self.bytes(bytes),
        }
    }

    fn reserve_text(&mut self, len: usize) -> Target {
        self.written = Ok(Plain::Bytes);
        reserve(self.buf, len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::value::Text;

    fn written(write: impl FnOnce(&mut PlainText<'_>)) -> (Plain, String) {
        let mut buf = Vec::new();
        let mut out = PlainText::new(&mut buf);
        write(&mut out);
        (out.written().unwrap(), String::from_utf8(buf).unwrap())
    }

    #[test]
    fn text_has_no_quotes_and_no_escapes() {
        let escaped = View::Text(Text::new(r#"\u00e9\""#, TextForm::JsonEscaped));
        let cases = [
            (written(|o| o.text("a\"\n")), "a\"\n"),
            (written(|o| o.copy(escaped)), "é\""),
            (written(|o| o.bool(true)), "true"),
            (written(|o| o.number("1.0")), "1.0"),
            (written(|o| o.text("")), ""),
        ];
        for ((plain, text), expected) in cases {
            assert_eq!((plain, text.as_str()), (Plain::Bytes, expected));
        }
    }

    #[test]
    fn null_and_nothing_are_no_empty_text() {
        assert_eq!(written(|o| o.null()).0, Plain::Null);
        assert_eq!(written(|_| ()).0, Plain::Nothing);
        let reserved = |o: &mut PlainText<'_>| assert_eq!(o.reserve_text(0).len, 0);
        assert_eq!(written(reserved).0, Plain::Bytes);
    }
}
