//! Words that stand for no value.

use std::cmp::Ordering;
use std::sync::Arc;

/// `sentinels@1`: texts that stand for no value, unless the policy says others.
pub(crate) const SENTINELS: [&str; 7] = [
    "null",
    "undefined",
    "none",
    "nan",
    "n/a",
    "unknown",
    "00000000-0000-0000-0000-000000000000",
];

/// Most words.
pub(crate) const WORDS_MAX: usize = 256;

/// Texts that stand for no value; ASCII case is ignored. The empty text always
/// does. They are part of no key: what yields a code yields the same one, whatever
/// they are.
#[derive(Clone, Debug)]
pub struct Nothing(Arc<Words>);

#[derive(Debug, PartialEq, Eq)]
struct Words {
    /// By length, then by their bytes in lower case; each once.
    list: Box<[Box<[u8]>]>,
    /// A bit for each length below 63 that one of them has, and for none; the
    /// highest bit for all that are longer.
    lengths: u64,
}

impl Nothing {
    /// Those words and no others.
    pub(crate) fn of<'w>(words: impl IntoIterator<Item = &'w str>) -> Nothing {
        let lower = words
            .into_iter()
            .map(|w| w.to_ascii_lowercase().into_bytes().into());
        let mut list: Vec<Box<[u8]>> = lower.collect();
        list.sort_by(|a, b| order(a, b));
        list.dedup();
        let lengths = list.iter().fold(1, |bits, w| bits | bit(w.len()));
        Nothing(Arc::new(Words {
            list: list.into(),
            lengths,
        }))
    }

    /// Those of every policy that says none, and these.
    pub(crate) fn with<'w>(words: impl IntoIterator<Item = &'w str>) -> Nothing {
        Nothing::of(SENTINELS.into_iter().chain(words))
    }

    /// True for the empty text and for one of the words.
    #[inline]
    pub fn is(&self, text: &[u8]) -> bool {
        self.0.lengths & bit(text.len()) != 0 && self.holds(text)
    }

    #[cold]
    fn holds(&self, text: &[u8]) -> bool {
        text.is_empty() || self.0.list.binary_search_by(|w| order(w, text)).is_ok()
    }

    /// The words, in lower case.
    pub(crate) fn words(&self) -> impl Iterator<Item = &str> {
        let list = self.0.list.iter();
        list.filter_map(|w| std::str::from_utf8(w).ok())
    }

    /// True when both are one, without a look at the words.
    #[inline]
    pub(crate) fn is_same(&self, other: &Nothing) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Default for Nothing {
    fn default() -> Nothing {
        Nothing::with([])
    }
}

impl PartialEq for Nothing {
    fn eq(&self, other: &Nothing) -> bool {
        self.is_same(other) || self.0 == other.0
    }
}

impl Eq for Nothing {}

const fn bit(len: usize) -> u64 {
    1 << if len < 63 { len } else { 63 }
}

/// By length, then by what they are in lower case.
fn order(a: &[u8], b: &[u8]) -> Ordering {
    let mut each = a.iter().zip(b).map(|(a, b)| a.cmp(&b.to_ascii_lowercase()));
    let first = each.find(|o| o.is_ne());
    a.len().cmp(&b.len()).then(first.unwrap_or(Ordering::Equal))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_whatever_their_case_and_length() {
        let long = "x".repeat(100);
        let words = ["Anonymous", "0", "[object Object]", &long, "zz", "ZZ"];
        let more = Nothing::with(words);
        for text in [
            "",
            "anonymous",
            "ANONYMOUS",
            "0",
            "[OBJECT object]",
            &long,
            "zz",
            "Null",
        ] {
            assert!(more.is(text.as_bytes()), "{text}");
        }
        for text in ["00", "anonymou", "x", &long[1..], "zzz", "né"] {
            assert!(!more.is(text.as_bytes()), "{text}");
        }
        let none = Nothing::of([]);
        assert!(none.is(b"") && !none.is(b"null"));
        assert!(Nothing::default().is(b"N/A") && !Nothing::default().is(b"0"));
        assert_eq!(more.words().count(), SENTINELS.len() + 5);
    }
}
