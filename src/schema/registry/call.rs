//! What is asked of a registry, and what its answers come to. The calls are those of
//! Confluent's Schema Registry (its API reference, "v1"), which others speak too
//! (Apicurio: `/apis/ccompat/v7`).

use super::trouble::Why;
use crate::schema::frame::SchemaId;

/// What language a schema is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Apache Avro.
    Avro,
    /// Protocol Buffers.
    Protobuf,
    /// JSON Schema.
    Json,
}

impl Kind {
    /// The registry's word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Kind::Avro => "AVRO",
            Kind::Protobuf => "PROTOBUF",
            Kind::Json => "JSON",
        }
    }

    /// The kind of that word.
    pub fn of(word: &str) -> Option<Kind> {
        let all = [Kind::Avro, Kind::Protobuf, Kind::Json];
        all.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// Which version of a subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Version {
    /// That one.
    Number(u32),
    /// The newest.
    Latest,
}

/// One call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call<'a> {
    /// The schema of that id.
    Schema(SchemaId),
    /// A version of a subject.
    Version(&'a str, Version),
    /// The id of a schema, if the subject has it.
    LookUp(&'a str, Kind, &'a str),
    /// Whether a schema may follow the newest of the subject.
    Check(&'a str, Kind, &'a str),
    /// The id of a schema, which becomes a version of the subject if it is none.
    Register(&'a str, Kind, &'a str),
}

/// The calls by kind, for figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CallKind {
    /// [`Call::Schema`].
    Schema,
    /// [`Call::Version`].
    Version,
    /// [`Call::LookUp`].
    LookUp,
    /// [`Call::Check`].
    Check,
    /// [`Call::Register`].
    Register,
}

impl CallKind {
    /// Every kind, in the order of its discriminant.
    pub const ALL: [CallKind; 5] = [
        CallKind::Schema,
        CallKind::Version,
        CallKind::LookUp,
        CallKind::Check,
        CallKind::Register,
    ];

    /// The metric label.
    pub const fn as_str(self) -> &'static str {
        match self {
            CallKind::Schema => "schema",
            CallKind::Version => "version",
            CallKind::LookUp => "look_up",
            CallKind::Check => "check",
            CallKind::Register => "register",
        }
    }
}

impl Call<'_> {
    /// What kind of call it is.
    pub const fn kind(&self) -> CallKind {
        match self {
            Call::Schema(_) => CallKind::Schema,
            Call::Version(..) => CallKind::Version,
            Call::LookUp(..) => CallKind::LookUp,
            Call::Check(..) => CallKind::Check,
            Call::Register(..) => CallKind::Register,
        }
    }

    /// Where it goes, below the address of the registry; `None`: this registry has no
    /// schemas by such ids.
    pub fn path(&self) -> Option<String> {
        Some(match self {
            Call::Schema(SchemaId::Number(id)) => format!("/schemas/ids/{id}"),
            Call::Schema(SchemaId::Guid(guid)) => format!("/schemas/guids/{}", hyphened(guid)),
            Call::Schema(SchemaId::Content(id)) => format!("/schemas/ids/{id}"),
            Call::Schema(_) => return None,
            Call::Version(subject, Version::Latest) => {
                format!("/subjects/{}/versions/latest", escaped(subject))
            }
            Call::Version(subject, Version::Number(number)) => {
                format!("/subjects/{}/versions/{number}", escaped(subject))
            }
            Call::LookUp(subject, ..) => format!("/subjects/{}", escaped(subject)),
            Call::Check(subject, ..) => {
                format!(
                    "/compatibility/subjects/{}/versions/latest",
                    escaped(subject)
                )
            }
            Call::Register(subject, ..) => format!("/subjects/{}/versions", escaped(subject)),
        })
    }

    /// What it carries; `None`: nothing, it only reads.
    pub fn body(&self) -> Option<Vec<u8>> {
        let (Call::LookUp(_, kind, text)
        | Call::Check(_, kind, text)
        | Call::Register(_, kind, text)) = self
        else {
            return None;
        };
        let mut body = b"{\"schemaType\":\"".to_vec();
        body.extend_from_slice(kind.as_str().as_bytes());
        body.extend_from_slice(b"\",\"schema\":");
        crate::schema::json::write_text(text, &mut body);
        body.push(b'}');
        Some(body)
    }
}

