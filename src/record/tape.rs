//! The tape: for each value that the plan names, its slot, kind and bytes.
//!
//! Reused from record to record; a record is never a tree.

use super::value::{Text, TextForm, View, Whole};

/// A state of the automaton, and so a column of the role tables.
pub type Slot = u32;

/// What kind of JSON value an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// `null`.
    Null,
    /// `true`.
    True,
    /// `false`.
    False,
    /// A number.
    Number,
    /// A string; the span is the inside, without the quotes.
    Text,
    /// An object; the span is from brace to brace.
    Object,
    /// An array; the span is from bracket to bracket.
    Array,
}

/// The string, or the name, has escapes.
pub const ESCAPED: u8 = 1;
/// The name (`key_at`) has escapes.
pub const KEY_ESCAPED: u8 = 2;
/// The value is an element of an array: it has no name.
pub const ELEMENT: u8 = 4;
/// The array or object holds an object, or is one.
pub const HOLDS_OBJECT: u8 = 8;
/// The value answers a read of the plan.
pub const READ: u8 = 16;

/// One value that somebody reads.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Entry {
    /// The state its path led to.
    pub slot: Slot,
    /// First byte of the value in the input.
    pub start: u32,
    /// Byte after its last.
    pub end: u32,
    /// The entry after its whole subtree.
    pub next: u32,
    /// First byte of its name's inside in the input (elements: 0).
    pub key_at: u32,
    /// Bytes of that name.
    pub key_len: u16,
    /// What it is.
    pub kind: Kind,
    /// [`ESCAPED`], [`KEY_ESCAPED`], [`ELEMENT`], [`HOLDS_OBJECT`], [`READ`].
    pub flags: u8,
}

/// The entries of one record, in document order.
#[derive(Default)]
pub struct Tape {
    /// All entries; the first is the top-level object.
    pub entries: Vec<Entry>,
    /// For each read of the plan (consent, type, subject, key): the entry, or
    /// [`Tape::ABSENT`].
    pub reads: Vec<u32>,
    /// Members nobody named, counted for the minimisation figures.
    pub unnamed: u32,
}

impl Tape {
    /// Marks a read that the record does not have.
    pub const ABSENT: u32 = u32::MAX;

    /// The value of an entry. `input` is the text that the tape was made from.
    pub fn view<'a>(&self, entry: &Entry, input: &'a str) -> View<'a> {
        let raw = &input[entry.start as usize..entry.end as usize];
        match entry.kind {
            Kind::Null => View::Null,
            Kind::True => View::Bool(true),
            Kind::False => View::Bool(false),
            Kind::Number => View::Number(raw),
            Kind::Text => View::Text(Text::new(
                raw,
                if entry.flags & ESCAPED == 0 {
                    TextForm::Json
                } else {
                    TextForm::JsonEscaped
                },
            )),
            Kind::Object | Kind::Array => View::Whole(Whole {
                raw,
                holds_object: entry.flags & HOLDS_OBJECT != 0,
            }),
        }
    }

    /// What read number `read` found.
    pub fn read<'a>(&self, read: u16, input: &'a str) -> Option<View<'a>> {
        let at = self.reads[usize::from(read)];
        (at != Self::ABSENT).then(|| self.view(&self.entries[at as usize], input))
    }
}

/// A validated text and what the plan names in it.
#[derive(Clone, Copy)]
pub struct Document<'a> {
    /// The text.
    pub text: &'a str,
    /// Its named values.
    pub tape: &'a Tape,
}

impl<'a> Document<'a> {
    /// The value of an entry.
    #[inline]
    pub fn view(&self, entry: &Entry) -> View<'a> {
        self.tape.view(entry, self.text)
    }

    /// What read number `read` found.
    pub fn read(&self, read: u16) -> Option<View<'a>> {
        self.tape.read(read, self.text)
    }
}
