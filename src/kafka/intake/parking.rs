//! Lanes that wait for the schema of their next record: what the poll thread does about
//! them.

use std::time::Instant;

use rdkafka::TopicPartitionList;
use rdkafka::consumer::Consumer;

use super::poll::Intake;
use crate::record::lane::Lane;
use crate::schema::registry::Key;

impl Intake {
    /// Leaves a lane alone until its schema is known, and asks for that.
    pub(super) fn park(&self, lane: Lane, key: Key) {
        let mut list = TopicPartitionList::new();
        list.add_partition(&lane.topic, lane.partition);
        // Refused, it is skipped message by message.
        let _ = self.consumer.pause(&list);
        if let Some(schemas) = &self.group.shared.schemas {
            schemas.ask(lane, key);
        }
    }

    /// What the desk of schemas said reaches the lanes that wait for it.
    pub(super) fn listen(&mut self) {
        let Some(schemas) = &self.group.shared.schemas else {
            return;
        };
        let generation = schemas.generation();
        if std::mem::replace(&mut self.heard, generation) == generation {
            return;
        }
        // In this order: who is told finds it among what is known.
        let told = schemas.told();
        let known = schemas.known();
        let now = Instant::now();
        let mut assigned_lanes = self.group.locked();
        assigned_lanes.learn(&known);
        told.iter().for_each(|one| assigned_lanes.told(one, now));
        drop(assigned_lanes);
        if !told.is_empty() {
            self.seek();
            self.resume();
        }
    }

    /// Lets the client library go on with the lanes that waited for a schema.
    pub(super) fn resume(&self) {
        if self.group.shared.schemas.is_none() {
            return;
        }
        let mut assigned_lanes = self.group.locked();
        // All lanes are resumed together.
        if assigned_lanes.paused {
            return;
        }
        let list = assigned_lanes.to_resume(false);
        if list.count() > 0 && self.consumer.resume(&list).is_ok() {
            assigned_lanes.resumed(&list);
        }
    }
}
