//! How a format writes a record: what the transform stage asks of `encode`.

use super::tape::{Document, Entry};
use super::value::Out;

/// Object or array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Container {
    /// Members with names.
    Object,
    /// Elements without.
    Array,
}

/// One format. Everything is appended to a buffer that the caller truncates
/// when a value does not go out after all.
pub trait Format {
    /// Takes one value at its place in the record.
    type Member<'b>: Out;
    /// Takes a record key or a header.
    type Plain<'b>: PlainOut;

    /// The place at the end of `buf`.
    fn member(buf: &mut Vec<u8>) -> Self::Member<'_>;
    /// A record key or header at the end of `buf`.
    fn plain(buf: &mut Vec<u8>) -> Self::Plain<'_>;
    /// Begins a container.
    fn open(kind: Container, buf: &mut Vec<u8>);
    /// Ends a container.
    fn close(kind: Container, buf: &mut Vec<u8>);
    /// Parts a member or element from the one before it in its container, if
    /// there is one.
    fn separate(buf: &mut Vec<u8>);
    /// The name of a member as the input has it.
    fn name(document: &Document<'_>, entry: &Entry, buf: &mut Vec<u8>);
}

/// What was written to a plain output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plain {
    /// Nothing: the key is null, the header is left out.
    Nothing,
    /// Null.
    Null,
    /// The bytes appended, possibly none.
    Bytes,
}

/// A plain output tells null and nothing from empty text.
pub trait PlainOut: Out {
    /// What was written.
    fn written(&self) -> Plain;
}
