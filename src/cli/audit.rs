//! `veil audit`: whether an audit log is whole.

use super::{Exit, Format, Outcome, audited, screen};
use std::path::PathBuf;
use veilstream::audit::{self, Hash};

/// Look at audit logs
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  veil audit verify audit.jsonl
  veil audit verify audit.jsonl --expect HASH

Commands that open, compute or change keys write to the log before they do so:
decrypt, detokenize, pseudonym, keys rotate, retire and destroy.")]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    Verify(Verify),
}

/// Check that every line holds the hash of the line before it
///
/// Names the first line where the chain breaks. The chain alone does not tell
/// that its last line was changed, that lines were cut off at its end, nor that all
/// of it was written anew by somebody who can write the file: note the head that is
/// printed somewhere else, and pass it with --expect later.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  veil audit verify audit.jsonl
  veil audit verify audit.jsonl --expect HASH
  veil audit verify audit.jsonl --format json

Exits 2 when the chain is broken, or no line has the expected hash.")]
struct Verify {
    /// The audit log
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// A head that was noted before: some line must have this hash
    #[arg(long, value_name = "HASH", value_parser = hash)]
    expect: Option<Hash>,
    /// How to print it
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
}

fn hash(text: &str) -> Result<Hash, String> {
    Hash::parse(text).ok_or_else(|| "a hash is 64 hexadecimal digits in lower case".to_owned())
}

impl Args {
    pub fn run(self) -> Outcome {
        match self.command {
            Command::Verify(args) => args.run(),
        }
    }
}

impl Verify {
    fn run(self) -> Outcome {
        let found = audit::verify(&self.file, self.expect).map_err(|error| match &error {
            audit::AuditError::Io { source, .. }
                if source.kind() == std::io::ErrorKind::NotFound =>
            {
                super::Failure::new(Exit::NoInput, error.to_string())
            }
            _ => audited::failure(&error),
        })?;
        let exit = if found.is_ok() {
            Exit::Ok
        } else {
            Exit::Partly
        };
        let file = screen::one_line(self.file.display());
        let text = match (self.format, &found) {
            (Format::Json, Ok(whole)) => serde_json::json!({
                "whole": true,
                "lines": whole.lines,
                "commands": whole.commands,
                "without_end": whole.without_end,
                "last": whole.last,
                "head": whole.head.to_string(),
            })
            .to_string(),
            (Format::Json, Err(broken)) => {
                serde_json::json!({ "whole": false, "line": broken.line, "why": broken.why })
                    .to_string()
            }
            (Format::Text, Ok(whole)) => {
                let unended = match whole.without_end {
                    0 => String::new(),
                    n => format!(" ({n} of them without an end: failed, killed or under way)"),
                };
                let noted = match self.expect {
                    Some(_) => "the expected hash is that of one of its lines",
                    None => {
                        "that nothing was cut off at its end only a head noted before can tell: `--expect HASH`"
                    }
                };
                format!(
                    "{file}: the chain holds; lines: {}, commands: {}{unended}, last: {}\nhead: {}\n{noted}",
                    whole.lines, whole.commands, whole.last, whole.head
                )
            }
            (Format::Text, Err(broken)) => {
                format!(
                    "{file}:{}: the chain is broken: {}",
                    broken.line, broken.why
                )
            }
        };
        screen::show_as(self.format, &format!("{text}\n"))?;
        Ok(exit)
    }
}
