//! How values are read, and what of the language a format does not have in this version.

use super::Cx;
use super::model::{AvroSource, Checked, Field, Output, Schemas, Spelled};
use super::paths;
use crate::language::codes;
use crate::language::finding::{Findings, Span};
use crate::language::mapping::Mapping;
use crate::plan::SubjectOf;
use crate::policy::grammar;
use crate::record::path::{Selector, Step};
use crate::schema::frame::Part;

/// Reads `source.value` and `source.schema`; `None`: values are JSON, or what is said was
/// reported.
pub(super) fn read(mapping: &mut Mapping<'_, '_>, _cx: &Cx<'_>) -> Option<AvroSource> {
    let is_avro = mapping.has("value") && mapping.one_of("value") == Some("avro");
    let value = mapping.has("value").then(|| mapping.place("value"));
    let schema = mapping.member("schema").map(|m| m.name_span);
    if !is_avro {
        if let Some(span) = schema {
            mapping
                .findings
                .error(
                    codes::NOT_TOGETHER,
                    span,
                    "`schema` where values are read as JSON",
                )
                .why("JSON says itself what it holds")
                .help("add `value: avro`, or remove `schema`");
        }
        return None;
    }
    let value = value.unwrap_or_default();
    let by_id = AvroSource {
        schemas: Schemas::ById,
        span: value,
        value,
    };
    if schema.is_none() {
        return Some(by_id);
    }
    let said = mapping.node("schema")?;
    let mut schema = Mapping::open(said, &grammar::SOURCE_SCHEMA, mapping.findings)?;
    let framing = match schema.has("framing") {
        true => Some((schema.one_of("framing")?, schema.place("framing"))),
        false => None,
    };
    let Some(files) = files(&mut schema) else {
        let (what, why, help) = match framing {
            Some(("none", _)) => (
                "`framing: none` without `file`",
                "bytes of Avro say nothing without the schema that they were written under",
                "add `file: FILE.avsc`: the schema of the writer, beside the policy; or remove `framing`, where records name their schemas by id",
            ),
            Some(("single_object", _)) => (
                "`framing: single_object` without `files`",
                "a fingerprint says which schema it is, and no registry is asked for it",
                "add `files: [FILE.avsc, …]`: the schemas of the writers, beside the policy",
            ),
            _ => return Some(by_id),
        };
        let span = schema.place("framing");
        let note = schema.findings.error(codes::MISSING_WORD, span, what);
        note.why(why).help(help);
        return Some(by_id);
    };
    let span = schema.place(if schema.has("file") { "file" } else { "files" });
    match framing {
        Some(("confluent", at)) => {
            schema
                .findings
                .error(
                    codes::NOT_TOGETHER,
                    at,
                    "`framing: confluent` beside files",
                )
                .also(span, "the schemas of all records")
                .why("records with an id in front name their schemas, and those stand in a registry")
                .help("remove the files: `veil run` asks the registry of its settings (`registry.urls`)");
        }
        Some(("single_object", _)) => {}
        _ if schema.has("files") => {
            schema
                .findings
                .error(
                    codes::MISSING_WORD,
                    span,
                    "`files` without `framing: single_object`",
                )
                .why("of several schemas each record must say which is its own")
                .help("add `framing: single_object`, where records begin with a fingerprint; or write one `file`");
        }
        _ => {}
    }
    let is_one = !matches!(framing, Some(("single_object", _))) && schema.has("file");
    let schemas = match files.as_slice() {
        [one] if is_one => Schemas::One(one.value.clone()),
        _ => Schemas::ByFingerprint(files),
    };
    Some(AvroSource {
        schemas,
        span,
        value,
    })
}

