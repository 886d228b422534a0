//! `veil audit`: what an audit log says, and whether it is whole.

mod releases;

use super::{Exit, Format, Outcome, audited, screen, shown};
use releases::Releases;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use veilstream::audit::{self, Broken, Hash, Run};
use veilstream::document::{Document, Line, Look, Table};

/// Look at audit logs
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  veil audit ls audit.jsonl
  veil audit releases audit.jsonl
  veil audit verify audit.jsonl
  veil audit verify audit.jsonl --expect HASH

Commands that open, compute or change keys write to the log before they do so:
decrypt, detokenize, pseudonym, keys rotate, retire and destroy. Where they are
told to, `veil run` (`release.audit`) and `veil apply` (--audit) write each
release of an output whose records wait to it before anything of it leaves.")]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    Ls(Ls),
    Releases(Releases),
    Verify(Verify),
}

/// List who did what, when, why and with which key, as far as the log says
///
/// Values stand in the log as hashes, and are counted here; JSON has the hashes.
/// Lines are listed up to the first one at which the chain breaks; `audit verify`
/// says more of that.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  veil audit ls audit.jsonl
  veil audit ls audit.jsonl --format json

JSON is an object with commands[] (time, uid, user, login_uid, command, why,
key, policy {name, digest}, about {}, values {KEY: hashes[]}, end {done,
failed} or null) and broken: null, or {line, why}.

Exits 0, 2 when the chain is broken, 66 when there is no such file.")]
struct Ls {
    /// The audit log
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// How to print it
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
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
            Command::Ls(args) => args.run(),
            Command::Releases(args) => args.run(),
            Command::Verify(args) => args.run(),
        }
    }
}

impl Ls {
    fn run(self) -> Outcome {
        let (runs, broken) = audit::list(&self.file).map_err(|e| audited::unread(&e))?;
        let page = page(&self.file, &runs, broken.as_ref());
        let json = || {
            json!({
                "commands": runs.iter().map(row).collect::<Vec<_>>(),
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

fn page(file: &Path, runs: &[Run], broken: Option<&Broken>) -> Document {
    let title = Line::from("What ").and(Look::Code, file.display().to_string());
    let mut page = Document::new(title.and(Look::Plain, " says"));
    let mut table = Table::new(&[
        "when", "who", "command", "key", "#values", "why", "about", "end",
    ]);
    for run in runs {
        let opened: usize = run.values.values().map(Vec::len).sum();
        let keys = match run.key.iter().chain(run.values.keys()).collect::<Vec<_>>() {
            keys if keys.is_empty() => Line::default(),
            mut keys => {
                keys.sort();
                keys.dedup();
                let keys: Vec<&str> = keys.iter().map(|k| k.as_str()).collect();
                Line::code(keys.join(", "))
            }
        };
        table.row([
            Line::from(&*run.time),
            Line::from(who(run)),
            Line::code(&*run.command),
            keys,
            Line::from(opened.to_string()),
            match &run.why {
                Some(why) => Line::from(&**why),
                None => Line::of(Look::Faint, "not said"),
            },
            Line::from(about(run)),
            end(run),
        ]);
    }
    match runs {
        [] => page.say("It holds no command."),
        _ => page.table(table),
    };
    if let Some(broken) = broken {
        page.say(audited::not_listed(broken));
    }
    page
}

fn who(run: &Run) -> String {
    let uid = run
        .uid
        .map_or_else(|| "?".to_owned(), |uid| uid.to_string());
    let user = match &run.user {
        Some(user) => format!("{user} ({uid})"),
        None => uid,
    };
    match run.login_uid {
        Some(login) if Some(login) != run.uid => format!("{user}, logged in as {login}"),
        _ => user,
    }
}

fn about(run: &Run) -> String {
    let mut all: Vec<String> = run
        .policy
        .iter()
        .map(|(name, digest)| {
            let digest: String = digest.chars().take(8).collect();
            format!("policy {name}#{digest}")
        })
        .collect();
    all.extend(
        run.about
            .iter()
            .map(|(name, said)| format!("{name} {said}")),
    );
    all.join(", ")
}

fn end(run: &Run) -> Line {
    match run.end {
        None => Line::of(Look::Warning, "none: failed, killed or under way"),
        Some(end) if !end.done => Line::of(Look::Warning, "not done"),
        Some(end) if end.failed > 0 => Line::from(format!("done, {} line(s) failed", end.failed)),
        Some(_) => "done".into(),
    }
}

fn row(run: &Run) -> Value {
    json!({
        "time": run.time,
        "uid": run.uid,
        "user": run.user,
        "login_uid": run.login_uid,
        "command": run.command,
        "why": run.why,
        "key": run.key,
        "policy": run.policy.as_ref().map(|(name, digest)| json!({ "name": name, "digest": digest })),
        "about": run.about,
        "values": run.values,
        "end": run.end.map(|end| json!({ "done": end.done, "failed": end.failed })),
    })
}

impl Verify {
    fn run(self) -> Outcome {
        let found = audit::verify(&self.file, self.expect).map_err(|e| audited::unread(&e))?;
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
        match self.format {
            Format::Json => screen::put_json(&format!("{text}\n"))?,
            Format::Text => screen::show_folded(&format!("{text}\n"))?,
        }
        Ok(exit)
    }
}
