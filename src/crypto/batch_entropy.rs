//! Random bytes for the actions of one batch.
//!
//! A seed is drawn from the operating system before the batch is walked, which
//! may fail; the walk takes from it, which cannot. Envelopes take their salts and
//! nonces from a seed of their own, by the same rule (`Seeded`). No seed outlives its batch: a
//! machine that is cloned or restored repeats at most the batches in work. What
//! may become a key is not taken from it, but is the operating system's own.

use aes::Aes256Enc;
use aes::cipher::{BlockCipherEncrypt, KeyInit};
use zeroize::Zeroize;

use super::entropy::{Entropy, NoEntropy};
use super::secret::Secret;

/// AES-256 under a seed, of a counter in 16 bytes, big-endian, from 0: blocks that
/// cannot be told from random ones by who does not know the seed, no two alike.
pub(super) struct Seeded {
    /// Boxed, so that moving it leaves no copy of the key behind.
    cipher: Box<Aes256Enc>,
    /// The next block.
    next: u64,
}

impl Seeded {
    /// From the first block on.
    pub(super) fn new(seed: &Secret<32>) -> Seeded {
        Seeded {
            cipher: Box::new(Aes256Enc::new(seed.expose().into())),
            next: 0,
        }
    }

    /// From block `next` on.
    #[cfg(test)]
    pub(super) fn at(seed: &Secret<32>, next: u64) -> Seeded {
        Seeded {
            next,
            ..Seeded::new(seed)
        }
    }

    /// The next blocks.
    pub(super) fn blocks(&mut self, out: &mut [aes::Block]) {
        for block in &mut *out {
            block[..8].fill(0);
            block[8..].copy_from_slice(&self.next.to_be_bytes());
            self.next += 1;
        }
        self.cipher.encrypt_blocks(out);
    }
}

/// Random bytes of one worker's batch.
pub struct BatchEntropy {
    source: Box<dyn Entropy>,
    drawn: Option<Seeded>,
    /// The source gave none when it was asked for this batch.
    is_dry: bool,
}

/// Nothing was drawn for this batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotDrawn;

impl BatchEntropy {
    /// Of one worker. Every worker has its own.
    pub fn new(source: impl Entropy + 'static) -> BatchEntropy {
        BatchEntropy {
            source: Box::new(source),
            drawn: None,
            is_dry: false,
        }
    }

    /// Forgets the seed of the last batch.
    pub fn begin_batch(&mut self) {
        self.drawn = None;
        self.is_dry = false;
    }

    /// Fills `out` with the source's own bytes, before the batch is walked.
    ///
    /// # Errors
    /// When it gives none; then the batch must not be walked
    /// ([`BatchEntropy::is_well`]).
    pub fn fresh(&mut self, out: &mut [u8]) -> Result<(), NoEntropy> {
        let filled = self.source.try_fill(out);
        self.is_dry |= filled.is_err();
        filled
    }

    /// Whether the source gave all that it was asked for this batch.
    ///
    /// # Errors
    /// When it did not.
    pub fn is_well(&self) -> Result<(), NoEntropy> {
        match self.is_dry {
            true => Err(NoEntropy),
            false => Ok(()),
        }
    }

    /// Draws the seed of this batch.
    ///
    /// # Errors
    /// When the source gives no random bytes; nothing is drawn then.
    pub fn draw(&mut self) -> Result<(), NoEntropy> {
        self.drawn = None;
        let seed: Secret<32> = Secret::try_fill(|seed| self.source.try_fill(seed))?;
        self.drawn = Some(Seeded::new(&seed));
        Ok(())
    }

    /// Fills `out` with bytes that nobody had before. For values, not for keys.
    ///
    /// # Errors
    /// When nothing was drawn for this batch; `out` is as it was.
    pub fn fill(&mut self, out: &mut [u8]) -> Result<(), NotDrawn> {
        let drawn = self.drawn.as_mut().ok_or(NotDrawn)?;
        for part in out.chunks_mut(16) {
            let mut block = [aes::Block::default()];
            drawn.blocks(&mut block);
            part.copy_from_slice(&block[0][..part.len()]);
            block[0].0.zeroize();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Zeros;

    impl Entropy for Zeros {
        fn fill(&mut self, out: &mut [u8]) {
            out.fill(0);
        }
    }

    struct Nothing;

    impl Entropy for Nothing {
        fn fill(&mut self, _: &mut [u8]) {
            unreachable!("whoever can wait asks with `try_fill`")
        }

        fn try_fill(&mut self, _: &mut [u8]) -> Result<(), NoEntropy> {
            Err(NoEntropy)
        }
    }

    #[test]
    fn bytes_are_the_cipher_of_a_counter() {
        let mut entropy = BatchEntropy::new(Zeros);
        entropy.draw().unwrap();
        let mut out = [0; 33];
        entropy.fill(&mut out).unwrap();
        // NIST's CAVP, AESVS for ECB, VarTxt and KeySbox: AES-256 of the zero
        // block under the zero key.
        let zero = data_encoding::HEXLOWER.encode(&out[..16]);
        assert_eq!(zero, "dc95c078a2408989ad48a21492842087");
        // What was left of a block is given to nobody.
        let mut next = [0; 16];
        entropy.fill(&mut next).unwrap();
        let mut seen = vec![&out[..16], &out[16..32], &next[..]];
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 3);
        assert_ne!(next[0], out[32], "a block is taken from once");
    }

    #[test]
    fn what_was_not_drawn_is_not_given() {
        let mut entropy = BatchEntropy::new(Zeros);
        let mut out = [7; 4];
        assert_eq!(entropy.fill(&mut out), Err(NotDrawn));
        entropy.draw().unwrap();
        entropy.begin_batch();
        assert_eq!(entropy.fill(&mut out), Err(NotDrawn));
        assert_eq!(out, [7; 4]);
        let mut none = BatchEntropy::new(Nothing);
        assert_eq!(none.draw(), Err(NoEntropy));
        assert_eq!(none.fill(&mut out), Err(NotDrawn));
        assert_eq!(none.is_well(), Ok(()));
        assert_eq!(none.fresh(&mut out), Err(NoEntropy));
        assert_eq!(none.is_well(), Err(NoEntropy));
        none.begin_batch();
        assert_eq!(none.is_well(), Ok(()));
    }
}
