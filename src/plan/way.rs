//! The way to a value that is read by itself, where it goes through a list whose
//! elements are told apart, or into the JSON of a text.

use super::ReadId;
use crate::record::path::Step;

/// A read whose value is looked for once the record was read. Values that lie in no
/// list and no text are noted as they come.
pub(crate) struct Way {
    /// Which read.
    pub(crate) read: ReadId,
    /// From the top: names, positions, filters of one literal, texts that are opened.
    pub(crate) steps: Box<[Step]>,
}

impl Way {
    /// True for a path whose values must be looked for.
    pub(crate) fn is_needed(steps: &[Step]) -> bool {
        let needs = |s: &Step| matches!(s, Step::Filter(_) | Step::Json);
        steps.iter().any(needs)
    }
}
