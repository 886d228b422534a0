//! A text in YAML: whatever it holds, it reads back as that text, on one line, without a
//! character that a terminal would obey.

/// `text` as a YAML scalar: bare where nothing can be misread, else in `"…"`.
pub(crate) fn scalar(text: &str) -> String {
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
pub(crate) fn quoted(text: &str) -> String {
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
