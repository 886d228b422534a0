//! A text as it looks: without what shows nothing, with plain blanks and digits. Copied
//! from a page or a PDF, a number has such characters between its groups, and whoever
//! reads it does not see them.

use std::borrow::Cow;

use super::text::looked;

/// A text that is not written as it looks, as it looks.
pub(super) struct Folded {
    pub(super) text: String,
    /// From a place of it on, where that is in the text as it is written.
    places: Vec<(usize, usize)>,
}

/// What becomes of a character.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fold {
    /// It is what it is.
    Stays,
    /// It shows nothing.
    Nothing,
    Blank,
    /// It is one of ASCII in another width.
    As(u8),
}

/// By the Unicode Character Database (16.0): `Default_Ignorable_Code_Point`, but for
/// fillers that take room, shows nothing; `Zs` is a blank, and so is a tab; full-width
/// forms of ASCII, and digits of mathematical alphabets, are by NFKC what they look like.
fn fold(c: char) -> Fold {
    match c {
        ' ' | '\t' => Fold::Blank,
        '\u{21}'..='\u{9f}' => Fold::Stays,
        '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => {
            Fold::Blank
        }
        '\u{ad}'
        | '\u{34f}'
        | '\u{61c}'
        | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}'
        | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}' => Fold::Nothing,
        '\u{ff01}'..='\u{ff5e}' => Fold::As((u32::from(c) - 0xff01) as u8 + b'!'),
        '\u{1d7ce}'..='\u{1d7ff}' => Fold::As(((u32::from(c) - 0x1d7ce) % 10) as u8 + b'0'),
        _ => Fold::Stays,
    }
}

impl Folded {
    /// `None`: it is written as it looks, which is read where it lies.
    pub(super) fn of(text: &str) -> Option<Folded> {
        // Most texts are searched by `memchr` alone, and no byte of them is looked at by
        // itself.
        if !is_folded(text) {
            return None;
        }
        looked(text.len());
        let mut folded = Folded {
            text: String::with_capacity(text.len()),
            places: vec![(0, 0)],
        };
        let mut chars = text.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            let end = at + c.len_utf8();
            match fold(c) {
                Fold::Stays => folded.text.push(c),
                Fold::Nothing => folded.goes_on(end),
                Fold::As(byte) => {
                    folded.text.push(char::from(byte));
                    folded.goes_on(end);
                }
                // Two count as one; more are a gap between two things.
                Fold::Blank => {
                    folded.text.push(' ');
                    folded.goes_on(end);
                    let is_blank = |c: &(usize, char)| fold(c.1) == Fold::Blank;
                    let Some((_, second)) = chars.next_if(is_blank) else {
                        continue;
                    };
                    let mut end = end + second.len_utf8();
                    if chars.peek().is_none_or(|c| !is_blank(c)) {
                        folded.goes_on(end);
                        continue;
                    }
                    folded.text.push(' ');
                    folded.goes_on(end);
                    while let Some((_, more)) = chars.next_if(is_blank) {
                        end += more.len_utf8();
                        folded.text.push(' ');
                        folded.goes_on(end);
                    }
                }
            }
        }
        Some(folded)
    }

    /// What comes next stands there in the text as it is written.
    fn goes_on(&mut self, at: usize) {
        let here = self.text.len();
        match self.places.last_mut() {
            Some((place, to)) if *place == here => *to = at,
            _ => self.places.push((here, at)),
        }
    }

    /// Where what stands at `at` begins in the text as it is written.
    pub(super) fn start(&self, at: usize) -> usize {
        let next = self.places.partition_point(|(place, _)| *place <= at);
        let (place, to) = self.places[next - 1];
        to + (at - place)
    }

    /// Where what ends at `end` ends in `written`, the text as it is written.
    pub(super) fn end(&self, end: usize, written: &str) -> usize {
        let last = self.text[..end].chars().next_back();
        let Some(last) = last else { return 0 };
        let start = self.start(end - last.len_utf8());
        let len = written[start..].chars().next().map_or(0, char::len_utf8);
        start + len
    }

    /// Where what ends at `end` of the text as it is written ends in this one.
    pub(super) fn end_of(&self, end: usize) -> usize {
        let next = self.places.partition_point(|(_, to)| *to <= end);
        let (place, to) = self.places[next - 1];
        let most = self
            .places
            .get(next)
            .map_or(self.text.len(), |(place, _)| *place);
        (place + (end - to)).min(most)
    }
}

