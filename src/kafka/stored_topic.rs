//! Reading a topic as it lies there, from its beginning and without a group: a quarantine,
//! a history of decisions, a sample of events.

use std::ops::ControlFlow;
use std::time::Duration;

use rdkafka::admin::{AdminClient, AdminOptions};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use rdkafka::message::{BorrowedHeaders, Headers, Message};
use rdkafka::{Offset, TopicPartitionList};

use super::client::Clients;
use super::client_log::Asked;
use super::errors::{self, Class, Failure};
use super::header_names::readable_headers;

/// Longest wait for one answer.
const SLICE: Duration = Duration::from_secs(3);
/// How often records are asked to be deleted while no answer comes: asked twice, it is done once.
const CUTS: usize = 10;
/// One step of waiting for a record.
const POLL: Duration = Duration::from_millis(100);

/// A topic as it lies there, to be read.
pub struct StoredTopic {
    name: String,
    clients: Clients,
    /// Sees transactions that are not ended yet.
    uncommitted: BaseConsumer<Asked>,
    partitions: i32,
}

/// Where a partition begins and ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// The first offset that is still there.
    pub first: i64,
    /// Behind the last record, transactions that are not ended included.
    pub end: i64,
}

/// A record of the topic, as it lies there.
pub struct Lying<'m> {
    /// Its offset.
    pub offset: i64,
    /// Its timestamp, milliseconds since 1970.
    pub at_ms: Option<i64>,
    /// Its key.
    pub key: &'m [u8],
    /// Its value.
    pub value: &'m [u8],
    /// `None`: one of their names is not UTF-8.
    headers: Option<Option<&'m BorrowedHeaders>>,
}

impl<'m> Lying<'m> {
    /// Its headers, in order; none where the name of one is not UTF-8: this program
    /// did not write them.
    pub fn headers(&self) -> impl Iterator<Item = (&'m str, Option<&'m [u8]>)> {
        let headers = self.headers.flatten().into_iter().flat_map(Headers::iter);
        headers.map(|header| (header.key, header.value))
    }
}

impl StoredTopic {
    /// Opens a topic.
    ///
    /// # Errors
    /// It is not there, or no broker answers.
    pub fn open(clients: &Clients, name: &str) -> Result<StoredTopic, Failure> {
        let made = |e: &KafkaError| errors::of_call("making a client", e);
        let uncommitted: BaseConsumer<Asked> = clients
            .consumer()
            .set("isolation.level", "read_uncommitted")
            .create_with_context(Asked)
            .map_err(|e| made(&e))?;
        let metadata = uncommitted
            .fetch_metadata(Some(name), SLICE)
            .map_err(|e| errors::of_call("asking for the topic", &e))?;
        let topic = metadata.topics().iter().find(|t| t.name() == name);
        let error = topic.and_then(|t| t.error()).map(Code::from);
        let partitions = topic.map_or(0, |t| t.partitions().len());
        match error {
            None if partitions > 0 => Ok(StoredTopic {
                name: name.to_owned(),
                clients: clients.clone(),
                uncommitted,
                partitions: i32::try_from(partitions).unwrap_or(i32::MAX),
            }),
            error => {
                let code = error.unwrap_or(Code::UnknownTopicOrPartition);
                let class = errors::classify(code, errors::Flags::default());
                Err(Failure::new(class, errors::of_topic(name, code)))
            }
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The partitions, by number.
    pub fn partitions(&self) -> std::ops::Range<i32> {
        0..self.partitions
    }

    /// Where a partition begins and ends now.
    ///
    /// # Errors
    /// No answer.
    pub fn bounds(&self, partition: i32) -> Result<Bounds, Failure> {
        let (first, end) = self
            .uncommitted
            .fetch_watermarks(&self.name, partition, SLICE)
            .map_err(|e| errors::of_call("asking where a partition ends", &e))?;
        Ok(Bounds { first, end })
    }

    /// Hands over what was committed at `from..to` of a partition, in order. Waits
    /// for transactions that are open there: what they hold is not known before.
    /// False: told to stop, by `stop` or by `each`.
    ///
    /// # Errors
    /// The partition cannot be read, or `each` says so.
    pub fn read(
        &self,
        partition: i32,
        (from, to): (i64, i64),
        stop: &dyn Fn() -> bool,
        mut each: impl FnMut(&Lying<'_>) -> Result<ControlFlow<()>, Failure>,
    ) -> Result<bool, Failure> {
        if from >= to {
            return Ok(true);
        }
        let said = |e: &KafkaError| errors::of_call("reading the topic", e);
        // One for each reading: `each` may read elsewhere meanwhile.
        let reader: BaseConsumer<Asked> = self
            .clients
            .consumer()
            .create_with_context(Asked)
            .map_err(|e| said(&e))?;
        let mut list = TopicPartitionList::new();
        list.add_partition_offset(&self.name, partition, Offset::Offset(from))
            .map_err(|e| said(&e))?;
        reader.assign(&list).map_err(|e| said(&e))?;
        loop {
            if stop() {
                return Ok(false);
            }
            match reader.poll(POLL) {
                Some(Ok(message)) if message.offset() >= to => return Ok(true),
                Some(Ok(message)) => {
                    let lying = Lying {
                        offset: message.offset(),
                        at_ms: message.timestamp().to_millis(),
                        key: message.key().unwrap_or_default(),
                        value: message.payload().unwrap_or_default(),
                        headers: readable_headers(&message).ok(),
                    };
                    if each(&lying)?.is_break() {
                        return Ok(false);
                    }
                    if lying.offset + 1 >= to {
                        return Ok(true);
                    }
                }
                // Ends of transactions have offsets of their own.
                Some(Err(KafkaError::PartitionEOF(_))) | None => {
                    let position = reader.position().map_err(|e| said(&e))?;
                    let at = position
                        .find_partition(&self.name, partition)
                        .map(|p| p.offset());
                    if matches!(at, Some(Offset::Offset(at)) if at >= to) {
                        return Ok(true);
                    }
                }
                Some(Err(error)) => {
                    let failure = said(&error);
                    if !matches!(failure.class, Class::Retriable | Class::TimedOut) {
                        return Err(failure);
                    }
                }
            }
        }
    }

    /// Deletes what lies before these offsets, by partition.
    ///
    /// # Errors
    /// The first partition where the cluster did not.
    pub fn cut(&self, before: &[(i32, i64)]) -> Result<(), Failure> {
        let said = |e: &KafkaError| errors::of_call("deleting records", e);
        let admin: AdminClient<Asked> = self
            .clients
            .observer()
            .create_with_context(Asked)
            .map_err(|e| said(&e))?;
        let mut list = TopicPartitionList::new();
        for (partition, offset) in before {
            list.add_partition_offset(&self.name, *partition, Offset::Offset(*offset))
                .map_err(|e| said(&e))?;
        }
        let options = AdminOptions::new().request_timeout(Some(SLICE));
        let ask = || {
            let answer = super::block_on::for_answer(admin.delete_records(&list, &options))?;
            answer
                .elements()
                .iter()
                .try_for_each(|element| element.error())
        };
        for _ in 1..CUTS {
            match ask().map_err(|e| said(&e)) {
                Err(failure) if matches!(failure.class, Class::Retriable | Class::TimedOut) => {
                    std::thread::sleep(POLL);
                }
                done => return done,
            }
        }
        ask().map_err(|e| said(&e))
    }
}
