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
        let [mut inner, mut outer] = *self.states;
        let (blocks, rest) = message.as_chunks::<BLOCK>();
        compress256(&mut inner, blocks);
        let mut last = [[0; BLOCK]; 2];
        let ends_at = usize::from(rest.len() >= LENGTH_AT);
        last[0][..rest.len()].copy_from_slice(rest);
        last[0][rest.len()] = 0x80;
        last[ends_at][LENGTH_AT..].copy_from_slice(&bits(message.len()));
        compress256(&mut inner, &last[..=ends_at]);

        let mut block = [0; BLOCK];
        block[..32].copy_from_slice(&bytes(inner));
        block[32] = 0x80;
        block[LENGTH_AT..].copy_from_slice(&bits(32));
        compress256(&mut outer, &[block]);
        bytes(outer)
    }
}

impl Drop for KeyedHash {
    fn drop(&mut self) {
        self.states.zeroize();
    }
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
            }
        }
    }
}
