//! A record key in Avro, as places in it are read and as records of its members leave.

use std::sync::Arc;

use crate::decode::avro::{Avro, Record};
use crate::decode::{self, Decoder};
use crate::plan::Plan;
use crate::record::format::Prefixes;
use crate::record::tape::{Document, Tape};
use crate::record::{Fetched, Reason};
use crate::render::avro::AvroOf;
use crate::render::outputs::Outputs;
use crate::schema::Bindings;
use crate::schema::binding::{AvroBinding, Binding};
use crate::transform::key_record::KeyRecord;

/// Room for one key, kept from record to record.
#[derive(Default)]
pub(super) struct Room {
    /// The JSON that says the same.
    json: Vec<u8>,
    tape: Tape,
}

/// The key of one record, and the schema that it names.
pub(super) struct AvroKey<'a> {
    bytes: &'a [u8],
    binding: Arc<Binding>,
}

impl<'a> AvroKey<'a> {
    /// Of a record; `None`: it has no key.
    ///
    /// # Errors
    /// `bad_frame`; `schema_unknown`, or the reason why its schema was refused.
    pub(super) fn of(
        fetched: Fetched<'a>,
        bindings: &Bindings,
    ) -> Result<Option<AvroKey<'a>>, Reason> {
        let Some(key) = fetched.key() else {
            return Ok(None);
        };
        let headers = fetched.headers();
        let headers = headers.map(|(name, value)| (name, value.unwrap_or_default()));
        let (binding, bytes) = bindings.read_key(key, headers)?;
        let binding = Arc::clone(binding);
        Ok(Some(AvroKey { bytes, binding }))
    }

    fn avro(&self) -> Result<&AvroBinding, Reason> {
        self.binding.avro().ok_or(Reason::SchemaUnusable)
    }

    /// As its schema's program reads it.
    ///
    /// # Errors
    /// `schema_unusable`: the schema is none of Avro.
    pub(super) fn record(&self) -> Result<Record<'_>, Reason> {
        Ok(Record::new(self.bytes, &self.avro()?.program))
    }

    /// Reads `record`, which is its own, into `room`, and gives the record with the JSON
    /// that says the same as its key; what of its members leaves as Avro, where some does.
    ///
    /// # Errors
    /// `key_unreadable`.
    pub(super) fn read<'k>(
        &'k self,
        record: &'k Record<'k>,
        (fetched, plan): (Fetched<'k>, &'k Plan),
        decoder: &mut Decoder,
        room: &'k mut Room,
    ) -> Result<(Fetched<'k>, Option<Key<'k>>), Reason> {
        room.json.clear();
        decode::avro_key(record, decoder, &mut room.tape, &mut room.json)?;
        let types = &self.avro()?.types;
        let leaves = (!types.is_empty()).then(|| KeyRecord {
            plan,
            document: Document {
                input: record,
                tape: &room.tape,
            },
            reading: &self.binding.reading,
            schemas: Outputs {
                types,
                prefixes: Prefixes(&self.binding.prefixes),
            },
        });
        Ok((fetched.with_key(&room.json), leaves))
    }
}

/// What a key in Avro is written with.
pub(super) type Key<'k> = KeyRecord<'k, AvroOf<Avro>>;
