//! What keeps a stream from working, said once in the log and as long as it
//! lasts by `/readyz`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Who reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The checks before anything is read.
    Startup,
    /// No partition was assigned yet.
    Assignment,
    /// The connection to the cluster.
    Connection,
    /// A source topic.
    Source,
    /// A partition whose committed offset does not exist.
    Halted,
    /// Nothing arrives though there is lag.
    Stalled,
    /// Outputs, quarantine and transactions.
    Outlet,
}

/// The board: at most one sentence a part.
#[derive(Default)]
pub struct Board {
    notes: Mutex<BTreeMap<Part, Arc<str>>>,
}

impl Board {
    /// Notes what is wrong with a part, and what to do about it.
    pub fn put(&self, part: Part, what: impl Into<Arc<str>>) {
        let what = what.into();
        let before = self.locked().insert(part, what.clone());
        if before.as_ref() != Some(&what) {
            tracing::warn!(part = ?part, "{what}");
        }
    }

    /// All is well with a part.
    pub fn clear(&self, part: Part) {
        if self.locked().remove(&part).is_some() {
            tracing::info!(part = ?part, "recovered");
        }
    }

    /// Everything that is wrong, one sentence each; empty: ready.
    pub fn notes(&self) -> Vec<Arc<str>> {
        self.locked().values().cloned().collect()
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, BTreeMap<Part, Arc<str>>> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
