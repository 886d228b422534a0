//! A batch as JSON: what a sample is looked at by, whatever its values are written in.

use std::sync::Arc;

use super::batch::{Destination, InBatch, OutBatch, OutBuffers, OutRecords};
use crate::consent::state::Decided;
use crate::decode::shower::Shower;
use crate::plan::Format;
use crate::record::Reason;
use crate::record::bare::Bare;
use crate::record::span::Span;
use crate::schema::avro::node::Schema;
use crate::schema::avro::program::Program;
use crate::schema::binding::{Binding, OfFormat};
#[cfg(feature = "protobuf")]
use crate::schema::protobuf::program::Program as ProtobufProgram;

/// A batch with its values as JSON.
pub struct Shown {
    /// It.
    pub batch: OutBatch,
    /// What was read and stands in it as it came, as it has no JSON: offset and reason.
    pub unread: Vec<(i64, Reason)>,
}

impl OutBatch {
    /// The same with each value as `veil` shows it, where values are no JSON: those that
    /// were read, and those that leave. What was read and is no record of its schema
    /// stays as it is, and so does what was sealed. `None`: values are JSON.
    ///
    /// # Panics
    /// When the batch was delivered: it holds at least one record until then.
    pub fn shown(&self) -> Option<Shown> {
        let input = self.input();
        let bare = match self.plan.source.format {
            Format::Bare(bare) => Some(bare),
            _ => None,
        };
        let bindings = input.bindings.as_ref();
        let (binding, unbound) = match (bare, bindings.map(|bindings| bindings.of_all())) {
            (Some(_), _) => (None, Reason::NotUtf8),
            (None, None) => return None,
            (None, Some(Ok(binding))) => (Some(binding), Reason::SchemaUnknown),
            (None, Some(Err(reason))) => (None, reason),
        };
        let mut unread = Vec::new();
        let mut read = InBatch::new(self.lane.clone(), Arc::clone(&self.plan));
        (read.epoch, read.seq, read.tries) = (input.epoch, input.seq, input.tries);
        let mut shower = match (bare, binding) {
            (Some(bare), _) => Some(Reader::Bare(bare)),
            (None, binding) => binding.map(|binding| Reader::of(&binding.format)),
        };
        for fetched in input.raw.fetched() {
            let value = fetched.value().map(|bytes| {
                let json = shower.as_mut().map(|shower| shower.json(bytes));
                json.unwrap_or(Err(unbound)).map_or_else(
                    |reason| {
                        unread.push((fetched.offset(), reason));
                        bytes.to_vec()
                    },
                    String::into_bytes,
                )
            });
            read.raw.push_element(
                (fetched.offset(), fetched.element()),
                fetched.timestamp(),
                fetched.key(),
                value.as_deref(),
                fetched.headers(),
            );
        }
        let mut showers: Vec<Option<Writer>> = match binding {
            Some(binding) => (0..binding.schemas.len())
                .map(|output| Writer::of(binding, output))
                .collect(),
            None => {
                let bare = bare.map(|bare| (0..self.plan.outputs.len()).map(move |_| bare));
                let bare = bare.into_iter().flatten();
                bare.map(|bare| Some(Writer::Bare(bare))).collect()
            }
        };
        let (mut bytes, mut records) = (self.all_bytes().to_vec(), OutRecords::default());
        for record in self.records() {
            let mut record = *record;
            if let (Destination::Output(n), Some(value)) = (record.destination, record.value) {
                let shower = showers.get_mut(usize::from(n)).and_then(Option::as_mut);
                let json = shower.and_then(|shower| shower.json(self.bytes(value)));
                // What has no JSON is shown as nothing: a number that is none.
                let json = json.unwrap_or_else(|| "null".to_owned());
                let at = bytes.len();
                bytes.extend_from_slice(json.as_bytes());
                record.value = Span::between(at, bytes.len());
            }
            records.push_shown(record);
        }
        let batch = OutBatch::new(
            read,
            OutBuffers {
                records,
                headers: self.all_headers().to_vec(),
                bytes,
                counts: self.counts.clone(),
                decided: Decided::default(),
            },
        );
        Some(Shown { batch, unread })
    }
}

/// Shows values that were read.
enum Reader<'b> {
    Avro(Box<Shower<Program, &'b Program>>),
    Bare(Bare),
    Json,
    #[cfg(feature = "protobuf")]
    Protobuf(Box<Shower<ProtobufProgram, &'b ProtobufProgram>>),
}

impl<'b> Reader<'b> {
    fn of(format: &'b OfFormat) -> Reader<'b> {
        match format {
            OfFormat::Avro(of) => Reader::Avro(Box::new(Shower::by(&of.program))),
            OfFormat::Json(_) => Reader::Json,
            #[cfg(feature = "protobuf")]
            OfFormat::Protobuf(of) => Reader::Protobuf(Box::new(Shower::by(&of.program))),
        }
    }

    fn json(&mut self, bytes: &[u8]) -> Result<String, Reason> {
        match self {
            Reader::Avro(shower) => shower.json(bytes),
            Reader::Bare(bare) => bare.shown(bytes).ok_or(Reason::NotUtf8),
            Reader::Json => String::from_utf8(bytes.to_vec()).map_err(|_| Reason::NotUtf8),
            #[cfg(feature = "protobuf")]
            Reader::Protobuf(shower) => shower.json(bytes),
        }
    }
}

/// Shows values that leave at one output.
enum Writer {
    Avro(Box<Shower<Program>>),
    Bare(Bare),
    Json,
    #[cfg(feature = "protobuf")]
    Protobuf(Box<Shower<ProtobufProgram>>),
}

impl Writer {
    fn of(binding: &Binding, output: usize) -> Option<Writer> {
        match &binding.format {
            OfFormat::Avro(_) => {
                let schema = Schema::parse(&binding.schemas[output]).ok()?;
                Some(Writer::Avro(Box::new(Shower::of(&schema).ok()?)))
            }
            OfFormat::Json(_) => Some(Writer::Json),
            #[cfg(feature = "protobuf")]
            OfFormat::Protobuf(of) => {
                let shower = Shower::of(&of.derived[output]);
                Some(Writer::Protobuf(Box::new(shower.ok()?)))
            }
        }
    }

    fn json(&mut self, bytes: &[u8]) -> Option<String> {
        match self {
            Writer::Avro(shower) => shower.json(bytes).ok(),
            Writer::Bare(bare) => bare.shown(bytes),
            Writer::Json => String::from_utf8(bytes.to_vec()).ok(),
            #[cfg(feature = "protobuf")]
            Writer::Protobuf(shower) => shower.json(bytes).ok(),
        }
    }
}
