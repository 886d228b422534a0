//! The decisions of a policy, on the cluster of the settings.

use crate::cli::people::{Keys, People};
use crate::cli::serve::{AuditLog, Store};
use crate::cli::{Exit, Failure, audited, cluster, keyring};
use std::path::PathBuf;
use std::time::Duration;
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

    pub(super) fn log(&self, flags: &audited::Flags) -> Result<AuditLog, Failure> {
        AuditLog::new(&self.people, flags)
    }
}

/// A decision that is not known to be written.
pub(super) fn not_written(error: impl std::fmt::Display) -> Failure {
    Failure::new(Exit::Unavailable, error.to_string())
        .help("run it again: writing a decision twice does no harm")
}
