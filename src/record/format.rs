//! What a format is: how it is read off a tape, and how it is written.
//!
//! A [`Reader`] is implemented in `decode`, a [`Format`] in `render`; quotes,
//! colons, braces, counts and lengths are known to these two alone.

use super::Reason;
use super::append::Spelling;
use super::jobs::Jobs;
use super::tape::{Entry, Slot};
use super::value::{Applied, Out, Text, View};

/// What JSON text (RFC 8259) is read with.
pub struct JsonText;

/// How a format is read: what the tape's entries are views of.
pub trait Reader {
    /// What a tape is made from.
    type Input<'a>: Copy;
    /// Its members and values are JSON text.
    const IS_JSON: bool;

    /// The value of an entry.
    fn view<'a>(input: Self::Input<'a>, entry: &'a Entry) -> View<'a>;
    /// The name of a member, as the input spells it.
    fn name<'a>(input: Self::Input<'a>, entry: &Entry) -> Text<'a>;
    /// The input itself.
    fn bytes<'a>(input: Self::Input<'a>) -> &'a [u8];
    /// The state of the plan's automaton that a slot of its tape stands for.
    fn state(input: Self::Input<'_>, slot: Slot) -> Slot;
}

/// Object or array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Container {
    /// Members with names.
    Object,
    /// Elements without.
    Array,
}

/// Where in the output a value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrittenAt {
    /// The slot of the value that it is made from.
    pub slot: Slot,
    /// Which of the fields that are made from it.
    pub nth: u32,
}

/// A field of the output that a type says is there, where a value of the input stands,
/// whatever is written of that value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// By which its pen knows it.
    pub at: u32,
    /// The fields that are made from the value and may be written there: of several one
    /// (`when`); none: another type of record has it.
    pub writes: Box<[u32]>,
}

/// What a pen remembers of an open container until it is closed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    /// A place in the buffer.
    pub at: u32,
    /// How many elements or members.
    pub count: u32,
    /// Where the element or member that is written last begins.
    pub from: u32,
}

/// What stands in front of each value, by output.
#[derive(Clone, Copy)]
pub struct Prefixes<'t>(pub &'t [Box<[u8]>]);

impl Prefixes<'_> {
    /// Nothing, at any output.
    pub const NONE: Prefixes<'static> = Prefixes(&[]);

    /// Appends what stands in front of a value of that output.
    #[inline]
    pub fn begin(self, output: usize, buf: &mut Vec<u8>) {
        if let Some(prefix) = self.0.get(output) {
            buf.extend_from_slice(prefix);
        }
    }
}

/// One format, read and written. Everything is appended to a buffer that the
/// caller truncates when a value does not go out after all.
pub trait Format {
    /// What it is read with.
    type Reader: Reader;
    /// What it must know of all outputs: nothing, or the schemas that their
    /// records are written with.
    type Schemas<'t>: Copy;
    /// What it must know of the places of one role table: nothing, or their
    /// types.
    type Types<'t>: Copy;
    /// Takes one value at its place in the record.
    type Member<'t, 'b>: Out + End;
    /// Takes a record key or a header.
    type Plain<'b>: PlainOut;
    /// The format that the inside of a sealed value is written in.
    type Sealed: for<'t> Format<Reader = Self::Reader, Types<'t> = ()>;
    /// The format that the inside of a text is written in.
    type Text: for<'t> Format<Reader = JsonText, Types<'t> = ()>;
    /// Containers are written when they are reached, not when something inside
    /// is, and fields in the order of [`Format::standing`]: a type says that they are
    /// there.
    const EAGER: bool;
    /// Its containers have something to remember until they are closed.
    const MARKS: bool;

    /// What stands in front of a whole value of that output.
    #[inline]
    fn begin(_schemas: Self::Schemas<'_>, _output: usize, _buf: &mut Vec<u8>) {}
    /// The types of one role table of one output.
    fn types<'t>(schemas: Self::Schemas<'t>, output: usize, table: usize) -> Self::Types<'t>;
    /// The types of another role table of the same output: of elements that are told
    /// apart by what they hold.
    fn types_of<'t>(types: Self::Types<'t>, table: usize) -> Self::Types<'t>;
    /// Of an eager format: the fields that stand in the output where a value in that
    /// slot stands in the input, in their order.
    fn standing<'t>(types: Self::Types<'t>, slot: Slot) -> &'t [Standing];
    /// Of an eager format: false for a container in that slot of which the output has
    /// nothing.
    fn is_there(types: Self::Types<'_>, slot: Slot) -> bool;
    /// The place at the end of `buf`.
    fn member<'t, 'b>(
        types: Self::Types<'t>,
        place: WrittenAt,
        buf: &'b mut Vec<u8>,
    ) -> Self::Member<'t, 'b>;
    /// A record key or header at the end of `buf`.
    fn plain(buf: &mut Vec<u8>) -> Self::Plain<'_>;
    /// Begins a container.
    fn open(kind: Container, types: Self::Types<'_>, slot: Slot, buf: &mut Vec<u8>) -> Mark;
    /// Before each element or member of the container that `around` marks.
    fn separate(around: &mut Mark, buf: &mut Vec<u8>);
    /// Behind each element or member that was written to the container that `around`
    /// marks. What it writes in front of that moves the targets of the jobs there.
    #[inline]
    fn behind(_around: &Mark, _buf: &mut Vec<u8>, _jobs: &mut Jobs) {}
    /// Ends a container. What it writes in front of its inside moves the
    /// targets of the jobs there: see `Jobs::shift`.
    fn close(kind: Container, mark: Mark, buf: &mut Vec<u8>, jobs: &mut Jobs);
    /// Of an eager format: a field that this record does not have.
    ///
    /// # Errors
    /// When something must stand there, and nothing can.
    fn absent(types: Self::Types<'_>, field: &Standing, buf: &mut Vec<u8>) -> Applied;
    /// A name, ready to be written many times.
    fn spell(name: &str) -> Box<[u8]>;
    /// The name of a field that is called so by the policy, made from `entry`; `spelled`
    /// is what [`Format::spell`] made of it.
    fn named(
        types: Self::Types<'_>,
        name: &str,
        spelled: &Spelling,
        input: Input<'_, Self>,
        entry: &Entry,
        buf: &mut Vec<u8>,
    );
    /// A name that was made for this record alone.
    fn made_name(name: &str, buf: &mut Vec<u8>);
    /// The name of a member as the input has it.
    fn name(types: Self::Types<'_>, input: Input<'_, Self>, entry: &Entry, buf: &mut Vec<u8>);

    /// True when the member stands in the input as it would be written, name
    /// and all.
    fn is_verbatim(entry: &Entry) -> bool;
    /// True when two members that are verbatim follow each other as they would
    /// be written.
    fn adjoin(one: &Entry, next: &Entry) -> bool;
    /// The members from `first` to `last` as they stand.
    fn verbatim<'a>(input: Input<'a, Self>, first: &Entry, last: &Entry) -> &'a [u8];
}

/// What a format reads.
pub type Input<'a, F> = <<F as Format>::Reader as Reader>::Input<'a>;

/// What became of a value at its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// It stands there, in however many bytes.
    Value,
    /// Nothing does: the field is absent.
    Nothing,
}

/// Says at the end what was written: a format may write a value in no byte.
pub trait End {
    /// What was written.
    ///
    /// # Errors
    /// The reason why the value does not fit its place.
    fn end(self) -> Result<Written, Reason>;
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
    ///
    /// # Errors
    /// The reason why the value has no text.
    fn written(&self) -> Result<Plain, Reason>;
}
