//! The file: opened only where nobody else can write, locked for each line,
//! appended to and synced.

use crate::files;
use std::fs::{File, Metadata, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rustix::fs::OFlags;

use super::error::AuditError;
use super::line::{Body, FORMAT, Hash, LINE_MAX, Line, Link, read_link};
use super::lock::wait_for;
use crate::crypto::entropy::Entropy;

/// The log, open at its end.
pub(super) struct Log {
    path: PathBuf,
    file: File,
    /// Its length when this process wrote to it last: it can only have grown.
    len: u64,
}

impl Log {
    /// Opens it, or makes it with its first line.
    pub(super) fn open(
        path: &Path,
        now: Timestamp,
        entropy: &mut dyn Entropy,
    ) -> Result<Log, AuditError> {
        // Looked at before it is opened: a link would be followed to who knows where.
        if let Ok(there) = std::fs::symlink_metadata(path) {
            check(path, &there)?;
        }
        let flags = OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
        let file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .mode(0o600)
            .custom_flags(flags.bits().cast_signed())
            .open(path)
            .map_err(AuditError::io(path, "open the audit log"))?;
        let mut log = Log {
            path: path.to_owned(),
            file,
            len: 0,
        };
        log.begin(now, entropy)?;
        Ok(log)
    }

    /// Writes the first line into an empty file.
    fn begin(&mut self, now: Timestamp, entropy: &mut dyn Entropy) -> Result<(), AuditError> {
        let _lock = self.lock()?;
        if self.checked()? > 0 {
            return Ok(());
        }
        let mut id = [0; 16];
        entropy.fill(&mut id);
        let body = Body::Log {
            format: FORMAT,
            log: &data_encoding::HEXLOWER.encode(&id),
        };
        self.write(&body, 0, Hash::NONE, 0, now)?;
        let folder = files::folder_of(&self.path);
        files::sync_folder(folder)
            .map_err(AuditError::io(folder, "sync the folder of the audit log"))
    }

    /// Puts a line behind the last one; it is on disk when this returns.
    pub(super) fn append(&mut self, body: &Body<'_>, now: Timestamp) -> Result<(), AuditError> {
        let _lock = self.lock()?;
        let len = self.checked()?;
        let (seq, previous) = self.head(len)?;
        let seq = seq
            .checked_add(1)
            .ok_or_else(|| AuditError::broken(&self.path, "its numbers are used up"))?;
        self.write(body, seq, previous, len, now)
    }

    fn write(
        &mut self,
        body: &Body<'_>,
        seq: u64,
        previous: Hash,
        len: u64,
        now: Timestamp,
    ) -> Result<(), AuditError> {
        let line = Line {
            seq,
            time: format!("{now:.3}"),
            body,
            previous: &previous,
        };
        let mut text = serde_json::to_vec(&line).expect("a line is JSON");
        text.push(b'\n');
        if text.len() > LINE_MAX {
            return Err(AuditError::not_safe(
                &self.path,
                "a line of more than a megabyte would not be read back",
                "give a shorter reason",
            ));
        }
        let written = self.file.write_all(&text);
        if let Err(error) = written.and_then(|()| self.file.sync_data()) {
            // Part of a line would stand in the way of every later one.
            let _ = self.file.set_len(len).and_then(|()| self.file.sync_data());
            return Err(AuditError::io(&self.path, "write the audit log")(error));
        }
        self.len = len + text.len() as u64;
        Ok(())
    }

    /// Waits for it, not for ever: a process that was stopped may hold it.
    fn lock(&self) -> Result<Locked, AuditError> {
        let failed = |error| AuditError::io(&self.path, "lock the audit log")(error);
        let file = self.file.try_clone().map_err(failed)?;
        wait_for(|| file.try_lock()).map_err(failed)?;
        Ok(Locked(file))
    }

    /// The length of the file, when it is still one that evidence may go to.
    fn checked(&self) -> Result<u64, AuditError> {
        let failed = AuditError::io(&self.path, "look at the audit log");
        let file = self.file.metadata().map_err(failed)?;
        check(&self.path, &file)?;
        if file.nlink() == 0 {
            return Err(AuditError::not_safe(
                &self.path,
                "it was removed while in use",
                "run the command again, and ask who removed it",
            ));
        }
        if file.len() < self.len {
            return Err(AuditError::broken(&self.path, "it was cut while in use"));
        }
        Ok(file.len())
    }

    /// Number and hash of the last line, which must hold the hash of the line
    /// before it.
    fn head(&mut self, len: u64) -> Result<(u64, Hash), AuditError> {
        let tail = self.tail(len)?;
        let broken = |why: &str| AuditError::broken(&self.path, why);
        let lines = tail
            .strip_suffix(b"\n")
            .ok_or_else(|| broken("its last line is cut"))?;
        let (before, last) = match lines.iter().rposition(|&b| b == b'\n') {
            Some(at) => {
                let before = &lines[..at];
                let start = before
                    .iter()
                    .rposition(|&b| b == b'\n')
                    .map_or(0, |b| b + 1);
                (Some(&before[start..]), &lines[at + 1..])
            }
            None => (None, lines),
        };
        let Link { seq, previous, .. } =
            read_link(last).map_err(|_| broken("its last line is none of an audit log"))?;
        let expected = before.map_or(Hash::NONE, Hash::of);
        if previous != expected || (seq == 0) != before.is_none() {
            return Err(broken("its last line does not follow the one before it"));
        }
        Ok((seq, Hash::of(last)))
    }

    /// At least the last two lines.
    fn tail(&mut self, len: u64) -> Result<Vec<u8>, AuditError> {
        let mut want = 1 << 16;
        loop {
            let start = len.saturating_sub(want);
            let mut tail = Vec::new();
            self.file
                .seek(SeekFrom::Start(start))
                .and_then(|_| (&self.file).take(len - start).read_to_end(&mut tail))
                .map_err(AuditError::io(&self.path, "read the audit log"))?;
            let breaks = tail.iter().filter(|&&b| b == b'\n').count();
            // Three line breaks hold two whole lines between them.
            if start == 0 || breaks > 2 || want as usize > 2 * LINE_MAX {
                return Ok(tail);
            }
            want *= 4;
        }
    }
}

/// Holds the lock.
struct Locked(File);

impl Drop for Locked {
    fn drop(&mut self) {
        let _ = self.0.unlock();
    }
}

/// Nobody but us and root may write it, or read it.
fn check(path: &Path, file: &Metadata) -> Result<(), AuditError> {
    let us = rustix::process::geteuid().as_raw();
    let mode = file.mode() & 0o7777;
    let refuse = |why: String, fix: String| Err(AuditError::not_safe(path, why, fix));
    if file.is_symlink() {
        return refuse(
            "the audit log is a link".to_owned(),
            "name the file itself with `--audit FILE`".to_owned(),
        );
    }
    if !file.is_file() {
        return refuse(
            "the audit log is not a regular file".to_owned(),
            "name a file with `--audit FILE`".to_owned(),
        );
    }
    if file.nlink() > 1 {
        return refuse(
            "the audit log has a second name".to_owned(),
            "whoever made that link can write it: remove the other name".to_owned(),
        );
    }
    if file.uid() != us && file.uid() != 0 {
        return refuse(
            format!(
                "the audit log belongs to user {}, not to root or user {us}",
                file.uid()
            ),
            "whoever owns the file can change it: name another with `--audit FILE`".to_owned(),
        );
    }
    if mode & 0o077 != 0 {
        return refuse(
            format!("others can reach the audit log (mode {mode:04o})"),
            format!("run `chmod 600 {}`", path.display()),
        );
    }
    Ok(())
}
