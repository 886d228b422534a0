//! The lexis of JSON (RFC 8259): white space, strings, numbers, literals.
//!
//! Every function takes the whole input and a place in it and returns a place
//! at or behind it; none looks at structure. Strings and numbers are looked at
//! sixteen bytes at a time.
//!
//! Places are 32 bits wide, as on the tape: the end of a chunk then cannot
//! overflow, and one compare says whether it lies inside.
//!
//! Forced into the decoder's loop, with what they call in `record::escape`: without,
//! 0.5 % more instructions on events of which nothing is named, 0.2 % on workload A.

use crate::record::Reason;
use crate::record::escape::{CHUNK, chunk, marks, special};
use wide::u8x16;

/// Stands for the end of the input; no value and no punctuation.
pub(crate) const END: u8 = 0;

/// The byte at `pos`, or [`END`].
// Forced: see the top.
#[inline(always)]
pub(crate) fn byte(input: &[u8], pos: u32) -> u8 {
    input.get(pos as usize).copied().unwrap_or(END)
}

/// True for JSON's white space.
// Forced: see the top.
#[inline(always)]
pub(crate) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\r' | b'\t')
}

/// The first byte at or behind `pos` that is no white space.
// Forced: see the top.
#[inline(always)]
pub(crate) fn blank(input: &[u8], mut pos: u32) -> u32 {
    while is_blank(byte(input, pos)) {
        pos += 1;
    }
    pos
}

/// End of a string's inside, given its first byte: the place of the closing
/// quote, and whether there are escapes. `None`: not closed, a control
/// character, an escape JSON does not have, a lone surrogate.
pub(crate) fn string_end(input: &[u8], start: u32) -> Option<(u32, bool)> {
    match plain_string_end(input, start) {
        Ok(end) => Some((end, false)),
        Err(special) => special_string_end(input, special),
    }
}

/// As [`string_end`], for a string without escapes. Otherwise a place to go on
/// from with [`special_string_end`]: everything before it is plain.
// Forced: see the top.
#[inline(always)]
pub(crate) fn plain_string_end(input: &[u8], start: u32) -> Result<u32, u32> {
    let mut pos = start;
    while let Some(chunk) = chunk(input, pos) {
        let (quotes, others) = marks(chunk);
        let hits = quotes | others;
        if hits != 0 {
            let at = hits.trailing_zeros();
            return match quotes >> at & 1 {
                1 => Ok(pos + at),
                _ => Err(pos + at),
            };
        }
        pos += CHUNK as u32;
    }
    Err(pos)
}

/// As [`string_end`], where the input ends within a chunk or something else
/// than the quote comes first.
#[inline(never)]
pub(crate) fn special_string_end(input: &[u8], pos: u32) -> Option<(u32, bool)> {
    let mut at = special(input, pos as usize)?;
    let mut escaped = false;
    loop {
        match input[at] {
            b'"' => return Some((at as u32, escaped)),
            b'\\' => at = special(input, escape_end(input, at + 1)?)?,
            _ => return None,
        }
        escaped = true;
    }
}

