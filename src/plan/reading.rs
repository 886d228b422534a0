//! The role tables made ready for the walk: compiled once, shared by all.

use super::automaton::Automaton;
use super::{Given, LeafId, NameId, Output, Role, TableId, WriteName};
use crate::action::{Action, Copies};
use crate::record::ids::FieldId;
use crate::record::tape::Slot;

/// How records of one shape are read: what each slot means to each output. A
/// plan has one whose slots are the states of its automaton.
pub(crate) struct Reading {
    outputs: Box<[OutputReading]>,
}

/// The role tables of one output, and the names it writes.
pub(crate) struct OutputReading {
    tables: Box<[Table]>,
    names: Box<[Spelling]>,
}

/// One role table, with all that the walk asks of a slot side by side.
pub(crate) struct Table {
    slots: Box<[SlotRole]>,
}

/// What becomes of a value in one slot.
#[derive(Clone, Copy)]
pub(crate) struct SlotRole {
    /// Packed, so that a slot is one word of 8 bytes: the tables of a large
    /// policy are read at random, and twice the size is twice the misses.
    role: u16,
    /// Of a leaf that only copies its member, name and all: which values.
    pub(crate) copies: Copies,
    /// Of a path: which containers may hold what it names.
    pub(crate) expects: u8,
    /// Of such a leaf: the field that is counted.
    pub(crate) field: FieldId,
}

impl SlotRole {
    /// What a place does to the output.
    #[inline(always)]
    pub(crate) const fn role(self) -> Role {
        match self.role {
            SKIP => Role::Skip,
            PATH => Role::Path,
            leaf => Role::Leaf(LeafId(leaf - FIRST_LEAF)),
        }
    }
}

const SKIP: u16 = 0;
const PATH: u16 = 1;
const FIRST_LEAF: u16 = 2;

/// Most leaves of an output: what fits beside the other roles.
pub(crate) const LEAVES_MAX: usize = (u16::MAX - FIRST_LEAF) as usize;

fn packed(role: Role) -> u16 {
    match role {
        Role::Skip => SKIP,
        Role::Path => PATH,
        Role::Leaf(LeafId(leaf)) => leaf + FIRST_LEAF,
    }
}

impl Reading {
    /// For the states of `automaton`. `roles`: by output its role tables, by
    /// table a role for each state. `spell` makes a name ready to be written in
    /// the format of the output.
    pub(crate) fn new(
        automaton: &Automaton,
        outputs: &[Output],
        roles: &[Vec<Box<[Role]>>],
        actions: &[Box<dyn Action>],
        spell: impl Fn(&str) -> Box<[u8]>,
    ) -> Reading {
        let last_names = automaton.last_names();
        let of_output = |(output, roles): (&Output, &Vec<Box<[Role]>>)| OutputReading {
            tables: roles
                .iter()
                .map(|roles| Table::new(automaton, &last_names, output, roles, actions))
                .collect(),
            names: output
                .names
                .iter()
                .map(|n| Spelling::new(spell(n)))
                .collect(),
        };
        Reading {
            outputs: outputs.iter().zip(roles).map(of_output).collect(),
        }
    }

    /// That of one output, by its place in the plan.
    pub(crate) fn output(&self, output: usize) -> &OutputReading {
        &self.outputs[output]
    }

    /// Bytes of memory that it holds.
    pub fn held(&self) -> u64 {
        let of_output = |output: &OutputReading| {
            let slots: usize = output.tables.iter().map(|t| t.slots.len()).sum();
            slots * size_of::<SlotRole>() + output.names.len() * size_of::<Spelling>()
        };
        self.outputs.iter().map(of_output).sum::<usize>() as u64
    }
}

impl OutputReading {
    /// One role table.
    #[inline(always)]
    pub(crate) fn table(&self, table: TableId) -> &Table {
        &self.tables[usize::from(table.0)]
    }

    /// One name, ready to be written.
    #[inline(always)]
    pub(crate) fn name(&self, name: NameId) -> &Spelling {
        &self.names[name.0 as usize]
    }
}

impl Table {
    fn new(
        automaton: &Automaton,
        last_names: &[Option<&str>],
        output: &Output,
        roles: &[Role],
        actions: &[Box<dyn Action>],
    ) -> Table {
        let expects = automaton.expects(roles);
        let slots = roles.iter().zip(last_names).zip(expects);
        let slot = |((role, name), expects): ((&Role, &Option<&str>), u8)| {
            let copied = copied(*role, *name, output, actions);
            let (copies, field) = copied.unwrap_or((Copies::Nothing, FieldId(0)));
            SlotRole {
                role: packed(*role),
                copies,
                expects,
                field,
            }
        };
        Table {
            slots: slots.map(slot).collect(),
        }
    }

    /// The slot of that number.
    #[inline(always)]
    pub(crate) fn slot(&self, slot: Slot) -> SlotRole {
        self.slots[slot as usize]
    }
}

/// `None` unless the leaf writes its one field under the name it came with.
fn copied(
    role: Role,
    name: Option<&str>,
    output: &Output,
    actions: &[Box<dyn Action>],
) -> Option<(Copies, FieldId)> {
    let Role::Leaf(leaf) = role else {
        return None;
    };
    let [write] = &*output.leaf(leaf).writes else {
        return None;
    };
    let same_name = match write.name {
        WriteName::Element => false,
        WriteName::Copied => true,
        WriteName::Named(id) => name == Some(&*output.names[id.0 as usize]),
    };
    let copies = same_name && matches!(write.given, Given::Value);
    copies.then(|| (actions[write.action.index()].copies(), write.field))
}

/// A short text that is written again and again.
pub(crate) struct Spelling {
    text: Box<[u8]>,
    /// The text, if it fits, and zeros.
    padded: [u8; Spelling::SHORT],
}

impl Spelling {
    const SHORT: usize = 32;

    /// The text as it is to be written.
    pub(crate) fn new(text: impl Into<Box<[u8]>>) -> Spelling {
        let text = text.into();
        let mut padded = [0; Self::SHORT];
        if let Some(room) = padded.get_mut(..text.len()) {
            room.copy_from_slice(&text);
        }
        Spelling { text, padded }
    }

    /// Appends it. A copy of a length that is known beforehand takes two
    /// instructions, and no call.
    #[inline(always)]
    pub(crate) fn write(&self, buf: &mut Vec<u8>) {
        let len = self.text.len();
        if len <= Self::SHORT {
            let at = buf.len();
            buf.extend_from_slice(&self.padded);
            buf.truncate(at + len);
        } else {
            buf.extend_from_slice(&self.text);
        }
    }
}

/// The leaf is a place in [`Output::leaves`].
impl Output {
    /// One of its leaves.
    #[inline(always)]
    pub(crate) fn leaf(&self, leaf: LeafId) -> &super::Leaf {
        &self.leaves[usize::from(leaf.0)]
    }
}
