//! One record that was written under a schema, in the format that it has.

use super::pass::Pass;
use super::rest::Reading;
use super::worker::Serving;
use crate::decode;
use crate::decode::avro::{Avro, Record};
#[cfg(feature = "protobuf")]
use crate::decode::protobuf::{Message, Protobuf};
use crate::record::format::Prefixes;
use crate::record::{Fetched, Reason, Refusal};
use crate::render::avro::AvroOf;
use crate::render::outputs::Outputs;
#[cfg(feature = "protobuf")]
use crate::render::protobuf::ProtobufOf;
use crate::schema::Bindings;
use crate::schema::binding::OfFormat;
use crate::transform::key_record::KeyPen;
use crate::transform::stage::Under;

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
    let (Reading { plan, decoder }, bindings, rest) = serving.parts();
    let bindings = bindings.ok_or(Reason::SchemaUnknown)?;
    let headers = fetched.headers();
    let headers = headers.map(|(name, value)| (name, value.unwrap_or_default()));
    let (binding, body) = bindings.read(fetched.value().unwrap_or_default(), headers)?;
    let reading = &binding.reading;
    let fetched = fetched.of_schema(binding.comes.as_deref());
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
