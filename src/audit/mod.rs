//! Append-only evidence of commands that open, compute or release.
//!
//! **In**: what a command is about to do, why and for whom, each value that
//! it opens or computes on, and the figures of each release that is to leave. **Out**: lines of a file, each holding the hash of the
//! one before it; whether such a file is whole. **Promises**: a line is on disk
//! when its call returns, and the caller has shown nothing before; a value stands
//! there as a hash under the key it was opened with, never in clear; what cannot
//! be written is an error, and so is a file that was cut, rewritten at its end or
//! can be written by others. **Does not know**: which commands there are, and
//! where keys come from.
//!
//! The chain shows what was changed, reordered or taken out of the middle. Whoever
//! can write the file can write a whole new chain, or cut off its end: against
//! that stands only a hash of the head that was noted elsewhere
//! ([`verify`]'s `expect`).

mod error;
mod line;
mod listing;
mod lock;
mod log;
mod release;
#[cfg(test)]
mod tests;
mod value;
mod verify;
mod who;

use std::path::Path;

use jiff::Timestamp;

pub use error::AuditError;
pub use line::{CommandEnd, Hash, Intent, PolicyUsed};
pub use listing::{Run, RunEnd, list};
pub use release::{Classes, Floor, LoggedRelease, Read, Release};
pub use value::{Batch, VALUES_MAX, Value, hash};
pub use verify::{Broken, Verified, verify};

use crate::crypto::entropy::Entropy;
use line::{Body, Group};
use log::Log;

/// Most partitions that one line of a release names: a topic and its numbers take 350 bytes
/// at most.
const READ_MAX: usize = 1_000;

/// A command under way, of which the log says that it has begun.
pub struct Audit {
    log: Log,
    run: String,
    count: u64,
    releases: u64,
}

impl Audit {
    /// Writes that the command begins. Whatever it is to open, compute or change
    /// comes after. The log at `path` is made when there is none, mode 0600.
    ///
    /// # Errors
    /// When the log cannot be written, others can write it, or its end is broken:
    /// then the command must not go on.
    pub fn begin(
        path: &Path,
        intent: &Intent<'_>,
        now: Timestamp,
        entropy: &mut dyn Entropy,
    ) -> Result<Audit, AuditError> {
        let mut log = Log::open(path, now, entropy)?;
        let mut run = [0; 8];
        entropy.fill(&mut run);
        let run = data_encoding::HEXLOWER.encode(&run);
        log.append(
            &Body::Begin {
                run: &run,
                pid: rustix::process::getpid().as_raw_nonzero().get(),
                who: who::who(),
                intent,
            },
            now,
        )?;
        Ok(Audit {
            log,
            run,
            count: 0,
            releases: 0,
        })
    }

    /// Writes the hashes of the values that are about to be shown, and empties the
    /// batch. An empty one writes nothing.
    ///
    /// # Errors
    /// When they cannot be written: then none of them may be shown.
    pub fn values(&mut self, batch: &mut Batch, now: Timestamp) -> Result<(), AuditError> {
        let groups: Vec<Group<'_>> = batch.groups().collect();
        let count: usize = groups.iter().map(|g| g.values.len()).sum();
        if count > 0 {
            self.log.append(
                &Body::Values {
                    run: &self.run,
                    groups: &groups,
                },
                now,
            )?;
        }
        self.count += count as u64;
        batch.clear();
        Ok(())
    }

    /// Writes that a release is to leave: its number within the command. What it covers of
    /// very many partitions stands in lines before its own.
    ///
    /// # Errors
    /// When that cannot be written: then nothing of it may leave.
    pub fn release(&mut self, release: Release, now: Timestamp) -> Result<u64, AuditError> {
        let number = self.releases;
        let run = &self.run;
        let mut release = release;
        let own = release
            .read
            .split_off(release.read.len() / READ_MAX * READ_MAX);
        let before = std::mem::replace(&mut release.read, own);
        for read in before.chunks(READ_MAX) {
            self.log.append(&Body::Covers { run, number, read }, now)?;
        }
        let body = Body::Release {
            run,
            number,
            release: &release,
        };
        self.log.append(&body, now)?;
        self.releases += 1;
        Ok(number)
    }

    /// Writes that the release of that number has left. One of which the log does not say so
    /// was given up, or its command was killed before it could write it.
    ///
    /// # Errors
    /// When it cannot be written; it has left.
    pub fn left(&mut self, number: u64, now: Timestamp) -> Result<(), AuditError> {
        let body = Body::Left {
            run: &self.run,
            number,
        };
        self.log.append(&body, now)
    }

    /// Writes how the command ended. A command of which the log does not say so was
    /// killed, or could not write it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn end(mut self, outcome: CommandEnd, now: Timestamp) -> Result<(), AuditError> {
        self.log.append(
            &Body::End {
                run: &self.run,
                count: self.count,
                outcome: &outcome,
            },
            now,
        )
    }
}
