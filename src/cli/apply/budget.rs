//! The file in which it stands what was spent of budgets.

use crate::cli::{Exit, Failure};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use veilstream::files;
use veilstream::release::{Note, Spending};

/// Most bytes of a ledger: a million windows or so.
const BYTES_MAX: u64 = 512 << 20;

/// A ledger that nobody else has open.
pub(super) struct Budget {
    path: PathBuf,
    file: File,
    spending: Spending,
    /// Where the next line begins.
    bytes: u64,
    /// Lines that are granted and not written down yet.
    granted: String,
}

impl Budget {
    /// Opens the ledger at `path`; `begins`: makes it, and refuses one that is there.
    ///
    /// # Errors
    /// 66 when it is not there: what was spent is not known then, so nothing may leave. 73
    /// when it is there already, or cannot be made. 64 when it is no regular file. 65 when
    /// it is no ledger, was changed, or was cut. 69 while another command spends of it.
    pub(super) fn open(path: &Path, begins: bool) -> Result<Budget, Failure> {
        match begins {
            true => Budget::begin(path),
            false => Budget::known(path),
        }
    }

    fn begin(path: &Path) -> Result<Budget, Failure> {
        let file = file_of_its_own().open(path).map_err(|e| {
            let help = match e.kind() {
                io::ErrorKind::AlreadyExists => {
                    "leave --begin-ledger out: what was spent of it counts on"
                }
                _ => "name a file in a folder that can be written",
            };
            let what = format!("the ledger {} cannot be made", path.display());
            Failure::new(Exit::CannotCreate, what).why(e).help(help)
        })?;
        let spending = Spending::begin();
        let head = spending.head();
        let mut budget = Budget::of(path, file, spending)?;
        let put = budget.put(&head).and_then(|()| {
            files::sync_folder(files::folder_of(path)).map_err(|e| budget.unwritten(&e))
        });
        // An empty file would be no ledger, and be in the way of one.
        put.inspect_err(|_| drop(std::fs::remove_file(path)))?;
        Ok(budget)
    }

    /// Of that file, from now on locked.
    fn of(path: &Path, file: File, spending: Spending) -> Result<Budget, Failure> {
        let budget = Budget {
            path: path.to_owned(),
            file,
            spending,
            bytes: 0,
            granted: String::new(),
        };
        budget.lock()?;
        Ok(budget)
    }

    fn known(path: &Path) -> Result<Budget, Failure> {
        // A pipe that nobody writes to would be waited for.
        let no_waiting = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
        let mut options = OpenOptions::new();
        let file = options
            .read(true)
            .write(true)
            .custom_flags(no_waiting)
            .open(path);
        let file = file.map_err(|e| {
            let what = format!("the ledger {} cannot be opened", path.display());
            let failure = Failure::new(Exit::NoInput, what).why(&e);
            match e.kind() {
                io::ErrorKind::NotFound => failure.help("restore it: without it nobody knows what was said of people before; only where nothing was, --begin-ledger makes it"),
                io::ErrorKind::IsADirectory => no_file(path),
                _ => failure,
            }
        })?;
        if !file.metadata().is_ok_and(|of| of.is_file()) {
            return Err(no_file(path));
        }
        let mut budget = Budget::of(path, file, Spending::begin())?;
        let no_ledger = |why: String| {
            let what = format!("{} is no ledger of budgets", path.display());
            Failure::new(Exit::DataErr, what)
                .why(why)
                .help("restore it from a backup: one that was cut or changed does not say what left, and nothing may leave beside what nobody knows")
        };
        let mut text = String::new();
        let read = (&budget.file).take(BYTES_MAX + 1).read_to_string(&mut text);
        match read {
            Ok(_) if text.len() as u64 <= BYTES_MAX => {}
            Ok(_) => return Err(no_ledger(format!("it has more than {BYTES_MAX} bytes"))),
            Err(e) => return Err(no_ledger(e.to_string())),
        }
        let read = Spending::read(&text).map_err(|why| no_ledger(why.to_string()))?;
        if let Some(anew) = read.anew {
            budget.replace(&anew)?;
            return Budget::known(path);
        }
        budget.spending = read.spending;
        budget.bytes = read.bytes as u64;
        if read.bytes < text.len() {
            // A line that was cut off while it was written: no row had left for it.
            let cut = budget.file.set_len(budget.bytes);
            cut.map_err(|e| budget.unwritten(&e))?;
        }
        if read.is_open {
            budget.put("\n")?;
        }
        Ok(budget)
    }

