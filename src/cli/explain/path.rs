//! What becomes of a path.

use super::super::shown::{self, PageFormat};
use super::super::{Exit, Failure, Outcome, policy};
use serde_json::{Value, json};
use veilstream::document::{Document, Line, Look, joined};
use veilstream::policy::selector::selectors;
use veilstream::policy::{AtPath, Fate, NamedField, PathAnswer, PolicyFile, at_path, meaning};

pub(super) fn explain(text: &str, files: &[PolicyFile], format: PageFormat) -> Outcome {
    let paths = selectors(text).map_err(|e| {
        Failure::new(Exit::Usage, format!("`{text}` cannot be read as a path"))
            .why(e.message)
            .help(e.help)
    })?;
    let title = Line::from("what becomes of ").and(Look::Code, text);
    let mut page = Document::new(title);
    let mut values: Vec<Value> = Vec::new();
    for file in files {
        let (said, _) = policy::said(file)?;
        let meaning = meaning(&said);
        if files.len() > 1 {
            page.say(
                Line::from("Under ")
                    .and(Look::Code, format!("{}@{}", meaning.name, meaning.version))
                    .and(Look::Plain, format!(" ({}):", file.path.display())),
            );
        }
        if let Some(split) = &meaning.split {
            page.say(apart(split));
        }
        let domains: Vec<(String, String)> = meaning
            .outputs
            .into_iter()
            .map(|o| (o.topic, o.domain))
            .collect();
        for path in &paths {
            let answer = at_path(&said, path);
            add(&answer, &domains, &mut page);
            let mut value = value(&answer);
            if files.len() > 1 {
                value["policy"] = meaning.name.as_str().into();
            }
            values.push(value);
        }
    }
    let json = || match values.len() {
        1 => values.remove(0),
        _ => Value::Array(values),
    };
    shown::show(&page, json, format)?;
    Ok(Exit::Ok)
}

/// What a path begins at, where records are taken apart.
fn apart(split: &str) -> Line {
    match split {
        "[]" => Line::from("Records are lists, and each element is one: paths begin inside it."),
        path => Line::from("Each element of the list ")
            .and(Look::Code, path)
            .and(
                Look::Plain,
                " is a record by itself, and stands in its place: write ",
            )
            .and(Look::Code, format!("{path}.NAME"))
            .and(Look::Plain, ", without ")
            .and(Look::Code, "[*]")
            .and(Look::Plain, "."),
    }
}

fn add(answer: &PathAnswer, domains: &[(String, String)], page: &mut Document) {
    let path = answer.path.to_string();
    let classes = answer.classes.iter().map(|c| Line::code(&**c));
    page.say(match answer.classes.is_empty() {
        true => Line::code(&*path).and(
            Look::Plain,
            " has no class: the policy does not say what it is.",
        ),
        false => Line::code(&*path)
            .and(Look::Plain, " is ")
            .then(joined(classes, ", "))
            .and(Look::Plain, "."),
    });
    if answer.is_read {
        page.say("It is read to decide about the record: its type, its subject, consent, a condition, or what is counted of it and when.");
    }
    for at in &answer.at {
        let mut line = Line::code(&*at.topic);
        if let Some(of_type) = &at.of_type {
            line = line
                .and(Look::Plain, " (type ")
                .and(Look::Code, &**of_type)
                .and(Look::Plain, ")");
        } else if answer
            .at
            .iter()
            .any(|other| other.topic == at.topic && other.of_type.is_some())
        {
            line = line.and(Look::Plain, " (every other type)");
        }
        page.part(line);
        let domain = domains.iter().find(|(topic, _)| *topic == at.topic);
        page.list(lines(at, domain.map_or("", |(_, domain)| domain)));
    }
    if let Some(nearest) = &answer.nearest {
        page.say(
            Line::from("The nearest path that the policy names is ")
                .and(Look::Code, &**nearest)
                .and(Look::Plain, "."),
        );
    }
}

