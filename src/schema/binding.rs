//! A writer's schema and a plan, bound: what reads records of the schema, what each place
//! means to each output, and the schemas of what leaves.

mod cases;
mod complaint;
mod fields;
#[cfg(feature = "protobuf")]
mod protobuf;
mod scope;
mod tables;

use std::collections::HashSet;

use crate::plan::Plan;
use crate::plan::automaton::Builder;
use crate::plan::reading::Reading;
use crate::schema::avro::derive::Unfit;
use crate::schema::avro::node::{NodeId, Schema, Shape};
use crate::schema::avro::placed::places;
use crate::schema::avro::program::{Program, Shadowed, Unusable};
use crate::schema::avro::typed::TableTypes;
use crate::schema::derived::Head;
use crate::schema::frame::MessagePath;
use crate::schema::jsonschema::node::Schema as JsonSchema;
pub use complaint::Complaint;
use fields::OutputFields;
#[cfg(feature = "protobuf")]
pub use protobuf::ProtobufBinding;
use scope::Scope;

/// The place that stands for all of what leaves, where its places are too many to be told.
pub const WHOLE: &str = "(schema)";

/// One schema of a writer under one plan.
pub struct Binding {
    /// What is known of it that only its format has.
    pub format: OfFormat,
    /// The plan's role tables by the nodes of the program.
    pub reading: Reading,
    /// By output: the schema of what leaves.
    pub schemas: Box<[Box<str>]>,
    /// By output: what stands in front of each value, and says its schema; none: nothing.
    pub prefixes: Box<[Box<[u8]>]>,
}

/// What reads the records of a schema, and where what leaves of them stands.
pub enum OfFormat {
    /// Of one of Avro.
    Avro(AvroBinding),
    /// Of one of JSON: they are read as everywhere, by the plan's own reading.
    Json(JsonBinding),
    /// Of one of Protobuf.
    #[cfg(feature = "protobuf")]
    Protobuf(ProtobufBinding),
}

/// A schema of JSON, bound.
pub struct JsonBinding {
    /// By output: how the schema of what leaves is called.
    pub titles: Box<[Option<Box<str>>]>,
}

/// A schema of Avro, bound.
pub struct AvroBinding {
    /// What reads its records.
    pub program: Program,
    /// By output: the places of each of its role tables.
    pub types: Box<[Box<[TableTypes]>]>,
}

impl Binding {
    /// Binds `writer` to `plan`. The same two give the same schemas.
    ///
    /// # Errors
    /// [`Complaint`], the first.
    pub fn new(writer: &Schema, plan: &Plan) -> Result<Binding, Complaint> {
        Binding::of(writer, Scope::values(plan))
    }

    /// Binds a schema of keys to `plan`: what reads them whole, and where some leave as
    /// records what is known of each of those ([`KeyRecords::outputs`]).
    ///
    /// [`KeyRecords::outputs`]: crate::plan::KeyRecords::outputs
    ///
    /// # Errors
    /// [`Complaint`], the first.
    pub fn of_keys(writer: &Schema, plan: &Plan) -> Result<Binding, Complaint> {
        let Some(scope) = Scope::keys(plan) else {
            return Ok(Binding::of_whole(writer)?);
        };
        let binding = Binding::of(writer, scope)?;
        for (output, schema) in scope.outputs.iter().zip(&binding.schemas) {
            let derived = Schema::parse(schema).ok();
            if !derived.is_some_and(|derived| always_has_a_field(&derived)) {
                return Err(Complaint::Key {
                    topic: output.topic.to_string(),
                });
            }
        }
        Ok(binding)
    }

