//! Reads all partitions of some topics, from wherever it is told on.

use std::sync::Arc;
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use rdkafka::message::Message;
use rdkafka::{Offset, Timestamp, TopicPartitionList};

use super::ends::{Bounds, is_missing};
use crate::kafka::client::Clients;
use crate::kafka::client_log::Asked;
use crate::kafka::errors;

/// What is fetched and not read yet, in KiB.
const QUEUE_KIB: &str = "16384";

/// One row of a topic.
pub(crate) struct Row<'m> {
    /// Which of the topics, in the order followed.
    pub(crate) topic: usize,
    /// Its partition.
    pub(crate) partition: i32,
    /// When the broker appended it, in milliseconds since 1970; `None`: the topic keeps
    /// the writer's time.
    pub(crate) appended_ms: Option<i64>,
    /// Its key.
    pub(crate) key: &'m [u8],
    /// Its value; `None`: a tombstone.
    pub(crate) value: Option<&'m [u8]>,
}

/// What one look brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Got {
    /// A row, which was shown.
    Row,
    /// Nothing yet.
    Nothing,
    /// The topic or an offset is not there any more: what is known may not be all.
    Gone,
    /// It does not work at present, in words.
    Trouble(Arc<str>),
}

/// Reads.
pub(crate) struct Follower {
    consumer: BaseConsumer<Asked>,
    topics: Vec<Arc<str>>,
    /// Of each partition of each topic, the offset of the next row.
    positions: Vec<Vec<i64>>,
    /// Topic and partition of the last row.
    last: usize,
}

impl Follower {
    /// From those positions on: of each topic and partition, the offset of the next row.
    ///
    /// # Errors
    /// In words: the client cannot be made, or does not take the positions.
    pub(crate) fn open(
        clients: &Clients,
        topics: &[Arc<str>],
        positions: Vec<Vec<i64>>,
    ) -> Result<Follower, String> {
        let said = |e: KafkaError| errors::in_words(&e);
        let mut config = clients.observer();
        config
            // The library assigns partitions only to who names a group; none is joined.
            .set("group.id", &clients.identity.group)
            .set("isolation.level", "read_committed")
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("auto.offset.reset", "error")
            .set("enable.partition.eof", "true")
            .set("check.crcs", "true")
            .set("queued.max.messages.kbytes", QUEUE_KIB)
            // What it is for is to be early.
            .set("fetch.queue.backoff.ms", "5");
        let consumer: BaseConsumer<Asked> = config.create_with_context(Asked).map_err(said)?;
        let mut list = TopicPartitionList::new();
        for (topic, positions) in topics.iter().zip(&positions) {
            for (n, at) in positions.iter().enumerate() {
                let n = i32::try_from(n).expect("partitions are numbered so");
                list.add_partition_offset(topic, n, Offset::Offset(*at))
                    .map_err(said)?;
            }
        }
        consumer.assign(&list).map_err(said)?;
        Ok(Follower {
            consumer,
            topics: topics.to_vec(),
            positions,
            last: 0,
        })
    }

