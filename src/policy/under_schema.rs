//! A policy held against the schema of a writer: fields that are named and not there,
//! fields that are there and not named, what leaves.

use std::collections::HashSet;
use std::sync::Arc;

use super::compile::{lacking, schema};
use super::diff::Said;
use crate::language::codes;
use crate::language::finding::{Findings, Span};
use crate::plan::automaton::{DEAD, ROOT, WHOLE};
use crate::plan::{Format, Output, Plan};
use crate::schema::binding::Binding;
use crate::schema::frame::Part;
use crate::schema::registry::{Kind, subject_of};
use crate::schema::shaped::{Inside, Shaped};
use crate::schema::writer::Writer;

/// What a policy makes of a schema.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnderSchema {
    /// Fields of the schema that no output names and nothing reads, the outermost of each.
    pub unnamed: Vec<String>,
    /// By output the schema of what leaves.
    pub derived: Vec<DerivedSchema>,
}

/// The schema of what leaves by an output: of its values, or of its keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DerivedSchema {
    /// The topic.
    pub topic: String,
    /// What it is of.
    pub part: Part,
    /// What it is written in.
    pub kind: Kind,
    /// Its text.
    pub text: String,
    /// The subject that this is a version of in a registry, or why it can be one of none.
    pub subject: Result<Box<str>, String>,
}

/// Holds the policy `said`, of which `plan` was made, against a schema in place of its
/// own, and reports what is wrong; `None`: the policy can make nothing of it. `name` is
/// the file, as whoever asks calls it.
pub fn under_schema(
    said: &Said,
    plan: &Plan,
    (name, bytes): (&str, &[u8]),
    findings: &mut Findings,
) -> Option<UnderSchema> {
    let policy = &said.policy;
    let span = policy.source.schema.as_ref().map(|said| said.span);
    let span = span.unwrap_or_default();
    if plan.source.format == Format::Json {
        findings
            .error(
                codes::SCHEMA_FILE,
                span,
                format!("the schema `{name}` cannot be used: the policy reads values as JSON"),
            )
            .why("JSON says itself what it holds, and no schema is read for it")
            .help(
                "write `value: avro`, `protobuf` or `json_schema` into `source`, or leave the schema out",
            );
        return None;
    }
    let Some(format) = plan.source.format.under(name, bytes) else {
        no_text(name, span, findings);
        return None;
    };
    under_format(said, plan, (name, &format), findings)
}

/// As [`under_schema`], of a schema that may be of several texts.
pub fn under_format(
    said: &Said,
    plan: &Plan,
    (name, format): (&str, &Format),
    findings: &mut Findings,
) -> Option<UnderSchema> {
    let policy = &said.policy;
    let span = policy.source.schema.as_ref().map(|said| said.span);
    let span = span.unwrap_or_default();
    let (writer, binding) =
        schema::bind((plan, Part::Value), policy, (name, span, format), findings)?;
    let writer = [(name, writer)];
    // Of its own schema it was said when the policy was read.
    let is_own = is_own(&plan.source.format, format);
    if !is_own {
        lacking::report(policy, &writer, findings);
    }
    let [(_, writer)] = writer;
    let binding = binding?;
    if !is_own {
        schema::shadowed((policy, Part::Value), (name, &binding), findings);
    }
    let unnamed = match &writer {
        Writer::Avro(writer) => unnamed(plan, writer),
        Writer::Json(writer) => unnamed(plan, writer),
        #[cfg(feature = "protobuf")]
        Writer::Protobuf(writer) => unnamed(plan, writer),
    };
    let of = (&plan.outputs[..], Part::Value);
    Some(UnderSchema {
        unnamed,
        derived: derived(of, writer.name(), &binding),
    })
}

/// As [`under_schema`], of a schema that record keys are written under; `None` as well
/// where the policy reads none of a format that has schemas.
pub fn under_key_schema(
    said: &Said,
    plan: &Plan,
    (name, bytes): (&str, &[u8]),
    findings: &mut Findings,
) -> Option<UnderSchema> {
    let Some(of_keys) = &plan.source.key_format else {
        findings
            .error(
                codes::SCHEMA_FILE,
                Span::default(),
                format!("`{name}` is a schema of record keys, and the policy reads them without one"),
            )
            .help("write `source: { key: avro, … }`, `protobuf` or `json_schema`, or leave the schema of keys out");
        return None;
    };
    let Some(format) = of_keys.under(name, bytes) else {
        no_text(name, key_span(said), findings);
        return None;
    };
    under_key_format(said, plan, (name, &format), findings)
}

