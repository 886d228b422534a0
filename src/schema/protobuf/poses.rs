//! Comments of a writer that would pass for ours.

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
