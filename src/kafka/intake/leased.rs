//! The group of a lease: what is assigned is one partition of the lease's topic, and what is
//! read are all partitions of the source.

use std::sync::Arc;

use rdkafka::TopicPartitionList;
use rdkafka::consumer::{BaseConsumer, Consumer};

use super::group::Group;
use super::poll::Intake;
use super::source_partitions;
use crate::kafka::lease::Lease;

impl Group {
    /// The partitions of the source that an assignment stands for. `None`: told to stop
    /// before the cluster told of them.
    pub(super) fn assigned_by(
        &self,
        consumer: &BaseConsumer<Group>,
        list: &TopicPartitionList,
    ) -> Option<TopicPartitionList> {
        if self.shared.lease.is_none() || list.count() == 0 {
            return Some(list.clone());
        }
        let topics: Vec<Arc<str>> = self.locked().plan.source.topics.clone();
        self.insist("asking for the partitions of the source", || {
            source_partitions::of(consumer, &topics)
        })
    }

    /// Those that a revocation takes away: whoever gives the lease up gives up all.
    pub(super) fn revoked_by(
        &self,
        consumer: &BaseConsumer<Group>,
        list: &TopicPartitionList,
    ) -> TopicPartitionList {
        match (&self.shared.lease, list.count()) {
            (None, _) | (_, 0) => list.clone(),
            // Those of the client library: lanes that were drained are not ours any more, and
            // it still has them.
            (Some(_), _) => consumer.assignment().unwrap_or_default(),
        }
    }
}

impl Intake {
    /// Takes on partitions that were added to the source while this member has the lease:
    /// the group does not hear of them.
    pub(super) fn widen(&self, lease: &Lease) {
        let mut assigned_lanes = self.group.locked();
        if assigned_lanes.lanes.is_empty() || !lease.is_known() {
            return;
        }
        let mut added = TopicPartitionList::new();
        let topics: Vec<Arc<str>> = assigned_lanes.plan.source.topics.clone();
        for topic in &topics {
            for partition in 0..lease.partitions(topic) {
                if assigned_lanes.find(topic, partition).is_none() {
                    added.add_partition(topic, partition);
                }
            }
        }
        drop(assigned_lanes);
        if added.count() > 0 {
            tracing::info!(
                partitions = added.count(),
                "partitions were added to the source"
            );
            self.group.take_over(&self.consumer, &added, false);
        }
    }
}
