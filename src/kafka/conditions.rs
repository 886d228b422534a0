//! What keeps a stream from working, said once in the log and as long as it
//! lasts by `/readyz`.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

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

/// The conditions: at most one sentence a part.
#[derive(Default)]
pub struct Conditions {
    notes: Mutex<BTreeMap<Part, Arc<str>>>,
    /// How many there are: whoever clears a part with every record asks this first.
    count: AtomicUsize,
}

impl Conditions {
    /// Notes what is wrong with a part, and what to do about it.
    pub fn put(&self, part: Part, what: impl Into<Arc<str>>) {
        let what = what.into();
        let mut notes = self.locked();
        let before = notes.insert(part, what.clone());
        self.count.store(notes.len(), Ordering::Relaxed);
        drop(notes);
        if before.as_ref() != Some(&what) {
            tracing::warn!(part = ?part, "{what}");
        }
    }

    /// Notes what a part is still waiting for: no trouble, and not ready either.
    pub fn awaits(&self, part: Part, what: impl Into<Arc<str>>) {
        let mut notes = self.locked();
        notes.insert(part, what.into());
        self.count.store(notes.len(), Ordering::Relaxed);
    }

    /// All is well with a part.
    pub fn clear(&self, part: Part) {
        if self.withdraw(part) {
            tracing::info!(part = ?part, "well");
        }
    }

    /// What was noted about a part is no longer ours to tell. True when
    /// something was.
    pub fn withdraw(&self, part: Part) -> bool {
        if self.count.load(Ordering::Relaxed) == 0 {
            return false;
        }
        let mut notes = self.locked();
        let was_there = notes.remove(&part).is_some();
        self.count.store(notes.len(), Ordering::Relaxed);
        was_there
    }

    /// Everything that is wrong, one sentence each; empty: ready.
    pub fn notes(&self) -> Vec<Arc<str>> {
        self.locked().values().cloned().collect()
    }

    fn locked(&self) -> MutexGuard<'_, BTreeMap<Part, Arc<str>>> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_has_one_note_until_it_is_well() {
        let conditions = Conditions::default();
        conditions.put(Part::Outlet, "one");
        conditions.put(Part::Outlet, "two");
        conditions.put(Part::Source, "three");
        let notes = || {
            conditions
                .notes()
                .iter()
                .map(|n| n.to_string())
                .collect::<Vec<_>>()
        };
        assert_eq!(notes(), ["three", "two"]);
        conditions.clear(Part::Connection);
        conditions.clear(Part::Outlet);
        assert_eq!(notes(), ["three"]);
        conditions.clear(Part::Source);
        assert!(notes().is_empty());
    }
}
