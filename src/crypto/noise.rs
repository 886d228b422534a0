//! Noise that is the same whenever the same person or record, and the same value,
//! comes again; exact, by integers alone ([`sampler`]).

use zeroize::Zeroize;

use super::batch_entropy::Seeded;
use super::digest;
use super::entropy::{Entropy, NoEntropy};
use super::kdf::{Root, TooLong, Use};
use super::keyed_hash::KeyedHash;
use super::of_record::OfRecord;
use super::sampler::{self, RandomWords};
use super::secret::Secret;

/// What noise of one mechanism at one place is drawn from.
pub struct NoiseKey {
    key: KeyedHash,
}

/// For whom the same value has the same noise.
#[derive(Clone, Copy, Debug)]
pub enum For<'a> {
    /// A data subject, by its canonical text.
    Subject(&'a str),
    /// One record.
    Record(OfRecord<'a>),
}

impl NoiseKey {
    /// Of that domain, label (the output path) and mechanism: everything that decides
    /// how noise becomes an answer, so that two mechanisms never share any.
    ///
    /// # Errors
    /// When a name is longer than 65,535 bytes.
    pub fn new(
        root: &Root,
        domain: &str,
        label: &str,
        mechanism: &str,
    ) -> Result<NoiseKey, TooLong> {
        let params = [domain.as_bytes(), label.as_bytes(), mechanism.as_bytes()];
        let key = root.key::<32>(Use::Noise, &params)?;
        Ok(NoiseKey {
            key: KeyedHash::new(key.expose()),
        })
    }

    /// The noise of a value. The message is put together behind what is in `room`, and
    /// taken away again.
    pub fn draws(&self, of: For<'_>, value: &[u8], room: &mut Vec<u8>) -> Draws {
        let (at, message) = (room.len(), room);
        match of {
            For::Subject(text) => {
                let len = u32::try_from(text.len()).unwrap_or(u32::MAX);
                message.extend_from_slice(&len.to_be_bytes());
                message.extend_from_slice(text.as_bytes());
            }
            For::Record(record) => record.append(message),
        }
        message.extend_from_slice(value);
        let mut tag = self.key.tag(&message[at..]);
        message[at..].zeroize();
        message.truncate(at);
        let seed = Secret::fill(|seed| *seed = tag);
        tag.zeroize();
        Draws::new(&seed)
    }
}

/// What a choice is bound to besides the value: its members, each as V, in order.
pub fn of_members(members: &[Vec<u8>]) -> [u8; 32] {
    let mut list = Vec::new();
    for member in members {
        list.extend_from_slice(
            &u32::try_from(member.len())
                .unwrap_or(u32::MAX)
                .to_be_bytes(),
        );
        list.extend_from_slice(member);
    }
    digest::sha256(&list)
}

/// A stream of bits that cannot be told from random ones without the key, and what
/// is drawn from it.
pub struct Draws {
    stream: Seeded,
    block: [u64; 2],
    used: usize,
}

impl Draws {
    pub(super) fn new(seed: &Secret<32>) -> Draws {
        Draws {
            stream: Seeded::new(seed),
            block: [0; 2],
            used: 2,
        }
    }

    /// From a seed of that source, for what is drawn once and never again.
    ///
    /// # Errors
    /// When the source gives none.
    pub fn fresh(source: &mut dyn Entropy) -> Result<Draws, NoEntropy> {
        let mut seed = [0; 32];
        let filled = source.try_fill(&mut seed);
        let draws = filled.map(|()| Draws::new(&Secret::fill(|s| *s = seed)));
        seed.zeroize();
        draws
    }

    /// A whole number of the discrete Laplace distribution of scale `t`/`s`
    /// ([`sampler::laplace`]).
    pub fn laplace(&mut self, t: u64, s: u64) -> i128 {
        sampler::laplace(self, t, s)
    }

    /// A whole number of the discrete Gaussian distribution of variance parameter
    /// `a`/`b` ([`sampler::gaussian`]).
    pub fn gaussian(&mut self, a: u64, b: u64) -> i128 {
        sampler::gaussian(self, a, b)
    }

    /// One of 0 to `count` − 1: `kept`, or each other one, exp(`n`/`d`) times less
    /// likely than that.
    pub fn one_of(&mut self, count: u16, kept: u16, (n, d): (u64, u64)) -> u16 {
        loop {
            let drawn = sampler::below(self, count.into()) as u16;
            if drawn == kept || sampler::exp(self, n.into(), d.into()) {
                return drawn;
            }
        }
    }
}

impl RandomWords for Draws {
    fn word(&mut self) -> u64 {
        if self.used == 2 {
            let mut block = [aes::Block::default()];
            self.stream.blocks(&mut block);
            let both = u128::from_be_bytes(block[0].into());
            self.block = [(both >> 64) as u64, both as u64];
            self.used = 0;
        }
        self.used += 1;
        self.block[self.used - 1]
    }
}

impl Drop for Draws {
    fn drop(&mut self) {
        self.block.zeroize();
    }
}

#[cfg(test)]
#[path = "noise_tests.rs"]
mod tests;
