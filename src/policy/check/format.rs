//! How values are read, and what of the language a format does not have in this version.

use super::Cx;
use super::model::{AvroSource, Checked, Field, Output};
use crate::language::codes;
use crate::language::finding::{Findings, Span};
use crate::language::mapping::Mapping;
use crate::policy::grammar;
use crate::record::path::{Selector, Step};

/// Reads `source.value` and `source.schema`; `None`: values are JSON, or what is said was
/// reported.
pub(super) fn read(mapping: &mut Mapping<'_, '_>, _cx: &Cx<'_>) -> Option<AvroSource> {
    let is_avro = mapping.has("value") && mapping.one_of("value") == Some("avro");
    let value = mapping.has("value").then(|| mapping.place("value"));
    let schema = mapping.member("schema").map(|m| m.name_span);
    let said = match (is_avro, schema) {
        (false, None) => return None,
        (false, Some(span)) => {
            mapping
                .findings
                .error(
                    codes::NOT_TOGETHER,
                    span,
                    "`schema` where values are read as JSON",
                )
                .why("JSON says itself what it holds")
                .help("add `value: avro`, or remove `schema`");
            return None;
        }
        (true, None) => {
            mapping
                .findings
                .error(
                    codes::MISSING_WORD,
                    value.unwrap_or_default(),
                    "`value: avro` without `schema`",
                )
                .why("bytes of Avro say nothing without the schema that they were written under")
                .help("add `schema: { file: FILE.avsc }`: the schema of the writer, beside the policy");
            return None;
        }
        (true, Some(_)) => mapping.node("schema")?,
    };
    let mut schema = Mapping::open(said, &grammar::SOURCE_SCHEMA, mapping.findings)?;
    let file = schema.text("file")?.to_owned();
    Some(AvroSource {
        file,
        span: schema.place("file"),
        value: value.unwrap_or_default(),
    })
}

/// Reports the words that stand beside `value: avro`, and that this version has for JSON
/// alone.
pub(super) fn check(policy: &Checked, findings: &mut Findings) {
    let Some(avro) = &policy.source.avro else {
        return;
    };
    if let Some(split) = &policy.source.split {
        lacks(findings, split.span, "`source.split`")
            .also(avro.value, "read as Avro here")
            .help("let each record be one: name elements by `[*]`");
    }
    for output in &policy.outputs {
        of_output(output, avro.value, findings);
    }
}

fn of_output(output: &Output, avro: Span, findings: &mut Findings) {
    let types = output.types.iter().flatten();
    let lists = std::iter::once(&output.fields).chain(types.map(|t| &t.fields));
    for field in lists.flatten() {
        of_field(field, (output, avro), findings);
    }
    let held = output.held.as_ref();
    let waits = held.map(|held| (held.span, "an output whose records wait for a release"));
    let counts = output.counts.as_ref();
    let counts = counts.map(|counts| (counts.span, "an output that counts"));
    for (span, what) in waits.into_iter().chain(counts) {
        lacks(findings, span, what)
            .also(avro, "read as Avro here")
            .why("what leaves there is spelled anew, as JSON")
            .help("let records leave as they come, or read JSON")
            .output(&output.topic.value);
    }
}

fn of_field(field: &Field, (output, avro): (&Output, Span), findings: &mut Findings) {
    if let Some(word) = lacking(&field.selector) {
        lacks(findings, field.span, &format!("{word} in a path"))
            .also(avro, "read as Avro here")
            .why("a schema says of each field what it is, and not what JSON in a text is")
            .help(
                "name what is inside: `|json.NAME`; or take the text as it stands, without `|json`",
            )
            .output(&output.topic.value)
            .field(field.selector.to_string());
    }
    for body in field.writes.iter().filter_map(|w| w.value.body.as_ref()) {
        for inner in &body.fields {
            of_field(inner, (output, avro), findings);
        }
    }
}

/// What of the path of a field Avro does not have in this version.
fn lacking(path: &Selector) -> Option<&'static str> {
    matches!(path.steps.last(), Some(Step::Json)).then_some("`|json` at the end")
}

fn lacks<'f>(
    findings: &'f mut Findings,
    span: Span,
    what: &str,
) -> crate::language::finding::Note<'f> {
    findings.error(
        codes::NOT_IN_THIS_VERSION,
        span,
        format!("{what} beside `value: avro` is not in this version"),
    )
}
