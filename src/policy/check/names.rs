//! Names that must follow a rule of their kind.

use super::model::Spelled;
use crate::language::codes;
use crate::language::finding::{Findings, Span};

fn all(text: &str, max: usize, first: fn(u8) -> bool, rest: fn(u8) -> bool) -> bool {
    let bytes = text.as_bytes();
    bytes.first().copied().is_some_and(first)
        && bytes.len() <= max
        && bytes.iter().copied().all(rest)
}

const fn lower_or_digit(b: u8) -> bool {
    b.is_ascii_lowercase() || b.is_ascii_digit()
}

/// A name under `keys:` or `actions:`.
pub(crate) fn is_alias(text: &str) -> bool {
    all(
        text,
        64,
        |b| b.is_ascii_alphabetic(),
        |b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_',
    )
}

/// A class: words joined by dots.
pub(crate) fn is_class(text: &str) -> bool {
    text.len() <= 255
        && text.split('.').all(|word| {
            all(
                word,
                64,
                |b| b.is_ascii_lowercase(),
                |b| lower_or_digit(b) || b == b'_' || b == b'-',
            )
        })
}

/// `metadata.name`.
pub(crate) fn is_policy_name(text: &str) -> bool {
    all(
        text,
        63,
        |b| lower_or_digit(b) || b == b'-',
        |b| lower_or_digit(b) || b == b'-',
    )
}

/// A purpose or a pseudonymisation domain.
pub(crate) fn is_space_name(text: &str) -> bool {
    all(text, 128, lower_or_digit, |b| {
        lower_or_digit(b) || b"._-".contains(&b)
    })
}

/// A topic that Kafka accepts.
pub(crate) fn topic(text: &str, span: Span, findings: &mut Findings) -> Option<Spelled> {
    let legal = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
    if all(text, 249, legal, legal) && text != "." && text != ".." {
        return Some(Spelled {
            value: text.to_owned(),
            span,
        });
    }
    findings
        .error(
            codes::BAD_NAME,
            span,
            format!("`{text}` cannot name a topic"),
        )
        .help("Kafka takes letters, digits, `.`, `_` and `-`, at most 249");
    None
}

/// True for a text in which nothing can be read: blanks, and what has no width.
pub(crate) fn is_blank(text: &str) -> bool {
    let shows_nothing = |c: char| {
        c.is_whitespace()
            || c.is_control()
            || matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
                | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
                | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
    };
    text.chars().all(shows_nothing)
}
