//! A lane that waits for a schema, step by step.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::message::{OwnedMessage, Timestamp};
use rdkafka::{Offset, TopicPartitionList};

use super::assigned_lanes::{AssignedLanes, Taken};
use crate::kafka::messages::{Rewind, Work};
use crate::kafka::outlet::event::RewindTo;
use crate::plan::Plan;
use crate::record::lane::{Lane, NextOffset};
use crate::schema::frame::{Framing, MessagePath, Part, SchemaId};
use crate::schema::registry::testing::{Scene, framed, key, long, numbered, plan_by_id, plan_of};
use crate::schema::registry::{How, Key, PlanBinder, Rules, Told};

/// A record of partition 0.
fn message(offset: i64, id: u32) -> OwnedMessage {
    let value = Some(framed(id, &long(offset)));
    let time = Timestamp::NotAvailable;
    OwnedMessage::new(value, None, "raw".to_owned(), time, 0, offset, None)
}

struct Reading {
    lanes: AssignedLanes,
    lane: Lane,
    now: Instant,
    sent: Vec<Work>,
}

impl Reading {
    /// Partition 0, of which schema 1 is known.
    fn new() -> Reading {
        Reading::under(plan_by_id("n: keep", ""))
    }

    fn under(plan: Arc<Plan>) -> Reading {
        let mut scene = Scene::of(PlanBinder(plan.clone()), Rules::default());
        scene.registry.has(1, &numbered(""));
        scene.ask(9, 1);
        scene.run(Duration::from_secs(1), true);
        let number = plan.id.number();
        let mut lanes = AssignedLanes::new(plan, Arc::default());
        let (lane, _) = lanes.claim("raw", 0, Some(NextOffset::position(0)));
        lanes.learn(&(number, scene.desk.bindings().clone()));
        Reading {
            lanes,
            lane,
            now: Instant::now(),
            sent: Vec::new(),
        }
    }

    fn take(&mut self, offset: i64, id: u32) -> Taken {
        let (message, sent) = (message(offset, id), &mut self.sent);
        let send = |work| sent.push(work);
        self.lanes.take(&message, self.now, Default::default, send)
    }

    fn told(&mut self, id: u32, how: How) {
        let (lane, key) = (self.lane.clone(), key(id));
        self.lanes.told(&Told { lane, key, how }, self.now);
    }

    fn seeks(&self) -> Option<Offset> {
        let list = self.lanes.to_seek();
        list.find_partition("raw", 0).map(|found| found.offset())
    }

    /// The client library has done so.
    fn sought(&mut self) {
        self.lanes.lanes[0].seek = None;
    }

    fn resumes(&self) -> bool {
        self.lanes.to_resume(false).count() > 0
    }

    fn parked(&self, id: u32) -> Taken {
        Taken::Parked(self.lane.clone(), key(id))
    }

    fn offsets(&self) -> Vec<Vec<i64>> {
        let batches = self.sent.iter().map(|work| &work.batch.raw);
        let offsets = batches.map(|raw| raw.fetched().map(|f| f.offset()).collect());
        offsets.collect()
    }
}

/// The client library is behind the record that is not done with: to commit that would
/// skip it for good.
#[test]
fn the_position_behind_a_parked_record_is_no_progress() {
    let mut reading = Reading::new();
    assert!(matches!(reading.take(4, 1), Taken::In(_)));
    assert_eq!(reading.take(5, 2), reading.parked(2));
    assert_eq!(reading.offsets(), [[4]], "what stands in front of it goes");
    assert!(reading.lanes.position("raw", 0, 6).is_none());
    assert_eq!(reading.lanes.lanes[0].next, Some(NextOffset::position(5)));
    assert_eq!(reading.lanes.gathered().lanes, [(reading.lane.clone(), 1)]);
    reading.told(2, How::Known);
    assert!(
        reading.lanes.position("raw", 0, 6).is_none(),
        "nor while it seeks"
    );
    reading.sought();
    // Nothing of it was passed over: where the library is now it was before.
    assert!(reading.lanes.position("raw", 0, 5).is_none());
    assert!(matches!(reading.take(5, 1), Taken::In(_)));
    assert!(reading.lanes.position("raw", 0, 7).is_some());
}

