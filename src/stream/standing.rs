//! Whether what is held or counted of somebody may stay, by what people decided until now.

use std::sync::Arc;

use crate::consent::state::{Snapshot, Visible};
use crate::plan::Plan;
use crate::plan::live::Grants;
use crate::record::SubjectId;

/// The one output of a release group.
const OUTPUT: usize = 0;

/// How people stand at one moment.
pub(super) struct Standing<'p> {
    plan: &'p Plan,
    state: Arc<Snapshot>,
    now_ms: i64,
}

impl Standing<'_> {
    /// As it is visible now, at that time, milliseconds since 1970.
    pub(super) fn of<'p>(plan: &'p Plan, visible: &Visible, now_ms: i64) -> Standing<'p> {
        Standing {
            plan,
            state: visible.now(),
            now_ms,
        }
    }

    /// False when the output asks for consent, and there may be newer decisions.
    pub(super) fn is_known(&self) -> bool {
        self.state.is_current() || self.plan.outputs[OUTPUT].needs == 0
    }

    /// What the output needs is granted by what the person decided elsewhere, and nothing of
    /// it denied. Asked of whose consent became narrower: what a record said itself is not
    /// known any more.
    pub(super) fn grants(&self, who: SubjectId) -> bool {
        let needs = self.plan.outputs[OUTPUT].needs;
        self.decided(who)
            .is_some_and(|(granted, denied)| denied & needs == 0 && needs & !granted == 0)
    }

    /// Nothing that the output needs is denied; where decisions alone grant, it is granted.
    /// Asked of whoever was permitted once.
    pub(super) fn bears(&self, who: SubjectId) -> bool {
        let by_state_alone =
            (self.plan.live.as_ref()).is_some_and(|live| live.grants == Grants::State);
        let needs = self.plan.outputs[OUTPUT].needs;
        match by_state_alone {
            true => self.grants(who),
            false => self
                .decided(who)
                .is_some_and(|(_, denied)| denied & needs == 0),
        }
    }

    /// What they granted and denied, as bits of categories; `None`: they are marked.
    fn decided(&self, who: SubjectId) -> Option<(u64, u64)> {
        let standing = self.state.of(who);
        let categories = &self.plan.categories;
        let bits = || self.state.bits(standing.profile, categories, self.now_ms);
        standing.mark.is_none().then(bits)
    }
}
