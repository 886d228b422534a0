//! Where a group begins that has never committed and is to leave out what the source holds:
//! at its end, which is committed before anything is read.
//!
//! The member that has the first partition commits the ends of all partitions, as a member:
//! one whom the group has left is refused. Others wait for it, outside of the client
//! library's call, so that the group can move partitions meanwhile. Only then what was
//! assigned is taken over. So a partition without a committed offset in a group that has
//! begun was added later, and is read from its beginning.

mod stage;

use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use rdkafka::{Offset, TopicPartitionList};

use super::group::{Group, SLICE};
use super::source_partitions;
use super::unbegun::{Place, Unbegun};
use crate::kafka::conditions::Part;
use crate::kafka::errors;
use stage::{Committed, MARK, Offsets, Stage};

/// Another member that has not begun after so long will not without help.
const BEGUN_WITHIN: Duration = Duration::from_secs(10);
/// Between two looks whether the group has begun.
const AGAIN: Duration = Duration::from_millis(100);
/// Between two stages nothing is waited for; there are three.
const STAGES: usize = 4;

/// What is committed of partitions, and where they end.
struct OfBrokers<'c>(&'c BaseConsumer<Group>);

impl Group {
    /// True when what is assigned can be taken over: the group has begun, or need not. `None`:
    /// told to stop.
    pub(super) fn has_begun(
        &self,
        consumer: &BaseConsumer<Group>,
        list: &TopicPartitionList,
    ) -> Option<bool> {
        if !self.shared.from_end || list.count() == 0 {
            return Some(true);
        }
        let (all, first) = self.source(consumer)?;
        self.insist("reading the group's offsets", || {
            Ok(Stage::of(&OfBrokers(consumer), &all, &first)? == Stage::Begun)
        })
    }

    /// Keeps partitions until the group has begun.
    pub(super) fn keep_unbegun(&self, list: &TopicPartitionList, is_lease: bool) {
        let mut unbegun = self.unbegun();
        unbegun.is_lease |= is_lease;
        unbegun.places.extend(places(list));
        drop(unbegun);
        self.locked().empty_since = None;
        let what = "the group starts for the first time: it is to begin at the end of the source";
        self.shared.conditions.awaits(Part::Assignment, what);
    }

    /// Those of these that are kept so are no more; true: there were some.
    pub(super) fn drop_unbegun(&self, list: &TopicPartitionList) -> bool {
        // With the lease all go.
        let is_lease = self.shared.lease.is_some() && list.count() > 0;
        let mut unbegun = self.unbegun();
        let before = unbegun.places.len();
        let gone = places(list);
        unbegun
            .places
            .retain(|place| !is_lease && !gone.contains(place));
        let now = unbegun.places.len();
        if now == 0 {
            *unbegun = Unbegun::default();
        }
        now < before
    }

    /// Some are kept so.
    pub(super) fn is_unbegun(&self) -> bool {
        !self.unbegun().places.is_empty()
    }

    /// Begins, if that is for this member to do, and takes over what was kept once the group
    /// has.
    pub(super) fn begin(&self, consumer: &BaseConsumer<Group>) {
        let now = Instant::now();
        let mut unbegun = self.unbegun();
        let is_early = unbegun.looked.is_some_and(|at| now < at + AGAIN);
        if unbegun.places.is_empty() || is_early {
            return;
        }
        unbegun.looked = Some(now);
        let kept = unbegun.places.clone();
        drop(unbegun);
        match self.try_to_begin(consumer, &kept) {
            Ok(true) => {
                let Unbegun {
                    places, is_lease, ..
                } = std::mem::take(&mut *self.unbegun());
                self.shared.conditions.clear(Part::Source);
                self.take_over(consumer, &list(&places), is_lease);
            }
            Ok(false) => {}
            // The group has gone on without this member, which hears of it next.
            Err(error) if is_no_member(&error) => {}
            Err(error) => {
                let what = errors::of_call("committing where the group begins", &error).what;
                self.shared.conditions.put(
                    Part::Source,
                    format!("the group has not begun, and nothing is read: {what}"),
                );
            }
        }
    }

    /// Why this member waits in vain, where it was to read what there is and end.
    pub(super) fn cannot_begin(&self) -> Option<String> {
        let since = self.unbegun().waits_since?;
        (self.shared.once && since.elapsed() > BEGUN_WITHIN).then(|| self.waits_in_vain())
    }

    fn try_to_begin(
        &self,
        consumer: &BaseConsumer<Group>,
        kept: &[Place],
    ) -> Result<bool, KafkaError> {
        let topics: Vec<Arc<str>> = self.locked().plan.source.topics.clone();
        let all = places(&source_partitions::of(consumer, &topics)?);
        let first = first(&topics);
        let offsets = OfBrokers(consumer);
        let begins = kept.contains(&first);
        for _ in 0..STAGES {
            let stage = Stage::of(&offsets, &all, &first)?;
            if stage == Stage::Begun {
                return Ok(true);
            }
            if !begins {
                self.waits_for_another();
                return Ok(false);
            }
            self.unbegun().waits_since = None;
            stage.go_on(&offsets, &first)?;
            if let Stage::Whole(_) = stage {
                self.tell_where_it_begins(&offsets, &all)?;
            }
        }
        Ok(false)
    }

