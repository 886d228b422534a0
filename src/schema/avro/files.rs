//! A schema whose types are declared in several files, as Maven and Gradle builds of Java
//! and the references of a registry have it. Apache Avro knows a type by its name alone, so
//! the files may be given in any order.

use super::node::Schema;
use super::parse::{BadSchema, Parser, TEXT_BYTES_MAX};
use crate::plan::AvroSchema;
use crate::schema::json::Json;

/// Most files beside that of the records, as of a schema in a registry.
pub const FILES_MAX: usize = 64;

/// The schema that files say.
///
/// # Errors
/// As [`Schema::parse_files`].
pub fn of(said: &AvroSchema) -> Result<Schema, BadSchema> {
    let others = said.others.iter().map(|(file, text)| (&**file, &**text));
    Schema::parse_files(&said.text, others)
}

impl Schema {
    /// Reads the text of a schema that names types which others declare. `others`: the names
    /// of the files, and their texts.
    ///
    /// # Errors
    /// As [`Schema::parse`], of all of them; when two declare one name, when there are more
    /// than [`FILES_MAX`], and when a type that one of them names is declared nowhere, or
    /// behind a circle of files that need each other.
    pub fn parse_files<'t>(
        text: &str,
        others: impl IntoIterator<Item = (&'t str, &'t str)>,
    ) -> Result<Schema, BadSchema> {
        let mut parser = Parser::default();
        let mut open: Vec<(&str, Json)> = Vec::new();
        for (file, text) in others {
            if open.len() == FILES_MAX {
                return Err(BadSchema::TooManyFiles);
            }
            let json = Json::read(text, TEXT_BYTES_MAX).map_err(|bad| within(file, bad.into()))?;
            open.push((file, json));
        }
        // Each round takes those of which all that they name is declared.
        while !open.is_empty() {
            let before = open.len();
            let mut lacks = None;
            let mut rest = Vec::new();
            for (file, json) in open {
                match parser.take(&json) {
                    Ok(_) => {}
                    Err(bad @ BadSchema::Undeclared { .. }) => {
                        lacks = lacks.or(Some(within(file, bad)));
                        rest.push((file, json));
                    }
                    Err(bad) => return Err(within(file, bad)),
                }
            }
            open = rest;
            if let (Some(lacks), true) = (lacks, open.len() == before) {
                return Err(lacks);
            }
        }
        let root = parser.take(&Json::read(text, TEXT_BYTES_MAX)?)?;
        Ok(parser.into_schema(root))
    }
}

fn within(file: &str, bad: BadSchema) -> BadSchema {
    BadSchema::InFile {
        file: file.to_owned(),
        bad: Box::new(bad),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLICK: &str = r#"{"type":"record","name":"Click","namespace":"web","fields":[
        {"name":"home","type":["null","geo.Place"]},{"name":"by","type":"Person"}]}"#;
    const PLACE: &str = r#"{"type":"record","name":"geo.Place","fields":[
        {"name":"code","type":"Country"}]}"#;
    const COUNTRY: &str = r#"{"type":"enum","name":"geo.Country","symbols":["DE","FR"]}"#;
    const PERSON: &str = r#"{"type":"record","name":"web.Person","fields":[
        {"name":"in","type":"geo.Country"},{"name":"knows","type":["null","Person"]}]}"#;

    fn of(others: &[(&str, &str)]) -> Result<Schema, String> {
        Schema::parse_files(CLICK, others.iter().copied()).map_err(|bad| bad.to_string())
    }

    #[test]
    fn files_may_come_in_any_order_and_are_as_one() {
        let all = [
            ("place.avsc", PLACE),
            ("person.avsc", PERSON),
            ("country.avsc", COUNTRY),
        ];
        let one = r#"{"type":"record","name":"Click","namespace":"web","fields":[
            {"name":"home","type":["null",{"type":"record","name":"geo.Place","fields":[
                {"name":"code","type":{"type":"enum","name":"Country","symbols":["DE","FR"]}}]}]},
            {"name":"by","type":{"type":"record","name":"Person","fields":[
                {"name":"in","type":"geo.Country"},{"name":"knows","type":["null","Person"]}]}}]}"#;
        let one = Schema::parse(one).expect("a schema").print();
        for turn in 0..all.len() {
            let mut others = all;
            others.rotate_left(turn);
            assert_eq!(of(&others).expect("a schema").print(), one);
            others.reverse();
            assert_eq!(of(&others).expect("a schema").print(), one);
        }
    }

    #[test]
    fn what_is_declared_nowhere_twice_or_in_a_circle_is_named_with_its_file() {
        assert_eq!(
            of(&[]).err().as_deref(),
            Some(
                "the type `geo.Place` is declared nowhere before it (at `Click.home` of the schema)"
            )
        );
        assert_eq!(
            of(&[("place.avsc", PLACE), ("person.avsc", PERSON)])
                .err()
                .as_deref(),
            Some(
                "in `place.avsc`: the type `geo.Country` is declared nowhere before it (at `Place.code` of the schema)"
            )
        );
        let twice = [("a.avsc", COUNTRY), ("b.avsc", COUNTRY)];
        assert_eq!(
            of(&twice).err().as_deref(),
            Some("in `b.avsc`: the type `geo.Country` is declared twice (at `` of the schema)")
        );
        let circle = r#"{"type":"record","name":"geo.Country","fields":[
            {"name":"p","type":"geo.Place"}]}"#;
        let found = of(&[("place.avsc", PLACE), ("circle.avsc", circle)]).err();
        assert!(
            found.is_some_and(|said| said.starts_with("in `place.avsc`: the type `geo.Country`"))
        );
        let bad = of(&[("place.avsc", "{")]).err();
        assert!(bad.is_some_and(|said| said.starts_with("in `place.avsc`: the schema is not")));
        let many: Vec<(&str, &str)> = (0..=FILES_MAX).map(|_| ("x", "\"int\"")).collect();
        assert_eq!(
            of(&many).err().as_deref(),
            Some("types of more than 64 other files")
        );
    }

    /// What no specification calls a name may be anything, and is not told.
    #[test]
    fn what_is_no_name_is_not_told() {
        for name in ["a b", "\u{202e}x", "1", &"x".repeat(300)] {
            let text = Json::Text(name.into());
            let mut json = Vec::new();
            text.write(&mut json);
            let text = String::from_utf8(json).expect("it was text");
            let bad = Schema::parse(&text).expect_err("no type").to_string();
            assert_eq!(
                bad,
                "a type that is declared nowhere before it is named (at `` of the schema)"
            );
        }
    }
}
