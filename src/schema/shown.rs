//! A writer's words as they are printed: whoever reads what leaves sees all of them, and none
//! of them passes for ours.

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

/// True of a line of a comment that says what we say of what was done (`veil: …`), however it is
/// set off: a writer's may not.
pub(super) fn poses(line: &str) -> bool {
    let is_set_off = |c: char| c.is_whitespace() || matches!(c, '/' | '*' | '#' | '-' | '>' | '|');
    let line = line.trim_start_matches(is_set_off);
    let Some((word, behind)) = line.split_at_checked(WORD.len()) else {
        return false;
    };
    let is_behind = behind.trim_start().starts_with(':');
    word.eq_ignore_ascii_case(WORD) && is_behind
}

const WORD: &str = "veil";

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

    #[test]
    fn a_line_that_says_what_we_say_is_told() {
        for line in [
            "veil: drop",
            "VEIL : drop",
            "// veil:",
            "  * Veil\t: x",
            "-> veil:x",
        ] {
            assert!(poses(line), "{line}");
        }
        for line in [
            "",
            "veil",
            "veiled: x",
            "unveil: x",
            "the veil: x",
            "vei\u{301}l: x",
            "ve",
        ] {
            assert!(!poses(line), "{line}");
        }
    }
}
