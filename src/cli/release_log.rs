//! Releases in an audit log that several write to: the groups of a stream, or a replay that
//! takes down what it opens there too.

use crate::cli::released::{self, InClasses, Told};
use crate::cli::{Failure, audited, clock};
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use veilstream::audit::{Audit, AuditError, Read};
use veilstream::pipeline::{Covered, ReleaseFigures, ReleaseLog};
use veilstream::plan::Plan;
use veilstream::policy::diff::Said;

/// The log of this process.
pub struct Log(Mutex<Option<Open>>);

struct Open {
    audit: Audit,
    /// Releases that have left, and of which the log does not say so yet.
    unsaid: Vec<u64>,
}

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
        Log(Mutex::new(Some(Open {
            audit,
            unsaid: Vec::new(),
        })))
    }

    /// Writes that the process ends, which could not do so many things.
    ///
    /// # Errors
    /// When that cannot be written; what has left has left.
    pub fn end(&self, done: bool, failed: u64) -> Result<(), Failure> {
        let open = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(mut open) = open else {
            return Ok(());
        };
        open.say().map_err(|e| audited::failure(&e))?;
        audited::end(open.audit, done, failed)
    }

    /// Writes, behind what could not be written before.
    ///
    /// # Errors
    /// As `write` says, or the log has ended.
    pub fn write<T>(
        &self,
        write: impl FnOnce(&mut Audit) -> Result<T, AuditError>,
    ) -> Result<T, String> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let open = open.as_mut().ok_or("the log has ended")?;
        let written = open.say().and_then(|()| write(&mut open.audit));
        written.map_err(|e| e.to_string())
    }
}

impl Open {
    /// Says of releases that they have left, as far as that can be written.
    fn say(&mut self) -> Result<(), AuditError> {
        while let Some(number) = self.unsaid.first() {
            self.audit.left(*number, clock::now())?;
            self.unsaid.remove(0);
        }
        Ok(())
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
            set: figures.set.clone().filter(|_| figures.records > 0),
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
        self.write(|audit| audit.release(entry, clock::now()))
    }

    fn left(&self, number: u64) {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(open) = open.as_mut() else {
            tracing::error!(
                release = number,
                "a release has left, and the log has ended: it does not say so"
            );
            return;
        };
        open.unsaid.push(number);
        if let Err(why) = open.say() {
            tracing::error!(
                release = number,
                "a release has left, and the log does not say so yet: {why}; it is written before the next release leaves, or at the end"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;
    use veilstream::audit::{Intent, Release, list};
    use veilstream::crypto::entropy::OsEntropy;

    fn release() -> Release {
        Release {
            topic: "out".to_owned(),
            policy: "p@1".to_owned(),
            digest: "ab".repeat(32),
            set: None,
            set_key: None,
            read: Vec::new(),
            records: 40,
            persons: 40,
            classes: None,
            left_out: std::collections::BTreeMap::new(),
        }
    }

    #[test]
    fn what_has_left_and_could_not_be_said_is_said_before_anything_else_is() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("audit.jsonl");
        let intent = Intent {
            command: "run",
            ..Intent::default()
        };
        let audit = Audit::begin(&path, &intent, clock::now(), &mut OsEntropy);
        let log = Log::of(audit.expect("it can be written"));
        let composed = || log.write(|audit| audit.release(release(), clock::now()));
        let mode = |mode| {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("ours");
        };
        let has_left = || {
            let (runs, broken) = list(&path).expect("it is read");
            assert_eq!(broken, None);
            let all = runs[0].releases.iter();
            all.map(|r| (r.number, r.has_left)).collect::<Vec<_>>()
        };
        assert_eq!(composed(), Ok(0));
        assert_eq!(composed(), Ok(1));
        // Others can write it: it is no evidence, and nothing is written.
        mode(0o666);
        log.left(1);
        log.left(0);
        assert!(composed().is_err(), "nothing leaves beside it");
        mode(0o600);
        assert_eq!(has_left(), [(0, false), (1, false)], "not said");
        assert_eq!(composed(), Ok(2));
        assert_eq!(has_left(), [(0, true), (1, true), (2, false)]);
        mode(0o666);
        log.left(2);
        mode(0o600);
        assert!(log.end(true, 0).is_ok());
        assert_eq!(has_left(), [(0, true), (1, true), (2, true)]);
    }
}
