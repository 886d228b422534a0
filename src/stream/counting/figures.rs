//! What became of windows, in numbers.

/// What became of windows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Figures {
    /// By [`Outcome`].
    pub(crate) windows: [u64; Outcome::ALL.len()],
    /// Rows that left.
    pub(crate) rows: u64,
}

/// What becomes of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Its rows left.
    Released,
    /// Its budget is spent.
    BudgetSpent,
    /// It, or one that overlaps it, left before.
    LeftBefore,
    /// What was counted in it is lost.
    StateLost,
}

impl Outcome {
    /// Each of them, in the order of its discriminant.
    pub(crate) const ALL: [Outcome; 4] = [
        Outcome::Released,
        Outcome::BudgetSpent,
        Outcome::LeftBefore,
        Outcome::StateLost,
    ];
}

impl Figures {
    pub(super) fn add(&mut self, outcome: Outcome, windows: u64) {
        self.windows[outcome as usize] += windows;
    }
}
