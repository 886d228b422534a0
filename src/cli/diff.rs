//! `veil diff`: what another policy changes of what leaves.

mod page;
mod sample;
mod under;
mod values;

pub use page::place;

use super::screen::{Tone, paint};
use super::{Exit, Outcome, screen, shown};
use std::path::{Path, PathBuf};
use veilstream::plan::PolicyDigest;
use veilstream::policy::diff::{Difference, Verdict, diff, is_weaker};
use veilstream::policy::{OutputChange, for_consumers};

/// Compare two policies by what leaves under them
///
/// Weaker is: a field less protected, a wider allowlist, a gate or the
/// quarantine gone, another domain, purpose or recipient, an older key, a bound
/// gone that held records back. What cannot be shown to let out no more counts
/// as weaker; not counted is that a field which is dropped can no longer be of
/// the wrong type. It is also told what breaks for who reads the outputs: columns
/// gone, renamed or of another type, and codes that are others; where values have
/// schemas, by the schemas of what leaves, and types of theirs that are called
/// otherwise. Keyrings are not opened.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  veil diff policy.yaml next.yaml
  veil diff policy.yaml next.yaml --format json
  veil diff policy.yaml next.yaml --format md > comment.md
  veil diff policy.yaml next.yaml --on events.ndjson
  veil diff policy.yaml next.yaml --on events.ndjson --consent decisions.ndjson
  veil diff policy.yaml next.yaml --schema clicks.avsc
  veil diff policy.yaml policy.yaml --schema old.avsc --new-schema new.avsc

Schemas are those that the policies name. Where records name theirs by id, and
what leaves is to be compared, --schema says under which they are written; with
--new-schema, under which other one they are with the new policy. So is told
what a new schema of a writer changes.

With a sample both policies sanitize it, under made-up keys, and the counts of
records and of fields that they differ in are told, and for each field in how
many records it has another value; sealed values are not compared. A policy
with `consent.state` needs --consent for it: lines as `veil apply` reads them.

JSON has the keys was, is (digests), weaker, differences[] (verdict, output,
type, field, was, is, why), consumers[] (topic, breaks, changes[] with
change, breaks, says), and with a sample sample[] (output, what, was, is),
values[] (output, field, records, differ) and looks_enveloped.

Exits 0 when as much is protected as before or more, 2 when the new policy is
weaker, 66 when a file is missing, 78 when a policy cannot be used: with
--format json its findings are written, as `veil check` does. `veil run` takes
a weaker policy over while it runs only when its digest is named.")]
pub struct Args {
    /// The policy as it was
    #[arg(value_name = "OLD")]
    old: PathBuf,
    /// The policy as it is to be
    #[arg(value_name = "NEW")]
    new: PathBuf,
    /// A sample of events, one a line, to count what differs on it
    #[arg(long, value_name = "SAMPLE", num_args = 1..)]
    on: Vec<PathBuf>,
    /// Lines of the sample are whole records: key, headers, timestamp, value
    #[arg(long, requires = "on")]
    envelope: bool,
    /// What people decided, one decision a line, where a policy has `consent.state`
    #[arg(long, value_name = "FILE", requires = "on")]
    consent: Option<PathBuf>,
    /// The schema that values are written under, in place of those that the policies name
    #[arg(long, value_name = "FILE")]
    schema: Option<PathBuf>,
    /// The same for the new policy alone
    #[arg(long, value_name = "FILE")]
    new_schema: Option<PathBuf>,
    /// How to print the differences
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: DiffFormat,
}

/// How differences are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum DiffFormat {
    /// For people, on a terminal
    #[default]
    Text,
    /// For programs
    Json,
    /// Markdown, for a pull request
    Md,
}

