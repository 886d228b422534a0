//! Addresses of coins: base58 with its check, bech32, Ethereum's.

use super::best::Best;
use super::kind::Kind;
use super::text::{LOWER, Word, is_ascii_word, looked};
use crate::crypto::digest::sha256;

const BASE58: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const BECH32: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
/// What the check of bech32 and of bech32m comes to.
const CHECKS: [u32; 2] = [1, 0x2bc8_30a3];

/// Offers what begins at the word; all of it is of the word.
pub(super) fn offer(word: &Word<'_>, best: &mut Best<'_>) {
    let first = word.byte(word.start);
    let is_coin = match (first, word.len()) {
        (b'1' | b'3', 26..=35) => best.wants(Kind::Btc) && is_base58(word.as_str()),
        (b'b', 42 | 62) => best.wants(Kind::Btc) && is_bech32(word.as_str()),
        _ => false,
    };
    if is_coin {
        best.offer(Kind::Btc, word.start, Some(word.end));
    }
    if first == b'0'
        && word.len() == 42
        && word.bits & LOWER != 0
        && !is_ascii_word(word.byte(word.end))
    {
        let hex = word.as_str().strip_prefix("0x");
        let is = hex.is_some_and(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()));
        best.offer(Kind::Eth, word.start, is.then_some(word.end));
    }
}

/// 25 bytes in base58, of which the last four are of the double SHA-256 of the others.
fn is_base58(text: &str) -> bool {
    let mut bytes = [0u8; 25];
    for c in text.bytes() {
        let Some(digit) = BASE58.iter().position(|b| *b == c) else {
            return false;
        };
        let mut carry = digit as u32;
        for byte in bytes.iter_mut().rev() {
            carry += u32::from(*byte) * 58;
            *byte = carry.to_le_bytes()[0];
            carry >>= 8;
        }
        if carry != 0 {
            return false;
        }
    }
    looked(25 * text.len());
    sha256(&sha256(&bytes[..21]))[..4] == bytes[21..]
}

/// `bc1`, and 39 or 59 characters with their check (BIP 173, BIP 350).
fn is_bech32(text: &str) -> bool {
    const STEPS: [u32; 5] = [
        0x3b6a_57b2,
        0x2650_8e6d,
        0x1ea1_19fa,
        0x3d42_33dd,
        0x2a14_62b3,
    ];
    let Some(data) = text.strip_prefix("bc1") else {
        return false;
    };
    let step = |check: u32, value: u32| {
        let next = (check & 0x1ff_ffff) << 5 ^ value;
        let bits = STEPS.iter().enumerate();
        bits.fold(next, |next, (at, step)| match check >> (25 + at) & 1 {
            1 => next ^ step,
            _ => next,
        })
    };
    // `b` and `c`, their upper bits, a zero and their lower bits.
    let head = [3, 3, 0, 2, 3].into_iter().fold(1, step);
    let mut check = head;
    for c in data.bytes() {
        let Some(value) = BECH32.iter().position(|b| *b == c) else {
            return false;
        };
        check = step(check, value as u32);
    }
    looked(2 * text.len());
    CHECKS.contains(&check)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first block's address, an example of BIP 13, those of BIP 173 and BIP 350.
    #[test]
    fn coins_are_told_by_their_checks() {
        for text in [
            "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
            "3P14159f73E4gFr7JterCCQh9QjiTjiZrG",
        ] {
            assert!(is_base58(text), "{text}");
            assert!(
                !is_base58(&text.replace('e', "f").replace('E', "F")),
                "{text}"
            );
        }
        for text in [
            "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
            "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
        ] {
            assert!(is_bech32(text), "{text}");
            assert!(!is_bech32(&text.replace('7', "8")), "{text}");
        }
    }
}
