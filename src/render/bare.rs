//! Values without parts out: the text as it is, or the bytes; nothing around them.

use std::marker::PhantomData;

use super::json::{Json, JsonOf};
use super::plain::PlainText;
use crate::record::Reason;
use crate::record::append::Spelling;
use crate::record::format::{
    Container, End, Format, Input, Mark, Plain, PlainOut, Prefixes, Reader, Standing, Written,
    WrittenAt,
};
use crate::record::jobs::Jobs;
use crate::record::tape::{Entry, Slot};
use crate::record::time::Time;
use crate::record::value::{Applied, Out, Target, View};

/// One value without name and brackets, whatever is read.
pub struct BareOf<R>(PhantomData<R>);

/// That value, at the end of a buffer.
pub struct BareValue<'b>(PlainText<'b>);

impl<R: Reader> Format for BareOf<R> {
    type Reader = R;
    type Schemas<'t> = Prefixes<'t>;
    type Types<'t> = ();
    type Member<'t, 'b> = BareValue<'b>;
    type Plain<'b> = PlainText<'b>;
    type Sealed = JsonOf<R>;
    type Text = Json;
    const EAGER: bool = false;
    const MARKS: bool = false;

    fn types<'t>(_: Self::Schemas<'t>, _: usize, _: usize) -> Self::Types<'t> {}

    fn types_of<'t>((): Self::Types<'t>, _: usize) -> Self::Types<'t> {}

    fn standing<'t>((): Self::Types<'t>, _: Slot) -> &'t [Standing] {
        &[]
    }

    fn is_there((): (), _: Slot) -> bool {
        true
    }

    fn member<'t, 'b>(
        (): Self::Types<'t>,
        _: WrittenAt,
        buf: &'b mut Vec<u8>,
    ) -> Self::Member<'t, 'b> {
        BareValue(PlainText::new(buf))
    }

    fn plain(buf: &mut Vec<u8>) -> PlainText<'_> {
        PlainText::new(buf)
    }

    fn open(_: Container, (): (), _: Slot, _: &mut Vec<u8>) -> Mark {
        Mark::default()
    }

    fn separate(_: &mut Mark, _: &mut Vec<u8>) {}

    fn close(_: Container, _: Mark, _: &mut Vec<u8>, _: &mut Jobs) {}

    fn absent((): (), _: &Standing, _: &mut Vec<u8>) -> Applied {
        Ok(())
    }

    fn spell(_: &str) -> Box<[u8]> {
        Box::default()
    }

    fn named((): (), _: &str, _: &Spelling, _: Input<'_, Self>, _: &Entry, _: &mut Vec<u8>) {}

    fn made_name(_: &str, _: &mut Vec<u8>) {}

    fn name((): (), _: Input<'_, Self>, _: &Entry, _: &mut Vec<u8>) {}

    fn is_verbatim(_: &Entry) -> bool {
        false
    }

    fn adjoin(_: &Entry, _: &Entry) -> bool {
        false
    }

    fn verbatim<'a>(_: Input<'a, Self>, _: &Entry, _: &Entry) -> &'a [u8] {
        unreachable!("nothing is verbatim")
    }
}

impl End for BareValue<'_> {
    fn end(self) -> Result<Written, Reason> {
        match self.0.written()? {
            Plain::Bytes => Ok(Written::Value),
            Plain::Nothing => Ok(Written::Nothing),
            // A record whose value is null is a tombstone: it would delete.
            Plain::Null => Err(Reason::WrongType),
        }
    }
}

impl Out for BareValue<'_> {
    fn null(&mut self) {
        self.0.null();
    }

    fn bool(&mut self, value: bool) {
        self.0.bool(value);
    }

    fn number(&mut self, text: &str) {
        self.0.number(text);
    }

    fn text(&mut self, text: &str) {
        self.0.text(text);
    }

    fn ascii(&mut self, text: &[u8]) {
        self.0.ascii(text);
    }

    fn time(&mut self, time: Time) {
        self.0.time(time);
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.0.bytes(bytes);
    }

    fn copy(&mut self, view: View<'_>) {
        self.0.copy(view);
    }

    fn reserve_text(&mut self, len: usize) -> Target {
        self.0.reserve_text(len)
    }
}
