//! A writer's schema and a plan, bound: what reads records of the schema, what each place
//! means to each output, and the schemas of what leaves.

mod cases;
mod fields;
mod tables;

use crate::plan::Plan;
use crate::plan::automaton::Builder;
use crate::plan::reading::Reading;
use crate::schema::avro::derive::{Head, Unfit};
use crate::schema::avro::node::Schema;
use crate::schema::avro::placed::places;
use crate::schema::avro::program::{Program, Shadowed, Unusable};
use crate::schema::avro::typed::TableTypes;
use fields::OutputFields;

/// One schema of a writer under one plan.
pub struct Binding {
    /// What reads its records.
    pub program: Program,
    /// The plan's role tables by the nodes of the program.
    pub reading: Reading,
    /// By output: the places of each of its role tables.
    pub types: Box<[Box<[TableTypes]>]>,
    /// By output: the schema of what leaves.
    pub schemas: Box<[Box<str>]>,
    /// By output: what stands in front of each value, and says its schema; none: nothing.
    pub prefixes: Box<[Box<[u8]>]>,
}

/// Why a schema cannot be used under a plan. Names of the schema and of the policy; no data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Complaint {
    /// Its records cannot be read.
    #[error("{0}")]
    Unusable(#[from] Unusable),
    /// An output can make no schema of it.
    #[error("the output `{topic}`: {unfit}")]
    Output {
        /// Its topic.
        topic: String,
        /// Why.
        unfit: Unfit,
    },
}

impl Binding {
    /// Binds `writer` to `plan`. The same two give the same schemas.
    ///
    /// # Errors
    /// [`Complaint`], the first.
    pub fn new(writer: &Schema, plan: &Plan) -> Result<Binding, Complaint> {
        let program = Program::new(writer, &plan.value)?;
        let (mut types, mut schemas, mut copied) = (Vec::new(), Vec::new(), Vec::new());
        for (n, output) in plan.outputs.iter().enumerate() {
            let complaint = |unfit| Complaint::Output {
                topic: output.topic.to_string(),
                unfit,
            };
            let reading = plan.reading.output(n);
            let fields = OutputFields::new(plan, output, reading);
            let head = Head {
                policy: &plan.name,
                namespace: output.schema.namespace.as_deref(),
            };
            let leaves = fields.leaves();
            let derived = writer
                .derived(&plan.value, &leaves, head)
                .map_err(complaint)?;
            let places = places(writer, &plan.value, &program, &leaves, &derived);
            let places = places.ok_or_else(|| complaint(Unfit::Unwritable))?;
            let written = cases::written(plan, output, reading);
            let made = tables::tables(&program, &places, output, (reading, &written));
            copied.push(made.copied);
            types.push(made.types);
            schemas.push(derived.text.into());
        }
        let states = program
            .nodes
            .iter()
            .map(|node| node.state)
            .collect::<Vec<_>>();
        let is_copied = |output: usize, table: usize, node: usize| -> bool {
            copied[output][table].get(node).copied().unwrap_or(false)
        };
        let reading = Reading::of_nodes(&plan.reading, &states, is_copied);
        Ok(Binding {
            program,
            reading,
            types: types.into(),
            schemas: schemas.into(),
            prefixes: Box::default(),
        })
    }

    /// What reads keys of records whole, of which nothing leaves as Avro.
    ///
    /// # Errors
    /// [`Unusable`].
    pub fn of_keys(writer: &Schema) -> Result<Binding, Unusable> {
        let nothing = Builder::default().build(&[]);
        let automaton = nothing.expect("no path has few states").automaton;
        Ok(Binding {
            program: Program::new(writer, &automaton)?,
            reading: Reading::default(),
            types: Box::default(),
            schemas: Box::default(),
            prefixes: Box::default(),
        })
    }

    /// Fields whose name and an alias are both named by the policy; the name holds.
    pub fn shadowed(&self) -> &[Shadowed] {
        self.program.shadowed()
    }

    /// Bytes of memory that it takes.
    pub fn held(&self) -> u64 {
        let types: usize = self.types.iter().flatten().map(TableTypes::held).sum();
        let schemas: usize = self.schemas.iter().map(|text| text.len()).sum();
        (self.program.held() + types + schemas) as u64 + self.reading.held()
    }
}

#[cfg(test)]
#[path = "binding/tests.rs"]
mod tests;
