//! E-mail addresses and addresses of pages.

use super::text::{Word, is_word, run};

/// Most bytes of a local part, and of a label.
const PART_MAX: usize = 128;
/// Most labels of a domain.
const LABELS_MAX: usize = 16;

/// The end of an e-mail address that begins at the word.
pub(super) fn email(word: &Word<'_>) -> Option<usize> {
    let bytes = word.bytes();
    let is_local = |b: u8| is_word(b) || b".%+-'".contains(&b);
    let at = run(bytes, word.end, PART_MAX, is_local);
    (word.byte(at) == b'@').then(|| domain(word, at + 1))?
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
