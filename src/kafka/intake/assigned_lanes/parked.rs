//! Lanes that wait for the schema of their next record: what they learn, and how they go on.

use std::sync::Arc;
use std::time::Instant;

use rdkafka::{Offset, TopicPartitionList};

use super::{AssignedLanes, Claimed, KnownSchemas, parked};
use crate::plan::Plan;
use crate::record::lane::Lane;
use crate::schema::KnownById;
use crate::schema::registry::{How, Told};

impl AssignedLanes {
    /// What is read from now on is done under that plan, of whose schemas nothing is
    /// known yet. Who waits for one goes on waiting.
    pub(crate) fn replace(&mut self, plan: Arc<Plan>) {
        self.schemas = KnownSchemas::nothing(&plan);
        self.plan = plan;
        for lane in &mut self.lanes {
            lane.given_up.clear();
        }
    }

    /// From now on that is known of schemas under the plan of that number; of another plan
    /// it says nothing.
    pub(crate) fn learn(&mut self, (plan, known): &(u64, Arc<KnownById>)) {
        if let Some(schemas) = self.schemas.as_mut()
            && *plan == self.plan.id.number()
        {
            schemas.learn(known);
        }
    }

    /// A lane is told what came of its schema: if it still waits for that, its record is
    /// read again.
    pub(crate) fn told(&mut self, told: &Told, now: Instant) {
        let Some(lane) = self.lanes.iter_mut().find(|l| l.lane == told.lane) else {
            return;
        };
        let Some(parked) = lane.parked.take_if(|parked| parked.key == told.key) else {
            return;
        };
        if told.how == How::GivenUp {
            lane.given_up.add(told.key, now);
        }
        lane.seek = Some(Offset::Offset(parked.from.get()));
    }

    /// True while some lane waits for a schema.
    pub(crate) fn is_parked(&self) -> bool {
        self.lanes.iter().any(|lane| lane.parked.is_some())
    }

    /// The lanes that wait for a schema.
    pub(crate) fn parked(&self) -> Vec<Lane> {
        parked(&self.lanes).collect()
    }

    /// Those that it is to go on with after they waited, or with `all` those that are read
    /// at all.
    pub(crate) fn to_resume(&self, all: bool) -> TopicPartitionList {
        let goes_on = |lane: &Claimed| !lane.stands_still() && (all || lane.is_held);
        self.list(|lane| goes_on(lane).then_some(Offset::Invalid))
    }

    /// It goes on with those.
    pub(crate) fn resumed(&mut self, list: &TopicPartitionList) {
        for lane in &mut self.lanes {
            let (topic, partition) = (&lane.lane.topic, lane.lane.partition);
            if list.find_partition(topic, partition).is_some() {
                lane.is_held = false;
            }
        }
    }
}
