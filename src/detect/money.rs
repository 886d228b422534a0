//! Payment cards, bank accounts and amounts.

use super::detector::{Detector, Scalar};

/// A payment card: a known prefix, its length, and the Luhn digit.
pub(super) const CARD: Detector = Detector {
    name: "card",
    title: "payment card number",
    category: Some("user.financial.credit_card"),
    confidence: 95,
    matches: is_card,
    #[cfg(test)]
    examples: super::detector::Examples {
        takes: &[
            "4111 1111 1111 1111",
            "5555555555554444",
            "378282246310005",
            "#4111111111111111",
        ],
        refuses: &[
            "4111111111111112",
            "9111111111111111",
            "411111111111",
            "4111 1111 1111 111x",
        ],
    },
};

/// An international bank account number (ISO 13616, ISO 7064 mod 97-10).
pub(super) const IBAN: Detector = Detector {
    name: "iban",
    title: "bank account number (IBAN)",
    category: Some("user.financial.bank_account"),
    confidence: 99,
    matches: |value| matches!(value, Scalar::Text(text) if is_iban(text)),
    #[cfg(test)]
    examples: super::detector::Examples {
        takes: &["DE89370400440532013000", "GB29 NWBK 6016 1331 9268 19"],
        refuses: &[
            "DE89370400440532013001",
            "DE8937040044",
            "8937DE04004405320130",
        ],
    },
};

/// A decimal number that is written as text.
pub(super) const DECIMAL: Detector = Detector {
    name: "decimal_text",
    title: "number written as text",
    category: None,
    confidence: 0,
    matches: |value| matches!(value, Scalar::Text(text) if is_decimal(text)),
    #[cfg(test)]
    examples: super::detector::Examples {
        takes: &["39.80", "-7", "0.5"],
        refuses: &["39,80", "1.", ".5", "1e5", "12a", "#39.80"],
    },
};

fn is_card(value: Scalar<'_>) -> bool {
    let (Scalar::Text(text) | Scalar::Number(text)) = value;
    let mut digits = [0; 19];
    let Some(len) = digits_of(text, b" -", &mut digits) else {
        return false;
    };
    let digits = &digits[..len];
    let is_of = |prefix: u32| digits[..4].iter().fold(0, |n, d| n * 10 + u32::from(*d)) / prefix;
    if !(13..=19).contains(&len) {
        return false;
    }
    let (four, three, two, one) = (is_of(1), is_of(10), is_of(100), is_of(1_000));
    // Visa, Mastercard, American Express, Diners, JCB, Discover, UnionPay, Maestro.
    let known = match len {
        13 => one == 4,
        14 => (300..=305).contains(&three) || matches!(two, 36 | 38 | 39),
        15 => matches!(two, 34 | 37),
        16 | 19 => {
            one == 4
                || (51..=55).contains(&two)
                || (2221..=2720).contains(&four)
                || (3528..=3589).contains(&four)
                || matches!(two, 62 | 65)
                || four == 6011
                || (644..=649).contains(&three)
                || matches!(four, 5018 | 5020 | 5038 | 6304 | 6759 | 6761..=6763)
        }
        _ => two == 62 || matches!(four, 5018 | 5020 | 5038 | 6304 | 6759 | 6761..=6763),
    };
    known && luhn(digits)
}

/// The check digit of ISO/IEC 7812 is right.
pub(super) fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(at, digit)| match (at % 2, u32::from(*digit)) {
            (0, digit) => digit,
            (_, digit) if digit > 4 => 2 * digit - 9,
            (_, digit) => 2 * digit,
        })
        .sum();
    sum.is_multiple_of(10)
}

/// The digits of a text that holds nothing else but `separators`.
pub(super) fn digits_of(text: &str, separators: &[u8], digits: &mut [u8]) -> Option<usize> {
    let mut len = 0;
    for byte in text.bytes() {
        if byte.is_ascii_digit() {
            *digits.get_mut(len)? = byte - b'0';
            len += 1;
        } else if !separators.contains(&byte) {
            return None;
        }
    }
    Some(len)
}

fn is_iban(text: &str) -> bool {
    let plain = || text.bytes().filter(|b| *b != b' ');
    let len = plain().count();
    let head = text.as_bytes().first_chunk::<4>();
    let headed = head.is_some_and(|[a, b, c, d]| {
        a.is_ascii_uppercase() && b.is_ascii_uppercase() && c.is_ascii_digit() && d.is_ascii_digit()
    });
    let upper = |b: u8| b.is_ascii_digit() || b.is_ascii_uppercase();
    if !headed || !(15..=34).contains(&len) || text.len() > 45 || !plain().all(upper) {
        return false;
    }
    let rest = plain().skip(4).chain(plain().take(4));
    rest.fold(0u32, |n, b| match b {
        b'0'..=b'9' => (n * 10 + u32::from(b - b'0')) % 97,
        _ => (n * 100 + u32::from(b - b'A') + 10) % 97,
    }) == 1
}

fn is_decimal(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let plain = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    text.len() <= 32 && plain(whole) && plain(fraction)
}
