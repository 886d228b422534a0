//! `veil demo`: the whole pipeline, nothing to set up.

mod table;

use super::screen::{Tone, paint};
use super::{Exit, Failure, Outcome, screen};
use std::fmt::Write;
use table::{fit, wrap};
use veilstream::action;
use veilstream::demo::{self, Fate, Report, Sample};

const WIDTH: usize = 80;

/// Show the whole pipeline on a thousand synthetic events, nothing to set up
///
/// A broker for looking only runs inside the process: it proves nothing about
/// exactly-once. Events are made up, keys are made at random and forgotten.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  veil demo
  veil demo --seed 7
  veil demo --policy > policy.yaml      the policy it runs
  veil demo --events > in.ndjson        the events, for `veil apply --envelope`")]
pub(crate) struct Args {
    /// Another seed makes other events
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Print the policy of the demo and end
    #[arg(long, conflicts_with = "events")]
    policy: bool,
    /// Print the events, one envelope a line, and end
    #[arg(long)]
    events: bool,
}

impl Args {
    pub(crate) fn run(self) -> Outcome {
        if self.policy {
            screen::put(demo::POLICY.as_bytes())?;
            return Ok(Exit::Ok);
        }
        if self.events {
            screen::put(demo::envelopes(self.seed).as_bytes())?;
            return Ok(Exit::Ok);
        }
        screen::show(&format!(
            "{} synthetic shop events, an embedded broker, keys made up for this run …\n",
            demo::RECORDS
        ))?;
        let report = demo::run(self.seed)
            .map_err(|e| Failure::new(Exit::Software, "the demo did not run").why(e))?;
        screen::show(&text(&report))?;
        Ok(Exit::Ok)
    }
}

fn text(report: &Report) -> String {
    let mut text = String::new();
    heading(&mut text, "Before and after");
    for sample in &report.samples {
        show_sample(&mut text, sample);
    }
    heading(&mut text, "Where nobody stands alone");
    together(&mut text, report);
    heading(&mut text, "What happened to each field, and why");
    fields(&mut text, report);
    heading(&mut text, "What happened to the records");
    records(&mut text, report);
    heading(&mut text, "Where to look next");
    text.push_str(NEXT);
    text
}

const NEXT: &str = "\
The broker inside this process is for looking only: it neither fences nor
isolates transactions. What `veil run` promises is tested on a real one.

  veil demo --policy > policy.yaml        the policy that did this: change it
  veil keys new --keyring demo.json people contact quarantine state noise
  veil check policy.yaml                  every mistake at once, with its fix
  veil test policy.yaml                   a policy carries its own tests
  veil demo --events > in.ndjson          the events, as `veil apply` reads them
  veil apply -p policy.yaml --envelope --output-dir out \\
      --ledger spent.ndjson --begin-ledger < in.ndjson
  veil run -p policy.yaml -X bootstrap.servers=HOST:PORT

Codes and tokens come out other than above: the keys of this run are forgotten.
";

fn heading(text: &mut String, title: &str) {
    let _ = writeln!(text, "\n{}", paint(Tone::Strong, title));
}

fn show_sample(text: &mut String, sample: &Sample) {
    const PATH: usize = 28;
    const VALUE: usize = 23;
    for (n, (topic, fate)) in sample.fates.iter().enumerate() {
        let _ = writeln!(
            text,
            "\n{}",
            paint(Tone::Strong, &format!("{} → {topic}", sample.what))
        );
        match fate {
            Fate::Written { key, value } => {
                let mut before = table::flatten(&sample.value);
                let mut after = table::flatten(value);
                before.insert(0, ("(key)".to_owned(), format!("{:?}", sample.key)));
                if let Some(key) = key {
                    after.insert(0, ("(key)".to_owned(), format!("{key:?}")));
                }
                for (left, right) in table::side_by_side(&before, &after) {
                    // What stays behind is shown once.
                    if n > 0 && right.is_none() {
                        continue;
                    }
                    let path = left.as_ref().or(right.as_ref()).map_or("", |l| &l.0);
                    let old = left.as_ref().map_or("", |l| &l.1);
                    let new = right.as_ref().map_or("", |l| &l.1);
                    let tone = match (&left, &right) {
                        (_, None) => Tone::Faint,
                        (Some(l), Some(r)) if l.1 == r.1 => Tone::Strong,
                        _ => Tone::Good,
                    };
                    let new = if right.is_some() { new } else { "–" };
                    let _ = writeln!(
                        text,
                        "  {} {} {}",
                        fit(&shorten(path, PATH), PATH),
                        fit(old, VALUE),
                        paint(tone, fit(new, VALUE).trim_end())
                    );
                }
            }
            Fate::Withheld(reason) => {
                let _ = writeln!(
                    text,
                    "  {}",
                    paint(Tone::Warning, &format!("withheld: {reason}"))
                );
            }
            Fate::Quarantined(reason) => {
                let _ = writeln!(
                    text,
                    "  {}\n  {}",
                    fit(&sample.value, WIDTH - 4),
                    paint(
                        Tone::Warning,
                        &format!(
                            "quarantined: {reason}; sealed, only the reason and its place are readable"
                        )
                    )
                );
                // The same for every output: the record is refused as a whole.
                break;
            }
        }
    }
}

