//! `veil quarantine ls`: what lies in the quarantine, counted. No key is needed.

use super::refused::refused;
use super::{connection, narrow};
use crate::cli::screen::{self, Tone, paint};
use crate::cli::{Exit, Failure, Format, Outcome};
use veilstream::repair::{Row, Survey, survey};

/// Count what lies in the quarantine: by reason, output, field and topic
///
/// Reads the headers only; no key is needed, and no value is seen.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  veil quarantine ls -p policy.yaml -c veil.yaml
  veil quarantine ls -p policy.yaml -X bootstrap.servers=broker:9092 --since 24h
  veil quarantine ls -p policy.yaml -c veil.yaml --format json

Records that were replayed or purged are not counted. Waits for transactions
that are open in the topic.")]
pub struct Args {
    #[command(flatten)]
    connection: connection::Where,
    #[command(flatten)]
    narrow: narrow::Which,
    /// How to print the rows
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
}

impl Args {
    pub fn run(self) -> Outcome {
        let choice = self.narrow.choice()?;
        let connection = self.connection.open()?;
        let found = survey(&connection.topic, &choice, &|| false).map_err(|e| refused(&e))?;
        let found = found.ok_or_else(|| Failure::said(Exit::Unavailable))?;
        let text = match self.format {
            Format::Json => json(&found),
            Format::Text => text(&found, connection.topic.name()),
        };
        screen::show_as(self.format, &text)?;
        Ok(Exit::Ok)
    }
}

fn json(found: &Survey) -> String {
    let rows: Vec<serde_json::Value> = found.rows.iter().map(row).collect();
    format!("{}\n", serde_json::Value::from(rows))
}

fn row(row: &Row) -> serde_json::Value {
    serde_json::json!({
        "reason": row.common.reason.as_str(),
        "output": row.common.output,
        "field": row.common.field,
        "topic": row.common.topic,
        "records": row.records,
        "oldest": row.oldest_ms.map(when),
        "newest": row.newest_ms.map(when),
    })
}

/// RFC 3339, to the second.
pub fn when(ms: i64) -> String {
    let time = jiff::Timestamp::from_millisecond(ms);
    time.map_or_else(|_| ms.to_string(), |t| format!("{t:.0}"))
}

fn text(found: &Survey, topic: &str) -> String {
    if found.rows.is_empty() {
        return format!("nothing of that lies in `{topic}`{}\n", beside(found));
    }
    let heads = [
        "records", "reason", "output", "field", "topic", "oldest", "newest",
    ];
    let mut lines: Vec<[String; 7]> = vec![heads.map(str::to_owned)];
    for row in &found.rows {
        let named = |name: &Option<String>| name.as_deref().map_or("-".into(), shown);
        let at = |ms: Option<i64>| ms.map_or("-".into(), when);
        lines.push([
            row.records.to_string(),
            row.common.reason.to_string(),
            named(&row.common.output),
            named(&row.common.field),
            shown(&row.common.topic),
            at(row.oldest_ms),
            at(row.newest_ms),
        ]);
    }
    let mut out = columns(&lines);
    let mut reasons: Vec<_> = found.rows.iter().map(|row| row.common.reason).collect();
    reasons.sort();
    reasons.dedup();
    for reason in reasons {
        let word = paint(Tone::Strong, reason.as_str());
        out.push_str(&format!(
            "\n{word}: {}\n  {}\n",
            reason.cause(),
            reason.remedy()
        ));
    }
    out.push('\n');
    out.push_str(&format!(
        "{} in `{topic}`{}\n",
        found.chosen(),
        beside(found)
    ));
    out
}

/// What else lies in the topic.
fn beside(found: &Survey) -> String {
    let mut text = String::new();
    if found.done > 0 {
        text.push_str(&format!("; {} more are done with", found.done));
    }
    if found.unreadable > 0 {
        text.push_str(&format!(
            "; {} are no quarantined records of this program",
            found.unreadable
        ));
    }
    text
}

/// Lines of equally wide columns; numbers stand at the right of theirs.
fn columns(lines: &[[String; 7]]) -> String {
    let widths: [usize; 7] = std::array::from_fn(|n| {
        let widths = lines.iter().map(|line| line[n].chars().count());
        widths.max().unwrap_or(0)
    });
    let mut out = String::new();
    for (nth, line) in lines.iter().enumerate() {
        let cells = line.iter().zip(widths).enumerate();
        let cells = cells.map(|(n, (cell, width))| match n {
            0 => format!("{cell:>width$}"),
            _ => format!("{cell:width$}"),
        });
        let line = cells.collect::<Vec<_>>().join("  ");
        match nth {
            0 => out.push_str(&paint(Tone::Faint, line.trim_end())),
            _ => out.push_str(line.trim_end()),
        }
        out.push('\n');
    }
    out
}

/// A name out of a header: whoever can write to the topic chose it.
fn shown(name: &str) -> String {
    name.escape_debug().to_string()
}
