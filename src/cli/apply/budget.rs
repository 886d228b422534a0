//! The file in which it stands what was spent of budgets.

use crate::cli::{Exit, Failure};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use veilstream::files;
use veilstream::release::{Note, Spending};

/// How much a ledger may grow.
#[derive(Clone, Copy)]
pub(super) struct Room {
    /// Most bytes of it.
    bytes_max: u64,
    /// One that has more is folded when it is opened.
    folds_at: u64,
}

/// A million windows or so.
pub(super) const ROOM: Room = Room {
    bytes_max: 512 << 20,
    folds_at: 256 << 20,
};

/// A ledger that nobody else has open.
pub(super) struct Budget {
    path: PathBuf,
    room: Room,
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
    pub(super) fn open(path: &Path, begins: bool, room: Room) -> Result<Budget, Failure> {
        match begins {
            true => Budget::begin(path, room),
            false => Budget::known(path, room),
        }
    }

    fn begin(path: &Path, room: Room) -> Result<Budget, Failure> {
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
        let mut budget = Budget::of(path, room, file, spending)?;
        let put = budget.put(&head).and_then(|()| {
            files::sync_folder(files::folder_of(path)).map_err(|e| budget.unwritten(&e))
        });
        // An empty file would be no ledger, and be in the way of one.
        put.inspect_err(|_| drop(std::fs::remove_file(path)))?;
        Ok(budget)
    }

    /// Of that file, from now on locked.
    fn of(path: &Path, room: Room, file: File, spending: Spending) -> Result<Budget, Failure> {
        let budget = Budget {
            path: path.to_owned(),
            room,
            file,
            spending,
            bytes: 0,
            granted: String::new(),
        };
        budget.lock()?;
        Ok(budget)
    }