/// What carries seeks out does so within 10 ms: a parked lane that were sought back would
/// read its record again, without end.
#[test]
fn a_parked_lane_seeks_once_when_it_is_told_and_not_before() {
    let mut reading = Reading::new();
    assert_eq!(reading.take(5, 2), reading.parked(2));
    assert_eq!((reading.seeks(), reading.resumes()), (None, false));
    assert_eq!(reading.take(6, 1), Taken::Nothing, "it waits");
    // What others are told, and what it asked before, is not for it.
    reading.told(3, How::Known);
    let mut other = reading.lane.clone();
    other.claim += 1;
    let (key, how) = (key(2), How::Known);
    let told = Told {
        lane: other,
        key,
        how,
    };
    reading.lanes.told(&told, reading.now);
    assert_eq!((reading.seeks(), reading.resumes()), (None, false));
    reading.told(2, How::Known);
    assert_eq!(reading.seeks(), Some(Offset::Offset(5)));
    assert!(reading.resumes());
    assert_eq!(
        reading.take(6, 1),
        Taken::Nothing,
        "not before it has sought"
    );
    reading.sought();
    let list = reading.lanes.to_resume(false);
    reading.lanes.resumed(&list);
    assert_eq!((reading.seeks(), reading.resumes()), (None, false));
    // It was not learnt: it is asked for again, and nothing else of it is read.
    assert_eq!(reading.take(5, 2), reading.parked(2));
    assert_eq!(reading.offsets(), Vec::<Vec<i64>>::new());
}

#[test]
fn a_rewind_and_a_revocation_end_the_wait() {
    let mut reading = Reading::new();
    assert!(matches!(reading.take(4, 1), Taken::In(_)));
    assert_eq!(reading.take(5, 2), reading.parked(2));
    let lanes = vec![RewindTo {
        lane: reading.lane.clone(),
        to: Some(NextOffset::position(4)),
        pace: None,
    }];
    let rewound = reading.lanes.rewind(&Rewind { epoch: 1, lanes });
    assert_eq!(rewound.left, [reading.lane.clone()]);
    assert_eq!(reading.seeks(), Some(Offset::Offset(4)));
    assert!(reading.resumes(), "it was left alone, and is not any more");
    reading.told(2, How::Known);
    assert_eq!(
        reading.seeks(),
        Some(Offset::Offset(4)),
        "that was for before"
    );
    reading.sought();
    assert!(matches!(reading.take(4, 1), Taken::In(_)));
    assert_eq!(reading.take(5, 2), reading.parked(2));
    let mut all = TopicPartitionList::new();
    all.add_partition("raw", 0);
    let (gone, unsent) = reading.lanes.remove(&all);
    assert_eq!((gone.len(), unsent), (1, 0));
    assert!(gone[0].parked.is_some(), "so that the desk is told");
    assert_eq!(reading.offsets(), [[4], [4]]);
}

#[test]
fn a_lane_that_was_given_up_on_takes_the_record_in_and_asks_again_a_minute_later() {
    let mut reading = Reading::new();
    assert_eq!(reading.take(5, 2), reading.parked(2));
    reading.told(2, How::GivenUp);
    reading.sought();
    assert!(matches!(reading.take(5, 2), Taken::In(_)));
    assert!(matches!(reading.take(6, 2), Taken::In(_)));
    assert_eq!(reading.take(7, 3), reading.parked(3), "of that one it was");
    reading.told(3, How::Known);
    reading.sought();
    reading.now += Duration::from_secs(61);
    assert_eq!(reading.take(7, 2), reading.parked(2));
}

#[test]
fn a_lane_that_is_halted_or_paused_with_all_others_goes_on_with_them_only() {
    let mut reading = Reading::new();
    assert_eq!(reading.take(5, 2), reading.parked(2));
    assert_eq!(reading.lanes.to_resume(true).count(), 0, "it waits");
    reading.told(2, How::Known);
    reading.lanes.lanes[0].halted = Some("gone".into());
    assert_eq!((reading.seeks(), reading.resumes()), (None, false));
    assert_eq!(reading.lanes.to_resume(true).count(), 0);
    reading.lanes.lanes[0].halted = None;
    assert_eq!(reading.lanes.to_resume(true).count(), 1);
}

