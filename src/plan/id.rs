//! Which plan is which.

use std::sync::atomic::{AtomicU64, Ordering};

/// Tells a plan from every other of this process: two plans compiled from the
/// same text are two plans. It says nothing to another process, and is never
/// written anywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct PlanId(u64);

impl PlanId {
    /// One that no plan has yet; later ones are greater. Whoever makes a plan
    /// draws it once.
    pub(crate) fn draw() -> PlanId {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        PlanId(NEXT.fetch_add(1, Ordering::Relaxed))
    }

    /// The same for those who know no plans.
    #[cfg(feature = "kafka")]
    pub(crate) fn number(self) -> u64 {
        self.0
    }
}
