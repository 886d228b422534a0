//! The frame around a ciphertext: which key, which suite, and its two forms.
//!
//! Binary: H ‖ ciphertext, H = "VEIL" ‖ 01 ‖ u8 length ‖ key id ‖ suite ‖ ….
//! Text: `veil1.` ‖ key id ‖ `.` ‖ base64url of everything from the suite on.
//! H is the additional authenticated data of every suite, so that no byte of
//! the frame can be changed; both forms convert without a key.

use aes_gcm::aead::AeadInOut;
use aes_gcm::{Aes256Gcm, KeyInit, Nonce};
use aes_siv::siv::Aes256Siv;
use data_encoding::BASE64URL_NOPAD;
use zeroize::Zeroizing;

use super::kdf::{ContextId, KeyHandle, Root, Use};
use super::key_id::KeyId;
use super::plaintext::Plaintext;
use super::secret::Secret;

const MAGIC: &[u8; 5] = b"VEIL\x01";
const TEXT_PREFIX: &str = "veil1.";
pub(super) const NONCE_LEN: usize = 12;
pub(super) const TAG_LEN: usize = 16;

/// How the inside is sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Suite {
    /// 01: AES-256-GCM under a key of context and salt.
    Randomized = 0x01,
    /// 03: AES-256-SIV under a key of the context; equal values, equal envelopes.
    Deterministic = 0x03,
    /// 11: a quarantined record, sealed to a public key.
    Quarantine = 0x11,
}

impl Suite {
    /// Bytes of H from the suite's own byte on.
    const fn tail_len(self) -> usize {
        match self {
            Suite::Randomized => 1 + 8 + 16 + NONCE_LEN,
            Suite::Deterministic => 1 + 8,
            Suite::Quarantine => 1 + 32 + NONCE_LEN,
        }
    }
}

/// Why an envelope does not open. Never carries a byte of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Neither `veil1.` nor `VEIL` 01 at its start.
    #[error("not an envelope: it must begin with `veil1.` (text) or VEIL and version 1 (binary)")]
    NotAnEnvelope,
    /// The key id is none.
    #[error("the envelope names no key: a key id is `name:version`")]
    BadKeyId,
    /// The text form is not base64url without padding.
    #[error("the envelope is not base64url: padding, other characters and loose bits are refused")]
    BadBase64,
    /// A suite this version does not know.
    #[error("suite {0:02x} is not known to this version")]
    UnknownSuite(u8),
    /// Cut off.
    #[error("the envelope is too short: it was cut off")]
    TooShort,
    /// The key at hand is another one.
    #[error("the envelope was sealed under another key or version")]
    WrongKey,
    /// Sealed for another domain, purpose or field.
    #[error("the envelope belongs to another domain, purpose or field than expected")]
    WrongContext,
    /// The tag does not fit.
    #[error(
        "the envelope does not open: it was changed, or the key is not the one it was sealed under"
    )]
    Inauthentic,
    /// Authentic, but not what a writer of this format seals.
    #[error("the envelope opens, but what is inside is not in this format")]
    Malformed,
    /// A suite that is opened elsewhere.
    #[error(
        "the envelope holds a quarantined record, or is no quarantined record where one is expected"
    )]
    OtherSuite,
}

/// What the reader knows about where an envelope belongs.
#[derive(Clone, Copy, Debug)]
pub enum Expect {
    /// Only this context opens.
    Context(ContextId),
    /// Any context opens: said aloud, because a value swapped in from another
    /// field is then not noticed.
    AnyContext,
}

/// One envelope, taken apart but not opened.
pub struct Envelope {
    key_id: KeyId,
    suite: Suite,
    /// Binary form.
    bytes: Vec<u8>,
    header_len: usize,
}

impl Envelope {
    /// How every binary form begins.
    pub const BINARY_START: &[u8] = MAGIC;

