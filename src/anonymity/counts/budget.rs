//! What was said of people in all windows together, in exact fractions.

use std::collections::BTreeMap;
use std::fmt;

use crate::anonymity::ratio::Ratio;

/// So much ε in so long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Budget {
    /// The most that all releases of a period may spend.
    pub epsilon: Ratio,
    /// The period, in milliseconds.
    pub per_ms: u64,
}

/// What releases spent, and when.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// By what each spent, since those are few: the ends of their windows, rising, in
    /// milliseconds since 1970.
    ends: BTreeMap<Ratio, Vec<i64>>,
}

/// Why a release may not be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OverBudget {
    /// All of it, or too much of it, is spent.
    #[error("the budget of the period is spent")]
    Spent,
    /// It is the releases that end later, and were made before, that leave too little.
    #[error(
        "releases that end later were made before this one, and the budget does not bear it beside them"
    )]
    Late,
    /// The sum cannot be written down, so nobody knows that it is small enough.
    #[error("what was spent has no exact sum; write `epsilon` with fewer digits")]
    NotExact,
    /// So long ago that it is not kept what was spent then.
    #[error(
        "it ended so long before the last one that left that what was spent then is not kept any more"
    )]
    Forgotten,
    /// The period reaches back to what is not kept any more.
    #[error(
        "what was spent in so long a period is not known any more: the period was shorter before, and what is older than two of those is not kept"
    )]
    NotKept,
}

impl Spent {
    /// A release of that ε, of a window that ended at `at_ms`.
    pub fn add(&mut self, at_ms: i64, epsilon: Ratio) {
        let ends = self.ends.entry(epsilon).or_default();
        let place = ends.partition_point(|end| *end <= at_ms);
        ends.insert(place, at_ms);
    }

    /// The sum over the windows that ended after the first and by the second of these.
    fn sum(&self, after_ms: i64, by_ms: i64) -> Result<Ratio, OverBudget> {
        let each = self.ends.iter().map(|(epsilon, ends)| {
            let by = ends.partition_point(|end| *end <= by_ms);
            let after = ends.partition_point(|end| *end <= after_ms);
            epsilon.times(by.saturating_sub(after) as u64)
        });
        each.into_iter()
            .try_fold(Ratio::ZERO, |sum, one| sum.plus(one?))
            .ok_or(OverBudget::NotExact)
    }
}

impl Budget {
    /// What is left for a release whose window ends at `at_ms`, after those that ended in
    /// the period before it, and those that end later than it: a late release spends what
    /// all others leave.
    ///
    /// ε adds up over the windows of one person (Dwork et al., 2006): windows are not
    /// disjoint in persons.
    ///
    /// # Errors
    /// When nothing is left, or nobody can say.
    pub fn left(&self, spent: &Spent, at_ms: i64) -> Result<Ratio, OverBudget> {
        self.left_of(spent, at_ms, i64::MAX)
    }

    fn left_of(&self, spent: &Spent, at_ms: i64, by_ms: i64) -> Result<Ratio, OverBudget> {
        let sum = spent.sum(at_ms.saturating_sub_unsigned(self.per_ms), by_ms)?;
        match sum > self.epsilon {
            true => Err(OverBudget::Spent),
            false => self.epsilon.minus(sum).ok_or(OverBudget::NotExact),
        }
    }

    /// Whether a release of `epsilon` may be made; asked, and written down, before it is.
    ///
    /// # Errors
    /// When it may not.
    pub fn allows(&self, spent: &Spent, at_ms: i64, epsilon: Ratio) -> Result<(), OverBudget> {
        if let Ok(left) = self.left(spent, at_ms)
            && epsilon <= left
        {
            return Ok(());
        }
        match epsilon <= self.left_of(spent, at_ms, at_ms)? {
            true => Err(OverBudget::Late),
            false => Err(OverBudget::Spent),
        }
    }

    /// What windows of that length, each with that ε, spend in one period at most: as many
    /// as end in one. `None`: it cannot be written down.
    pub fn spent_by(&self, window_ms: u64, epsilon: Ratio) -> Option<Ratio> {
        epsilon.times(self.per_ms.div_ceil(window_ms.max(1)))
    }
}

/// `15 in 30d`.
impl fmt::Display for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = [
            ("d", 86_400_000),
            ("h", 3_600_000),
            ("m", 60_000),
            ("s", 1_000),
        ];
        let whole = units
            .into_iter()
            .find(|(_, ms)| self.per_ms.is_multiple_of(*ms));
        let (unit, ms) = whole.unwrap_or(("ms", 1));
        write!(f, "{} in {}{unit}", self.epsilon.about(), self.per_ms / ms)
    }
}