    fn known(path: &Path, room: Room) -> Result<Budget, Failure> {
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
        let mut budget = Budget::of(path, room, file, Spending::begin())?;
        let no_ledger = |why: String| {
            let what = format!("{} is no ledger of budgets", path.display());
            Failure::new(Exit::DataErr, what)
                .why(why)
                .help("restore it from a backup: one that was cut or changed does not say what left, and nothing may leave beside what nobody knows")
        };
        let mut text = String::new();
        let bytes_max = room.bytes_max;
        let read = (&budget.file).take(bytes_max + 1).read_to_string(&mut text);
        match read {
            Ok(_) if text.len() as u64 <= bytes_max => {}
            Ok(_) => return Err(no_ledger(format!("it has more than {bytes_max} bytes"))),
            Err(e) => return Err(no_ledger(e.to_string())),
        }
        let read = Spending::read(&text).map_err(|why| no_ledger(why.to_string()))?;
        if let Some(anew) = read.anew {
            budget.replace(&anew, "it is of the first version")?;
            return Budget::known(path, room);
        }
        if read.bytes as u64 > room.folds_at
            && let Some(folded) = Spending::folded(&text[..read.bytes])
            // Of one that has hardly anything old each run would write all of it anew.
            && folded.len() < text.len() / 4 * 3
        {
            budget.replace(
                &folded,
                "it has grown, and what is old in it is put together",
            )?;
            return Budget::known(path, room);
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
    fn replace(&self, text: &str, why: &str) -> Result<(), Failure> {
        // Under another name the file as it was would stay, and know nothing of what is spent.
        let of = std::fs::symlink_metadata(&self.path);
        if !of.is_ok_and(|of| of.is_file() && of.nlink() == 1) {
            let what = format!("the ledger {} cannot be made anew", self.path.display());
            return Err(Failure::new(Exit::DataErr, what)
                .why(format!("{why}, and it has another name: a link"))
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
                .help(format!("{why}; it is written beside its place first: its folder must take a file, and none of that name with `.part` be there"))
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
    ///
    /// # Errors
    /// 69 when the ledger would grow beyond what can be read again.
    pub(super) fn grant(&mut self, note: Box<Note>) -> Result<(), Failure> {
        let bytes = self.bytes + (self.granted.len() + note.line.len()) as u64;
        if bytes > self.room.bytes_max {
            let what = format!("the ledger {} is full", self.path.display());
            return Err(Failure::new(Exit::Unavailable, what)
                .why(format!(
                    "it may have {} bytes, and the lines of this input do not fit: nothing of it has left",
                    self.room.bytes_max
                ))
                .help("count in longer windows, or fewer outputs in one ledger: with each run windows are put together that ended two `per` of their budget ago"));
        }
        self.granted.push_str(&note.line);
        self.spending.note(note);
        Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use veilstream::keys::TestKeys;
    use veilstream::plan::Plan;
    use veilstream::policy::{NoTables, PolicyFile, compile};
    use veilstream::release::{Answer, NotGranted, Windows};

    const DAY: i64 = 86_400_000;

    fn plan() -> Arc<Plan> {
        let text = "apiVersion: veil/v1\nkind: Policy\nmetadata: { name: t, version: 1, owner: o }\n\
            source: { topic: raw, subject: who }\nkeys: { noise: { ref: \"file:k.json#noise\" } }\n\
            outputs:\n  - topic: out\n    purpose: sales\n    domain: d\n    aggregate:\n      window: 1d\n      \
            time: { from: value.at }\n      by: { kind: keep }\n      count: records\n      \
            contribution: { cells: 1 }\n      epsilon: 1\n      key: noise\n      keys: { list: [a] }\n      \
            budget: { name: t, epsilon: 2, per: 2d }\n";
        let file = PolicyFile {
            path: "policy.yaml".into(),
            text: text.to_owned(),
        };
        let now = "2026-11-22T12:00:00Z".parse().expect("a time");
        let compiled = compile(&file, &TestKeys, &NoTables, now);
        Arc::new(compiled.plan.expect("it has no errors"))
    }

    /// The windows of these days leave: how many lines the ledger has then.
    fn leave(
        path: &Path,
        room: Room,
        plan: &Arc<Plan>,
        days: std::ops::Range<i64>,
    ) -> Result<usize, Failure> {
        let mut budget = Budget::open(path, !path.exists(), room)?;
        for day in days {
            match ask(&budget, plan, day) {
                Ok(Answer::Anew(note)) => budget.grant(note)?,
                other => panic!("{day}: {other:?}"),
            }
        }
        budget.write()?;
        Ok(budget.spending().lines())
    }

    fn ask(budget: &Budget, plan: &Arc<Plan>, day: i64) -> Result<Answer, NotGranted> {
        let mut windows = Windows::new(plan, 0).expect("it counts");
        let closed = windows.close((day * DAY, (day + 1) * DAY));
        let output = &plan.outputs[0];
        budget.spending().ask(output, windows.counting(), &closed)
    }

    #[test]
    fn a_ledger_that_has_grown_is_folded_and_one_that_is_full_spends_no_more() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("spent.ndjson");
        let plan = plan();
        let room = Room {
            bytes_max: 20_000,
            folds_at: 5_000,
        };
        assert_eq!(leave(&path, room, &plan, 0..20).expect("it fits"), 20);
        assert!(path.metadata().expect("it is there").len() > room.folds_at);
        // Those that ended by day 16, four days before the last one, are one line.
        assert_eq!(leave(&path, room, &plan, 20..20).expect("it fits"), 5);
        let mode = std::os::unix::fs::PermissionsExt::mode(
            &path.metadata().expect("it is there").permissions(),
        );
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(leave(&path, room, &plan, 20..21).expect("it fits"), 6);
        let before = std::fs::read(&path).expect("it is there");
        // So many lines do not fit: nothing of them is written, and what was stays known.
        let full = leave(&path, room, &plan, 21..100).expect_err("they do not fit");
        assert_eq!(full.exit, Exit::Unavailable);
        assert_eq!(std::fs::read(&path).expect("it is there"), before);
        assert_eq!(leave(&path, room, &plan, 21..22).expect("it fits"), 7);
        let budget = Budget::open(&path, false, room).expect("it is read");
        assert!(matches!(ask(&budget, &plan, 21), Ok(Answer::Again)));
        assert!(ask(&budget, &plan, 0).is_err());
    }
}