    fn waits_for_another(&self) {
        let now = Instant::now();
        let since = *self.unbegun().waits_since.get_or_insert(now);
        let conditions = &self.shared.conditions;
        match now.duration_since(since) > BEGUN_WITHIN {
            true => conditions.put(Part::Assignment, self.waits_in_vain()),
            false => conditions.awaits(Part::Assignment, self.waits_for()),
        }
    }

    fn waits_for(&self) -> String {
        let Place { topic, partition } = first(&self.locked().plan.source.topics);
        format!(
            "the group starts for the first time: waiting until the member that reads partition {partition} of `{topic}` has committed where it begins"
        )
    }

    fn waits_in_vain(&self) -> String {
        format!(
            "{}; it has not for more than {} s: that member too must have `release.start`, and the brokers must take its offsets (its `/readyz` says so)",
            self.waits_for(),
            BEGUN_WITHIN.as_secs()
        )
    }

    fn tell_where_it_begins(
        &self,
        offsets: &OfBrokers<'_>,
        all: &[Place],
    ) -> Result<(), KafkaError> {
        for (Place { topic, partition }, at) in all.iter().zip(offsets.committed(all)?) {
            tracing::warn!(topic, partition, start = ?at.offset, "the group starts for the first time, at the end of the source: what lies there already is left out");
        }
        Ok(())
    }

    /// The partitions of the source, and the first of them. `None`: told to stop.
    fn source(&self, consumer: &BaseConsumer<Group>) -> Option<(Vec<Place>, Place)> {
        let topics: Vec<Arc<str>> = self.locked().plan.source.topics.clone();
        let all = self.insist("asking for the partitions of the source", || {
            source_partitions::of(consumer, &topics)
        })?;
        Some((places(&all), first(&topics)))
    }

    fn unbegun(&self) -> MutexGuard<'_, Unbegun> {
        self.unbegun.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl OfBrokers<'_> {
    /// The poll thread lives, as long as it is answered.
    fn beat(&self) {
        self.0.context().shared.liveness.beat(Instant::now());
    }
}

impl Offsets for OfBrokers<'_> {
    fn committed(&self, of: &[Place]) -> Result<Vec<Committed>, KafkaError> {
        self.beat();
        let answer = self.0.committed_offsets(list(of), SLICE)?;
        let each = of.iter().map(|place| {
            let found = answer.find_partition(&place.topic, place.partition);
            let Some(found) = found else {
                return Err(KafkaError::OffsetFetch(Code::UnknownPartition));
            };
            found.error()?;
            Ok(match found.offset() {
                Offset::Offset(at) => Committed {
                    offset: Some(at),
                    is_marked: found.metadata() == MARK,
                },
                _ => Committed {
                    offset: None,
                    is_marked: false,
                },
            })
        });
        each.collect()
    }

    fn end(&self, of: &Place) -> Result<i64, KafkaError> {
        self.beat();
        Ok(self.0.fetch_watermarks(&of.topic, of.partition, SLICE)?.1)
    }

    fn commit(&self, offsets: &[(Place, i64)], beside: &str) -> Result<(), KafkaError> {
        self.beat();
        let mut list = TopicPartitionList::new();
        for (Place { topic, partition }, at) in offsets {
            let mut element = list.add_partition(topic, *partition);
            element.set_offset(Offset::Offset(*at))?;
            if !beside.is_empty() {
                element.set_metadata(beside);
            }
        }
        self.0.commit(&list, CommitMode::Sync)
    }
}

/// The partition by which it is known whether the group has begun.
fn first(topics: &[Arc<str>]) -> Place {
    Place {
        topic: topics
            .first()
            .map(|topic| topic.to_string())
            .unwrap_or_default(),
        partition: 0,
    }
}

fn places(list: &TopicPartitionList) -> Vec<Place> {
    let each = list.elements().into_iter().map(|element| Place {
        topic: element.topic().to_owned(),
        partition: element.partition(),
    });
    each.collect()
}

fn list(places: &[Place]) -> TopicPartitionList {
    let mut list = TopicPartitionList::new();
    for Place { topic, partition } in places {
        list.add_partition(topic, *partition);
    }
    list
}

/// The group has gone on without this member, which hears of it next.
fn is_no_member(error: &KafkaError) -> bool {
    matches!(
        errors::code_of(error),
        Code::UnknownMemberId
            | Code::IllegalGeneration
            | Code::RebalanceInProgress
            | Code::FencedInstanceId
            | Code::AssignmentLost
    )
}
