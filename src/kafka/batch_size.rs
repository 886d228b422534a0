//! How many records a batch may have: the outlet says, the intake obeys.

use std::sync::atomic::{AtomicU32, Ordering};

/// Most records of a batch that is opened from now on.
pub(crate) struct BatchSize(AtomicU32);

impl BatchSize {
    /// Most records of a batch.
    pub(crate) const MOST: u32 = 1_000;

    /// Says it.
    pub(crate) fn set(&self, records_max: u32) {
        self.0.store(records_max, Ordering::Release);
    }

    /// What was said last.
    pub(crate) fn records_max(&self) -> usize {
        self.0.load(Ordering::Acquire) as usize
    }
}

impl Default for BatchSize {
    fn default() -> BatchSize {
        BatchSize(AtomicU32::new(Self::MOST))
    }
}
