//! Paths of a policy that lead nowhere in the schema of the writer.

use std::collections::{BTreeSet, HashSet};

use crate::language::codes;
use crate::language::finding::{Findings, Span};
use crate::policy::check::model::{Checked, Field, Output};
use crate::record::path::{Selector, Step};
use crate::schema::shaped::{Inside, Shaped};
use crate::schema::writer::Writer;

/// Reports the fields that the policy names, and the schema does not have.
pub fn report(policy: &Checked, writer: &Writer, name: &str, findings: &mut Findings) {
    match writer {
        Writer::Avro(writer) => report_in(policy, writer, name, findings),
        Writer::Json(writer) => report_in(policy, writer, name, findings),
        #[cfg(feature = "protobuf")]
        Writer::Protobuf(writer) => report_in(policy, writer, name, findings),
    }
}

fn report_in<W: Shaped>(policy: &Checked, writer: &W, name: &str, findings: &mut Findings) {
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

fn missing_field<W: Shaped>(
    output: &Output,
    field: &Field,
    writer: &W,
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

fn missing_path<W: Shaped>(
    output: Option<&Output>,
    (path, span): (&Selector, Span),
    writer: &W,
    name: &str,
    findings: &mut Findings,
) {
    let mut at: Vec<W::At> = vec![writer.root()];
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

/// The places that a step leads to, from those.
fn step_on<W: Shaped>(schema: &W, from: &[W::At], step: &Step) -> Vec<W::At> {
    let mut found = BTreeSet::new();
    let mut open: Vec<W::At> = from.to_vec();
    let mut seen: HashSet<W::At> = HashSet::new();
    while let Some(at) = open.pop() {
        if !seen.insert(at) {
            continue;
        }
        match (schema.inside(at), step) {
            (Inside::Either(branches), _) => open.extend(branches),
            (Inside::Anything, _) => {
                found.insert(at);
            }
            // Something at any depth, or nothing of it: whatever is there.
            (Inside::Fields(fields), Step::AnyDepth) => {
                found.insert(at);
                open.extend(fields.into_iter().map(|(_, field)| field));
            }
            (Inside::Elements(inner) | Inside::Members(inner), Step::AnyDepth) => {
                found.insert(at);
                open.push(inner);
            }
            (_, Step::AnyDepth) => {
                found.insert(at);
            }
            (Inside::Fields(fields), Step::Name(name)) => {
                let is_it = |(names, _): &(Vec<String>, W::At)| names.contains(name);
                found.extend(fields.into_iter().filter(is_it).map(|(_, field)| field));
            }
            (Inside::Fields(fields), Step::AnyName) => {
                found.extend(fields.into_iter().map(|(_, field)| field));
            }
            (Inside::Members(values), Step::Name(_) | Step::AnyName) => {
                found.insert(values);
            }
            (Inside::Elements(items), Step::AnyElement | Step::Element(_) | Step::Filter(_)) => {
                found.insert(items);
            }
            _ => {}
        }
    }
    found.into_iter().collect()
}

fn holds_text<W: Shaped>(schema: &W, at: W::At) -> bool {
    match schema.inside(at) {
        Inside::Text => true,
        Inside::Either(branches) => branches.iter().any(|branch| holds_text(schema, *branch)),
        _ => false,
    }
}

/// The names of the fields that stand in those places.
fn names_of<W: Shaped>(schema: &W, at: &[W::At]) -> Vec<String> {
    let mut names = Vec::new();
    let mut open = at.to_vec();
    while let Some(at) = open.pop() {
        match schema.inside(at) {
            Inside::Either(branches) => open.extend(branches),
            Inside::Fields(fields) => {
                let first = |(names, _): (Vec<String>, W::At)| names.into_iter().next();
                names.extend(fields.into_iter().filter_map(first));
            }
            _ => {}
        }
    }
    names
}
