//! The tape: for each value that the plan names, its slot, kind and bytes.
//!
//! Reused from record to record; a record is never a tree.

use super::Reason;
use super::format::{JsonText, Reader};
use super::value::View;

/// A state of the automaton, and so a column of the role tables.
pub type Slot = u32;

/// What kind of value an entry is.
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
    /// Text; the span is the inside, without what the format puts around it.
    Text,
    /// A time, where the format has a type for it.
    Time,
    /// Bytes that are no text, where the format has a type for them.
    Bytes,
    /// An object; the span holds all of it.
    Object,
    /// An array; the span holds all of it.
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
    /// Further values of reads that may find several, in the order of the record.
    pub more: Vec<(u16, u32)>,
    /// Reads without a value because a text on the way to it could not be read, and why.
    pub unreadable: Vec<(u16, Reason)>,
    /// Members nobody named, counted for the minimisation figures.
    pub unnamed: u32,
    /// The texts that are to be opened, by their entries.
    pub pending: Vec<u32>,
    /// Those that were, in the order of their entries.
    pub opened: Vec<Opened>,
    /// The characters of those, one behind the other. What is named in them stands
    /// behind all other entries, and lies there.
    pub side: String,
}

/// A text that was opened.
#[derive(Clone, Copy, Debug)]
pub struct Opened {
    /// Its entry.
    pub entry: u32,
    /// First byte of its characters in [`Tape::side`].
    pub at: u32,
    /// Byte after its last.
    pub end: u32,
    /// The entry of the object or array in it; of what could not be read, the one
    /// that comes next.
    pub root: u32,
    /// Why it could not be read.
    pub refused: Option<Reason>,
}

impl Tape {
    /// Marks a read that the record does not have.
    pub const ABSENT: u32 = u32::MAX;

    /// What became of the text at that entry; `None`: it is empty, or a word for
    /// nothing.
    pub(crate) fn opened(&self, entry: u32) -> Option<&Opened> {
        let at = self.opened.binary_search_by_key(&entry, |o| o.entry);
        at.ok().map(|at| &self.opened[at])
    }

    /// The opened text that an entry lies in.
    pub(crate) fn around(&self, entry: u32) -> Option<&Opened> {
        let behind = self.opened.partition_point(|o| o.root <= entry);
        self.opened.get(behind.checked_sub(1)?)
    }

    /// The characters of an opened text.
    pub(crate) fn characters(&self, opened: &Opened) -> &str {
        &self.side[opened.at as usize..opened.end as usize]
    }

    /// An opened text as a document of its own.
    pub(crate) fn inside<'a>(&'a self, opened: &Opened) -> Document<'a, JsonText> {
        Document {
            input: self.characters(opened),
            tape: self,
        }
    }
}

/// A validated input and what the plan names in it.
pub struct Document<'a, R: Reader> {
    /// What the tape was made from.
    pub(crate) input: R::Input<'a>,
    /// Its named values.
    pub(crate) tape: &'a Tape,
}

impl<R: Reader> Clone for Document<'_, R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R: Reader> Copy for Document<'_, R> {}

impl<'a, R: Reader> Document<'a, R> {
    /// The value of an entry.
    #[inline]
    pub(crate) fn view(&self, entry: &'a Entry) -> View<'a> {
        R::view(self.input, entry)
    }

    /// What read number `read` found; of several the first.
    pub(crate) fn read(&self, read: u16) -> Option<View<'a>> {
        let at = self.tape.reads[usize::from(read)];
        (at != Tape::ABSENT).then(|| self.at(at))
    }

    /// The same, where one value is meant.
    ///
    /// # Errors
    /// `duplicate_key` when there are several; why a text could not be read on the way.
    pub(crate) fn read_one(&self, read: u16) -> Result<Option<View<'a>>, Reason> {
        if self.tape.more.iter().any(|(other, _)| *other == read) {
            return Err(Reason::DuplicateKey);
        }
        match self.unreadable(read) {
            Some(reason) => Err(reason),
            None => Ok(self.read(read)),
        }
    }

    /// All that it found.
    pub(crate) fn read_all(&self, read: u16) -> impl Iterator<Item = View<'a>> {
        let more = self.tape.more.iter();
        let more = more.filter(move |(other, _)| *other == read);
        self.read(read)
            .into_iter()
            .chain(more.map(|(_, at)| self.at(*at)))
    }

    /// Why it found nothing, where a text on the way could not be read.
    pub(crate) fn unreadable(&self, read: u16) -> Option<Reason> {
        let mut all = self.tape.unreadable.iter();
        all.find(|(other, _)| *other == read)
            .map(|(_, reason)| *reason)
    }

    fn at(&self, at: u32) -> View<'a> {
        let entry = &self.tape.entries[at as usize];
        match self.tape.around(at) {
            Some(opened) => self.tape.inside(opened).view(entry),
            None => self.view(entry),
        }
    }
}
