//! Where the records of a batch go: topic and partition.

use std::sync::Arc;

use super::partition;
use super::startup::Topology;
use crate::pipeline::{Destination, OutBatch, OutRecord};
use crate::plan::Plan;
use crate::record::lane::Lane;

/// The ways of one batch.
pub struct Ways<'p> {
    plan: &'p Plan,
    outputs: Vec<Way<'p>>,
    quarantine: (&'p Arc<str>, i32),
}

/// Where the records of one batch go that one output is for.
struct Way<'p> {
    topic: &'p Arc<str>,
    partitions: i32,
    /// The source partition, where it may be kept.
    kept: Option<i32>,
    /// For records without a key.
    keyless: u32,
}

impl<'p> Ways<'p> {
    /// Those of a batch of that lane under the plan.
    ///
    /// # Panics
    /// When the plan has no quarantine.
    pub fn new(plan: &'p Plan, lane: &Lane, topology: &Topology) -> Ways<'p> {
        let sources = topology.partitions(&lane.topic);
        let kept = partition::one_domain(plan).then_some(lane.partition);
        let outputs = plan.outputs.iter().map(|output| {
            let partitions = topology.partitions(&output.topic);
            Way {
                topic: &output.topic,
                partitions,
                kept: kept.filter(|_| partitions == sources && !partition::changes(plan, output)),
                keyless: rand::random(),
            }
        });
        let quarantine = plan.quarantine.as_ref();
        let quarantine = &quarantine
            .expect("nothing starts without a quarantine")
            .topic;
        let partition = lane.partition % topology.partitions(quarantine);
        Ways {
            plan,
            outputs: outputs.collect(),
            quarantine: (quarantine, partition),
        }
    }

    /// The way of one record.
    pub fn of(&self, batch: &OutBatch, record: &OutRecord) -> (&'p Arc<str>, i32) {
        debug_assert_eq!(
            self.plan.id, batch.plan.id,
            "outputs are places of one plan"
        );
        match record.destination {
            Destination::Output(n) => {
                let way = &self.outputs[usize::from(n)];
                let key = record.key.map(|s| batch.bytes(s));
                let partition = partition::choose(way.partitions, way.kept, key, way.keyless);
                (way.topic, partition)
            }
            // What waits is never sent as it is, but in a release.
            Destination::Held(_) => unreachable!("what waits goes to its pool"),
            Destination::Quarantine(_) => self.quarantine,
        }
    }
}

/// Where the records of a release go: to its one output by its key, or each its own way,
/// as runs would say what was read together; to the quarantine by where it was read.
pub struct ReleaseWays<'p> {
    output: (&'p Arc<str>, i32),
    quarantine: (&'p Arc<str>, i32),
    windows: Option<&'p Arc<str>>,
}

impl<'p> ReleaseWays<'p> {
    /// Those of a release under the plan.
    ///
    /// # Panics
    /// When the plan has no output, or no quarantine.
    pub fn new(plan: &'p Plan, topology: &Topology) -> ReleaseWays<'p> {
        let quarantine = plan.quarantine.as_ref();
        let quarantine = &quarantine
            .expect("nothing starts without a quarantine")
            .topic;
        let output = &plan.outputs[0].topic;
        let of = |topic: &'p Arc<str>| (topic, topology.partitions(topic));
        ReleaseWays {
            output: of(output),
            quarantine: of(quarantine),
            windows: plan.lease().map(|lease| &lease.windows),
        }
    }

    /// The way of a record of that key.
    pub fn of(&self, key: Option<&[u8]>) -> (&'p Arc<str>, i32) {
        let (topic, partitions) = self.output;
        let partition = partition::choose(partitions, None, key, rand::random());
        (topic, partition)
    }

    /// The way of a row of what the group remembers.
    ///
    /// # Panics
    /// When the output of the plan remembers nobody.
    pub fn of_row(&self) -> (&'p Arc<str>, i32) {
        let windows = self.windows;
        (windows.expect("who remembers nobody writes no row"), 0)
    }

    /// The way of a record that was refused, read from that partition.
    pub fn of_refused(&self, source: i32) -> (&'p Arc<str>, i32) {
        let (topic, partitions) = self.quarantine;
        (topic, source % partitions)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::testing::{Plans, field};

    /// A run of records in one partition would say that they were read together.
    #[test]
    fn records_of_a_release_without_a_key_each_go_their_own_way() {
        let mut plans = Plans::new();
        plans.quarantine();
        plans.output(&[field("n", "keep")]);
        let plan = plans.build();
        let topology = Topology::of(&[("out0", 4, 1_000_000), ("quarantine", 3, 1_000_000)]);
        let ways = ReleaseWays::new(&plan, &topology);
        let mut times = [0_u32; 4];
        for _ in 0..4_000 {
            let (topic, partition) = ways.of(None);
            assert_eq!(&**topic, "out0");
            times[usize::try_from(partition).unwrap()] += 1;
        }
        // Far beyond any chance of the binomial distribution: 6 standard deviations are 165.
        assert!(times.iter().all(|n| n.abs_diff(1_000) < 200), "{times:?}");
        assert_eq!(ways.of(Some(b"a")).1, ways.of(Some(b"a")).1);
        assert_eq!(
            ways.of_refused(7).1,
            7 % topology.partitions(ways.of_refused(7).0)
        );
    }
}