/// What leaves in classes, and as counts.
fn together(text: &mut String, report: &Report) {
    const CELL: usize = 26;
    for output in &report.classes {
        let _ = writeln!(
            text,
            "\n{}\n  {} records waited; {} of them leave, in no order and without any code, each as one\n  of {} to {} persons; {} are left out",
            paint(
                Tone::Strong,
                &format!("{} (k = {})", output.topic, output.k)
            ),
            output.waited,
            output
                .classes
                .iter()
                .map(|(_, records)| records)
                .sum::<usize>(),
            output.people.0,
            output.people.1,
            output.left_out,
        );
        let row = |cells: &[String], last: &str| {
            let cells = cells.iter().map(|cell| fit(cell, CELL));
            format!("  {}{last:>8}", cells.collect::<Vec<_>>().join(" "))
        };
        let _ = writeln!(text, "{}", row(&output.columns, "records"));
        for (class, records) in &output.classes {
            let shown = paint(Tone::Good, &row(class, &records.to_string()));
            let _ = writeln!(text, "{shown}");
        }
    }
    for output in &report.counted {
        let _ = writeln!(
            text,
            "\n{}\n  no record leaves: persons a day, with noise that hides whether any of them was there\n  {} {:>8} {:>8}",
            paint(
                Tone::Strong,
                &format!(
                    "{} (19 of 20 within {:.0})",
                    output.topic,
                    2.0 * output.deviation
                )
            ),
            fit("", CELL),
            "there",
            "leaves",
        );
        for (cell, there, leaves) in &output.rows {
            let leaves = paint(Tone::Good, &format!("{leaves:>8}"));
            let _ = writeln!(text, "  {} {there:>8} {leaves}", fit(cell, CELL));
        }
    }
}

/// A long path loses its beginning, which its neighbours repeat.
fn shorten(path: &str, width: usize) -> String {
    let chars: Vec<char> = path.chars().collect();
    if chars.len() <= width {
        return path.to_owned();
    }
    let end: String = chars[chars.len() + 1 - width..].iter().collect();
    format!("…{end}")
}

fn fields(text: &mut String, report: &Report) {
    let mut used: Vec<&'static str> = Vec::new();
    for (output, counts) in report.plan.outputs.iter().zip(&report.counts.outputs) {
        let _ = writeln!(
            text,
            "\n{} ({}, domain {})",
            output.topic, output.purpose, output.domain
        );
        let _ = writeln!(
            text,
            "  {} {} {:>8} {:>8}",
            fit("field", 32),
            fit("action", 14),
            "written",
            "absent"
        );
        for (field, n) in output.fields.iter().zip(&counts.fields) {
            if n.written + n.absent == 0 {
                continue;
            }
            if !used.contains(&field.action) {
                used.push(field.action);
            }
            let _ = writeln!(
                text,
                "  {} {} {:>8} {:>8}",
                fit(&field.path, 32),
                fit(field.action, 14),
                n.written,
                n.absent
            );
        }
    }
    let _ = writeln!(
        text,
        "\n{} members of these events are named nowhere in the policy. They do not\nexist in any output.\n",
        report.counts.unnamed
    );
    for action in action::ACTIONS.iter().filter(|a| used.contains(&a.name)) {
        let why = format!("{} Leaks: {}", action.summary, action.leaks);
        for (i, line) in wrap(&why, WIDTH - 16).iter().enumerate() {
            let name = if i == 0 { action.name } else { "" };
            let _ = writeln!(text, "  {} {line}", paint(Tone::Strong, &fit(name, 13)));
        }
    }
}

fn records(text: &mut String, report: &Report) {
    let reasons = |counts: &[u64; veilstream::record::Reason::COUNT]| {
        let list: Vec<String> = veilstream::record::Reason::ALL
            .iter()
            .filter(|r| counts[r.index()] > 0)
            .map(|r| format!("{} {r}", counts[r.index()]))
            .collect();
        list.join(", ")
    };
    let _ = writeln!(text, "  {} {:>6}", fit("read", 22), report.counts.received);
    for (output, counts) in report.plan.outputs.iter().zip(&report.counts.outputs) {
        let _ = writeln!(
            text,
            "  {} {:>6} written; withheld {}",
            fit(&output.topic, 22),
            counts.written,
            reasons(&counts.withheld)
        );
    }
    let _ = writeln!(
        text,
        "  {} {:>6} ({})",
        fit("quarantined", 22),
        report.counts.quarantined_total(),
        reasons(&report.counts.quarantined)
    );
    let _ = writeln!(
        text,
        "\n{} events in {:.1} s, of which the embedded broker's group took the most to\nassemble; sanitizing alone ran at {} events a second on one thread.",
        report.counts.received,
        report.took.as_secs_f64(),
        thousands(report.per_second)
    );
}

fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(c);
    }
    text
}
