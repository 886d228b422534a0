//! CloudEvents in binary mode: a header says which format the data is in, and it must be the
//! one that values are read in.
//!
//! Sources: CloudEvents 1.0.2, "Kafka Protocol Binding" sections 3.2 and 3.3; RFC 6839 and
//! RFC 9110 section 8.3 for what a media type is.

use crate::plan::{Format, Plan};
use crate::record::bare::Bare;
use crate::record::{Fetched, Reason};

/// The header that says the type of an event.
const TYPE: &str = "ce_type";
/// The headers that say the format of its data.
const FORMATS: [&[u8]; 2] = [b"content-type", b"ce_datacontenttype"];

/// Looks whether the data of an event is in the format that the plan reads; of what is no
/// event in binary mode nothing is asked, and neither is it of one that does not say.
///
/// # Errors
/// `bad_frame`: it is in another format, or the whole event is the value (structured mode);
/// or two headers say its type, of which readers may take either.
#[cold]
#[inline(never)]
pub(super) fn check(fetched: Fetched<'_>, plan: &Plan) -> Result<(), Reason> {
    if plan.source.type_header.as_deref() != Some(TYPE) || fetched.value().is_none() {
        return Ok(());
    }
    let types = fetched
        .headers()
        .filter(|(name, _)| *name == TYPE.as_bytes());
    if types.count() > 1 {
        return Err(Reason::BadFrame);
    }
    for (name, value) in fetched.headers() {
        let says = FORMATS.iter().any(|known| name.eq_ignore_ascii_case(known));
        if says && !is_of(&plan.source.format, value.unwrap_or_default()) {
            return Err(Reason::BadFrame);
        }
    }
    Ok(())
}

/// True of a media type of that format.
fn is_of(format: &Format, media_type: &[u8]) -> bool {
    let essence = media_type.split(|byte| *byte == b';').next();
    let essence = essence.unwrap_or_default().trim_ascii();
    let essence = essence.to_ascii_lowercase();
    if !is_one(&essence) {
        return false;
    }
    // Of an event that is the value as a whole, and of several of them.
    if essence.starts_with(b"application/cloudevents") {
        return false;
    }
    let (names, suffix): (&[&[u8]], &[u8]) = match format {
        Format::Json | Format::JsonSchema(_) | Format::JsonSchemaById => {
            (&[b"application/json", b"text/json"], b"+json")
        }
        Format::Bare(Bare::Text) => return essence.starts_with(b"text/"),
        // Bytes are looked at by nobody, so whatever they are is what is read.
        Format::Bare(Bare::Bytes) => return true,
        Format::Avro(_) | Format::AvroById | Format::AvroByFingerprint(_) => (
            &[
                b"application/avro",
                b"application/vnd.apache.avro",
                b"avro/binary",
            ],
            b"+avro",
        ),
        Format::Protobuf(_) | Format::ProtobufById(_) => (
            &[
                b"application/protobuf",
                b"application/x-protobuf",
                b"application/vnd.google.protobuf",
            ],
            b"+protobuf",
        ),
    };
    names.contains(&&essence[..]) || essence.ends_with(suffix)
}

/// True of `TYPE/SUBTYPE`, both of the characters of a token (RFC 9110 section 5.6.2): a
/// list of several says nothing of this one.
fn is_one(essence: &[u8]) -> bool {
    let is_token = |part: &[u8]| {
        let is_of_token =
            |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
        !part.is_empty() && part.iter().all(is_of_token)
    };
    let mut parts = essence.split(|byte| *byte == b'/');
    let (main, sub) = (parts.next(), parts.next());
    parts.next().is_none() && main.is_some_and(is_token) && sub.is_some_and(is_token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_media_type_is_of_one_format() {
        let formats = [
            Format::Json,
            Format::JsonSchemaById,
            Format::AvroById,
            Format::ProtobufById(None),
        ];
        for (media_type, of) in [
            ("text/plain; charset=utf-8", [true, true]),
            ("TEXT/csv", [true, true]),
            ("application/octet-stream", [false, true]),
            ("application/json", [false, true]),
            ("application/cloudevents+json", [false, false]),
            ("text", [false, false]),
        ] {
            let found = [Bare::Text, Bare::Bytes]
                .map(|bare| is_of(&Format::Bare(bare), media_type.as_bytes()));
            assert_eq!(found, of, "{media_type}");
        }
        for (media_type, of) in [
            ("application/json", [true, true, false, false]),
            (
                "Application/JSON; charset=UTF-8",
                [true, true, false, false],
            ),
            (" application/vnd.shop.v1+json ", [true, true, false, false]),
            ("application/avro", [false, false, true, false]),
            ("application/vnd.shop+avro", [false, false, true, false]),
            ("application/x-protobuf", [false, false, false, true]),
            ("application/cloudevents+json", [false; 4]),
            ("application/cloudevents-batch+json", [false; 4]),
            ("application/cloudevents+avro", [false; 4]),
            ("application/xml", [false; 4]),
            ("text/plain", [false; 4]),
            ("+json", [false; 4]),
            ("/+json", [false; 4]),
            ("a/b/c+json", [false; 4]),
            ("text/html, application/x+json", [false; 4]),
            ("text/html,application/x+avro", [false; 4]),
            ("a b/c+json", [false; 4]),
            ("", [false; 4]),
        ] {
            let found = formats
                .each_ref()
                .map(|format| is_of(format, media_type.as_bytes()));
            assert_eq!(found, of, "{media_type}");
        }
    }
}
