//! Sums reduced by a number that is known long before the summands: a
//! multiplication in the place of a division. Forced, as what calls them in
//! `lanes`: without, 0.3 % more instructions on `tokenize`.

/// A number m from 2 to 2^61, and what reduces by it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Modulus {
    m: u64,
    /// M = ⌊(2^64 − 1) / m⌋.
    reciprocal: u64,
}

impl Modulus {
    /// Largest m: twice it is no negative number.
    pub(super) const MAX: u64 = 1 << 61;

    /// Of that m.
    pub(super) const fn new(m: u64) -> Modulus {
        debug_assert!(2 <= m && m <= Modulus::MAX, "twice it must fit in 63 bits");
        Modulus {
            m,
            reciprocal: u64::MAX / m,
        }
    }

    /// (`a` + `y`) mod m, for `a` below m and any `y`.
    ///
    /// q = ⌊y·M / 2^64⌋ is ⌊y / m⌋ or one less: 2^64 − m ≤ M·m < 2^64, so that
    /// y/m − y·M/2^64 = y·(2^64 − M·m) / (m·2^64) is at least 0 and below 1. So
    /// a + y − q·m is below 3m; it fits, whether or not a + y does.
    // Forced: see the top.
    #[inline(always)]
    pub(super) const fn sum(self, a: u64, y: u64) -> u64 {
        let q = ((y as u128 * self.reciprocal as u128) >> 64) as u64;
        let sum = a.wrapping_add(y).wrapping_sub(q.wrapping_mul(self.m));
        self.less(self.less(sum))
    }

    /// `x` − m, or `x` when it is below m. Without a branch: it would depend on
    /// the value, and be guessed wrong half of the time.
    // Forced: see the top.
    #[inline(always)]
    const fn less(self, x: u64) -> u64 {
        let less = x.wrapping_sub(self.m);
        let is_negative = ((less as i64) >> 63) as u64;
        less.wrapping_add(self.m & is_negative)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng, rngs::StdRng};

    fn agrees(m: u64, a: u64, y: u64) {
        let expected = ((u128::from(a) + u128::from(y)) % u128::from(m)) as u64;
        assert_eq!(Modulus::new(m).sum(a, y), expected, "({a} + {y}) mod {m}");
    }

    /// Every modulus of decimal texts, the powers of every small radix, the
    /// neighbours of powers of two and random ones, each with what lies around
    /// its multiples, the ends, and random numbers.
    #[test]
    fn is_the_remainder() {
        let mut rng = StdRng::seed_from_u64(61);
        let mut moduli: Vec<u64> = (2..=64).chain([Modulus::MAX - 1, Modulus::MAX]).collect();
        moduli.extend((1..=61).flat_map(|k| [(1 << k) - 1, 1 << k, (1 << k) + 1]));
        for radix in 2..=300_u64 {
            moduli.extend((1..64).map_while(|k| radix.checked_pow(k)));
        }
        moduli.extend((0..2_000).map(|_| rng.random::<u64>() >> rng.random_range(3..62)));
        moduli.retain(|m| (2..=Modulus::MAX).contains(m));
        for m in moduli {
            let last = u64::MAX - u64::MAX % m;
            let mut ys = vec![
                0,
                1,
                m - 1,
                m,
                m + 1,
                last - 1,
                last,
                u64::MAX - 1,
                u64::MAX,
            ];
            for _ in 0..40 {
                let y: u64 = rng.random();
                let multiple = y - y % m;
                ys.extend([
                    y,
                    multiple,
                    multiple.wrapping_sub(1),
                    y >> 32,
                    y | (1 << 63),
                ]);
            }
            for y in ys {
                for a in [0, 1 % m, m / 2, m - 1, rng.random_range(0..m)] {
                    agrees(m, a, y);
                }
            }
        }
    }

    /// Every 16-bit modulus beside both ends of what is reduced.
    #[test]
    fn small_moduli_are_exhausted() {
        for m in 2..1 << 16 {
            for y in (0..3).flat_map(|k| [k, m * k, u64::MAX - k, u64::MAX - u64::MAX % m - k]) {
                agrees(m, 0, y);
                agrees(m, m - 1, y);
            }
        }
    }
}
