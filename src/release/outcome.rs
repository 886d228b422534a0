//! What becomes of a window that is over.

use super::not_granted::NotGranted;
use crate::anonymity::counts::OverBudget;

/// What becomes of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Its rows left.
    Released,
    /// Its budget is spent.
    BudgetSpent,
    /// Its budget was smaller for windows that left before it, and is spent by that.
    SmallerBudget,
    /// Later windows have spent what its budget had left.
    LateWindow,
    /// It, or one that overlaps it, left before.
    LeftBefore,
    /// What was counted in it is lost.
    StateLost,
}

impl Outcome {
    /// Each of them, in the order of its discriminant.
    pub const ALL: [Outcome; 6] = [
        Outcome::Released,
        Outcome::BudgetSpent,
        Outcome::SmallerBudget,
        Outcome::LateWindow,
        Outcome::LeftBefore,
        Outcome::StateLost,
    ];

    /// Its word, in summaries and figures.
    pub const fn as_str(self) -> &'static str {
        match self {
            Outcome::Released => "released",
            Outcome::BudgetSpent => "budget_spent",
            Outcome::SmallerBudget => "smaller_budget",
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
            Outcome::SmallerBudget => {
                "The window has no rows: its `budget` bears it, but windows that left spent of the same name when it was smaller, in `epsilon` or for a longer `per`, and that does not. What was promised when they left holds until they are a `per` old."
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
            Outcome::SmallerBudget => {
                "Give the budget the same `epsilon` and `per` in all policies and versions; or wait until the windows of the smaller one are a `per` old."
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

impl From<&NotGranted> for Outcome {
    fn from(why: &NotGranted) -> Outcome {
        match why {
            NotGranted::Over(OverBudget::Spent | OverBudget::NotExact | OverBudget::NotKept) => {
                Outcome::BudgetSpent
            }
            NotGranted::Smaller(_) => Outcome::SmallerBudget,
            NotGranted::Over(OverBudget::Late | OverBudget::Forgotten) => Outcome::LateWindow,
            NotGranted::Otherwise => Outcome::LeftBefore,
        }
    }
}
