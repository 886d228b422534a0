//! A record key that leaves as a record: which of the members of the key leave, and how.

use super::Cx;
use super::fields::fields;
use super::model::{Field, OnError, Output, Value};
use super::value::Named;
use crate::language::codes;
use crate::language::finding::{Findings, Span};
use crate::language::written::Node;
use crate::record::path::Step;

/// Reads `key: { fields: … }`. What cannot stand there is reported and left out.
pub(super) fn key_fields(
    node: &Node,
    named: &Named,
    cx: &Cx<'_>,
    findings: &mut Findings,
) -> Vec<Field> {
    let had_errors = findings.has_errors();
    let mut list = {
        let _in_the_key = cx.elsewhere();
        fields(node, named, cx, findings)
    };
    list.retain(|field| {
        let refused = refused(field);
        if let Some((span, what)) = refused {
            findings
                .error(
                    codes::NOT_IN_THIS_VERSION,
                    span,
                    format!("{what} in a record key is not in this version"),
                )
                .help("name the members of the key one by one, each with one action")
                .field(format!("key.{}", field.selector));
        }
        refused.is_none()
    });
    for value in values(&list) {
        if value.on_error.replaces() {
            findings
                .error(
                    codes::MISPLACED,
                    value.span,
                    "`on_error: { replace: … }` cannot stand in a record key",
                )
                .why("every record whose value is refused would have one key, and a compacted topic keeps one record of a key")
                .help("remove it: a record whose key cannot be made is quarantined");
        }
    }
    let stays =
        |value: &Value| !value.spec.facts().drops && !matches!(value.on_error, OnError::DropField);
    if !values(&list).any(stays) && (had_errors || !findings.has_errors()) {
        findings
            .error(
                codes::KEY_WITHOUT_FIELDS,
                node.span,
                "no member of this record key is always there",
            )
            .why("records of several keys would have one, and whoever keeps the last record of a key would lose the others")
            .help("name a member that leaves, without `on_error: drop_field`");
    }
    list
}

/// Reports keys that change with every epoch: who keeps the last record of a key finds the
/// one before by it.
pub(super) fn epochs(output: &Output, findings: &mut Findings) {
    for value in values(output.key_fields()) {
        let Some(epochs) = value.spec.facts().epochs else {
            continue;
        };
        findings
            .error(
                codes::KEY_OF_AN_EPOCH,
                value.span,
                format!(
                    "a record key of fields needs codes that stay, and this one changes with every epoch (`{}`)",
                    epochs.length
                ),
            )
            .why("whoever keeps the last record of a key finds the one before by it: those of earlier epochs would stay for ever")
            .help("make it with `epoch: none`, in a `space` of its own")
            .output(&output.topic.value);
    }
}

fn values(list: &[Field]) -> impl Iterator<Item = &Value> {
    list.iter().flat_map(|f| &f.writes).map(|w| &w.value)
}

/// What of a field this version does not have in a key, and where it stands.
fn refused(field: &Field) -> Option<(Span, &'static str)> {
    let is_name = |step: &Step| matches!(step, Step::Name(_));
    if !field.selector.steps.iter().all(is_name) {
        return Some((field.span, "a path of more than names"));
    }
    field.writes.iter().find_map(|write| {
        let value = &write.value;
        if value.guard.is_some() {
            return Some((value.span, "`when`"));
        }
        if value.body.is_some() {
            return Some((value.span, "an action with `fields`"));
        }
        value.parts().map(|_| (value.span, "a list in `from`"))
    })
}
