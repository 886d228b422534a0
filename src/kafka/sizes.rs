//! How large a record each destination takes, as it is now.

use std::sync::{Arc, Mutex, PoisonError};

use super::startup::{self, Topology};
use crate::pipeline::SizeLimits;
use crate::plan::Plan;

/// The limits in force: the outlet changes them, every worker asks before each
/// batch.
pub(crate) struct Sizes {
    now: Mutex<Arc<SizeLimits>>,
    /// What the producer's queue holds, in bytes.
    queue: u64,
}

impl Sizes {
    /// What the topics take, and a producer's queue of `queue` bytes holds.
    pub(crate) fn new(plan: &Plan, topology: &Topology, queue: u64) -> Sizes {
        let now = Mutex::new(Arc::new(limits(plan, topology, queue)));
        Sizes { now, queue }
    }

    /// The limits now.
    pub(crate) fn now(&self) -> Arc<SizeLimits> {
        self.now
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The topics take something else from here on.
    pub(crate) fn change(&self, plan: &Plan, topology: &Topology) {
        let limits = Arc::new(limits(plan, topology, self.queue));
        *self.now.lock().unwrap_or_else(PoisonError::into_inner) = limits;
    }
}

fn limits(plan: &Plan, topology: &Topology, queue: u64) -> SizeLimits {
    let max = |topic: &Arc<str>| (topic.clone(), topology.record_max(topic).min(queue));
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
        sizes.change(&plan, &topology(20_000));
        let first = topology(20_000).record_max("out0");
        assert_eq!(now(), [first, 16 << 20]);
    }
}
