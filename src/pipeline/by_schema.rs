//! One record that was written under a schema, in the format that it has.

use super::listed::list;
use super::pass::Pass;
use super::worker::Serving;
use crate::consent::state::Snapshot;
use crate::consent::{self, Gate};
use crate::decode::avro::{Avro, Record};
#[cfg(feature = "protobuf")]
use crate::decode::protobuf::{Message, Protobuf};
use crate::decode::{self, Decoded};
use crate::pipeline::OutRecords;
use crate::pipeline::tally::Tally;
use crate::record::counts::Counts;
use crate::record::event_time::Now;
use crate::record::format::{Format, Prefixes};
use crate::record::{Fetched, Reason, Refusal};
use crate::render::avro::AvroOf;
use crate::render::outputs::Outputs;
#[cfg(feature = "protobuf")]
use crate::render::protobuf::ProtobufOf;
use crate::schema::Bindings;
use crate::schema::binding::OfFormat;
use crate::transform::key_record::KeyPen;
use crate::transform::stage::{self, Outgoing, Transformer, Under};

/// What is needed of a worker once a record is decoded.
struct Rest<'s> {
    gate: &'s mut Gate,
    state: &'s Snapshot,
    now: Now,
    transformer: &'s mut Transformer,
    outgoing: &'s mut Outgoing,
    records: &'s mut OutRecords,
    tally: &'s mut Tally,
    counts: &'s mut Counts,
}

/// A record of JSON without what says its schema, and what stands in front of what leaves
/// of it.
///
/// # Errors
/// As [`Bindings::read`].
#[cold]
#[inline(never)]
pub(super) fn unframed<'a, 'b>(
    fetched: Fetched<'a>,
    bindings: &'b Bindings,
) -> Result<(Fetched<'a>, Prefixes<'b>), Reason> {
    let headers = fetched.headers();
    let headers = headers.map(|(name, value)| (name, value.unwrap_or_default()));
    let (binding, body) = bindings.read(fetched.value().unwrap_or_default(), headers)?;
    Ok((fetched.with_value(body), Prefixes(&binding.prefixes)))
}

/// Reads a record by its schema and does what a pass does with it.
///
/// # Errors
/// The reason why it is not written.
#[inline(never)]
pub(super) fn one(
    fetched: Fetched<'_>,
    key: KeyPen<'_>,
    pass: Pass,
    serving: &mut Serving,
) -> Result<(), Refusal> {
    let Serving {
        plan,
        decoder,
        gate,
        state,
        transformer,
        now,
        outgoing,
        records,
        tally,
        counts,
        bindings,
        ..
    } = serving;
    let bindings = bindings.as_ref().ok_or(Reason::SchemaUnknown)?;
    let headers = fetched.headers();
    let headers = headers.map(|(name, value)| (name, value.unwrap_or_default()));
    let (binding, body) = bindings.read(fetched.value().unwrap_or_default(), headers)?;
    let rest = Rest {
        gate,
        state,
        now: *now,
        transformer,
        outgoing,
        records,
        tally,
        counts,
    };
    let reading = &binding.reading;
    match &binding.format {
        OfFormat::Avro(avro) => {
            let record = Record::new(body, &avro.program);
            let decoded = decode::decode_avro(fetched, &record, plan, decoder)?;
            let schemas = Outputs {
                types: &avro.types,
                prefixes: Prefixes(&binding.prefixes),
            };
            let under = Under::<AvroOf<Avro>>::new(plan, reading, schemas).with_key(key);
            rest.go_on(decoded, &under, pass)
        }
        // JSON is read as everywhere.
        OfFormat::Json(_) => Err(Reason::SchemaUnusable.into()),
        #[cfg(feature = "protobuf")]
        OfFormat::Protobuf(of) => {
            let message = Message::new(body, &of.program);
            let decoded = decode::decode_protobuf(fetched, &message, plan, decoder)?;
            let schemas = Outputs {
                types: &of.types,
                prefixes: Prefixes(&binding.prefixes),
            };
            let under = Under::<ProtobufOf<Protobuf>>::new(plan, reading, schemas).with_key(key);
            rest.go_on(decoded, &under, pass)
        }
    }
}

impl<'s> Rest<'s> {
    fn go_on<F: Format>(
        self,
        decoded: Decoded<'s, F::Reader>,
        under: &Under<'_, F>,
        pass: Pass,
    ) -> Result<(), Refusal> {
        let unnamed = decoded.unnamed();
        let permitted = consent::permit(decoded, under.plan, self.state, self.gate, self.now)?;
        if pass == Pass::Asks {
            stage::ask(permitted, under, self.transformer);
            return Ok(());
        }
        let sanitized =
            stage::sanitize(permitted, under, self.now, self.transformer, self.outgoing)?;
        let listed = list(sanitized, self.records);
        listed.count(&self.outgoing.headers, self.tally, self.counts);
        self.counts.unnamed += unnamed;
        Ok(())
    }
}
