//! The characters that are enciphered, as numerals; the others are separators.

use unicode_normalization::{IsNormalized, is_nfc_quick};

use super::super::ff1::NUMERALS_MAX;
use crate::record::Reason;

/// An alphabet: each character's numeral is its place from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Alphabet {
    characters: Box<[char]>,
    /// Of ASCII: the numeral, [`NONE`] for a character outside.
    ascii: Box<[u16; 128]>,
    /// Of others, in order.
    others: Box<[(char, u16)]>,
    /// ASCII capitals count as small letters, so that none stays in clear.
    lowers: bool,
}

const NONE: u16 = u16::MAX;

/// Why a text is no alphabet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadAlphabet {
    #[error("the alphabet has fewer than two characters, so every value would have one token")]
    Few,
    #[error("the alphabet has more than 65,535 characters or bytes")]
    Long,
    #[error("character {0} of the alphabet stands twice")]
    Twice(usize),
    #[error(
        "character {0} of the alphabet can melt into the one before it (it is not in normal form C by itself)"
    )]
    Melts(usize),
}

impl Alphabet {
    /// 0–9.
    pub(super) fn digits() -> Alphabet {
        Alphabet::of('0'..='9', false)
    }

    /// 0–9a–f.
    pub(super) fn hex() -> Alphabet {
        Alphabet::of(('0'..='9').chain('a'..='f'), true)
    }

    /// 0–9a–z.
    pub(super) fn alnum36() -> Alphabet {
        Alphabet::of(('0'..='9').chain('a'..='z'), true)
    }

    /// 0–9A–Z.
    pub(super) fn capitals36() -> Alphabet {
        Alphabet::of(('0'..='9').chain('A'..='Z'), false)
    }

    /// 0–9A–Za–z.
    pub(super) fn alnum62() -> Alphabet {
        Alphabet::of(('0'..='9').chain('A'..='Z').chain('a'..='z'), false)
    }

    /// The characters of `text`, in its order.
    ///
    /// # Errors
    /// Why no token can be made of them.
    pub(crate) fn custom(text: &str) -> Result<Alphabet, BadAlphabet> {
        // Behind the name of the format it must fit into a length of 16 bits.
        if text.len() > usize::from(u16::MAX) - "custom@1:".len() {
            return Err(BadAlphabet::Long);
        }
        let mut seen = std::collections::HashSet::new();
        for (place, c) in (1..).zip(text.chars()) {
            if is_nfc_quick(std::iter::once(c)) != IsNormalized::Yes {
                return Err(BadAlphabet::Melts(place));
            }
            if !seen.insert(c) {
                return Err(BadAlphabet::Twice(place));
            }
        }
        if seen.len() < 2 {
            return Err(BadAlphabet::Few);
        }
        Ok(Alphabet::of(text.chars(), false))
    }

    fn of(characters: impl Iterator<Item = char>, lowers: bool) -> Alphabet {
        let characters: Box<[char]> = characters.collect();
        let mut ascii = Box::new([NONE; 128]);
        let mut others = Vec::new();
        for (numeral, c) in (0..).zip(&characters) {
            match ascii.get_mut(*c as usize) {
                Some(place) => *place = numeral,
                None => others.push((*c, numeral)),
            }
        }
        others.sort_unstable();
        Alphabet {
            characters,
            ascii,
            others: others.into(),
            lowers,
        }
    }

    /// How many characters it has.
    pub(crate) fn len(&self) -> u32 {
        self.characters.len() as u32
    }

    /// Its characters.
    pub(crate) fn characters(&self) -> &[char] {
        &self.characters
    }

    fn numeral(&self, c: char) -> Option<u16> {
        let c = if self.lowers {
            c.to_ascii_lowercase()
        } else {
            c
        };
        match self.ascii.get(c as usize) {
            Some(numeral) => Some(*numeral).filter(|n| *n != NONE),
            None => {
                let at = self.others.binary_search_by_key(&c, |(c, _)| *c).ok()?;
                Some(self.others[at].1)
            }
        }
    }

