//! The role tables made ready for the walk: compiled once, shared by all.

use std::sync::Arc;

use super::automaton::Automaton;
use super::split::Split;
use super::{LeafId, Misfit, NameId, OtherId, Output, Role, TableId, WriteName};
use crate::action::{Action, Copies};
use crate::record::Literal;
use crate::record::append::Spelling;
use crate::record::ids::FieldId;
use crate::record::tape::Slot;

/// How records of one shape are read: what each slot means to each output. A
/// plan has one whose slots are the states of its automaton.
#[derive(Default)]
pub struct Reading {
    outputs: Box<[OutputReading]>,
}

/// The role tables of one output, and the names it writes.
pub struct OutputReading {
    tables: Box<[Table]>,
    names: Arc<[Spelling]>,
}

/// One role table, with all that the walk asks of a slot side by side.
pub struct Table {
    slots: Box<[SlotRole]>,
    /// Some members of it have names that are made.
    pub makes_names: bool,
}

/// What becomes of a value in one slot.
#[derive(Clone, Copy)]
pub struct SlotRole {
    /// Packed, so that a slot is one word of 8 bytes: the tables of a large
    /// policy are read at random, and twice the size is twice the misses.
    role: u16,
    /// Of a leaf that only copies its member, name and all: which values.
    pub copies: Copies,
    /// Of a path: which containers may hold what it names, and what holds of it
    /// besides ([`CHOOSES`], [`NAMED`]). Of any place: [`NAMES`].
    pub expects: u8,
    /// Of such a leaf: the field that is counted. Of a path: the [`OtherId`].
    field: u32,
}

impl SlotRole {
    /// What a place does to the output.
    #[inline]
    pub const fn role(self) -> Role {
        match self.role {
            SKIP => Role::Skip,
            PATH => Role::Path(OtherId(self.field)),
            leaf => Role::Leaf(LeafId(leaf - FIRST_LEAF)),
        }
    }

    /// Of a leaf that only copies its member: the field that is counted.
    #[inline]
    pub const fn field(self) -> FieldId {
        FieldId(self.field)
    }
}

/// Bit of [`SlotRole::expects`]: an element there leaves no place when nothing in it is
/// written.
pub const CHOOSES: u8 = 4;
/// Bit of [`SlotRole::expects`]: the name of a container there is made.
pub const NAMED: u8 = 8;
/// Bit of [`SlotRole::expects`]: the names of some members of an object there are made,
/// so that no two may be alike.
pub const NAMES: u8 = 16;

const SKIP: u16 = 0;
const PATH: u16 = 1;
const FIRST_LEAF: u16 = 2;

/// Most leaves of an output: what fits beside the other roles.
pub const LEAVES_MAX: usize = (u16::MAX - FIRST_LEAF) as usize;

fn packed(role: Role) -> u16 {
    match role {
        Role::Skip => SKIP,
        Role::Path(_) => PATH,
        Role::Leaf(LeafId(leaf)) => leaf + FIRST_LEAF,
    }
}