/// The files of `file` or `files`; `None`: none is named.
fn files(schema: &mut Mapping<'_, '_>) -> Option<Vec<Spelled>> {
    if let (Some(one), Some(several)) = (schema.member("file"), schema.member("files")) {
        schema
            .findings
            .error(
                codes::NOT_TOGETHER,
                several.name_span,
                "`file` and `files` cannot both stand",
            )
            .also(one.name_span, "the other")
            .help("keep one of them");
    }
    let mut files = Vec::new();
    if schema.has("file") {
        let span = schema.place("file");
        files.extend(schema.text("file").map(|file| (file, span)));
    }
    for node in schema.items("files") {
        match node.scalar() {
            Some(file) => files.push((file, node.span)),
            None => paths::wrong_kind(node, "a file", schema.findings),
        }
    }
    let spelled = |(value, span): (&str, Span)| Spelled {
        value: value.to_owned(),
        span,
    };
    let files: Vec<Spelled> = files.into_iter().map(spelled).collect();
    (!files.is_empty()).then_some(files)
}

/// Reports the words that stand beside `value: avro`, and that this version has for JSON
/// alone.
pub(super) fn check(policy: &Checked, findings: &mut Findings) {
    let avro = policy.source.avro.as_ref();
    if let Some(span) = policy.source.key_is_avro
        && !avro.is_some_and(AvroSource::is_by_id)
    {
        let what =
            "`key: avro` where values do not name their schemas by id is not in this version";
        findings
            .error(codes::NOT_IN_THIS_VERSION, span, what)
            .why("a key in Avro is read under the schema that it names, which a registry has")
            .help("write `value: avro` without `schema`, where a registry has the schemas of both; or `key: json`, or `key: text`");
    }
    let Some(avro) = &policy.source.avro else {
        let named = policy.outputs.iter().filter_map(|o| o.schema.as_ref());
        for schema in named {
            findings
                .error(
                    codes::NOT_TOGETHER,
                    schema.span,
                    "`schema` where values are written as JSON",
                )
                .why("JSON says itself what it holds")
                .help("remove it, or read values as Avro: `source: { value: avro, … }`");
        }
        return;
    };
    for output in &policy.outputs {
        named(output, avro, findings);
    }
    if let Some(split) = &policy.source.split {
        lacks(findings, split.span, "`source.split`")
            .also(avro.value, "read as Avro here")
            .help("let each record be one: name elements by `[*]`");
    }
    for output in &policy.outputs {
        of_output(output, avro.value, findings);
    }
}

/// Reports what cannot be said of the schema of what leaves, or would say which schema
/// came in.
fn named(output: &Output, avro: &AvroSource, findings: &mut Findings) {
    let topic = &output.topic.value;
    let is_by_id = avro.is_by_id();
    let subject = output.schema.as_ref().and_then(|schema| schema.subject);
    if let (Some((_, span)), false) = (subject, is_by_id) {
        findings
            .error(
                codes::NOT_TOGETHER,
                span,
                "`subject` where schemas are files",
            )
            .also(avro.span, "named here")
            .why("no registry is asked, and nothing is registered")
            .help("remove it")
            .output(topic);
    }
    let namespace = output.schema.as_ref().and_then(|s| s.namespace.as_ref());
    if let (Some((SubjectOf::Record, span)), None) = (subject, namespace) {
        findings
            .error(
                codes::MISSING_WORD,
                span,
                "`subject: RecordNameStrategy` without `namespace`",
            )
            .why("what leaves would be registered as the next version of what comes in, whose record has that name")
            .help("add `namespace: clean`, or another that the writers do not use")
            .output(topic);
    }
    let ids = [Part::Key.id_header(), Part::Value.id_header()];
    let headers = output.headers.iter().filter(|_| is_by_id);
    for header in headers.filter(|header| ids.contains(&&*header.name)) {
        findings
            .error(
                codes::NOT_TOGETHER,
                header.span,
                format!("the header `{}` cannot leave", header.name),
            )
            .also(avro.value, "read under the schema that it names")
            .why("it names the schema of what came in, and what leaves has another")
            .help("remove it: what leaves has the id of its own schema in front of the value")
            .output(topic);
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
