//! Which role tables say what becomes of a place: of elements that are told apart by what
//! they hold (`[?…]`) those of their cases.

use std::collections::BTreeSet;

use crate::plan::automaton::{Automaton, WHOLE};
use crate::plan::reading::OutputReading;
use crate::plan::{Choice, Misfit, Output, Role, TableId};
use crate::record::tape::Slot;

/// The tables of an output under which records and elements of their lists are written,
/// and not what is inside of sealed values.
pub(super) fn written(
    automaton: &Automaton,
    output: &Output,
    reading: &OutputReading,
) -> BTreeSet<TableId> {
    let tables = tables_of(automaton, output, reading);
    let roots = output.by_type.iter().flatten().copied();
    tables.into_iter().flatten().chain(roots).collect()
}

/// For each state the tables that say what becomes of values there.
pub(super) fn tables_of(
    automaton: &Automaton,
    output: &Output,
    reading: &OutputReading,
) -> Vec<BTreeSet<TableId>> {
    let roots: BTreeSet<TableId> = output.by_type.iter().flatten().copied().collect();
    let states = automaton.states_len();
    let mut of = vec![roots.clone(); states];
    let mut open: Vec<TableId> = roots.iter().copied().collect();
    let mut seen = roots;
    while let Some(table) = open.pop() {
        for slot in (0..).take(states) {
            let Some(choice) = choice_at(output, reading, table, slot) else {
                continue;
            };
            for below in reached(automaton, slot) {
                if of[below as usize].remove(&table) {
                    of[below as usize].extend(cases(choice));
                }
            }
            open.extend(cases(choice).filter(|case| seen.insert(*case)));
        }
    }
    of
}

fn choice_at<'o>(
    output: &'o Output,
    reading: &OutputReading,
    table: TableId,
    slot: Slot,
) -> Option<&'o Choice> {
    match reading.table(table).slot(slot).role() {
        Role::Path(other) => match &output.other(other).does {
            Misfit::Chosen(choice) => Some(&**choice),
            _ => None,
        },
        _ => None,
    }
}

fn cases(choice: &Choice) -> impl Iterator<Item = TableId> + '_ {
    let texts = choice.texts.iter().map(|(_, table)| *table);
    let others = choice.others.iter().map(|(_, table)| *table);
    texts.chain(others).chain(choice.otherwise)
}

/// A state, and all that lie below it.
pub(super) fn reached(automaton: &Automaton, from: Slot) -> BTreeSet<Slot> {
    let mut found = BTreeSet::new();
    let mut open = vec![from];
    while let Some(state) = open.pop() {
        if state <= WHOLE || !found.insert(state) {
            continue;
        }
        open.extend(automaton.members(state));
        open.extend(automaton.positions(state).iter().map(|(_, child)| *child));
        open.extend([automaton.any_element(state), automaton.text(state)]);
    }
    found
}
