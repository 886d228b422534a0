//! What became of windows, in numbers.

pub(crate) use crate::release::Outcome;

/// What became of windows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Figures {
    /// By [`Outcome`].
    pub(crate) windows: [u64; Outcome::ALL.len()],
    /// Rows that left.
    pub(crate) rows: u64,
}

impl Figures {
    pub(super) fn add(&mut self, outcome: Outcome, windows: u64) {
        self.windows[outcome as usize] += windows;
    }
}
