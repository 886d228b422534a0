//! A writer's words as they are printed: whoever reads what leaves sees all of them.

use std::borrow::Cow;

use crate::document::acts;

/// `text` with every character that acts instead of being seen, such as one that turns the
/// direction of writing or begins another line, spelled as JSON spells it (`\u202e`; RFC 8259,
/// section 7). Line breaks of the text too.
pub(super) fn shown(text: &str) -> Cow<'_, str> {
    if !text.chars().any(acts) {
        return Cow::Borrowed(text);
    }
    let mut seen = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match acts(c) {
            true => {
                let units = c.encode_utf16(&mut [0; 2]).to_vec();
                let spelled = units.iter().map(|unit| format!("\\u{unit:04x}"));
                seen.extend(spelled);
            }
            false => seen.push(c),
        }
    }
    Cow::Owned(seen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_is_spelled_and_nothing_else_changes() {
        for (text, seen) in [
            ("", ""),
            ("Straße 北 \"a\\b\"", "Straße 北 \"a\\b\""),
            (
                "a\u{202e}b\u{2028}c\u{7f}d\u{85}",
                "a\\u202eb\\u2028c\\u007fd\\u0085",
            ),
            ("a\nb\u{200b}", "a\\u000ab\\u200b"),
            ("\u{e0041}", "\\udb40\\udc41"),
        ] {
            assert_eq!(shown(text), seen);
            assert_eq!(shown(&shown(text)), seen);
        }
    }
}