    /// Writes the numerals of `text` to the front of `numerals` and says how many.
    ///
    /// # Errors
    /// [`Reason::FormatDomain`] for more than fit, for a character that is neither
    /// of the alphabet nor a separator, and for more separators than characters.
    pub(super) fn read(
        &self,
        text: &str,
        numerals: &mut [u16; NUMERALS_MAX],
    ) -> Result<usize, Reason> {
        let (mut count, mut separators) = (0, 0);
        for c in text.chars() {
            if let Some(numeral) = self.numeral(c) {
                *numerals.get_mut(count).ok_or(Reason::FormatDomain)? = numeral;
                count += 1;
            } else if is_separator(c) && separators < NUMERALS_MAX {
                separators += 1;
            } else {
                return Err(Reason::FormatDomain);
            }
        }
        if separators > count {
            return Err(Reason::FormatDomain);
        }
        Ok(count)
    }

    /// Appends `text` with those characters in the place of its own, of which there
    /// are as many.
    pub(super) fn write(&self, text: &str, numerals: &[u16], out: &mut String) {
        let mut numerals = numerals.iter();
        out.extend(text.chars().map(|c| match self.numeral(c) {
            Some(_) => {
                let numeral = numerals.next().expect("one numeral for each character");
                self.characters[usize::from(*numeral)]
            }
            None => c,
        }));
    }
}

/// The marks that numbers are written with: they may stay in clear. All else would
/// be whatever a producer spells in circled letters, braille, or tags.
pub(crate) fn is_separator(c: char) -> bool {
    matches!(c, ' ' | '\u{a0}' | '\u{2010}'..='\u{2015}' | '\u{2212}') || c.is_ascii_punctuation()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_alphabet_is_refused() {
        let bad = |text: &str| Alphabet::custom(text).err();
        assert_eq!(bad(""), Some(BadAlphabet::Few));
        assert_eq!(bad("a"), Some(BadAlphabet::Few));
        assert_eq!(bad("aba"), Some(BadAlphabet::Twice(3)));
        assert_eq!(bad("a\u{301}"), Some(BadAlphabet::Melts(2)));
        assert_eq!(bad("a\u{212a}"), Some(BadAlphabet::Melts(2)));
        assert_eq!(bad(&"a".repeat(70_000)), Some(BadAlphabet::Long));
        assert_eq!(bad("Aa0-é😀"), None);
    }

    #[test]
    fn each_character_is_its_place() {
        for alphabet in [
            Alphabet::digits(),
            Alphabet::hex(),
            Alphabet::alnum36(),
            Alphabet::capitals36(),
            Alphabet::alnum62(),
            Alphabet::custom("zéa😀-").unwrap(),
        ] {
            let text: String = alphabet.characters().iter().collect();
            let mut numerals = [0; NUMERALS_MAX];
            let count = alphabet.read(&text, &mut numerals).unwrap();
            assert!(
                numerals[..count]
                    .iter()
                    .copied()
                    .eq(0..alphabet.len() as u16)
            );
            let mut written = String::new();
            alphabet.write(&text, &numerals[..count], &mut written);
            assert_eq!(written, text);
        }
    }

    #[test]
    fn nothing_else_stays() {
        let hex = Alphabet::hex();
        let read = |text: &str| hex.read(text, &mut [0; NUMERALS_MAX]);
        assert_eq!(read("DE-ad"), Ok(4));
        for text in [
            "deag",
            "dea\u{200b}",
            "dea\u{0660}",
            "a--",
            "dea\u{7}",
            "dea\u{3000}",
            "😀dea",
        ] {
            assert_eq!(read(text), Err(Reason::FormatDomain), "{text:?}");
        }
        for long in ["f".repeat(1_000_000), "-".repeat(1_000_000)] {
            assert_eq!(read(&long), Err(Reason::FormatDomain));
        }
    }
}
