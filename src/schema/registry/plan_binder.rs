//! What binds schemas to a plan: what the desk of a stream is asked for.

use std::sync::Arc;

use super::binder::{Binder, Derived, Drafted, Key};
use super::call::Kind;
use super::faults;
use super::fetched::Text;
use crate::plan::{Format, Output, Plan, SchemaIds, Source as Reads, SubjectOf};
use crate::schema::avro;
use crate::schema::binding::Binding;
use crate::schema::frame::{Framing, Framings, MessagePath, Part, SchemaId};
use crate::schema::jsonschema;
#[cfg(feature = "protobuf")]
use crate::schema::protobuf::{
    compile::{Source, Which},
    node,
};
use crate::schema::writer::Writer;

/// How keys and values of that source say which schemas they are of, and what stands in
/// front of those that leave.
pub fn framings(source: &Reads) -> Framings {
    let of = |format: &Format| framing(source.ids, kind_of(format));
    let value = of(&source.format);
    Framings {
        key: source.key_format.as_ref().map_or(value, of),
        value,
    }
}

const fn framing(ids: SchemaIds, kind: Kind) -> Framing {
    match ids {
        SchemaIds::Apicurio => Framing::Apicurio,
        SchemaIds::Confluent => Framing::Confluent {
            indexes: matches!(kind, Kind::Protobuf),
        },
    }
}

/// What the schemas of values of that format are written in.
pub const fn kind_of(format: &Format) -> Kind {
    match format {
        Format::Protobuf(_) | Format::ProtobufById(_) => Kind::Protobuf,
        Format::JsonSchema(_) | Format::JsonSchemaById => Kind::Json,
        _ => Kind::Avro,
    }
}

/// Binds schemas to that plan.
pub struct PlanBinder(pub Arc<Plan>);

impl Binder for PlanBinder {
    type Binding = Arc<Binding>;
    type Draft = Binding;

    fn kind(&self, part: Part) -> Kind {
        let source = &self.0.source;
        let keys = source.key_format.as_ref().filter(|_| part == Part::Key);
        kind_of(keys.unwrap_or(&source.format))
    }

    /// A panic over a text that anybody may have registered ends nobody's stream: the schema
    /// is unusable.
    fn bind(&self, key: &Key, text: &Text) -> Result<Drafted<Binding>, String> {
        faults::caught(|| self.bound(key, text))
    }

    fn finish(&self, draft: Binding, ids: &[u64]) -> Result<Arc<Binding>, String> {
        self.finished(draft, ids)
    }

    fn missing(&self, binding: &Arc<Binding>) -> Vec<usize> {
        binding.missing.iter().map(|paths| paths.len()).collect()
    }

    fn lacks(&self, binding: &Arc<Binding>) -> Option<String> {
        let outputs = self.0.outputs.iter().zip(&binding.missing);
        let lacking = outputs.filter(|(_, paths)| !paths.is_empty());
        let said: Vec<String> = lacking
            .map(|(output, paths)| format!("{} of `{}`", named(paths), output.topic))
            .collect();
        (!said.is_empty()).then(|| {
            format!(
                "it does not have fields that the policy names, and nothing leaves of them: {}",
                said.join("; ")
            )
        })
    }

    fn weight(&self, binding: &Arc<Binding>) -> usize {
        usize::try_from(binding.held()).unwrap_or(usize::MAX)
    }
}

impl PlanBinder {
    fn bound(&self, key: &Key, text: &Text) -> Result<Drafted<Binding>, String> {
        let PlanBinder(plan) = self;
        let writer = writer_of(text, key.message)?;
        let (draft, outputs) = match key.part {
            Part::Key => {
                let records = plan.key_records.as_ref();
                let outputs = records.map_or(&[][..], |records| &records.outputs);
                (writer.bind_keys(plan), outputs)
            }
            Part::Value => (writer.bind(plan), &plan.outputs[..]),
        };
        let draft = draft.map_err(|complaint| complaint.to_string())?;
        let (name, kind) = (writer.name(), text.kind);
        let outputs = outputs.iter().zip(&draft.schemas);
        let derived = outputs.enumerate().map(|(n, (output, text))| {
            let names = (name.as_deref(), draft.name(n));
            Ok(Derived {
                subject: subject_of((output, key.part), names)?,
                kind,
                text: text.clone(),
            })
        });
        let derived = derived.collect::<Result<_, String>>()?;
        Ok(Drafted { draft, derived })
    }

