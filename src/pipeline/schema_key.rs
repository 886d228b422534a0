//! A record key that names its schema, in whichever format has one: as places in it are
//! read, and as records of its members leave.

use std::sync::Arc;

use crate::decode::avro::{Avro, Record};
#[cfg(feature = "protobuf")]
use crate::decode::protobuf::{Message, Protobuf};
use crate::decode::{self, Decoder};
use crate::plan::Plan;
use crate::record::format::{Format, Input, Prefixes};
use crate::record::tape::{Document, Tape};
use crate::record::{Fetched, Reason};
use crate::render::avro::AvroOf;
use crate::render::outputs::Outputs;
#[cfg(feature = "protobuf")]
use crate::render::protobuf::ProtobufOf;
use crate::schema::Bindings;
use crate::schema::binding::{Binding, OfFormat};
use crate::transform::key_record::{KeyPen, KeyRecord};

/// Room for one key, kept from record to record.
#[derive(Default)]
pub(super) struct Room {
    /// The JSON that says the same.
    json: Vec<u8>,
    /// The key, written in the one way that there is.
    anew: Vec<u8>,
    tape: Tape,
}

/// The key of one record, and the schema that it names.
pub(super) struct SchemaKey<'a> {
    bytes: &'a [u8],
    binding: Arc<Binding>,
}

impl<'a> SchemaKey<'a> {
    /// Of a record; `None`: it has no key.
    ///
    /// # Errors
    /// `bad_frame`; `schema_unknown`, or the reason why its schema was refused.
    pub(super) fn of(
        fetched: Fetched<'a>,
        bindings: &Bindings,
    ) -> Result<Option<SchemaKey<'a>>, Reason> {
        let Some(key) = fetched.key() else {
            return Ok(None);
        };
        let headers = fetched.headers();
        let headers = headers.map(|(name, value)| (name, value.unwrap_or_default()));
        let (binding, bytes) = bindings.read_key(key, headers)?;
        let binding = Arc::clone(binding);
        Ok(Some(SchemaKey { bytes, binding }))
    }

    /// Reads it into `room`, as its schema says.
    ///
    /// # Errors
    /// `key_unreadable`.
    pub(super) fn read<'k>(
        &'k self,
        decoder: &mut Decoder,
        room: &'k mut Room,
    ) -> Result<ReadKey<'k>, Reason> {
        let (json, tape, anew) = (&mut room.json, &mut room.tape, &mut room.anew);
        json.clear();
        anew.clear();
        let binding = &*self.binding;
        let read = match &binding.format {
            OfFormat::Avro(of) => {
                let key = (self.bytes, &of.program);
                decode::avro_key(key, decoder, tape, (anew, json))?;
                Read::Avro(Record::new(anew, &of.program))
            }
            OfFormat::Json(_) => {
                // It is what it says.
                json.extend_from_slice(self.bytes);
                Read::Json
            }
            #[cfg(feature = "protobuf")]
            OfFormat::Protobuf(of) => {
                let key = (self.bytes, &of.program);
                decode::protobuf_key(key, decoder, tape, (anew, json))?;
                Read::Protobuf(Message::new(anew, &of.program))
            }
        };
        Ok(ReadKey {
            json,
            read,
            tape,
            binding,
        })
    }
}

/// A key that was read.
pub(super) struct ReadKey<'k> {
    /// The JSON that says the same.
    pub(super) json: &'k [u8],
    read: Read<'k>,
    tape: &'k Tape,
    binding: &'k Binding,
}

enum Read<'k> {
    Json,
    Avro(Record<'k>),
    #[cfg(feature = "protobuf")]
    Protobuf(Message<'k>),
}

impl ReadKey<'_> {
    /// What of its members leaves under that plan.
    pub(super) fn leaves<'r>(&'r self, plan: &'r Plan) -> Leaves<'r> {
        let prefixes = Prefixes(&self.binding.prefixes);
        match (&self.binding.format, &self.read) {
            (OfFormat::Avro(of), Read::Avro(record)) if !of.types.is_empty() => {
                let types = &of.types;
                Leaves::Avro(self.record(plan, record, Outputs { types, prefixes }))
            }
            #[cfg(feature = "protobuf")]
            (OfFormat::Protobuf(of), Read::Protobuf(message)) if !of.types.is_empty() => {
                let types = &of.types;
                Leaves::Protobuf(self.record(plan, message, Outputs { types, prefixes }))
            }
            // Where none leaves as a record there is nothing in front.
            _ => Leaves::Json(prefixes),
        }
    }

    fn record<'r, F: Format>(
        &'r self,
        plan: &'r Plan,
        input: Input<'r, F>,
        schemas: F::Schemas<'r>,
    ) -> KeyRecord<'r, F> {
        let tape = self.tape;
        KeyRecord {
            plan,
            document: Document { input, tape },
            reading: &self.binding.reading,
            schemas,
        }
    }
}

/// What of a key leaves as a record.
pub(super) enum Leaves<'r> {
    /// JSON, behind those.
    Json(Prefixes<'r>),
    /// Avro.
    Avro(KeyRecord<'r, AvroOf<Avro>>),
    /// Protobuf.
    #[cfg(feature = "protobuf")]
    Protobuf(KeyRecord<'r, ProtobufOf<Protobuf>>),
}

impl Leaves<'_> {
    /// What it is written with.
    pub(super) fn pen(&self) -> KeyPen<'_> {
        match self {
            Leaves::Json(prefixes) => KeyPen::json(*prefixes),
            Leaves::Avro(key) => KeyPen::of(key),
            #[cfg(feature = "protobuf")]
            Leaves::Protobuf(key) => KeyPen::of(key),
        }
    }
}
