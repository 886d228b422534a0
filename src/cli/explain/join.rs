//! Whether two columns can be joined.

use super::super::shown::{self, PageFormat};
use super::super::{Exit, Failure, Outcome, policy};
use serde_json::json;
use veilstream::document::{Document, Line, Look, Table, joined};
use veilstream::policy::joining::{At, Joining, Level, joining};
use veilstream::policy::{Column, Meaning, PolicyFile, Where, meaning};

pub(super) fn explain(a: &str, b: &str, files: &[PolicyFile], format: PageFormat) -> Outcome {
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
    let json = || {
        json!({
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
    shown::show(&page(a, b, &strongest), json, format)?;
    Ok(Exit::Ok)
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
        Where::Header(name) => format!("header.{name}"),
    }
}
