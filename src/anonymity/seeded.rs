//! Random words that are the same in every run.

use crate::crypto::sampler::RandomWords;

/// SplitMix64 (Steele et al., OOPSLA 2014): even enough to measure with and to look at
/// distributions, and no source for anything that leaves.
pub struct Seeded(pub(crate) u64);

impl Seeded {
    /// The words of a seed.
    pub fn new(seed: u64) -> Seeded {
        Seeded(seed)
    }

    /// One of 0 to `count` − 1, which is at least 1; uneven by less than `count` in 2^64.
    pub fn below(&mut self, count: u32) -> u32 {
        (self.word() % u64::from(count)) as u32
    }

    /// True `n` times in `d`.
    pub fn is(&mut self, n: u32, d: u32) -> bool {
        self.below(d) < n
    }
}

impl RandomWords for Seeded {
    fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}
