//! Payment cards, bank accounts and amounts.

use super::detector::{Detector, Scalar};
use crate::canon::check;

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
    matches: |value| matches!(value, Scalar::Text(text) if check::is_iban(text)),
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
    let len = check::digits_of(text, b" -", &mut digits);
    len.is_some_and(|len| check::is_card(&digits[..len]))
}

fn is_decimal(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let plain = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    text.len() <= 32 && plain(whole) && plain(fraction)
}
