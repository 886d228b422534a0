//! Releases in an audit log that several write to: the groups of a stream, or a replay that
//! takes down what it opens there too.

use crate::cli::released::{self, InClasses, Told};
use crate::cli::{Failure, audited, clock};
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use veilstream::audit::{Audit, Read};
use veilstream::pipeline::{Covered, ReleaseFigures, ReleaseLog};
use veilstream::plan::Plan;
use veilstream::policy::diff::Said;

/// The log of this process.
pub struct Log(Mutex<Option<Audit>>);

impl Log {
    /// Opens it, and writes that the process begins.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn begin(path: &Path, plan: &Plan, said: &Said) -> Result<Log, Failure> {
        let audit = released::begin(path, "run", plan, said)?;
        Ok(Log::of(audit))
    }

    /// The log of a command that has begun to write it.
    pub fn of(audit: Audit) -> Log {
        Log(Mutex::new(Some(audit)))
    }

    /// Writes that the process ends, which could not do so many things.
    ///
    /// # Errors
    /// When that cannot be written; what has left has left.
    pub fn end(&self, done: bool, failed: u64) -> Result<(), Failure> {
        let audit = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        audit.map_or(Ok(()), |audit| audited::end(audit, done, failed))
    }

    /// Writes something else to it.
    ///
    /// # Errors
    /// As `write` says, or the log has ended.
    pub fn write<T>(
        &self,
        write: impl FnOnce(&mut Audit) -> Result<T, String>,
    ) -> Result<T, String> {
        let mut audit = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let audit = audit.as_mut().ok_or("the log has ended")?;
        write(audit)
    }
}

impl std::fmt::Debug for Log {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Log")
    }
}

impl ReleaseLog for Log {
    fn composed(
        &self,
        plan: &Plan,
        figures: &ReleaseFigures,
        read: &[Covered<'_>],
    ) -> Result<u64, String> {
        let Some(output) = plan.outputs.first() else {
            return Err("the plan has no output".to_owned());
        };
        let read = read.iter().map(|covered| Read {
            topic: covered.topic.to_owned(),
            partition: covered.partition,
            from: covered.from,
            to: covered.to,
        });
        let told = Told {
            records: figures.records,
            persons: figures.people,
            set: figures.set.filter(|_| figures.records > 0),
            read: read.collect(),
            classes: figures.classes.as_ref().map(|classes| InClasses {
                people: &classes.people,
                loss: classes.loss,
                penalty: classes.penalty,
                reached: &classes.reached,
            }),
            left_out: ReleaseFigures::WHY
                .into_iter()
                .zip(figures.left_out)
                .collect(),
        };
        let entry = released::entry(plan, output, told);
        self.write(|audit| {
            let number = audit.release(&entry, clock::now());
            number.map_err(|e| e.to_string())
        })
    }

    fn left(&self, number: u64) {
        let written = self.write(|audit| {
            let left = audit.left(number, clock::now());
            left.map_err(|e| e.to_string())
        });
        if let Err(why) = written {
            tracing::error!(
                release = number,
                "a release has left, and the log does not say so: {why}"
            );
        }
    }
}
