//! Hostile names in YAML: whatever a member is called, the text reads back as
//! that name, on one line, without a character that a terminal would obey.

use crate::record::path::{Selector, Step};

/// Longest name that is written before a colon, in characters: YAML takes no more
/// than 1,024.
pub(super) const KEY_CHARS_MAX: usize = 400;

/// `text` as a YAML scalar: bare where nothing can be misread, else in `"…"`.
pub(super) fn scalar(text: &str) -> String {
    const WORDS: &[&str] = &["null", "true", "false", "yes", "no", "on", "off", "y", "n"];
    let mut bytes = text.bytes();
    let starts = bytes
        .next()
        .is_some_and(|b| b.is_ascii_alphabetic() || b == b'_');
    let bare = starts
        && bytes.all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b))
        && !WORDS.contains(&text.to_ascii_lowercase().as_str());
    match bare {
        true => text.to_owned(),
        false => quoted(text),
    }
}

/// `text` in double quotes.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if is_unseen(c) => {
                let code = u32::from(c);
                out.push_str(&match code {
                    0..=0xff => format!("\\x{code:02x}"),
                    0x100..=0xffff => format!("\\u{code:04x}"),
                    _ => format!("\\U{code:08x}"),
                });
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Control and format characters, separators of lines, marks of direction, what
/// is no character.
fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(
            u32::from(c),
            0xad | 0x61c | 0x180e | 0x200b..=0x200f | 0x2028..=0x202e | 0x2060..=0x206f
                | 0xfe00..=0xfe0f | 0xfeff | 0xfff0..=0xffff | 0xe0000..=0xe0fff
        )
        || u32::from(c) & 0xfffe == 0xfffe
        || (c.is_whitespace() && c != ' ')
}

/// A path as a policy writes it, every name that is no plain word in `'…'`.
pub(super) fn path(path: &Selector) -> String {
    let mut out = String::new();
    for (at, step) in path.steps.iter().enumerate() {
        match step {
            Step::Element(n) => out.push_str(&format!("[{n}]")),
            Step::AnyElement => out.push_str("[*]"),
            Step::AnyName | Step::Name(_) => {
                if at > 0 {
                    out.push('.');
                }
                match step {
                    Step::Name(name) => out.push_str(&name_step(name, at == 0)),
                    _ => out.push('*'),
                }
            }
        }
    }
    out
}

/// `this` at the top, and whatever another language could mean, in quotes.
fn name_step(name: &str, first: bool) -> String {
    let mut bytes = name.bytes();
    let plain = bytes
        .next()
        .is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
        && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
        && !(first && name == "this");
    match plain {
        true => name.to_owned(),
        false => format!("'{}'", name.replace('\'', "''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_yaml_would_misread_is_quoted() {
        for (text, expected) in [
            ("userId", "userId"),
            ("no", "\"no\""),
            ("Null", "\"Null\""),
            ("42", "\"42\""),
            ("a: b # c", "\"a: b # c\""),
            ("", "\"\""),
            ("a\nb\"\\", "\"a\\nb\\\"\\\\\""),
            ("\u{1b}[2J\u{202e}", "\"\\x1b[2J\\u202e\""),
            ("🙂", "\"🙂\""),
        ] {
            assert_eq!(scalar(text), expected);
        }
    }
}
