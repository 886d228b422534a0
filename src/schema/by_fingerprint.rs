//! Schemas that values name by their fingerprint: files beside the policy, bound before any
//! record. Source: Apache Avro 1.12, "Single-object encoding".

use std::sync::Arc;

use super::Bindings;
use super::avro::files;
use super::avro::node::Schema;
use super::binding::Binding;
use super::frame::{Framing, Framings, MessagePath, Part, SchemaId};
use super::registry::{Bound, Key, Refusal};
use crate::plan::{AvroSchema, Plan};

/// What is known of values under those schemas. One that cannot be bound is refused; what is
/// no schema has no fingerprint, and is left out.
pub fn bindings(schemas: &[AvroSchema], plan: &Plan) -> Bindings {
    let known = schemas.iter().filter_map(|said| {
        let writer = files::of(said).ok()?;
        let bound = match bound(&writer, plan) {
            Some(binding) => Bound::Ready(Arc::new(binding)),
            None => Bound::Refused(Refusal::Unusable),
        };
        let key = Key {
            part: Part::Value,
            id: SchemaId::Fingerprint(writer.fingerprint()),
            message: MessagePath::FIRST,
        };
        Some((key, bound))
    });
    Bindings::by_id(
        Framings::both(Framing::SingleObject),
        Arc::new(known.collect()),
    )
}

fn bound(writer: &Schema, plan: &Plan) -> Option<Binding> {
    let binding = Binding::new(writer, plan).ok()?;
    let prefixes = binding.schemas.iter().map(|text| {
        let derived = Schema::parse(text).ok()?;
        let id = SchemaId::Fingerprint(derived.fingerprint());
        let mut prefix = Vec::new();
        let is_written = Framing::SingleObject.write(id, MessagePath::FIRST, &mut prefix);
        is_written.then(|| prefix.into_boxed_slice())
    });
    let prefixes = prefixes.collect::<Option<_>>()?;
    Some(Binding {
        prefixes,
        ..binding
    })
}

#[cfg(test)]
#[path = "by_fingerprint_tests.rs"]
mod tests;
