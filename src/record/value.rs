//! One scalar as an action sees it, and where an action writes: no format.

use super::Reason;
use super::number::Number;
use super::tape::{Entry, HOLDS_OBJECT, Kind};
use super::time::Time;

/// Text of an event. `raw` is valid UTF-8; how it spells its characters
/// depends on where it came from.
#[derive(Clone, Copy)]
pub struct Text<'a> {
    raw: &'a str,
    form: TextForm,
    /// Of [`TextForm::Uuid`].
    uuid: Option<&'a [u8; 16]>,
}

/// How the bytes of a [`Text`] spell its characters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TextForm {
    /// The inside of a validated JSON string without a backslash: its
    /// characters as they are, and may be copied between quotes as it is.
    Json,
    /// The inside of a validated JSON string with escapes: may be copied
    /// between quotes as it is; its characters are those after unescaping.
    JsonEscaped,
    /// Plain characters (a record key, a header): any character, none escaped.
    Plain,
    /// 16 bytes, spelled as a UUID (RFC 9562, section 4) in lower case when its
    /// characters are asked for; nothing is spelled raw.
    Uuid,
}

impl<'a> Text<'a> {
    /// `raw` must be what `form` says; the decoder and the key reader are the callers.
    pub const fn new(raw: &'a str, form: TextForm) -> Self {
        Text {
            raw,
            form,
            uuid: None,
        }
    }

    /// A UUID that a format holds as its 16 bytes.
    pub const fn of_uuid(bytes: &'a [u8; 16]) -> Self {
        Text {
            raw: "",
            form: TextForm::Uuid,
            uuid: Some(bytes),
        }
    }

    /// Its bytes, where a format holds it as a UUID.
    pub(crate) const fn as_uuid(self) -> Option<&'a [u8; 16]> {
        self.uuid
    }

    /// The bytes as they stand in the input, still escaped if they were.
    pub(crate) const fn raw(self) -> &'a str {
        self.raw
    }

    /// How [`Text::raw`] spells its characters.
    pub(crate) const fn form(self) -> TextForm {
        self.form
    }

    /// The characters. `scratch` is cleared and used only when there are escapes, or a
    /// UUID is to be spelled.
    pub(crate) fn chars_in<'s>(self, scratch: &'s mut String) -> &'s str
    where
        'a: 's,
    {
        match self.form {
            TextForm::Json | TextForm::Plain => return self.raw,
            TextForm::JsonEscaped => {
                scratch.clear();
                super::escape::unescape_into(self.raw, scratch);
            }
            TextForm::Uuid => {
                scratch.clear();
                self.uuid
                    .into_iter()
                    .for_each(|bytes| spell_uuid(bytes, scratch));
            }
        }
        scratch
    }
}

/// Appends it in groups of 4, 2, 2, 2 and 6 bytes.
fn spell_uuid(bytes: &[u8; 16], out: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for (n, byte) in bytes.iter().enumerate() {
        if matches!(n, 4 | 6 | 8 | 10) {
            out.push('-');
        }
        for digit in [byte >> 4, byte & 15] {
            out.push(char::from(DIGITS[usize::from(digit)]));
        }
    }
}

/// A value as an action sees it. No format shows through: all of them give the
/// same views.
#[derive(Clone, Copy)]
pub enum View<'a> {
    /// Null.
    Null,
    /// A boolean.
    Bool(bool),
    /// A number.
    Number(Number<'a>),
    /// Text.
    Text(Text<'a>),
    /// A time, where the format has a type for it.
    Time(Time),
    /// Bytes that are no text, where the format has a type for them.
    Bytes(&'a [u8]),
    /// An array or object, fully validated.
    Whole(Whole<'a>),
}

/// An array or object taken as it stands.
#[derive(Clone, Copy)]
pub struct Whole<'a> {
    form: WholeForm<'a>,
    is_object: bool,
    holds_object: bool,
}

#[derive(Clone, Copy)]
enum WholeForm<'a> {
    /// JSON text from bracket to bracket, as read.
    Json(&'a str),
    /// An entry of a document that is no JSON.
    Entry(&'a Entry, &'a dyn SpellJson),
}

/// A document of another format that can spell a value of its own as JSON.
pub trait SpellJson {
    /// Appends the array or object at `entry`, as JSON text.
    ///
    /// # Errors
    /// The reason why something in it has no JSON text.
    fn spell_json(&self, entry: &Entry, out: &mut Vec<u8>) -> Applied;

    /// The bytes of it, where they can be copied to a place of the same type.
    fn raw(&self, _entry: &Entry) -> Option<&[u8]> {
        None
    }

    /// Appends it to a document of its own format, at the place that the format knows by
    /// that tag and that has the same type. False: it cannot be.
    fn write_at(&self, _entry: &Entry, _tag: u32, _out: &mut Vec<u8>) -> bool {
        false
    }
}

impl<'a> Whole<'a> {
    /// Validated JSON text from bracket to bracket. `is_object`: it is an
    /// object; `holds_object`: it is one, or one stands anywhere inside.
    pub const fn of_json(text: &'a str, is_object: bool, holds_object: bool) -> Self {
        Whole {
            form: WholeForm::Json(text),
            is_object,
            holds_object,
        }
    }

    /// The array or object at `entry` of a document that is no JSON.
    pub fn of_entry(entry: &'a Entry, document: &'a dyn SpellJson) -> Self {
        Whole {
            form: WholeForm::Entry(entry, document),
            is_object: entry.kind == Kind::Object,
            holds_object: entry.flags & HOLDS_OBJECT != 0,
        }
    }

    /// True when it is an object.
    pub(crate) const fn is_object(self) -> bool {
        self.is_object
    }

    /// True when it is an object or an object stands anywhere inside: what is
    /// kept whole then could grow a field nobody named.
    pub(crate) const fn holds_object(self) -> bool {
        self.holds_object
    }

    /// Its bytes in a format that is no JSON, where they can be copied to a place of the
    /// same type.
    pub(crate) fn raw(self) -> Option<&'a [u8]> {
        match self.form {
            WholeForm::Json(_) => None,
            WholeForm::Entry(entry, document) => document.raw(entry),
        }
    }

    /// Appends it to a document of its own format that is no JSON, at the place that the
    /// format knows by that tag and that has the same type. False: it cannot be.
    #[cfg_attr(
        not(feature = "protobuf"),
        allow(dead_code, reason = "Protobuf alone is written anew")
    )]
    pub(crate) fn write_at(self, tag: u32, out: &mut Vec<u8>) -> bool {
        match self.form {
            WholeForm::Json(_) => false,
            WholeForm::Entry(entry, document) => document.write_at(entry, tag, out),
        }
    }

    /// Appends it as JSON text: as read, if it was read as JSON.
    ///
    /// # Errors
    /// The reason why something in it has no JSON text.
    pub(crate) fn json_into(self, out: &mut Vec<u8>) -> Applied {
        match self.form {
            WholeForm::Json(text) => {
                out.extend_from_slice(text.as_bytes());
                Ok(())
            }
            WholeForm::Entry(entry, document) => document.spell_json(entry, out),
        }
    }
}