    /// Reads the text form; nothing may stand around it.
    ///
    /// # Errors
    /// When it is no envelope, cut off, not canonical base64url, or of an
    /// unknown suite.
    pub fn from_text(text: &str) -> Result<Envelope, OpenError> {
        let rest = text
            .strip_prefix(TEXT_PREFIX)
            .ok_or(OpenError::NotAnEnvelope)?;
        let (key_id, body) = rest.split_once('.').ok_or(OpenError::NotAnEnvelope)?;
        let key_id: KeyId = key_id.parse().map_err(|_| OpenError::BadKeyId)?;
        let body = BASE64URL_NOPAD
            .decode(body.as_bytes())
            .map_err(|_| OpenError::BadBase64)?;
        let mut bytes = header_start(&key_id);
        let suite_at = bytes.len();
        bytes.extend_from_slice(&body);
        Envelope::frame(key_id, suite_at, bytes)
    }

    /// Reads the binary form; it takes all of `bytes`.
    ///
    /// # Errors
    /// As [`Envelope::from_text`].
    pub fn from_binary(bytes: &[u8]) -> Result<Envelope, OpenError> {
        let rest = bytes.strip_prefix(MAGIC).ok_or(OpenError::NotAnEnvelope)?;
        let (&len, rest) = rest.split_first().ok_or(OpenError::TooShort)?;
        let key_id = rest.get(..usize::from(len)).ok_or(OpenError::TooShort)?;
        let key_id = std::str::from_utf8(key_id).map_err(|_| OpenError::BadKeyId)?;
        let key_id: KeyId = key_id.parse().map_err(|_| OpenError::BadKeyId)?;
        let suite_at = MAGIC.len() + 1 + usize::from(len);
        Envelope::frame(key_id, suite_at, bytes.to_vec())
    }

    fn frame(key_id: KeyId, suite_at: usize, bytes: Vec<u8>) -> Result<Envelope, OpenError> {
        let suite = match bytes.get(suite_at) {
            None => return Err(OpenError::TooShort),
            Some(0x01) => Suite::Randomized,
            Some(0x03) => Suite::Deterministic,
            Some(0x11) => Suite::Quarantine,
            Some(&other) => return Err(OpenError::UnknownSuite(other)),
        };
        let header_len = suite_at + suite.tail_len();
        if bytes.len() < header_len + TAG_LEN {
            return Err(OpenError::TooShort);
        }
        Ok(Envelope {
            key_id,
            suite,
            bytes,
            header_len,
        })
    }

    /// The key it names.
    pub fn key_id(&self) -> &KeyId {
        &self.key_id
    }

    /// How it is sealed.
    pub fn suite(&self) -> Suite {
        self.suite
    }

    /// The context it says it was made for; `None` of a quarantined record, which
    /// has none. Only opening shows that it was.
    pub fn context(&self) -> Option<ContextId> {
        let context = self
            .tail()
            .first_chunk()
            .filter(|_| self.suite != Suite::Quarantine);
        context.map(|context| ContextId(*context))
    }

    /// The binary form.
    pub fn binary(&self) -> &[u8] {
        &self.bytes
    }

    /// The text form.
    pub fn text(&self) -> String {
        let mut text = text_start(&self.key_id);
        text.push_str(
            &BASE64URL_NOPAD.encode(&self.bytes[MAGIC.len() + 1 + self.bytes[5] as usize..]),
        );
        text
    }

