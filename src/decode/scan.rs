//! The lexis of JSON (RFC 8259): white space, strings, numbers, literals.
//!
//! Every function takes the whole input and a place in it and returns a place
//! at or behind it; none looks at structure. Strings are searched sixteen bytes
//! at a time ([`crate::record::escape`]), digits eight with integer masks.

use crate::record::escape::special;

/// The first byte at or behind `pos` that is no white space.
#[inline(always)]
pub fn blank(input: &[u8], mut pos: usize) -> usize {
    while let Some(b' ' | b'\n' | b'\r' | b'\t') = input.get(pos) {
        pos += 1;
    }
    pos
}

/// End of a string's inside, given its first byte: the place of the closing
/// quote, and whether there are escapes. `None`: not closed, a control
/// character, an escape JSON does not have, a lone surrogate.
#[inline(always)]
pub fn string_end(input: &[u8], start: usize) -> Option<(usize, bool)> {
    let at = special(input, start)?;
    if input[at] == b'"' {
        return Some((at, false));
    }
    escaped_string_end(input, at).map(|end| (end, true))
}

/// As [`string_end`], from the first byte that is not plain.
fn escaped_string_end(input: &[u8], mut at: usize) -> Option<usize> {
    loop {
        match input[at] {
            b'"' => return Some(at),
            b'\\' => at = special(input, escape_end(input, at + 1)?)?,
            _ => return None,
        }
    }
}

/// End of an escape, given the byte behind its backslash. A surrogate pair is
/// one escape.
fn escape_end(input: &[u8], at: usize) -> Option<usize> {
    match input.get(at)? {
        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(at + 1),
        b'u' => match hex4(input, at + 1)? {
            0xD800..0xDC00 => {
                if input.get(at + 5..at + 7)? != b"\\u" {
                    return None;
                }
                let low = hex4(input, at + 7)?;
                (0xDC00..0xE000).contains(&low).then_some(at + 11)
            }
            0xDC00..0xE000 => None,
            _ => Some(at + 5),
        },
        _ => None,
    }
}

fn hex4(input: &[u8], at: usize) -> Option<u32> {
    input.get(at..at + 4)?.iter().try_fold(0, |n, b| {
        char::from(*b).to_digit(16).map(|digit| n * 16 + digit)
    })
}

/// End of a number, given its first byte (RFC 8259 section 6).
#[inline]
pub fn number_end(input: &[u8], mut pos: usize) -> Option<usize> {
    if input.get(pos) == Some(&b'-') {
        pos += 1;
    }
    pos = match input.get(pos)? {
        b'0' => pos + 1,
        b'1'..=b'9' => digits_end(input, pos + 1),
        _ => return None,
    };
    if input.get(pos) == Some(&b'.') {
        pos = some_digits_end(input, pos + 1)?;
    }
    if let Some(b'e' | b'E') = input.get(pos) {
        pos += 1;
        if let Some(b'+' | b'-') = input.get(pos) {
            pos += 1;
        }
        pos = some_digits_end(input, pos)?;
    }
    Some(pos)
}

fn some_digits_end(input: &[u8], pos: usize) -> Option<usize> {
    let end = digits_end(input, pos);
    (end > pos).then_some(end)
}

#[inline(always)]
fn digits_end(input: &[u8], mut pos: usize) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = ONES * 0x80;
    // A digit is below 10 once `0` is taken away bit by bit; 0x76 more has the
    // high bit exactly from 10 on, and no byte carries into the next.
    while let Some(chunk) = input.get(pos..).and_then(<[u8]>::first_chunk::<8>) {
        let x = u64::from_le_bytes(*chunk) ^ (ONES * u64::from(b'0'));
        let others = (((x & !HIGHS) + ONES * 0x76) | x) & HIGHS;
        if others != 0 {
            return pos + (others.trailing_zeros() / 8) as usize;
        }
        pos += 8;
    }
    while let Some(b'0'..=b'9') = input.get(pos) {
        pos += 1;
    }
    pos
}

/// The place behind `word`, if it stands at `pos`.
#[inline(always)]
pub fn literal_end(input: &[u8], pos: usize, word: &[u8]) -> Option<usize> {
    let end = pos + word.len();
    (input.get(pos..end)? == word).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(s: &str) -> Option<(usize, bool)> {
        string_end(s.as_bytes(), 0)
    }

    #[test]
    fn strings_end_where_they_end_at_every_length() {
        for n in 0..40 {
            let plain = "é".repeat(n / 2) + &"x".repeat(n % 2);
            let len = plain.len();
            assert_eq!(text(&format!("{plain}\"tail")), Some((len, false)));
            assert_eq!(
                text(&format!("{plain}\\n{plain}\"")),
                Some((2 * len + 2, true))
            );
            assert_eq!(text(&plain), None, "not closed");
            for bad in ["\u{0}", "\n", "\u{1f}", "\\", "\\x", "\\u12"] {
                assert_eq!(text(&format!("{plain}{bad}\"{plain}")), None, "{bad:?}");
            }
        }
        assert_eq!(text("\u{7f}\u{80}\""), Some((3, false)));
    }

    #[test]
    fn surrogates_come_in_pairs() {
        assert_eq!(text(r#"\ud83d\ude00""#), Some((12, true)));
        assert_eq!(text(r#"\uD7ff\ue000""#), Some((12, true)));
        for lone in [
            r"\ud83d",
            r"\ude00",
            r"\ud83d\ud83d",
            r"\ud83dx",
            r"\ud83d\n",
            r"\ude00\ud83d",
        ] {
            assert_eq!(text(&format!("{lone}\"")), None, "{lone}");
        }
    }

    #[test]
    fn numbers_follow_the_grammar() {
        for good in [
            "0",
            "-0",
            "12",
            "39.80",
            "1e5",
            "1E+5",
            "-0.5e-10",
            "1e999999999",
            "18446744073709551616",
        ] {
            assert_eq!(number_end(good.as_bytes(), 0), Some(good.len()), "{good}");
        }
        for bad in ["-", "1.", "1e", "1e+", ".5", "+1", "-.5", "1.e3"] {
            assert_eq!(number_end(bad.as_bytes(), 0), None, "{bad}");
        }
        assert_eq!(number_end(b"01", 0), Some(1));
    }
}
