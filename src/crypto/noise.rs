//! Noise that is the same whenever the same person or record, and the same value,
//! comes again; exact, by integers alone.
//!
//! The samplers are those of Canonne, Kamath and Steinke, "The Discrete Gaussian for
//! Differential Privacy" (2020), algorithms 1 to 3.

use zeroize::Zeroize;

use super::batch_entropy::Seeded;
use super::digest;
use super::kdf::{Root, TooLong, Use};
use super::keyed_hash::KeyedHash;
use super::of_record::OfRecord;
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
    fn new(seed: &Secret<32>) -> Draws {
        Draws {
            stream: Seeded::new(seed),
            block: [0; 2],
            used: 2,
        }
    }

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

    /// One of 0 to `count` − 1, each as likely; `count` is at least 1.
    fn below(&mut self, count: u128) -> u128 {
        let bits = 128 - (count - 1).leading_zeros();
        if bits == 0 {
            return 0;
        }
        loop {
            let drawn = match bits {
                1..=64 => u128::from(self.word() >> (64 - bits)),
                _ => {
                    let high = u128::from(self.word()) << 64;
                    (high | u128::from(self.word())) >> (128 - bits)
                }
            };
            if drawn < count {
                return drawn;
            }
        }
    }

    /// True with the probability exp(−`n`/`d`), `n` at most `d` (algorithm 1).
    fn exp_of_fraction(&mut self, n: u128, d: u128) -> bool {
        let mut times = 1;
        while self.below(d * times) < n {
            times += 1;
        }
        times % 2 == 1
    }

    /// True with the probability exp(−`n`/`d`).
    fn exp(&mut self, n: u128, d: u128) -> bool {
        let mut whole = n / d;
        while whole > 0 {
            if !self.exp_of_fraction(1, 1) {
                return false;
            }
            whole -= 1;
        }
        self.exp_of_fraction(n % d, d)
    }

    /// A whole number of the discrete Laplace distribution of scale `t`/`s`: n with a
    /// probability proportional to exp(−|n| s/t) (algorithm 2). Both are at least 1
    /// and below 2^64.
    pub fn laplace(&mut self, t: u64, s: u64) -> i128 {
        let (t, s) = (u128::from(t), u128::from(s));
        loop {
            let part = self.below(t);
            if !self.exp_of_fraction(part, t) {
                continue;
            }
            let mut wholes = 0_u32;
            while self.exp_of_fraction(1, 1) {
                wholes += 1;
            }
            let size = (part + t * u128::from(wholes)) / s;
            let size = size as i128;
            match self.below(2) == 1 {
                true if size == 0 => {}
                true => return -size,
                false => return size,
            }
        }
    }

    /// A whole number of the discrete Gaussian distribution of variance parameter
    /// `a`/`b`: n with a probability proportional to exp(−n² b/2a) (algorithm 3).
    /// `b` is below 2^11, `a`/`b` at most 2^40.
    pub fn gaussian(&mut self, a: u64, b: u64) -> i128 {
        let t = (a / b).isqrt() + 1;
        let (a, b, wide) = (u128::from(a), u128::from(b), u128::from(t));
        let d = 2 * a * b * wide * wide;
        loop {
            let y = self.laplace(t, 1);
            // What leaves the room of 128 bits is 2^13 standard deviations away, and
            // would be accepted with a probability below exp(−2^24).
            let from = y.unsigned_abs().checked_mul(b * wide);
            let n = from.and_then(|from| from.abs_diff(a).checked_pow(2));
            if n.is_some_and(|n| self.exp(n, d)) {
                return y;
            }
        }
    }

    /// One of 0 to `count` − 1: `kept`, or each other one, exp(`n`/`d`) times less
    /// likely than that.
    pub fn one_of(&mut self, count: u16, kept: u16, (n, d): (u64, u64)) -> u16 {
        loop {
            let drawn = self.below(count.into()) as u16;
            if drawn == kept || self.exp(n.into(), d.into()) {
                return drawn;
            }
        }
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
