//! Deterministic encryption of one value: suite 03, AES-256-SIV (RFC 5297).
//!
//! The same value under the same key, domain and space gives the same envelope, so
//! that envelopes join, and whoever holds the key turns them back. That equal
//! values are equal shows; nothing else does but the length.

use std::sync::Arc;

use aes_siv::siv::Aes256Siv;

use super::base64url;
use super::envelope::{self, Suite, TAG_LEN};
use super::kdf::{ContextId, KeyHandle, Root, TooLong};
use crate::record::jobs::Job;

/// Seals the values of fields that join: a key, a domain and a space.
pub struct SivKey {
    inner: Arc<Inner>,
}

struct Inner {
    /// What each worker makes its [`Aes256Siv`] from, which works in itself and so
    /// cannot be shared.
    root: Arc<Root>,
    context: ContextId,
    /// H, all of it: there is no nonce.
    header: Vec<u8>,
    /// `veil1.` ‖ key id ‖ `.`.
    text: String,
}

impl SivKey {
    /// For values of that domain and space.
    ///
    /// # Errors
    /// When a name is longer than 65,535 bytes.
    pub fn new(key: &KeyHandle, domain: &str, space: &str) -> Result<SivKey, TooLong> {
        let context = ContextId::of_space(domain, space)?;
        let mut header = envelope::header_start(&key.id);
        header.push(Suite::Deterministic as u8);
        header.extend_from_slice(&context.0);
        Ok(SivKey {
            inner: Arc::new(Inner {
                root: Arc::clone(&key.root),
                context,
                header,
                text: envelope::text_start(&key.id),
            }),
        })
    }

    /// Length in bytes of the text form of a plaintext P of `plaintext_len` bytes.
    pub fn text_len(&self, plaintext_len: usize) -> usize {
        self.inner.text.len() + base64url::len(1 + 8 + TAG_LEN + plaintext_len)
    }

    /// Seals P (of [`super::plaintext::encode`]) into `out`, which is
    /// [`SivKey::text_len`] bytes long. ASCII without `"` and `\`.
    pub fn seal_text(&self, p: &[u8], batch: &mut SivBatch, out: &mut [u8]) {
        let SivBatch { ciphers, work } = batch;
        let known = ciphers
            .iter()
            .position(|(of, _)| Arc::ptr_eq(of, &self.inner));
        let at = known.unwrap_or_else(|| {
            let cipher = envelope::siv_cipher(&self.inner.root, &self.inner.context);
            ciphers.push((Arc::clone(&self.inner), Box::new(cipher)));
            ciphers.len() - 1
        });
        let header = &self.inner.header;
        work.clear();
        // It must not grow while the value stands in it: the old place would keep it.
        work.reserve(header.len() + TAG_LEN + p.len());
        work.extend_from_slice(header);
        work.extend_from_slice(&[0; TAG_LEN]);
        work.extend_from_slice(p);
        let (iv, body) = work[header.len()..].split_at_mut(TAG_LEN);
        let made = ciphers[at].1.encrypt_inout_detached([header], body.into());
        iv.copy_from_slice(&made.expect("there is one header"));
        let suite_at = header.len() - 9;
        let (start, body) = out.split_at_mut(self.inner.text.len());
        start.copy_from_slice(self.inner.text.as_bytes());
        base64url::encode(&work[suite_at..], body);
    }

    /// Seals the input of each job, a P, into its target in `out`.
    pub(crate) fn seal_texts(
        &self,
        jobs: &[Job],
        inputs: &[u8],
        batch: &mut SivBatch,
        out: &mut [u8],
    ) {
        for job in jobs {
            self.seal_text(job.input(inputs), batch, job.target.of(out));
        }
    }
}

/// What the envelopes of one worker's batch are made in.
#[derive(Default)]
pub struct SivBatch {
    /// Boxed, so that a growing list leaves no copy of a key behind.
    ciphers: Vec<(Arc<Inner>, Box<Aes256Siv>)>,
    work: Vec<u8>,
}

impl SivBatch {
    /// Forgets the keys of the last batch.
    pub(super) fn begin_batch(&mut self) {
        self.ciphers.clear();
    }
}

#[cfg(test)]
mod tests;
