//! What every class of a release must be.

use crate::anonymity::ratio::Ratio;

/// What every class must be; everything counts persons, not records.
#[derive(Clone, Debug)]
pub struct Demand {
    /// Least persons of a class (L. Sweeney, "k-anonymity", 2002); at least 1.
    pub k: u32,
    /// What else holds of the values that are not hidden.
    pub floors: Vec<Floor>,
    /// The share of a release that a repair may set aside, at most a twentieth.
    pub remainder: Ratio,
}

/// What must hold of one sensitive column in every class.
#[derive(Clone, Copy, Debug)]
pub struct Floor {
    /// Which column.
    pub column: usize,
    /// What must hold of it.
    pub must: Must,
}

/// What must hold of the values of a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Must {
    /// So many different values (Machanavajjhala et al., "l-diversity", 2007).
    Distinct(u32),
    /// An entropy of at least that of so many equally frequent values (ibid.).
    Entropy(u32),
    /// The most frequent value counts less than `c` times all from the `l`-th on (ibid.).
    Recursive {
        /// The factor.
        c: Ratio,
        /// From which one on; 1 or more.
        l: u32,
    },
    /// No further from the release than `max`, by the earth mover's distance (Li et al.,
    /// "t-closeness", 2007).
    Close {
        /// The distance, 0 to 1.
        max: Ratio,
        /// Values lie in an order, their codes: a near one is moved for less.
        ordered: bool,
    },
}

impl Demand {
    /// k persons and nothing else.
    pub fn of_k(k: u32) -> Demand {
        Demand {
            k,
            floors: Vec::new(),
            remainder: Ratio::ZERO,
        }
    }
}

/// In words of the policy: `distinct: 2`.
impl std::fmt::Display for Must {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let about = |ratio: Ratio| ratio.n() as f64 / ratio.d() as f64;
        match *self {
            Must::Distinct(l) => write!(f, "distinct: {l}"),
            Must::Entropy(l) => write!(f, "entropy: {l}"),
            Must::Recursive { c, l } => write!(f, "recursive: [{}, {l}]", about(c)),
            Must::Close { max, ordered } => {
                write!(f, "max: {}", about(max))?;
                match ordered {
                    true => f.write_str(", ordered"),
                    false => Ok(()),
                }
            }
        }
    }
}

/// How often each value stands in the release, once a person.
pub(super) struct Totals {
    pub(super) of: Vec<u32>,
    pub(super) all: u32,
}

/// The values of a class, once a person: how often each stands there, and which do.
pub(super) struct Tally {
    pub(super) counts: Vec<u32>,
    pub(super) seen: Vec<u32>,
    pub(super) all: u32,
}

impl Must {
    /// Decides by whole numbers alone, so that it is decided alike everywhere.
    pub(super) fn holds(self, tally: &Tally, totals: &Totals, logs: &mut Logs) -> bool {
        let counts = || tally.seen.iter().map(|value| tally.counts[*value as usize]);
        let all = u64::from(tally.all);
        match self {
            Must::Distinct(least) => tally.seen.len() as u64 >= least.into(),
            Must::Entropy(l) => {
                tally.seen.len() as u64 >= l.into() && logs.is_entropy(counts(), all, l)
            }
            Must::Recursive { c, l } => {
                let mut falling: Vec<u32> = counts().collect();
                falling.sort_unstable_by(|a, b| b.cmp(a));
                let from = (l.max(1) - 1) as usize;
                let tail: u64 = falling.iter().skip(from).map(|c| u64::from(*c)).sum();
                let most = falling.first().copied().unwrap_or(0);
                u128::from(most) * u128::from(c.d()) < u128::from(c.n()) * u128::from(tail)
            }
            Must::Close { max, ordered } => {
                let total = u64::from(totals.all);
                let apart = |value: usize| {
                    let here = i128::from(tally.counts[value]) * i128::from(total);
                    here - i128::from(totals.of[value]) * i128::from(all)
                };
                let (moved, unit) = if ordered {
                    let mut sum = 0;
                    let steps = (0..totals.of.len()).map(|value| {
                        sum += apart(value);
                        sum.unsigned_abs()
                    });
                    (steps.sum::<u128>(), totals.of.len().max(2) as u128 - 1)
                } else {
                    let seen = tally.seen.iter().map(|value| *value as usize);
                    let there: u64 = seen.clone().map(|v| u64::from(totals.of[v])).sum();
                    let elsewhere = u128::from(total - there) * u128::from(all);
                    (
                        seen.map(|v| apart(v).unsigned_abs()).sum::<u128>() + elsewhere,
                        2,
                    )
                };
                let most = u128::from(all) * u128::from(total) * unit;
                // Both sides stay below 2^128 with a distance of 64 bits.
                moved.checked_mul(max.d().into()).is_some_and(|moved| {
                    most.checked_mul(max.n().into())
                        .is_none_or(|most| moved <= most)
                })
            }
        }
    }
}

