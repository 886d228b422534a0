//! What a registry answered, read. Its bytes may hold anything.

use super::call::{Call, Kind, Outcome, Reference, Schema};
use super::trouble::Why;
use crate::schema::json::Json;

/// Longest answer that is read, in bytes.
pub const BYTES_MAX: usize = 4 << 20;

/// Most references of one schema.
const REFERENCES_MAX: usize = 64;

/// What an answer of that status and body comes to.
pub fn read(call: &Call<'_>, status: u16, body: &[u8]) -> Outcome {
    match (status, call) {
        (200, _) => match found(call, body) {
            Ok(outcome) => outcome,
            Err(what) => Outcome::Trouble(Why::Unlike(what)),
        },
        // A wrong path is answered 404 too, and then records would be given up that
        // are good: only a registry says so with a code.
        (404, _) => match code(body) {
            Some(40401..=40403) => Outcome::Missing,
            _ => Outcome::Trouble(Why::Status(404)),
        },
        (409, Call::Check(..) | Call::Register(..)) => Outcome::Conflict,
        (422, Call::LookUp(..) | Call::Check(..) | Call::Register(..)) => Outcome::NoSchema,
        (status, _) => Outcome::Trouble(Why::Status(status)),
    }
}

/// True when it is a list.
#[cfg(feature = "registry")]
pub(super) fn is_list(body: &[u8]) -> bool {
    matches!(json(body), Some(Json::List(_)))
}

fn found(call: &Call<'_>, body: &[u8]) -> Result<Outcome, &'static str> {
    let json = json(body).ok_or("no JSON")?;
    match call {
        Call::Schema(_) | Call::Version(..) => schema(&json).map(Outcome::Schema),
        Call::LookUp(..) | Call::Register(..) => match json.member("id").and_then(number) {
            Some(id) => Ok(Outcome::Id(id)),
            None => Err("no id"),
        },
        Call::Check(..) => match json.member("is_compatible") {
            Some(Json::Bool(is)) => Ok(Outcome::Compatible(*is)),
            _ => Err("it does not say whether a schema is compatible"),
        },
    }
}

fn schema(json: &Json) -> Result<Schema, &'static str> {
    let text = json.member("schema").and_then(Json::as_text);
    let text = text.ok_or("no schema")?;
    let kind = match json.member("schemaType") {
        None | Some(Json::Null) => Kind::Avro,
        Some(word) => {
            let word = word.as_text().ok_or("a kind of schema that is no text")?;
            Kind::of(word).ok_or("a schema of an unknown kind")?
        }
    };
    let references = match json.member("references") {
        None | Some(Json::Null) => Vec::new(),
        Some(Json::List(all)) if all.len() <= REFERENCES_MAX => {
            let read = all.iter().map(reference).collect::<Option<_>>();
            read.ok_or("references that cannot be read")?
        }
        Some(Json::List(_)) => return Err("more than 64 references"),
        Some(_) => return Err("references that cannot be read"),
    };
    Ok(Schema {
        id: json.member("id").and_then(number),
        kind,
        text: text.into(),
        references,
    })
}

fn reference(json: &Json) -> Option<Reference> {
    Some(Reference {
        name: json.member("name")?.as_text()?.into(),
        subject: json.member("subject")?.as_text()?.into(),
        version: json.member("version")?.as_count()?,
    })
}

/// The code of an error.
fn code(body: &[u8]) -> Option<u32> {
    json(body)?.member("error_code")?.as_count()
}

fn json(body: &[u8]) -> Option<Json> {
    Json::read(std::str::from_utf8(body).ok()?, BYTES_MAX).ok()
}

