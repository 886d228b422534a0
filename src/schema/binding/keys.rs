//! Schemas of record keys, bound to a plan: keys are read whole, and those that leave as
//! records are written by the outputs of [`KeyRecords`](crate::plan::KeyRecords).

use std::collections::HashSet;

use super::scope::Scope;
use super::{AvroBinding, Binding, Complaint, JsonBinding, OfFormat};
use crate::plan::Plan;
use crate::plan::automaton::{Automaton, Builder};
use crate::schema::avro::node::{NodeId, Schema, Shape};
use crate::schema::avro::program::Program;
use crate::schema::jsonschema;
#[cfg(feature = "protobuf")]
use crate::schema::protobuf;

impl Binding {
    /// Of Avro.
    ///
    /// # Errors
    /// [`Complaint`], the first: an output's keys could be without any field, too.
    pub(in crate::schema) fn of_avro_keys(
        writer: &Schema,
        plan: &Plan,
    ) -> Result<Binding, Complaint> {
        let Some(scope) = Scope::keys(plan) else {
            return Ok(Binding::of_whole(OfFormat::Avro(AvroBinding {
                program: Program::new(writer, &no_paths())?,
                types: Box::default(),
                shadowed: Box::default(),
            })));
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

    /// Of JSON. A schema says of no member that it leaves in each record, so whether one does
    /// is found record by record.
    ///
    /// # Errors
    /// [`Complaint`], the first.
    pub(in crate::schema) fn of_json_keys(
        writer: &jsonschema::node::Schema,
        plan: &Plan,
    ) -> Result<Binding, Complaint> {
        match Scope::keys(plan) {
            Some(scope) => Binding::json(writer, scope),
            None => Ok(Binding::of_whole(OfFormat::Json(JsonBinding {
                titles: Box::default(),
            }))),
        }
    }

    /// Of Protobuf. A member with presence may be absent from a record, and is found so record
    /// by record; one without is always there.
    ///
    /// # Errors
    /// [`Complaint`], the first: a message of an output's keys has no field, too.
    #[cfg(feature = "protobuf")]
    pub(in crate::schema) fn of_protobuf_keys(
        writer: &protobuf::node::Schema,
        plan: &Plan,
    ) -> Result<Binding, Complaint> {
        let Some(scope) = Scope::keys(plan) else {
            let program = protobuf::program::Program::new(writer, &no_paths())?;
            let whole = super::ProtobufBinding {
                program,
                types: Box::default(),
                derived: Box::default(),
            };
            return Ok(Binding::of_whole(OfFormat::Protobuf(whole)));
        };
        let binding = Binding::protobuf(writer, scope)?;
        let OfFormat::Protobuf(of) = &binding.format else {
            unreachable!("it is of Protobuf");
        };
        let mut all = scope.outputs.iter().zip(&of.derived);
        let empty = all.find(|(_, derived)| derived.message(derived.root()).fields.is_empty());
        match empty {
            Some((output, _)) => Err(Complaint::EmptyKey {
                topic: output.topic.to_string(),
            }),
            None => Ok(binding),
        }
    }
}

fn no_paths() -> Automaton {
    let nothing = Builder::default().build(&[]);
    nothing.expect("no path has few states").automaton
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