    /// Puts a text in the place of the file, whole or not at all.
    fn replace(&self, text: &str) -> Result<(), Failure> {
        // Under another name the file as it was would stay, and know nothing of what is spent.
        let of = std::fs::symlink_metadata(&self.path);
        if !of.is_ok_and(|of| of.is_file() && of.nlink() == 1) {
            let what = format!("the ledger {} cannot be made anew", self.path.display());
            return Err(Failure::new(Exit::DataErr, what)
                .why("it is of the first version, and has another name: a link")
                .help("name the file itself, and give it one name"));
        }
        let mut part = self.path.as_os_str().to_owned();
        part.push(".part");
        let made = file_of_its_own().open(&part);
        let written = made.and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.sync_all()
        });
        let placed = written.and_then(|()| std::fs::rename(&part, &self.path));
        let synced = placed.and_then(|()| files::sync_folder(files::folder_of(&self.path)));
        synced.map_err(|e| {
            let what = format!("the ledger {} cannot be made anew", self.path.display());
            Failure::new(Exit::Io, what)
                .why(e)
                .help("it is of the first version, and is written in the second one beside its place first: its folder must take a file, and none of that name with `.part` be there")
        })
    }

    fn lock(&self) -> Result<(), Failure> {
        let what = || format!("the ledger {} cannot be locked", self.path.display());
        match self.file.try_lock() {
            Ok(()) if self.is_in_place() => Ok(()),
            Ok(()) => Err(Failure::new(Exit::Unavailable, what())
                .why("another file took its place")
                .help("try again")),
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

    /// Writes down what was granted, and has it on the disk before it returns: first the
    /// lines, then the head that counts them.
    ///
    /// # Errors
    /// 74 when it cannot be written: nothing of it may leave then.
    pub(super) fn write(&mut self) -> Result<(), Failure> {
        let lines = std::mem::take(&mut self.granted);
        if !lines.is_empty() {
            self.put(&lines)?;
        }
        let head = self.spending.head();
        let written = self.file.write_all_at(head.as_bytes(), 0);
        let written = written.and_then(|()| self.file.sync_all());
        written.map_err(|e| self.unwritten(&e))
    }

    /// Puts a text behind all that is in it.
    fn put(&mut self, text: &str) -> Result<(), Failure> {
        let written = self.file.write_all_at(text.as_bytes(), self.bytes);
        let written = written.and_then(|()| self.file.sync_all());
        written.map_err(|e| self.unwritten(&e))?;
        self.bytes += text.len() as u64;
        Ok(())
    }

    /// It is still the file of that name.
    fn is_in_place(&self) -> bool {
        let (own, there) = (self.file.metadata(), std::fs::metadata(&self.path));
        let same = own.and_then(|own| Ok((own, there?)));
        same.is_ok_and(|(own, there)| (own.dev(), own.ino()) == (there.dev(), there.ino()))
    }

    fn unwritten(&self, e: &io::Error) -> Failure {
        let what = format!("the ledger {} cannot be written", self.path.display());
        Failure::new(Exit::Io, what)
            .why(e)
            .help("nothing leaves that is not written down there")
    }
}

/// A file that is made, for its owner alone.
fn file_of_its_own() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true).mode(0o600);
    options
}

fn no_file(path: &Path) -> Failure {
    let what = format!("the ledger {} is no file", path.display());
    Failure::new(Exit::Usage, what)
        .why("of a folder, a pipe or a device nobody can read again what was spent")
        .help("name a file: --begin-ledger makes it")
}
