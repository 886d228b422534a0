//! Whole numbers that are taken as their plain digits: `numbers: as_text`.

use crate::canon::Canon;
use crate::language::mapping::Mapping;
use crate::language::shape::{Takes, Word, word};
use crate::record::Reason;
use crate::record::value::View;

/// Most bytes that such a number is longer for it: `1e37` in plain digits, between quotes.
pub(super) const DIGITS_MORE: usize = 38 + 2;

/// How a whole number becomes text.
#[derive(Clone)]
pub(super) struct Digits {
    canon: Canon,
}

/// The word; `doc` says what becomes of the text.
pub(super) const fn numbers(doc: &'static str) -> Word {
    word("numbers", Takes::OneOf(&["as_text"]), doc)
}

impl Digits {
    /// `numbers: as_text`; `None` where it is not written.
    pub(super) fn parse(mapping: &mut Mapping<'_, '_>) -> Option<Digits> {
        mapping.one_of("numbers").map(|_| Digits {
            canon: Canon::from_words(["text"]).expect("`text` is a canonicaliser"),
        })
    }

    /// The digits of a number, in `text`; `bytes` is room.
    ///
    /// # Errors
    /// As [`Canon::value`]: a fraction or more than 38 digits.
    pub(super) fn write<'t>(
        &self,
        number: View<'_>,
        text: &'t mut String,
        bytes: &mut Vec<u8>,
    ) -> Result<&'t str, Reason> {
        bytes.clear();
        if !self.canon.value(number, text, bytes)? {
            return Err(Reason::WrongType);
        }
        // Behind the tag of a text.
        let digits = std::str::from_utf8(&bytes[1..]).map_err(|_| Reason::WrongType)?;
        text.clear();
        text.push_str(digits);
        Ok(text)
    }
}
