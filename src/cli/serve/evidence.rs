//! The audit log of decisions: a line before each, and one behind it.

use crate::cli::{audited, clock, people::People};
use jiff::Timestamp;
use std::path::PathBuf;
use veilstream::audit::{Audit, CommandEnd, Intent, PolicyUsed, Value, hash};
use veilstream::crypto::entropy::OsEntropy;
use veilstream::keys::KeyHandle;
use veilstream::record::SubjectId;
use veilstream::subject::{Ended, Event, Evidence, May, Unrecorded};

/// Nothing is written, so nothing is recorded.
pub(super) struct NoEvidence;

impl Evidence for NoEvidence {
    fn before(&self, _event: &Event<'_>) -> Result<Ended, Unrecorded> {
        Ok(Box::new(|_| ()))
    }
}

/// The log that the flags name.
pub(crate) struct AuditLog {
    path: PathBuf,
    why: Option<String>,
    key: KeyHandle,
    policy: (String, String),
}

impl AuditLog {
    /// Of that policy and its key.
    pub(crate) fn new(
        people: &People,
        flags: &audited::Flags,
    ) -> Result<AuditLog, crate::cli::Failure> {
        let used = people.used();
        Ok(AuditLog {
            path: flags.path(&people.keyring),
            why: flags.reason()?.map(str::to_owned),
            key: people.links.clone(),
            policy: (used.name.to_owned(), used.digest.to_owned()),
        })
    }

    /// The folder that it is written in.
    pub(super) fn folder(&self) -> PathBuf {
        let folder = self.path.parent().map(PathBuf::from).unwrap_or_default();
        match folder.as_os_str().is_empty() {
            true => PathBuf::from("."),
            false => folder,
        }
    }

    /// How the log calls a person: as it calls values.
    fn hashed(&self, who: SubjectId) -> String {
        hash(&self.key, Value::Text(&who.text()))
    }

    fn begin(&self, event: &Event<'_>, now: Timestamp) -> Result<Audit, Unrecorded> {
        let (command, about) = match event {
            Event::Decision {
                who,
                category,
                is,
                by,
            } => (
                "consent decision",
                vec![
                    ("who", self.hashed(*who)),
                    ("category", (*category).to_owned()),
                    ("is", is.as_str().to_owned()),
                    ("by", by.as_str().to_owned()),
                ],
            ),
            Event::Link { who, may } => {
                let scope = match may {
                    May::Prefs => "prefs",
                    May::Withdraw => "withdraw",
                };
                let about = vec![("who", self.hashed(*who)), ("scope", scope.to_owned())];
                ("consent link", about)
            }
        };
        let intent = Intent {
            command,
            why: self.why.as_deref(),
            key: Some(&self.key.id),
            policy: Some(PolicyUsed {
                name: &self.policy.0,
                digest: &self.policy.1,
            }),
            about: &about,
        };
        Audit::begin(&self.path, &intent, now, &mut OsEntropy)
            .map_err(|e| Unrecorded { why: e.to_string() })
    }
}

impl Evidence for AuditLog {
    fn before(&self, event: &Event<'_>) -> Result<Ended, Unrecorded> {
        let audit = self.begin(event, clock::now())?;
        Ok(Box::new(move |done| {
            let outcome = CommandEnd {
                done,
                failed: u64::from(!done),
            };
            // What happened has happened: a log that is full now says so for the next.
            if let Err(error) = audit.end(outcome, clock::now()) {
                tracing::error!(%error, "the end of a decision is not recorded");
            }
        }))
    }
}