impl Must {
    /// How far a class is, in what the demand is written in: how many values, to how many
    /// equally frequent ones its entropy is equal, the least `c`, the distance.
    pub(super) fn reached(self, tally: &Tally, totals: &Totals) -> f64 {
        let counts = || tally.seen.iter().map(|value| tally.counts[*value as usize]);
        let all = f64::from(tally.all.max(1));
        match self {
            Must::Distinct(_) => tally.seen.len() as f64,
            Must::Entropy(_) => {
                let bits = counts().map(|count| {
                    let share = f64::from(count) / all;
                    -share * share.log2()
                });
                bits.sum::<f64>().exp2()
            }
            Must::Recursive { l, .. } => {
                let mut falling: Vec<u32> = counts().collect();
                falling.sort_unstable_by(|a, b| b.cmp(a));
                let from = (l.max(1) - 1) as usize;
                let tail: u64 = falling.iter().skip(from).map(|c| u64::from(*c)).sum();
                f64::from(falling.first().copied().unwrap_or(0)) / tail as f64
            }
            Must::Close { ordered, .. } => {
                let total = f64::from(totals.all.max(1));
                let apart = (tally.counts.iter().zip(&totals.of))
                    .map(|(here, of)| f64::from(*here) / all - f64::from(*of) / total);
                match ordered {
                    true => {
                        let mut sum = 0.0;
                        let moved = apart.map(|apart| {
                            sum += apart;
                            f64::abs(sum)
                        });
                        moved.sum::<f64>() / (totals.of.len().max(2) - 1) as f64
                    }
                    false => apart.map(f64::abs).sum::<f64>() / 2.0,
                }
            }
        }
    }

    /// Of what two classes reached, what is nearer to the demand.
    pub fn worse(self, a: f64, b: f64) -> f64 {
        match self {
            Must::Distinct(_) | Must::Entropy(_) => a.min(b),
            Must::Recursive { .. } | Must::Close { .. } => a.max(b),
        }
    }
}

/// Binary logarithms of whole numbers, in units of 2^-32.
#[derive(Default)]
pub(super) struct Logs {
    known: Vec<u64>,
}

/// How far a logarithm may be off, in its unit.
const OFF: u64 = 2;

impl Logs {
    /// True if n values, so many of each, have at least the entropy of `l` equally
    /// frequent ones: n log n − Σ c log c ≥ n log l.
    fn is_entropy(&mut self, counts: impl Iterator<Item = u32> + Clone, n: u64, l: u32) -> bool {
        let n_log_n = n * self.of(n as u32);
        let n_log_l = n * self.of(l);
        let c_log_c: u64 = counts.clone().map(|c| u64::from(c) * self.of(c)).sum();
        let off = 3 * OFF * n;
        let needed = n_log_l + c_log_c;
        if n_log_n >= needed + off {
            return true;
        }
        // Too near for these logarithms: it holds if both are the same number.
        n_log_n + off >= needed && is_equal(counts, n, l)
    }

    fn of(&mut self, n: u32) -> u64 {
        let at = n as usize;
        if self.known.len() <= at {
            self.known.resize(at + 1, u64::MAX);
        }
        if self.known[at] == u64::MAX {
            self.known[at] = log2(n);
        }
        self.known[at]
    }
}

/// The binary logarithm of `n`, at least 1, off by less than [`OFF`] of 2^-32: bit by
/// bit, by squaring what is left between 1 and 2.
fn log2(n: u32) -> u64 {
    let whole = n.max(1).ilog2();
    let mut rest = (u128::from(n.max(1)) << 63) >> whole;
    let mut log = u64::from(whole);
    for _ in 0..32 {
        rest = (rest * rest) >> 63;
        log <<= 1;
        if rest >> 64 != 0 {
            rest >>= 1;
            log |= 1;
        }
    }
    log
}

