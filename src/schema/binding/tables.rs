//! The places of an output, by its role tables.

use std::collections::BTreeSet;

use crate::plan::reading::OutputReading;
use crate::plan::{Misfit, Output, Role, TableId, Write, WriteName};
use crate::record::format::Standing;
use crate::record::tape::ELEMENT;
use crate::schema::avro::placed::{Placed, Places};
use crate::schema::avro::program::{KEYED, Op, Program};
use crate::schema::avro::typed::{Branch, NOWHERE, NodeTypes, TableTypes, Typed};

/// Those of one output.
pub(super) struct Made {
    pub(super) types: Box<[TableTypes]>,
    /// By table and node: the bytes of a value can be copied.
    pub(super) copied: Vec<Vec<bool>>,
}

pub(super) fn tables(
    program: &Program,
    places: &Places,
    output: &Output,
    (reading, written): (&OutputReading, &BTreeSet<TableId>),
) -> Made {
    let mut made = Made {
        types: Box::default(),
        copied: Vec::new(),
    };
    let mut types = Vec::new();
    for table in reading.tables() {
        // What is inside a sealed value is written as JSON.
        let is_written = written.contains(&table);
        let nodes = if is_written { program.nodes.len() } else { 0 };
        let mut making = Making::default();
        for node in 0..nodes {
            let role = reading.table(table).slot(program.nodes[node].state).role();
            making.node(program, node, &places.nodes[node], role, output);
        }
        made.copied.push(making.copied);
        types.push(TableTypes {
            nodes: making.nodes.into(),
            standing: making.standing.into(),
            writes: making.writes.into(),
            typed: making.typed.into(),
            symbols: places.symbols.iter().cloned().collect(),
        });
    }
    made.types = types.into();
    made
}

#[derive(Default)]
struct Making {
    nodes: Vec<NodeTypes>,
    standing: Vec<Standing>,
    writes: Vec<u32>,
    typed: Vec<Typed>,
    copied: Vec<bool>,
}

impl Making {
    fn node(&mut self, program: &Program, at: usize, placed: &Placed, role: Role, output: &Output) {
        let node = &program.nodes[at];
        let in_list = node.flags & (ELEMENT | KEYED) != 0;
        let own_name = &*program.texts[node.name as usize];
        let leaf = match role {
            Role::Skip => None,
            Role::Leaf(leaf) => Some(leaf),
            Role::Path(other) => match &output.other(other).does {
                Misfit::Leaf(leaf) => Some(*leaf),
                Misfit::Opened(text) => match text.otherwise {
                    Misfit::Leaf(leaf) => Some(leaf),
                    _ => None,
                },
                _ => None,
            },
        };
        let writes: &[Write] = leaf.map_or(&[], |leaf| &output.leaf(leaf).writes);
        let name_of = |write: &Write| match write.name {
            WriteName::Named(id) if !in_list => &*output.names[id.0 as usize],
            _ if in_list => "",
            _ => own_name,
        };
        let first = place(self.typed.len());
        self.typed
            .extend(placed.fields.iter().map(|field| field.typed));
        let at_of = |name: &str| {
            let found = placed.fields.iter().position(|field| *field.name == *name);
            found.map_or(NOWHERE, |n| first + place(n))
        };
        let writes_from = place(self.writes.len());
        match writes {
            [] => self
                .writes
                .extend((!placed.fields.is_empty()).then_some(first)),
            writes => self
                .writes
                .extend(writes.iter().map(|write| at_of(name_of(write)))),
        }
        let standing_from = place(self.standing.len());
        let is_there = !(in_list && role == Role::Skip);
        for (n, field) in placed.fields.iter().enumerate().filter(|_| is_there) {
            let into = (0..)
                .zip(writes)
                .filter(|(_, write)| *name_of(write) == *field.name);
            self.standing.push(Standing {
                at: first + place(n),
                writes: into.map(|(nth, _)| nth).collect(),
            });
        }
        // What is dropped is counted, and stands nowhere.
        for (nth, write) in (0..).zip(writes) {
            if write.drops && at_of(name_of(write)) == NOWHERE {
                self.standing.push(Standing {
                    at: NOWHERE,
                    writes: [nth].into(),
                });
            }
        }
        self.nodes.push(NodeTypes {
            standing: (standing_from, place(self.standing.len())),
            writes: (writes_from, place(self.writes.len())),
            container: placed.container.unwrap_or(Branch::NONE),
            keyed: node.flags & KEYED != 0,
            is_map: matches!(node.op, Op::Map { .. }),
        });
        let is_copied = match &placed.fields[..] {
            [one] => one.is_same && !in_list && matches!(role, Role::Leaf(_)),
            _ => false,
        };
        self.copied.push(is_copied);
    }
}

fn place(n: usize) -> u32 {
    u32::try_from(n).expect("a program has at most 65,536 nodes")
}
