//! Characters of a number that stand in groups: `DE89 3704 0044`, `0151/123 456 78`.

use super::text::{Word, is_ascii_word, looked, mark_at};

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
        let (mark, len) = mark_at(word.bytes(), at);
        if all.len > 0 && marks.contains(&mark) {
            at += len;
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
    /// The digits and the marks between them, as they are written in ASCII.
    plain: [u8; PLAIN_MAX],
    /// How much of that each group ends.
    plain_ends: [usize; GROUPS_MAX],
}

/// All digits, and two marks behind each group.
const PLAIN_MAX: usize = MOST + 2 * GROUPS_MAX;

/// Some groups from the first one on.
#[derive(Clone, Copy)]
pub(super) struct Prefix<'g> {
    /// Where they end in the text.
    pub(super) end: usize,
    pub(super) digits: &'g [u8],
    /// How many groups they are.
    pub(super) count: usize,
    /// As they are written in ASCII.
    pub(super) text: &'g str,
}

impl Groups {
    /// From the beginning of the word on.
    pub(super) fn of(word: &Word<'_>) -> Groups {
        let mut groups = Groups {
            list: [(0, 0, 0); GROUPS_MAX],
            len: 0,
            digits: [0; MOST],
            plain: [0; PLAIN_MAX],
            plain_ends: [0; GROUPS_MAX],
        };
        let (mut at, mut count, mut plain) = (word.start, 0, 0);
        let mut is_open = word.before() == b'(';
        while groups.len < GROUPS_MAX {
            let start = at;
            while word.byte(at).is_ascii_digit() && count < MOST {
                groups.digits[count] = word.byte(at) - b'0';
                groups.plain[plain] = word.byte(at);
                plain += 1;
                count += 1;
                at += 1;
            }
            // Digits with a letter behind them are of another word.
            if at == start || is_ascii_word(word.byte(at)) {
                break;
            }
            groups.list[groups.len] = (start, at, count);
            groups.plain_ends[groups.len] = plain;
            groups.len += 1;
            let mut marks = 0;
            let mut brackets = false;
            while marks < 2 {
                let (mark, len) = mark_at(word.bytes(), at);
                match mark {
                    b'(' => is_open = true,
                    b')' if is_open => {}
                    b' ' | b'-' | b'.' | b'/' => {}
                    _ => break,
                }
                brackets |= matches!(mark, b'(' | b')');
                groups.plain[plain] = mark;
                plain += 1;
                at += len;
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

    /// The first group, the first two, and so on.
    pub(super) fn prefixes(&self) -> impl Iterator<Item = Prefix<'_>> {
        let list = self.list[..self.len].iter().zip(&self.plain_ends);
        list.enumerate()
            .map(|(at, ((_, end, count), plain))| Prefix {
                end: *end,
                digits: &self.digits[..*count],
                count: at + 1,
                text: std::str::from_utf8(&self.plain[..*plain]).expect("digits and marks"),
            })
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
