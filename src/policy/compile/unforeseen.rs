//! Branches of a union that a path passes by: values that are no such thing as the path goes
//! through, and of which the policy says nothing. Their records are refused.

use std::collections::HashSet;

use crate::language::codes;
use crate::language::finding::Findings;
use crate::policy::check::model::{Checked, Field, OnError, Output};
use crate::record::path::{Selector, Step};
use crate::schema::frame::Part;
use crate::schema::shaped::{Inside, Shaped, step_on};
use crate::schema::writer::Writer;

/// Reports them, by the name that whoever asks knows the schema by.
pub(super) fn report(
    policy: &Checked,
    part: Part,
    (name, writer): (&str, &Writer),
    findings: &mut Findings,
) {
    match writer {
        Writer::Avro(writer) => of(policy, part, (name, writer), findings),
        Writer::Json(writer) => of(policy, part, (name, writer), findings),
        #[cfg(feature = "protobuf")]
        Writer::Protobuf(writer) => of(policy, part, (name, writer), findings),
    }
}

fn of<W: Shaped>(
    policy: &Checked,
    part: Part,
    (name, writer): (&str, &W),
    findings: &mut Findings,
) {
    if !writer.unites() {
        return;
    }
    for output in &policy.outputs {
        let types = output.types.iter().flatten();
        let lists = std::iter::once(&output.fields).chain(types.map(|t| &t.fields));
        let fields: Vec<&Field> = match part {
            Part::Value => lists.flatten().collect(),
            Part::Key => output.key_fields().iter().collect(),
        };
        let mut told = HashSet::new();
        for field in &fields {
            for (at, kinds) in passed_by(writer, field) {
                let passed = Selector {
                    steps: field.selector.steps[..at].to_vec(),
                };
                let foresees = |other: &&Field| other.selector.steps == passed.steps;
                if !fields.iter().any(foresees) && told.insert(passed.clone()) {
                    tell((output, field), (name, &passed, &kinds), findings);
                }
            }
        }
    }
}

/// Where that field's path goes on in one branch of a union and not in others, each by how
/// many steps lead there, with what those others are.
fn passed_by<W: Shaped>(writer: &W, field: &Field) -> Vec<(usize, Vec<&'static str>)> {
    let mut found = Vec::new();
    let refuses = |of: &OnError| *of == OnError::Quarantine;
    let mut writes = field.writes.iter();
    if !writes.any(|write| refuses(&write.value.on_error)) {
        return found;
    }
    let mut at = vec![writer.root()];
    for (n, step) in field.selector.steps.iter().enumerate() {
        if matches!(step, Step::AnyDepth | Step::Json) {
            break;
        }
        let next = step_on(writer, &at, step);
        if next.is_empty() {
            break;
        }
        let kinds = others(writer, &at, step);
        if n > 0 && !kinds.is_empty() {
            found.push((n, kinds));
        }
        at = next;
    }
    found
}

/// What of the branches there is nothing that such a step leads into; null is not there.
fn others<W: Shaped>(writer: &W, at: &[W::At], step: &Step) -> Vec<&'static str> {
    let is_name = matches!(step, Step::Name(_) | Step::AnyName);
    let mut kinds = Vec::new();
    let mut open = at.to_vec();
    while let Some(at) = open.pop() {
        let kind = match writer.inside(at) {
            Inside::Either(branches) => {
                open.extend(branches);
                continue;
            }
            Inside::Text => "a text",
            Inside::Few | Inside::Nothing => "a value without parts",
            Inside::Elements(_) if is_name => "an array",
            Inside::Fields(_) | Inside::Members(_) if !is_name => "an object",
            _ => continue,
        };
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    kinds.sort_unstable();
    kinds
}

fn tell(
    (output, field): (&Output, &Field),
    (name, passed, kinds): (&str, &Selector, &[&str]),
    findings: &mut Findings,
) {
    let path = field.selector.to_string();
    findings
        .warning(
            codes::SCHEMA_LACKS,
            field.span,
            format!(
                "`{passed}` may be {} in the schema `{name}`, and the policy says what leaves of it where it is not",
                kinds.join(" or ")
            ),
        )
        .why("a record in which it is that is refused whole (`wrong_type`)")
        .help(format!(
            "name `{passed}` too (`drop`, or an action that takes it), or write `on_error: drop_field` at `{path}`"
        ))
        .output(&output.topic.value)
        .field(path);
}
