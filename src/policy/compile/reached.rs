//! Where paths lead in the automaton.

use std::collections::BTreeSet;

use crate::plan::automaton::{Automaton, DEAD, ROOT, WHOLE};
use crate::record::path::Step;
use crate::record::tape::Slot;

/// Every state that `steps` lead to.
pub(super) fn reached(
    automaton: &Automaton,
    steps: &[Step],
    positions: &BTreeSet<u32>,
) -> BTreeSet<Slot> {
    let unnamed = (0..).find(|n| !positions.contains(n));
    let mut states = BTreeSet::from([ROOT]);
    for step in steps {
        states = states
            .into_iter()
            .flat_map(|state| match step {
                Step::Name(name) => vec![automaton.member(state, name.as_bytes())],
                Step::Element(n) => vec![automaton.element(state, *n)],
                Step::AnyElement | Step::Filter(_) => positions
                    .iter()
                    .copied()
                    .chain(unnamed)
                    .map(|n| automaton.element(state, n))
                    .collect(),
                Step::Json => vec![automaton.text(state)],
                // No siblings stand behind `*` or `**`, and none beside a value without parts.
                Step::AnyName | Step::AnyDepth | Step::Itself => Vec::new(),
            })
            .filter(|s| *s != DEAD && *s != WHOLE)
            .collect();
    }
    states
}