fn lines(at: &AtPath, domain: &str) -> Vec<Line> {
    let by = |field: &NamedField| {
        Line::code(field.counted_from().unwrap_or_default())
            .and(Look::Plain, ": ")
            .and(Look::Code, &*field.written)
    };
    let mut lines = match &at.fate {
        Fate::Makes(fields) => fields
            .iter()
            .map(|field| {
                let leaves = Line::from("leaves as ").and(Look::Code, &*field.path);
                let sealed = match &field.inside {
                    Some(inside) => Line::from(", sealed inside ").and(Look::Code, &**inside),
                    None => Line::default(),
                };
                let what = field.spec.says(domain).what;
                leaves
                    .then(sealed)
                    .and(Look::Plain, format!(": {what}; by "))
                    .then(by(field))
            })
            .collect(),
        Fate::Dropped(field) => vec![
            Line::of(Look::Good, "dropped")
                .and(Look::Plain, ": ")
                .then(by(field)),
        ],
        Fate::Within(field) => vec![
            Line::of(Look::Warning, "leaves within ")
                .and(Look::Code, &*field.path)
                .and(Look::Plain, ", which is taken whole; by ")
                .then(by(field)),
        ],
        Fate::Holds(inside) => {
            let names = inside.iter().map(|path| Line::code(&**path));
            vec![Line::from("leaves with what is named inside of it: ").then(joined(names, ", "))]
        }
        Fate::Summed => {
            let what = ": nothing of it leaves but the sum of a window, with noise";
            vec![Line::of(Look::Good, "summed").and(Look::Plain, what)]
        }
        Fate::Timed => {
            let what = ": it says in which window a record counts, and leaves nowhere";
            vec![Line::of(Look::Good, "read as the time").and(Look::Plain, what)]
        }
        Fate::Unnamed => {
            vec![Line::of(Look::Good, "dropped").and(Look::Plain, ": nobody named it")]
        }
    };
    if !at.passed_over.is_empty() {
        let names = at.passed_over.iter().map(|path| Line::code(&**path));
        lines.push(
            Line::from("more specific than ")
                .then(joined(names, ", "))
                .and(Look::Plain, ", which would have taken it"),
        );
    }
    if !at.part_of.is_empty() {
        let names = at.part_of.iter().map(|path| Line::code(&**path));
        lines.push(Line::from("is one of the parts of ").then(joined(names, ", ")));
    }
    lines
}

fn value(answer: &PathAnswer) -> Value {
    json!({
        "path": answer.path.to_string(),
        "classes": answer.classes,
        "read": answer.is_read,
        "nearest": answer.nearest,
        "outputs": answer.at.iter().map(|at| {
            let (fate, fields): (&str, Vec<String>) = match &at.fate {
                Fate::Makes(fields) => ("leaves", fields.iter().map(|f| f.path.clone()).collect()),
                Fate::Dropped(field) => ("dropped", vec![field.path.clone()]),
                Fate::Within(field) => ("within", vec![field.path.clone()]),
                Fate::Holds(inside) => ("holds", inside.clone()),
                Fate::Summed => ("summed", Vec::new()),
                Fate::Timed => ("time", Vec::new()),
                Fate::Unnamed => ("unnamed", Vec::new()),
            };
            let by = match &at.fate {
                Fate::Makes(fields) => fields.iter().collect(),
                Fate::Dropped(field) | Fate::Within(field) => vec![field],
                Fate::Holds(_) | Fate::Summed | Fate::Timed | Fate::Unnamed => Vec::new(),
            };
            json!({
                "topic": at.topic,
                "type": at.of_type,
                "fate": fate,
                "fields": fields,
                "by": by.iter().map(|f| f.written.clone()).collect::<Vec<_>>(),
                "passed_over": at.passed_over,
                "part_of": at.part_of,
            })
        }).collect::<Vec<_>>(),
    })
}
