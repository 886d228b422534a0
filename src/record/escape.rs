//! JSON string escapes (RFC 8259 section 7), on strings already validated.
//!
//! Forced into the decoder's loop, with `decode::scan`: without, 0.5 % more
//! instructions on events of which nothing is named, 0.2 % on workload A.

use wide::u8x16;

/// Bytes looked at together.
pub(crate) const CHUNK: usize = 16;

/// The chunk at `pos`; `None` where less is left.
// Forced: see the top.
#[inline(always)]
pub(crate) fn chunk(input: &[u8], pos: u32) -> Option<&[u8; CHUNK]> {
    let chunk = input.get(pos as usize..pos as usize + CHUNK)?;
    chunk.try_into().ok()
}

/// The first `"`, `\` or control character at or behind `pos`.
// Forced: see the top.
#[inline(always)]
pub(crate) fn special(input: &[u8], mut pos: usize) -> Option<usize> {
    while let Some(chunk) = input.get(pos..).and_then(<[u8]>::first_chunk::<CHUNK>) {
        let hits = specials(chunk);
        if hits != 0 {
            return Some(pos + hits.trailing_zeros() as usize);
        }
        pos += CHUNK;
    }
    special_at_the_end(input, pos)
}

/// As [`special`], where less than a chunk is left: the last one is looked at,
/// what stands before `pos` shifted out.
#[inline]
fn special_at_the_end(input: &[u8], pos: usize) -> Option<usize> {
    let left = input.len().checked_sub(pos)?;
    let Some(last) = input.last_chunk::<CHUNK>() else {
        let is_special = |b: &u8| matches!(b, b'"' | b'\\' | 0..0x20);
        return input[pos..].iter().position(is_special).map(|at| pos + at);
    };
    let hits = specials(last) >> (CHUNK - left);
    (hits != 0).then(|| pos + hits.trailing_zeros() as usize)
}

/// A bit for each byte that is `"`, `\` or a control character.
// Forced: see the top.
#[inline(always)]
fn specials(chunk: &[u8; CHUNK]) -> u32 {
    let (quotes, others) = marks(chunk);
    quotes | others
}

/// A bit for each byte that is `"`, and one for each that is `\` or a control
/// character.
// Forced: see the top.
#[inline(always)]
pub(crate) fn marks(chunk: &[u8; CHUNK]) -> (u32, u32) {
    let x = u8x16::new(*chunk);
    let quotes = x.simd_eq(u8x16::splat(b'"'));
    let control = x.min(u8x16::splat(0x1f)).simd_eq(x);
    let others = x.simd_eq(u8x16::splat(b'\\')) | control;
    (quotes.to_bitmask(), others.to_bitmask())
}

/// Appends the characters of `raw`, the inside of a validated JSON string.
///
/// # Panics
/// When `raw` holds an escape that validation would have refused: reaching it
/// means that a stage was skipped.
pub(crate) fn unescape_into(raw: &str, out: &mut String) {
    let mut rest = raw;
    while let Some(at) = memchr::memchr(b'\\', rest.as_bytes()) {
        out.push_str(&rest[..at]);
        let escape = rest.as_bytes()[at + 1];
        rest = &rest[at + 2..];
        let plain = match escape {
            b'n' => '\n',
            b't' => '\t',
            b'r' => '\r',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'u' => {
                let (c, after) = code_point(rest);
                rest = after;
                c
            }
            other => char::from(other),
        };
        out.push(plain);
    }
    out.push_str(rest);
}

fn code_point(rest: &str) -> (char, &str) {
    let unit = |s: &str| u32::from_str_radix(&s[..4], 16).expect("escapes were validated");
    let high = unit(rest);
    if !(0xD800..0xDC00).contains(&high) {
        let c = char::from_u32(high).expect("lone surrogates were refused");
        return (c, &rest[4..]);
    }
    let low = unit(&rest[6..]);
    let c = 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
    (
        char::from_u32(c).expect("surrogate pairs were validated"),
        &rest[10..],
    )
}

/// Appends `text` as a JSON string, its quotes with it.
pub fn quote_into(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    escape_into(text, out);
    out.push(b'"');
}

/// Appends `text` as the inside of a JSON string: `"`, `\` and control
/// characters escaped, everything else as it is.
pub fn escape_into(text: &str, out: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let bytes = text.as_bytes();
    let mut start = 0;
    while let Some(at) = special(bytes, start) {
        out.extend_from_slice(&bytes[start..at]);
        start = at + 1;
        let b = bytes[at];
        match b {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            0x08 => out.extend_from_slice(b"\\b"),
            0x0c => out.extend_from_slice(b"\\f"),
            _ => {
                out.extend_from_slice(b"\\u00");
                out.push(HEX[usize::from(b >> 4)]);
                out.push(HEX[usize::from(b & 15)]);
            }
        }
    }
    out.extend_from_slice(&bytes[start..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unescapes_every_kind_of_escape() {
        let mut out = String::new();
        unescape_into(r#"a\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00z"#, &mut out);
        assert_eq!(out, "a\"\\/\u{8}\u{c}\n\r\t\u{e9}\u{1f600}z");
    }

    #[test]
    fn the_first_special_character_is_found_at_every_place() {
        for len in 0..40 {
            let plain = vec![b'\x80'; len];
            for pos in 0..=len {
                assert_eq!(special(&plain, pos), None, "{len} {pos}");
            }
            for at in 0..len {
                for c in [b'"', b'\\', 0, 0x1f] {
                    let mut text = plain.clone();
                    text[at] = c;
                    for pos in 0..=len {
                        let expected = (pos <= at).then_some(at);
                        assert_eq!(special(&text, pos), expected, "{len} {at} {pos}");
                    }
                }
            }
        }
    }

    #[test]
    fn escape_then_unescape_is_identity() {
        let all: String = (0..0x300u32).filter_map(char::from_u32).collect();
        let mut escaped = Vec::new();
        escape_into(&all, &mut escaped);
        let escaped = String::from_utf8(escaped).unwrap();
        assert!(!escaped.bytes().any(|b| b < 0x20));
        let mut back = String::new();
        unescape_into(&escaped, &mut back);
        assert_eq!(back, all);
    }
}