fn number(json: &Json) -> Option<u64> {
    match json {
        Json::Number(text) => text.parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::frame::SchemaId;
    use crate::schema::registry::call::Version;

    const BY_ID: Call<'_> = Call::Schema(SchemaId::Number(1));
    const LOOK_UP: Call<'_> = Call::LookUp("s", Kind::Avro, "\"int\"");
    const CHECK: Call<'_> = Call::Check("s", Kind::Avro, "\"int\"");
    const REGISTER: Call<'_> = Call::Register("s", Kind::Avro, "\"int\"");

    fn unlike(call: Call<'_>, body: &str) -> bool {
        let outcome = read(&call, 200, body.as_bytes());
        matches!(outcome, Outcome::Trouble(Why::Unlike(_)))
    }

    #[test]
    fn schemas_come_with_their_kind_and_references() {
        let plain = br#"{"schema":"\"string\""}"#;
        let Outcome::Schema(schema) = read(&BY_ID, 200, plain) else {
            panic!("it is a schema");
        };
        assert_eq!((&*schema.text, schema.kind), ("\"string\"", Kind::Avro));
        assert_eq!((schema.id, schema.references.len()), (None, 0));
        // Confluent's answer to a version of a subject (API reference).
        let version = br#"{"subject":"t","id":1,"version":2,"guid":"x","schemaType":"PROTOBUF",
            "references":[{"name":"other.proto","subject":"o","version":3}],
            "schema":"syntax = \"proto3\";"}"#;
        let call = Call::Version("t", Version::Latest);
        let Outcome::Schema(schema) = read(&call, 200, version) else {
            panic!("it is a schema");
        };
        assert_eq!((schema.id, schema.kind), (Some(1), Kind::Protobuf));
        assert_eq!(
            schema.references,
            [Reference {
                name: "other.proto".into(),
                subject: "o".into(),
                version: 3
            }]
        );
    }

    #[test]
    fn a_200_that_is_no_answer_is_trouble() {
        for body in [
            "",
            "<html>",
            "{}",
            "[]",
            "null",
            "\u{feff}{\"schema\":\"x\"}",
            r#"{"schema":7}"#,
            r#"{"schema":null}"#,
            r#"{"schema":"x","schema":"y"}"#,
            r#"{"schema":"x","schemaType":"XML"}"#,
            r#"{"schema":"x","schemaType":7}"#,
            r#"{"schema":"x","references":{}}"#,
            r#"{"schema":"x","references":[{"name":"a","subject":"b"}]}"#,
            r#"{"schema":"x","references":[{"name":"a","subject":"b","version":-1}]}"#,
            r#"{"schema":"x"} more"#,
        ] {
            assert!(unlike(BY_ID, body), "{body}");
        }
        for body in ["{}", r#"{"id":"1"}"#, r#"{"id":-1}"#, r#"{"id":1.5}"#] {
            assert!(unlike(LOOK_UP, body) && unlike(REGISTER, body), "{body}");
        }
        for body in ["{}", r#"{"is_compatible":"true"}"#] {
            assert!(unlike(CHECK, body), "{body}");
        }
        let many = format!(
            r#"{{"schema":"x","references":[{}]}}"#,
            vec![r#"{"name":"a","subject":"b","version":1}"#; 65].join(",")
        );
        assert!(unlike(BY_ID, &many));
        let not_utf8 = read(&BY_ID, 200, b"{\"schema\":\"\xff\"}");
        assert!(matches!(not_utf8, Outcome::Trouble(_)));
    }

    #[test]
    fn only_a_registry_says_that_there_is_none() {
        for (code, missing) in [(40401, true), (40402, true), (40403, true), (40400, false)] {
            let body = format!(r#"{{"error_code":{code},"message":"x"}}"#);
            let outcome = read(&BY_ID, 404, body.as_bytes());
            assert_eq!(outcome == Outcome::Missing, missing, "{code}");
        }
        for body in ["", "Not Found", "<html>404</html>", "{}"] {
            let outcome = read(&BY_ID, 404, body.as_bytes());
            assert_eq!(outcome, Outcome::Trouble(Why::Status(404)), "{body}");
        }
    }

    #[test]
    fn every_other_status_is_trouble_but_two() {
        for status in [201, 204, 301, 302, 400, 401, 403, 429, 500, 502, 503] {
            for call in [BY_ID, LOOK_UP, CHECK, REGISTER] {
                let body = br#"{"schema":"x","id":1,"is_compatible":true}"#;
                let outcome = read(&call, status, body);
                assert_eq!(outcome, Outcome::Trouble(Why::Status(status)));
            }
        }
        assert_eq!(read(&REGISTER, 409, b""), Outcome::Conflict);
        assert_eq!(read(&CHECK, 409, b""), Outcome::Conflict);
        assert_eq!(read(&LOOK_UP, 409, b""), Outcome::Trouble(Why::Status(409)));
        assert_eq!(read(&REGISTER, 422, b""), Outcome::NoSchema);
        assert_eq!(read(&BY_ID, 422, b""), Outcome::Trouble(Why::Status(422)));
        let yes = read(&CHECK, 200, br#"{"is_compatible":true}"#);
        assert_eq!(yes, Outcome::Compatible(true));
        let id = read(&REGISTER, 200, br#"{"id":18446744073709551615}"#);
        assert_eq!(id, Outcome::Id(u64::MAX));
    }
}