    /// Opens a value sealed under suite 01 or 03.
    ///
    /// # Errors
    /// Each way in which it does not fit, by its own name.
    pub fn open(&self, key: &KeyHandle, expect: Expect) -> Result<Plaintext, OpenError> {
        if self.suite == Suite::Quarantine {
            return Err(OpenError::OtherSuite);
        }
        if key.id != self.key_id {
            return Err(OpenError::WrongKey);
        }
        let (context, rest) = self
            .tail()
            .split_first_chunk()
            .expect("every suite has one");
        if let Expect::Context(ContextId(expected)) = expect
            && !bool::from(subtle::ConstantTimeEq::ct_eq(&context[..], &expected[..]))
        {
            return Err(OpenError::WrongContext);
        }
        let p = match self.suite {
            Suite::Deterministic => {
                let (header, sealed) = self.bytes.split_at(self.header_len);
                let (iv, body) = sealed
                    .split_first_chunk()
                    .expect("frame checked the length");
                let mut clear = Zeroizing::new(body.to_vec());
                siv_cipher(&key.root, &ContextId(*context))
                    .decrypt_inout_detached([header], clear.as_mut_slice().into(), iv.into())
                    .map_err(|_| OpenError::Inauthentic)?;
                clear
            }
            Suite::Randomized | Suite::Quarantine => {
                let (salt, nonce) = rest.split_at(16);
                let gcm = key
                    .root
                    .key::<32>(Use::Gcm, &[context, salt])
                    .expect("context and salt are short");
                self.decrypt(&cipher(&gcm), nonce)?
            }
        };
        Plaintext::decode(p).ok_or(OpenError::Malformed)
    }

    /// H behind the suite's own byte.
    pub(super) fn tail(&self) -> &[u8] {
        &self.bytes[self.header_len - self.suite.tail_len() + 1..self.header_len]
    }

    pub(super) fn decrypt(
        &self,
        cipher: &Aes256Gcm,
        nonce: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let (header, sealed) = self.bytes.split_at(self.header_len);
        let (body, tag) = sealed
            .split_last_chunk::<TAG_LEN>()
            .expect("frame checked the length");
        let nonce = Nonce::try_from(nonce).expect("frame checked the length");
        let mut clear = Zeroizing::new(body.to_vec());
        cipher
            .decrypt_inout_detached(&nonce, header, clear.as_mut_slice().into(), tag.into())
            .map_err(|_| OpenError::Inauthentic)?;
        Ok(clear)
    }
}

impl std::fmt::Debug for Envelope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Envelope({} {:?} .. {} bytes)",
            self.key_id,
            self.suite,
            self.bytes.len()
        )
    }
}

/// "VEIL" ‖ 01 ‖ u8 length ‖ key id.
pub(super) fn header_start(key_id: &KeyId) -> Vec<u8> {
    let id = key_id.to_string();
    let len = u8::try_from(id.len()).expect("a key id is at most 43 bytes");
    let mut header = MAGIC.to_vec();
    header.push(len);
    header.extend_from_slice(id.as_bytes());
    header
}

/// `veil1.` ‖ key id ‖ `.`.
pub(super) fn text_start(key_id: &KeyId) -> String {
    format!("{TEXT_PREFIX}{key_id}.")
}

/// Suite 03 of a context, whose one associated string is H.
pub(super) fn siv_cipher(root: &Root, context: &ContextId) -> Aes256Siv {
    let key: Secret<64> = root
        .key(Use::Siv, &[&context.0])
        .expect("a context is eight bytes");
    Aes256Siv::new(key.expose().into())
}

pub(super) fn cipher(key: &Secret<32>) -> Aes256Gcm {
    Aes256Gcm::new(key.expose().into())
}

/// Encrypts what stands behind H in `work`, in place, and appends the tag.
pub(super) fn encrypt(
    cipher: &Aes256Gcm,
    nonce: [u8; NONCE_LEN],
    header_len: usize,
    work: &mut Vec<u8>,
) {
    let (header, body) = work.split_at_mut(header_len);
    let tag = cipher
        .encrypt_inout_detached(&nonce.into(), header, body.into())
        .expect("a value is shorter than what AES-GCM takes");
    work.extend_from_slice(&tag);
}

/// The nonce of seal number `count` under one key.
pub(super) fn nonce(count: u32) -> [u8; NONCE_LEN] {
    let mut nonce = [0; NONCE_LEN];
    nonce[8..].copy_from_slice(&count.to_be_bytes());
    nonce
}