/// Clear values never print themselves: only their kind and length do.
impl std::fmt::Debug for View<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            View::Null => f.write_str("Null"),
            View::Bool(_) => f.write_str("Bool(..)"),
            View::Number(n) => n.fmt(f),
            View::Text(t) => t.fmt(f),
            View::Time(t) => t.fmt(f),
            View::Bytes(b) => write!(f, "Bytes(.. {} bytes)", b.len()),
            View::Whole(w) => w.fmt(f),
        }
    }
}

impl std::fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let len = self.uuid.map_or(self.raw.len(), |bytes| bytes.len());
        write!(f, "Text(.. {len} bytes)")
    }
}

impl std::fmt::Debug for Whole<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Whole(..)")
    }
}

/// Where an action writes its result. Exactly one call per value written; a
/// call not made means that the action yields nothing and the field is absent.
///
/// Two kinds exist: a member of the record, as its format spells it, and plain
/// bytes (a record key or header: text stands as it is).
pub trait Out {
    /// Writes `null` (a plain output becomes a null key or header value).
    fn null(&mut self);
    /// Writes a boolean.
    fn bool(&mut self, value: bool);
    /// Writes a number; `text` must follow JSON's number grammar.
    fn number(&mut self, text: &str);
    /// Writes text, escaping what must be escaped.
    fn text(&mut self, text: &str);
    /// Writes text of printable ASCII without `"` and `\`, so that there is
    /// nothing to escape.
    fn ascii(&mut self, text: &[u8]);
    /// Writes a time; one without a text is an error of [`super::format::End`].
    fn time(&mut self, time: Time);
    /// Writes bytes.
    fn bytes(&mut self, bytes: &[u8]);
    /// Copies a value byte for byte in value: numbers keep their text, strings
    /// their escapes, arrays and objects their inside. What cannot be spelled
    /// is an error of [`super::format::End`].
    fn copy(&mut self, view: View<'_>);
    /// Writes text of exactly `len` bytes whose content a job fills in at the
    /// end of the batch (see [`Jobs`](super::jobs::Jobs)). The content must be
    /// ASCII without `"`, `\` and control characters. Returns the place of those
    /// bytes.
    fn reserve_text(&mut self, len: usize) -> Target;
}

/// Bytes in the output buffer that a deferred job will fill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// First byte, counted from the start of the output buffer.
    pub(crate) at: u32,
    /// Number of bytes.
    pub(crate) len: u32,
}

impl Target {
    /// These bytes of the output buffer.
    pub(crate) fn of(self, out: &mut [u8]) -> &mut [u8] {
        &mut out[self.at as usize..][..self.len as usize]
    }
}

/// What an action left behind.
pub(crate) type Applied = Result<(), Reason>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_is_spelled_in_lower_case_and_prints_nothing_of_itself() {
        // RFC 9562, appendix A.2.
        let bytes = [
            0x91, 0x9b, 0x98, 0x43, 0xce, 0xb5, 0x4f, 0x9d, 0x92, 0x2c, 0x48, 0xb5, 0x1c, 0xb1,
            0x0a, 0xfe,
        ];
        let text = Text::of_uuid(&bytes);
        let mut scratch = "before".to_owned();
        let spelled = "919b9843-ceb5-4f9d-922c-48b51cb10afe";
        assert_eq!(text.chars_in(&mut scratch), spelled);
        assert_eq!(format!("{text:?}"), "Text(.. 16 bytes)");
    }
}