impl Args {
    pub fn run(self) -> Outcome {
        let is_json = self.format == DiffFormat::Json;
        let of_both = self.schema.as_deref();
        let was = under::said(&self.old, of_both, is_json)?;
        let of_new = self.new_schema.as_deref().or(of_both);
        let is = under::said(&self.new, of_new, is_json)?;
        let differences = diff(&was.0, &is.0);
        let weaker = is_weaker(&differences);
        let consumers = for_consumers(&was.0, &is.0);
        let on_sample = match &self.on[..] {
            [] => None,
            on => {
                let policies: [&Path; 2] = [&self.old, &self.new];
                let sample = (on, self.envelope);
                Some(sample::compare(policies, sample, self.consent.as_deref())?)
            }
        };
        let names = [&self.old, &self.new].map(|p| screen::one_line(p.display()));
        let summary = summary(&differences, names);
        let rest = page::rest(&consumers, on_sample.as_ref());
        let shown = match self.format {
            DiffFormat::Json => json(
                &differences,
                [&was.1, &is.1],
                &consumers,
                on_sample.as_ref(),
            ),
            DiffFormat::Md => page::page(&summary, &differences, rest).to_markdown(),
            DiffFormat::Text if rest.blocks.is_empty() => {
                format!("{}{summary}\n", text(&differences))
            }
            DiffFormat::Text => {
                format!("{}{}\n{summary}\n", text(&differences), shown::text(&rest))
            }
        };
        match self.format {
            DiffFormat::Json => screen::put_json(&shown)?,
            DiffFormat::Text | DiffFormat::Md => screen::show(&shown)?,
        }
        Ok(if weaker { Exit::Partly } else { Exit::Ok })
    }
}

/// The differences as text: the gravest first.
pub fn text(differences: &[Difference]) -> String {
    let mut text = String::new();
    for one in differences {
        let tone = match one.verdict {
            Verdict::Weaker => Tone::Error,
            Verdict::Changed => Tone::Warning,
            Verdict::Stronger => Tone::Good,
        };
        let word = paint(tone, &format!("{}:", one.verdict.as_str()));
        text.push_str(&format!(
            "{word} {}\n",
            paint(Tone::Strong, &screen::one_line(place(one)))
        ));
        if !one.was.is_empty() || !one.is.is_empty() {
            let (was, is) = (screen::one_line(&one.was), screen::one_line(&one.is));
            text.push_str(&format!("  - {was}\n  + {is}\n"));
        }
        text.push_str(&format!("  = why:  {}\n\n", screen::one_line(&one.why)));
    }
    text
}

fn summary(differences: &[Difference], [was, is]: [String; 2]) -> String {
    let count = |verdict| differences.iter().filter(|d| d.verdict == verdict).count();
    if differences.is_empty() {
        return format!("{is} protects what {was} protects, in the same way");
    }
    let counts = format!(
        "{} weaker, {} changed, {} stronger",
        count(Verdict::Weaker),
        count(Verdict::Changed),
        count(Verdict::Stronger)
    );
    match is_weaker(differences) {
        true if count(Verdict::Weaker) == 0 => {
            format!(
                "that {is} protects no less than {was} cannot be shown: {counts}; what cannot be compared counts as weaker"
            )
        }
        true if count(Verdict::Changed) > 0 => {
            format!("{is} is weaker than {was}: {counts}; what cannot be compared counts as weaker")
        }
        true => format!("{is} is weaker than {was}: {counts}"),
        false => format!("{is} protects no less than {was}: {counts}"),
    }
}

fn json(
    differences: &[Difference],
    [was, is]: [&PolicyDigest; 2],
    consumers: &[OutputChange],
    on_sample: Option<&sample::OnSample>,
) -> String {
    let mut value = serde_json::json!({
        "was": was.to_string(),
        "is": is.to_string(),
        "weaker": is_weaker(differences),
        "differences": rows(differences),
        "consumers": page::consumers_json(consumers),
    });
    if let Some(on) = on_sample {
        value["sample"] = on.counted.iter().map(sample::Counted::to_json).collect();
        value["values"] = on.values.iter().map(values::Differing::to_json).collect();
        value["looks_enveloped"] = on.looks_enveloped.into();
    }
    let mut text = serde_json::to_string_pretty(&value).expect("a JSON value is JSON");
    text.push('\n');
    text
}

/// The differences as JSON values.
pub fn rows(differences: &[Difference]) -> Vec<serde_json::Value> {
    let row = |d: &Difference| {
        serde_json::json!({
            "verdict": d.verdict.as_str(),
            "output": d.output,
            "type": d.record_type,
            "field": d.field,
            "was": d.was,
            "is": d.is,
            "why": d.why,
        })
    };
    differences.iter().map(row).collect()
}