impl Reading {
    /// For the states of `automaton`, which reads single elements where records are
    /// taken apart as `split` says. `roles`: by output its role tables, by
    /// table a role for each state. `spell` makes a name ready to be written in
    /// the format of the output.
    pub fn new(
        (automaton, split): (&Automaton, Option<&Split>),
        outputs: &[Output],
        roles: &[Vec<Box<[Role]>>],
        actions: &[Box<dyn Action>],
        spell: impl Fn(&str) -> Box<[u8]>,
    ) -> Reading {
        let last_names = automaton.last_names();
        let lifts = split.filter(|split| split.lifts);
        let lifts = lifts.and_then(|split| Some((split.around?, split.element)));
        let of_output = |(output, roles): (&Output, &Vec<Box<[Role]>>)| OutputReading {
            tables: roles
                .iter()
                .map(|roles| Table::new((automaton, lifts), &last_names, output, roles, actions))
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

    /// The same for the nodes of a program that reads records of a schema, each of which
    /// stands for a state. `is_copied`: by output, table and node, the bytes of a value
    /// there may be copied.
    pub fn of_nodes(
        plan: &Reading,
        states: &[Slot],
        is_copied: impl Fn(usize, usize, usize) -> bool,
    ) -> Reading {
        let of_table = |n: usize, (t, table): (usize, &Table)| Table {
            slots: (0..)
                .zip(states)
                .map(|(node, state)| {
                    let slot = table.slot(*state);
                    match is_copied(n, t, node) {
                        true => slot,
                        false => SlotRole {
                            copies: Copies::Nothing,
                            ..slot
                        },
                    }
                })
                .collect(),
            makes_names: table.makes_names,
        };
        let of_output = |(n, output): (usize, &OutputReading)| OutputReading {
            tables: (output.tables.iter().enumerate())
                .map(|table| of_table(n, table))
                .collect(),
            names: Arc::clone(&output.names),
        };
        Reading {
            outputs: plan.outputs.iter().enumerate().map(of_output).collect(),
        }
    }

    /// That of one output, by its place in the plan.
    pub fn output(&self, output: usize) -> &OutputReading {
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
    /// The numbers of its role tables.
    pub fn tables(&self) -> impl Iterator<Item = TableId> {
        let all = (0..).take(self.tables.len());
        all.map(TableId)
    }

    /// The number of one of them.
    ///
    /// # Panics
    /// When it is none of these.
    pub fn number(&self, table: &Table) -> TableId {
        let is_it = |(_, other): &(u16, &Table)| std::ptr::eq(*other, table);
        let found = (0..).zip(&self.tables).find(is_it);
        TableId(found.expect("it is one of the output's").0)
    }

    /// One role table.
    #[inline]
    pub fn table(&self, table: TableId) -> &Table {
        &self.tables[usize::from(table.0)]
    }

    /// One name, ready to be written.
    #[inline]
    pub fn name(&self, name: NameId) -> &Spelling {
        &self.names[name.0 as usize]
    }
}

impl Table {
    fn new(
        (automaton, lifts): (&Automaton, Option<(Slot, Slot)>),
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
            let field = match role {
                Role::Path(other) => other.0,
                Role::Skip | Role::Leaf(_) => field.0,
            };
            SlotRole {
                role: packed(*role),
                copies,
                // What is inside is another table's matter.
                expects: if is_chosen(*role, output) { 0 } else { expects },
                field,
            }
        };
        let mut slots: Box<[SlotRole]> = slots.map(slot).collect();
        let mut is_named = vec![false; slots.len()];
        for (slot, is_named) in slots.iter_mut().zip(&mut is_named) {
            if let Role::Path(other) = slot.role() {
                let other = output.other(other);
                slot.expects |= u8::from(other.chooses) * CHOOSES;
                slot.expects |= u8::from(other.naming.is_some()) * NAMED;
            }
            *is_named = names_member(*slot, output);
        }
        let makes_names = is_named.contains(&true);
        if makes_names {
            for (state, slot) in (0..).zip(slots.iter_mut()) {
                // With those that are lifted to them.
                let inside = lifts.filter(|(around, _)| *around == state);
                let lifted = inside.into_iter().flat_map(|(_, of)| automaton.members(of));
                let mut members = automaton.members(state).chain(lifted);
                slot.expects |= u8::from(members.any(|m| is_named[m as usize])) * NAMES;
            }
        }
        Table { slots, makes_names }
    }

    /// The slot of that number.
    #[inline]
    pub fn slot(&self, slot: Slot) -> SlotRole {
        self.slots[slot as usize]
    }
}

/// True of an element whose role table is chosen by what it holds.
fn is_chosen(role: Role, output: &Output) -> bool {
    match role {
        Role::Path(other) => matches!(output.other(other).does, Misfit::Chosen(_)),
        Role::Skip | Role::Leaf(_) => false,
    }
}

/// True where the name of a member may be made.
fn names_member(slot: SlotRole, output: &Output) -> bool {
    let makes = |leaf: LeafId| {
        let mut writes = output.leaf(leaf).writes.iter();
        writes.any(|w| matches!(w.name, WriteName::Made(_)))
    };
    match slot.role() {
        Role::Skip => false,
        Role::Leaf(leaf) => makes(leaf),
        Role::Path(other) => {
            let does = match &output.other(other).does {
                Misfit::Opened(text) => &text.otherwise,
                does => does,
            };
            slot.expects & NAMED != 0 || matches!(does, Misfit::Leaf(leaf) if makes(*leaf))
        }
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
        WriteName::Element | WriteName::Made(_) => false,
        WriteName::Copied => true,
        WriteName::Named(id) => name == Some(&*output.names[id.0 as usize]),
    };
    let copies = same_name && write.is_plain;
    copies.then(|| (actions[write.action.index()].copies(), write.field))
}

/// The leaf is a place in [`Output::leaves`].
impl Output {
    /// One of its leaves.
    #[inline]
    pub fn leaf(&self, leaf: LeafId) -> &super::Leaf {
        &self.leaves[usize::from(leaf.0)]
    }

    /// What becomes of a value of another shape than its path.
    pub(crate) fn other(&self, other: OtherId) -> &super::Other {
        &self.others[other.0 as usize]
    }

    /// A constant that stands where a value was refused.
    pub(crate) fn literal(&self, literal: super::LiteralId) -> Option<&Literal> {
        self.literals[literal.0 as usize].as_ref()
    }
}
