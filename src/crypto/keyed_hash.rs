//! HMAC-SHA-256 (RFC 2104, FIPS 198-1) from two stored states.
//!
//! The key fills one block of each of the two hashes. What these blocks leave
//! in the hash is computed once; a value of up to 55 bytes then costs two
//! compressions, the least there is.

use sha2::block_api::compress256;
use zeroize::Zeroize;

/// Bytes of a block of SHA-256.
const BLOCK: usize = 64;
/// Where the length of the message stands in the last block.
const LENGTH_AT: usize = BLOCK - 8;
/// The state that SHA-256 begins with (FIPS 180-4 section 5.3.3).
const INITIAL: [u32; 8] = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];

/// One HMAC key, ready for any number of messages.
pub struct KeyedHash {
    /// Behind the key's block of the inner and of the outer hash; in one heap
    /// place, so that moving leaves no copy.
    states: Box<[[u32; 8]; 2]>,
}

impl KeyedHash {
    /// For that key.
    pub fn new(key: &[u8; 32]) -> KeyedHash {
        let mut states = Box::new([INITIAL; 2]);
        for (state, pad) in states.iter_mut().zip([0x36, 0x5c]) {
            let mut block = [pad; BLOCK];
            for (byte, key) in block.iter_mut().zip(key) {
                *byte ^= key;
            }
            compress256(state, &[block]);
            block.zeroize();
        }
        KeyedHash { states }
    }

    /// The tag of a message.
    pub fn tag(&self, message: &[u8]) -> [u8; 32] {
        let [tag] = self.tags([message]);
        tag
    }

    /// The tags of several messages, step by step for all of them: compressions
    /// of one wait for each other, those of several overlap.
    pub(crate) fn tags<const N: usize>(&self, messages: [&[u8]; N]) -> [[u8; 32]; N] {
        let [inner, outer] = *self.states;
        let mut states = [inner; N];
        let mut blocks = [[0; BLOCK]; N];
        for ((state, block), message) in states.iter_mut().zip(&mut blocks).zip(messages) {
            begin(state, block, message);
        }
        for (state, block) in states.iter_mut().zip(&blocks) {
            compress256(state, std::slice::from_ref(block));
        }
        for (state, block) in states.iter_mut().zip(&mut blocks) {
            *block = OUTER;
            block[..32].copy_from_slice(&bytes(*state));
            *state = outer;
        }
        for (state, block) in states.iter_mut().zip(&blocks) {
            compress256(state, std::slice::from_ref(block));
        }
        states.map(bytes)
    }
}

impl Drop for KeyedHash {
    fn drop(&mut self) {
        self.states.zeroize();
    }
}

/// What stands behind the inner hash in the block of the outer one.
const OUTER: [u8; BLOCK] = {
    let mut block = [0; BLOCK];
    block[32] = 0x80;
    // 768 bits: the key's block and the inner hash.
    block[BLOCK - 2] = 3;
    block
};

/// Takes in all blocks of a message but the last, which is left in `block`.
#[inline]
fn begin(state: &mut [u32; 8], block: &mut [u8; BLOCK], message: &[u8]) {
    let (whole, rest) = message.as_chunks::<BLOCK>();
    if !whole.is_empty() {
        compress256(state, whole);
    }
    block[..rest.len()].copy_from_slice(rest);
    block[rest.len()] = 0x80;
    if rest.len() >= LENGTH_AT {
        compress256(state, std::slice::from_ref(block));
        *block = [0; BLOCK];
    }
    block[LENGTH_AT..].copy_from_slice(&bits(message.len()));
}

/// Length in bits of the key's block and a message of `len` bytes.
fn bits(len: usize) -> [u8; 8] {
    (8 * (BLOCK + len) as u64).to_be_bytes()
}

fn bytes(state: [u32; 8]) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (to, word) in bytes.chunks_exact_mut(4).zip(state) {
        to.copy_from_slice(&word.to_be_bytes());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use hmac::{Hmac, KeyInit, Mac};

    #[test]
    fn agrees_with_the_hmac_crate_at_every_length() {
        let message: Vec<u8> = (0..=255).cycle().take(400).collect();
        for seed in 0..4_u8 {
            let key = std::array::from_fn(|i| (i as u8).wrapping_mul(37) ^ seed);
            let ours = KeyedHash::new(&key);
            for len in 0..message.len() {
                let mut theirs = Hmac::<sha2::Sha256>::new_from_slice(&key).unwrap();
                theirs.update(&message[..len]);
                let expected: [u8; 32] = theirs.finalize().into_bytes().into();
                assert_eq!(ours.tag(&message[..len]), expected, "{len}");
                // Among others, at each place.
                for at in 0..3 {
                    let mut three = [&message[7..], &message[..0], &message[3..70]];
                    three[at] = &message[..len];
                    assert_eq!(ours.tags(three)[at], expected, "{len}");
                }
            }
        }
    }
}
