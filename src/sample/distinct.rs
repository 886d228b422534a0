//! How many distinct values: exact while there are few, then an estimate
//! (HyperLogLog, Flajolet and others 2007, with the count of empty registers for
//! small numbers).

/// Most hashes that are held for one path.
const EXACT_MAX: usize = 4_096;
/// Registers of an estimate: 2^11, an error of about 2.3 %.
const REGISTERS: usize = 1 << 11;

/// Hashes that all paths together may still hold.
pub(super) struct Budget(pub(super) usize);

impl Default for Budget {
    fn default() -> Self {
        Budget(1 << 20)
    }
}

/// How many distinct values there were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    /// The number.
    pub count: u64,
    /// False for an estimate.
    pub is_exact: bool,
}

/// A set of hashes, or what is left of it.
#[derive(Clone)]
pub(super) enum Distinct {
    /// Ascending, then as they came.
    Exact(std::collections::HashSet<u64, foldhash::fast::FixedState>),
    Estimate(Box<[u8; REGISTERS]>),
}

impl Default for Distinct {
    fn default() -> Self {
        Distinct::Exact(Default::default())
    }
}

impl Distinct {
    pub(super) fn add(&mut self, hash: u64, left: &mut Budget) {
        match self {
            Distinct::Exact(set) if set.contains(&hash) => {}
            Distinct::Exact(set) if set.len() < EXACT_MAX && left.0 > 0 => {
                left.0 -= 1;
                set.insert(hash);
            }
            Distinct::Exact(_) => {
                self.estimate(left);
                self.add(hash, left);
            }
            Distinct::Estimate(registers) => note(registers, hash),
        }
    }

    pub(super) fn merge(&mut self, other: Distinct, left: &mut Budget) {
        match other {
            Distinct::Exact(set) => {
                left.0 += set.len();
                set.into_iter().for_each(|hash| self.add(hash, left));
            }
            Distinct::Estimate(theirs) => {
                let ours = self.estimate(left);
                for (own, more) in ours.iter_mut().zip(theirs.iter()) {
                    *own = (*own).max(*more);
                }
            }
        }
    }

    fn estimate(&mut self, left: &mut Budget) -> &mut [u8; REGISTERS] {
        if let Distinct::Exact(set) = self {
            let mut registers = Box::new([0; REGISTERS]);
            left.0 += set.len();
            set.iter().for_each(|hash| note(&mut registers, *hash));
            *self = Distinct::Estimate(registers);
        }
        match self {
            Distinct::Estimate(registers) => registers,
            Distinct::Exact(_) => unreachable!("it was made an estimate above"),
        }
    }

    pub(super) fn count(&self) -> Count {
        match self {
            Distinct::Exact(set) => Count {
                count: set.len() as u64,
                is_exact: true,
            },
            Distinct::Estimate(registers) => Count {
                count: estimated(registers),
                is_exact: false,
            },
        }
    }
}

fn note(registers: &mut [u8; REGISTERS], hash: u64) {
    let bits = REGISTERS.trailing_zeros();
    let rest = hash << bits | 1 << (bits - 1);
    let register = &mut registers[(hash >> (64 - bits)) as usize];
    *register = (*register).max(rest.leading_zeros() as u8 + 1);
}

fn estimated(registers: &[u8; REGISTERS]) -> u64 {
    let m = REGISTERS as f64;
    let sum: f64 = registers.iter().map(|r| (-f64::from(*r)).exp2()).sum();
    let raw = 0.7213 / (1.0 + 1.079 / m) * m * m / sum;
    let empty = registers.iter().filter(|r| **r == 0).count();
    let estimate = match empty {
        1.. if raw <= 2.5 * m => m * (m / empty as f64).ln(),
        _ => raw,
    };
    estimate.round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::hash::BuildHasher;

    fn counted(values: u64) -> Count {
        let hash = foldhash::quality::FixedState::with_seed(7);
        let mut left = Budget::default();
        let mut distinct = Distinct::default();
        for value in 0..values {
            distinct.add(hash.hash_one(value), &mut left);
            distinct.add(hash.hash_one(value), &mut left);
        }
        distinct.count()
    }

    #[test]
    fn few_are_counted_and_many_are_estimated() {
        for few in [0, 1, 4_096] {
            let expected = Count {
                count: few,
                is_exact: true,
            };
            assert_eq!(counted(few), expected);
        }
        for many in [4_097, 20_000, 1_000_000] {
            let found = counted(many);
            assert!(!found.is_exact);
            let off = found.count.abs_diff(many) * 100 / many;
            assert!(off <= 7, "{many}: {found:?}");
        }
    }

    #[test]
    fn all_paths_share_one_budget_and_give_back_what_they_took() {
        let mut left = Budget(3);
        let (mut one, mut two) = (Distinct::default(), Distinct::default());
        for hash in [1 << 60, 2 << 60] {
            one.add(hash, &mut left);
            two.add(hash, &mut left);
        }
        assert_eq!((one.count().is_exact, two.count().is_exact), (true, false));
        one.merge(two, &mut left);
        assert_eq!((one.count().count, left.0), (2, 3));
    }
}
