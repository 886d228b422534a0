//! The flags of commands that leave evidence, and how they begin to.

use super::{Exit, Failure, clock};
use std::path::{Path, PathBuf};
use veilstream::audit::{Audit, AuditError, Broken, CommandEnd, Intent};
use veilstream::crypto::entropy::OsEntropy;
use veilstream::document::{Line, Look};

/// Most bytes of a reason.
const WHY_MAX: usize = 1_024;

/// Flags of every command that opens, computes or changes keys.
#[derive(clap::Args, Clone, Debug, Default)]
pub struct Flags {
    /// The audit log that this command is written to before it does anything; without it
    /// `audit.jsonl` beside the keyring
    #[arg(long, value_name = "FILE", env = "VEIL_AUDIT")]
    audit: Option<PathBuf>,
    /// Why, for the audit log: a ticket, a name
    #[arg(long, value_name = "TEXT")]
    why: Option<String>,
    /// Refuse to run without --why
    #[arg(long, env = "VEIL_REQUIRE_WHY", value_parser = clap::builder::FalseyValueParser::new())]
    require_why: bool,
}

impl Flags {
    /// The same, of a command that always needs a reason.
    #[cfg(feature = "kafka")]
    pub fn with_reason(self) -> Flags {
        Flags {
            require_why: true,
            ..self
        }
    }

    /// Writes that the command begins; without that it must not.
    ///
    /// # Errors
    /// When the log cannot be written, or a reason is missing or is none.
    pub fn begin(&self, keyring: &Path, intent: Intent<'_>) -> Result<Audit, Failure> {
        let intent = Intent {
            why: self.why()?,
            ..intent
        };
        Audit::begin(&self.path(keyring), &intent, clock::now(), &mut OsEntropy)
            .map_err(|e| failure(&e))
    }

    /// Where the log is.
    pub fn path(&self, keyring: &Path) -> PathBuf {
        match &self.audit {
            Some(path) => path.clone(),
            None => keyring.with_file_name("audit.jsonl"),
        }
    }

    /// Why, for who records by itself.
    ///
    /// # Errors
    /// 64 when a reason is missing or is none.
    #[cfg(feature = "kafka")]
    pub fn reason(&self) -> Result<Option<&str>, Failure> {
        self.why()
    }

    fn why(&self) -> Result<Option<&str>, Failure> {
        let usage = |what: &str| Err(Failure::new(Exit::Usage, what));
        match self.why.as_deref() {
            None if self.require_why => usage("a reason is required here: pass `--why TEXT`"),
            Some(why) if why.trim().is_empty() => usage("`--why` gives no reason"),
            Some(why) if why.len() > WHY_MAX || why.chars().any(char::is_control) => {
                usage("`--why` takes one line of at most 1,024 bytes")
            }
            why => Ok(why),
        }
    }
}

/// Writes that the command has ended.
///
/// # Errors
/// When that cannot be written; what the command did is done.
pub fn end(audit: Audit, done: bool, failed: u64) -> Result<(), Failure> {
    let outcome = CommandEnd { done, failed };
    audit.end(outcome, clock::now()).map_err(|e| {
        let told = failure(&e);
        match done {
            true => told.why("the command itself was carried out; only its end is not recorded"),
            false => told,
        }
    })
}

/// The exit code and words for a log that cannot be written.
pub fn failure(error: &AuditError) -> Failure {
    let (exit, help) = match error {
        AuditError::Unsafe { .. } => (Exit::NotPermitted, ""),
        AuditError::Broken { .. } => (
            Exit::Io,
            "look at it with `veil audit verify FILE`; keep it as evidence under another name: a new log is begun in its place",
        ),
        AuditError::Io { source, .. } => (
            match source.kind() {
                std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => {
                    Exit::NotPermitted
                }
                std::io::ErrorKind::NotFound => Exit::CannotCreate,
                _ => Exit::Io,
            },
            "nothing is opened or computed that cannot be recorded; `--audit FILE` or VEIL_AUDIT names another log",
        ),
    };
    Failure::new(exit, error.to_string()).help(help)
}

/// The same for a log that cannot be read.
pub fn unread(error: &AuditError) -> Failure {
    match error {
        AuditError::Io { source, .. } if source.kind() == std::io::ErrorKind::NotFound => {
            Failure::new(Exit::NoInput, error.to_string())
        }
        _ => failure(error),
    }
}

/// Where the chain of what is listed breaks.
pub fn not_listed(broken: &Broken) -> Line {
    let Broken { line, why } = broken;
    Line::of(
        Look::Bad,
        format!("The chain is broken at line {line}: {why}; what stands behind it is not listed."),
    )
}
