//! Whether two columns can be joined.

use super::super::measured::{self, Sample};
use super::super::shown::{self, PageFormat};
use super::super::{Exit, Failure, Outcome, policy};
use serde_json::json;
use veilstream::attack::AttackReport;
use veilstream::document::{Document, Line, Look, Table, joined};
use veilstream::policy::joining::{At, Joining, Level, joining};
use veilstream::policy::{Column, Meaning, PolicyFile, Where, meaning};

/// The attacks that join two outputs: by order, by content, by behaviour.
const JOINING: [&str; 3] = ["A4", "A5", "A6"];
/// What they draw is the same each time.
const SEED: u64 = 1;

pub(super) fn explain(
    [a, b]: [&str; 2],
    files: &[PolicyFile],
    sample: Option<Sample<'_>>,
    format: PageFormat,
) -> Outcome {
    let policies: Vec<Meaning> = files
        .iter()
        .map(|file| Ok(meaning(&policy::said_of_keys(file, false)?.0)))
        .collect::<Result<_, Failure>>()?;
    let all: Vec<&Meaning> = policies.iter().collect();
    let (here, there) = (columns(a, &policies)?, columns(b, &policies)?);
    // A column that several types of record write is several: the strongest counts.
    let pairs = here
        .iter()
        .flat_map(|a| there.iter().map(move |b| (*a, *b)));
    let strongest = pairs
        .map(|(a, b)| joining(a, b, &all))
        .min_by_key(|joining| joining.level)
        .expect("each side has a column");
    let measured = match sample {
        None => None,
        Some(sample) => {
            let at = |column: &At<'_>| policies.iter().position(|p| std::ptr::eq(p, column.policy));
            let (one, other) = (at(&here[0]), at(&there[0]));
            let Some(file) = one.filter(|one| Some(*one) == other) else {
                return Err(
                    Failure::new(Exit::Usage, "a sample is of one policy's events")
                        .why(format!("`{a}` and `{b}` are of two policies"))
                        .help("leave --on out: how they can be joined is told without it"),
                );
            };
            let topics = [&here[0].output.topic, &there[0].output.topic];
            Some(tried(&files[file], topics, sample)?)
        }
    };
    let json = || {
        json!({
            "measured": measured.as_ref().map(AttackReport::json),
            "a": a,
            "b": b,
            "level": strongest.level.word(),
            "ways": strongest.ways.iter().map(|way| json!({
                "level": way.level.word(),
                "open": way.is_open,
                "why": way.why,
            })).collect::<Vec<_>>(),
        })
    };
    let mut page = page(a, b, &strongest);
    if let Some(report) = &measured {
        report.parts(&mut page);
    }
    shown::show(&page, json, format)?;
    Ok(Exit::Ok)
}

/// What joining two outputs comes to on a sample.
fn tried(
    file: &PolicyFile,
    topics: [&String; 2],
    sample: Sample<'_>,
) -> Result<AttackReport, Failure> {
    let mut own = measured::of(file, sample)?.tables;
    own.outputs.retain(|table| topics.contains(&&table.topic));
    Ok(measured::attacked(&own, None, &JOINING, SEED))
}

fn page(a: &str, b: &str, found: &Joining) -> Document {
    let title = Line::code(a).and(Look::Plain, " and ").and(Look::Code, b);
    let mut page = Document::new(title);
    page.say(match found.level {
        Level::Not => Line::of(Look::Good, "cannot be joined")
            .and(Look::Plain, ", as far as these policies show."),
        level => Line::from("who reads both can join them ")
            .and(Look::Strong, level.as_str())
            .and(Look::Plain, "."),
    });
    let mut table = Table::new(&["way", "open", "why"]);
    for way in &found.ways {
        let open = match way.is_open {
            true => Line::of(Look::Warning, "yes"),
            false => Line::of(Look::Good, "no"),
        };
        let why = way.why.iter().map(|clause| quoted(clause));
        table.row([Line::from(way.level.as_str()), open, joined(why, "; ")]);
    }
    page.table(table);
    page
}

/// A sentence whose words of the policy stand in backticks.
pub(in crate::cli) fn quoted(text: &str) -> Line {
    Line::with_codes(text)
}

/// The columns that `TOPIC.PATH` means; topics hold dots, the longest wins.
fn columns<'m>(text: &str, policies: &'m [Meaning]) -> Result<Vec<At<'m>>, Failure> {
    let outputs = policies
        .iter()
        .flat_map(|p| p.outputs.iter().map(move |o| (p, o)));
    let fits = outputs.clone().filter(|(_, output)| {
        let rest = text.strip_prefix(output.topic.as_str());
        rest.is_some_and(|rest| rest.starts_with('.'))
    });
    let Some((policy, output)) = fits.max_by_key(|(_, output)| output.topic.len()) else {
        let offered = offered(text, policies);
        if !offered.is_empty() {
            return Err(Failure::new(
                Exit::Usage,
                format!("`{text}` does not say of which output"),
            )
            .help(format!("write {}", offered.join(" or "))));
        }
        let topics: Vec<String> = outputs.map(|(_, o)| format!("`{}`", o.topic)).collect();
        return Err(Failure::new(
            Exit::Usage,
            format!("`{text}` begins with no output's topic"),
        )
        .why(format!("the outputs are {}", topics.join(", ")))
        .help("write TOPIC.PATH, and name the policy that has the output with -p"));
    };
    let path = &text[output.topic.len() + 1..];
    let named = |column: &&Column| name(column) == path;
    let came_from = |column: &&Column| column.inputs.iter().any(|i| i.to_string() == path);
    let at = |column| At {
        policy,
        output,
        column,
    };
    let mut found: Vec<At<'m>> = output.columns.iter().filter(named).map(at).collect();
    if found.is_empty() {
        found = output.columns.iter().filter(came_from).map(at).collect();
    }
    if found.is_empty() {
        let mut names: Vec<String> = output
            .columns
            .iter()
            .map(|c| format!("`{}`", name(c)))
            .collect();
        names.dedup();
        return Err(Failure::new(
            Exit::Usage,
            format!("nothing leaves to `{}` as `{path}`", output.topic),
        )
        .why(format!("its columns are {}", names.join(", ")))
        .help("name one of them, or the path of the event that it is made from"));
    }
    Ok(found)
}

/// The full names of the columns that are called so, or are made from that path.
fn offered(path: &str, policies: &[Meaning]) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for output in policies.iter().flat_map(|p| &p.outputs) {
        let is_it =
            |c: &&Column| name(c) == path || c.inputs.iter().any(|input| input.to_string() == path);
        for column in output.columns.iter().filter(is_it) {
            let full = format!("`{}.{}`", output.topic, name(column));
            // A record key is what a field is already.
            if column.like.is_none() && !all.contains(&full) {
                all.push(full);
            }
        }
    }
    all
}

fn name(column: &Column) -> String {
    match &column.to {
        Where::Value(path) => path.to_string(),
        Where::Key => "key".to_owned(),
        Where::KeyField(path) => format!("key.{path}"),
        Where::Header(name) => format!("header.{name}"),
    }
}
