//! What a counter has its records taken by.

use super::figures::Figures;
use crate::record::SubjectId;
use crate::record::state_row::StateRow;
use crate::release::{ReleasedRecord, Windows};

/// What takes batches apart, and puts together what leaves.
pub(crate) trait Tally {
    /// A batch as the workers made it.
    type Batch;
    /// What leaves together.
    type Content;

    /// Counts the records of a batch of that lane, called so here. What leaves beside them,
    /// refused records sealed for the quarantine and counts, it keeps, by lane.
    fn take(&mut self, lane: u16, batch: &Self::Batch, windows: &mut Windows, now_ms: i64)
    -> Taken;
    /// Bytes of what it keeps.
    fn bytes(&self) -> u64;
    /// What leaves together: rows of the output, rows of the state, and, if `beside`, all
    /// that was kept.
    fn content(&mut self, leaves: Leaves, beside: bool) -> Self::Content;
    /// Forgets what it keeps of a lane.
    fn drop_lane(&mut self, lane: u16);
    /// Who may stay counted, by what people decided until now.
    fn stays(&self, now_ms: i64) -> Stays<'_>;
}

/// Who may stay counted.
pub(crate) enum Stays<'t> {
    /// Everybody: nobody is asked.
    Everybody,
    /// Those of whom it says so; `true`: their consent is known to have become narrower.
    Of(Box<dyn Fn(SubjectId, bool) -> bool + 't>),
    /// Nobody knows at present who withdrew.
    Unknown,
}

/// What leaves of windows.
#[derive(Default)]
pub(crate) struct Leaves {
    /// For the output.
    pub(crate) rows: Vec<ReleasedRecord>,
    /// For the topic of the state.
    pub(crate) state: Vec<StateRow>,
    /// What is told of it once it is committed.
    pub(crate) figures: Figures,
}

/// What there was in a batch.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Taken {
    /// Records that were counted, or left out.
    pub(crate) records: u64,
    /// The latest time that one of them tells ([`ToCount::tells_ms`]), milliseconds since 1970.
    ///
    /// [`ToCount::tells_ms`]: crate::release::ToCount::tells_ms
    pub(crate) latest_ms: Option<i64>,
}
