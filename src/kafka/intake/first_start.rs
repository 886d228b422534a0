//! Where a group begins that has never committed and is to leave out what the source holds:
//! at its end, which is committed before anything is read.
//!
//! The member that has the first partition commits the ends of all partitions at once, as a
//! member: one whom the group has left is refused. Others wait for it. So a partition without
//! a committed offset in a group that has others was added later, and is read from its
//! beginning.

use std::sync::atomic::Ordering;
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use rdkafka::topic_partition_list::TopicPartitionListElem;
use rdkafka::{Offset, TopicPartitionList};

use super::group::{Group, SLICE};
use super::source_partitions;
use crate::kafka::conditions::Part;
use crate::kafka::errors;

/// So long a member waits until the one that has the first partition has committed.
const COMMITTED_WITHIN: Duration = Duration::from_secs(10);

impl Group {
    /// Committed offsets of partitions that were assigned, of these topics. `None`: told to stop, or not a
    /// member any more.
    pub(super) fn committed(
        &self,
        consumer: &BaseConsumer<Group>,
        list: &TopicPartitionList,
        topics: &[Arc<str>],
    ) -> Option<TopicPartitionList> {
        let ask = |list: &TopicPartitionList| {
            self.insist("reading the group's offsets", || {
                let answer = consumer.committed_offsets(list.clone(), SLICE)?;
                for element in answer.elements() {
                    element.error()?;
                }
                Ok(answer)
            })
        };
        let committed = ask(list)?;
        let is_new = |e: &TopicPartitionListElem<'_>| !matches!(e.offset(), Offset::Offset(_));
        if !self.shared.from_end || !committed.elements().iter().any(is_new) {
            return Some(committed);
        }
        let all = self.insist("asking for the partitions of the source", || {
            source_partitions::of(consumer, topics)
        })?;
        let is_first = |e: &TopicPartitionListElem<'_>| {
            e.partition() == 0 && topics.first().is_some_and(|first| **first == *e.topic())
        };
        let begins = list.elements().iter().any(is_first);
        let until = Instant::now() + COMMITTED_WITHIN;
        loop {
            if !ask(&all)?.elements().iter().all(is_new) {
                // The group has begun: these as well, or they were added since.
                return ask(list);
            }
            if begins {
                self.begin_at_the_end(consumer, &all)?;
                continue;
            }
            let first = topics.first().map_or("", |topic| topic);
            let what = format!(
                "the group starts for the first time: waiting until the member that reads partition 0 of `{first}` has committed where it begins"
            );
            self.shared
                .conditions
                .awaits(Part::Assignment, what.clone());
            if Instant::now() > until {
                *self.locked_cannot_begin() = Some(format!(
                    "{what}, in vain for {} s; that member too must have `release.start`: see to it, and start again",
                    COMMITTED_WITHIN.as_secs()
                ));
                return None;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Why this member cannot begin; told once.
    pub(super) fn cannot_begin(&self) -> Option<String> {
        self.locked_cannot_begin().take()
    }

    fn locked_cannot_begin(&self) -> MutexGuard<'_, Option<String>> {
        self.cannot_begin
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Commits the ends of these partitions, all in one. `None`: told to stop, or not a member
    /// any more.
    fn begin_at_the_end(
        &self,
        consumer: &BaseConsumer<Group>,
        all: &TopicPartitionList,
    ) -> Option<()> {
        let mut ends = TopicPartitionList::new();
        for element in all.elements() {
            let (topic, partition) = (element.topic(), element.partition());
            let ask = || consumer.fetch_watermarks(topic, partition, SLICE);
            let (_, end) = self.insist("reading the end of a partition", ask)?;
            ends.add_partition_offset(topic, partition, Offset::Offset(end))
                .expect("an offset that Kafka gave is one it takes");
        }
        loop {
            if self.shared.stopping.load(Ordering::Relaxed) {
                return None;
            }
            match consumer.commit(&ends, CommitMode::Sync) {
                Ok(()) => break,
                Err(error) if is_no_member(&error) => return None,
                Err(error) => {
                    let what = errors::of_call("committing where the group begins", &error).what;
                    self.shared.conditions.put(Part::Source, what);
                    std::thread::sleep(Duration::from_millis(100));
                }
            }
        }
        self.shared.conditions.clear(Part::Source);
        for element in ends.elements() {
            let (topic, partition) = (element.topic(), element.partition());
            tracing::warn!(topic, partition, start = ?element.offset().to_raw(), "the group starts for the first time, at the end of the source: what lies there already is left out");
        }
        Some(())
    }
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
