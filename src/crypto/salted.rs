//! Salted hashes of another tool, so that codes which exist go on for a while.
//!
//! One hash of the text and, behind it, a salt that all values share. No key derivation
//! and no HMAC: whoever has the salt, or guesses it, tries values. Nothing new is made
//! with it but for that tool's sake.

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256, Sha384, Sha512};
use zeroize::Zeroizing;

/// The text behind every value; a secret, though a weak one where it is short.
#[derive(Clone)]
pub struct Salt(Zeroizing<Vec<u8>>);

impl Salt {
    /// Most bytes of one.
    pub const BYTES_MAX: usize = 1_024;
    /// Fewer can be guessed: V0268.
    pub const BYTES_ENOUGH: usize = 16;

    /// Of 1 to 1,024 bytes of UTF-8; `None` otherwise.
    pub fn new(bytes: Zeroizing<Vec<u8>>) -> Option<Salt> {
        let fits = (1..=Salt::BYTES_MAX).contains(&bytes.len());
        (fits && std::str::from_utf8(&bytes).is_ok()).then_some(Salt(bytes))
    }

    /// True when it is short enough to be guessed.
    pub fn is_weak(&self) -> bool {
        self.0.len() < Salt::BYTES_ENOUGH
    }

    pub(crate) fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl std::fmt::Debug for Salt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Salt")
    }
}

/// Which hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// SHA-256 (FIPS 180-4).
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl Function {
    /// The policy's words for them, in this order.
    pub const WORDS: &[&str] = &["sha256", "sha384", "sha512"];

    /// The one of that word.
    pub fn of_word(word: &str) -> Option<Function> {
        match word {
            "sha256" => Some(Function::Sha256),
            "sha384" => Some(Function::Sha384),
            "sha512" => Some(Function::Sha512),
            _ => None,
        }
    }

    /// Length of its codes in bytes.
    pub const fn text_len(self) -> usize {
        match self {
            Function::Sha256 => 64,
            Function::Sha384 => 96,
            Function::Sha512 => 128,
        }
    }

    /// Writes H(text ‖ salt) in lower-case hexadecimal digits into `out`, which is
    /// [`Function::text_len`] bytes long.
    pub fn write(self, text: &[u8], salt: &Salt, out: &mut [u8]) {
        match self {
            Function::Sha256 => hex::<Sha256>(text, salt, out),
            Function::Sha384 => hex::<Sha384>(text, salt, out),
            Function::Sha512 => hex::<Sha512>(text, salt, out),
        }
    }
}

fn hex<H: Digest>(text: &[u8], salt: &Salt, out: &mut [u8]) {
    let digest = H::new()
        .chain_update(text)
        .chain_update(salt.expose())
        .finalize();
    HEXLOWER.encode_mut(&digest, out);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(function: Function, text: &str, salt: &str) -> String {
        let salt = Salt::new(Zeroizing::new(salt.into())).unwrap();
        let mut out = vec![0; function.text_len()];
        function.write(text.as_bytes(), &salt, &mut out);
        String::from_utf8(out).unwrap()
    }

    /// From `PiiPseudonymizerEnrichmentSpec` of snowplow/enrich, whose salt is
    /// `pepper123`; the others by Python's hashlib.
    #[test]
    fn codes_are_those_of_the_enrichment() {
        assert_eq!(
            code(Function::Sha256, "john@acme.com", "pepper123"),
            "7d8a4beae5bc9d314600667d2f410918f9af265017a6ade99f60a9c8f3aac6e9"
        );
        assert_eq!(
            code(Function::Sha384, "john@acme.com", "pepper123"),
            "3553513bb805ce232aad657791f2dd597db9e1a559a501de7d8056a1b19ca177c55d2ca2d18989576d0e28dd69b32c9f"
        );
        assert_eq!(
            code(Function::Sha512, "john@acme.com", "pepper123"),
            "c1c732a878271190ed07dbe7eef553954cdb2607b708cc79638593495c33dd28263ef3dc67a922b8d9f40d49bb3a9b05e137b405a077bccee00cbb57537e13df"
        );
    }

    #[test]
    fn what_is_no_salt_is_none_and_a_short_one_is_weak() {
        let salt = |bytes: Vec<u8>| Salt::new(Zeroizing::new(bytes));
        for bad in [vec![], vec![b'a'; 1_025], vec![0xff]] {
            assert!(salt(bad).is_none());
        }
        assert!(salt(vec![b'a'; 15]).unwrap().is_weak());
        assert!(!salt(vec![b'a'; 16]).unwrap().is_weak());
        assert_eq!(format!("{:?}", salt(vec![b'a'; 16]).unwrap()), "Salt");
        for word in Function::WORDS {
            assert!(Function::of_word(word).is_some());
        }
        assert_eq!(Function::of_word("md5"), None);
    }
}
