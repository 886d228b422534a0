//! What is found in small policies.

use crate::action::NoTables;
use crate::keys::TestKeys;
use crate::language::codes;
use crate::language::finding::Finding;
use crate::policy::{PolicyFile, compile};

/// A policy of one output, with what differs between tests.
#[derive(Clone, Copy)]
pub(super) struct Small<'a> {
    /// Beside the topic.
    pub(super) source: &'a str,
    /// The inside of `classes`.
    pub(super) classes: &'a str,
    /// Lines of the output beside its fields.
    pub(super) output: &'a str,
    /// The inside of `fields`.
    pub(super) fields: &'a str,
    /// Lines below all.
    pub(super) rest: &'a str,
}

impl Small<'_> {
    pub(super) const PLAIN: Small<'static> = Small {
        source: "writers: own",
        classes: "fields: { other: none }",
        output: "basis: contract",
        fields: "",
        rest: "",
    };

    pub(super) fn text(&self) -> String {
        let Small {
            source,
            classes,
            output,
            fields,
            rest,
        } = self;
        format!(
            "apiVersion: veil/v1\nkind: Policy\nmetadata: {{ name: t, version: 1, owner: o }}\n\
             source: {{ topic: raw, {source} }}\nkeys:\n  people: {{ ref: \"file:k.json#people\" }}\n  \
             contact: {{ ref: \"file:k.json#contact\" }}\n  quarantine: {{ ref: \"file:k.json#quarantine\" }}\n\
             classes: {{ {classes} }}\n\
             quarantine: {{ topic: refused, key: quarantine, retention: 7d }}\noutputs:\n  \
             - topic: clean\n    purpose: sales\n    domain: d\n    {output}\n    fields: {{ {fields} }}\n{rest}\n"
        )
    }

    pub(super) fn codes(&self) -> Vec<&'static str> {
        found(&self.text()).iter().map(|f| f.code).collect()
    }
}

/// All that is found in a policy that can be read.
pub(super) fn found(text: &str) -> Vec<Finding> {
    let file = PolicyFile {
        path: "policy.yaml".into(),
        text: text.to_owned(),
    };
    let compiled = compile(&file, &TestKeys, &NoTables, jiff::Timestamp::UNIX_EPOCH);
    let list = compiled.findings.list().to_vec();
    // What cannot be read has other findings than those that are asked for here.
    let beside = [codes::KEY_UNUSED, codes::ALLOWED];
    let is_read = |f: &Finding| f.code.starts_with("V02") || beside.contains(&f.code);
    assert!(list.iter().all(is_read), "{list:?}\n{text}");
    list
}
