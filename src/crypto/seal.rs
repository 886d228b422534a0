//! Randomized encryption of one value: suite 01, AES-256-GCM.
//!
//! No caller chooses a nonce. Each worker draws a salt from the operating
//! system for each batch, derives one key per context from it, and counts
//! nonces from 0 under it, over all contexts together.

use std::sync::Arc;

use aes_gcm::Aes256Gcm;
use data_encoding::BASE64URL_NOPAD;
use zeroize::Zeroize;

use super::entropy::Entropy;
use super::envelope::{self, NONCE_LEN, Suite, TAG_LEN};
use super::kdf::{ContextId, KeyHandle, TooLong, Use};

/// Most seals under one salt; then a new one is drawn.
const SEALS_MAX: u32 = 1 << 20;
const SALT_LEN: usize = 16;

/// Seals the values of one field: a key and the context its envelopes are bound to.
pub struct SealKey {
    inner: Arc<Inner>,
}

struct Inner {
    key: KeyHandle,
    context: ContextId,
    /// H up to and with the context.
    header: Vec<u8>,
    /// `veil1.` ‖ key id ‖ `.`.
    text: String,
}

impl SealKey {
    /// For values of that domain, purpose and label (the field's `label:`, or
    /// its output path, array positions as `[*]`).
    ///
    /// # Errors
    /// When a name is longer than 65,535 bytes.
    pub fn new(
        key: &KeyHandle,
        domain: &str,
        purpose: &str,
        label: &str,
    ) -> Result<SealKey, TooLong> {
        let context = ContextId::of(domain, purpose, label)?;
        let mut header = envelope::header_start(&key.id);
        header.push(Suite::Randomized as u8);
        header.extend_from_slice(&context.0);
        Ok(SealKey {
            inner: Arc::new(Inner {
                key: key.clone(),
                context,
                header,
                text: envelope::text_start(&key.id),
            }),
        })
    }

    /// Length in bytes of the text form of a plaintext P of `plaintext_len` bytes.
    pub fn text_len(&self, plaintext_len: usize) -> usize {
        let body = 1 + 8 + SALT_LEN + NONCE_LEN + plaintext_len + TAG_LEN;
        self.inner.text.len() + BASE64URL_NOPAD.encode_len(body)
    }

    /// Length in bytes of the binary form.
    #[cfg(test)]
    pub(super) fn binary_len(&self, plaintext_len: usize) -> usize {
        self.inner.header.len() + SALT_LEN + NONCE_LEN + plaintext_len + TAG_LEN
    }

    /// Seals P (of [`super::plaintext::encode`]) into `out`, which is
    /// [`SealKey::text_len`] bytes long. ASCII without `"` and `\`.
    pub fn seal_text(&self, p: &[u8], batch: &mut BatchSeal, out: &mut [u8]) {
        batch.seal(&self.inner, p);
        let (start, body) = out.split_at_mut(self.inner.text.len());
        start.copy_from_slice(self.inner.text.as_bytes());
        let suite_at = self.inner.header.len() - 9;
        BASE64URL_NOPAD.encode_mut(&batch.work[suite_at..], body);
    }

    /// Seals P into `out`, which is [`SealKey::binary_len`] bytes long: what the
    /// text form must convert to.
    #[cfg(test)]
    pub(super) fn seal_binary(&self, p: &[u8], batch: &mut BatchSeal, out: &mut [u8]) {
        batch.seal(&self.inner, p);
        out.copy_from_slice(&batch.work);
    }
}

/// Salt, derived keys and nonce counter of one worker's batch.
pub struct BatchSeal {
    entropy: Box<dyn Entropy>,
    /// Drawn when the first value of a batch is sealed.
    salt: Option<[u8; SALT_LEN]>,
    /// Seals under this salt so far: the next nonce.
    sealed: u32,
    /// Boxed, so that a growing list leaves no copy of a key behind.
    ciphers: Vec<(Arc<Inner>, Box<Aes256Gcm>)>,
    /// The binary form in the making.
    work: Vec<u8>,
}

impl BatchSeal {
    /// Of one worker. Every worker has its own.
    pub fn new(entropy: impl Entropy + 'static) -> BatchSeal {
        BatchSeal {
            entropy: Box::new(entropy),
            salt: None,
            sealed: 0,
            ciphers: Vec::new(),
            work: Vec::new(),
        }
    }

    /// A batch at a chosen salt and nonce: insecure, for vectors.
    #[cfg(test)]
    pub(super) fn insecure_at(salt: [u8; SALT_LEN], sealed: u32) -> BatchSeal {
        let mut batch = BatchSeal::new(super::entropy::OsEntropy);
        batch.salt = Some(salt);
        batch.sealed = sealed;
        batch
    }

    /// Forgets salt and keys of the last batch; a batch is at most 1,000 records.
    pub fn begin_batch(&mut self) {
        self.salt = None;
        self.ciphers.clear();
    }

    /// Leaves the binary form of the envelope in `self.work`.
    fn seal(&mut self, key: &Arc<Inner>, p: &[u8]) {
        if self.sealed == SEALS_MAX {
            self.begin_batch();
        }
        let salt = match self.salt {
            Some(salt) => salt,
            None => {
                let mut salt = [0; SALT_LEN];
                self.entropy.fill(&mut salt);
                self.salt = Some(salt);
                self.sealed = 0;
                salt
            }
        };
        let nonce = envelope::nonce(self.sealed);
        self.sealed += 1;

        let work = &mut self.work;
        work.clear();
        work.reserve(key.header.len() + SALT_LEN + NONCE_LEN + p.len() + TAG_LEN);
        work.extend_from_slice(&key.header);
        work.extend_from_slice(&salt);
        work.extend_from_slice(&nonce);
        let header_len = work.len();
        work.extend_from_slice(p);
        let known = self.ciphers.iter().position(|(k, _)| Arc::ptr_eq(k, key));
        let at = known.unwrap_or_else(|| {
            let gcm = key
                .key
                .root
                .key::<32>(Use::Gcm, &[&key.context.0, &salt])
                .expect("context and salt are short");
            self.ciphers
                .push((Arc::clone(key), Box::new(envelope::cipher(&gcm))));
            self.ciphers.len() - 1
        });
        envelope::encrypt(&self.ciphers[at].1, nonce, header_len, work);
    }
}

impl Drop for BatchSeal {
    fn drop(&mut self) {
        self.salt.zeroize();
    }
}

#[cfg(test)]
mod tests;
