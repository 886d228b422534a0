//! A policy held against the schema of a writer: fields that are named and not there,
//! fields that are there and not named, what leaves.

use std::collections::HashSet;

use super::compile::{avro, lacking};
use super::diff::Said;
use crate::language::codes;
use crate::language::finding::{Findings, Span};
use crate::plan::{Format, Plan};
use crate::schema::avro::node::{Schema, Shape};

/// What a policy makes of a schema.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnderSchema {
    /// Fields of the schema that no output names and nothing reads, the outermost of each.
    pub unnamed: Vec<String>,
    /// By output: its topic, and the schema of what leaves.
    pub derived: Vec<(String, String)>,
}

/// Holds the policy `said`, of which `plan` was made, against the schema of that text, and
/// reports what is wrong; `None`: the policy can make nothing of it. `name` is the file,
/// as whoever asks calls it.
pub fn under_schema(
    said: &Said,
    plan: &Plan,
    (name, text): (&str, &str),
    findings: &mut Findings,
) -> Option<UnderSchema> {
    let policy = &said.policy;
    let span = policy.source.avro.as_ref().map(|avro| avro.span);
    let span = span.unwrap_or_default();
    let binding = avro::bind(plan, policy, (name, span, text), findings);
    let writer = Schema::parse(text).ok()?;
    // Of its own schema it was said when the policy was read.
    let own = match &plan.source.format {
        Format::Json | Format::AvroById => &[][..],
        Format::Avro(one) => std::slice::from_ref(one),
        Format::AvroByFingerprint(all) => all,
    };
    if !own.iter().any(|own| *own.text == *text) {
        lacking::report(policy, &writer, name, findings);
    }
    let binding = binding?;
    let topics = plan.outputs.iter().map(|output| output.topic.to_string());
    let schemas = binding.schemas.iter().map(|schema| schema.to_string());
    Some(UnderSchema {
        unnamed: unnamed(plan, &writer),
        derived: topics.zip(schemas).collect(),
    })
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
fn unnamed(plan: &Plan, writer: &Schema) -> Vec<String> {
    use crate::plan::automaton::{DEAD, ROOT, WHOLE};
    let mut all = Vec::new();
    let mut seen = HashSet::new();
    let mut open = vec![(writer.root(), ROOT, String::new())];
    while let Some((node, state, path)) = open.pop() {
        if state <= WHOLE || !seen.insert((node, state)) {
            continue;
        }
        match &writer.node(node).shape {
            Shape::Union(branches) => {
                open.extend(branches.iter().map(|b| (*b, state, path.clone())));
            }
            Shape::Array(items) => {
                let inner = plan.value.any_element(state);
                open.push((*items, inner, format!("{path}[*]")));
            }
            Shape::Map(values) => {
                let inner = plan.value.any_member(state);
                open.push((*values, inner, format!("{path}.*")));
            }
            Shape::Record(_, fields) => {
                for field in fields {
                    let names = std::iter::once(&field.name).chain(&field.aliases);
                    let states = names.map(|name| plan.value.member(state, name.as_bytes()));
                    let state = states.fold(DEAD, |best, state| best.max(state));
                    let path = match path.is_empty() {
                        true => field.name.to_string(),
                        false => format!("{path}.{}", field.name),
                    };
                    match state {
                        DEAD => all.push(path),
                        _ => open.push((field.node, state, path)),
                    }
                }
            }
            _ => {}
        }
    }
    all.sort();
    all
}
