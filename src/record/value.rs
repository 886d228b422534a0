//! One scalar as an action sees it, and where an action writes: no format.

use super::Reason;

/// Text of an event. `raw` is valid UTF-8; how it spells its characters
/// depends on where it came from.
#[derive(Clone, Copy)]
pub struct Text<'a> {
    raw: &'a str,
    form: TextForm,
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
}

impl<'a> Text<'a> {
    /// `raw` must be what `form` says; the decoder and the key reader are the callers.
    pub const fn new(raw: &'a str, form: TextForm) -> Self {
        Text { raw, form }
    }

    /// The bytes as they stand in the input, still escaped if they were.
    pub const fn raw(self) -> &'a str {
        self.raw
    }

    /// How [`Text::raw`] spells its characters.
    pub const fn form(self) -> TextForm {
        self.form
    }

    /// The characters. `scratch` is cleared and used only when there are escapes.
    pub fn chars_in<'s>(self, scratch: &'s mut String) -> &'s str
    where
        'a: 's,
    {
        if self.form != TextForm::JsonEscaped {
            return self.raw;
        }
        scratch.clear();
        super::escape::unescape_into(self.raw, scratch);
        scratch
    }
}

/// A value as an action sees it. No format shows through: JSON, and later Avro
/// and Protobuf, give the same views.
#[derive(Clone, Copy)]
pub enum View<'a> {
    /// JSON `null`.
    Null,
    /// JSON `true` or `false`.
    Bool(bool),
    /// A number by its own text, in JSON's number grammar (RFC 8259 section 6).
    Number(&'a str),
    /// Text.
    Text(Text<'a>),
    /// An array or object by its own text, bracket to bracket, fully validated.
    Whole(Whole<'a>),
}

/// An array or object taken as it stands.
#[derive(Clone, Copy)]
pub struct Whole<'a> {
    /// JSON text from bracket to bracket, as read.
    pub raw: &'a str,
    /// True when it is an object or an object stands anywhere inside: what is
    /// kept whole then could grow a field nobody named.
    pub holds_object: bool,
}

/// Clear values never print themselves: only their kind and length do.
impl std::fmt::Debug for View<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            View::Null => f.write_str("Null"),
            View::Bool(_) => f.write_str("Bool(..)"),
            View::Number(n) => write!(f, "Number(.. {} bytes)", n.len()),
            View::Text(t) => write!(f, "Text(.. {} bytes)", t.raw.len()),
            View::Whole(w) => write!(f, "Whole(.. {} bytes)", w.raw.len()),
        }
    }
}

impl std::fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Text(.. {} bytes)", self.raw.len())
    }
}

impl std::fmt::Debug for Whole<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Whole(.. {} bytes)", self.raw.len())
    }
}

/// Where an action writes its result. Exactly one call per value written; a
/// call not made means that the action yields nothing and the field is absent.
///
/// Two kinds exist: a JSON member (text stands between quotes) and plain bytes
/// (a record key or header: text stands as it is).
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
    /// Copies a value byte for byte in value: numbers keep their text, strings
    /// their escapes, arrays and objects their inside.
    fn copy(&mut self, view: View<'_>);
    /// Writes text of exactly `len` bytes whose content a job fills in at the
    /// end of the batch (see [`Jobs`]). The content must be ASCII without `"`,
    /// `\` and control characters. Returns the place of those bytes.
    fn reserve_text(&mut self, len: usize) -> Target;
}

/// Bytes in the output buffer that a deferred job will fill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// First byte, counted from the start of the output buffer.
    pub at: u32,
    /// Number of bytes.
    pub len: u32,
}

impl Target {
    /// These bytes of the output buffer.
    pub fn of(self, out: &mut [u8]) -> &mut [u8] {
        &mut out[self.at as usize..][..self.len as usize]
    }
}

/// What an action left behind.
pub type Applied = Result<(), Reason>;
