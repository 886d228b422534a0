//! Paths of a policy that lead nowhere in the schema of the writer.

use super::{open, unforeseen};
use crate::language::codes;
use crate::language::finding::{Findings, Span};
use crate::policy::check::model::{Checked, Field, Output};
use crate::record::path::{Selector, Step};
use crate::schema::frame::Part;
use crate::schema::jsonschema;
use crate::schema::shaped::{Inside, Shaped, step_on};
use crate::schema::writer::Writer;

/// Reports the fields that the policy names, and none of the schemas has, each with the
/// name that whoever asks knows it by.
pub fn report(policy: &Checked, writers: &[(&str, Writer)], findings: &mut Findings) {
    for (name, writer) in writers {
        if let Writer::Json(writer) = writer {
            report_references(policy, (name, writer), findings);
        }
        unforeseen::report(policy, Part::Value, (name, writer), findings);
        open::report(policy, (name, writer), findings);
    }
    let found = writers
        .iter()
        .map(|(name, writer)| of_writer(policy, Part::Value, (name, writer)));
    let mut found: Vec<Vec<Lack<'_>>> = found.collect();
    let Some(last) = found.pop() else { return };
    for lack in last {
        let is_it = |other: &Lack<'_>| other.span == lack.span && other.path == lack.path;
        if found.iter().all(|others| others.iter().any(is_it)) {
            lack.tell(found.len(), findings);
        }
    }
}

/// Reports what a schema refers to and does not have, in one finding.
fn report_references(
    policy: &Checked,
    (name, writer): (&str, &jsonschema::node::Schema),
    findings: &mut Findings,
) {
    const MOST: usize = 3;
    let all = writer.nowhere();
    let Some(source) = policy.source.schema.as_ref().filter(|_| !all.is_empty()) else {
        return;
    };
    let short = |one: &str| one.chars().take(80).collect::<String>();
    let each = all.iter().take(MOST).map(|one| format!("`{}`", short(one)));
    let each: Vec<String> = each.collect();
    let more = match all.len().saturating_sub(MOST) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let refers = each.join(", ");
    findings
        .warning(
            codes::SCHEMA_LACKS,
            source.span,
            format!("the schema `{name}` refers to {refers}{more}, which is nowhere"),
        )
        .why("a reference (`$ref`) that leads nowhere says nothing: types and tags behind it are not known, and nothing is fetched")
        .help("correct the reference, or name the file that it leads to under `imports`, by the name that the schema refers to it by");
}

/// The same of the members of record keys.
pub fn report_keys(policy: &Checked, (name, writer): (&str, &Writer), findings: &mut Findings) {
    unforeseen::report(policy, Part::Key, (name, writer), findings);
    for lack in of_writer(policy, Part::Key, (name, writer)) {
        lack.tell(0, findings);
    }
}

fn of_writer<'p>(
    policy: &'p Checked,
    part: Part,
    (name, writer): (&str, &Writer),
) -> Vec<Lack<'p>> {
    match writer {
        Writer::Avro(writer) => lacks(policy, part, (writer, name)),
        Writer::Json(writer) => lacks(policy, part, (writer, name)),
        #[cfg(feature = "protobuf")]
        Writer::Protobuf(writer) => lacks(policy, part, (writer, name)),
    }
}

/// A path that leads nowhere.
struct Lack<'p> {
    output: Option<&'p Output>,
    path: Selector,
    span: Span,
    name: String,
    around: String,
    help: String,
}

impl Lack<'_> {
    /// `others`: so many other schemas lack it too.
    fn tell(self, others: usize, findings: &mut Findings) {
        let Lack {
            output,
            path,
            span,
            name,
            around,
            help,
        } = self;
        let of = match others {
            0 => String::new(),
            1 => ", nor in the other one".to_owned(),
            n => format!(", nor in the {n} others"),
        };
        let mut note = findings
            .warning(
                codes::SCHEMA_LACKS,
                span,
                format!(
                    "`{path}` is not in the schema `{name}`{of}: {around} has nothing of that name"
                ),
            )
            .why("of a field that is not there nothing leaves, and nobody would notice")
            .help(help);
        if let Some(output) = output {
            note = note.output(&output.topic.value);
        }
        note.field(path.to_string());
    }
}

fn lacks<'p, W: Shaped>(
    policy: &'p Checked,
    part: Part,
    (writer, name): (&W, &str),
) -> Vec<Lack<'p>> {
    let mut looking = Looking {
        writer,
        name,
        found: Vec::new(),
    };
    for output in &policy.outputs {
        let types = output.types.iter().flatten();
        let lists = std::iter::once(&output.fields).chain(types.map(|t| &t.fields));
        let fields: Vec<&Field> = match part {
            Part::Value => lists.flatten().collect(),
            Part::Key => output.key_fields().iter().collect(),
        };
        for field in fields {
            looking.field(output, field);
        }
    }
    for path in policy.source.types.iter().filter(|_| part == Part::Value) {
        looking.path(None, (&path.value, path.span));
    }
    looking.found
}

struct Looking<'l, 'p, W> {
    writer: &'l W,
    name: &'l str,
    found: Vec<Lack<'p>>,
}

impl<'p, W: Shaped> Looking<'_, 'p, W> {
    fn field(&mut self, output: &'p Output, field: &Field) {
        // A field that is made of its siblings need not be there itself.
        let parts = field.writes.iter().filter_map(|w| w.value.parts());
        let mut parts = parts.flatten().peekable();
        if parts.peek().is_none() {
            return self.path(Some(output), (&field.selector, field.span));
        }
        for (part, span) in parts {
            let mut path = field.selector.clone();
            path.steps.pop();
            path.steps.push(Step::Name(part.clone()));
            self.path(Some(output), (&path, *span));
        }
    }

    fn path(&mut self, output: Option<&'p Output>, (path, span): (&Selector, Span)) {
        let writer = self.writer;
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
            let known = names_of(writer, &at);
            let wanted = match step {
                Step::Name(wanted) => wanted.as_str(),
                _ => "",
            };
            self.found.push(Lack {
                output,
                path: path.clone(),
                span,
                name: self.name.to_owned(),
                around: match n {
                    0 => "the record".to_owned(),
                    _ => format!("`{there}`"),
                },
                help: match codes::nearest(wanted, known.iter().map(String::as_str)) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None if known.is_empty() => "correct the path, or remove the field".to_owned(),
                    None => format!("there are: {}", known.join(", ")),
                },
            });
            return;
        }
    }
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
