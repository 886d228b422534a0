//! The decisions of a policy, on the cluster of the settings.

use crate::cli::people::{Keys, People};
use crate::cli::serve::{AuditLog, Store};
use crate::cli::{Exit, Failure, audited, clock, cluster, keyring};
use std::path::PathBuf;
use std::time::Duration;
use veilstream::audit::{Audit, Batch, Intent, Value};
use veilstream::record::SubjectId;
use veilstream::settings::Settings;

/// So long it may take until it is known how people stand: a large topic is read whole.
const PATIENCE: Duration = Duration::from_secs(600);

/// Flags of every command on decisions.
#[derive(clap::Args)]
pub(super) struct Where {
    /// The policy
    #[arg(short, long, value_name = "FILE")]
    policy: PathBuf,
    #[command(flatten)]
    cluster: cluster::ClusterFlags,
    #[command(flatten)]
    keys: keyring::Access,
}

/// What such a command works with.
pub(super) struct Connection {
    pub(super) people: People,
    pub(super) settings: Settings,
}

impl Where {
    /// Reads policy, settings and one key.
    pub(super) fn open(&self) -> Result<Connection, Failure> {
        let settings = self.cluster.settings(&[])?;
        let people = People::open(&self.policy, &Keys::Files(&self.keys))?;
        Ok(Connection { people, settings })
    }
}

impl Connection {
    /// The topics, followed until it is known how people stand.
    pub(super) fn store(&self) -> Result<Store, Failure> {
        let store = Store::open(&self.people, &self.settings)?;
        store.wait(PATIENCE)?;
        Ok(store)
    }

    /// Begins the record of a command, with what it is about.
    pub(super) fn begin(
        &self,
        flags: &audited::Flags,
        command: &'static str,
        about: &[(&'static str, String)],
    ) -> Result<Audit, Failure> {
        let intent = Intent {
            command,
            key: Some(&self.people.links.id),
            policy: Some(self.people.used()),
            about,
            ..Intent::default()
        };
        flags.begin(&self.people.keyring, intent)
    }

    /// Records whom it is about, before it is done.
    pub(super) fn record(
        &self,
        audit: &mut Audit,
        people: impl IntoIterator<Item = SubjectId>,
    ) -> Result<(), Failure> {
        let mut batch = Batch::default();
        for who in people {
            batch.add(&self.people.links, Value::Text(&who.text()));
            if batch.is_full() {
                let written = audit.values(&mut batch, clock::now());
                written.map_err(|e| audited::failure(&e))?;
            }
        }
        let written = audit.values(&mut batch, clock::now());
        written.map_err(|e| audited::failure(&e))
    }

    pub(super) fn log(&self, flags: &audited::Flags) -> Result<AuditLog, Failure> {
        AuditLog::new(&self.people, flags)
    }
}

/// A decision that is not known to be written.
pub(super) fn not_written(error: impl std::fmt::Display) -> Failure {
    Failure::new(Exit::Unavailable, error.to_string())
        .help("run it again: writing a decision twice does no harm")
}
