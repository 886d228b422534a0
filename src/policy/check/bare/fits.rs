//! What of the language values without parts do not have in this version, and what no such
//! value can come of.

use super::lacks;
use crate::action::{Type, Types};
use crate::language::codes;
use crate::language::finding::{Findings, Span};
use crate::policy::check::model::{Checked, Field, OnError, Output, Written};
use crate::policy::check::signal::{At, Reads};
use crate::record::bare::Bare;

/// What can be said about the one path and its field value alone.
pub(in crate::policy::check) fn check_field(field: &Field, bare: Bare, findings: &mut Findings) {
    for write in &field.writes {
        let value = &write.value;
        if let Some(name) = &write.name {
            lacks(findings, name.span, "`as`", bare)
                .help("say beside `.` what becomes of it; two results are two outputs");
        }
        if let Some(names) = value.names_span {
            lacks(findings, names, "`names`", bare).help("remove it");
        }
        if let Some(parts) = value.parts() {
            let span = parts.first().map_or(value.span, |part| part.1);
            lacks(findings, span, "a list in `from`", bare).help("name nothing but `.`");
        }
        if value.body.is_some() {
            lacks(findings, value.span, "an action with `fields`", bare)
                .help("write the action without `fields`: it takes the whole value");
        }
        if write.name.is_none() && value.parts().is_none() && value.body.is_none() {
            fits(write, bare, findings);
        }
    }
}

/// Reports an action that takes no such value, or makes of it what is none.
fn fits(write: &Written, bare: Bare, findings: &mut Findings) {
    let value = &write.value;
    let from = type_of(bare);
    let (name, says) = (value.def.name, from.says());
    let message = match value.spec.gives(from) {
        None => format!("`{name}` does not take {says}, and all values are that here"),
        Some(gives) => match unwritable(gives.types, bare) {
            Some(kind) => format!(
                "what `{name}` makes of {says} is {kind}, and the whole value would be that"
            ),
            None => {
                no_null(&value.on_error, value.span, findings);
                return;
            }
        },
    };
    findings
        .error(codes::SCHEMA_FILE, value.span, message)
        .why("what leaves is one text, or bytes")
        .help(match bare {
            Bare::Text => "choose an action that takes a text and makes a text",
            Bare::Bytes => {
                "bytes are kept (`keep`), encrypted (`encrypt`), or replaced (`replace`)"
            }
        });
}

/// Reports `null` in place of a value that was refused.
fn no_null(on_error: &OnError, span: Span, findings: &mut Findings) {
    if *on_error == OnError::Replace(None) {
        findings
            .error(codes::SCHEMA_FILE, span, "`null` would be the whole value")
            .why("a record whose value is null is a tombstone: it deletes what its key names")
            .help("write a text: `on_error: { replace: \"\" }`");
    }
}

/// What of those types no such value can be.
fn unwritable(types: Types, bare: Bare) -> Option<&'static str> {
    let bytes = (bare == Bare::Text).then_some(Type::Bytes);
    [Type::Null, Type::Array, Type::ArrayOfObjects, Type::Object]
        .into_iter()
        .chain(bytes)
        .find(|kind| types.has(*kind))
        .map(Type::says)
}

/// The type of every value.
const fn type_of(bare: Bare) -> Type {
    match bare {
        Bare::Text => Type::Text,
        Bare::Bytes => Type::Bytes,
    }
}

/// Reports the words of the whole policy that such values do not have.
pub(in crate::policy::check) fn check(
    policy: &Checked,
    (bare, at): (Bare, Span),
    findings: &mut Findings,
) {
    if let Some(split) = &policy.source.split {
        lacks(findings, split.span, "`source.split`", bare).help("remove it: each record is one");
    }
    for signal in &policy.signals {
        let reads_parts = matches!(
            signal.reads,
            Reads::Object { .. } | Reads::Lists { .. } | Reads::Pairs(_) | Reads::ConsentMode(_)
        );
        if matches!(signal.at, At::Value(_)) && reads_parts {
            lacks(findings, at, "a consent signal of several members", bare)
                .help("say which category the value speaks for (`category`), or read a header: `from: header`");
        }
    }
    for output in &policy.outputs {
        of_output(output, bare, findings);
    }
}

fn of_output(output: &Output, bare: Bare, findings: &mut Findings) {
    let topic = &output.topic.value;
    if let Some(schema) = &output.schema {
        lacks(findings, schema.span, "`outputs[].schema`", bare)
            .help("remove it: what leaves has no schema")
            .output(topic);
    }
    let held = output.held.as_ref();
    let waits = held.map(|held| (held.span, "an output whose records wait for a release"));
    let counts = output.counts.as_ref();
    let counts = counts.map(|counts| (counts.span, "an output that counts"));
    let is_built = waits.is_none() && counts.is_none();
    for (span, what) in waits.into_iter().chain(counts) {
        lacks(findings, span, what, bare)
            .help("let records leave as they come, or read JSON")
            .output(topic);
    }
    // What could not be read of its fields was reported.
    if !is_built || findings.has_errors() {
        return;
    }
    let leaves = |fields: &[Field]| {
        let writes = fields.iter().flat_map(|field| &field.writes);
        writes.into_iter().any(|w| !w.value.spec.facts().drops)
    };
    let types = output.types.as_deref().unwrap_or_default();
    let nothing = match (leaves(&output.fields), types) {
        (true, _) => None,
        (false, []) => Some(output.topic.span),
        (false, types) => types.iter().find(|t| !leaves(&t.fields)).map(|t| t.span),
    };
    if let Some(span) = nothing {
        findings
            .error(
                codes::NO_FIELDS,
                span,
                "nothing of the value leaves here: every record would be empty",
            )
            .why("the one path is `.`, and nothing is done to it but `drop`")
            .help("say what becomes of it: `fields: { \".\": { redact: [email] } }`; or remove the output")
            .output(topic);
    }
}
