//! What leaves whole, and holds something that no schema says: `Any`, `Struct` and the like.

use std::collections::HashSet;

use crate::language::codes;
use crate::language::finding::Findings;
use crate::policy::check::model::{Checked, Field};
use crate::schema::shaped::{Inside, Shaped, step_on};
use crate::schema::writer::Writer;

/// Most places that one finding names.
const TOLD_MAX: usize = 3;

/// Lists it, by the name that whoever asks knows the schema by.
pub(super) fn report(policy: &Checked, (name, writer): (&str, &Writer), findings: &mut Findings) {
    match writer {
        Writer::Avro(writer) => of(policy, (name, writer), findings),
        Writer::Json(writer) => of(policy, (name, writer), findings),
        #[cfg(feature = "protobuf")]
        Writer::Protobuf(writer) => of(policy, (name, writer), findings),
    }
}

fn of<W: Shaped>(policy: &Checked, (name, writer): (&str, &W), findings: &mut Findings) {
    for output in &policy.outputs {
        let types = output.types.iter().flatten();
        let lists = std::iter::once(&output.fields).chain(types.map(|t| &t.fields));
        for field in lists.flatten().filter(|field| leaves_whole(field)) {
            let mut at = vec![writer.root()];
            for step in &field.selector.steps {
                at = step_on(writer, &at, step);
            }
            let (open, more) = inside(writer, &at, &field.selector.to_string());
            if open.is_empty() {
                continue;
            }
            let named: Vec<String> = open.iter().map(|path| format!("`{path}`")).collect();
            let and = match more {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            findings
                .note(
                    codes::KEEPS_WHOLE,
                    field.span,
                    format!(
                        "`{}` is taken whole, and the schema `{name}` does not say what is in {}{and}",
                        field.selector,
                        named.join(", ")
                    ),
                )
                .why("an `Any`, a `Struct` or a `Value` holds whatever its writer puts there, personal data among it")
                .help("name the fields that leave, one by one; members of a `Struct` can be named too")
                .output(&output.topic.value)
                .field(field.selector.to_string());
        }
    }
}

/// True where something is made of all that is in a value, and is seen.
fn leaves_whole(field: &Field) -> bool {
    let mut writes = field.writes.iter();
    writes.any(|write| {
        let facts = write.value.spec.facts();
        facts.takes_whole && facts.clear
    })
}

/// The places there and below of which no schema says what they hold, the first few, and how
/// many more there are.
fn inside<W: Shaped>(writer: &W, at: &[W::At], path: &str) -> (Vec<String>, usize) {
    let (mut told, mut more) = (Vec::new(), 0);
    let mut seen = HashSet::new();
    let mut open: Vec<(W::At, String)> = at.iter().map(|at| (*at, path.to_owned())).collect();
    while let Some((at, path)) = open.pop() {
        if !seen.insert(at) {
            continue;
        }
        if writer.is_open(at) {
            match told.len() < TOLD_MAX {
                true => told.push(path),
                false => more += 1,
            }
            continue;
        }
        match writer.inside(at) {
            Inside::Either(branches) => {
                open.extend(branches.into_iter().map(|b| (b, path.clone())));
            }
            Inside::Elements(items) => open.push((items, format!("{path}[*]"))),
            Inside::Members(values) => open.push((values, format!("{path}.*"))),
            Inside::Fields(fields) => {
                let below = |(names, at): (Vec<String>, W::At)| {
                    let name = names.into_iter().next().unwrap_or_default();
                    (at, format!("{path}.{name}"))
                };
                open.extend(fields.into_iter().map(below));
            }
            _ => {}
        }
    }
    told.sort();
    (told, more)
}
