//! The most frequent paths in bounded memory: Space-Saving (Metwally, Agrawal and
//! El Abbadi, 2005). Whatever comes, a path of more than one in 256 of all that was
//! noted is among those kept.

use std::hash::BuildHasher;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::plan::PlanId;

/// Most paths that are kept, by a worker and of all.
pub(super) const PATHS_MAX: usize = 256;

/// What one worker has found under one plan.
#[derive(Default)]
pub(in crate::pipeline) struct Sketch {
    plan: Option<PlanId>,
    /// Records looked at.
    records: u64,
    /// Of `held`, side by side: looked through for each path.
    hashes: Vec<u64>,
    held: Vec<Held>,
}

struct Held {
    path: String,
    /// Records that had it, and those of the path whose place it took.
    times: u64,
    /// The latter.
    inherited: u64,
    /// The record that had it last.
    last: u64,
}

/// Whoever failed while it had the lock left figures, and no more than that.
pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Sketch {
    /// The plan that its figures are of.
    pub(super) fn plan(&self) -> Option<PlanId> {
        self.plan
    }

    /// Forgets what was found under another plan: what was unnamed may have a name.
    pub(super) fn serve(&mut self, plan: PlanId) {
        if self.plan != Some(plan) {
            *self = Sketch {
                plan: Some(plan),
                ..Sketch::default()
            };
        }
    }

    /// Another record is looked at.
    pub(super) fn record(&mut self) {
        self.records += 1;
    }

    /// The record has that path; once, however often it has it.
    pub(super) fn note(&mut self, path: &str) {
        // What collides is compared and costs a look at each path, as a miss does.
        let hash = foldhash::fast::FixedState::with_seed(0).hash_one(path);
        let same = |(at, _): &(usize, &u64)| self.held[*at].path == path;
        let mut equal = self.hashes.iter().enumerate().filter(|(_, h)| **h == hash);
        if let Some((at, _)) = equal.find(same) {
            let held = &mut self.held[at];
            held.times += u64::from(held.last != self.records);
            held.last = self.records;
            return;
        }
        if self.held.len() < PATHS_MAX {
            self.hashes.push(hash);
            self.held.push(Held {
                path: path.to_owned(),
                times: 1,
                inherited: 0,
                last: self.records,
            });
            return;
        }
        let rarest = (0..self.held.len()).min_by_key(|at| self.held[*at].times);
        let rarest = rarest.expect("it is full");
        self.hashes[rarest] = hash;
        let held = &mut self.held[rarest];
        held.path.clear();
        held.path.push_str(path);
        held.inherited = held.times;
        held.times += 1;
        held.last = self.records;
    }

    /// The paths, each with how many records had it at least.
    pub(super) fn at_least(&self) -> impl Iterator<Item = (&str, u64)> {
        let held = self.held.iter();
        held.map(|held| (held.path.as_str(), held.times - held.inherited))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(sketch: &Sketch, path: &str) -> Option<u64> {
        let mut found = sketch.at_least().filter(|(p, _)| *p == path);
        found.next().map(|(_, times)| times)
    }

    #[test]
    fn a_path_counts_once_a_record() {
        let mut sketch = Sketch::default();
        for _ in 0..3 {
            sketch.record();
            sketch.note("items[*].a");
            sketch.note("b");
            sketch.note("items[*].a");
        }
        sketch.record();
        sketch.note("b");
        assert_eq!(times(&sketch, "items[*].a"), Some(3));
        assert_eq!(times(&sketch, "b"), Some(4));
    }

    #[test]
    fn a_flood_of_names_takes_no_more_room_and_hides_no_frequent_path() {
        let mut sketch = Sketch::default();
        for n in 0..20_000 {
            sketch.record();
            if n % 10 == 0 {
                sketch.note("real");
            }
            sketch.note(&format!("made_up_{n}"));
            sketch.note(&format!("and_{n}_more"));
        }
        assert_eq!(sketch.held.len(), PATHS_MAX);
        assert_eq!(sketch.hashes.len(), PATHS_MAX);
        let real = times(&sketch, "real").expect("one in 21 is kept");
        assert!((1_500..=2_000).contains(&real), "{real} of 2000");
        // What came once is said to have come once, whatever place it took.
        let others = sketch.at_least().filter(|(path, _)| *path != "real");
        assert_eq!(others.map(|(_, times)| times).max(), Some(1));
    }

    #[test]
    fn another_plan_begins_anew() {
        let (first, second) = (PlanId::draw(), PlanId::draw());
        let mut sketch = Sketch::default();
        sketch.serve(first);
        sketch.record();
        sketch.note("a");
        sketch.serve(first);
        assert_eq!(times(&sketch, "a"), Some(1));
        sketch.serve(second);
        assert_eq!(sketch.at_least().count(), 0);
        assert_eq!(sketch.plan(), Some(second));
    }
}
