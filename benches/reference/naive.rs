//! Each value through the well-known crate for it, keyed anew, nonces from the
//! operating system: what one writes first.
//!
//! Derives its keys by itself from the same roots, so that its results check
//! ours: equal pseudonyms, equal tokens, equal plaintexts.

use aes_gcm::aead::{Aead, KeyInit};
use aes_gcm::{Aes256Gcm, Nonce};
use data_encoding::{BASE64, BASE64URL_NOPAD};
use fpe::ff1::{FF1, FlexibleNumeralString};
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};

use crate::crypto::Crypto;

/// The keys of the three cryptographic fields, derived once.
pub struct Naive {
    pseudonym: [u8; 32],
    ff1: [u8; 32],
    tweak: [u8; 16],
    seal: [u8; 32],
}

impl Naive {
    /// From the roots of policy tests, which are public knowledge.
    pub fn derive(domain: &str) -> Naive {
        let (people, phones) = (test_root("people"), test_root("phones"));
        let mut seal = [0; 32];
        getrandom::fill(&mut seal).expect("the system has randomness");
        let format = "digits@1";
        let mut tweak = Sha256::new();
        for part in ["veil/1 ff1", format, "", ""] {
            tweak.update(prefixed(part));
        }
        Naive {
            pseudonym: derive(
                &people,
                &["veil/1", "pseudonym", domain, "", "raw@1", "", "domain"],
            ),
            ff1: derive(&phones, &["veil/1", "ff1", domain, "", format]),
            tweak: tweak.finalize()[..16]
                .try_into()
                .expect("a digest has 32 bytes"),
            seal,
        }
    }

    /// The plaintext of an `address` sealed here.
    pub fn open(&self, sealed: &str) -> Vec<u8> {
        let bytes = BASE64.decode(sealed.as_bytes()).expect("our own base64");
        let (nonce, ciphertext) = bytes.split_at(12);
        Aes256Gcm::new(&self.seal.into())
            .decrypt(&Nonce::try_from(nonce).expect("12 bytes"), ciphertext)
            .expect("our own ciphertext")
    }
}

fn test_root(name: &str) -> [u8; 32] {
    let parts = [prefixed("veil/1 test key"), prefixed(name)].concat();
    Sha256::digest(parts).into()
}

/// HKDF-SHA-256 under the salt of the key derivation, parts length-prefixed.
fn derive(root: &[u8], parts: &[&str]) -> [u8; 32] {
    let info: Vec<u8> = parts.iter().flat_map(|p| prefixed(p)).collect();
    let mut key = [0; 32];
    hkdf::Hkdf::<Sha256>::new(Some(b"veilstream/root/v1"), root)
        .expand(&info, &mut key)
        .expect("32 bytes are few");
    key
}

fn prefixed(text: &str) -> Vec<u8> {
    let mut out = (text.len() as u16).to_be_bytes().to_vec();
    out.extend_from_slice(text.as_bytes());
    out
}

impl Crypto for Naive {
    fn pseudonym(&mut self, value: &str, out: &mut Vec<u8>) {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.pseudonym).expect("any length is a key");
        mac.update(format!("s{value}").as_bytes());
        let tag = mac.finalize().into_bytes();
        out.extend_from_slice(BASE64URL_NOPAD.encode(&tag[..16]).as_bytes());
    }

    fn token(&mut self, phone: &str, out: &mut Vec<u8>) {
        let digits: Vec<u16> = phone
            .bytes()
            .filter(u8::is_ascii_digit)
            .map(|d| u16::from(d - b'0'))
            .collect();
        let ff1 = FF1::<aes::Aes256>::new(&self.ff1, 10).expect("ten is a radix");
        let enciphered: Vec<u16> = ff1
            .encrypt(&self.tweak, &FlexibleNumeralString::from(digits))
            .expect("twelve digits are enough")
            .into();
        let mut enciphered = enciphered.into_iter();
        let token: String = phone
            .chars()
            .map(|c| {
                if c.is_ascii_digit() {
                    let d = enciphered.next().expect("one for each digit");
                    char::from(b'0' + d as u8)
                } else {
                    c
                }
            })
            .collect();
        out.extend_from_slice(token.as_bytes());
    }

    fn seal(&mut self, json: &[u8], out: &mut Vec<u8>) {
        let mut nonce = [0; 12];
        getrandom::fill(&mut nonce).expect("the system has randomness");
        let ciphertext = Aes256Gcm::new(&self.seal.into())
            .encrypt(&Nonce::from(nonce), json)
            .expect("short");
        let sealed = BASE64.encode(&[&nonce[..], &ciphertext].concat());
        out.extend_from_slice(sealed.as_bytes());
    }
}
