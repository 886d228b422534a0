//! What must hold for a stream to work, said once in the log and as long as it
//! does not hold by `/readyz`.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::pipeline::condition::{Condition, Standing};

/// Who reports, in the order told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// The checks before anything is read.
    Startup,
    /// What people decided is known, and known to be current.
    Consent,
    /// The group assigned partitions, if only none.
    Assignment,
    /// The connection to the cluster.
    Connection,
    /// Each broker that leads what is read answers.
    Leaders,
    /// The source topics.
    Source,
    /// The topics, as the cluster tells of them while the stream runs.
    Topics,
    /// The committed offset of each partition exists.
    Offsets,
    /// The schemas that records name can be had.
    Schemas,
    /// Where there is lag, something arrives.
    Progress,
    /// Each batch can be sanitized: what its actions ask for is there.
    Workers,
    /// What is remembered of persons is known, and has room.
    Memory,
    /// What waits for a release fits into memory until it is one.
    Release,
    /// Outputs, quarantine and transactions.
    Outlet,
}

impl Part {
    /// Every part, in the order told.
    pub const ALL: [Part; 14] = [
        Part::Startup,
        Part::Consent,
        Part::Assignment,
        Part::Connection,
        Part::Leaders,
        Part::Source,
        Part::Topics,
        Part::Offsets,
        Part::Schemas,
        Part::Progress,
        Part::Workers,
        Part::Memory,
        Part::Release,
        Part::Outlet,
    ];

    /// Its word in `/readyz` and in the log.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Part::Startup => "startup",
            Part::Consent => "consent",
            Part::Assignment => "assignment",
            Part::Connection => "connection",
            Part::Leaders => "leaders",
            Part::Source => "source",
            Part::Topics => "topics",
            Part::Offsets => "offsets",
            Part::Schemas => "schemas",
            Part::Progress => "progress",
            Part::Workers => "workers",
            Part::Memory => "memory",
            Part::Release => "release",
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
            // Of who follows no topic of decisions it is met.
            Part::Consent
            | Part::Connection
            | Part::Leaders
            | Part::Source
            | Part::Topics
            | Part::Offsets
            | Part::Schemas
            | Part::Progress
            | Part::Workers
            | Part::Memory
            | Part::Release => None,
        }
    }
}

/// The conditions of a stream: one for each part.
pub(crate) struct Conditions {
    parts: Mutex<Parts>,
    /// How many are not met: whoever clears a part with every record asks this
    /// first.
    unmet: AtomicUsize,
    /// What stops no record and is not as it should be in the group.
    note: Mutex<Option<String>>,
    /// The same of records that are too few for a release.
    short: Mutex<Option<String>>,
    /// The same of schemas.
    schemas_note: Mutex<Option<String>>,
}

struct Parts {
    standing: [Standing; Part::ALL.len()],
    /// When each of them changed last.
    since: [Instant; Part::ALL.len()],
    /// All were met at some time before.
    was_ready: bool,
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
        if self.unmet.load(Ordering::Relaxed) > 0 {
            self.set(part, Standing::Met);
        }
    }

    /// All is well with a part, as something shows that began then: what went
    /// wrong later is not over by it.
    pub(crate) fn clear_as_of(&self, part: Part, began: Instant) {
        if self.unmet.load(Ordering::Relaxed) == 0 {
            return;
        }
        let mut parts = self.locked();
        if parts.since[part as usize] < began {
            self.change(&mut parts, part, Standing::Met);
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

    /// Says that too few records wait, longer than they should; `None`: all is well again.
    pub(crate) fn note_short(&self, what: Option<String>) {
        *self.short.lock().unwrap_or_else(PoisonError::into_inner) = what;
    }

    /// What was said so.
    pub(crate) fn noted(&self) -> Option<String> {
        let said = |note: &Mutex<Option<String>>| {
            let note = note.lock();
            note.unwrap_or_else(PoisonError::into_inner).clone()
        };
        match (said(&self.note), said(&self.short)) {
            (Some(note), Some(short)) => Some(format!("{note}; {short}")),
            (note, short) => note.or(short),
        }
    }

    /// As [`Conditions::note`], of the schemas of what leaves.
    pub(crate) fn note_schemas(&self, what: Option<String>) {
        let note = self.schemas_note.lock();
        *note.unwrap_or_else(PoisonError::into_inner) = what;
    }

    /// What was said so.
    pub(crate) fn noted_of_schemas(&self) -> Option<String> {
        let note = self.schemas_note.lock();
        note.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// True when all is well with a part.
    pub(crate) fn is_met(&self, part: Part) -> bool {
        self.locked().standing[part as usize] == Standing::Met
    }

    /// How the part stands now.
    #[cfg(test)]
    pub(crate) fn now(&self, part: Part) -> Standing {
        self.locked().standing[part as usize].clone()
    }

    /// All of them, each with its standing now.
    pub(crate) fn list(&self) -> Vec<Condition> {
        let parts = self.locked();
        let condition = |part: Part| Condition {
            name: part.as_str(),
            standing: parts.standing[part as usize].clone(),
        };
        Part::ALL.into_iter().map(condition).collect()
    }

    /// How the part stood before.
    fn set(&self, part: Part, standing: Standing) -> Standing {
        self.change(&mut self.locked(), part, standing)
    }

    /// Every change goes through here, and is said when it is one of the whole.
    fn change(&self, parts: &mut Parts, part: Part, standing: Standing) -> Standing {
        let before = std::mem::replace(&mut parts.standing[part as usize], standing.clone());
        if before == standing {
            return before;
        }
        parts.since[part as usize] = Instant::now();
        let were_unmet = self.unmet.load(Ordering::Relaxed);
        let unmet = parts.standing.iter().filter(|s| **s != Standing::Met);
        let unmet = unmet.count();
        self.unmet.store(unmet, Ordering::Relaxed);
        let name = part.as_str();
        match (&before, &standing) {
            (Standing::Failed(_), Standing::Met) => {
                tracing::info!(part = name, "recovered: {name}");
            }
            (Standing::Met, Standing::Awaited(what)) if were_unmet == 0 && parts.was_ready => {
                tracing::info!(part = name, "not ready: {what}");
            }
            _ => {}
        }
        if unmet == 0 && were_unmet > 0 {
            let word = if parts.was_ready {
                "ready again"
            } else {
                "ready"
            };
            parts.was_ready = true;
            tracing::info!("{word}");
        }
        before
    }

    fn locked(&self) -> MutexGuard<'_, Parts> {
        self.parts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Conditions {
    /// Of a stream that begins.
    fn default() -> Conditions {
        let conditions = Conditions {
            parts: Mutex::new(Parts {
                standing: Part::ALL.map(|_| Standing::Met),
                since: [Instant::now(); Part::ALL.len()],
                was_ready: false,
            }),
            unmet: AtomicUsize::new(0),
            note: Mutex::new(None),
            short: Mutex::new(None),
            schemas_note: Mutex::new(None),
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
    fn what_began_before_the_trouble_does_not_end_it() {
        let conditions = Conditions::default();
        for part in Part::ALL {
            conditions.clear(part);
        }
        let before = Instant::now();
        conditions.put(Part::Connection, "one");
        conditions.clear_as_of(Part::Connection, before);
        let failed = ("connection", Standing::Failed("one".into()));
        assert_eq!(unmet(&conditions), [failed]);
        std::thread::sleep(std::time::Duration::from_millis(1));
        conditions.clear_as_of(Part::Connection, Instant::now());
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
