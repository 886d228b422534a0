//! How deep the text of a file nests.

/// Deepest that is read. What a message may nest is less (31); values of options are read
/// by a parser that goes down once for each level, with no bound of its own.
pub(super) const DEPTH_MAX: usize = 100;

/// True when braces, brackets or angle brackets of the text nest deeper than
/// [`DEPTH_MAX`], those in strings and comments left out.
pub(super) fn is_too_deep(text: &str) -> bool {
    let bytes = text.as_bytes();
    let (mut at, mut depth) = (0, 0_usize);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' | b'\'' => {
                at += 1;
                while let Some(inner) = bytes.get(at).filter(|inner| *inner != byte) {
                    at += if *inner == b'\\' { 2 } else { 1 };
                }
            }
            b'/' if bytes.get(at + 1) == Some(&b'/') => {
                at += bytes[at..].iter().take_while(|b| **b != b'\n').count();
            }
            b'/' if bytes.get(at + 1) == Some(&b'*') => {
                let end = bytes[at + 2..].windows(2).position(|two| two == b"*/");
                at = end.map_or(bytes.len(), |end| at + end + 3);
            }
            b'#' => {
                // A comment inside the value of an option.
                at += bytes[at..].iter().take_while(|b| **b != b'\n').count();
            }
            b'{' | b'[' | b'<' => {
                depth += 1;
                if depth > DEPTH_MAX {
                    return true;
                }
            }
            b'}' | b']' | b'>' => depth = depth.saturating_sub(1),
            _ => {}
        }
        at += 1;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_and_comments_nest_nothing() {
        let nested = |depth: usize| format!("{}{}", "{".repeat(depth), "}".repeat(depth));
        assert!(!is_too_deep(&nested(DEPTH_MAX)));
        assert!(is_too_deep(&nested(DEPTH_MAX + 1)));
        assert!(!is_too_deep(&nested(DEPTH_MAX).repeat(3)));
        let deep = "{".repeat(500);
        for text in [
            format!("// {deep}"),
            format!("/* {deep} */ x"),
            format!("/* {deep}"),
            format!("\"{deep}\\\"{deep}\""),
            format!("'{deep}"),
        ] {
            assert!(!is_too_deep(&text));
        }
        for text in [
            format!("// a\n{deep}"),
            format!("/* a */{deep}"),
            format!("/**/{deep}"),
            format!("\"a\"{deep}"),
            format!("# a\n{deep}"),
        ] {
            assert!(is_too_deep(&text), "{}", &text[..10]);
        }
    }
}