/// True if n^n is l^n Π c^c: by how often each prime divides both.
fn is_equal(counts: impl Iterator<Item = u32>, n: u64, l: u32) -> bool {
    let mut left: Vec<(u64, i128)> = Vec::new();
    let mut powers = |mut of: u64, times: i128| {
        let mut prime = 2;
        while of > 1 {
            if prime * prime > of {
                prime = of;
            }
            let mut power = 0;
            while of.is_multiple_of(prime) {
                of /= prime;
                power += 1;
            }
            if power > 0 {
                match left.iter_mut().find(|(p, _)| *p == prime) {
                    Some((_, sum)) => *sum += power * times,
                    None => left.push((prime, power * times)),
                }
            }
            prime += 1;
        }
    };
    powers(n, n.into());
    powers(l.into(), -i128::from(n));
    counts.for_each(|c| powers(c.into(), -i128::from(c)));
    left.iter().all(|(_, power)| *power == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(counts: &[u32]) -> Tally {
        let seen = (0..counts.len() as u32).filter(|v| counts[*v as usize] > 0);
        Tally {
            seen: seen.collect(),
            all: counts.iter().sum(),
            counts: counts.to_vec(),
        }
    }

    fn holds(must: Must, counts: &[u32], of: &[u32]) -> bool {
        let all = of.iter().sum();
        let totals = Totals {
            of: of.to_vec(),
            all,
        };
        must.holds(&tally(counts), &totals, &mut Logs::default())
    }

    #[test]
    fn logarithms_are_near_enough() {
        for n in (1..5_000).chain([65_537, 999_983, u32::MAX]) {
            let exact = f64::from(n).log2() * 4_294_967_296.0;
            assert!((log2(n) as f64 - exact).abs() < 2.0, "{n}");
        }
    }

    #[test]
    fn entropy_is_decided_exactly_where_it_is_equal() {
        let entropy = |counts: &[u32], l| holds(Must::Entropy(l), counts, counts);
        for l in 1..60 {
            let even = vec![7; l as usize];
            assert!(entropy(&even, l), "{l}");
            assert!(!entropy(&even, l + 1), "{l}");
            let mut uneven = even;
            uneven[0] = 8;
            assert_eq!(entropy(&uneven, l), l == 1, "{l}");
        }
        // (4, 2, 1, 1): 1.75 bits; 2^1.75 = 3.36.
        assert!(entropy(&[4, 2, 1, 1], 3) && !entropy(&[4, 2, 1, 1], 4));
        assert!(!entropy(&[5], 2));
    }

    /// What is reached is what is demanded, and worse than nothing that is demanded holds.
    #[test]
    fn what_is_reached_is_what_would_just_have_held() {
        let of = [9_u32, 6, 4, 1];
        let totals = Totals {
            of: of.to_vec(),
            all: of.iter().sum(),
        };
        for code in 1..4_u32.pow(4) {
            let counts: Vec<u32> = (0..4).map(|at| code / 4_u32.pow(at) % 4).collect();
            let ratio = |share: f64| Ratio::new((share * 1e9).max(0.0) as u64, 1_000_000_000);
            let reached = |must: Must| must.reached(&tally(&counts), &totals);
            let (c, max) = (Ratio::new(1, 1).unwrap(), Ratio::ZERO);
            let values = reached(Must::Distinct(1)) as u32;
            assert!(holds(Must::Distinct(values), &counts, &of));
            assert!(!holds(Must::Distinct(values + 1), &counts, &of));
            let even = reached(Must::Entropy(1));
            assert!(holds(Must::Entropy((even + 1e-6) as u32), &counts, &of));
            assert!(!holds(
                Must::Entropy((even + 1e-6) as u32 + 1),
                &counts,
                &of
            ));
            for l in 1..3 {
                let least = reached(Must::Recursive { c, l });
                let holds = |c: f64| {
                    let c = ratio(c).unwrap();
                    holds(Must::Recursive { c, l }, &counts, &of)
                };
                match least.is_finite() {
                    true => assert!(holds(least + 1e-6) && !holds(least - 1e-6), "{counts:?}"),
                    false => assert!(!holds(1e9), "{counts:?}"),
                }
            }
            for ordered in [false, true] {
                let far = reached(Must::Close { max, ordered });
                let holds = |far: f64| {
                    let max = ratio(far).unwrap();
                    holds(Must::Close { max, ordered }, &counts, &of)
                };
                assert!(holds(far + 1e-6), "{counts:?}");
                assert!(far < 1e-6 || !holds(far - 1e-6), "{counts:?}");
            }
        }
        let (l, t) = (
            Must::Distinct(2),
            Must::Close {
                max: Ratio::ZERO,
                ordered: true,
            },
        );
        assert_eq!((l.worse(2.0, 3.0), t.worse(0.2, 0.3)), (2.0, 0.3));
    }

    #[test]
    fn the_most_frequent_value_is_held_against_the_rest() {
        let c = Ratio::new(3, 2).unwrap();
        let recursive = |counts: &[u32], l| holds(Must::Recursive { c, l }, counts, counts);
        // 3 < 1.5 (2 + 1); not 3 < 1.5 · 1.
        assert!(recursive(&[1, 3, 2], 2) && !recursive(&[1, 3, 2], 3));
        assert!(!recursive(&[3, 2], 2));
        assert!(!recursive(&[3], 2) && recursive(&[3], 1));
    }

    #[test]
    fn distance_is_that_of_the_paper() {
        // Li et al., section 4: salaries 3k to 11k, classes {3, 4, 5} and {6, 8, 11}:
        // 0.375 and 0.167.
        let all = [1; 9];
        let (first, second) = ([1, 1, 1, 0, 0, 0, 0, 0, 0], [0, 0, 0, 1, 0, 1, 0, 0, 1]);
        let close = |n, d, counts: &[u32]| {
            let max = Ratio::new(n, d).unwrap();
            holds(Must::Close { max, ordered: true }, counts, &all)
        };
        assert!(close(375, 1_000, &first) && !close(374, 1_000, &first));
        assert!(close(1, 6, &second) && !close(166, 1_000, &second));
        let equal = |n, d, counts: &[u32]| {
            let max = Ratio::new(n, d).unwrap();
            holds(
                Must::Close {
                    max,
                    ordered: false,
                },
                counts,
                &all,
            )
        };
        assert!(equal(2, 3, &first) && !equal(666, 1_000, &first));
        assert!(equal(0, 1, &all));
    }
}