/// As [`under_key_schema`], of a schema that may be of several texts.
pub fn under_key_format(
    said: &Said,
    plan: &Plan,
    (name, format): (&str, &Format),
    findings: &mut Findings,
) -> Option<UnderSchema> {
    let policy = &said.policy;
    let schema = (name, key_span(said), format);
    let (writer, binding) = schema::bind((plan, Part::Key), policy, schema, findings)?;
    lacking::report_keys(policy, (name, &writer), findings);
    let binding = binding?;
    schema::shadowed((policy, Part::Key), (name, &binding), findings);
    let records = plan.key_records.as_ref();
    let outputs = records.map_or(&[][..], |records| &records.outputs);
    Some(UnderSchema {
        unnamed: Vec::new(),
        derived: derived((outputs, Part::Key), writer.name(), &binding),
    })
}

/// Where the policy says what keys are.
fn key_span(said: &Said) -> Span {
    let key = said.policy.source.key_format.as_ref();
    key.map(|key| key.span).unwrap_or_default()
}

fn no_text(name: &str, span: Span, findings: &mut Findings) {
    findings
        .error(
            codes::SCHEMA_FILE,
            span,
            format!("the schema `{name}` cannot be used: it is no UTF-8 text"),
        )
        .help("name the text of a schema");
}

fn derived(
    (outputs, part): (&[Output], Part),
    comes: Option<String>,
    binding: &Binding,
) -> Vec<DerivedSchema> {
    let each = outputs.iter().zip(&binding.schemas).enumerate();
    let each = each.map(|(n, (output, text))| DerivedSchema {
        topic: output.topic.to_string(),
        part,
        kind: binding.kind(),
        text: text.to_string(),
        subject: subject_of((output, part), (comes.as_deref(), binding.name(n))),
    });
    each.collect()
}

/// True when that is the plan's own schema.
fn is_own(own: &Format, format: &Format) -> bool {
    match (own, format) {
        (Format::Avro(own), Format::Avro(other)) => own.text == other.text,
        (Format::AvroByFingerprint(all), Format::Avro(other)) => {
            all.iter().any(|own| own.text == other.text)
        }
        (Format::JsonSchema(own), Format::JsonSchema(other)) => own.text == other.text,
        (Format::Protobuf(own), Format::Protobuf(other)) => {
            let text = |all: &[(String, Arc<[u8]>)]| all.first().map(|(_, text)| Arc::clone(text));
            text(&own.files) == text(&other.files)
        }
        _ => false,
    }
}

/// Reports what speaks in a registry against the schema of what leaves to that topic.
pub fn held_back(said: &Said, topic: &str, what: String, findings: &mut Findings) {
    let mut outputs = said.policy.outputs.iter();
    let output = outputs.find(|output| output.topic.value == topic);
    let span = output.map_or_else(Span::default, |output| output.topic.span);
    findings
        .error(codes::SCHEMA_FILE, span, what)
        .help("write to another topic, change the compatibility of the subject, or let leave what left before")
        .output(topic);
}

/// The fields of which nothing is read and nothing leaves, the outermost of each path.
fn unnamed<W: Shaped>(plan: &Plan, writer: &W) -> Vec<String> {
    let mut all = Vec::new();
    let mut seen = HashSet::new();
    let mut open = vec![(writer.root(), ROOT, String::new())];
    while let Some((at, state, path)) = open.pop() {
        if state <= WHOLE || !seen.insert((at, state)) {
            continue;
        }
        match writer.inside(at) {
            Inside::Either(branches) => {
                open.extend(branches.into_iter().map(|b| (b, state, path.clone())));
            }
            Inside::Elements(items) => {
                let inner = plan.value.any_element(state);
                open.push((items, inner, format!("{path}[*]")));
            }
            Inside::Members(values) => {
                let inner = plan.value.any_member(state);
                open.push((values, inner, format!("{path}.*")));
            }
            Inside::Fields(fields) => {
                for (names, field) in fields {
                    let states = names.iter().map(|name| {
                        let at = plan.value.member(state, name.as_bytes());
                        let is_any = at == plan.value.any_member(state);
                        // `*` names none of what no schema says.
                        match is_any && writer.is_open(field) {
                            true => DEAD,
                            false => at,
                        }
                    });
                    let state = states.fold(DEAD, |best, state| best.max(state));
                    let name = names.into_iter().next().unwrap_or_default();
                    let path = match path.is_empty() {
                        true => name,
                        false => format!("{path}.{name}"),
                    };
                    match state {
                        DEAD => all.push(path),
                        _ => open.push((field, state, path)),
                    }
                }
            }
            Inside::Null | Inside::Few | Inside::Nothing | Inside::Text | Inside::Anything => {}
        }
    }
    all.sort();
    all
}
