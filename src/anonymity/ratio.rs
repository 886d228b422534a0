//! Exact fractions: what a policy writes as a decimal stays what it is.

use std::cmp::Ordering;

use crate::record::decimal::Decimal;

/// A fraction of at least 0, in lowest terms.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ratio {
    n: u64,
    d: u64,
}

impl Ratio {
    /// 0.
    pub const ZERO: Ratio = Ratio { n: 0, d: 1 };

    /// 1.
    pub const ONE: Ratio = Ratio { n: 1, d: 1 };

    /// `n`/`d`; `None` with a `d` of 0.
    pub fn new(n: u64, d: u64) -> Option<Ratio> {
        Ratio::of(n.into(), d.into())
    }

    /// What a decimal is; `None` below 0 or with more digits than there is room for.
    pub fn of_decimal(number: &Decimal) -> Option<Ratio> {
        if number.is_negative() {
            return None;
        }
        let places = u32::try_from((-number.exponent()).max(0)).ok()?;
        let units = u128::try_from(number.floored(places.into())?).ok()?;
        Ratio::of(units, 10_u128.checked_pow(places)?)
    }

    fn of(n: u128, d: u128) -> Option<Ratio> {
        let (mut a, mut b) = (n, d);
        while b != 0 {
            (a, b) = (b, a % b);
        }
        if d == 0 {
            return None;
        }
        Some(Ratio {
            n: u64::try_from(n / a).ok()?,
            d: u64::try_from(d / a).ok()?,
        })
    }

    /// Above the line.
    pub fn n(self) -> u64 {
        self.n
    }

    /// Below the line, at least 1.
    pub fn d(self) -> u64 {
        self.d
    }

    /// True for 0.
    pub fn is_zero(self) -> bool {
        self.n == 0
    }

    /// Both together; `None`: there is no room for the sum, so nobody may go on as if
    /// there were.
    pub fn plus(self, other: Ratio) -> Option<Ratio> {
        let (n, d) = (u128::from(self.n), u128::from(self.d));
        let (m, e) = (u128::from(other.n), u128::from(other.d));
        Ratio::of((n * e).checked_add(m * d)?, d * e)
    }

    /// What is left of it; `None` too where that would be below 0.
    pub fn minus(self, other: Ratio) -> Option<Ratio> {
        let (n, d) = (u128::from(self.n), u128::from(self.d));
        let (m, e) = (u128::from(other.n), u128::from(other.d));
        Ratio::of((n * e).checked_sub(m * d)?, d * e)
    }

    /// So many times as much.
    pub fn times(self, count: u64) -> Option<Ratio> {
        Ratio::of(u128::from(self.n) * u128::from(count), self.d.into())
    }

    /// The same divided by `count`, which is at least 1.
    pub fn over(self, count: u64) -> Option<Ratio> {
        Ratio::of(self.n.into(), u128::from(self.d) * u128::from(count))
    }

    /// For what is computed for people, and for bounds that say how they round.
    pub fn about(self) -> f64 {
        self.n as f64 / self.d as f64
    }
}

impl Ord for Ratio {
    fn cmp(&self, other: &Ratio) -> Ordering {
        let cross = |a: &Ratio, b: &Ratio| u128::from(a.n) * u128::from(b.d);
        cross(self, other).cmp(&cross(other, self))
    }
}

impl PartialOrd for Ratio {
    fn partial_cmp(&self, other: &Ratio) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// `8/1`, as headers of counts say it.
impl std::fmt::Display for Ratio {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.n, self.d)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Ratio> {
        Ratio::of_decimal(&Decimal::read(text).unwrap())
    }

    #[test]
    fn a_decimal_is_exactly_what_it_says() {
        assert_eq!(read("0.1"), Ratio::new(1, 10));
        assert_eq!(read("1e-6"), Ratio::new(1, 1_000_000));
        assert_eq!(read("0.50"), Ratio::new(1, 2));
        assert_eq!(read("15"), Ratio::new(15, 1));
        assert_eq!(read("0"), Some(Ratio::ZERO));
        assert_eq!(read("-1"), None);
        assert_eq!(read("1e-30"), None);
        assert_eq!(read("1e30"), None);
        assert_eq!(Ratio::new(1, 0), None);
    }

    #[test]
    fn sums_are_exact_or_none() {
        let tenth = read("0.1").unwrap();
        let sum = (0..10).try_fold(Ratio::ZERO, |sum, _| sum.plus(tenth));
        assert_eq!(sum, Ratio::new(1, 1));
        assert!(read("0.3").unwrap() < read("0.31").unwrap());
        assert_eq!(read("0.3").unwrap().to_string(), "3/10");
        assert_eq!(tenth.times(15), Ratio::new(3, 2));
        assert_eq!(tenth.over(2), Ratio::new(1, 20));
        assert_eq!(sum.unwrap().minus(tenth), Ratio::new(9, 10));
        assert_eq!(tenth.minus(sum.unwrap()), None);
        let (a, b) = (Ratio::new(1, u64::MAX), Ratio::new(1, u64::MAX - 1));
        assert_eq!(a.unwrap().plus(b.unwrap()), None);
    }
}
