//! What follows from the list of kinds: the words, the texts and the examples
//! of the action, gathered while compiling.

use super::KINDS;
use crate::action::Example;
use crate::language::shape::{Takes, Word, word};

/// The words of every kind, in the order of the list.
pub(crate) const WORDS: &[Word] = &{
    let mut words = [word("", Takes::Anything, ""); WORD_COUNT];
    let (mut kind, mut at) = (0, 0);
    while kind < KINDS.len() {
        at = copy(KINDS[kind].decides, &mut words, at);
        at = copy(KINDS[kind].further, &mut words, at);
        kind += 1;
    }
    words
};

const WORD_COUNT: usize = {
    let (mut kind, mut count) = (0, 0);
    while kind < KINDS.len() {
        count += KINDS[kind].decides.len() + KINDS[kind].further.len();
        kind += 1;
    }
    count
};

/// The examples of every kind.
pub(crate) const EXAMPLES: &[Example] = &{
    let mut examples = [KINDS[0].examples[0]; EXAMPLE_COUNT];
    let (mut kind, mut at) = (0, 0);
    while kind < KINDS.len() {
        at = copy(KINDS[kind].examples, &mut examples, at);
        kind += 1;
    }
    examples
};

const EXAMPLE_COUNT: usize = {
    let (mut kind, mut count) = (0, 0);
    while kind < KINDS.len() {
        count += KINDS[kind].examples.len();
        kind += 1;
    }
    count
};

/// Writes `from` into `to` from the place `at` on, and says where it ends.
const fn copy<T: Copy>(from: &[T], to: &mut [T], at: usize) -> usize {
    let mut n = 0;
    while n < from.len() {
        to[at + n] = from[n];
        n += 1;
    }
    at + n
}

/// One sentence that names what the kinds take a value as.
pub(crate) const SUMMARY: &str = {
    const TEXT: Text = {
        let (mut text, mut kind) = (Text::new("Makes "), 0);
        while kind < KINDS.len() {
            text = match KINDS.len() - kind {
                _ if kind == 0 => text,
                1 => text.with(" or "),
                _ => text.with(", "),
            };
            text = text.with(KINDS[kind].what);
            kind += 1;
        }
        text.with(" coarser.")
    };
    TEXT.as_str()
};

/// A paragraph for all kinds and one for each.
pub(crate) const DOC: &str = {
    const TEXT: Text = {
        let mut text = Text::new(
            "Exactly one kind is written; `null` stays `null`, arrays and objects are refused with `wrong_type` where the kind does not take them.",
        );
        let mut kind = 0;
        while kind < KINDS.len() {
            text = text.with("\n\n").with(KINDS[kind].doc);
            kind += 1;
        }
        text
    };
    TEXT.as_str()
};

/// What every coarser value leaks.
pub(crate) const LEAKS_EACH: &str = "The coarser value, in clear; equal values stay equal. How many persons share one coarse value decides what it is worth: an hour, a postcode area or a birth year with a few other fields can still single a person out.";

/// The same, then what some kinds do beside that.
pub(crate) const LEAKS: &str = {
    const TEXT: Text = {
        let mut text = Text::new(LEAKS_EACH);
        let mut kind = 0;
        while kind < KINDS.len() {
            if !KINDS[kind].leaks.is_empty() {
                text = text.with(" ").with(KINDS[kind].leaks);
            }
            kind += 1;
        }
        text
    };
    TEXT.as_str()
};

/// A text put together while compiling. More than it has room for does not
/// compile.
struct Text {
    bytes: [u8; Text::ROOM],
    len: usize,
}

impl Text {
    const ROOM: usize = 16 << 10;

    const fn new(start: &str) -> Text {
        let empty = Text {
            bytes: [0; Text::ROOM],
            len: 0,
        };
        empty.with(start)
    }

    const fn with(mut self, more: &str) -> Text {
        self.len = copy(more.as_bytes(), &mut self.bytes, self.len);
        self
    }

    const fn as_str(&self) -> &str {
        match str::from_utf8(self.bytes.split_at(self.len).0) {
            Ok(text) => text,
            Err(_) => panic!("texts put together are text"),
        }
    }
}
