//! E-mail addresses and addresses of pages.

use super::text::{Word, is_word, looked, run};

/// Most bytes between the first word of a local part and the `@`, and of a label.
const PART_MAX: usize = 128;
/// Most labels of a domain.
const LABELS_MAX: usize = 16;

/// Marks of a local part: what RFC 5322 lets stand in an atom, and the stop between two.
const MARKS: &[u8] = b".!#$%&'*+-/=?^`{|}~";

/// True of a mark that may stand between two words of a local part.
#[inline]
pub(super) fn is_mark(byte: u8) -> bool {
    MARKS.contains(&byte)
}

/// How far what may be one local part reaches, and the end of the address if it is one.
/// Looked at once for all words in it.
#[derive(Default)]
pub(super) struct Local {
    end: usize,
    address: Option<usize>,
    /// Where the next `%40` in it stands, and the end of the address if it is one.
    escaped: Option<(usize, Option<usize>)>,
}

impl Local {
    /// The end of an e-mail address that begins at the word. Asked from left to right,
    /// the first word that is near enough begins it.
    pub(super) fn address_from(&mut self, word: &Word<'_>) -> Option<usize> {
        if word.start >= self.end {
            let is_local = |b: u8| is_word(b) || is_mark(b);
            self.end = run(word.bytes(), word.end, usize::MAX, is_local);
            let is_address = word.byte(self.end) == b'@';
            self.address = is_address.then(|| domain(word, self.end + 1)).flatten();
            self.escaped = escaped(word, self.end);
        }
        if let Some(end) = self.address.filter(|_| self.end - word.end <= PART_MAX) {
            return Some(end);
        }
        if self.escaped.is_some_and(|(at, _)| at < word.end) {
            self.escaped = escaped(word, self.end);
        }
        let (at, address) = self.escaped?;
        address.filter(|_| at - word.end <= PART_MAX)
    }
}

/// The `@` of an address in an address of a page, or in a form that was sent.
const ESCAPED: &[u8] = b"%40";

/// The first `%40` behind the word and before `end`, and where the address ends.
fn escaped(word: &Word<'_>, end: usize) -> Option<(usize, Option<usize>)> {
    let rest = &word.bytes()[word.end..end.max(word.end)];
    let found = rest.windows(ESCAPED.len()).position(|w| w == ESCAPED);
    looked(found.unwrap_or(rest.len()));
    let at = word.end + found?;
    Some((at, domain(word, at + ESCAPED.len())))
}

/// The end of a domain of two labels or more, of which the last is no number.
fn domain(word: &Word<'_>, from: usize) -> Option<usize> {
    let bytes = word.bytes();
    let (mut at, mut found) = (from, None);
    for labels in 1..=LABELS_MAX {
        let end = run(bytes, at, PART_MAX, |b| is_word(b) || b == b'-');
        let trimmed = at + bytes[at..end].trim_suffix_of(b'-');
        // A quote or a dash beyond ASCII may stand behind it.
        let label = word.text.get(at..trimmed)?;
        let odd = label.find(|c: char| !c.is_alphanumeric() && c != '-' && c != '_');
        let label = &label[..odd.unwrap_or(label.len())];
        let is_top = label.len() >= 2 && !label.bytes().all(|b| b.is_ascii_digit());
        if labels >= 2 && is_top {
            found = Some(at + label.len());
        }
        let goes_on = at + label.len() == end && !label.is_empty();
        if !goes_on || word.byte(end) != b'.' || !is_word(word.byte(end + 1)) {
            break;
        }
        at = end + 1;
    }
    found
}

/// How long something is without a mark at its end.
trait TrimSuffix {
    fn trim_suffix_of(&self, mark: u8) -> usize;
}

impl TrimSuffix for [u8] {
    fn trim_suffix_of(&self, mark: u8) -> usize {
        self.iter().rposition(|b| *b != mark).map_or(0, |at| at + 1)
    }
}

/// The end of an address of a page that begins at the word.
pub(super) fn url(word: &Word<'_>) -> Option<usize> {
    if !matches!(word.len(), 3..=5) {
        return None;
    }
    let name = word.as_str();
    let rest = &word.bytes()[word.end..];
    let scheme = ["http", "https", "ftp"]
        .iter()
        .any(|s| name.eq_ignore_ascii_case(s));
    let behind = match () {
        () if scheme && rest.starts_with(b"://") => word.end + 3,
        () if name.eq_ignore_ascii_case("www") && rest.first() == Some(&b'.') => word.end + 1,
        () => return None,
    };
    // To its end, however long it is: the rest of it would stay in clear.
    let bytes = word.bytes();
    let mut end = run(bytes, behind, usize::MAX, |b| {
        b > b' ' && !b"<>\"{}|\\^`".contains(&b)
    });
    while end > behind && b".,;:!?)]'".contains(&bytes[end - 1]) {
        end -= 1;
    }
    (end > behind).then_some(end)
}
