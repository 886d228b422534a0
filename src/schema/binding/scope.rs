//! What of a plan is bound to a schema: its values, or the keys that leave as records.

use crate::plan::automaton::Automaton;
use crate::plan::reading::Reading;
use crate::plan::{Output, Plan};

/// Values or keys, and what is written of them.
#[derive(Clone, Copy)]
pub(super) struct Scope<'p> {
    pub(super) plan: &'p Plan,
    /// All paths into them.
    pub(super) automaton: &'p Automaton,
    /// What is written, one by one.
    pub(super) outputs: &'p [Output],
    /// What each state means to each of those.
    pub(super) reading: &'p Reading,
    /// They are keys: in those that leave each field stands, but where the writer's may be
    /// null or an error drops it.
    pub(super) is_of_keys: bool,
}

impl<'p> Scope<'p> {
    pub(super) fn values(plan: &'p Plan) -> Scope<'p> {
        Scope {
            plan,
            automaton: &plan.value,
            outputs: &plan.outputs,
            reading: &plan.reading,
            is_of_keys: false,
        }
    }

    /// `None`: no key leaves as a record.
    pub(super) fn keys(plan: &'p Plan) -> Option<Scope<'p>> {
        let records = plan.key_records.as_ref()?;
        Some(Scope {
            plan,
            automaton: plan.record_key.as_ref()?,
            outputs: &records.outputs,
            reading: &records.reading,
            is_of_keys: true,
        })
    }
}
