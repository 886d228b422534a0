//! Bytes of a text, class by class. In tests, how many of them are looked at is
//! counted: no detector may look at more than a bounded number for each.

/// A digit stands in a word.
pub(super) const DIGIT: u8 = 1;
/// A capital.
pub(super) const UPPER: u8 = 2;
/// A small letter.
pub(super) const LOWER: u8 = 4;
/// `_`.
pub(super) const UNDERSCORE: u8 = 8;
/// A byte of a character beyond ASCII.
pub(super) const HIGH: u8 = 16;

/// What a byte is; 0: no part of a word.
pub(super) const fn class(byte: u8) -> u8 {
    match byte {
        b'0'..=b'9' => DIGIT,
        b'A'..=b'Z' => UPPER,
        b'a'..=b'z' => LOWER,
        b'_' => UNDERSCORE,
        0x80.. => HIGH,
        _ => 0,
    }
}

static CLASS: [u8; 256] = {
    let mut table = [0; 256];
    let mut at = 0;
    while at < 256 {
        table[at] = class(at as u8);
        at += 1;
    }
    table
};

/// Part of a word, as far as one byte can tell.
#[inline]
pub(super) fn is_word(byte: u8) -> bool {
    CLASS[usize::from(byte)] != 0
}

/// Part of a word of ASCII. To numbers any other character is their end: in many scripts
/// no blank stands between.
#[inline]
pub(super) fn is_ascii_word(byte: u8) -> bool {
    CLASS[usize::from(byte)] & !HIGH != 0
}

/// A character of a word stands there; not a quote, a dash or a blank beyond ASCII.
#[inline]
pub(super) fn is_word_at(text: &str, at: usize) -> bool {
    match text.as_bytes().get(at) {
        Some(0x80..) => {
            let c = text.get(at..).and_then(|rest| rest.chars().next());
            c.is_some_and(char::is_alphanumeric)
        }
        Some(byte) => is_word(*byte),
        None => false,
    }
}

/// The mark at `at` as it is written in ASCII, and how many bytes it has: blanks that
/// do not break, or are narrow, are blanks, and hyphens and dashes a `-` (no dash that
/// parts sentences). Any other byte is itself; 0 behind the end.
pub(super) fn mark_at(bytes: &[u8], at: usize) -> (u8, usize) {
    match bytes.get(at..).unwrap_or_default() {
        // U+00A0.
        [0xc2, 0xa0, ..] => (b' ', 2),
        // U+2007, U+2009, U+202F.
        [0xe2, 0x80, 0x87 | 0x89 | 0xaf, ..] => (b' ', 3),
        // U+2010 to U+2013, U+2212.
        [0xe2, 0x80, 0x90..=0x93, ..] | [0xe2, 0x88, 0x92, ..] => (b'-', 3),
        [byte, ..] => (*byte, 1),
        [] => (0, 0),
    }
}

/// A letter of a script that no word of Latin letters goes on with.
fn is_foreign(c: char) -> bool {
    !matches!(c, '\u{80}'..='\u{24f}' | '\u{300}'..='\u{36f}' | '\u{1e00}'..='\u{1eff}')
}

/// The end of the word that begins at `at`, and what stands in it. A digit behind a
/// letter beyond ASCII begins another, and so does a Latin letter behind one of another
/// script: in many of them no blank stands between.
pub(super) fn word(text: &str, at: usize) -> (usize, u8) {
    let bytes = text.as_bytes();
    let (mut bits, mut last, mut foreign) = (0, 0, false);
    let mut end = at;
    while let Some(byte) = bytes.get(end) {
        let class = CLASS[usize::from(*byte)];
        let parts = last == HIGH && (class == DIGIT || (foreign && class & (UPPER | LOWER) != 0));
        if class == 0 || parts {
            break;
        }
        let mut len = 1;
        if class == HIGH {
            let c = text[end..].chars().next();
            match c.filter(|c| c.is_alphanumeric()) {
                Some(c) => (len, foreign) = (c.len_utf8(), is_foreign(c)),
                None => break,
            }
        }
        bits |= class;
        last = class;
        end += len;
    }
    looked(end + 1 - at);
    (end, bits)
}

/// The end of what `is` holds for from `at`, of at most `most` bytes.
pub(super) fn run(bytes: &[u8], at: usize, most: usize, is: impl Fn(u8) -> bool) -> usize {
    let window = bytes.get(at..).unwrap_or_default();
    let window = &window[..window.len().min(most)];
    let len = window.iter().position(|b| !is(*b)).unwrap_or(window.len());
    looked(len + 1);
    at + len
}

/// A word of a text, where something may begin.
pub(super) struct Word<'t> {
    pub(super) text: &'t str,
    pub(super) start: usize,
    pub(super) end: usize,
    /// What stands in it.
    pub(super) bits: u8,
    /// Before that something was found.
    pub(super) floor: usize,
}

impl<'t> Word<'t> {
    pub(super) fn bytes(&self) -> &'t [u8] {
        self.text.as_bytes()
    }

    /// The byte at a place; 0 behind the end.
    pub(super) fn byte(&self, at: usize) -> u8 {
        self.bytes().get(at).copied().unwrap_or(0)
    }

    /// The byte before it; 0 at the beginning.
    pub(super) fn before(&self) -> u8 {
        self.byte_before(self.start)
    }

    /// The mark before it as it is written in ASCII, and how many bytes it has.
    pub(super) fn mark_before(&self) -> (u8, usize) {
        let marks = [1, 2, 3].map(|len| {
            let at = self.start.checked_sub(len);
            let at = at.filter(|at| *at >= self.floor);
            at.map_or((0, 0), |at| mark_at(self.bytes(), at))
        });
        let long = [2, 3].into_iter().find(|len| marks[len - 1].1 == *len);
        marks[long.unwrap_or(1) - 1]
    }

    /// The byte before a place; 0 at the beginning, and behind what was found.
    pub(super) fn byte_before(&self, at: usize) -> u8 {
        let at = at.checked_sub(1).filter(|at| *at >= self.floor);
        at.map_or(0, |at| self.byte(at))
    }

    pub(super) fn len(&self) -> usize {
        self.end - self.start
    }

    /// Its characters.
    pub(super) fn as_str(&self) -> &'t str {
        looked(self.len().min(64));
        &self.text[self.start..self.end]
    }
}

#[cfg(test)]
thread_local! {
    static LOOKED: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
}

/// Counts bytes that are looked at, for the tests.
#[inline]
pub(super) fn looked(bytes: usize) {
    #[cfg(test)]
    LOOKED.with(|looked| looked.set(looked.get() + bytes as u64));
    #[cfg(not(test))]
    let _ = bytes;
}

/// How many were looked at since it was asked last.
#[cfg(test)]
pub(in crate::action) fn take_looked() -> u64 {
    LOOKED.take()
}