    fn of(writer: &Schema, scope: Scope<'_>) -> Result<Binding, Complaint> {
        let Scope {
            plan, automaton, ..
        } = scope;
        let program = Program::new(writer, automaton)?;
        let (mut types, mut schemas, mut copied) = (Vec::new(), Vec::new(), Vec::new());
        for (n, output) in scope.outputs.iter().enumerate() {
            let complaint = |unfit| Complaint::Output {
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
            let derived = writer
                .derived(automaton, &leaves, head)
                .map_err(complaint)?;
            let places = places(writer, automaton, &program, &leaves, &derived);
            let places = places.ok_or_else(|| complaint(Unfit::Unwritable))?;
            let written = cases::written(automaton, output, reading);
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
        let reading = Reading::of_nodes(scope.reading, &states, is_copied);
        Ok(Binding {
            format: OfFormat::Avro(AvroBinding {
                program,
                types: types.into(),
            }),
            reading,
            schemas: schemas.into(),
            prefixes: Box::default(),
        })
    }

    /// As [`Binding::new`], of a schema of JSON.
    ///
    /// # Errors
    /// [`Complaint`], the first.
    pub fn of_json(writer: &JsonSchema, plan: &Plan) -> Result<Binding, Complaint> {
        let (mut schemas, mut titles) = (Vec::new(), Vec::new());
        for (n, output) in plan.outputs.iter().enumerate() {
            let fields = OutputFields::new(Scope::values(plan), output, plan.reading.output(n));
            let head = Head {
                policy: &plan.name,
                namespace: output.schema.namespace.as_deref(),
            };
            let derived = writer.derive(&plan.value, &fields.leaves(), head);
            let derived = derived.map_err(|unfit| Complaint::Json {
                topic: output.topic.to_string(),
                unfit,
            })?;
            schemas.push(derived.text.into());
            titles.push(derived.title.map(Into::into));
        }
        Ok(Binding {
            format: OfFormat::Json(JsonBinding {
                titles: titles.into(),
            }),
            reading: Reading::default(),
            schemas: schemas.into(),
            prefixes: Box::default(),
        })
    }

    /// As [`Binding::new`], of a schema of Protobuf.
    ///
    /// # Errors
    /// [`Complaint`], the first.
    #[cfg(feature = "protobuf")]
    pub fn of_protobuf(
        writer: &crate::schema::protobuf::node::Schema,
        plan: &Plan,
    ) -> Result<Binding, Complaint> {
        let bound = protobuf::bound(writer, plan)?;
        Ok(Binding {
            format: OfFormat::Protobuf(bound.binding),
            reading: bound.reading,
            schemas: bound.schemas,
            prefixes: Box::default(),
        })
    }

    /// What reads records whole, of which nothing leaves as Avro.
    fn of_whole(writer: &Schema) -> Result<Binding, Unusable> {
        let nothing = Builder::default().build(&[]);
        let automaton = nothing.expect("no path has few states").automaton;
        Ok(Binding {
            format: OfFormat::Avro(AvroBinding {
                program: Program::new(writer, &automaton)?,
                types: Box::default(),
            }),
            reading: Reading::default(),
            schemas: Box::default(),
            prefixes: Box::default(),
        })
    }

    /// The full name of the records of what leaves; `None`: they have none.
    pub fn name(&self, output: usize) -> Option<String> {
        match &self.format {
            OfFormat::Avro(_) => {
                let schema = Schema::parse(&self.schemas[output]).ok()?;
                let name = schema.node(schema.root()).shape.name();
                name.map(ToString::to_string)
            }
            OfFormat::Json(of) => of.titles[output].as_deref().map(str::to_owned),
            #[cfg(feature = "protobuf")]
            OfFormat::Protobuf(of) => {
                let derived = &of.derived[output];
                Some(derived.message(derived.root()).name.to_string())
            }
        }
    }

    /// The places of what leaves, each with its type in words.
    pub fn listed(&self, output: usize) -> Vec<(String, String)> {
        match &self.format {
            OfFormat::Avro(_) => {
                let schema = Schema::parse(&self.schemas[output]);
                schema.map_or_else(|_| Vec::new(), |schema| schema.listed())
            }
            OfFormat::Json(_) => {
                let text = self.schemas[output].trim();
                let listed = JsonSchema::read(text, &[]).ok();
                let listed = listed.and_then(|schema| schema.listed());
                // Of more places than are told it is the whole text that is compared.
                listed.unwrap_or_else(|| vec![(WHOLE.to_owned(), text.to_owned())])
            }
            #[cfg(feature = "protobuf")]
            OfFormat::Protobuf(of) => of.derived[output].listed(),
        }
    }

    /// Where in the schema of what leaves its message is declared: of others the first place;
    /// `None`: deeper than a frame can say.
    pub fn path(&self, output: usize) -> Option<MessagePath> {
        match &self.format {
            OfFormat::Avro(_) | OfFormat::Json(_) => {
                // A build without Protobuf asks for no other.
                let _ = output;
                Some(MessagePath::FIRST)
            }
            #[cfg(feature = "protobuf")]
            OfFormat::Protobuf(of) => of.derived[output].path(),
        }
    }

    /// What is known of a schema of Avro; `None`: it is another one.
    pub fn avro(&self) -> Option<&AvroBinding> {
        match &self.format {
            OfFormat::Avro(avro) => Some(avro),
            OfFormat::Json(_) => None,
            #[cfg(feature = "protobuf")]
            OfFormat::Protobuf(_) => None,
        }
    }

    /// Fields whose name and an alias are both named by the policy; the name holds.
    pub fn shadowed(&self) -> &[Shadowed] {
        self.avro().map_or(&[], |avro| avro.program.shadowed())
    }

    /// Bytes of memory that it takes.
    pub fn held(&self) -> u64 {
        let of_format = match &self.format {
            OfFormat::Avro(avro) => {
                let types = avro.types.iter().flatten().map(TableTypes::held);
                avro.program.held() + types.sum::<usize>()
            }
            OfFormat::Json(of) => of.titles.iter().flatten().map(|title| title.len()).sum(),
            #[cfg(feature = "protobuf")]
            OfFormat::Protobuf(protobuf) => protobuf.held(),
        };
        let schemas: usize = self.schemas.iter().map(|text| text.len()).sum();
        (of_format + schemas) as u64 + self.reading.held()
    }
}

/// True of a record in which some field is never null.
fn always_has_a_field(schema: &Schema) -> bool {
    let mut open = vec![schema.root()];
    let mut seen = HashSet::new();
    while let Some(at) = open.pop() {
        let Shape::Record(_, fields) = &schema.node(at).shape else {
            continue;
        };
        if !seen.insert(at) {
            continue;
        }
        for field in fields {
            match &schema.node(field.node).shape {
                Shape::Null => {}
                Shape::Record(..) => open.push(field.node),
                Shape::Union(branches) => {
                    let is_null = |at: &NodeId| schema.node(*at).shape == Shape::Null;
                    if !branches.iter().any(is_null) {
                        return true;
                    }
                }
                _ => return true,
            }
        }
    }
    false
}

#[cfg(test)]
#[path = "binding/tests.rs"]
mod tests;
