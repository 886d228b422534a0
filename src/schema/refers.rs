//! The files that the schema of a file refers to.

use std::sync::Arc;

use crate::plan::Format;
use crate::schema::jsonschema;
#[cfg(feature = "protobuf")]
use crate::schema::protobuf;

/// What a schema refers to and does not have: by the names of files that it does so by, and
/// of JSON Schema also references that lead nowhere in the files that it has. Nothing of one
/// that cannot be read.
pub fn lacking(format: &Format) -> Vec<String> {
    match format {
        Format::JsonSchema(said) => {
            let others = said.others.iter().map(|(name, text)| (&**name, &**text));
            let others: Vec<_> = others.collect();
            let schema = jsonschema::node::Schema::read(&said.text, &others);
            let schema = schema.as_ref().map(jsonschema::node::Schema::nowhere);
            let nowhere = schema.unwrap_or_default().iter();
            let mut all: Vec<String> = nowhere
                .map(|reference| {
                    let (name, _) = reference.split_once('#').unwrap_or((reference, ""));
                    let name = name.strip_prefix("./").unwrap_or(name);
                    let is_there = others.iter().any(|(known, _)| *known == name);
                    match name.is_empty() || is_there {
                        true => reference.to_string(),
                        false => name.to_owned(),
                    }
                })
                .collect();
            all.dedup();
            all
        }
        #[cfg(feature = "protobuf")]
        Format::Protobuf(said) => protobuf::compile::lacking(&said.files),
        _ => Vec::new(),
    }
}

/// The same schema with that file, by the name that it is referred to by; `None`: its format
/// refers to none, or the file is no text.
pub fn with(format: Format, name: &str, bytes: &[u8]) -> Option<Format> {
    match format {
        Format::JsonSchema(mut said) => {
            let text = std::str::from_utf8(bytes).ok()?;
            said.others.push((name.to_owned(), text.into()));
            Some(Format::JsonSchema(said))
        }
        Format::Protobuf(mut said) => {
            std::str::from_utf8(bytes).ok()?;
            said.files.push((name.to_owned(), Arc::from(bytes)));
            Some(Format::Protobuf(said))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_followed_file_by_file_and_what_leads_nowhere_is_told() {
        let text =
            r##"{"properties":{"a":{"$ref":"./a.json#/definitions/x"},"b":{"$ref":"#/nope"}}}"##;
        let format = Format::of_file("s.json", text.as_bytes(), None).expect("a text");
        assert_eq!(lacking(&format), ["#/nope", "a.json"]);
        let a = r#"{"definitions":{"x":{"$ref":"b.json"}}}"#;
        let format = with(format, "a.json", a.as_bytes()).expect("a text");
        assert_eq!(lacking(&format), ["#/nope", "b.json"]);
        let format = with(format, "b.json", b"{}").expect("a text");
        assert_eq!(lacking(&format), ["#/nope"]);
        assert!(with(format, "c.json", &[0xff]).is_none());
        let avro = Format::of_file("s.avsc", b"{}", None).expect("a text");
        assert!(lacking(&avro).is_empty() && with(avro, "x", b"{}").is_none());
    }
}