#[test]
fn a_batch_is_read_as_it_was_filled_and_another_policy_knows_nothing_yet() {
    let mut reading = Reading::new();
    assert!(matches!(reading.take(4, 1), Taken::In(_)));
    let under = reading.lanes.plan.id.number();
    // The same once more is nothing new; something new begins a batch.
    let plan = plan_by_id("n: keep", "");
    let mut scene = Scene::of(PlanBinder(plan.clone()), Rules::default());
    scene.registry.has(1, &numbered(""));
    scene.ask(9, 1);
    scene.run(Duration::from_secs(1), true);
    let known = scene.desk.bindings().clone();
    reading.lanes.learn(&(under, known.clone()));
    assert!(matches!(reading.take(5, 1), Taken::In(_)));
    reading.lanes.learn(&(under, known.clone()));
    assert!(matches!(reading.take(6, 1), Taken::In(_)));
    reading.lanes.close(|work| reading.sent.push(work));
    assert_eq!(reading.offsets(), [vec![4], vec![5, 6]]);
    reading.lanes.replace(plan.clone());
    reading.lanes.learn(&(under, known.clone()));
    assert_eq!(reading.take(7, 1), reading.parked(1), "that was another's");
    reading.told(1, How::Known);
    reading.sought();
    reading.lanes.learn(&(plan.id.number(), known));
    assert!(matches!(reading.take(7, 1), Taken::In(_)));
}

/// In Protobuf a schema has several messages, and which it is stands behind its id.
#[test]
fn a_lane_waits_for_the_message_that_a_key_in_protobuf_names() {
    let indexes = Framing::Confluent { indexes: true };
    let mut named = Vec::new();
    let message = MessagePath::new(&[1]).expect("a path");
    assert!(indexes.write(SchemaId::Number(2), message, &mut named));
    let (topic, time) = ("raw".to_owned(), Timestamp::NotAvailable);
    let value = framed(1, &long(0));
    let record = OwnedMessage::new(Some(value), Some(named), topic, time, 0, 0, None);
    let mut reading = Reading::under(plan_of("value: avro, key: protobuf", "n: keep", ""));
    let part = Part::Key;
    let key = Key {
        part,
        message,
        ..key(2)
    };
    let (now, sent) = (reading.now, &mut reading.sent);
    let taken = reading
        .lanes
        .take(&record, now, Default::default, |work| sent.push(work));
    assert_eq!(taken, Taken::Parked(reading.lane.clone(), key));
}

#[test]
fn a_lane_waits_for_the_schema_of_a_key_where_keys_name_them() {
    let keyed = |offset| {
        let (value, key) = (framed(1, &long(offset)), framed(2, b"k"));
        let (topic, time) = ("raw".to_owned(), Timestamp::NotAvailable);
        OwnedMessage::new(Some(value), Some(key), topic, time, 0, offset, None)
    };
    let plain = plan_by_id("n: keep", "");
    let mut reading = Reading::under(plan_of("value: avro, key: avro", "n: keep", ""));
    let take = |reading: &mut Reading, offset| {
        let (now, sent) = (reading.now, &mut reading.sent);
        let send = |work| sent.push(work);
        let message = keyed(offset);
        reading.lanes.take(&message, now, Default::default, send)
    };
    assert!(matches!(take(&mut Reading::under(plain), 0), Taken::In(_)));
    let part = Part::Key;
    let key = Key { part, ..key(2) };
    let parked = Taken::Parked(reading.lane.clone(), key);
    assert_eq!(take(&mut reading, 0), parked);
    // It is told of the value's schema of that number: that is another one.
    reading.told(2, How::Known);
    assert_eq!(reading.seeks(), None);
    let (lane, how) = (reading.lane.clone(), How::GivenUp);
    reading.lanes.told(&Told { lane, key, how }, reading.now);
    assert_eq!(reading.seeks(), Some(Offset::Offset(0)));
    reading.sought();
    assert!(matches!(take(&mut reading, 0), Taken::In(_)));
}
