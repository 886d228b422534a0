//! What becomes of a window that is over.

use super::spending::NotGranted;
use crate::anonymity::counts::OverBudget;

/// What becomes of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Its rows left.
    Released,
    /// Its budget is spent.
    BudgetSpent,
    /// Later windows have spent what its budget had left.
    LateWindow,
    /// It, or one that overlaps it, left before.
    LeftBefore,
    /// What was counted in it is lost.
    StateLost,
}

impl Outcome {
    /// Each of them, in the order of its discriminant.
    pub const ALL: [Outcome; 5] = [
        Outcome::Released,
        Outcome::BudgetSpent,
        Outcome::LateWindow,
        Outcome::LeftBefore,
        Outcome::StateLost,
    ];

    /// Its word, in summaries and figures.
    pub const fn as_str(self) -> &'static str {
        match self {
            Outcome::Released => "released",
            Outcome::BudgetSpent => "budget_spent",
            Outcome::LateWindow => "late_window",
            Outcome::LeftBefore => "left_before",
            Outcome::StateLost => "state_lost",
        }
    }

    /// The one of that word.
    pub fn from_word(word: &str) -> Option<Outcome> {
        Outcome::ALL.into_iter().find(|own| own.as_str() == word)
    }

    /// What that says: of windows in general, never of one.
    pub const fn cause(self) -> &'static str {
        match self {
            Outcome::Released => "The rows of the window left, each with its noise.",
            Outcome::BudgetSpent => {
                "The window has no rows: what the windows of one `per` have said of people, of all outputs that name the budget, is all that `budget` allows, or nobody can say that it is less."
            }
            Outcome::LateWindow => {
                "The window has no rows: windows that end later left before it, and its `budget` does not bear it beside them; or they end a whole `per` later, and what was spent before it is not known any more."
            }
            Outcome::LeftBefore => {
                "The window has no rows: it left before, counted of other records, in another way or under another key; or a window that overlaps it did. A second look at the same people would take the noise off."
            }
            Outcome::StateLost => {
                "The window has no rows: what was counted in it before is lost, since the state of counts cannot be read, or is of another policy. A window is never counted from half of it."
            }
        }
    }

    /// What to do about it.
    pub const fn remedy(self) -> &'static str {
        match self {
            Outcome::Released => "Nothing.",
            Outcome::BudgetSpent => {
                "Wait: the budget has room again for windows that end when the period is over. Or count in longer windows, or with a lower `epsilon`. A larger budget is a weaker promise to the people counted."
            }
            Outcome::LateWindow => {
                "Nothing brings it back. Count what is older first, or all of it in one run: windows close in the order of their ends then, whatever output they are of."
            }
            Outcome::LeftBefore => {
                "In files, count the very records that were counted before, under the same policy and key: then the same rows leave again."
            }
            Outcome::StateLost => {
                "Nothing brings it back; the next windows count. Keep the topic of windows and the key `state`, and roll another version of the policy out when it costs least."
            }
        }
    }
}

impl From<NotGranted> for Outcome {
    fn from(why: NotGranted) -> Outcome {
        match why {
            NotGranted::Over(OverBudget::Spent | OverBudget::NotExact) => Outcome::BudgetSpent,
            NotGranted::Over(OverBudget::Late) => Outcome::LateWindow,
            NotGranted::Otherwise => Outcome::LeftBefore,
        }
    }
}
