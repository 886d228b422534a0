//! What must hold for a stream to work, said once in the log and as long as it
//! does not hold by `/readyz`.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::pipeline::condition::{Condition, Standing};

/// Who reports, in the order told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// The checks before anything is read.
    Startup,
    /// The group assigned partitions, if only none.
    Assignment,
    /// The connection to the cluster.
    Connection,
    /// The source topics.
    Source,
    /// The committed offset of each partition exists.
    Offsets,
    /// Where there is lag, something arrives.
    Progress,
    /// Each batch can be sanitized: what its actions ask for is there.
    Workers,
    /// Outputs, quarantine and transactions.
    Outlet,
}

impl Part {
    /// Every part, in the order told.
    pub const ALL: [Part; 8] = [
        Part::Startup,
        Part::Assignment,
        Part::Connection,
        Part::Source,
        Part::Offsets,
        Part::Progress,
        Part::Workers,
        Part::Outlet,
    ];

    /// Its word in `/readyz` and in the log.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Part::Startup => "startup",
            Part::Assignment => "assignment",
            Part::Connection => "connection",
            Part::Source => "source",
            Part::Offsets => "offsets",
            Part::Progress => "progress",
            Part::Workers => "workers",
            Part::Outlet => "outlet",
        }
    }

    /// What a stream must reach before it works: awaited from the beginning, so
    /// that there is no moment between two of them in which all seems well.
    const fn at_the_start(self) -> Option<&'static str> {
        match self {
            Part::Startup => Some("starting"),
            Part::Assignment => Some("waiting for the group to assign partitions"),
            Part::Outlet => Some("transactions are not initialised yet"),
            Part::Connection | Part::Source | Part::Offsets | Part::Progress | Part::Workers => {
                None
            }
        }
    }
}

/// The conditions of a stream: one for each part.
pub(crate) struct Conditions {
    parts: Mutex<[Standing; Part::ALL.len()]>,
    /// How many are not met: whoever clears a part with every record asks this
    /// first.
    unmet: AtomicUsize,
    /// What stops no record and is not as it should be in the group.
    note: Mutex<Option<String>>,
}

impl Conditions {
    /// The stream begins, or begins again: what it must reach is ahead.
    pub(crate) fn begin(&self) {
        for part in Part::ALL {
            if let Some(what) = part.at_the_start() {
                self.awaits(part, what);
            }
        }
    }

    /// Notes what is wrong with a part, and what to do about it.
    pub(crate) fn put(&self, part: Part, what: impl Into<Arc<str>>) {
        let what = what.into();
        let failed = Standing::Failed(what.clone());
        if self.set(part, failed.clone()) != failed {
            tracing::warn!(part = part.as_str(), "{what}");
        }
    }

    /// Notes what a part is still waiting for: no trouble, and not ready either.
    pub(crate) fn awaits(&self, part: Part, what: impl Into<Arc<str>>) {
        self.set(part, Standing::Awaited(what.into()));
    }

    /// All is well with a part.
    pub(crate) fn clear(&self, part: Part) {
        if self.withdraw(part) {
            tracing::info!(part = part.as_str(), "well");
        }
    }

    /// What was noted about a part is no longer ours to tell. True when
    /// something was.
    pub(crate) fn withdraw(&self, part: Part) -> bool {
        self.unmet.load(Ordering::Relaxed) > 0 && self.set(part, Standing::Met) != Standing::Met
    }

    /// Says what stops no record and is not as it should be in the group; `None`:
    /// all is well again.
    pub(crate) fn note(&self, what: Option<String>) {
        *self.note.lock().unwrap_or_else(PoisonError::into_inner) = what;
    }

    /// What was said so.
    pub(crate) fn noted(&self) -> Option<String> {
        let note = self.note.lock();
        note.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How the part stands now.
    #[cfg(test)]
    pub(crate) fn now(&self, part: Part) -> Standing {
        self.locked()[part as usize].clone()
    }

    /// All of them, each with its standing now.
    pub(crate) fn list(&self) -> Vec<Condition> {
        let parts = self.locked();
        let condition = |part: Part| Condition {
            name: part.as_str(),
            standing: parts[part as usize].clone(),
        };
        Part::ALL.into_iter().map(condition).collect()
    }

    /// How the part stood before.
    fn set(&self, part: Part, standing: Standing) -> Standing {
        let mut parts = self.locked();
        let before = std::mem::replace(&mut parts[part as usize], standing);
        let unmet = parts.iter().filter(|s| **s != Standing::Met).count();
        self.unmet.store(unmet, Ordering::Relaxed);
        before
    }

    fn locked(&self) -> MutexGuard<'_, [Standing; Part::ALL.len()]> {
        self.parts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Conditions {
    /// Of a stream that begins.
    fn default() -> Conditions {
        let conditions = Conditions {
            parts: Mutex::new(Part::ALL.map(|_| Standing::Met)),
            unmet: AtomicUsize::new(0),
            note: Mutex::new(None),
        };
        conditions.begin();
        conditions
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unmet(conditions: &Conditions) -> Vec<(&'static str, Standing)> {
        let list = conditions.list();
        let pairs = list.into_iter().map(|c| (c.name, c.standing));
        pairs.filter(|(_, s)| *s != Standing::Met).collect()
    }

    #[test]
    fn a_part_says_one_thing_until_it_is_well_and_never_for_another() {
        let conditions = Conditions::default();
        for part in Part::ALL {
            conditions.clear(part);
        }
        assert_eq!(unmet(&conditions), []);
        conditions.put(Part::Outlet, "one");
        conditions.put(Part::Outlet, "two");
        conditions.awaits(Part::Source, "three");
        let outlet = ("outlet", Standing::Failed("two".into()));
        let source = ("source", Standing::Awaited("three".into()));
        assert_eq!(unmet(&conditions), [source.clone(), outlet]);
        conditions.clear(Part::Connection);
        conditions.clear(Part::Outlet);
        assert_eq!(unmet(&conditions), [source]);
        conditions.clear(Part::Source);
        assert_eq!(unmet(&conditions), []);
    }

    #[test]
    fn every_part_has_its_own_place_and_word() {
        let words: std::collections::BTreeSet<&str> =
            Part::ALL.iter().map(|p| p.as_str()).collect();
        assert_eq!(words.len(), Part::ALL.len());
        for (at, part) in Part::ALL.iter().enumerate() {
            assert_eq!(*part as usize, at);
        }
    }

    /// In whatever order the parts come up, there is no moment in which all
    /// seems well before all are.
    #[test]
    fn a_stream_that_begins_is_not_ready_before_its_last_part_is() {
        let needed = [Part::Startup, Part::Assignment, Part::Outlet];
        let conditions = Conditions::default();
        for _ in 0..2 {
            for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0], [0, 2, 1]] {
                conditions.begin();
                for at in order {
                    assert_ne!(unmet(&conditions), []);
                    conditions.clear(needed[at]);
                }
                assert_eq!(unmet(&conditions), []);
            }
        }
    }
}
