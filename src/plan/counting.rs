//! What an output counts, in place of letting records out.

use super::ReadId;
use super::held::{Counted, Layout};
use crate::anonymity::counts::{Bound, Budget, Mechanism, Step};
use crate::anonymity::ratio::Ratio;
use crate::crypto::counting::{CellNoise, RankKey};
use crate::record::event_time::TimeOf;

/// Records of an output of which only noisy counts or sums leave, window by window.
pub struct Counting {
    /// Whose records are counted.
    pub(crate) people: Counted,
    /// Which time says in which window a record is.
    pub(crate) time: TimeOf,
    /// How long each window is, counted from 1970, in milliseconds.
    pub window_ms: i64,
    /// The same as the policy writes it.
    pub window: Box<str>,
    /// How late a record may come and still be counted, in milliseconds.
    pub late_ms: i64,
    /// A record of a window that ended so long ago by the clock is not counted, in
    /// milliseconds; `None`: of any time.
    pub oldest_ms: Option<i64>,
    /// What is counted of a record.
    pub(crate) amount: Amount,
    /// The most that counts of one person in a window.
    pub bound: Bound,
    /// What a step of a cell is worth.
    pub step: Step,
    /// The noise of each cell.
    pub noise: Mechanism,
    /// Which cells leave.
    pub cells: Cells,
    /// Chooses among the cells of a person.
    pub(crate) ranks: RankKey,
    /// What the noise is drawn from.
    pub(crate) draws: CellNoise,
    /// What is spent of it is written down before anything leaves.
    pub spends: Spends,
    /// In which order members are written: a sensitive one is a part of the cell.
    pub(crate) layout: Layout,
    /// How many parts a cell has.
    pub(crate) parts: usize,
    /// The header of each row: what was done, and how far a value may be off.
    pub header: Box<[u8]>,
    /// Everything that decides what is counted and how much noise it gets, as one text.
    pub how: Box<str>,
    /// The check value of the key that all of it is made with.
    pub key: Box<str>,
}

/// What is counted of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Amount {
    /// One, however often a person is there.
    Records,
    /// One of each person.
    People,
    /// The number at that place, cut to so many steps.
    Sum { read: ReadId, steps: (i32, i32) },
}

/// Which cells leave.
pub enum Cells {
    /// These and no others, each in every window, whether somebody is in it or not: their
    /// parts as JSON has them.
    Listed(Vec<Vec<Box<str>>>),
    /// Those whose noisy count of persons, or count, is large enough to hide any single
    /// person in it.
    Selected(Selected),
}

/// How cells are chosen whose names are not known beforehand.
pub struct Selected {
    /// Least noisy count of a cell that leaves.
    pub threshold: u64,
    /// Of a count of persons of its own, with this noise; `None`: it is the count that
    /// leaves.
    pub people: Option<(Mechanism, CellNoise)>,
}

/// What a window spends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spends {
    /// The budget that all outputs of that name share.
    pub name: Box<str>,
    /// How much it is.
    pub budget: Budget,
    /// Of each window.
    pub epsilon: Ratio,
    /// Of each window.
    pub delta: Ratio,
}

impl Counting {
    /// The window that a time lies in: from when to when, the end exclusive, milliseconds
    /// since 1970; `None`: it has no end that can be told.
    pub fn window_of(&self, at_ms: i64) -> Option<(i64, i64)> {
        let from = at_ms
            .div_euclid(self.window_ms)
            .checked_mul(self.window_ms)?;
        Some((from, from.checked_add(self.window_ms)?))
    }
}