/// The text as it looks.
pub(in crate::action) fn as_it_looks(text: &str) -> Cow<'_, str> {
    match Folded::of(text) {
        Some(folded) => Cow::Owned(folded.text),
        None => Cow::Borrowed(text),
    }
}

/// True where something in it is not as it looks. Two blanks are, but beside a digit:
/// between words they part sentences.
fn is_folded(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_digit = |at: Option<usize>| {
        let byte = at.and_then(|at| bytes.get(at));
        byte.is_some_and(u8::is_ascii_digit)
    };
    let mut blanks = memchr::memchr2_iter(b'\t', b' ', bytes);
    let parts = blanks.any(|at| match bytes[at] {
        b'\t' => is_digit(at.checked_sub(1)) || is_digit(Some(at + 1)),
        _ => {
            bytes.get(at + 1) == Some(&b' ')
                && (is_digit(at.checked_sub(1)) || is_digit(Some(at + 2)))
        }
    });
    if parts || text.is_ascii() {
        return parts;
    }
    // The first bytes of all that is folded.
    let may = |byte: u8| matches!(byte, 0xc2 | 0xcd | 0xd8 | 0xe1..=0xe3 | 0xef | 0xf0 | 0xf3);
    let mut high = bytes.iter().enumerate().filter(|(_, byte)| may(**byte));
    high.any(|(at, _)| {
        let c = text.get(at..).and_then(|rest| rest.chars().next());
        c.is_some_and(|c| fold(c) != Fold::Stays)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_written_as_it_looks_is_left_alone() {
        for text in [
            "",
            "plain words.  Two sentences, 4 of them",
            "4111 1111 1111 1111",
            "Grüße an 名前, 1\n2",
            "a\tb",
        ] {
            assert!(Folded::of(text).is_none(), "{text:?}");
        }
    }

    #[test]
    fn a_text_is_read_as_it_looks() {
        for (text, looks) in [
            ("4111\u{ad}1111", "41111111"),
            ("4111\t1111", "4111 1111"),
            ("4111  1111", "4111 1111"),
            ("4111\u{2003}\u{a0}1111", "4111 1111"),
            ("4111   1111\u{feff}", "4111   1111"),
            ("jane＠\u{200b}a.example", "jane@a.example"),
            ("０１５１ 𝟏𝟐", "0151 12"),
        ] {
            assert_eq!(as_it_looks(text), looks, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn every_place_is_found_again(text in "[ 0-9a\t\u{ad}\u{200b}\u{3000}０ü＠名]{0,24}") {
            if let Some(folded) = Folded::of(&text) {
                let mut last = 0;
                for (at, c) in folded.text.char_indices() {
                    let start = folded.start(at);
                    prop_assert!(start >= last && text.is_char_boundary(start));
                    let written = text[start..].chars().next().expect("a character");
                    match fold(written) {
                        Fold::Stays => prop_assert_eq!(written, c),
                        Fold::Blank => prop_assert_eq!(c, ' '),
                        Fold::As(byte) => prop_assert_eq!(c, char::from(byte)),
                        Fold::Nothing => prop_assert!(false, "{} shows nothing", start),
                    }
                    let end = folded.end(at + c.len_utf8(), &text);
                    prop_assert!(text.is_char_boundary(end) && end > start);
                    prop_assert_eq!(folded.end_of(end), at + c.len_utf8());
                    last = end;
                }
            }
        }
    }
}
