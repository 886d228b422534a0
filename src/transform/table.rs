//! A role table made ready for the walk.

use crate::policy::automaton::Automaton;
use crate::policy::plan::{Output, Plan, Role, WriteName};

use super::Copies;

/// What the walk asks of one role table, besides the roles.
pub(super) struct Table {
    /// For each path, which containers may hold what it names.
    pub expects: Box<[u8]>,
    /// For each leaf that only copies its member, name and all.
    pub copied: Box<[Copied]>,
}

/// A member that may be copied with its neighbours.
#[derive(Clone, Copy)]
pub(super) struct Copied {
    pub what: Copies,
    /// Place in `Output::fields`.
    pub field: u32,
}

impl Table {
    /// For role table number `table` of an output.
    pub fn new(plan: &Plan, output: &Output, table: usize) -> Table {
        Table {
            expects: plan.value.expects(&output.roles[table]),
            copied: copied(&plan.value, plan, output, table),
        }
    }
}

fn copied(automaton: &Automaton, plan: &Plan, output: &Output, table: usize) -> Box<[Copied]> {
    let names = automaton.last_names();
    let roles = output.roles[table].iter().zip(names);
    roles
        .map(|(role, name)| copied_at(*role, name, plan, output).unwrap_or(Copied::NOT))
        .collect()
}

impl Copied {
    const NOT: Copied = Copied {
        what: Copies::Nothing,
        field: 0,
    };
}

/// `None` unless the leaf writes its one field under the name it came with.
fn copied_at(role: u16, name: Option<&str>, plan: &Plan, output: &Output) -> Option<Copied> {
    let Role::Leaf(leaf) = Role::decode(role) else {
        return None;
    };
    let [write] = &*output.leaves[usize::from(leaf)].writes else {
        return None;
    };
    if write.parts.is_some() || write.sealed.is_some() {
        return None;
    }
    let same_name = match &write.name {
        WriteName::Element => false,
        WriteName::Copied => true,
        // A name that JSON must escape differs from its spelling here.
        WriteName::Spelled(spelled) => name.is_some_and(|name| {
            let inside = spelled.strip_prefix(b"\"");
            inside.and_then(|s| s.strip_suffix(b"\":")) == Some(name.as_bytes())
        }),
    };
    same_name.then(|| Copied {
        what: plan.actions[write.action as usize].copies(),
        field: write.field,
    })
}
