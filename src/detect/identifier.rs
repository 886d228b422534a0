//! Identifiers of a form that tells them from words.

use super::detector::{Detector, Scalar};

/// A UUID.
pub(super) const UUID: Detector = Detector {
    name: "uuid",
    title: "UUID",
    category: None,
    confidence: 0,
    matches: |value| matches!(value, Scalar::Text(text) if is_uuid(text)),
    #[cfg(test)]
    examples: super::detector::Examples {
        takes: &[
            "0b54d7f2-52a9-4c3e-9a57-1d1f0a6c2b11",
            "0B54D7F2-52A9-4C3E-9A57-1D1F0A6C2B11",
        ],
        refuses: &[
            "00000000-0000-0000-0000-000000000000",
            "0b54d7f252a94c3e9a571d1f0a6c2b11",
            "0b54d7f2-52a9-4c3e-9a57-1d1f0a6c2b1g",
        ],
    },
};

/// The ids that web analytics, advertising cookies and click trackers write.
pub(super) const COOKIE: Detector = Detector {
    name: "cookie_id",
    title: "cookie or click id",
    category: Some("user.device.cookie_id"),
    confidence: 90,
    matches: |value| matches!(value, Scalar::Text(text) if is_cookie(text)),
    #[cfg(test)]
    examples: super::detector::Examples {
        takes: &[
            "GA1.2.1234567890.1772361727",
            "fb.1.1772361727000.1098115397",
            "fb.1.1772361727000.IwAR2F4-dbP0l7Mn1IawQQGCINEz7PYXQvwjNwB_qa2ofrHyiLjcbCRxTDMgk",
            "1234567890.1772361727",
            "Cj0KCQiA5aWOBhDMARIsAIXLlkdXyz0123456789abcdefABCDEF_wcB",
        ],
        refuses: &["GA4", "fb.1", "1.5", "1234.56", "Cj0K"],
    },
};

/// A long run of letters and digits without meaning: hash, token, device id.
pub(super) const OPAQUE: Detector = Detector {
    name: "opaque_id",
    title: "hash, token or other id",
    category: None,
    confidence: 0,
    matches: |value| matches!(value, Scalar::Text(text) if is_opaque(text)),
    #[cfg(test)]
    examples: super::detector::Examples {
        takes: &[
            "9f86d081884c7d659a2feaa0c55ad015",
            "usr_01HV8X5JZK3Q2W",
            "x7Fq93LmZp0aRt",
        ],
        refuses: &[
            "checkout_completed",
            "ORDER",
            "iPhone15",
            "2026-03-01T10:42:07Z",
            "a b c d 1 2 3 4 5 6",
        ],
    },
};

pub(super) fn is_uuid(text: &str) -> bool {
    let dashes = [8, 13, 18, 23];
    text.len() == 36
        && text.bytes().enumerate().all(|(at, b)| match dashes.contains(&at) {
            true => b == b'-',
            false => b.is_ascii_hexdigit(),
        })
        // The zero UUID stands for none.
        && text.bytes().any(|b| b != b'0' && b != b'-')
}

fn is_digits(text: &str, len: std::ops::RangeInclusive<usize>) -> bool {
    len.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

fn is_cookie(text: &str) -> bool {
    let is_word = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
    if let Some(rest) = text.strip_prefix("GA1.") {
        return rest.split('.').count() >= 3 && rest.split('.').all(|p| is_digits(p, 1..=12));
    }
    if let Some(rest) = text.strip_prefix("fb.") {
        let mut parts = rest.splitn(3, '.');
        let numbered = parts.next().is_some_and(|p| is_digits(p, 1..=2))
            && parts.next().is_some_and(|p| is_digits(p, 10..=13));
        return numbered
            && parts
                .next()
                .is_some_and(|p| p.len() > 5 && p.bytes().all(is_word));
    }
    // Google's click ids end so.
    let clicked = ["_wcB", "_BwE", "QAvD_BwE"]
        .iter()
        .any(|end| text.ends_with(end));
    if clicked && (30..=200).contains(&text.len()) && text.bytes().all(is_word) {
        return true;
    }
    // A client id of Google Analytics: a random number and the time of the visit.
    let parts = text.split_once('.');
    parts.is_some_and(|(id, time)| {
        is_digits(id, 6..=10) && is_digits(time, 10..=10) && time.starts_with('1')
    })
}

fn is_opaque(text: &str) -> bool {
    if !(12..=128).contains(&text.len()) {
        return false;
    }
    let is_word = |b: u8| b.is_ascii_alphanumeric() || b"_-=+/".contains(&b);
    if !text.bytes().all(is_word) {
        return false;
    }
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let letters = text.bytes().filter(u8::is_ascii_alphabetic).count();
    // Words have few digits, dates few letters.
    digits >= 4 && letters >= 3
}
