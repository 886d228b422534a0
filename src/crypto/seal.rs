//! Randomized encryption of one value: suite 01, AES-256-GCM.
//!
//! No caller chooses a nonce. Each worker draws a seed from the operating system
//! for each batch; every seal takes a salt and a nonce from it that nobody without
//! the seed can tell from random ones, and is made under a key of its own. So no two
//! envelopes show that they were made one after the other, in one batch, or from
//! one record.

use std::sync::Arc;

use zeroize::Zeroize;

use super::base64url;
use super::batch_entropy::Seeded;
use super::entropy::Entropy;
use super::envelope::{self, NONCE_LEN, Suite, TAG_LEN};
use super::gcm::{self, MessageAt, Room};
use super::kdf::{ContextId, KeyHandle, TooLong, Use};
use super::keyed_hash::KeyedHash;
use super::secret::Secret;
use super::siv::SivBatch;
use crate::record::append::append;
use crate::record::jobs::Job;

/// Most seals from one seed; then a new one is drawn.
const SEALS_MAX: u32 = 1 << 20;
const SALT_LEN: usize = 16;
/// Values are sealed together until they take so many bytes, or are so many.
const WORK_MAX: usize = 8 << 10;
const MESSAGES_MAX: usize = 64;
/// Keys that are derived in one step.
const HASHES_ABREAST: usize = 4;
/// What a key is derived from: LP("veil/1"), LP("gcm"), LP(ctx8), LP(salt16), 01.
const EXPANSION_LEN: usize = 8 + 5 + 10 + 18 + 1;
const SALT_AT: usize = EXPANSION_LEN - 1 - SALT_LEN;

/// Seals the values of one field: a key and the context its envelopes are bound to.
pub struct SealKey {
    inner: Arc<Inner>,
}

struct Inner {
    expansion: Expansion,
    /// H up to and with the context.
    header: Vec<u8>,
    /// `veil1.` ‖ key id ‖ `.`.
    text: String,
}

