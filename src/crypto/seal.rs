//! Randomized encryption of one value: suite 01, AES-256-GCM.
//!
//! No caller chooses a nonce. Each worker draws a salt from the operating
//! system for each batch, derives one key per context from it, and counts
//! nonces from 0 under it, over all contexts together.

use std::sync::Arc;

use zeroize::Zeroize;

use super::base64url;
use super::entropy::Entropy;
use super::envelope::{self, NONCE_LEN, Suite, TAG_LEN};
use super::gcm::{Gcm, MessageAt, Room};
use super::kdf::{ContextId, KeyHandle, TooLong, Use};
use crate::record::append::append;
use crate::record::jobs::Job;

/// Most seals under one salt; then a new one is drawn.
const SEALS_MAX: u32 = 1 << 20;
const SALT_LEN: usize = 16;
/// Values are sealed together until they take so many bytes.
const WORK_MAX: usize = 8 << 10;

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
        self.inner.text.len() + base64url::len(body)
    }

    /// Length in bytes of the binary form.
    #[cfg(test)]
    pub(super) fn binary_len(&self, plaintext_len: usize) -> usize {
        self.inner.header.len() + SALT_LEN + NONCE_LEN + plaintext_len + TAG_LEN
    }

    /// Seals P (of [`super::plaintext::encode`]) into `out`, which is
    /// [`SealKey::text_len`] bytes long. ASCII without `"` and `\`.
    pub fn seal_text(&self, p: &[u8], batch: &mut BatchSeal, out: &mut [u8]) {
        batch.seal(&self.inner, std::iter::once(p));
        self.write_text(&batch.work, out);
    }

    /// Seals the input of each job, a P, into its target in `out`: as
    /// [`SealKey::seal_text`] one by one, but many abreast.
    pub(crate) fn seal_texts(
        &self,
        jobs: &[Job],
        inputs: &[u8],
        batch: &mut BatchSeal,
        out: &mut [u8],
    ) {
        let mut rest = jobs;
        while !rest.is_empty() {
            batch.seal(&self.inner, rest.iter().map(|job| job.input(inputs)));
            let (sealed, later) = rest.split_at(batch.messages.len());
            for (job, message) in sealed.iter().zip(&batch.messages) {
                let binary = &batch.work[message.at..][..message.len()];
                self.write_text(binary, job.target.of(out));
            }
            rest = later;
        }
    }

    /// Writes the text form of a binary one.
    fn write_text(&self, binary: &[u8], out: &mut [u8]) {
        let (start, body) = out.split_at_mut(self.inner.text.len());
        start.copy_from_slice(self.inner.text.as_bytes());
        let suite_at = self.inner.header.len() - 9;
        base64url::encode(&binary[suite_at..], body);
    }

    /// Seals P into `out`, which is [`SealKey::binary_len`] bytes long: what the
    /// text form must convert to.
    #[cfg(test)]
    pub(super) fn seal_binary(&self, p: &[u8], batch: &mut BatchSeal, out: &mut [u8]) {
        batch.seal(&self.inner, std::iter::once(p));
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
    ciphers: Vec<(Arc<Inner>, Box<Gcm>)>,
    /// Binary forms in the making, one behind the other.
    work: Vec<u8>,
    /// Where they are.
    messages: Vec<MessageAt>,
    room: Room,
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
            messages: Vec::new(),
            room: Room::default(),
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

    /// Leaves the binary forms of envelopes in `self.work`: of the first P, and
    /// of as many that follow as fit and are still within the salt's budget.
    fn seal<'p>(&mut self, key: &Arc<Inner>, all: impl Iterator<Item = &'p [u8]>) {
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
        self.work.clear();
        // It must not grow while values stand in it: the old place would keep
        // them. A longer one stands in it alone.
        self.work.reserve(WORK_MAX);
        self.messages.clear();
        for p in all {
            let message = MessageAt {
                at: self.work.len(),
                header_len: key.header.len() + SALT_LEN + NONCE_LEN,
                body_len: p.len(),
                nonce: envelope::nonce(self.sealed),
            };
            let fits = self.work.len() + message.len() <= WORK_MAX && self.sealed < SEALS_MAX;
            if !fits && !self.messages.is_empty() {
                break;
            }
            self.sealed += 1;
            self.work.reserve(message.len());
            append(&key.header, &mut self.work);
            self.work.extend_from_slice(&salt);
            self.work.extend_from_slice(&message.nonce);
            self.work.extend_from_slice(p);
            self.work.extend_from_slice(&[0; TAG_LEN]);
            self.messages.push(message);
        }
        let known = self.ciphers.iter().position(|(k, _)| Arc::ptr_eq(k, key));
        let at = known.unwrap_or_else(|| {
            let gcm = key
                .key
                .root
                .key::<32>(Use::Gcm, &[&key.context.0, &salt])
                .expect("context and salt are short");
            self.ciphers
                .push((Arc::clone(key), Box::new(Gcm::new(gcm.expose()))));
            self.ciphers.len() - 1
        });
        self.ciphers[at]
            .1
            .encrypt(&self.messages, &mut self.work, &mut self.room);
    }
}

impl Drop for BatchSeal {
    fn drop(&mut self) {
        self.salt.zeroize();
    }
}

#[cfg(test)]
mod tests;
