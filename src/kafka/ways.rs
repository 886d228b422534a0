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
            // Refused before it runs, so that nothing that waits is ever sent as it is.
            Destination::Held(_) => unreachable!("a plan whose records wait is not run"),
            Destination::Quarantine(_) => self.quarantine,
        }
    }
}
