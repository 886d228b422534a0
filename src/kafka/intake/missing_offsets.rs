//! Partitions whose offset does not exist: each is left alone, loudly, until it
//! is given up.

use std::sync::Arc;

use rdkafka::TopicPartitionList;
use rdkafka::consumer::Consumer;

use super::assigned_lanes::AssignedLanes;
use super::group::SLICE;
use super::poll::Intake;
use crate::kafka::conditions::{Conditions, Part};
use crate::record::lane::{Lane, NextOffset};

/// Why a lane cannot be read from `at` on in a partition that holds the offsets
/// from `low` to `high`; `None`: it can.
pub(crate) fn reason(lane: &Lane, at: NextOffset, (low, high): (i64, i64)) -> Option<Arc<str>> {
    let Lane {
        topic, partition, ..
    } = lane;
    let at = at.get();
    (!(low..=high).contains(&at)).then(|| {
        format!(
            "partition {partition} of `{topic}` is halted: offset {at} is committed and it holds {low} to {high}; records were removed before they were read, or the topic was made anew; set the group's offset and restart"
        )
        .into()
    })
}

/// Says on the conditions which of the lanes are halted now.
pub(crate) fn tell(assigned_lanes: &AssignedLanes, conditions: &Conditions) {
    match assigned_lanes.halted() {
        Some(all) => conditions.put(Part::Offsets, all),
        None => {
            conditions.withdraw(Part::Offsets);
        }
    }
}

impl Intake {
    /// Looks for the lanes whose offset does not exist: the error event names
    /// none. False when one could not be asked about: look again.
    pub(super) fn halt(&self) -> bool {
        let mut assigned_lanes = self.group.locked();
        let mut asked_all = true;
        for claimed in assigned_lanes
            .lanes
            .iter_mut()
            .filter(|l| l.halted.is_none())
        {
            let Some(at) = claimed.reads_from() else {
                continue;
            };
            let (topic, partition) = (&claimed.lane.topic, claimed.lane.partition);
            let Ok(bounds) = self.consumer.fetch_watermarks(topic, partition, SLICE) else {
                asked_all = false;
                break;
            };
            claimed.halted = reason(&claimed.lane, at, bounds);
            if claimed.halted.is_some() {
                let mut list = TopicPartitionList::new();
                list.add_partition(topic, partition);
                // Refused, it is skipped message by message.
                let _ = self.consumer.pause(&list);
            }
        }
        tell(&assigned_lanes, &self.group.shared.conditions);
        asked_all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::messages::Rewind;
    use crate::kafka::outlet::event::RewindTo;
    use crate::pipeline::condition::Standing;
    use crate::pipeline::testing::Plans;

    /// What is told of offsets.
    fn told(conditions: &Conditions) -> Option<String> {
        match conditions.now(Part::Offsets) {
            Standing::Failed(what) => Some(what.to_string()),
            _ => None,
        }
    }

    #[test]
    fn a_halted_partition_is_told_until_it_is_given_up() {
        let (mut assigned_lanes, conditions) = (
            AssignedLanes::new(Plans::new().build(), Arc::default()),
            Conditions::default(),
        );
        for partition in 0..3 {
            let (lane, _) = assigned_lanes.claim("raw", partition, Some(NextOffset::position(50)));
            let bounds = if partition == 1 { (0, 60) } else { (0, 7) };
            assigned_lanes.find("raw", partition).unwrap().halted =
                reason(&lane, NextOffset::position(50), bounds);
        }
        tell(&assigned_lanes, &conditions);
        let both = told(&conditions).expect("two are halted");
        assert!(both.contains("partition 0 of `raw`") && both.contains("holds 0 to 7"));
        assert!(both.contains("partition 2 of `raw`") && !both.contains("partition 1"));
        let give_up = |assigned_lanes: &mut AssignedLanes, partition| {
            let mut list = TopicPartitionList::new();
            list.add_partition("raw", partition);
            assigned_lanes.remove(&list);
            tell(assigned_lanes, &conditions);
        };
        give_up(&mut assigned_lanes, 0);
        let one = told(&conditions).expect("one is halted");
        assert!(one.contains("partition 2") && !one.contains("partition 0"));
        give_up(&mut assigned_lanes, 2);
        assert_eq!(told(&conditions), None);
    }

    #[test]
    fn after_a_rewind_it_is_known_where_a_lane_reads() {
        let mut assigned_lanes = AssignedLanes::new(Plans::new().build(), Arc::default());
        let (lane, _) = assigned_lanes.claim("raw", 0, None);
        assert_eq!(assigned_lanes.lanes[0].reads_from(), None);
        let to = Some(NextOffset::position(9));
        let lanes = vec![RewindTo {
            lane,
            to,
            pace: None,
        }];
        assigned_lanes.rewind(&Rewind { epoch: 1, lanes });
        assert_eq!(assigned_lanes.lanes[0].reads_from(), to);
    }
}
