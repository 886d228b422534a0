//! Why a command ends without having done its work: what, why, and what to do.

use super::exit::Exit;
use super::screen::{self, Tone};
use std::fmt::Display;
use std::io;
use veilstream::language::fold;

/// A command's end without success. Never holds a value from an event.
#[derive(Debug)]
pub(crate) struct Failure {
    /// The code the process exits with.
    pub(crate) exit: Exit,
    what: String,
    why: Vec<String>,
    help: String,
    /// What failed beside it, each for a cause of its own.
    beside: Vec<Failure>,
}

impl Failure {
    /// `what` happened, lower case, without a trailing stop.
    pub(crate) fn new(exit: Exit, what: impl Into<String>) -> Self {
        Failure {
            exit,
            what: what.into(),
            why: Vec::new(),
            help: String::new(),
            beside: Vec::new(),
        }
    }

    /// Several as one, that exits as the first does; `None`: there is none.
    pub(crate) fn all(each: impl IntoIterator<Item = Failure>) -> Option<Self> {
        let mut each = each.into_iter();
        let mut first = each.next()?;
        first.beside.extend(each);
        Some(first)
    }

    /// Why it happened.
    pub(crate) fn why(mut self, cause: impl Display) -> Self {
        self.why.push(cause.to_string());
        self
    }

    /// What to do about it.
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }

    /// Everything was said already; only the code remains.
    pub(crate) fn said(exit: Exit) -> Self {
        Failure::new(exit, "")
    }

    /// A write to stdout failed. A reader that went away (`| head`) is no failure.
    pub(crate) fn stdout(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Failure::said(Exit::Ok),
            _ => Failure::new(Exit::Io, "cannot write to standard output").why(error),
        }
    }

    /// A file cannot be read.
    pub(crate) fn unreadable(what: &str, path: &std::path::Path, error: &io::Error) -> Self {
        let exit = match error.kind() {
            io::ErrorKind::PermissionDenied => Exit::NotPermitted,
            _ => Exit::NoInput,
        };
        Failure::new(exit, format!("cannot read {what} `{}`", path.display())).why(error)
    }

    /// A named file cannot be made.
    pub(crate) fn not_created(path: &std::path::Path, error: &io::Error) -> Self {
        let what = format!("cannot create `{}`", path.display());
        Failure::new(Exit::CannotCreate, what).why(error)
    }

    /// A named file cannot be written.
    pub(crate) fn not_written(path: &std::path::Path, error: &io::Error) -> Self {
        Failure::new(Exit::Io, format!("cannot write `{}`", path.display())).why(error)
    }

    /// In one line, for a process that goes on.
    #[cfg(feature = "kafka")]
    pub fn line(&self) -> String {
        let why = self.why.iter().map(|why| format!(": {why}"));
        let beside = self
            .beside
            .iter()
            .map(|other| format!("; {}", other.line()));
        let rest: String = why.chain(beside).collect();
        format!("{}{rest}", self.what)
    }

    /// Prints it on standard error, and what failed beside it; where the log is lines of
    /// JSON, each as one of them.
    pub(crate) fn print(&self) {
        self.print_alone();
        self.beside.iter().for_each(Failure::print);
    }

    fn print_alone(&self) {
        if self.what.is_empty() {
            return;
        }
        #[cfg(feature = "kafka")]
        if veilstream::telemetry::log::is_json() {
            let why = self.why.join("; ");
            // A member that says nothing is left out.
            let said = |text| Some(text).filter(|text: &&str| !text.is_empty());
            tracing::error!(why = said(&why), help = said(&self.help), "{}", self.what);
            return;
        }
        let columns = screen::stderr_columns().unwrap_or(fold::COLUMNS);
        let fold =
            |text: &str, before: &str| fold::fold(&screen::one_line(text), columns, before.len());
        let mut text = format!(
            "{} {}\n",
            screen::paint(Tone::Error, "error:"),
            screen::paint(Tone::Strong, &fold(&self.what, "error: "))
        );
        let why = self.why.iter().map(|why| (WHY, why));
        let help = Some((HELP, &self.help)).filter(|(_, help)| !help.is_empty());
        for (before, words) in why.chain(help) {
            text.push_str(&format!("{before}{}\n", fold(words, before)));
        }
        screen::tell(&text);
    }
}

const WHY: &str = "  = why:  ";
const HELP: &str = "  = help: ";

/// What every command returns.
pub(crate) type Outcome = Result<Exit, Failure>;
