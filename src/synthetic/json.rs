//! Writing one line of JSON, members in the order in which they are said.

use std::fmt::{Display, Write};

/// One value under way. What was written last tells whether a comma is due, so
/// there is nothing to open or close out of order.
#[derive(Default)]
pub(super) struct Json {
    text: String,
}

impl Json {
    /// What was written.
    pub(super) fn into_text(self) -> String {
        self.text
    }

    /// An object: the event itself, or an element of an array.
    pub(super) fn whole(&mut self, inside: impl FnOnce(&mut Json)) {
        self.comma();
        self.braces('{', inside, '}');
    }

    /// An element that is text.
    pub(super) fn element(&mut self, value: &str) {
        self.comma();
        self.string(value);
    }

    /// A member that is text.
    pub(super) fn text(&mut self, name: &str, value: &str) {
        self.name(name);
        self.string(value);
    }

    /// A member that is a number, or `true` or `false`, as it prints.
    pub(super) fn plain(&mut self, name: &str, value: impl Display) {
        self.name(name);
        let _ = write!(self.text, "{value}");
    }

    /// A member that is a number or the like written as text.
    pub(super) fn quoted(&mut self, name: &str, value: impl Display) {
        self.name(name);
        let _ = write!(self.text, "\"{value}\"");
    }

    /// A member that is null.
    pub(super) fn null(&mut self, name: &str) {
        self.plain(name, "null");
    }

    /// A member that is text, or null where there is none.
    pub(super) fn text_or_null(&mut self, name: &str, value: Option<&str>) {
        match value {
            Some(value) => self.text(name, value),
            None => self.null(name),
        }
    }

    /// A member that is an object.
    pub(super) fn object(&mut self, name: &str, inside: impl FnOnce(&mut Json)) {
        self.name(name);
        self.braces('{', inside, '}');
    }

    /// A member that is an array.
    pub(super) fn array(&mut self, name: &str, inside: impl FnOnce(&mut Json)) {
        self.name(name);
        self.braces('[', inside, ']');
    }

    fn braces(&mut self, open: char, inside: impl FnOnce(&mut Json), close: char) {
        self.text.push(open);
        inside(self);
        self.text.push(close);
    }

    fn name(&mut self, name: &str) {
        self.comma();
        self.string(name);
        self.text.push(':');
    }

    fn comma(&mut self) {
        if !matches!(self.text.as_bytes().last(), None | Some(b'{' | b'[' | b':')) {
            self.text.push(',');
        }
    }

    fn string(&mut self, value: &str) {
        self.text.push('"');
        for c in value.chars() {
            match c {
                '"' => self.text.push_str("\\\""),
                '\\' => self.text.push_str("\\\\"),
                '\n' => self.text.push_str("\\n"),
                c if c < ' ' => {
                    let _ = write!(self.text, "\\u{:04x}", u32::from(c));
                }
                c => self.text.push(c),
            }
        }
        self.text.push('"');
    }
}
