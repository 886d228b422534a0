//! A value without parts to tape: one text, or bytes, as one leaf.
//!
//! The tape is that of an object with one member, which nobody wrote: what walks a tape
//! begins at an object, and finds the value where a policy's `.` leads.

use super::Limits;
use crate::plan::automaton::{Automaton, ITSELF, ROOT, WHOLE};
use crate::record::Reason;
use crate::record::bare::Bare;
use crate::record::format::Reader;
use crate::record::tape::{Entry, Kind, READ, Slot, Tape};
use crate::record::value::{Text, TextForm, View};

/// Longer values are refused whatever the limits say: places are 32 bits wide.
const INPUT_LIMIT: usize = 1 << 31;

/// What a value without parts is read with.
pub struct OneLeaf;

/// Such a value.
#[derive(Clone, Copy)]
pub enum Leaf<'a> {
    /// Text.
    Text(&'a str),
    /// Bytes.
    Bytes(&'a [u8]),
}

impl<'a> Leaf<'a> {
    fn view(self) -> View<'a> {
        match self {
            Leaf::Text(text) => View::Text(Text::new(text, TextForm::Plain)),
            Leaf::Bytes(bytes) => View::Bytes(bytes),
        }
    }

    fn bytes(self) -> &'a [u8] {
        match self {
            Leaf::Text(text) => text.as_bytes(),
            Leaf::Bytes(bytes) => bytes,
        }
    }

    fn kind(self) -> Kind {
        match self {
            Leaf::Text(_) => Kind::Text,
            Leaf::Bytes(_) => Kind::Bytes,
        }
    }
}

impl Reader for OneLeaf {
    type Input<'a> = Leaf<'a>;
    const IS_JSON: bool = false;

    fn view<'a>(leaf: Self::Input<'a>, entry: &'a Entry) -> View<'a> {
        match entry.kind {
            // The object that nobody wrote: no path leads to it.
            Kind::Object => View::Null,
            _ => leaf.view(),
        }
    }

    fn name<'a>(_: Self::Input<'a>, _: &Entry) -> Text<'a> {
        Text::new(ITSELF, TextForm::Plain)
    }

    fn bytes<'a>(leaf: Self::Input<'a>) -> &'a [u8] {
        leaf.bytes()
    }

    #[inline]
    fn state(_: Self::Input<'_>, slot: Slot) -> Slot {
        slot
    }
}

/// Fills `tape` with the leaf that `bytes` are, if `automaton` names it.
///
/// # Errors
/// `too_large`; `not_utf8` of a text. The tape means nothing then.
pub fn read<'a>(
    bytes: &'a [u8],
    bare: Bare,
    automaton: &Automaton,
    limits: &Limits,
    tape: &mut Tape,
) -> Result<Leaf<'a>, Reason> {
    if bytes.len() > (limits.value_bytes_max as usize).min(INPUT_LIMIT) {
        return Err(Reason::TooLarge);
    }
    let leaf = match bare {
        Bare::Text => Leaf::Text(simdutf8::basic::from_utf8(bytes).map_err(|_| Reason::NotUtf8)?),
        Bare::Bytes => Leaf::Bytes(bytes),
    };
    tape.entries.clear();
    tape.reads.clear();
    tape.reads.resize(automaton.reads_len(), Tape::ABSENT);
    tape.more.clear();
    tape.unreadable.clear();
    tape.pending.clear();
    tape.opened.clear();
    tape.unnamed = 0;
    let end = u32::try_from(bytes.len()).expect("values are shorter than 2 GiB");
    let mut note = |slot: Slot, kind: Kind, next: u32, flags: u8| {
        tape.entries.push(Entry {
            slot,
            start: 0,
            end,
            next,
            key_at: 0,
            key_len: 0,
            kind,
            flags,
        });
    };
    let slot = automaton.member(ROOT, ITSELF.as_bytes());
    if slot <= WHOLE {
        note(ROOT, Kind::Object, 1, 0);
        tape.unnamed = 1;
        return Ok(leaf);
    }
    note(ROOT, Kind::Object, 2, 0);
    let flags = u8::from(automaton.is_read(slot)) * READ;
    note(slot, leaf.kind(), 2, flags);
    for read in automaton.reads(slot) {
        tape.reads[usize::from(*read)] = 1;
    }
    Ok(leaf)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::automaton::Builder;
    use crate::record::path::Selector;
    use crate::record::tape::Document;

    fn automaton(named: bool) -> Automaton {
        let mut builder = Builder::default();
        let reads = match named {
            true => vec![builder.add(Selector::itself())],
            false => Vec::new(),
        };
        builder.build(&reads).unwrap().automaton
    }

    fn read_of(bytes: &[u8], bare: Bare) -> Result<Vec<u8>, Reason> {
        let mut tape = Tape::default();
        let automaton = automaton(true);
        let limits = Limits {
            value_bytes_max: 64,
            ..Limits::default()
        };
        let input = read(bytes, bare, &automaton, &limits, &mut tape)?;
        let document: Document<'_, OneLeaf> = Document { input, tape: &tape };
        Ok(match document.read(0) {
            Some(View::Text(text)) => text.raw().as_bytes().to_vec(),
            Some(View::Bytes(bytes)) => bytes.to_vec(),
            _ => panic!("neither text nor bytes"),
        })
    }

    #[test]
    fn a_text_is_what_it_is_and_what_is_none_is_refused() {
        for text in ["", "a line", "\u{feff}é\u{0}\r\n\"{}", "{\"a\":1}"] {
            assert_eq!(
                read_of(text.as_bytes(), Bare::Text).unwrap(),
                text.as_bytes()
            );
        }
        for bytes in [&b"\xff"[..], b"a\xc3", b"\xed\xa0\x80", b"\xc0\xaf"] {
            assert_eq!(read_of(bytes, Bare::Text), Err(Reason::NotUtf8));
            assert_eq!(read_of(bytes, Bare::Bytes).unwrap(), bytes);
        }
        for bare in [Bare::Text, Bare::Bytes] {
            assert!(read_of(&[b'a'; 64], bare).is_ok());
            assert_eq!(read_of(&[b'a'; 65], bare), Err(Reason::TooLarge));
        }
    }

    #[test]
    fn what_nobody_names_is_counted_and_not_on_the_tape() {
        let mut tape = Tape::default();
        let limits = Limits::default();
        read(b"x", Bare::Text, &automaton(false), &limits, &mut tape).unwrap();
        assert_eq!((tape.entries.len(), tape.unnamed), (1, 1));
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read_as_they_are_or_refused(bytes: Vec<u8>) {
            let is_text = std::str::from_utf8(&bytes).is_ok();
            let taken = |bare| read_of(&bytes, bare).map_err(|reason| (reason, bytes.len()));
            if bytes.len() <= 64 {
                assert_eq!(taken(Bare::Bytes), Ok(bytes.clone()));
                let text = taken(Bare::Text);
                assert_eq!(text.is_ok(), is_text);
                assert!(text.is_err() || text == Ok(bytes.clone()));
            } else {
                assert_eq!(taken(Bare::Text), Err((Reason::TooLarge, bytes.len())));
            }
        }
    }
}
