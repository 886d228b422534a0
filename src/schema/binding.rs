//! A writer's schema and a plan, bound: what reads records of the schema, what each place
//! means to each output, and the schemas of what leaves.

mod cases;
mod complaint;
mod fields;
mod keys;
mod missing;
#[cfg(feature = "protobuf")]
mod protobuf;
mod scope;
mod tables;
mod told_apart;

use crate::plan::Plan;
use crate::plan::reading::Reading;
use crate::schema::avro::derive::Unfit;
use crate::schema::avro::node::Schema;
use crate::schema::avro::placed::places;
use crate::schema::avro::program::Program;
use crate::schema::avro::shadowed::Shadowed;
use crate::schema::avro::typed::TableTypes;
use crate::schema::derived::Head;
use crate::schema::frame::MessagePath;
use crate::schema::jsonschema::node::Schema as JsonSchema;
use crate::schema::listed::{Place, WHOLE};
use crate::schema::registry::Kind;
pub use complaint::Complaint;
use fields::OutputFields;
#[cfg(feature = "protobuf")]
pub use protobuf::ProtobufBinding;
use scope::Scope;

/// One schema of a writer under one plan.
pub struct Binding {
    /// What is known of it that only its format has.
    pub format: OfFormat,
    /// The full name that the writer's schema has for its records; `None`: it has none.
    pub comes: Option<Box<str>>,
    /// By output the paths of fields that the plan names and the writer's schema does not
    /// have; of JSON, whose records may hold more, nothing is said.
    pub missing: Box<[Box<[Box<str>]>]>,
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
    /// Fields whose name and a former one the policy names alike; the name holds.
    pub shadowed: Box<[Shadowed]>,
}

impl Binding {
    /// Binds `writer` to `plan`. The same two give the same schemas.
    ///
    /// # Errors
    /// [`Complaint`], the first.
    pub fn new(writer: &Schema, plan: &Plan) -> Result<Binding, Complaint> {
        Binding::of(writer, Scope::values(plan))
    }

    fn of(writer: &Schema, scope: Scope<'_>) -> Result<Binding, Complaint> {
        let Scope {
            plan, automaton, ..
        } = scope;
        let program = Program::new(writer, automaton)?;
        let comes = writer.node(writer.root()).shape.name();
        let comes = comes.map(|name| name.to_string().into());
        if plan.source.type_schema && !scope.is_of_keys && comes.is_none() {
            return Err(Complaint::NoName);
        }
        let shadowed = writer.shadowed(automaton);
        if let Some(complaint) = told_apart::complaint(scope, &shadowed) {
            return Err(complaint);
        }
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
                shadowed: shadowed.into(),
            }),
            comes,
            missing: missing::missing(scope, &states),
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
        Binding::json(writer, Scope::values(plan))
    }

    fn json(writer: &JsonSchema, scope: Scope<'_>) -> Result<Binding, Complaint> {
        let (mut schemas, mut titles) = (Vec::new(), Vec::new());
        for (n, output) in scope.outputs.iter().enumerate() {
            let fields = OutputFields::new(scope, output, scope.reading.output(n));
            let head = Head {
                policy: &scope.plan.name,
                namespace: output.schema.namespace.as_deref(),
            };
            let derived = writer.derive(scope.automaton, &fields.leaves(), head);
            let derived = derived.map_err(|unfit| Complaint::Json {
                topic: output.topic.to_string(),
                unfit,
            })?;
            schemas.push(derived.text.into());
            titles.push(derived.title.map(Into::into));
        }
        let titles = titles.into();
        let format = OfFormat::Json(JsonBinding { titles });
        Ok(Binding {
            schemas: schemas.into(),
            ..Binding::of_whole(format)
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
        Binding::protobuf(writer, Scope::values(plan))
    }

    #[cfg(feature = "protobuf")]
    fn protobuf(
        writer: &crate::schema::protobuf::node::Schema,
        scope: Scope<'_>,
    ) -> Result<Binding, Complaint> {
        let bound = protobuf::bound(writer, scope)?;
        Ok(Binding {
            comes: Some(writer.message(writer.root()).name.to_string().into()),
            missing: bound.missing,
            reading: bound.reading,
            schemas: bound.schemas,
            ..Binding::of_whole(OfFormat::Protobuf(bound.binding))
        })
    }

    /// What reads records whole, of which nothing leaves by itself.
    fn of_whole(format: OfFormat) -> Binding {
        Binding {
            format,
            comes: None,
            missing: Box::default(),
            reading: Reading::default(),
            schemas: Box::default(),
            prefixes: Box::default(),
        }
    }

    /// What its schema is written in.
    pub fn kind(&self) -> Kind {
        match &self.format {
            OfFormat::Avro(_) => Kind::Avro,
            OfFormat::Json(_) => Kind::Json,
            #[cfg(feature = "protobuf")]
            OfFormat::Protobuf(_) => Kind::Protobuf,
        }
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
    pub fn listed(&self, output: usize) -> Vec<Place> {
        let text = self.schemas.get(output).map_or("", |text| text.trim());
        let listed = match &self.format {
            OfFormat::Avro(_) => {
                let schema = Schema::parse(text).ok();
                schema.and_then(|schema| schema.listed())
            }
            OfFormat::Json(_) => {
                let schema = JsonSchema::read(text, &[]).ok();
                schema.and_then(|schema| schema.listed())
            }
            #[cfg(feature = "protobuf")]
            OfFormat::Protobuf(of) => of.derived[output].listed(),
        };
        // Of more places than are told it is the whole text that is compared.
        listed.unwrap_or_else(|| {
            vec![Place {
                path: WHOLE.to_owned(),
                said: text.to_owned(),
                called: None,
            }]
        })
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

    /// Fields whose name and a former one are both named by the policy, and alike; the name
    /// holds.
    pub fn shadowed(&self) -> &[Shadowed] {
        self.avro().map_or(&[], |avro| &avro.shadowed)
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

#[cfg(test)]
#[path = "binding/tests.rs"]
mod tests;
