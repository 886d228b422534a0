//! Lanes that are to be read from elsewhere: what the poll thread does about them.

use std::time::Duration;

use rdkafka::consumer::Consumer;
use rdkafka::{Offset, TopicPartitionList};

use super::poll::Intake;

/// One seek is waited for this long.
const SEEK_MAX: Duration = Duration::from_secs(5);

impl Intake {
    /// Moves every lane that must be read again. What the client library
    /// refuses to seek is taken away and added again at its offset; what it
    /// refuses altogether is tried again, and not read meanwhile.
    pub(super) fn seek(&mut self) {
        let mut assigned_lanes = self.group.locked();
        let wanted = assigned_lanes.to_seek();
        if wanted.count() == 0 {
            for lane in &mut assigned_lanes.lanes {
                lane.seek = None;
            }
            return;
        }
        let (moved, refused) = match self.consumer.seek_partitions(wanted.clone(), SEEK_MAX) {
            Ok(answer) => split(&answer, &wanted),
            Err(_) => (TopicPartitionList::new(), wanted),
        };
        let again = refused.count() > 0
            && self.consumer.incremental_unassign(&refused).is_ok()
            && self.consumer.incremental_assign(&refused).is_ok();
        if again && assigned_lanes.paused {
            let _ = self.consumer.pause(&refused);
        }
        for lane in &mut assigned_lanes.lanes {
            let is_in = |list: &TopicPartitionList| {
                list.find_partition(&lane.lane.topic, lane.lane.partition)
                    .is_some()
            };
            if is_in(&moved) || (again && is_in(&refused)) {
                lane.seek = None;
            }
        }
    }
}

/// The elements without an error, and those of `wanted` with one.
fn split(
    answer: &TopicPartitionList,
    wanted: &TopicPartitionList,
) -> (TopicPartitionList, TopicPartitionList) {
    let (mut fine, mut refused) = (TopicPartitionList::new(), TopicPartitionList::new());
    for element in answer.elements() {
        let (topic, partition) = (element.topic(), element.partition());
        let offset = wanted
            .find_partition(topic, partition)
            .map_or(Offset::Invalid, |w| w.offset());
        let list = if element.error().is_ok() {
            &mut fine
        } else {
            &mut refused
        };
        list.add_partition_offset(topic, partition, offset)
            .expect("an offset that was taken before");
    }
    (fine, refused)
}
