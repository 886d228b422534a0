//! SHA-256 (FIPS 180-4) of what is no secret: a text known again by its digest.

use sha2::{Digest, Sha256};

/// The digest of `bytes`. Unkeyed: whoever can guess them can tell them by it.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// The digest of what comes piece by piece.
#[derive(Default)]
pub struct Hashing(Sha256);

impl Hashing {
    /// The next piece.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest of all pieces, one after the other.
    pub fn finish(self) -> [u8; 32] {
        self.0.finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of NIST for one block, none and two.
    #[test]
    fn published_digests() {
        for (message, digest) in [
            (
                "abc",
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            ),
            (
                "",
                "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            ),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
            ),
        ] {
            let found = data_encoding::HEXLOWER.encode(&sha256(message.as_bytes()));
            assert_eq!(found, digest, "{message}");
            let mut hashing = Hashing::default();
            message.as_bytes().chunks(7).for_each(|c| hashing.update(c));
            assert_eq!(hashing.finish(), sha256(message.as_bytes()));
        }
    }
}
