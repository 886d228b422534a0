//! How values are read, and what of the language a format does not have in this version.

use std::collections::HashMap;

use super::Cx;
use super::bare;
use super::key_format;
use super::model::{Checked, Field, Output, SchemaOf, SchemaSource, Schemas, Spelled};
use super::paths;
use super::signal::{At, Signal};
use super::values;
use crate::language::codes;
use crate::language::finding::{Findings, Span};
use crate::language::mapping::Mapping;
use crate::plan::{SchemaIds, SubjectOf};
use crate::policy::grammar;
use crate::record::bare::Bare;
use crate::record::path::{Selector, Step};
use crate::schema::frame::is_id_header;

/// Reads `source.value` and `source.schema`; `None`: values are JSON or have no parts, or
/// what is said was reported.
pub(super) fn read(mapping: &mut Mapping<'_, '_>, _cx: &Cx<'_>) -> Option<SchemaSource> {
    let word = match mapping.has("value") {
        true => mapping.one_of("value"),
        false => None,
    };
    let of = word.and_then(SchemaOf::of_word);
    let value = mapping.has("value").then(|| mapping.place("value"));
    let value = value.unwrap_or_default();
    let schema = mapping.member("schema").map(|m| m.name_span);
    let Some(of) = of else {
        if let (Some(span), Some(bare)) = (schema, word.and_then(Bare::from_word)) {
            bare::lacks(mapping.findings, span, "`source.schema`", bare).help("remove it");
        } else if let Some(span) = schema {
            mapping
                .findings
                .error(
                    codes::NOT_TOGETHER,
                    span,
                    "`schema` where values are read as JSON",
                )
                .why("JSON says itself what it holds")
                .help("add `value: avro`, `value: protobuf` or `value: json_schema`, or remove `schema`");
        }
        return None;
    };
    if of == SchemaOf::Protobuf && cfg!(not(feature = "protobuf")) {
        mapping
            .findings
            .error(
                codes::NOT_IN_THIS_VERSION,
                value,
                "`value: protobuf` is not in this build",
            )
            .help("use a build with the feature `protobuf`");
        return None;
    }
    let by_id = SchemaSource {
        of,
        schemas: Schemas::ById,
        ids: SchemaIds::Confluent,
        files: Vec::new(),
        imports: Vec::new(),
        message: None,
        span: value,
        value,
    };
    if schema.is_none() {
        return Some(by_id);
    }
    let said = mapping.node("schema")?;
    let mut schema = Mapping::open(said, &grammar::SOURCE_SCHEMA, mapping.findings)?;
    if is_of_another_format(of, &mut schema) {
        return None;
    }
    let framing = match schema.has("framing") {
        true => Some((schema.one_of("framing")?, schema.place("framing"))),
        false => None,
    };
    let message = schema.text("message").map(str::to_owned);
    let ids = match framing {
        Some(("apicurio", at)) => {
            of_apicurio(of, at, schema.findings)?;
            SchemaIds::Apicurio
        }
        _ => SchemaIds::Confluent,
    };
    let by_id = SchemaSource {
        message,
        ids,
        ..by_id
    };
    let Some(files) = files(&mut schema) else {
        without_files(of, framing, &mut schema);
        return Some(by_id);
    };
    let span = schema.place(if schema.has("file") { "file" } else { "files" });
    match framing {
        Some((word @ ("confluent" | "apicurio"), at)) => {
            schema
                .findings
                .error(
                    codes::NOT_TOGETHER,
                    at,
                    format!("`framing: {word}` beside files"),
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
    let mut imports = Vec::new();
    if schema.has("imports") {
        let named = schema.texts("imports");
        if named.is_empty() {
            return None;
        }
        imports.extend(named.into_iter().map(|(value, span)| Spelled {
            value: value.to_owned(),
            span,
        }));
    }
    Some(SchemaSource {
        schemas: match is_one {
            true => Schemas::One,
            false => Schemas::ByFingerprint,
        },
        files,
        imports,
        span,
        ..by_id
    })
}

/// Reports a format whose values have more in front than an id, in Apicurio's serializers.
fn of_apicurio(of: SchemaOf, at: Span, findings: &mut Findings) -> Option<()> {
    if of != SchemaOf::Protobuf {
        return Some(());
    }
    findings
        .error(
            codes::NOT_IN_THIS_VERSION,
            at,
            "`framing: apicurio` beside `value: protobuf` is not in this version",
        )
        .why("its serializers write a message of their own between the id and the value")
        .help(
            "have producers write Confluent's frame (`framing: confluent`), which Apicurio has too",
        );
    None
}

/// Reports a word that the schemas of that format do not have. True: there is one.
fn is_of_another_format(of: SchemaOf, schema: &mut Mapping<'_, '_>) -> bool {
    let (words, why, help): (&[&str], _, _) = match of {
        SchemaOf::Avro => (&["message"], "a schema of Avro is of one type", "remove it"),
        SchemaOf::JsonSchema => (
            &["files", "message"],
            "a schema of JSON is one file, and what it refers to",
            "name one `file`, and what it refers to under `imports`",
        ),
        SchemaOf::Protobuf => (
            &["files"],
            "messages name no schema by a fingerprint",
            "name one `file`, and what it imports under `imports`",
        ),
    };
    let found = words.iter().find(|word| schema.has(word)).copied();
    let is_single = of != SchemaOf::Avro
        && schema.has("framing")
        && schema.one_of("framing") == Some("single_object");
    let single = is_single.then_some("framing");
    let Some(word) = found.or(single) else {
        return false;
    };
    let what = match word {
        "framing" => "framing: single_object",
        word => word,
    };
    let (span, format) = (schema.place(word), of.word());
    schema
        .findings
        .error(
            codes::NOT_TOGETHER,
            span,
            format!("`{what}` beside `value: {format}`"),
        )
        .why(why)
        .help(help);
    true
}

/// Reports what says that there are files where none is named.
fn without_files(of: SchemaOf, framing: Option<(&str, Span)>, schema: &mut Mapping<'_, '_>) {
    if schema.has("imports") {
        let span = schema.place("imports");
        schema
            .findings
            .error(codes::NOT_TOGETHER, span, "`imports` without `file`")
            .why("what a schema of a registry imports stands in the registry")
            .help("remove `imports`, or name the `file` that imports them");
    }
    let (name, file) = (of.name(), of.file());
    let (span, what, why, help) = match framing {
        Some(("none", span)) => (
            span,
            "`framing: none` without `file`",
            match of {
                SchemaOf::JsonSchema => "nothing else says what records are".to_owned(),
                _ => format!(
                    "bytes of {name} say nothing without the schema that they were written under"
                ),
            },
            format!(
                "add `file: {file}`: the schema of the writer, beside the policy; or remove `framing`, where records name their schemas by id"
            ),
        ),
        Some(("single_object", span)) => (
            span,
            "`framing: single_object` without `files`",
            "a fingerprint says which schema it is, and no registry is asked for it".to_owned(),
            format!("add `files: [{file}, …]`: the schemas of the writers, beside the policy"),
        ),
        _ => return,
    };
    let note = schema.findings.error(codes::MISSING_WORD, span, what);
    note.why(why).help(help);
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

/// Reports the words that stand beside a format that has schemas, and that this version
/// has for JSON alone.
pub(super) fn check(policy: &Checked, findings: &mut Findings) {
    let source = policy.source.schema.as_ref();
    if let Some(key) = &policy.source.key_format {
        key_format::check(key, source, findings);
    }
    if let (Some((bare, _)), Some(span)) = (policy.source.bare, policy.source.type_schema) {
        bare::lacks(findings, span, "`type: { from: schema }`", bare)
            .help("name the header that says the type: `type: { from: header.ce_type }`");
        return;
    }
    if let Some(bare) = policy.source.bare {
        return bare::fits::check(policy, bare, findings);
    }
    if let Some(span) = policy.source.type_schema
        && !source.is_some_and(|source| source.of != SchemaOf::JsonSchema)
    {
        let values = source.map_or("json", |source| source.of.word());
        findings
            .error(
                codes::NOT_IN_THIS_VERSION,
                span,
                format!("`type: {{ from: schema }}` beside `value: {values}` is not in this version"),
            )
            .why("values of Avro and of Protobuf alone name the record or message that they are")
            .help("name the path or the header that says the type: `type: event`, `type: { from: header.ce_type }`");
    }
    let Some(source) = source else {
        let named = policy.outputs.iter().filter_map(|o| o.schema.as_ref());
        for schema in named {
            findings
                .error(
                    codes::NOT_TOGETHER,
                    schema.span,
                    "`schema` where values are written as JSON",
                )
                .why("JSON says itself what it holds")
                .help("remove it, or say under which schema values are: `source: { value: json_schema, … }`");
        }
        return;
    };
    for output in &policy.outputs {
        named(output, source, findings);
    }
    if let Some(split) = &policy.source.split {
        lacks(findings, split.span, "`source.split`", source)
            .help("let each record be one: name elements by `[*]`");
    }
    for output in &policy.outputs {
        of_output(output, source, findings);
    }
    if source.of == SchemaOf::Protobuf {
        cut_off_denials(policy, findings);
    }
}

/// Reports categories for which two signals of a message speak.
fn cut_off_denials(policy: &Checked, findings: &mut Findings) {
    let mut spoken: HashMap<&str, Span> = HashMap::new();
    let in_value = |signal: &&Signal| matches!(signal.at, At::Value(_));
    for signal in policy.signals.iter().filter(in_value) {
        for category in signal.categories().unwrap_or_default() {
            let Some(first) = spoken.insert(&category.value, category.span) else {
                continue;
            };
            findings
                .warning(
                    codes::CUT_OFF_DENIAL,
                    category.span,
                    format!("two signals of a message speak for `{}`", category.value),
                )
                .also(first, "the first")
                .why("a message that is cut off between the two is one that was never denied")
                .help("read one of them, or have one of them come in a header");
        }
    }
}

/// Reports what cannot be said of the schema of what leaves, or would say which schema
/// came in.
fn named(output: &Output, source: &SchemaSource, findings: &mut Findings) {
    let topic = &output.topic.value;
    let is_by_id = source.is_by_id();
    let subject = output.schema.as_ref().and_then(|schema| schema.subject);
    if let (Some((_, span)), false) = (subject, is_by_id) {
        findings
            .error(
                codes::NOT_TOGETHER,
                span,
                "`subject` where schemas are files",
            )
            .also(source.span, "named here")
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
    let headers = output.headers.iter().filter(|_| is_by_id);
    for header in headers.filter(|header| is_id_header(&header.name)) {
        findings
            .error(
                codes::NOT_TOGETHER,
                header.span,
                format!("the header `{}` cannot leave", header.name),
            )
            .also(source.value, "read under the schema that it names")
            .why("it names the schema of what came in, and what leaves has another")
            .help("remove it: what leaves has the id of its own schema in front of the value")
            .output(topic);
    }
}

fn of_output(output: &Output, source: &SchemaSource, findings: &mut Findings) {
    let types = output.types.iter().flatten();
    let lists = std::iter::once(&output.fields).chain(types.map(|t| &t.fields));
    // What a filter implies is reported with the field that has the filter.
    for field in lists.flatten().filter(|field| !field.implied) {
        of_field(field, (output, source), findings);
    }
    let is_protobuf = source.of == SchemaOf::Protobuf;
    for value in values(output) {
        if let Some(names) = value.names_span.filter(|_| is_protobuf) {
            lacks(findings, names, "`names`", source)
                .why("the names of a record stand in its schema, and are the same for all")
                .help("name the members that leave, each by its own path")
                .output(&output.topic.value);
        }
    }
    let held = output.held.as_ref();
    let waits = held.map(|held| (held.span, "an output whose records wait for a release"));
    let counts = output.counts.as_ref();
    let counts = counts.map(|counts| (counts.span, "an output that counts"));
    for (span, what) in waits.into_iter().chain(counts) {
        lacks(findings, span, what, source)
            .why(match source.of {
                SchemaOf::JsonSchema => "what leaves there is spelled anew, and has no schema",
                _ => "what leaves there is spelled anew, as JSON",
            })
            .help(match source.of {
                SchemaOf::JsonSchema => "let records leave as they come, or write `value: json`",
                _ => "let records leave as they come, or read JSON",
            })
            .output(&output.topic.value);
    }
}

fn of_field(field: &Field, (output, source): (&Output, &SchemaSource), findings: &mut Findings) {
    if let Some(word) = lacking(&field.selector, source.of) {
        let note = lacks(findings, field.span, &format!("{word} in a path"), source);
        let note = match source.of {
            SchemaOf::Avro => note
                .why("a schema says of each field what it is, and not what JSON in a text is")
                .help(
                    "name what is inside: `|json.NAME`; or take the text as it stands, without `|json`",
                ),
            SchemaOf::Protobuf | SchemaOf::JsonSchema => {
                note.help("name the members without it, or drop the field")
            }
        };
        note.output(&output.topic.value)
            .field(field.selector.to_string());
    }
    for body in field.writes.iter().filter_map(|w| w.value.body.as_ref()) {
        for inner in &body.fields {
            of_field(inner, (output, source), findings);
        }
    }
}

/// What of a path of a field that format does not have in this version.
pub(in crate::policy) fn lacking(path: &Selector, of: SchemaOf) -> Option<&'static str> {
    match of {
        SchemaOf::Avro => {
            matches!(path.steps.last(), Some(Step::Json)).then_some("`|json` at the end")
        }
        SchemaOf::Protobuf => path.steps.iter().find_map(|step| match step {
            Step::Filter(_) => Some("`[?…]`"),
            Step::Json => Some("`|json`"),
            _ => None,
        }),
        SchemaOf::JsonSchema => None,
    }
}

fn lacks<'f>(
    findings: &'f mut Findings,
    span: Span,
    what: &str,
    source: &SchemaSource,
) -> crate::language::finding::Note<'f> {
    let of = source.of;
    let message = format!(
        "{what} beside `value: {}` is not in this version",
        of.word()
    );
    findings
        .error(codes::NOT_IN_THIS_VERSION, span, message)
        .also(source.value, format!("read as {} here", of.name()))
}
