//! A writer's schema of Protobuf and a plan, bound.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::complaint::Complaint;
use super::fields::OutputFields;
use super::missing::missing;
use super::scope::Scope;
use crate::plan::reading::{OutputReading, Reading};
use crate::plan::{Misfit, Output, Role, TableId, Write, WriteName};
use crate::record::tape::ELEMENT;
use crate::schema::derived::Head;
use crate::schema::protobuf::derive::Unfit;
use crate::schema::protobuf::derive::placed::{Placed, places, symbols};
use crate::schema::protobuf::node::{Scalar, Schema};
use crate::schema::protobuf::program::{KEYED, Place, Program};
use crate::schema::protobuf::typed::{NOWHERE, NodeTypes, Symbols, TableTypes, Typed};

/// A schema of Protobuf, bound.
pub struct ProtobufBinding {
    /// What reads its messages.
    pub program: Program,
    /// By output: the places of each of its role tables.
    pub types: Box<[Box<[TableTypes]>]>,
    /// By output: the schema of what leaves, read back.
    pub derived: Box<[Schema]>,
}

impl ProtobufBinding {
    pub(super) fn held(&self) -> usize {
        let types = self.types.iter().flatten().map(TableTypes::held);
        self.program.held() + types.sum::<usize>()
    }
}

/// A schema and a plan, and what the two come to.
pub(super) struct Bound {
    pub(super) binding: ProtobufBinding,
    pub(super) reading: Reading,
    pub(super) schemas: Box<[Box<str>]>,
    pub(super) missing: Box<[Box<[Box<str>]>]>,
}

/// Binds `writer` to what of a plan is meant.
///
/// # Errors
/// [`Complaint`], the first.
pub(super) fn bound(writer: &Schema, scope: Scope<'_>) -> Result<Bound, Complaint> {
    let Scope {
        plan, automaton, ..
    } = scope;
    let program = Program::new(writer, automaton)?;
    let symbols: Arc<[Symbols]> = symbols(writer).into();
    let last_names = automaton.last_names();
    let (mut types, mut copied) = (Vec::new(), Vec::new());
    let (mut schemas, mut all_derived) = (Vec::new(), Vec::new());
    for (n, output) in scope.outputs.iter().enumerate() {
        let complaint = |unfit| Complaint::Protobuf {
            topic: output.topic.to_string(),
            unfit,
        };
        let reading = scope.reading.output(n);
        let fields = OutputFields::new(scope, output, reading);
        let head = Head {
            policy: &plan.name,
            namespace: output.schema.namespace.as_deref(),
        };
        let leaves = fields.leaves();
        let derived = writer.derive(automaton, &leaves, head);
        let derived = derived.map_err(complaint)?;
        let placed = places(writer, automaton, &program, &leaves).map_err(complaint)?;
        let shared = (&last_names[..], &symbols);
        let made = tables((writer, &program), &placed, (output, reading), shared);
        let made = made.map_err(complaint)?;
        copied.push(made.copied);
        types.push(made.types);
        schemas.push(derived.print().into());
        all_derived.push(derived);
    }
    let states: Vec<_> = program.nodes.iter().map(|node| node.state).collect();
    let is_copied = |output: usize, table: usize, node: usize| -> bool {
        copied[output][table].get(node).copied().unwrap_or(false)
    };
    let reading = Reading::of_nodes(scope.reading, &states, is_copied);
    Ok(Bound {
        binding: ProtobufBinding {
            program,
            types: types.into(),
            derived: all_derived.into(),
        },
        missing: missing(scope, &states),
        reading,
        schemas: schemas.into(),
    })
}

/// The places of one output.
struct Made {
    types: Box<[TableTypes]>,
    /// By table and node: the bytes of a value can be copied.
    copied: Vec<Vec<bool>>,
}

