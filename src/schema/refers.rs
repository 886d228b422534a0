//! The files that the schema of a file refers to.

use std::sync::Arc;

use crate::plan::Format;
use crate::schema::avro::{self, parse::BadSchema};
use crate::schema::jsonschema;
#[cfg(feature = "protobuf")]
use crate::schema::protobuf;

/// What a schema refers to and does not have: by the names of files that it does so by, and
/// of JSON Schema also references that lead nowhere in the files that it has; of Avro the
/// first type that is declared nowhere. Nothing of one that cannot be read.
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
        Format::Avro(said) => {
            let bad = avro::files::of(said).err();
            let name = bad.as_ref().and_then(BadSchema::undeclared);
            name.iter().map(ToString::to_string).collect()
        }
        #[cfg(feature = "protobuf")]
        Format::Protobuf(said) => protobuf::compile::lacking(&said.files),
        _ => Vec::new(),
    }
}

/// The names of the files that what is lacking may stand in, best first: its own, and of a
/// type of Avro those that builds of Java give to one, beside the schema or the policy.
pub fn files_of(format: &Format, lacking: &str) -> Vec<String> {
    let Format::Avro(said) = format else {
        return vec![lacking.to_owned()];
    };
    let (_, last) = lacking.rsplit_once('.').unwrap_or(("", lacking));
    let folders = lacking.replace('.', "/");
    let beside = said
        .file
        .rsplit_once('/')
        .map(|(folder, _)| format!("{folder}/"));
    let mut all: Vec<String> = Vec::new();
    for folder in beside.into_iter().chain([String::new()]) {
        for name in [lacking, &folders, last] {
            let file = format!("{folder}{name}.avsc");
            if file != said.file && !all.contains(&file) {
                all.push(file);
            }
        }
    }
    all
}

/// The same schema with that file, by the name that it is referred to by; `None`: its format
/// refers to none, or the file is no text.
pub fn with(format: Format, name: &str, bytes: &[u8]) -> Option<Format> {
    match format {
        Format::Avro(mut said) => {
            let text = std::str::from_utf8(bytes).ok()?;
            said.others.push((name.to_owned(), text.into()));
            Some(Format::Avro(said))
        }
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

/// Most files that a schema may refer to.
pub const FILES_MAX: usize = 64;

/// A schema with what it refers to, as far as that is there.
pub struct Followed {
    /// The schema.
    pub format: Format,
    /// The names of the files that it has now, in the order in which they came to it.
    pub files: Vec<String>,
    /// What is nowhere, as [`lacking`].
    pub nowhere: Vec<String>,
}

/// Why what a schema refers to cannot be followed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfollowed {
    /// It refers to more than [`FILES_MAX`] files.
    #[error("it refers to more than 64 files")]
    TooMany,
    /// A file that it refers to by that name is no text.
    #[error("`{0}`, which it refers to, is no UTF-8 text")]
    NoText(String),
}

/// Adds what the schema refers to, and what that does, file by file, as far as `find` has it
/// by the name that it is referred to by ([`files_of`]). `files`: those that it has by now.
///
/// # Errors
/// [`Unfollowed`].
pub fn followed(
    mut format: Format,
    mut files: Vec<String>,
    find: impl Fn(&str) -> Option<Vec<u8>>,
) -> Result<Followed, Unfollowed> {
    loop {
        let nowhere = lacking(&format);
        let before = files.len();
        for name in &nowhere {
            // One that was read and does not have it is not read again.
            let new = files_of(&format, name).into_iter();
            let mut new = new.filter(|file| !files.contains(file));
            let Some((file, bytes)) = new.find_map(|file| find(&file).map(|it| (file, it))) else {
                continue;
            };
            if files.len() >= FILES_MAX {
                return Err(Unfollowed::TooMany);
            }
            format = with(format, &file, &bytes).ok_or(Unfollowed::NoText(file.clone()))?;
            files.push(file);
        }
        if files.len() == before {
            return Ok(Followed {
                format,
                files,
                nowhere,
            });
        }
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
        let bare = Format::Json;
        assert!(lacking(&bare).is_empty() && with(bare, "x", b"{}").is_none());
    }

    #[test]
    fn a_type_of_avro_is_looked_for_in_the_files_that_builds_give_it() {
        let text = r#"{"type":"record","name":"R","fields":[{"name":"a","type":"x.y.A"}]}"#;
        let format = Format::of_file("s.avsc", text.as_bytes(), None).expect("a text");
        assert_eq!(lacking(&format), ["x.y.A"]);
        let files = files_of(&format, "x.y.A");
        assert_eq!(files, ["x.y.A.avsc", "x/y/A.avsc", "A.avsc"]);
        assert_eq!(files_of(&format, "A"), ["A.avsc"]);
        assert_eq!(files_of(&format, "s"), [""; 0]);
        let below = Format::of_file("in/s.avsc", text.as_bytes(), None).expect("a text");
        assert_eq!(files_of(&below, "A"), ["in/A.avsc", "A.avsc"]);
        let a = r#"{"type":"record","name":"x.y.A","fields":[{"name":"b","type":"B"}]}"#;
        let format = with(format, "A.avsc", a.as_bytes()).expect("a text");
        assert_eq!(lacking(&format), ["x.y.B"]);
        let b = r#"{"type":"fixed","name":"x.y.B","size":4}"#;
        let format = with(format, "B.avsc", b.as_bytes()).expect("a text");
        assert_eq!(lacking(&format), [""; 0]);
        // One that is no schema lacks nothing: what is wrong is told where it is read.
        let broken = Format::of_file("s.avsc", b"{}", None).expect("a text");
        assert!(lacking(&broken).is_empty());
    }

    #[test]
    fn what_is_there_is_followed_and_what_is_not_is_told() {
        let there = |name: &str| match name {
            "a.json" => {
                Some(br#"{"properties":{"x":{"$ref":"b.json"},"y":{"$ref":"c.json"}}}"#.to_vec())
            }
            "b.json" => Some(b"{}".to_vec()),
            "bad.json" => Some(vec![0xff]),
            _ => None,
        };
        let of = |reference: &str, files: usize| {
            let text = format!(r#"{{"properties":{{"a":{{"$ref":"{reference}"}}}}}}"#);
            let format = Format::of_file("s.json", text.as_bytes(), None).expect("a text");
            followed(format, vec!["x".to_owned(); files], there)
        };
        let found = of("a.json", 0).ok().expect("few files");
        assert_eq!(found.files, ["a.json", "b.json"]);
        assert_eq!(found.nowhere, ["c.json"]);
        assert_eq!(of("a.json", FILES_MAX).err(), Some(Unfollowed::TooMany));
        let bad = of("bad.json", 0).err();
        assert_eq!(bad, Some(Unfollowed::NoText("bad.json".into())));
    }
}
