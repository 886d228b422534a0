//! Whether a log is whole.

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Take};
use std::path::Path;

use super::error::AuditError;
use super::line::{FORMAT, Hash, LINE_MAX, read_link};
use super::lock::wait_for;
use crate::files;

/// A log whose chain holds.
#[derive(Clone, Debug)]
pub struct Verified {
    /// How many lines.
    pub lines: u64,
    /// How many commands begin in it.
    pub commands: u64,
    /// How many of them do not end in it: killed, failed, or still under way.
    pub without_end: u64,
    /// Hash of the last line, to be noted elsewhere: only against it can a log
    /// that was cut at its end, or written anew, be told.
    pub head: Hash,
    /// The time of the last line, as it says.
    pub last: String,
}

/// Where a chain breaks first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// From 1; one more than there are lines, when what is missing comes after.
    pub line: u64,
    /// What is wrong.
    pub why: String,
}

/// Walks the whole chain. `expect`: the hash of a head that was noted before; it
/// must be that of some line.
///
/// # Errors
/// When the file cannot be read.
pub fn verify(path: &Path, expect: Option<Hash>) -> Result<Result<Verified, Broken>, AuditError> {
    let failed = |error| AuditError::io(path, "read the audit log")(error);
    let file = open(path).map_err(failed)?;
    walk(BufReader::new(file), expect, |_| Ok(())).map_err(failed)
}

/// The log as it stands when nobody writes to it. Whoever writes does not wait until it is
/// read: what comes behind is not looked at.
pub(super) fn open(path: &Path) -> std::io::Result<Take<File>> {
    let file = files::open(path)?;
    // Else a line that is being written would look cut.
    wait_for(|| file.try_lock_shared())?;
    let len = file.metadata()?.len();
    file.unlock()?;
    Ok(file.take(len))
}

/// Walks the chain, and hands over each line that holds; what is wrong with it ends
/// the walk.
pub(super) fn walk(
    mut input: impl BufRead,
    expect: Option<Hash>,
    mut each: impl FnMut(&[u8]) -> Result<(), &'static str>,
) -> std::io::Result<Result<Verified, Broken>> {
    let mut running = HashSet::new();
    let mut found = Verified {
        lines: 0,
        commands: 0,
        without_end: 0,
        head: Hash::NONE,
        last: String::new(),
    };
    let mut met = expect.is_none();
    let mut line = Vec::new();
    loop {
        line.clear();
        input
            .by_ref()
            .take(LINE_MAX as u64)
            .read_until(b'\n', &mut line)?;
        let number = found.lines + 1;
        let broken = |why: &str| {
            Ok(Err(Broken {
                line: number,
                why: why.to_owned(),
            }))
        };
        if line.is_empty() {
            break;
        }
        let Some(text) = line.strip_suffix(b"\n") else {
            return broken("it is cut: it has no line break");
        };
        let link = match read_link(text) {
            Ok(link) => link,
            Err(why) => return broken(why),
        };
        if link.seq != found.lines {
            return broken("its number does not follow that of the line before it");
        }
        if link.previous != found.head {
            return broken("it does not hold the hash of the line before it");
        }
        match (number, link.event.as_str()) {
            (1, "log") if link.format.as_deref() == Some(FORMAT) => {}
            (1, _) => return broken("it does not begin a log of this format"),
            (_, "log") => return broken("it begins a log in the middle of one"),
            _ => {}
        }
        match link.event.as_str() {
            "begin" => {
                found.commands += 1;
                running.insert(link.run.unwrap_or_default());
            }
            "end" => {
                running.remove(&link.run.unwrap_or_default());
            }
            _ => {}
        }
        if let Err(why) = each(text) {
            return broken(why);
        }
        found.lines = number;
        found.head = Hash::of(text);
        found.last = link.time;
        met |= Some(found.head) == expect;
    }
    let missing = |why: &str| {
        Ok(Err(Broken {
            line: found.lines + 1,
            why: why.to_owned(),
        }))
    };
    if found.lines == 0 {
        return missing("the log is empty");
    }
    if !met {
        return missing(
            "no line has the expected hash: the end was cut off, or this is another log",
        );
    }
    found.without_end = running.len() as u64;
    Ok(Ok(found))
}