    fn finished(&self, draft: Binding, ids: &[u64]) -> Result<Arc<Binding>, String> {
        let framing = framing(self.0.source.ids, draft.kind());
        let prefix = |(n, id): (usize, &u64)| {
            let id = match framing {
                Framing::Apicurio => SchemaId::Wide(*id),
                _ => SchemaId::Number(u32::try_from(*id).map_err(|_| {
                    "the registry gives what leaves an id of more than 32 bits".to_owned()
                })?),
            };
            let message = draft
                .path(n)
                .ok_or("the message that leaves lies deeper than 8 in its file")?;
            let mut prefix = Vec::new();
            framing.write(id, message, &mut prefix);
            Ok::<_, String>(prefix.into())
        };
        let prefixes = ids
            .iter()
            .enumerate()
            .map(prefix)
            .collect::<Result<_, _>>()?;
        Ok(Arc::new(Binding { prefixes, ..draft }))
    }
}

/// The first few of those paths.
fn named(paths: &[Box<str>]) -> String {
    const MOST: usize = 5;
    let first: Vec<String> = paths
        .iter()
        .take(MOST)
        .map(|path| format!("`{path}`"))
        .collect();
    let more = match paths.len().saturating_sub(MOST) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{}{more}", first.join(", "))
}

/// The schema of that text: of Protobuf of the message there.
fn writer_of(text: &Text, message: MessagePath) -> Result<Writer, String> {
    match text.kind {
        Kind::Avro => {
            // A text of Avro is one schema.
            let _ = message;
            let others = text.references.iter().map(|named| &*named.text);
            let schema = avro::node::Schema::parse_referring(others, &text.text);
            schema.map(Writer::Avro).map_err(|bad| bad.to_string())
        }
        Kind::Json => {
            let others = text.references.iter();
            let others: Vec<(&str, &str)> = others.map(|n| (&*n.name, &*n.text)).collect();
            let schema = jsonschema::node::Schema::read(&text.text, &others);
            schema.map(Writer::Json).map_err(|bad| bad.to_string())
        }
        #[cfg(feature = "protobuf")]
        Kind::Protobuf => {
            let others = text.references.iter().map(|named| Source {
                name: &named.name,
                text: &named.text,
            });
            // A registry's text has no name of its own.
            let main = Source {
                name: "the schema",
                text: &text.text,
            };
            let others: Vec<_> = others.collect();
            let schema = node::Schema::compile(main, &others, Which::At(message));
            schema.map(Writer::Protobuf).map_err(|bad| bad.to_string())
        }
        #[cfg(not(feature = "protobuf"))]
        Kind::Protobuf => Err("this build reads no schema of PROTOBUF".to_owned()),
    }
}

/// The subject that the schema of what leaves by `output` is a version of (Confluent's
/// "subject name strategies"). `names` are those of the records that come in, and of those
/// that leave.
///
/// # Errors
/// Why it can be a version of none.
pub fn subject_of(
    (output, part): (&Output, Part),
    (comes, leaves): (Option<&str>, Option<String>),
) -> Result<Box<str>, String> {
    let topic = &output.topic;
    let of_record = || {
        leaves.ok_or_else(|| {
            format!("the output `{topic}`: the schema of what leaves has no name, and `subject` goes by it")
        })
    };
    let subject = match output.schema.subject {
        SubjectOf::Topic => format!("{topic}-{}", part.as_str()),
        SubjectOf::TopicAndRecord => format!("{topic}-{}", of_record()?),
        SubjectOf::Record => {
            let name = of_record()?;
            if comes == Some(&*name) {
                return Err(format!(
                    "the output `{topic}`: `{name}` is the name of what comes in, and what leaves would be its next version; write another `namespace`"
                ));
            }
            name
        }
    };
    Ok(subject.into())
}

#[cfg(test)]
#[path = "plan_binder_json_tests.rs"]
mod json_tests;
#[cfg(test)]
#[path = "plan_binder_key_tests.rs"]
mod key_tests;
#[cfg(all(test, feature = "protobuf"))]
#[path = "plan_binder_protobuf_tests.rs"]
mod protobuf_tests;
#[cfg(test)]
#[path = "plan_binder_tests.rs"]
mod tests;
