//! The fence: whoever withdrew after their records were decided stops them, before they
//! are sent and once more before their transaction is committed.

use std::sync::Arc;

use crate::consent::state::{Decided, Visible};
use crate::pipeline::OutBatch;

/// Asks what became visible since a batch was decided.
pub(crate) struct Fence {
    visible: Arc<Visible>,
    /// Decides a batch anew, by what is visible now; `None`: it cannot be decided at
    /// present.
    decide: Box<dyn FnMut(OutBatch) -> Option<OutBatch> + Send>,
    /// A batch of the open transaction could not be decided anew: nothing of it was sent.
    is_missing_one: bool,
}

impl Fence {
    /// A fence before what is visible there, with what decides a batch anew.
    pub(crate) fn new(
        visible: Arc<Visible>,
        decide: Box<dyn FnMut(OutBatch) -> Option<OutBatch> + Send>,
    ) -> Fence {
        Fence {
            visible,
            decide,
            is_missing_one: false,
        }
    }

    /// A transaction begins.
    pub(super) fn begin(&mut self) {
        self.is_missing_one = false;
    }

    /// True when somebody withdrew after it was decided so.
    pub(super) fn stops(&self, decided: &Decided) -> bool {
        let Decided { version, who } = decided;
        self.visible.is_narrowed(*version, who)
    }

    /// Something of the open transaction was not sent: it must not be committed.
    pub(super) fn misses_one(&mut self) {
        self.is_missing_one = true;
    }

    /// The batch as it is decided by now; `None`: it cannot be, and its transaction must
    /// not be committed.
    pub(super) fn decide_anew(&mut self, batch: OutBatch) -> Option<OutBatch> {
        let decided = (self.decide)(batch);
        self.is_missing_one |= decided.is_none();
        decided
    }

    /// True when something of the open transaction was not sent, because it could not be
    /// decided anew: its offsets must not be committed.
    pub(super) fn is_missing_one(&self) -> bool {
        self.is_missing_one
    }

    /// True when the transaction of these batches may be committed. It is under way then,
    /// until [`Fence::ended`].
    pub(super) fn passes<'b>(&self, all: impl Iterator<Item = &'b Decided>) -> bool {
        let decided = all.map(|decided| (decided.version, &decided.who[..]));
        !self.is_missing_one && self.visible.pass(decided)
    }

    /// What passed is over; when those were withdrawn, in milliseconds since 1970, that
    /// became visible meanwhile.
    pub(super) fn ended(&self) -> Vec<i64> {
        self.visible.ended()
    }
}
