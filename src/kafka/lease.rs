//! The lease of a release group that remembers persons: the member that has the one
//! partition of a topic of its own reads all partitions of the source.
//!
//! What intake, pool and whoever watches the topics must see of it at once.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::startup::Topology;

/// One member's view of the lease of its group.
pub(crate) struct Lease {
    /// The topic of one partition that is subscribed to; nothing is ever in it.
    pub(crate) topic: Arc<str>,
    /// How often this member took it.
    taken: AtomicU64,
    /// What the group remembers is known here as of the taking of that number.
    known: AtomicU64,
    /// Partitions of the source topics, as the cluster told last.
    sources: Mutex<BTreeMap<Arc<str>, i32>>,
}

impl Lease {
    /// Of that topic; nobody has it yet.
    pub(crate) fn new(topic: Arc<str>) -> Lease {
        Lease {
            topic,
            taken: AtomicU64::new(0),
            known: AtomicU64::new(0),
            sources: Mutex::default(),
        }
    }

    /// This member has it from now on. Until [`Lease::knows`] was told of the number that is
    /// returned nothing is read.
    pub(crate) fn take(&self) -> u64 {
        self.taken.fetch_add(1, Ordering::SeqCst) + 1
    }

    /// Everything that the group remembered when the lease was taken for the n-th time is
    /// known here.
    pub(crate) fn knows(&self, taken: u64) {
        self.known.fetch_max(taken, Ordering::SeqCst);
    }

    /// True when records may be read.
    pub(crate) fn is_known(&self) -> bool {
        self.known.load(Ordering::SeqCst) >= self.taken.load(Ordering::SeqCst)
    }

    /// The cluster says how many partitions these topics have: partitions that are added to
    /// a source move nothing in a group that does not subscribe to it.
    pub(crate) fn hear<'t>(
        &self,
        topology: &Topology,
        sources: impl Iterator<Item = &'t Arc<str>>,
    ) {
        let mut known = self.sources();
        for topic in sources.filter(|topic| topology.knows(topic)) {
            known.insert(Arc::clone(topic), topology.partitions(topic));
        }
    }

    /// How many partitions of that topic were told of.
    pub(crate) fn partitions(&self, topic: &str) -> i32 {
        self.sources().get(topic).copied().unwrap_or(0)
    }

    fn sources(&self) -> MutexGuard<'_, BTreeMap<Arc<str>, i32>> {
        self.sources.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_read_before_what_was_remembered_is_known_as_of_the_last_taking() {
        let lease = Lease::new("lease".into());
        let first = lease.take();
        assert!(!lease.is_known());
        lease.knows(first);
        assert!(lease.is_known());
        let second = lease.take();
        // What was asked for before the lease was lost says nothing of what others did since.
        lease.knows(first);
        assert!(!lease.is_known());
        lease.knows(second);
        assert!(lease.is_known());
    }

    #[test]
    fn only_topics_of_the_source_are_noted_as_far_as_the_cluster_told_of_them() {
        let lease = Lease::new("lease".into());
        let sources: [Arc<str>; 2] = ["raw".into(), "gone".into()];
        let topology = Topology::of(&[("raw", 3, 1_000), ("out", 5, 1_000)]);
        lease.hear(&topology, sources.iter());
        let told = ["raw", "gone", "out"].map(|topic| lease.partitions(topic));
        assert_eq!(told, [3, 0, 0]);
    }
}
