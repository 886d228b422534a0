//! How large a record each destination takes, as it is now.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use super::startup::{self, Topology};
use crate::pipeline::SizeLimits;
use crate::plan::Plan;

/// What a record may grow by that waits: its class is spelled when it leaves, and of a
/// release nothing is refused alone.
const OF_CLASSES: u64 = 16 << 10;

/// The limits in force: the outlet changes them, every worker asks before each
/// batch.
pub(crate) struct Sizes {
    now: Mutex<Arc<SizeLimits>>,
    /// What the producer's queue holds, in bytes.
    queue: u64,
    /// Records of these grow when they leave.
    grow: BTreeSet<Arc<str>>,
}

impl Sizes {
    /// What the topics take, and a producer's queue of `queue` bytes holds.
    pub(crate) fn new(plan: &Plan, topology: &Topology, queue: u64) -> Sizes {
        let now = Mutex::new(Arc::new(limits(plan, topology, queue)));
        let grow = plan.outputs.iter().filter(|output| output.waits());
        let grow = grow.map(|output| output.topic.clone()).collect();
        Sizes { now, queue, grow }
    }

    /// The limits now.
    pub(crate) fn now(&self) -> Arc<SizeLimits> {
        self.now
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The topics take something else from here on. What nothing was said of is
    /// as it was: a batch under an earlier plan may still be under way.
    pub(crate) fn change(&self, topology: &Topology) {
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        let limits = now.iter().map(|(topic, max)| {
            let max = match topology.knows(topic) {
                true => {
                    let room = if self.grow.contains(topic) {
                        OF_CLASSES
                    } else {
                        0
                    };
                    let max = topology.record_max(topic).saturating_sub(room);
                    max.min(self.queue)
                }
                false => max,
            };
            (topic.clone(), max)
        });
        *now = Arc::new(limits.collect());
    }

    /// The destinations of another plan are written to as well.
    pub(crate) fn add(&self, plan: &Plan, topology: &Topology) {
        let added = limits(plan, topology, self.queue);
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        let both = now.iter().chain(added.iter());
        *now = Arc::new(both.map(|(t, max)| (t.clone(), max)).collect());
    }
}

fn limits(plan: &Plan, topology: &Topology, queue: u64) -> SizeLimits {
    let max = |topic: &Arc<str>| {
        let waits = |output: &crate::plan::Output| output.topic == *topic && output.waits();
        let room = match plan.outputs.iter().any(waits) {
            true => OF_CLASSES,
            false => 0,
        };
        let max = topology.record_max(topic).saturating_sub(room);
        (topic.clone(), max.min(queue))
    };
    startup::destinations(plan).map(max).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::testing::Plans;

    #[test]
    fn no_record_is_larger_than_the_topic_takes_and_the_queue_holds() {
        let mut plans = Plans::new();
        plans.output(&[]);
        plans.output(&[]);
        let plan = plans.build();
        let topology = |first| Topology::of(&[("out0", 1, first), ("out1", 1, 100_000_000)]);
        let sizes = Sizes::new(&plan, &topology(1_000_000), 16 << 20);
        let first = topology(1_000_000).record_max("out0");
        let now = || ["out0", "out1"].map(|topic| sizes.now().of(topic));
        assert_eq!(now(), [first, 16 << 20]);
        sizes.change(&topology(20_000));
        let first = topology(20_000).record_max("out0");
        assert_eq!(now(), [first, 16 << 20]);
    }

    #[test]
    fn the_topics_of_another_plan_come_beside_those_before() {
        let of = |names: &[&str]| {
            let mut plans = Plans::new();
            for name in names {
                plans.output(&[]).topic = (*name).into();
            }
            plans.build()
        };
        let known = Topology::of(&[("a", 1, 50_000), ("b", 1, 60_000)]);
        let sizes = Sizes::new(&of(&["a", "b"]), &known, 16 << 20);
        let later = Topology::of(&[("b", 1, 30_000), ("c", 1, 70_000)]);
        sizes.add(&of(&["b", "c"]), &later);
        let now = || ["a", "b", "c"].map(|topic| sizes.now().of(topic));
        let want = |topology: &Topology, topic| topology.record_max(topic);
        let c = want(&later, "c");
        assert_eq!(now(), [want(&known, "a"), want(&later, "b"), c]);
        // An answer to an earlier question does not know the new topic.
        sizes.change(&known);
        assert_eq!(now(), [want(&known, "a"), want(&known, "b"), c]);
    }
}
