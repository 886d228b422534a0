//! What binds schemas to a plan: what the desk of a stream is asked for.

use std::sync::Arc;

use super::binder::{Binder, Derived, Drafted, Key};
use super::call::Kind;
use super::fetched::Text;
use crate::plan::{Output, Plan, SubjectOf};
use crate::schema::avro::node::Schema;
use crate::schema::binding::Binding;
use crate::schema::frame::{Framing, MessagePath, Part, SchemaId};

/// How values say which schema they are of, and what stands in front of those that leave.
pub const FRAMING: Framing = Framing::Confluent { indexes: false };

/// Binds Avro schemas to that plan.
pub struct PlanBinder(pub Arc<Plan>);

impl Binder for PlanBinder {
    type Binding = Arc<Binding>;
    type Draft = Binding;

    fn kind(&self, _: Part) -> Kind {
        Kind::Avro
    }

    fn bind(&self, key: &Key, text: &Text) -> Result<Drafted<Binding>, String> {
        let PlanBinder(plan) = self;
        let others = text.references.iter().map(|named| &*named.text);
        let writer = Schema::parse_referring(others, &text.text).map_err(|bad| bad.to_string())?;
        if key.part == Part::Key {
            let draft = Binding::of_keys(&writer).map_err(|bad| bad.to_string())?;
            let derived = Vec::new();
            return Ok(Drafted { draft, derived });
        }
        let draft = Binding::new(&writer, plan).map_err(|complaint| complaint.to_string())?;
        let outputs = plan.outputs.iter().zip(&draft.schemas);
        let derived = outputs.map(|(output, text)| {
            Ok(Derived {
                subject: subject_of(output, &writer, text)?,
                kind: Kind::Avro,
                text: text.clone(),
            })
        });
        let derived = derived.collect::<Result<_, String>>()?;
        Ok(Drafted { draft, derived })
    }

    fn finish(&self, draft: Binding, ids: &[u64]) -> Result<Arc<Binding>, String> {
        let prefix = |id: &u64| -> Option<Box<[u8]>> {
            let id = SchemaId::Number(u32::try_from(*id).ok()?);
            let mut prefix = Vec::new();
            let is_written = FRAMING.write(id, MessagePath::FIRST, &mut prefix);
            is_written.then(|| prefix.into())
        };
        let prefixes: Option<Box<[_]>> = ids.iter().map(prefix).collect();
        let prefixes =
            prefixes.ok_or("the registry gives what leaves an id of more than 32 bits")?;
        Ok(Arc::new(Binding { prefixes, ..draft }))
    }

    fn weight(&self, binding: &Arc<Binding>) -> usize {
        usize::try_from(binding.held()).unwrap_or(usize::MAX)
    }
}

/// The subject that the schema of what leaves by `output` is a version of (Confluent's
/// "subject name strategies"). `writer` is the schema of what comes in, `text` that of what
/// leaves.
///
/// # Errors
/// Why it can be a version of none.
pub fn subject_of(output: &Output, writer: &Schema, text: &str) -> Result<Box<str>, String> {
    let topic = &output.topic;
    let of_record = || {
        let schema = Schema::parse(text).map_err(|bad| bad.to_string())?;
        name_of(&schema).ok_or_else(|| {
            format!("the output `{topic}`: the schema of what leaves has no name, and `subject` goes by it")
        })
    };
    let subject = match output.schema.subject {
        SubjectOf::Topic => format!("{topic}-value"),
        SubjectOf::TopicAndRecord => format!("{topic}-{}", of_record()?),
        SubjectOf::Record => {
            let name = of_record()?;
            if name_of(writer).as_ref() == Some(&name) {
                return Err(format!(
                    "the output `{topic}`: `{name}` is the name of what comes in, and what leaves would be its next version; write another `namespace`"
                ));
            }
            name
        }
    };
    Ok(subject.into())
}

/// The full name of the records.
fn name_of(schema: &Schema) -> Option<String> {
    let name = schema.node(schema.root()).shape.name();
    name.map(ToString::to_string)
}

#[cfg(test)]
#[path = "plan_binder_tests.rs"]
mod tests;
