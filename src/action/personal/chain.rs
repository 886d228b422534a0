//! Characters of a number that stand in groups: `DE89 3704 0044`, `0151/123 456 78`.

use super::text::{Word, is_ascii_word, looked};

/// Most characters that are gathered.
const MOST: usize = 40;
/// Most groups of digits.
const GROUPS_MAX: usize = 12;

/// Letters and digits, capitals for small letters, and where each ends in the text.
pub(super) struct Gathered<'t> {
    word: &'t Word<'t>,
    chars: [u8; MOST],
    ends: [usize; MOST],
    len: usize,
}

/// Gathers from the beginning of the word, at most `most`; one of `marks` may stand
/// between two.
pub(super) fn gather<'t>(word: &'t Word<'t>, most: usize, marks: &[u8]) -> Gathered<'t> {
    let mut all = Gathered {
        word,
        chars: [0; MOST],
        ends: [0; MOST],
        len: 0,
    };
    let mut at = word.start;
    while all.len < most.min(MOST) {
        let mut byte = word.byte(at);
        if all.len > 0 && marks.contains(&byte) {
            at += 1;
            byte = word.byte(at);
        }
        if !byte.is_ascii_alphanumeric() {
            break;
        }
        all.chars[all.len] = byte.to_ascii_uppercase();
        at += 1;
        all.ends[all.len] = at;
        all.len += 1;
    }
    looked(at + 1 - word.start);
    all
}

impl Gathered<'_> {
    /// The first `len` of them and their end, if a word ends there.
    pub(super) fn first(&self, len: usize) -> Option<(&str, usize)> {
        let end = *self.ends[..self.len].get(len.checked_sub(1)?)?;
        let text = std::str::from_utf8(&self.chars[..len]).ok()?;
        (!is_ascii_word(self.word.byte(end))).then_some((text, end))
    }
}

/// Groups of digits with marks between them.
pub(super) struct Groups {
    /// Where each begins and ends, and how many digits there are until then.
    list: [(usize, usize, usize); GROUPS_MAX],
    len: usize,
    digits: [u8; MOST],
}

impl Groups {
    /// From the beginning of the word on.
    pub(super) fn of(word: &Word<'_>) -> Groups {
        let mut groups = Groups {
            list: [(0, 0, 0); GROUPS_MAX],
            len: 0,
            digits: [0; MOST],
        };
        let (mut at, mut count) = (word.start, 0);
        let mut is_open = word.before() == b'(';
        while groups.len < GROUPS_MAX {
            let start = at;
            while word.byte(at).is_ascii_digit() && count < MOST {
                groups.digits[count] = word.byte(at) - b'0';
                count += 1;
                at += 1;
            }
            // Digits with a letter behind them are of another word.
            if at == start || is_ascii_word(word.byte(at)) {
                break;
            }
            groups.list[groups.len] = (start, at, count);
            groups.len += 1;
            let mut marks = 0;
            let mut brackets = false;
            while marks < 2 && b" -./()".contains(&word.byte(at)) {
                match word.byte(at) {
                    b'(' => is_open = true,
                    b')' if !is_open => break,
                    _ => {}
                }
                brackets |= matches!(word.byte(at), b'(' | b')');
                at += 1;
                marks += 1;
            }
            // Two marks are the end of a sentence, unless a bracket is one of them.
            if marks == 0 || (marks == 2 && !brackets) {
                break;
            }
        }
        looked(at + 1 - word.start);
        groups
    }

    /// Each end of a group, with the digits until there and how many groups they are.
    pub(super) fn prefixes(&self) -> impl Iterator<Item = (usize, &[u8], usize)> {
        let list = self.list[..self.len].iter().enumerate();
        list.map(|(at, (_, end, count))| (*end, &self.digits[..*count], at + 1))
    }

    /// Digits of the group at a place.
    pub(super) fn width(&self, at: usize) -> usize {
        match self.list[..self.len].get(at) {
            Some((start, end, _)) => end - start,
            None => 0,
        }
    }

    /// How many groups there are.
    pub(super) fn count(&self) -> usize {
        self.len
    }
}
