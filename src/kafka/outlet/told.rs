//! The ways from state to state, as the table at the top of [`super::machine`]
//! tells them: tests hold the machine against it.

use std::collections::BTreeSet;

use super::machine::State;

/// From one state to another.
pub(super) type Way = (State, State);

const STATES: [State; 9] = [
    State::Start,
    State::Idle,
    State::Open,
    State::Draining,
    State::Committing,
    State::Aborting,
    State::Lost,
    State::Rebuilding,
    State::Stopped,
];

/// Every way of the table, those apart that lead nowhere.
pub(super) fn ways() -> BTreeSet<Way> {
    let rows = include_str!("machine.rs")
        .lines()
        .filter_map(|line| line.strip_prefix("//! | ")?.strip_suffix(" |"))
        .map(|row| row.split(" | ").collect::<Vec<_>>())
        .filter(|row| row[0] != "state");
    let mut ways = BTreeSet::new();
    for row in rows {
        let [from, _, _, to] = row[..] else {
            panic!("four cells: {row:?}");
        };
        for from in states(from) {
            ways.extend(states(to).map(|to| (from, to)));
        }
    }
    ways.retain(|(from, to)| from != to);
    ways
}

fn states(cell: &str) -> impl Iterator<Item = State> {
    cell.split(", ").map(|word| {
        let named = STATES.iter().find(|state| format!("{state:?}") == word);
        *named.unwrap_or_else(|| panic!("`{word}` is no state"))
    })
}

#[test]
fn the_table_tells_of_every_state() {
    for state in STATES {
        let told = |way: &Way| way.0 == state || way.1 == state;
        assert!(ways().iter().any(told), "{state:?}");
    }
}
