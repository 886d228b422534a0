//! Keys and values that name their schemas by id, as a row tries them.

use std::sync::Arc;

use crate::decode::avro;
use crate::decode::protobuf;
use crate::plan::{Format, Plan};
use crate::schema::Bindings;
use crate::schema::avro::node::Schema;
use crate::schema::binding::{Binding, OfFormat};
use crate::schema::frame::{MessagePath, Part, SchemaId};
use crate::schema::json::Json;
use crate::schema::registry::{Bound, Key, framings};
use crate::schema::writer::Writer;

/// The fields of the keys, as Avro has them.
const KEYS: &str = r#"{"name":"id","type":"string"},{"name":"b","type":"int"}"#;

/// The two schemas of a record, bound; each has its part for its id.
pub(super) struct Keyed {
    plan: Arc<Plan>,
    value: (Writer, Arc<Binding>),
    key: (Writer, Arc<Binding>),
}

impl Keyed {
    /// Of values of those fields, under a plan whose records name their schemas.
    pub(super) fn of(plan: &Arc<Plan>, fields: &str) -> Result<Keyed, String> {
        let source = &plan.source;
        let keys = source.key_format.as_ref().expect("keys name their schema");
        let value = writer(&source.format, fields)?;
        let of_value = value.bind(plan).map_err(|c| c.to_string())?;
        let key = writer(keys, KEYS)?;
        let of_key = key.bind_keys(plan).map_err(|c| c.to_string())?;
        Ok(Keyed {
            plan: Arc::clone(plan),
            value: (value, Arc::new(of_value)),
            key: (key, Arc::new(of_key)),
        })
    }

    pub(super) fn bindings(&self) -> Arc<Bindings> {
        let parts = [Part::Value, Part::Key];
        let known = parts.map(|part| {
            let key = Key {
                part,
                id: id(part),
                message: MessagePath::FIRST,
            };
            (key, Bound::Ready(Arc::clone(&self.part(part).1)))
        });
        let framings = framings(&self.plan.source);
        Arc::new(Bindings::by_id(
            framings,
            Arc::new(known.into_iter().collect()),
        ))
    }

    /// A key or a value, written under its schema, with its id in front.
    pub(super) fn written(&self, part: Part, json: &str) -> Result<Vec<u8>, String> {
        let value = Json::read(json, 1 << 20).expect("a line is JSON");
        let mut bytes = Vec::new();
        let framing = framings(&self.plan.source).of(part);
        assert!(framing.write(id(part), MessagePath::FIRST, &mut bytes));
        self.part(part).0.encode(&value, &mut bytes)?;
        Ok(bytes)
    }

    /// What left of it at the first output, as JSON.
    pub(super) fn shown(&self, part: Part, bytes: &[u8]) -> String {
        let binding = &self.part(part).1;
        let json = match &binding.format {
            OfFormat::Json(_) => Ok(String::from_utf8_lossy(bytes).into_owned()),
            OfFormat::Avro(_) => {
                let schema = Schema::parse(&binding.schemas[0]).expect("it was derived");
                avro::json_of(&schema, bytes)
            }
            OfFormat::Protobuf(of) => protobuf::json_of(&of.derived[0], bytes),
        };
        json.unwrap_or_else(|reason| reason.to_string())
    }

    fn part(&self, part: Part) -> &(Writer, Arc<Binding>) {
        match part {
            Part::Key => &self.key,
            Part::Value => &self.value,
        }
    }
}

fn id(part: Part) -> SchemaId {
    SchemaId::Number(match part {
        Part::Value => 1,
        Part::Key => 2,
    })
}

fn writer(format: &Format, fields: &str) -> Result<Writer, String> {
    let (name, text) = match format {
        Format::AvroById => ("writer.avsc", super::avro_text(fields)),
        Format::ProtobufById(_) => ("writer.proto", super::proto::text(fields)),
        _ => ("writer.json", super::json_schema::text(fields)),
    };
    let format = format.under(name, text.as_bytes()).expect("it is text");
    Writer::of(&format).expect("it is a file")
}