/// Makes the key of a salt.
struct Expansion {
    hash: KeyedHash,
    /// With zeros for the salt.
    message: [u8; EXPANSION_LEN],
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
        let (hash, message) = key
            .root
            .expansion(Use::Gcm, &[&context.0, &[0; SALT_LEN]])?;
        let message = message
            .try_into()
            .expect("context and salt have one length");
        Ok(SealKey {
            inner: Arc::new(Inner {
                expansion: Expansion { hash, message },
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

/// Where the salts and nonces of one worker's batch come from, and what its values
/// are sealed in.
pub struct BatchSeal {
    entropy: Box<dyn Entropy>,
    /// Drawn when the first value of a batch is sealed.
    seed: Option<Seeded>,
    /// Seals from this seed so far.
    sealed: u32,
    /// Two blocks a message: salt, and nonce with what is left over.
    drawn: Box<[aes::Block]>,
    /// One a message.
    keys: Box<[[u8; 32]; MESSAGES_MAX]>,
    /// Binary forms in the making, one behind the other.
    work: Vec<u8>,
    /// Where they are.
    messages: Vec<MessageAt>,
    room: Room,
    /// What envelopes without salt and nonce are made in.
    pub siv: SivBatch,
    #[cfg(test)]
    given: Option<([u8; SALT_LEN], [u8; NONCE_LEN])>,
}

impl BatchSeal {
    /// Of one worker. Every worker has its own.
    pub fn new(entropy: impl Entropy + 'static) -> BatchSeal {
        BatchSeal {
            entropy: Box::new(entropy),
            seed: None,
            sealed: 0,
            drawn: vec![aes::Block::default(); 2 * MESSAGES_MAX].into(),
            keys: Box::new([[0; 32]; MESSAGES_MAX]),
            work: Vec::new(),
            messages: Vec::with_capacity(MESSAGES_MAX),
            room: Room::default(),
            siv: SivBatch::default(),
            #[cfg(test)]
            given: None,
        }
    }

    /// A batch whose seals all have that salt and nonce: insecure, for vectors.
    #[cfg(test)]
    pub(super) fn insecure_at(salt: [u8; SALT_LEN], nonce: [u8; NONCE_LEN]) -> BatchSeal {
        let mut batch = BatchSeal::new(super::entropy::OsEntropy);
        batch.given = Some((salt, nonce));
        batch
    }

    /// Forgets seed and keys of the last batch; a batch is at most 1,000 records.
    pub fn begin_batch(&mut self) {
        self.seed = None;
        self.siv.begin_batch();
    }

    /// Leaves the binary forms of envelopes in `self.work`: of the first P, and
    /// of as many that follow as fit and are still within the seed's budget.
    fn seal<'p>(&mut self, key: &Inner, all: impl Iterator<Item = &'p [u8]>) {
        if self.seed.is_none() || self.sealed == SEALS_MAX {
            let seed = Secret::fill(|seed| self.entropy.fill(seed));
            self.seed = Some(Seeded::new(&seed));
            self.sealed = 0;
        }
        let most = MESSAGES_MAX.min((SEALS_MAX - self.sealed) as usize);
        self.work.clear();
        // It must not grow while values stand in it: the old place would keep
        // them. A longer one stands in it alone.
        self.work.reserve(WORK_MAX);
        self.messages.clear();
        for p in all.take(most) {
            let message = MessageAt {
                at: self.work.len(),
                header_len: key.header.len() + SALT_LEN + NONCE_LEN,
                body_len: p.len(),
                nonce: [0; NONCE_LEN],
            };
            let fits = self.work.len() + message.len() <= WORK_MAX;
            if !fits && !self.messages.is_empty() {
                break;
            }
            self.work.reserve(message.len());
            append(&key.header, &mut self.work);
            self.work.extend_from_slice(&[0; SALT_LEN + NONCE_LEN]);
            self.work.extend_from_slice(p);
            self.work.extend_from_slice(&[0; TAG_LEN]);
            self.messages.push(message);
        }
        self.sealed += self.messages.len() as u32;
        self.draw(key.header.len());
        let keys = &mut self.keys[..self.messages.len()];
        let salts = &self.drawn[..2 * keys.len()].as_chunks::<2>().0;
        derive(&key.expansion, salts, keys);
        gcm::encrypt(keys, &self.messages, &mut self.work, &mut self.room);
        keys.as_flattened_mut().zeroize();
    }

    /// Gives each message its salt and nonce.
    fn draw(&mut self, header_len: usize) {
        let drawn = &mut self.drawn[..2 * self.messages.len()];
        let seed = self.seed.as_mut().expect("drawn before anything is sealed");
        seed.blocks(drawn);
        #[cfg(test)]
        if let Some((salt, nonce)) = self.given {
            for of_one in drawn.as_chunks_mut::<2>().0 {
                of_one[0].0 = salt;
                of_one[1][..NONCE_LEN].copy_from_slice(&nonce);
            }
        }
        for (message, [salt, nonce]) in self.messages.iter_mut().zip(drawn.as_chunks::<2>().0) {
            message.nonce.copy_from_slice(&nonce[..NONCE_LEN]);
            let places = &mut self.work[message.at + header_len..];
            places[..SALT_LEN].copy_from_slice(salt);
            places[SALT_LEN..][..NONCE_LEN].copy_from_slice(&message.nonce);
        }
    }
}

/// Makes the key of each salt (the first block of each two).
fn derive(expansion: &Expansion, drawn: &[[aes::Block; 2]], keys: &mut [[u8; 32]]) {
    let mut of_one = [expansion.message; HASHES_ABREAST];
    let salts = drawn.chunks(HASHES_ABREAST);
    for (salts, keys) in salts.zip(keys.chunks_mut(HASHES_ABREAST)) {
        for (message, [salt, _]) in of_one.iter_mut().zip(salts) {
            message[SALT_AT..][..SALT_LEN].copy_from_slice(salt);
        }
        match <&mut [[u8; 32]; HASHES_ABREAST]>::try_from(&mut *keys) {
            Ok(keys) => {
                *keys = expansion
                    .hash
                    .tags(of_one.each_ref().map(<[u8; _]>::as_slice))
            }
            Err(_) => {
                for (key, message) in keys.iter_mut().zip(&of_one) {
                    *key = expansion.hash.tag(message);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod unlinkable;
