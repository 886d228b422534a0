//! HMAC-SHA-256 of short messages at its floor: both key blocks are hashed
//! beforehand, two compressions a message remain (RFC 2104, FIPS 180-4).

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use sha2::block_api::compress256;

/// H(0) of SHA-256, FIPS 180-4 §5.3.3.
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

/// The longest message that fills one block with its padding.
const SHORT: usize = 55;

/// The states after the two key blocks.
pub struct StoredHmac {
    inner: [u32; 8],
    outer: [u32; 8],
}

impl StoredHmac {
    /// # Panics
    /// When it disagrees with the `hmac` crate.
    pub fn new(key: &[u8; 32]) -> StoredHmac {
        let state = |pad: u8| {
            let mut block = [pad; 64];
            for (b, k) in block.iter_mut().zip(key) {
                *b ^= k;
            }
            let mut state = INITIAL;
            compress256(&mut state, &[block]);
            state
        };
        let stored = StoredHmac {
            inner: state(0x36),
            outer: state(0x5c),
        };
        for len in [0, 1, 18, SHORT] {
            let message = vec![9; len];
            let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("any length is a key");
            mac.update(&message);
            assert_eq!(
                stored.tag(&message),
                <[u8; 32]>::from(mac.finalize().into_bytes())
            );
        }
        stored
    }

    /// The tag of a message of at most 55 bytes.
    pub fn tag(&self, message: &[u8]) -> [u8; 32] {
        let digest = last_block(self.inner, message);
        last_block(self.outer, &digest)
    }
}

/// The digest that a state comes to after one block before and `message`.
fn last_block(mut state: [u32; 8], message: &[u8]) -> [u8; 32] {
    assert!(message.len() <= SHORT, "it has to fit one block");
    let mut block = [0; 64];
    block[..message.len()].copy_from_slice(message);
    block[message.len()] = 0x80;
    let bits = 8 * (64 + message.len() as u64);
    block[56..].copy_from_slice(&bits.to_be_bytes());
    compress256(&mut state, &[block]);
    let mut digest = [0; 32];
    for (bytes, word) in digest.chunks_exact_mut(4).zip(state) {
        bytes.copy_from_slice(&word.to_be_bytes());
    }
    digest
}
