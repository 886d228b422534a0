//! The few values that are kept: short words of a member that says what kind of
//! event it is. They are what `keep: { one_of: […] }` of a draft is made from.

/// Most words of one member.
pub const WORDS_MAX: usize = 32;
/// Longest word, in bytes.
const WORD_BYTES_MAX: usize = 48;
/// A word comes so often on average, or the member names no kinds.
const OFTEN: u64 = 3;

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

/// Words of one member, while they are so few and so plain.
#[derive(Clone, Default)]
pub(super) enum Words {
    /// Not of this member, or not any more.
    #[default]
    Spoilt,
    Few(Vec<Box<str>>),
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

    pub(super) fn add(&mut self, text: &str) {
        let Words::Few(list) = self else { return };
        if list.iter().any(|word| **word == *text) {
            return;
        }
        match list.len() < WORDS_MAX && is_plain(text) {
            true => list.push(text.into()),
            false => self.spoil(),
        }
    }

    /// The words, in order, if each came often enough among `values`.
    pub(super) fn list(&self, values: u64) -> Option<&[Box<str>]> {
        match self {
            Words::Few(list) if !list.is_empty() && list.len() as u64 * OFTEN <= values => {
                Some(list)
            }
            _ => None,
        }
    }
}

/// A word or a few, of letters, with few digits: `Order Completed`, `page_view`,
/// `com.example.order.v1`.
fn is_plain(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    text.len() <= WORD_BYTES_MAX
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.split(' ').count() <= 4
        && digits <= 2
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b" _-.:/".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_plain_few_and_frequent() {
        let mut words = Words::wanted();
        for word in ["page", "track", "page"] {
            words.add(word);
        }
        assert_eq!(words.list(6).map(<[_]>::len), Some(2));
        assert_eq!(words.list(5), None);
        for bad in [
            "jane@example.com",
            "42",
            "user-2026",
            "a b c d e",
            "naïve",
            "",
        ] {
            let mut spoilt = words.clone();
            spoilt.add(bad);
            assert_eq!(spoilt.list(1_000), None, "{bad}");
        }
        for n in 0..40u8 {
            words.add(&format!(
                "{}{}",
                char::from(b'a' + n % 26),
                char::from(b'a' + n / 26)
            ));
        }
        assert_eq!(words.list(1_000), None);
    }
}
