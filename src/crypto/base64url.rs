//! base64url without padding (RFC 4648 section 5), into a place that is there.

use base64_simd::{Out, URL_SAFE_NO_PAD};

/// Length of the text of so many bytes.
pub(super) fn len(bytes: usize) -> usize {
    URL_SAFE_NO_PAD.encoded_length(bytes)
}

/// Writes the text of `bytes` into `out`.
///
/// # Panics
/// Unless `out` is exactly as long as the text: what is left over would be
/// published as a part of it.
pub(super) fn encode(bytes: &[u8], out: &mut [u8]) {
    assert_eq!(out.len(), len(bytes.len()), "a place for another text");
    let _ = URL_SAFE_NO_PAD.encode(bytes, Out::from_slice(out));
}

#[cfg(test)]
mod tests {
    use super::*;
    use data_encoding::BASE64URL_NOPAD;

    #[test]
    fn every_length_is_what_another_crate_writes() {
        let bytes: Vec<u8> = (0..300).map(|i| (i * 37 % 251) as u8).collect();
        for n in 0..=bytes.len() {
            let mut out = vec![0; len(n)];
            encode(&bytes[..n], &mut out);
            assert_eq!(out, BASE64URL_NOPAD.encode(&bytes[..n]).as_bytes());
        }
    }

    #[test]
    #[should_panic(expected = "a place for another text")]
    fn a_place_that_is_too_long_is_refused() {
        encode(&[1; 16], &mut [b'0'; 25]);
    }
}
