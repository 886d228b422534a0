//! Characters that an action writes.

use std::collections::BTreeSet;

/// The digits of plain numbers.
pub(crate) const DIGITS: &str = "0123456789";
/// Lower-case hexadecimal digits.
pub(crate) const HEX: &str = "0123456789abcdef";
/// Of base64 with padding (RFC 4648 section 4).
pub(crate) const BASE64: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";
/// Of base64url without padding (RFC 4648 section 5).
pub(crate) const BASE64URL: &str =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
/// Of a domain in ASCII.
pub(crate) const DOMAIN: &str = "abcdefghijklmnopqrstuvwxyz0123456789-.";

/// Characters that an action can write of a text in which they do not stand. What a
/// table of the policy holds is not among them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Characters {
    all: BTreeSet<char>,
    instead: Option<&'static str>,
}

impl Characters {
    /// Those of a text.
    pub(crate) fn of(text: &str) -> Characters {
        Characters::from_iter(text.chars())
    }

    /// These and those of a text.
    #[must_use]
    pub(crate) fn with(mut self, text: &str) -> Characters {
        self.all.extend(text.chars());
        self
    }

    /// These and others.
    #[must_use]
    pub(crate) fn and(mut self, other: &Characters) -> Characters {
        self.all.extend(&other.all);
        self.instead = self.instead.or(other.instead);
        self
    }

    /// With what the policy would write so that they are fewer.
    #[must_use]
    pub(crate) fn instead(self, fewer: &'static str) -> Characters {
        Characters {
            instead: Some(fewer),
            ..self
        }
    }

    /// What the policy would write so that they are fewer.
    pub(crate) fn fewer(&self) -> Option<&'static str> {
        self.instead
    }

    /// The first character of a text that is among them.
    pub(crate) fn first_of(&self, text: &str) -> Option<char> {
        text.chars().find(|c| self.has(*c))
    }

    /// True when it is among them.
    pub(crate) fn has(&self, c: char) -> bool {
        self.all.contains(&c)
    }

    /// True when everything stands in the text.
    #[cfg(test)]
    pub(crate) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }
}

impl FromIterator<char> for Characters {
    fn from_iter<T: IntoIterator<Item = char>>(chars: T) -> Characters {
        Characters {
            all: chars.into_iter().collect(),
            instead: None,
        }
    }
}
