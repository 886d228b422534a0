//! The file in which it stands what was spent of budgets.

use crate::cli::{Exit, Failure};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use veilstream::release::{Note, Spending};

/// Most bytes of a ledger: a million windows or so.
const BYTES_MAX: u64 = 512 << 20;

/// A ledger that nobody else has open.
pub(super) struct Budget {
    path: PathBuf,
    file: File,
    spending: Spending,
    /// Lines that are granted and not written down yet.
    granted: String,
}

impl Budget {
    /// Opens the ledger at `path`; `begins`: makes it, and refuses one that is there.
    ///
    /// # Errors
    /// 66 when it is not there: what was spent is not known then, so nothing may leave. 73
    /// when it is there already, or cannot be made. 65 when it is none, or was changed. 69
    /// while another command spends of it.
    pub(super) fn open(path: &Path, begins: bool) -> Result<Budget, Failure> {
        match begins {
            true => Budget::begin(path),
            false => Budget::known(path),
        }
    }

    fn begin(path: &Path) -> Result<Budget, Failure> {
        let file = OpenOptions::new()
            .read(true)
            .append(true)
            .create_new(true)
            .mode(0o600)
            .open(path);
        let file = file.map_err(|e| {
            let help = match e.kind() {
                std::io::ErrorKind::AlreadyExists => {
                    "leave --begin-ledger out: what was spent of it counts on"
                }
                _ => "name a file in a folder that can be written",
            };
            let what = format!("the ledger {} cannot be made", path.display());
            Failure::new(Exit::CannotCreate, what).why(e).help(help)
        })?;
        let (spending, text) = Spending::begin();
        let mut budget = Budget::of(path, file, spending)?;
        budget.append(&text)?;
        Ok(budget)
    }

    /// Of that file, from now on locked.
    fn of(path: &Path, file: File, spending: Spending) -> Result<Budget, Failure> {
        let budget = Budget {
            path: path.to_owned(),
            file,
            spending,
            granted: String::new(),
        };
        budget.lock()?;
        Ok(budget)
    }

    fn known(path: &Path) -> Result<Budget, Failure> {
        let file = OpenOptions::new().read(true).append(true).open(path);
        let file = file.map_err(|e| {
            let what = format!("the ledger {} cannot be opened", path.display());
            let failure = Failure::new(Exit::NoInput, what).why(&e);
            match e.kind() {
                std::io::ErrorKind::NotFound => failure.help("restore it: without it nobody knows what was said of people before; only where nothing was, --begin-ledger makes it"),
                _ => failure,
            }
        })?;
        let (spending, _) = Spending::begin();
        let mut budget = Budget::of(path, file, spending)?;
        let no_ledger = |budget: &Budget, why: String| {
            let what = format!("{} is no ledger of budgets", budget.path.display());
            Failure::new(Exit::DataErr, what)
                .why(why)
                .help("restore it from a backup; a ledger that was changed by hand says nothing")
        };
        let mut text = String::new();
        let read = (&budget.file).take(BYTES_MAX + 1).read_to_string(&mut text);
        match read {
            Ok(_) if text.len() as u64 <= BYTES_MAX => {}
            Ok(_) => {
                return Err(no_ledger(
                    &budget,
                    format!("it has more than {BYTES_MAX} bytes"),
                ));
            }
            Err(e) => return Err(no_ledger(&budget, e.to_string())),
        }
        let (spending, whole) =
            Spending::read(&text).map_err(|why| no_ledger(&budget, why.to_string()))?;
        budget.spending = spending;
        if whole < text.len() {
            // A line that was cut off while it was written: no row had left for it.
            let cut = budget.file.set_len(whole as u64);
            let cut = cut.and_then(|()| budget.file.seek(SeekFrom::End(0)));
            cut.map_err(|e| budget.unwritten(&e))?;
        }
        Ok(budget)
    }

    fn lock(&self) -> Result<(), Failure> {
        let what = || format!("the ledger {} cannot be locked", self.path.display());
        match self.file.try_lock() {
            Ok(()) => Ok(()),
            Err(TryLockError::WouldBlock) => Err(Failure::new(Exit::Unavailable, what())
                .why("another command spends of it")
                .help("wait until it has ended")),
            Err(TryLockError::Error(e)) => Err(Failure::new(Exit::Io, what()).why(e)),
        }
    }

    /// What it says.
    pub(super) fn spending(&self) -> &Spending {
        &self.spending
    }

    /// Grants that: it counts for all that is asked from now on, and nothing of it may leave
    /// before [`Budget::write`].
    pub(super) fn grant(&mut self, note: Box<Note>) {
        self.granted.push_str(&note.line);
        self.spending.note(note);
    }

    /// Writes down what was granted, and has it on the disk before it returns.
    ///
    /// # Errors
    /// 74 when it cannot be written: nothing of it may leave then.
    pub(super) fn write(&mut self) -> Result<(), Failure> {
        match std::mem::take(&mut self.granted) {
            lines if lines.is_empty() => Ok(()),
            lines => self.append(&lines),
        }
    }

    fn append(&mut self, text: &str) -> Result<(), Failure> {
        let written = self.file.write_all(text.as_bytes());
        let written = written.and_then(|()| self.file.sync_all());
        written.map_err(|e| self.unwritten(&e))
    }

    fn unwritten(&self, e: &std::io::Error) -> Failure {
        let what = format!("the ledger {} cannot be written", self.path.display());
        Failure::new(Exit::Io, what)
            .why(e)
            .help("nothing leaves that is not written down there")
    }
}
