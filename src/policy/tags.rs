//! Classes of fields by what the owners of their schema call them.

use std::collections::HashSet;

use super::check::model::{Checked, Class};
use super::compile::{Shelf, source_format};
use crate::language::codes;
use crate::language::finding::Findings;
use crate::plan::Format;
use crate::record::path::Selector;
use crate::schema::writer::Writer;

/// Gives a class to each field that a schema file of the source tags with one of
/// `classes.tags`, unless a path says what it is. `more`: other schemas that values are
/// known to be written under. What is wrong with a schema is told where the plan is made.
pub(super) fn apply(policy: &mut Checked, shelf: &Shelf, more: &[Format], findings: &mut Findings) {
    let mut formats = own_formats(policy, shelf);
    formats.extend_from_slice(more);
    let Some(classes) = &mut policy.classes else {
        return;
    };
    let Some(first) = classes.tags.first().map(|tag| tag.span) else {
        return;
    };
    let writers = formats.iter().filter_map(|format| Writer::of(format)?.ok());
    let mut found: Vec<Class> = Vec::new();
    let mut met: HashSet<String> = HashSet::new();
    for writer in writers {
        let tagged = match writer.tagged() {
            Ok(tagged) => tagged,
            Err(too_much) => {
                findings
                    .error(
                        codes::SCHEMA_FILE,
                        first,
                        format!("tags are not looked for in a schema that {too_much}"),
                    )
                    .why("a tag that was missed would say nothing of its field, and the linter would be silent about it")
                    .help("remove `tags`, and say by paths, under `classes.fields`, what its fields are");
                return;
            }
        };
        for (steps, tags) in tagged {
            met.extend(tags.iter().cloned());
            let selector = Selector { steps };
            let is_said = |class: &Class| class.selector.covers(&selector);
            if classes.fields.iter().any(is_said) {
                continue;
            }
            let own = classes.tags.iter().filter(|tag| tags.contains(&tag.name));
            let own: Vec<_> = own.collect();
            let Some(first) = own.first() else {
                continue;
            };
            let span = first.span;
            let mut names: Vec<String> = own.iter().flat_map(|tag| tag.classes.clone()).collect();
            names.sort_unstable();
            names.dedup();
            match found.iter_mut().find(|class| class.selector == selector) {
                // Of several schema files each may say more.
                Some(class) => class.names.extend(names),
                None => found.push(Class {
                    selector,
                    span,
                    names,
                }),
            }
        }
    }
    for tag in classes.tags.iter().filter(|tag| !met.contains(&tag.name)) {
        findings
            .warning(
                codes::CLASS_UNUSED,
                tag.span,
                format!("no field is tagged `{}` in a schema that is known of the source", tag.name),
            )
            .why("a tag that is spelled otherwise there says nothing of a field, and the linter is silent about it")
            .help("spell it as the schema does; where no file is named, hold the policy against its schemas, with --schema or --registry, or give classes to paths, under `classes.fields`");
    }
    classes.fields.extend(found);
}

/// The formats of the source, each of one schema where files say it.
pub(super) fn own_formats(policy: &Checked, shelf: &Shelf) -> Vec<Format> {
    match source_format(policy, shelf) {
        Format::AvroByFingerprint(all) => all.into_iter().map(Format::Avro).collect(),
        one => vec![one],
    }
}

#[cfg(test)]
mod tests {
    use crate::action::{TableError, TableName, TableSource};
    use crate::keys::TestKeys;
    use crate::plan::Format;
    use crate::policy::{PolicyFile, compile, compile_knowing, meaning};

