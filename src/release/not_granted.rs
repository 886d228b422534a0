//! Why a window may not leave.

use std::fmt;

use crate::anonymity::counts::{Budget, OverBudget};

/// Why a window may not leave.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotGranted {
    /// The budget says so.
    #[error(transparent)]
    Over(#[from] OverBudget),
    /// The budget was smaller for windows that left, and is spent by that.
    #[error(transparent)]
    Smaller(Box<Smaller>),
    /// A second look at the same people would take the noise off.
    #[error(
        "the window left before, counted of other records, in another way or under another key"
    )]
    Otherwise,
}

/// Two sizes of one budget, the smaller of which does not bear what the other does.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Smaller {
    /// Its name.
    pub budget: Box<str>,
    /// How much it is.
    pub is: Budget,
    /// How much it was when windows spent of it that are not a period old.
    pub was: Budget,
}

impl fmt::Display for Smaller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the budget `{}` is {} here, and was {} for windows that left: by that it is spent, and it holds until the last of those is as old",
            self.budget, self.is, self.was
        )
    }
}
