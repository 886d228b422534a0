//! Percent escapes (RFC 3986 section 2.1), read and written.

/// The bytes that `raw` spells; every `%` in it has two digits behind it. `plus`:
/// `+` is a blank, as in a query.
pub(super) fn decoded(raw: &str, plus: bool) -> impl Iterator<Item = u8> + '_ {
    let mut bytes = raw.bytes();
    std::iter::from_fn(move || {
        Some(match bytes.next()? {
            b'%' => nibble(bytes.next()?)? << 4 | nibble(bytes.next()?)?,
            b'+' if plus => b' ',
            plain => plain,
        })
    })
}

/// The value of a hexadecimal digit.
pub(super) fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

/// Appends a segment of a path.
pub(super) fn segment(bytes: &[u8], out: &mut Vec<u8>) {
    encode(bytes, |b| is_plain(b) || b"!$&'()*+,;=:@".contains(&b), out);
}

/// Appends a name or a value of a query.
pub(super) fn part_of_query(bytes: &[u8], out: &mut Vec<u8>) {
    encode(bytes, is_plain, out);
}

/// What means itself wherever it stands.
pub(super) fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}

fn encode(bytes: &[u8], stays: impl Fn(u8) -> bool, out: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for byte in bytes {
        match stays(*byte) {
            true => out.push(*byte),
            false => out.extend([
                b'%',
                HEX[usize::from(byte >> 4)],
                HEX[usize::from(byte & 15)],
            ]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_is_decoded_again() {
        let all: Vec<u8> = (0..=255).collect();
        for encode in [segment, part_of_query] {
            let mut out = Vec::new();
            encode(&all, &mut out);
            let text = String::from_utf8(out).unwrap();
            assert!(text.bytes().all(|b| b.is_ascii_graphic()), "{text}");
            assert!(!text.contains(['/', '?', '#', '"', '\\', ' ']), "{text}");
            assert_eq!(decoded(&text, false).collect::<Vec<u8>>(), all);
        }
        let blank: Vec<u8> = decoded("a+b%2Bc", true).collect();
        assert_eq!(blank, b"a b+c");
    }
}
