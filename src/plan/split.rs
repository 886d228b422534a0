//! How one record is taken apart: `source.split`.

use super::automaton::{Automaton, ROOT};
use crate::record::tape::Slot;

/// Each element of a list in the record is a record by itself: all that is around the
/// list, with the element in its place. [`Plan::value`](super::Plan) reads such a
/// record; this reads the whole one.
pub struct Split {
    /// The plan's automaton, with a list where the element stands in the other.
    pub(crate) automaton: Automaton,
    /// State of the list.
    pub(crate) list: Slot,
    /// State of what stands around the list; `None`: the record is the list.
    pub(crate) around: Option<Slot>,
    /// State of each element.
    pub(crate) element: Slot,
    /// The members of an element are written beside what stands around the list.
    pub(crate) lifts: bool,
    /// Where the list stands, as the policy says it.
    pub path: String,
}

impl Split {
    /// Made of the automaton that reads single elements. `names`: the way to the list
    /// from the top, which leads to a state of its own; none: the record is the list.
    pub(crate) fn new(single: &Automaton, names: &[String], lifts: bool, path: String) -> Split {
        let (automaton, list) = single.with_list(names);
        let step = |state: Slot, name: &String| single.member(state, name.as_bytes());
        let above = names.split_last().map(|(_, above)| above);
        Split {
            automaton,
            list,
            around: above.map(|above| above.iter().fold(ROOT, step)),
            element: names.iter().fold(ROOT, step),
            lifts,
            path,
        }
    }
}
