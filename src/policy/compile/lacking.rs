//! Paths of a policy that lead nowhere in the schema of the writer.

use std::collections::{BTreeSet, HashSet};

use crate::language::codes;
use crate::language::finding::{Findings, Span};
use crate::policy::check::model::{Checked, Field, Output};
use crate::record::path::{Selector, Step};
use crate::schema::avro::node::{Field as SchemaField, NodeId, Schema, Shape};

/// Reports the fields that the policy names, and the schema does not have.
pub fn report(policy: &Checked, writer: &Schema, name: &str, findings: &mut Findings) {
    for output in &policy.outputs {
        let types = output.types.iter().flatten();
        let lists = std::iter::once(&output.fields).chain(types.map(|t| &t.fields));
        for field in lists.flatten() {
            missing_field(output, field, writer, name, findings);
        }
    }
    let source = &policy.source;
    for path in &source.types {
        let at = (&path.value, path.span);
        missing_path(None, at, writer, name, findings);
    }
}

fn missing_field(
    output: &Output,
    field: &Field,
    writer: &Schema,
    name: &str,
    findings: &mut Findings,
) {
    // A field that is made of its siblings need not be there itself.
    let parts = field.writes.iter().filter_map(|w| w.value.parts());
    let mut parts = parts.flatten().peekable();
    if parts.peek().is_none() {
        let at = (&field.selector, field.span);
        return missing_path(Some(output), at, writer, name, findings);
    }
    for (part, span) in parts {
        let mut path = field.selector.clone();
        path.steps.pop();
        path.steps.push(Step::Name(part.clone()));
        missing_path(Some(output), (&path, *span), writer, name, findings);
    }
}

fn missing_path(
    output: Option<&Output>,
    (path, span): (&Selector, Span),
    writer: &Schema,
    name: &str,
    findings: &mut Findings,
) {
    let mut at: Vec<NodeId> = vec![writer.root()];
    for (n, step) in path.steps.iter().enumerate() {
        let next = step_on(writer, &at, step);
        if !next.is_empty() {
            at = next;
            continue;
        }
        // What the JSON in a text holds no schema says.
        if *step == Step::Json && at.iter().any(|at| holds_text(writer, *at)) {
            return;
        }
        let there = Selector {
            steps: path.steps[..n].to_vec(),
        };
        let around = match n {
            0 => "the record".to_owned(),
            _ => format!("`{there}`"),
        };
        let known = names_of(writer, &at);
        let wanted = match step {
            Step::Name(wanted) => wanted.as_str(),
            _ => "",
        };
        let help = match codes::nearest(wanted, known.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None if known.is_empty() => "correct the path, or remove the field".to_owned(),
            None => format!("there are: {}", known.join(", ")),
        };
        let mut note = findings
            .warning(
                codes::SCHEMA_LACKS,
                span,
                format!(
                    "`{path}` is not in the schema `{name}`: {around} has nothing of that name"
                ),
            )
            .why("of a field that is not there nothing leaves, and nobody would notice")
            .help(help);
        if let Some(output) = output {
            note = note.output(&output.topic.value);
        }
        note.field(path.to_string());
        return;
    }
}

/// The types that a step leads to, from those.
fn step_on(schema: &Schema, from: &[NodeId], step: &Step) -> Vec<NodeId> {
    let mut found = BTreeSet::new();
    let mut open: Vec<NodeId> = from.to_vec();
    let mut seen: HashSet<NodeId> = HashSet::new();
    while let Some(at) = open.pop() {
        if !seen.insert(at) {
            continue;
        }
        match (&schema.node(at).shape, step) {
            (Shape::Union(branches), _) => open.extend(branches),
            // Something at any depth, or nothing of it: whatever is there.
            (Shape::Record(_, fields), Step::AnyDepth) => {
                found.insert(at);
                open.extend(fields.iter().map(|field| field.node));
            }
            (Shape::Array(inner) | Shape::Map(inner), Step::AnyDepth) => {
                found.insert(at);
                open.push(*inner);
            }
            (_, Step::AnyDepth) => {
                found.insert(at);
            }
            (Shape::Record(_, fields), Step::Name(name)) => {
                let is_it = |field: &&SchemaField| {
                    *field.name == **name || field.aliases.iter().any(|a| **a == **name)
                };
                found.extend(fields.iter().filter(is_it).map(|field| field.node));
            }
            (Shape::Record(_, fields), Step::AnyName) => {
                found.extend(fields.iter().map(|field| field.node));
            }
            (Shape::Map(values), Step::Name(_) | Step::AnyName) => {
                found.insert(*values);
            }
            (Shape::Array(items), Step::AnyElement | Step::Element(_) | Step::Filter(_)) => {
                found.insert(*items);
            }
            _ => {}
        }
    }
    found.into_iter().collect()
}

fn holds_text(schema: &Schema, at: NodeId) -> bool {
    match &schema.node(at).shape {
        Shape::Text => true,
        Shape::Union(branches) => branches.iter().any(|branch| holds_text(schema, *branch)),
        _ => false,
    }
}

/// The names of the fields that stand in those types.
fn names_of(schema: &Schema, at: &[NodeId]) -> Vec<String> {
    let mut names = Vec::new();
    let mut open = at.to_vec();
    while let Some(at) = open.pop() {
        match &schema.node(at).shape {
            Shape::Union(branches) => open.extend(branches),
            Shape::Record(_, fields) => {
                names.extend(fields.iter().map(|field| field.name.to_string()));
            }
            _ => {}
        }
    }
    names
}