    /// The schema of the source, whatever its name.
    struct One(&'static str);

    impl TableSource for One {
        fn read(&self, _: &TableName) -> Result<Vec<u8>, TableError> {
            Ok(self.0.as_bytes().to_vec())
        }
    }

    const SCHEMA: &str = r#"{"type":"record","name":"R","fields":[
        {"name":"id","type":"string"},
        {"name":"mail","type":["null","string"],"confluent:tags":["EMAIL","PII"]},
        {"name":"ship","type":{"type":"record","name":"S","fields":[
            {"name":"street","type":"string","confluent:tags":["PLACE"]},
            {"name":"note","type":"string","confluent:tags":["OURS"]}]}}]}"#;

    #[cfg(feature = "protobuf")]
    const PROTO: &str = "syntax = \"proto3\"; import \"confluent/meta.proto\";
        message R { string id = 1; string mail = 2 [(confluent.field_meta) = { tags: [\"EMAIL\", \"PII\"] }];
        S ship = 3; message S { string street = 1 [(confluent.field_meta) = { tags: \"PLACE\" }]; string note = 2; } }";

    fn policy(classes: &str, fields: &str) -> (Vec<String>, Vec<String>) {
        policy_of(("avro", "s.avsc", SCHEMA), classes, fields)
    }

    fn policy_of(
        (value, file, schema): (&str, &str, &'static str),
        classes: &str,
        fields: &str,
    ) -> (Vec<String>, Vec<String>) {
        let text = format!(
            "apiVersion: veil/v1\nkind: Policy\nmetadata: {{ name: t, version: 1, owner: o }}\n\
             source: {{ topic: raw, value: {value}, schema: {{ file: {file} }}, subject: id, writers: own }}\n\
             keys: {{ k: {{ ref: \"file:keyring.json#people\" }} }}\nclasses:\n{classes}\noutputs:\n  - topic: out\n    \
             purpose: analytics.reporting\n    domain: d\n    basis: contract\n    fields:\n{fields}"
        );
        let file = PolicyFile {
            path: "policy.yaml".into(),
            text,
        };
        let now = "2026-11-22T12:00:00Z".parse().expect("a time");
        let compiled = compile(&file, &TestKeys, &One(schema), now);
        let codes = compiled.findings.list().iter();
        let codes = codes.map(|f| f.code.to_owned()).collect();
        let said = compiled.said.expect("it was read");
        let columns = meaning(&said).outputs.remove(0).columns;
        let classes = columns.iter().map(|c| c.classes.join(" ")).collect();
        (codes, classes)
    }

    const TAGS: &str =
        "  tags: { EMAIL: user.contact.email, PII: user, PLACE: [user.contact.address.street] }\n";
    const CLEAR: &str = "      mail: keep\n      ship.street: keep\n      ship.note: keep\n";

    #[test]
    fn a_tag_says_what_a_field_is_and_the_linter_knows() {
        let (without, _) = policy("  fields: { id: user.unique_id }\n", CLEAR);
        assert!(!without.contains(&"V0214".to_owned()), "{without:?}");
        let (codes, classes) = policy(TAGS, CLEAR);
        // An address leaves in clear, by what its owners call it.
        assert!(codes.contains(&"V0214".to_owned()), "{codes:?}");
        let street = "user.contact.address.street";
        assert_eq!(classes, ["user user.contact.email", street, ""]);
    }

    #[test]
    #[cfg(feature = "protobuf")]
    fn so_do_tags_of_protobuf() {
        let (codes, classes) = policy_of(("protobuf", "s.proto", PROTO), TAGS, CLEAR);
        assert!(codes.contains(&"V0214".to_owned()), "{codes:?}");
        let street = "user.contact.address.street";
        assert_eq!(classes, ["user user.contact.email", street, ""]);
    }

    #[test]
    fn a_schema_that_is_known_otherwise_says_it_too() {
        let text = format!(
            "apiVersion: veil/v1\nkind: Policy\nmetadata: {{ name: t, version: 1, owner: o }}\n\
             source: {{ topic: raw, value: avro, writers: own }}\nclasses:\n{TAGS}\noutputs:\n  - topic: out\n    \
             purpose: analytics.reporting\n    domain: d\n    basis: contract\n    fields:\n{CLEAR}"
        );
        let file = PolicyFile {
            path: "policy.yaml".into(),
            text,
        };
        let now = "2026-11-22T12:00:00Z".parse().expect("a time");
        let format = Format::of_file("newest", SCHEMA.as_bytes(), None).expect("a schema");
        let known = |more: &[Format]| {
            let compiled = compile_knowing(&file, &TestKeys, &One(SCHEMA), now, more);
            let list = compiled.findings.list().iter();
            list.map(|f| f.code).collect::<Vec<_>>()
        };
        assert!(!known(&[]).contains(&"V0214"));
        let codes = known(&[format]);
        assert!(codes.contains(&"V0214"), "{codes:?}");
    }

    /// What is told of a policy with tags over a JSON Schema.
    fn told_of(schema: &str) -> Vec<String> {
        let schema: &'static str = String::from(schema).leak();
        let text = format!(
            "apiVersion: veil/v1\nkind: Policy\nmetadata: {{ name: t, version: 1, owner: o }}\n\
             source: {{ topic: raw, value: json_schema, schema: {{ file: s.json }}, writers: own }}\nclasses:\n{TAGS}\
             outputs:\n  - topic: out\n    purpose: analytics.reporting\n    domain: d\n    basis: contract\n    \
             fields:\n      mail: keep\n"
        );
        let file = PolicyFile {
            path: "policy.yaml".into(),
            text,
        };
        let now = "2026-11-22T12:00:00Z".parse().expect("a time");
        let compiled = compile(&file, &TestKeys, &One(schema), now);
        let list = compiled.findings.list().iter();
        list.map(|f| format!("{} {}", f.code, f.message)).collect()
    }

    #[test]
    fn a_schema_in_which_a_tag_could_be_missed_is_refused_and_the_place_named() {
        let of = |count: usize| {
            let one = |n| format!(r#"{{"const":"c{n}"}}"#);
            let mut all: Vec<String> = (1..count).map(one).collect();
            all.push(r#"{"confluent:tags":["EMAIL"]}"#.to_owned());
            let all = all.join(",");
            told_of(&format!(
                r#"{{"type":"object","properties":{{"mail":{{"anyOf":[{all}]}}}}}}"#
            ))
        };
        let refused = "V0139 tags are not looked for in a schema that speaks of `mail` in more than 256 parts";
        let told = of(255);
        // The last of as many parts as are looked at is heard: an address leaves in clear.
        assert!(told.iter().any(|f| f.starts_with("V0214")), "{told:?}");
        assert!(!told.iter().any(|f| f == refused), "{told:?}");
        let told = of(256);
        assert!(told.iter().any(|f| f == refused), "{told:?}");
    }

    #[test]
    fn a_path_at_or_above_a_field_wins() {
        let own = format!("{TAGS}  fields: {{ mail: none, ship: user.behavior }}\n");
        let (codes, classes) = policy(&own, CLEAR);
        assert!(!codes.contains(&"V0214".to_owned()), "{codes:?}");
        assert_eq!(classes, ["none", "user.behavior", "user.behavior"]);
    }
}
