//! What in an address looks like the id of one thing or one person.

use std::sync::LazyLock;

use crate::action::personal::{Finder, Kind};

/// What check digits or syntax tell, whatever stands around it.
static CHECKED: LazyLock<Finder> = LazyLock::new(|| {
    let kinds = [
        Kind::Iban,
        Kind::Card,
        Kind::Ssn,
        Kind::Nino,
        Kind::Steuerid,
        Kind::Nir,
        Kind::Dni,
        Kind::Nie,
        Kind::Cf,
        Kind::Cpf,
        Kind::Aadhaar,
        Kind::Ipv4,
        Kind::Ipv6,
        Kind::Mac,
        Kind::Phone,
    ];
    Finder::new(&kinds, true, Vec::new())
});

/// Longest segment that is a word.
const WORD_MAX: usize = 64;

/// True when the characters of a segment look like an id. What is no text at all
/// counts as one.
pub(super) fn is_id(segment: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(segment) else {
        return true;
    };
    let mut seen = Seen::default();
    for c in text.chars() {
        seen.add(c);
    }
    seen.is_id()
        || spells_more(segment)
        || is_uuid(segment)
        || (seen.digits > 0 && CHECKED.is_any(text))
}

/// True when it holds a separator of segments, or is still escaped: read once more, it
/// would be other segments than were looked at.
fn spells_more(segment: &[u8]) -> bool {
    let is_escape = |w: &[u8]| w[0] == b'%' && w[1].is_ascii_hexdigit() && w[2].is_ascii_hexdigit();
    segment.iter().any(|b| matches!(b, b'/' | b'\\')) || segment.windows(3).any(is_escape)
}

/// A query value that may leave as it is: short, plain and no id.
pub(super) fn is_word(value: &[u8]) -> bool {
    let is_plain = value.iter().all(|b| super::escapes::is_plain(*b));
    (1..=WORD_MAX).contains(&value.len()) && is_plain && !is_id(value)
}

#[derive(Default)]
struct Seen {
    chars: usize,
    digits: usize,
    hex: usize,
    letters: usize,
    upper: bool,
    lower: bool,
    marked: bool,
}

impl Seen {
    fn add(&mut self, c: char) {
        self.chars += 1;
        self.digits += usize::from(c.is_numeric());
        self.hex += usize::from(c.is_ascii_hexdigit());
        self.letters += usize::from(c.is_alphabetic());
        self.upper |= c.is_uppercase();
        self.lower |= c.is_lowercase();
        // An address, or parameters of a segment such as a session's.
        self.marked |= matches!(c, '@' | ';' | '=' | '&');
    }

    fn is_id(&self) -> bool {
        let all_digits = self.digits == self.chars && self.chars >= 4;
        let all_hex = self.hex == self.chars && self.chars >= 8 && self.digits > 0;
        let mixed = self.chars >= 16 && self.digits > 0 && self.letters > 0;
        let cased = self.chars >= 20 && self.upper && self.lower;
        self.marked || self.chars > WORD_MAX || all_digits || all_hex || mixed || cased
    }
}

fn is_uuid(text: &[u8]) -> bool {
    text.len() == 36
        && text.iter().enumerate().all(|(at, b)| match at {
            8 | 13 | 18 | 23 => *b == b'-',
            _ => b.is_ascii_hexdigit(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_told_from_ids() {
        for id in [
            "4711",
            "٤٧١١",
            "0b54d7f2-52a9-4c3e-9a57-1d1f0a6c2b11",
            "deadbeef0",
            "usr-01hv8x5jzk3q",
            "AbCdEfGhIjKlMnOpQrStU",
            "jane@a.example",
            "cart;jsessionid=1",
            "a=b",
            "4111-1111-1111-1111",
            "078-05-1120",
            "203.0.113.7",
            "+49-151-12345678",
            "orders/4711",
            "orders\\4711",
            "jo%40ab.de",
            "%34%37%31%31",
            "100%2525",
            &"a".repeat(65),
        ] {
            assert!(is_id(id.as_bytes()), "{id}");
            assert!(!is_word(id.as_bytes()), "{id}");
        }
        assert!(is_id(b"\xff"));
        for word in [
            "pricing",
            "jane-doe",
            "v2",
            "404",
            "deadbeef",
            "iphone-15-pro",
            "a-very-long-title-of-a-page-about-mugs",
        ] {
            assert!(!is_id(word.as_bytes()), "{word}");
            assert!(is_word(word.as_bytes()), "{word}");
        }
        for neither in ["", "a b", "größe", "a%b"] {
            assert!(!is_id(neither.as_bytes()), "{neither}");
            assert!(!is_word(neither.as_bytes()), "{neither}");
        }
    }
}
