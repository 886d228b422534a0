//! The schema that records were written under, of whichever format has one.

use super::avro;
use super::binding::{Binding, Complaint};
use super::json::Json;
use super::jsonschema;
#[cfg(feature = "protobuf")]
use super::protobuf;
use super::tagged::{TaggedPath, TooMuch, tagged};
use crate::plan::{Format, Plan};

/// The schema of a writer.
pub enum Writer {
    /// Of Avro.
    Avro(avro::node::Schema),
    /// Of JSON Schema.
    Json(jsonschema::node::Schema),
    /// Of Protobuf: of one message.
    #[cfg(feature = "protobuf")]
    Protobuf(protobuf::node::Schema),
}

impl Writer {
    /// The schema that a plan's source names; `None`: it names none, or records name
    /// theirs.
    ///
    /// # Errors
    /// Why it is no schema: its names and its text, no data.
    pub fn of(format: &Format) -> Option<Result<Writer, String>> {
        match format {
            Format::Json
            | Format::Bare(_)
            | Format::AvroById
            | Format::AvroByFingerprint(_)
            | Format::ProtobufById(_)
            | Format::JsonSchemaById => None,
            Format::JsonSchema(said) => {
                let others = said.others.iter().map(|(name, text)| (&**name, &**text));
                let others: Vec<_> = others.collect();
                let schema = jsonschema::node::Schema::read(&said.text, &others);
                Some(schema.map(Writer::Json).map_err(|bad| bad.to_string()))
            }
            Format::Avro(said) => {
                let schema = avro::files::of(said);
                Some(schema.map(Writer::Avro).map_err(|bad| bad.to_string()))
            }
            #[cfg(feature = "protobuf")]
            Format::Protobuf(said) => {
                let schema = protobuf::compile::of_files(&said.files, said.message.as_deref());
                Some(schema.map(Writer::Protobuf).map_err(|bad| bad.to_string()))
            }
            #[cfg(not(feature = "protobuf"))]
            Format::Protobuf(_) => Some(Err("this build reads no Protobuf".into())),
        }
    }

    /// True of a schema of Protobuf that has several messages, where nothing says which of them
    /// is meant.
    pub fn is_undecided(format: &Format) -> bool {
        match format {
            #[cfg(feature = "protobuf")]
            Format::Protobuf(said) => {
                let schema = protobuf::compile::of_files(&said.files, said.message.as_deref());
                matches!(schema, Err(protobuf::compile::Unusable::NotOne(2.., _)))
            }
            _ => false,
        }
    }

    /// The full name of its records; `None`: they have none.
    pub fn name(&self) -> Option<String> {
        match self {
            Writer::Avro(writer) => {
                let name = writer.node(writer.root()).shape.name();
                name.map(ToString::to_string)
            }
            Writer::Json(writer) => writer.title().map(str::to_owned),
            #[cfg(feature = "protobuf")]
            Writer::Protobuf(writer) => Some(writer.message(writer.root()).name.to_string()),
        }
    }

    /// Each path at which its owners tag a field, and the tags.
    ///
    /// # Errors
    /// [`TooMuch`]: some would be missed.
    pub fn tagged(&self) -> Result<Vec<TaggedPath>, TooMuch> {
        match self {
            Writer::Avro(writer) => tagged(writer),
            Writer::Json(writer) => tagged(writer),
            #[cfg(feature = "protobuf")]
            Writer::Protobuf(writer) => tagged(writer),
        }
    }

    /// Binds it to a plan.
    ///
    /// # Errors
    /// [`Complaint`], the first.
    pub fn bind(&self, plan: &Plan) -> Result<Binding, Complaint> {
        match self {
            Writer::Avro(writer) => Binding::new(writer, plan),
            Writer::Json(writer) => Binding::of_json(writer, plan),
            #[cfg(feature = "protobuf")]
            Writer::Protobuf(writer) => Binding::of_protobuf(writer, plan),
        }
    }

    /// Binds it to a plan as a schema of record keys: what reads them whole, and where some
    /// leave as records what is known of each of those ([`KeyRecords::outputs`]).
    ///
    /// [`KeyRecords::outputs`]: crate::plan::KeyRecords::outputs
    ///
    /// # Errors
    /// [`Complaint`], the first.
    pub fn bind_keys(&self, plan: &Plan) -> Result<Binding, Complaint> {
        match self {
            Writer::Avro(writer) => Binding::of_avro_keys(writer, plan),
            Writer::Json(writer) => Binding::of_json_keys(writer, plan),
            #[cfg(feature = "protobuf")]
            Writer::Protobuf(writer) => Binding::of_protobuf_keys(writer, plan),
        }
    }

    /// Appends a made-up record, written as JSON.
    ///
    /// # Errors
    /// Where it does not fit the schema: names of the schema and of the test's author.
    pub fn encode(&self, value: &Json, out: &mut Vec<u8>) -> Result<(), String> {
        match self {
            Writer::Avro(writer) => {
                avro::encode::encode(writer, value, out).map_err(|wrong| wrong.to_string())
            }
            // It is held against nothing.
            Writer::Json(_) => {
                value.write(out);
                Ok(())
            }
            #[cfg(feature = "protobuf")]
            Writer::Protobuf(writer) => {
                protobuf::encode::encode(writer, value, out).map_err(|wrong| wrong.to_string())
            }
        }
    }
}
