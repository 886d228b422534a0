//! The few values that are kept: short words of a member that says what kind of
//! event it is, while they come again and again. They are what `keep: { one_of: […] }` of a draft is made from.

/// Most words of one member.
pub const WORDS_MAX: usize = 32;
/// Longest word, in bytes.
const WORD_BYTES_MAX: usize = 48;
/// Fewer records with a word say nothing of a kind: it may be what somebody typed once.
const RECORDS_MIN: u64 = 3;
/// And one in so many values must be the word.
const ONE_IN: u64 = 100;

/// Names of members that say what kind of event it is.
const NAMING: &[&str] = &[
    "type",
    "event",
    "event_name",
    "eventName",
    "event_type",
    "eventType",
    "op",
    "action",
    "specversion",
    "kind",
    "channel",
    "platform",
];

/// Words of one member, while they are so few.
#[derive(Clone, Default)]
pub(super) enum Words {
    /// Not of this member, or not any more.
    #[default]
    Spoilt,
    Few(Vec<Word>),
}

/// A word, and in how many records it stands.
#[derive(Clone)]
pub(super) struct Word {
    text: Box<str>,
    records: u64,
    /// The record that was counted last.
    last: u64,
}

/// What a member that says what kind of event it is can be kept by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed<'w> {
    /// The words that come often enough, each by itself, in the order of the sample.
    pub words: Vec<&'w str>,
    /// Values of the sample that are none of them: too rare, of another shape, or they
    /// look like something personal.
    pub others: u64,
}

/// True for the name of a member that says what kind of event it is.
pub(super) fn is_naming(name: &str) -> bool {
    NAMING.contains(&name)
}

impl Words {
    pub(super) fn wanted() -> Words {
        Words::Few(Vec::new())
    }

    pub(super) fn spoil(&mut self) {
        *self = Words::Spoilt;
    }

    /// Counts a text of that record; one that is no name of a kind is not kept.
    pub(super) fn add(&mut self, text: &str, record: u64) {
        let Words::Few(list) = self else { return };
        if !is_plain(text) {
            return;
        }
        if let Some(word) = list.iter_mut().find(|word| *word.text == *text) {
            word.records += u64::from(word.last != record);
            word.last = record;
            return;
        }
        match list.len() < WORDS_MAX {
            true => list.push(Word {
                text: text.into(),
                records: 1,
                last: record,
            }),
            false => self.spoil(),
        }
    }

    /// The words that came often enough, each by itself; none where most of the
    /// `values` are something else.
    pub(super) fn list(&self, values: u64) -> Option<Listed<'_>> {
        let Words::Few(list) = self else { return None };
        let often = RECORDS_MIN.max(values.div_ceil(ONE_IN));
        let frequent = || list.iter().filter(|word| word.records >= often);
        let records: u64 = frequent().map(|word| word.records).sum();
        let words: Vec<&str> = frequent().map(|word| &*word.text).collect();
        let names_kinds = !words.is_empty() && 2 * records >= values;
        names_kinds.then(|| Listed {
            words,
            others: values.saturating_sub(records),
        })
    }
}

/// Letters, few digits, and what stands between the parts of a name: `page_view`,
/// `com.example.order.v1`; single blanks only between capitalised words: `Order
/// Completed`.
fn is_plain(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let is_part = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"_-./:".contains(&b))
    };
    let parts: Vec<&str> = text.split(' ').take(5).collect();
    let is_capital = |part: &&str| part.starts_with(|c: char| c.is_ascii_uppercase());
    text.len() <= WORD_BYTES_MAX
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
        && digits <= 2
        && parts.len() <= 4
        && parts.iter().all(|part| is_part(part))
        && (parts.len() == 1 || parts.iter().all(is_capital))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(texts: &[(&str, u64)]) -> Words {
        let mut words = Words::wanted();
        let each = texts
            .iter()
            .flat_map(|(text, times)| (0..*times).map(move |_| *text));
        for (record, text) in each.enumerate() {
            words.add(text, record as u64);
        }
        words
    }

    #[test]
    fn each_word_comes_often_by_itself() {
        let words = of(&[("page", 10), ("track", 3), ("Jane Doe", 2)]);
        let listed = words.list(15).expect("words");
        assert_eq!((listed.words, listed.others), (vec!["page", "track"], 2));
        // Of many values one in a hundred.
        let words = of(&[("page", 995), ("hunter", 5)]);
        let listed = words.list(1_000).expect("words");
        assert_eq!((listed.words, listed.others), (vec!["page"], 5));
        assert_eq!(of(&[("page", 2)]).list(2), None);
        assert_eq!(of(&[("page", 4)]).list(9), None);
    }

    #[test]
    fn a_word_counts_once_a_record() {
        let mut words = Words::wanted();
        (0..9).for_each(|_| words.add("Bob", 1));
        assert_eq!(words.list(9), None);
    }

    #[test]
    fn what_has_not_the_shape_of_a_name_is_never_kept() {
        for bad in [
            "jane@example.com",
            "42",
            "user-2026",
            "A B C D E",
            "diagnosis: HIV positive",
            "Order  Completed",
            "order completed",
            " Order",
            "naïve",
            "",
        ] {
            let listed = of(&[("page", 9), (bad, 9)]);
            let listed = listed.list(18).expect("words");
            assert_eq!((listed.words, listed.others), (vec!["page"], 9), "{bad}");
        }
        for good in ["Order Completed", "page_view", "com.example.order.v1"] {
            assert!(of(&[(good, 3)]).list(3).is_some(), "{good}");
        }
    }

    #[test]
    fn too_many_words_name_no_kinds() {
        let mut words = of(&[("page", 1_000)]);
        for n in 0..40u8 {
            let text = format!("{}{}", char::from(b'a' + n % 26), char::from(b'a' + n / 26));
            words.add(&text, 2_000 + u64::from(n));
        }
        assert_eq!(words.list(1_040), None);
    }
}