/// A schema as a registry gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schema {
    /// Its number, where the answer says it.
    pub id: Option<u64>,
    /// What it is.
    pub kind: Kind,
    /// Its text.
    pub text: Box<str>,
    /// What it refers to.
    pub references: Vec<Reference>,
}

/// What a schema refers to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reference {
    /// By which name: that of a type, or of a file.
    pub name: Box<str>,
    /// A version of that subject.
    pub subject: Box<str>,
    /// Which.
    pub version: u32,
}

/// What a call came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A schema.
    Schema(Schema),
    /// The id of a schema.
    Id(u64),
    /// Whether it may follow.
    Compatible(bool),
    /// The registry says that there is none.
    Missing,
    /// The registry says that it may not follow what is there.
    Conflict,
    /// The registry does not take the schema for one.
    NoSchema,
    /// Nobody knows: it could not be reached, or did not answer as a registry does.
    Trouble(Why),
}

impl Outcome {
    /// The metric label.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Outcome::Schema(_) | Outcome::Id(_) | Outcome::Compatible(_) => "answered",
            Outcome::Missing => "missing",
            Outcome::Conflict => "conflict",
            Outcome::NoSchema => "no_schema",
            Outcome::Trouble(_) => "trouble",
        }
    }

    /// Every label.
    pub const LABELS: [&'static str; 5] =
        ["answered", "missing", "conflict", "no_schema", "trouble"];
}

/// A name as one part of a path (RFC 3986 section 2.1): a subject may hold anything.
pub(super) fn escaped(name: &str) -> String {
    use std::fmt::Write;
    let mut out = String::with_capacity(name.len());
    for byte in name.bytes() {
        match byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'~') {
            true => out.push(char::from(byte)),
            // The dot too: `..` as a whole part would lead elsewhere.
            false if byte == b'.' && name.bytes().any(|b| b != b'.') => out.push('.'),
            false => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

/// As RFC 9562 writes 16 bytes.
fn hyphened(guid: &[u8; 16]) -> String {
    let hex = data_encoding::HEXLOWER.encode(guid);
    let parts = [
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..],
    ];
    parts.join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_one_part_of_the_path() {
        let path = |subject| Call::Version(subject, Version::Latest).path();
        for (subject, part) in [
            ("web.raw-value", "web.raw-value"),
            ("a/b?c#d", "a%2Fb%3Fc%23d"),
            ("..", "%2E%2E"),
            ("é %", "%C3%A9%20%25"),
        ] {
            let wanted = format!("/subjects/{part}/versions/latest");
            assert_eq!(path(subject), Some(wanted));
        }
    }

    #[test]
    fn a_schema_is_asked_for_by_number_or_guid_and_by_nothing_else() {
        let path = |id| Call::Schema(id).path();
        assert_eq!(path(SchemaId::Number(7)).as_deref(), Some("/schemas/ids/7"));
        let guid = SchemaId::Guid(*b"\x89\x79\x1f\x2a\x00\x01\x40\x02\x80\x03abcdef");
        let wanted = "/schemas/guids/89791f2a-0001-4002-8003-616263646566";
        assert_eq!(path(guid).as_deref(), Some(wanted));
        // Apicurio knows a text by one number, whichever of its addresses is asked.
        let content = path(SchemaId::Content(7));
        assert_eq!(content.as_deref(), Some("/schemas/ids/7"));
        for id in [SchemaId::Wide(7), SchemaId::Fingerprint(7), SchemaId::File] {
            assert_eq!(path(id), None, "{id:?}");
        }
    }

    #[test]
    fn a_text_is_carried_whatever_stands_in_it() {
        let call = Call::Register("s", Kind::Avro, "\"\\\n\u{1}é");
        let body = String::from_utf8(call.body().expect("it carries one")).expect("it is text");
        assert_eq!(
            body,
            "{\"schemaType\":\"AVRO\",\"schema\":\"\\\"\\\\\\n\\u0001é\"}"
        );
        assert_eq!(Call::Schema(SchemaId::Number(1)).body(), None);
    }
}
