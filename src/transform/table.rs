//! A role table made ready for the walk.

use crate::plan::{Output, Plan, Role, WriteName};
use crate::record::tape::Slot;

use crate::action::Copies;

/// One role table, with all that the walk asks of a slot side by side.
pub(super) struct Table {
    slots: Box<[At]>,
}

/// What becomes of a value in one slot.
#[derive(Clone, Copy)]
pub(super) struct At {
    role: u16,
    /// Of a leaf that only copies its member, name and all: which values.
    pub copies: Copies,
    /// Of a path: which containers may hold what it names.
    pub expects: u8,
    /// Of such a leaf: place in `Output::fields`.
    pub field: u32,
}

impl At {
    #[inline(always)]
    pub fn role(self) -> Role {
        Role::decode(self.role)
    }
}

impl Table {
    /// For role table number `table` of an output.
    pub fn new(plan: &Plan, output: &Output, table: usize) -> Table {
        let roles = &output.roles[table];
        let names = plan.value.last_names();
        let expects = plan.value.expects(roles);
        let slots = roles.iter().zip(names).zip(expects);
        let at = |((role, name), expects): ((&u16, Option<&str>), u8)| {
            let (copies, field) = copied(*role, name, plan, output).unwrap_or((Copies::Nothing, 0));
            At {
                role: *role,
                copies,
                expects,
                field,
            }
        };
        Table {
            slots: slots.map(at).collect(),
        }
    }

    /// The slot of that number.
    #[inline(always)]
    pub fn at(&self, slot: Slot) -> At {
        self.slots[slot as usize]
    }
}

/// `None` unless the leaf writes its one field under the name it came with.
fn copied(role: u16, name: Option<&str>, plan: &Plan, output: &Output) -> Option<(Copies, u32)> {
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
            let inside = spelled.text().strip_prefix(b"\"");
            inside.and_then(|s| s.strip_suffix(b"\":")) == Some(name.as_bytes())
        }),
    };
    same_name.then(|| (plan.actions[write.action as usize].copies(), write.field))
}