fn tables(
    (writer, program): (&Schema, &Program),
    placed: &[Placed],
    (output, reading): (&Output, &OutputReading),
    (last_names, symbols): (&[Option<&str>], &Arc<[Symbols]>),
) -> Result<Made, Unfit> {
    let roots: BTreeSet<TableId> = output.by_type.iter().flatten().copied().collect();
    let (mut types, mut copied) = (Vec::new(), Vec::new());
    for table in reading.tables() {
        let roles = reading.table(table);
        let role = |node: usize| roles.slot(program.nodes[node].state).role();
        // What is inside a sealed value is written as JSON, whose names are texts.
        let is_root = roots.contains(&table);
        let spells_names = !is_root || roles.makes_names;
        let has_no_name =
            |n: &usize| program.nodes[*n].key != Scalar::Text && role(*n) != Role::Skip;
        if let Some(node) = (0..program.nodes.len()).find(has_no_name)
            && spells_names
        {
            let path = match program.places[node] {
                Place::Value(message, nth, _) => {
                    &*writer.message(message).fields[nth as usize].name
                }
                _ => "",
            };
            return Err(Unfit::KeyName { path: path.into() });
        }
        let nodes = if is_root { program.nodes.len() } else { 0 };
        let mut making = Making::default();
        for (node, placed) in placed.iter().enumerate().take(nodes) {
            let last_name = last_names[program.nodes[node].state as usize];
            making.node((program, node), placed, role(node), (output, last_name));
        }
        copied.push(making.copied);
        types.push(TableTypes {
            nodes: making.nodes.into(),
            writes: making.writes.into(),
            typed: making.typed.into(),
            symbols: Arc::clone(symbols),
        });
    }
    Ok(Made {
        types: types.into(),
        copied,
    })
}

#[derive(Default)]
struct Making {
    nodes: Vec<NodeTypes>,
    writes: Vec<u32>,
    typed: Vec<Typed>,
    copied: Vec<bool>,
}

impl Making {
    fn node(
        &mut self,
        (program, at): (&Program, usize),
        placed: &Placed,
        role: Role,
        (output, last_name): (&Output, Option<&str>),
    ) {
        let node = &program.nodes[at];
        let in_list = node.flags & (ELEMENT | KEYED) != 0;
        let own_name = program.texts.get(node.name as usize);
        let own_name = own_name.map_or("", |name| &**name);
        let leaf = match role {
            Role::Skip => None,
            Role::Leaf(leaf) => Some(leaf),
            Role::Path(other) => match output.other(other).does {
                Misfit::Leaf(leaf) => Some(leaf),
                _ => None,
            },
        };
        let writes: &[Write] = leaf.map_or(&[], |leaf| &output.leaf(leaf).writes);
        let named = |write: &Write| match write.name {
            WriteName::Named(id) => Some(&*output.names[id.0 as usize]),
            _ => None,
        };
        // Of what is inside a wrapper the last name of the path is none of a field.
        let name_of = |write: &Write| match named(write).filter(|name| last_name != Some(name)) {
            _ if in_list => "",
            Some(name) => name,
            None => own_name,
        };
        let first = place(self.typed.len());
        self.typed
            .extend(placed.fields.iter().map(|field| field.typed));
        let at_of = |name: &str| {
            let found = placed.fields.iter().position(|field| *field.name == *name);
            found.map_or(NOWHERE, |n| first + place(n))
        };
        let from = place(self.writes.len());
        match writes {
            // Where an element keeps its place, null stands there.
            [] => self
                .writes
                .extend((!placed.fields.is_empty()).then_some(first)),
            writes => self
                .writes
                .extend(writes.iter().map(|write| at_of(name_of(write)))),
        }
        self.nodes.push(NodeTypes {
            writes: (from, place(self.writes.len())),
            holder: placed.holder,
            key: (node.flags & KEYED != 0).then_some(node.key),
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

#[cfg(test)]
#[path = "protobuf_tests.rs"]
mod tests;
