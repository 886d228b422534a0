//! E-mail addresses and telephone numbers, by the rules that `normalize: email`
//! and `normalize: phone` have.

use super::detector::{Detector, Scalar};
use crate::canon::{is_email, is_international_phone};

/// An e-mail address.
pub(super) const EMAIL: Detector = Detector {
    name: "email",
    title: "e-mail address",
    category: Some("user.contact.email"),
    confidence: 99,
    matches: |value| matches!(value, Scalar::Text(text) if is_email(text)),
    #[cfg(test)]
    examples: super::detector::Examples {
        takes: &["jane.doe@example.com", " Jane+tag@Bücher.example "],
        refuses: &[
            "jane at example.com",
            "jane@localhost",
            "@example.com",
            "a@b@example.com",
        ],
    },
};

/// A telephone number with its country code, or digits grouped as one.
pub(super) const PHONE: Detector = Detector {
    name: "phone",
    title: "telephone number",
    category: Some("user.contact.phone_number"),
    confidence: 92,
    matches: |value| matches!(value, Scalar::Text(text) if is_phone(text)),
    #[cfg(test)]
    examples: super::detector::Examples {
        takes: &[
            "+49 151 123 456 78",
            "+12025550123",
            "(202) 555-0123",
            "0151/123 456 78",
        ],
        refuses: &[
            "12025550123",
            "+999123456789",
            "2026-03-01",
            "203.0.113.7",
            "+1 202",
            "078-05-1120",
        ],
    },
};

/// Without `+` a number must be grouped as people group telephone numbers: bare
/// digits are ids, counts and times as well.
fn is_phone(text: &str) -> bool {
    let text = text.trim();
    if text.len() > 32 {
        return false;
    }
    if text.starts_with('+') {
        return is_international_phone(text);
    }
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let plain = text
        .bytes()
        .all(|b| b.is_ascii_digit() || b" -()/.".contains(&b));
    let area = text.starts_with('(') && text.contains(')');
    let trunk = text.starts_with('0') && text.contains(['/', ' ']);
    plain && (area || trunk) && (9..=14).contains(&digits)
}
