//! `veil audit releases`: what left of outputs whose records wait, for who answers for it.

use crate::cli::{Exit, Format, Outcome, audited, shown};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use veilstream::audit::{self, Broken, Classes, LoggedRelease, Run};
use veilstream::document::{Document, Line, Look, Table};

/// List releases: how many persons are in each, how well they are hidden, what was left out
///
/// Of outputs with `k_anonymous` or `order: shuffled`, as far as `veil run` and `veil apply`
/// were told to write them down, and of `veil quarantine replay`. Lines are listed up to the first one at which the
/// chain breaks; `audit verify` says more of that.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  veil audit releases audit.jsonl
  veil audit releases audit.jsonl --output crm.public
  veil audit releases audit.jsonl --format json

`least` are the persons of the smallest class, beside the k that the policy
demands; `lost` is the mean loss of a record, and behind it that of all that
were put together, from 0 to 1; `reached` is what the class that is nearest to
`l` or `t` has. A release of which it does not say that it has left was given
up, or the process ended before it could write that.

JSON is an object with releases[] (time, command, number, has_left, topic,
policy, digest, set, set_key, read[] {topic, partition, from, to}, records,
persons, classes {k, count, persons_min, ncp, gcp, floors[] {field, demands,
reached}} or null, left_out {WORD: records}) and broken: null, or {line, why}.
set marks which records are in it, under the version set_key of the policy's
key `state` (docs/formats.md); it is null where none are, or the policy has no
such key. Without set_key it is SHA-256 of the list, as earlier versions wrote
it. Of a replay read says which offsets of the quarantine topic it covers.

Exits 0, 2 when the chain is broken, 66 when there is no such file.")]
pub(super) struct Releases {
    /// The audit log
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Only those of this output
    #[arg(long, value_name = "TOPIC")]
    output: Option<String>,
    /// How to print it
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
}

impl Releases {
    pub(super) fn run(self) -> Outcome {
        let (runs, broken) = audit::list(&self.file).map_err(|e| audited::unread(&e))?;
        let is_asked = |listed: &LoggedRelease| {
            let topic = self.output.as_ref();
            topic.is_none_or(|topic| *topic == listed.release.topic)
        };
        let all: Vec<(&Run, &LoggedRelease)> = runs
            .iter()
            .flat_map(|run| run.releases.iter().map(move |listed| (run, listed)))
            .filter(|(_, listed)| is_asked(listed))
            .collect();
        let page = page(&self.file, &all, broken.as_ref());
        let json = || {
            json!({
                "releases": all.iter().map(|(run, listed)| row(run, listed)).collect::<Vec<_>>(),
                "broken": broken.as_ref().map(|b| json!({ "line": b.line, "why": b.why })),
            })
        };
        shown::show(&page, json, self.format.into())?;
        Ok(match broken {
            None => Exit::Ok,
            Some(_) => Exit::Partly,
        })
    }
}

fn page(file: &Path, all: &[(&Run, &LoggedRelease)], broken: Option<&Broken>) -> Document {
    let title = Line::from("Releases in ").and(Look::Code, file.display().to_string());
    let mut page = Document::new(title);
    let mut table = Table::new(&[
        "when", "output", "policy", "#records", "#persons", "#classes", "least", "lost", "reached",
        "left out", "has left",
    ]);
    for (_, listed) in all {
        let release = &listed.release;
        let digest: String = release.digest.chars().take(8).collect();
        let of =
            |say: fn(&Classes) -> String| release.classes.as_ref().map_or_else(String::new, say);
        let left_out = release.left_out.iter();
        let left_out: Vec<String> = left_out.map(|(why, n)| format!("{n} {why}")).collect();
        table.row([
            Line::from(&*listed.time),
            Line::code(&*release.topic),
            Line::code(format!("{}#{digest}", release.policy)),
            Line::from(release.records.to_string()),
            Line::from(release.persons.to_string()),
            Line::from(of(|classes| classes.count.to_string())),
            Line::from(of(|classes| {
                format!("{} (k {})", classes.persons_min, classes.k)
            })),
            Line::from(of(|classes| {
                format!("{:.3} ({:.3})", classes.ncp, classes.gcp)
            })),
            Line::from(of(reached)),
            Line::from(left_out.join(", ")),
            match (listed.has_left, release.records) {
                (_, 0) => Line::of(Look::Faint, "empty"),
                (true, _) => "yes".into(),
                (false, _) => Line::of(Look::Warning, "not said"),
            },
        ]);
    }
    match all {
        [] => page.say("It holds no release."),
        _ => page.table(table),
    };
    if let Some(broken) = broken {
        page.say(audited::not_listed(broken));
    }
    page
}

fn reached(classes: &Classes) -> String {
    let each = classes
        .floors
        .iter()
        .map(|floor| format!("{} {:.3} ({})", floor.field, floor.reached, floor.demands));
    each.collect::<Vec<_>>().join("; ")
}

fn row(run: &Run, listed: &LoggedRelease) -> Value {
    let mut row = serde_json::to_value(&listed.release).expect("it came out of JSON");
    row["set_key"] = listed.release.set_key.clone().into();
    row["time"] = listed.time.clone().into();
    row["command"] = run.command.clone().into();
    row["number"] = listed.number.into();
    row["has_left"] = listed.has_left.into();
    row
}
