//! Classes of fields by what the owners of their schema call them.

use super::check::model::{Checked, Class};
use super::compile::Shelf;
use crate::record::path::Selector;
use crate::schema::avro::node::Schema;
use crate::schema::avro::tags::tagged;

/// Gives a class to each field that a schema file of the source tags with one of
/// `classes.tags`, unless a path says what it is. What is wrong with a schema is told where
/// the plan is made.
pub(super) fn apply(policy: &mut Checked, shelf: &Shelf) {
    let Some(classes) = &mut policy.classes else {
        return;
    };
    let files = policy.source.avro.iter().flat_map(|avro| avro.files());
    let texts = files.filter_map(|(file, _)| shelf.schema(file));
    let mut found: Vec<Class> = Vec::new();
    for schema in texts.filter_map(|text| Schema::parse(text).ok()) {
        for (steps, tags) in tagged(&schema) {
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
    classes.fields.extend(found);
}

#[cfg(test)]
mod tests {
    use crate::action::{TableError, TableName, TableSource};
    use crate::keys::TestKeys;
    use crate::policy::{PolicyFile, compile, meaning};

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

    fn policy(classes: &str, fields: &str) -> (Vec<String>, Vec<String>) {
        let text = format!(
            "apiVersion: veil/v1\nkind: Policy\nmetadata: {{ name: t, version: 1, owner: o }}\n\
             source: {{ topic: raw, value: avro, schema: {{ file: s.avsc }}, subject: id, writers: own }}\n\
             keys: {{ k: {{ ref: \"file:keyring.json#people\" }} }}\nclasses:\n{classes}\noutputs:\n  - topic: out\n    \
             purpose: analytics.reporting\n    domain: d\n    basis: contract\n    fields:\n{fields}"
        );
        let file = PolicyFile {
            path: "policy.yaml".into(),
            text,
        };
        let now = "2026-11-22T12:00:00Z".parse().expect("a time");
        let compiled = compile(&file, &TestKeys, &One(SCHEMA), now);
        let codes = compiled.findings.list().iter();
        let codes = codes.map(|f| f.code.to_owned()).collect();
        let said = compiled.said.expect("it was read");
        let columns = meaning(&said).outputs.remove(0).columns;
        let classes = columns.iter().map(|c| c.classes.join(" ")).collect();
        (codes, classes)
    }

    const TAGS: &str = "  tags: { EMAIL: user.contact.email, PII: user, PLACE: [user.contact.address.street] }\n";
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
    fn a_path_at_or_above_a_field_wins() {
        let own = format!("{TAGS}  fields: {{ mail: none, ship: user.behavior }}\n");
        let (codes, classes) = policy(&own, CLEAR);
        assert!(!codes.contains(&"V0214".to_owned()), "{codes:?}");
        assert_eq!(classes, ["none", "user.behavior", "user.behavior"]);
    }
}
