//! The record keys that a test expects of what leaves.

use super::json::{Json, json};
use super::known_topic::known_topic;
use super::model::{KeyMake, Output};
use crate::language::codes;
use crate::language::finding::{Findings, Span};
use crate::language::mapping::Mapping;
use crate::language::written::{Kind, Node};

/// Reads `record_keys`: topic and key; [`Json::Null`]: there is none. What cannot be the key
/// of such an output is reported.
pub(super) fn read(
    mapping: &mut Mapping<'_, '_>,
    topics: &[&str],
    outputs: &[Output],
    splits: bool,
) -> Vec<(String, Json)> {
    let mut list = Vec::new();
    let names_none = |node: &&Node| match &node.kind {
        Kind::Map(members) => members.is_empty(),
        Kind::Scalar { text, quoted } => text.is_empty() && !quoted,
        Kind::List(_) => false,
    };
    if let Some(node) = mapping.node("record_keys").filter(names_none) {
        let what = "`record_keys` names no topic, so it expects nothing";
        let help = "write `record_keys: { TOPIC: key }`, or remove the word";
        reported(node.span, what.to_owned(), help, mapping.findings);
    }
    for member in mapping.map("record_keys") {
        let (topic, node) = (&member.name, &member.value);
        if !known_topic(topic, member.name_span, topics, mapping.findings) {
            continue;
        }
        let Some(output) = outputs.iter().find(|o| o.topic.value == *topic) else {
            continue;
        };
        if output.held.is_some() || output.counts.is_some() {
            let what = format!("records of `{topic}` wait, and leave without the keys that came");
            let help = "write `held: [TOPIC]`; or `stream` and `released`";
            reported(member.name_span, what, help, mapping.findings);
            continue;
        }
        let found = match (splits, node.items()) {
            (false, _) => of_one(output, node, mapping.findings),
            (true, Some(items)) => {
                let each = items.iter().map(|n| of_one(output, n, mapping.findings));
                each.collect::<Option<Vec<_>>>().map(Json::List)
            }
            (true, None) => {
                let what =
                    format!("`{topic}` gets a record for each element, and one key is expected");
                let help = "write a list, in the order of the elements: `[key, key]`";
                reported(node.span, what, help, mapping.findings);
                None
            }
        };
        list.extend(found.map(|key| (topic.clone(), key)));
    }
    list
}

/// The key of one record of that output.
fn of_one(output: &Output, node: &Node, findings: &mut Findings) -> Option<Json> {
    let topic = &output.topic.value;
    let is_null = matches!(&node.kind, Kind::Scalar { text, quoted: false } if text == "null");
    let Some(key) = output.key.as_ref().filter(|_| !is_null) else {
        if !is_null {
            let what = format!("records of `{topic}` leave without a key");
            let help = "write `null`; or give the output a `key`";
            reported(node.span, what, help, findings);
        }
        return is_null.then_some(Json::Null);
    };
    match (&key.make, &node.kind) {
        (KeyMake::Fields(_), Kind::Map(_)) => json(node, findings),
        (KeyMake::Fields(_), _) => {
            let what = format!("the keys of `{topic}` leave as records, and this is none");
            let help = "write all of its members: `{ MEMBER: value }`";
            reported(node.span, what, help, findings);
            None
        }
        (_, Kind::Scalar { text, .. }) => Some(Json::Text(text.clone())),
        (_, _) => {
            let what = format!("the keys of `{topic}` leave as text, and this is none");
            let help = "write the text; a key leaves as a record by `key: { fields: … }`";
            reported(node.span, what, help, findings);
            None
        }
    }
}

fn reported(span: Span, what: String, help: &str, findings: &mut Findings) {
    findings.error(codes::BAD_TEST, span, what).help(help);
}

#[cfg(test)]
mod tests {
    use crate::keys::TestKeys;
    use crate::language::finding::Severity;
    use crate::policy::{NoTables, PolicyFile, compile};

    #[test]
    fn a_key_that_cannot_be_is_reported() {
        let told = |source: &str, key: &str, test: &str| {
            let text = format!(
                "apiVersion: veil/v1\nkind: Policy\nmetadata: {{ name: t, version: 1, owner: o }}\nsource: {{ topic: raw, key: json{source} }}\noutputs:\n  - {{ topic: out, purpose: sales, domain: analytics{key}, fields: {{ a: keep }} }}\ntests: [{{ name: n, given: {{ a: 1 }}, record_keys: {test} }}]\n"
            );
            let file = PolicyFile {
                path: "policy.yaml".into(),
                text,
            };
            let compiled = compile(&file, &TestKeys, &NoTables, jiff::Timestamp::UNIX_EPOCH);
            let errors = compiled.findings.list().iter();
            let errors = errors.filter(|f| f.severity == Severity::Error);
            errors.map(|f| f.message.clone()).collect::<Vec<_>>()
        };
        let (text, fields) = (
            ", key: { from: value.a, keep: { max_chars: 8 } }",
            ", key: { fields: { id: { keep: { max_chars: 8 } } } }",
        );
        for (source, key, test, part) in [
            ("", text, "{}", "names no topic"),
            ("", text, "", "names no topic"),
            ("", text, "{ other: x }", "no output writes to `other`"),
            ("", text, "{ out: { id: x } }", "leave as text"),
            ("", text, "{ out: [x] }", "leave as text"),
            ("", fields, "{ out: x }", "leave as records"),
            ("", "", "{ out: x }", "leave without a key"),
            (", split: a", text, "{ out: x }", "for each element"),
        ] {
            let found = told(source, key, test);
            assert!(
                matches!(&found[..], [one] if one.contains(part)),
                "{key} {test}: {found:?}"
            );
        }
        for (source, key, test) in [
            ("", text, "{ out: 42 }"),
            ("", text, "{ out: null }"),
            ("", fields, "{ out: { id: x } }"),
            ("", "", "{ out: null }"),
            (", split: a", text, "{ out: [x, null] }"),
        ] {
            assert_eq!(told(source, key, test), [""; 0], "{key} {test}");
        }
    }
}