    /// Waits for the next row, at most so long, and shows it.
    pub(crate) fn next(&mut self, wait: Duration, show: &mut dyn FnMut(&Row<'_>)) -> Got {
        match self.consumer.poll(wait) {
            None => Got::Nothing,
            Some(Ok(message)) => {
                let is = |name: &Arc<str>| **name == *message.topic();
                if !self.topics.get(self.last).is_some_and(is) {
                    let found = self.topics.iter().position(is);
                    self.last = found.expect("it reads what it was told to");
                }
                let appended_ms = match message.timestamp() {
                    Timestamp::LogAppendTime(ms) => Some(ms),
                    Timestamp::CreateTime(_) | Timestamp::NotAvailable => None,
                };
                let position = usize::try_from(message.partition())
                    .ok()
                    .and_then(|n| self.positions[self.last].get_mut(n));
                *position.expect("it reads what it was told to") = message.offset() + 1;
                show(&Row {
                    topic: self.last,
                    partition: message.partition(),
                    appended_ms,
                    key: message.key().unwrap_or_default(),
                    value: message.payload(),
                });
                Got::Row
            }
            // It names no topic. The position lies behind what is no row there, the end
            // of a transaction for one.
            Some(Err(KafkaError::PartitionEOF(_))) => {
                self.look_up_positions();
                Got::Nothing
            }
            Some(Err(error)) => match errors::code_of(&error) {
                Code::AutoOffsetReset | Code::OffsetOutOfRange => Got::Gone,
                code if is_missing(code) => Got::Gone,
                // Which of them it is, the library does not say.
                _ => {
                    let doing = format!("reading `{}`", self.topics.join("`, `"));
                    Got::Trouble(errors::of_call(&doing, &error).what)
                }
            },
        }
    }

    fn look_up_positions(&mut self) {
        let Ok(list) = self.consumer.position() else {
            return;
        };
        for element in list.elements() {
            let topic = self.topics.iter().position(|t| **t == *element.topic());
            let known = topic.and_then(|t| {
                let n = usize::try_from(element.partition()).ok()?;
                self.positions.get_mut(t)?.get_mut(n)
            });
            if let (Some(known), Offset::Offset(at)) = (known, element.offset()) {
                *known = (*known).max(at);
            }
        }
    }

    /// Of each topic and partition, the offset of the next row.
    pub(crate) fn positions(&self) -> &[Vec<i64>] {
        &self.positions
    }
}

/// What the bounds that the cluster names say of positions of an earlier time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fit {
    /// It can be read on from there.
    Fits,
    /// There are partitions more.
    MorePartitions,
    /// They lie outside of what is there: it is another topic by now, or cut.
    Outside,
}

/// Holds positions against bounds.
pub(crate) fn fit(positions: &[Vec<i64>], bounds: &[Bounds]) -> Fit {
    let pairs = || positions.iter().zip(bounds);
    let outside = |(at, (low, end)): (&i64, &(i64, i64))| at < low || at > end;
    let is_outside = positions.len() != bounds.len()
        || pairs().any(|(p, b)| p.len() > b.len() || p.iter().zip(b).any(outside));
    if is_outside {
        Fit::Outside
    } else if pairs().any(|(p, b)| p.len() < b.len()) {
        Fit::MorePartitions
    } else {
        Fit::Fits
    }
}

/// True when everything up to those ends lies before the positions.
pub(crate) fn reached(positions: &[Vec<i64>], ends: &[Bounds]) -> bool {
    let of_topic = |(positions, ends): (&Vec<i64>, &Bounds)| {
        let behind = |(at, (_, end)): (&i64, &(i64, i64))| at >= end;
        positions.len() >= ends.len() && positions.iter().zip(ends).all(behind)
    };
    positions.len() == ends.len() && positions.iter().zip(ends).all(of_topic)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_held_against_what_is_there() {
        let bounds = vec![vec![(0, 5), (3, 3)], vec![(0, 0)]];
        let fits = |positions: &[Vec<i64>]| fit(positions, &bounds);
        assert_eq!(fits(&[vec![0, 3], vec![0]]), Fit::Fits);
        assert_eq!(fits(&[vec![5, 3], vec![0]]), Fit::Fits);
        assert_eq!(fits(&[vec![5], vec![0]]), Fit::MorePartitions);
        for outside in [
            [vec![6, 3], vec![0]],
            [vec![0, 2], vec![0]],
            [vec![0, 3], vec![1]],
            [vec![0, 3, 0], vec![0]],
        ] {
            assert_eq!(fits(&outside), Fit::Outside, "{outside:?}");
        }
        assert_eq!(fits(&[vec![0, 3]]), Fit::Outside);
        assert!(reached(&[vec![5, 3], vec![0]], &bounds));
        assert!(reached(&[vec![9, 3], vec![2]], &bounds));
        assert!(!reached(&[vec![4, 3], vec![0]], &bounds));
        assert!(!reached(&[vec![5], vec![0]], &bounds));
        assert!(!reached(&[vec![5, 3]], &bounds));
    }
}
