//! Which members nobody names, for whoever keeps the policy: paths only, from a
//! sample of the records, in bounded memory.
//!
//! A member's name is chosen by who writes the event, and may hold a value. So a
//! name that does not look like a word of a schema is spelled `*` ([`path`]), what is
//! found is never a label, never logged, and is handed to who asks for it alone.

mod path;
mod sampler;
mod sketch;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use sampler::SAMPLED;
pub(super) use sampler::Sampler;
pub(super) use sketch::Sketch;
use sketch::{PATHS_MAX, locked};

/// What the workers of a process have found. Takes up to 200 KiB a worker.
#[derive(Default)]
pub struct UnnamedMembers(Mutex<Vec<Arc<Mutex<Sketch>>>>);

/// What was found under the plan that is newest, most frequent first.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct UnnamedPaths {
    /// One record of so many was looked at: figures are as coarse as that.
    pub sampled: u32,
    /// At most 256.
    pub paths: Vec<UnnamedPath>,
}

/// A path below which nobody names anything.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct UnnamedPath {
    /// As a policy would write it, but for names that may hold a value: those are
    /// `*`, as every element is `[*]`. At most 512 bytes; a longer one ends in `…`.
    pub path: String,
    /// About how many records had it: those that were looked at and had it, times
    /// the rate; less than the truth where there are more paths than are kept.
    pub records: u64,
}

impl UnnamedMembers {
    /// What all workers have found, together.
    pub fn paths(&self) -> UnnamedPaths {
        let sketches = locked(&self.0);
        let sketches: Vec<_> = sketches.iter().map(|sketch| locked(sketch)).collect();
        let newest = sketches.iter().filter_map(|sketch| sketch.plan()).max();
        let mut found: BTreeMap<&str, u64> = BTreeMap::new();
        for sketch in sketches.iter().filter(|sketch| sketch.plan() == newest) {
            for (path, times) in sketch.at_least() {
                *found.entry(path).or_default() += times;
            }
        }
        let mut paths: Vec<UnnamedPath> = found
            .into_iter()
            .map(|(path, times)| UnnamedPath {
                path: path.to_owned(),
                records: times * u64::from(SAMPLED),
            })
            .collect();
        // Stable: of equal ones in the order of their paths.
        paths.sort_by_key(|path| std::cmp::Reverse(path.records));
        paths.truncate(PATHS_MAX);
        UnnamedPaths {
            sampled: SAMPLED,
            paths,
        }
    }

    /// A sketch for one more worker: that of one that is gone, or a new one.
    pub(super) fn sketch(&self) -> Arc<Mutex<Sketch>> {
        let mut sketches = locked(&self.0);
        let free = sketches
            .iter()
            .find(|sketch| Arc::strong_count(sketch) == 1);
        let sketch = free.map_or_else(Arc::default, Arc::clone);
        if free.is_none() {
            sketches.push(Arc::clone(&sketch));
        }
        sketch
    }
}

/// Says nothing of what was found.
impl std::fmt::Debug for UnnamedMembers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("UnnamedMembers(..)")
    }
}

#[cfg(test)]
mod tests;
