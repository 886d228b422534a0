//! JSON out: members of a record, and the frame around them.

use super::plain::PlainText;
use crate::record::append::{append, room};
use crate::record::escape::{escape_into, special, unescape_into};
use crate::record::render::{Container, Format};
use crate::record::tape::{Document, Entry, KEY_ESCAPED};
use crate::record::value::{Out, Target, TextForm, View};

/// JSON text (RFC 8259), without white space of our own.
pub struct Json;

/// One JSON value at the end of a buffer.
pub struct JsonValue<'b>(&'b mut Vec<u8>);

impl Format for Json {
    type Member<'b> = JsonValue<'b>;
    type Plain<'b> = PlainText<'b>;

    fn member(buf: &mut Vec<u8>) -> JsonValue<'_> {
        JsonValue(buf)
    }

    fn plain(buf: &mut Vec<u8>) -> PlainText<'_> {
        PlainText::new(buf)
    }

    fn open(kind: Container, buf: &mut Vec<u8>) {
        buf.push(match kind {
            Container::Object => b'{',
            Container::Array => b'[',
        });
    }

    fn close(kind: Container, buf: &mut Vec<u8>) {
        buf.push(match kind {
            Container::Object => b'}',
            Container::Array => b']',
        });
    }

    #[inline(always)]
    fn separate(buf: &mut Vec<u8>) {
        // No value ends like this, so a container has just been opened.
        if !matches!(buf.last(), Some(b'{' | b'[')) {
            buf.push(b',');
        }
    }

    fn name(document: &Document<'_>, entry: &Entry, buf: &mut Vec<u8>) {
        let from = entry.key_at as usize;
        let raw = &document.text[from..from + usize::from(entry.key_len)];
        buf.push(b'"');
        if entry.flags & KEY_ESCAPED == 0 {
            append(raw.as_bytes(), buf);
        } else {
            let mut name = String::with_capacity(raw.len());
            unescape_into(raw, &mut name);
            escape_into(&name, buf);
        }
        buf.extend_from_slice(b"\":");
    }
}

impl Out for JsonValue<'_> {
    fn null(&mut self) {
        self.0.extend_from_slice(b"null");
    }

    fn bool(&mut self, value: bool) {
        self.0
            .extend_from_slice(if value { b"true" } else { b"false" });
    }

    fn number(&mut self, text: &str) {
        debug_assert!(crate::record::is_json_number(text), "an action's number");
        append(text.as_bytes(), self.0);
    }

    fn text(&mut self, text: &str) {
        self.0.push(b'"');
        escape_into(text, self.0);
        self.0.push(b'"');
    }

    fn ascii(&mut self, text: &[u8]) {
        debug_assert!(text.iter().all(u8::is_ascii) && special(text, 0).is_none());
        self.0.push(b'"');
        append(text, self.0);
        self.0.push(b'"');
    }

    fn copy(&mut self, view: View<'_>) {
        match view {
            View::Null => self.null(),
            View::Bool(value) => self.bool(value),
            View::Number(text) => append(text.as_bytes(), self.0),
            View::Whole(whole) => self.0.extend_from_slice(whole.raw.as_bytes()),
            View::Text(text) => match text.form() {
                TextForm::Plain => self.text(text.raw()),
                TextForm::Json | TextForm::JsonEscaped => {
                    self.0.push(b'"');
                    append(text.raw().as_bytes(), self.0);
                    self.0.push(b'"');
                }
            },
        }
    }

    fn reserve_text(&mut self, len: usize) -> Target {
        self.0.push(b'"');
        let target = reserve(self.0, len);
        self.0.push(b'"');
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
    use crate::record::value::{Text, Whole};

    fn written(write: impl FnOnce(&mut JsonValue<'_>)) -> String {
        let mut buf = b"before ".to_vec();
        write(&mut Json::member(&mut buf));
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
            (View::Number("-1.50E+2"), "-1.50E+2"),
            (
                View::Whole(Whole {
                    raw: "[ 1 ]",
                    holds_object: false,
                }),
                "[ 1 ]",
            ),
        ] {
            assert_eq!(written(|o| o.copy(view)), expected);
        }
    }

    #[test]
    fn reserved_text_stands_between_its_quotes() {
        let mut buf = b"xx".to_vec();
        let target = Json::member(&mut buf).reserve_text(3);
        assert_eq!((target.at, target.len), (3, 3));
        assert_eq!(buf, b"xx\"000\"");
    }
}