/// Why no string ends that begins behind the quote before `start`: it is `bad_text`
/// when nothing but half a surrogate pair stands in the way, as JSON's own grammar
/// permits, and else `not_json`.
#[cold]
#[inline(never)]
pub(crate) fn broken_string(input: &[u8], start: u32) -> Reason {
    let mut pos = start as usize;
    while let Some(at) = special(input, pos) {
        pos = match (input[at], input.get(at + 1)) {
            (b'"', _) => return Reason::BadText,
            (b'\\', Some(b'u')) if hex4(input, at + 2).is_some() => at + 6,
            (b'\\', _) => match escape_end(input, at + 1) {
                Some(end) => end,
                None => return Reason::NotJson,
            },
            _ => return Reason::NotJson,
        };
    }
    Reason::NotJson
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

/// Four hexadecimal digits as a number.
fn hex4(input: &[u8], at: usize) -> Option<u32> {
    /// What a byte is worth; 16 and more: no digit.
    const WORTH: [u8; 256] = {
        let mut worth = [0xff; 256];
        let mut n = 0;
        while n < 16 {
            let digit = b"0123456789abcdef"[n];
            worth[digit as usize] = n as u8;
            worth[digit.to_ascii_uppercase() as usize] = n as u8;
            n += 1;
        }
        worth
    };
    let digits: [u8; 4] = input.get(at..at + 4)?.try_into().ok()?;
    let [a, b, c, d] = digits.map(|digit| u32::from(WORTH[usize::from(digit)]));
    (a | b | c | d < 16).then_some(a << 12 | b << 8 | c << 4 | d)
}

/// End of a number, given its first byte (RFC 8259 section 6).
// Forced: see the top.
#[inline(always)]
pub(crate) fn number_end(input: &[u8], start: u32) -> Option<u32> {
    if let Some(chunk) = chunk(input, start) {
        let sign = u32::from(chunk[0] == b'-');
        let digits = digits(chunk) >> sign;
        let whole = (!digits).trailing_zeros();
        // Most numbers: digits, perhaps a point and more digits, all inside.
        if whole == 1 || (whole > 1 && chunk[sign as usize] != b'0') {
            let point = sign + whole;
            let mut end = point;
            if chunk.get(point as usize) == Some(&b'.') {
                end += 1 + (!(digits >> (whole + 1))).trailing_zeros();
            }
            let is_done = |b: &u8| !matches!(b, b'.' | b'e' | b'E');
            if end != point + 1 && chunk.get(end as usize).is_some_and(is_done) {
                return Some(start + end);
            }
        }
    }
    any_number_end(input, start)
}

/// A bit for each byte that is a digit.
// Forced: see the top.
#[inline(always)]
fn digits(chunk: &[u8; CHUNK]) -> u32 {
    let x = u8x16::new(*chunk) ^ u8x16::splat(b'0');
    x.min(u8x16::splat(9)).simd_eq(x).to_bitmask()
}

/// As [`number_end`], step by step.
#[inline(never)]
fn any_number_end(input: &[u8], start: u32) -> Option<u32> {
    let mut pos = start + u32::from(byte(input, start) == b'-');
    pos = match byte(input, pos) {
        b'0' => pos + 1,
        b'1'..=b'9' => digits_end(input, pos + 1),
        _ => return None,
    };
    if byte(input, pos) == b'.' {
        pos = some_digits_end(input, pos + 1)?;
    }
    if let b'e' | b'E' = byte(input, pos) {
        pos += 1;
        if let b'+' | b'-' = byte(input, pos) {
            pos += 1;
        }
        pos = some_digits_end(input, pos)?;
    }
    Some(pos)
}

fn some_digits_end(input: &[u8], pos: u32) -> Option<u32> {
    let end = digits_end(input, pos);
    (end > pos).then_some(end)
}

fn digits_end(input: &[u8], mut pos: u32) -> u32 {
    while let Some(chunk) = chunk(input, pos) {
        let digits = digits(chunk);
        if digits != 0xffff {
            return pos + (!digits).trailing_zeros();
        }
        pos += CHUNK as u32;
    }
    while byte(input, pos).is_ascii_digit() {
        pos += 1;
    }
    pos
}

/// The place behind `word`, if it stands at `pos`.
// Forced: see the top.
#[inline(always)]
pub(crate) fn literal_end<const N: usize>(input: &[u8], pos: u32, word: &[u8; N]) -> Option<u32> {
    (input.get(pos as usize..pos as usize + N)? == word).then_some(pos + N as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(s: &str) -> Option<(u32, bool)> {
        string_end(s.as_bytes(), 0)
    }

    #[test]
    fn strings_end_where_they_end_at_every_length() {
        for n in 0..40 {
            let plain = "é".repeat(n / 2) + &"x".repeat(n % 2);
            let len = plain.len();
            let end = len as u32;
            assert_eq!(text(&format!("{plain}\"tail")), Some((end, false)));
            assert_eq!(
                text(&format!("{plain}\\n{plain}\"")),
                Some((2 * end + 2, true))
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
        // Alone, and with so much behind that they are looked at as one chunk.
        for padding in ["", ",", ",                 "] {
            for good in [
                "0",
                "-0",
                "12",
                "39.80",
                "-7.25",
                "1e5",
                "1E+5",
                "-0.5e-10",
                "1e999999999",
                "123456789012345",
                "1234567890123456",
                "18446744073709551616",
                "0.12345678901234567890",
            ] {
                let text = format!("{good}{padding}");
                let end = good.len() as u32;
                assert_eq!(number_end(text.as_bytes(), 0), Some(end), "{text}");
            }
            for bad in [
                "-", "-.5", "1.", "-1.", "1e", "1e+", ".5", "+1", "1.e3", "0.", "--1",
            ] {
                let text = format!("{bad}{padding}");
                assert_eq!(number_end(text.as_bytes(), 0), None, "{text}");
            }
            // What follows is no number's business.
            for (text, end) in [("01", 1), ("-01", 2), ("1.2.3", 3), ("12-", 2)] {
                let text = format!("{text}{padding}");
                assert_eq!(number_end(text.as_bytes(), 0), Some(end), "{text}");
            }
        }
    }
}
