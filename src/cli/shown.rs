//! A report, spelled as whoever asked wants it.

use super::screen::{self, Tone, paint};
use super::{Failure, Format};
use serde_json::Value;
use veilstream::document::{Document, Look};

/// Columns of a report where nobody says how many there are.
const COLUMNS: usize = 100;

/// How a report is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum PageFormat {
    /// For people, on a terminal
    #[default]
    Text,
    /// For programs
    Json,
    /// One page that needs no other file
    Html,
    /// Markdown
    Md,
}

impl From<Format> for PageFormat {
    fn from(format: Format) -> PageFormat {
        match format {
            Format::Text => PageFormat::Text,
            Format::Json => PageFormat::Json,
        }
    }
}

/// Writes a report to standard output; `json` is the same for programs.
///
/// # Errors
/// When standard output cannot be written.
pub(crate) fn show(
    document: &Document,
    json: impl FnOnce() -> Value,
    format: PageFormat,
) -> Result<(), Failure> {
    match format {
        PageFormat::Text => screen::show(&text(document)),
        PageFormat::Json => screen::put_json(&pretty(&json())),
        PageFormat::Html => screen::put(document.to_html().as_bytes()),
        PageFormat::Md => screen::put(document.to_markdown().as_bytes()),
    }
}

/// A report as text for the terminal that standard output is.
pub(crate) fn text(document: &Document) -> String {
    let columns = screen::stdout_columns().unwrap_or(COLUMNS);
    document.to_text(columns, &painted)
}

/// A report as text for standard error.
pub(crate) fn for_stderr(document: &Document) -> String {
    let columns = screen::stderr_columns().unwrap_or(COLUMNS);
    document.to_text(columns, &painted)
}

fn pretty(value: &Value) -> String {
    let mut text = serde_json::to_string_pretty(value).expect("a JSON value is JSON");
    text.push('\n');
    text
}

fn painted(look: Look, text: &str) -> String {
    let tone = match look {
        Look::Bad => Tone::Error,
        Look::Warning | Look::ToFill => Tone::Warning,
        Look::Good => Tone::Good,
        Look::Strong => Tone::Strong,
        Look::Faint => Tone::Faint,
        Look::Plain | Look::Code => return text.to_owned(),
    };
    paint(tone, text)
}
