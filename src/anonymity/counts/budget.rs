//! What was said of people in all windows together, in exact fractions.

use crate::anonymity::ratio::Ratio;

/// So much ε in so long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// The most that all releases of a period may spend.
    pub epsilon: Ratio,
    /// The period, in milliseconds.
    pub per_ms: u64,
}

/// One release that spent some.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spent {
    /// The end of its window, in milliseconds since 1970.
    pub at_ms: i64,
    /// Its ε.
    pub epsilon: Ratio,
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
    pub fn left(&self, spent: &[Spent], at_ms: i64) -> Result<Ratio, OverBudget> {
        let from = at_ms.saturating_sub_unsigned(self.per_ms);
        let counts = spent.iter().filter(|spent| spent.at_ms > from);
        let sum = counts
            .map(|spent| spent.epsilon)
            .try_fold(Ratio::ZERO, Ratio::plus);
        let sum = sum.ok_or(OverBudget::NotExact)?;
        match sum > self.epsilon {
            true => Err(OverBudget::Spent),
            false => self.epsilon.minus(sum).ok_or(OverBudget::NotExact),
        }
    }

    /// Whether a release of `epsilon` may be made; asked, and written down, before it is.
    ///
    /// # Errors
    /// When it may not.
    pub fn allows(&self, spent: &[Spent], at_ms: i64, epsilon: Ratio) -> Result<(), OverBudget> {
        if let Ok(left) = self.left(spent, at_ms)
            && epsilon <= left
        {
            return Ok(());
        }
        let earlier: Vec<Spent> = (spent.iter().copied())
            .filter(|spent| spent.at_ms <= at_ms)
            .collect();
        match epsilon <= self.left(&earlier, at_ms)? {
            true => Err(OverBudget::Late),
            false => Err(OverBudget::Spent),
        }
    }

    /// Whether windows of that length, each with that ε, stay within the budget for ever:
    /// as many as begin in one period.
    pub fn bears(&self, window_ms: u64, epsilon: Ratio) -> bool {
        let windows = self.per_ms.div_ceil(window_ms.max(1));
        epsilon
            .times(windows)
            .is_some_and(|sum| sum <= self.epsilon)
    }
}
