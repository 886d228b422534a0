//! Everything a topic holds, as a consumer of one isolation level sees it.

use std::time::{Duration, Instant};

use rdkafka::TopicPartitionList;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::{Headers, Message};
use rdkafka::topic_partition_list::Offset;

use super::Cluster;

const PATIENCE: Duration = Duration::from_secs(30);

/// What a reader sees of transactions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Isolation {
    /// Committed records only, up to the last stable offset.
    Committed,
    /// Everything in the log, aborted and open transactions too.
    Uncommitted,
}

impl Isolation {
    fn as_str(self) -> &'static str {
        match self {
            Isolation::Committed => "read_committed",
            Isolation::Uncommitted => "read_uncommitted",
        }
    }
}

/// One record with its coordinates.
#[derive(Clone, Debug)]
pub struct Row {
    /// Partition.
    pub partition: i32,
    /// Offset.
    pub offset: i64,
    /// Timestamp in milliseconds.
    pub timestamp_ms: Option<i64>,
    /// Record key.
    pub key: Option<Vec<u8>>,
    /// Value; `None` is a tombstone.
    pub value: Option<Vec<u8>>,
    /// Headers, a null value as empty.
    pub headers: Vec<(String, Vec<u8>)>,
}

impl Row {
    /// The one header of that name, as text.
    pub fn header(&self, name: &str) -> Option<&str> {
        let (_, value) = self.headers.iter().find(|(n, _)| n == name)?;
        std::str::from_utf8(value).ok()
    }
}

/// All records of `topic` from its beginning to its end, partition by
/// partition in offset order.
pub fn read_all(cluster: &Cluster, topic: &str, isolation: Isolation) -> Vec<Row> {
    let consumer = consumer(cluster, isolation);
    let partitions = partition_count(&consumer, topic);
    let mut list = TopicPartitionList::new();
    for p in 0..partitions {
        list.add_partition_offset(topic, p, Offset::Beginning)
            .expect("a valid offset");
    }
    consumer.assign(&list).expect("assigned");
    let mut open = partitions;
    let mut rows = Vec::new();
    let mut last = Instant::now();
    while open > 0 {
        match consumer.poll(Duration::from_millis(200)) {
            None => assert!(
                last.elapsed() < PATIENCE,
                "{topic}: {open} partitions gave neither a record nor their end for {PATIENCE:?}"
            ),
            Some(Ok(message)) => {
                last = Instant::now();
                rows.push(Row {
                    partition: message.partition(),
                    offset: message.offset(),
                    timestamp_ms: message.timestamp().to_millis(),
                    key: message.key().map(<[u8]>::to_vec),
                    value: message.payload().map(<[u8]>::to_vec),
                    headers: message.headers().map_or_else(Vec::new, |h| {
                        h.iter()
                            .map(|h| (h.key.to_owned(), h.value.unwrap_or_default().to_vec()))
                            .collect()
                    }),
                });
            }
            Some(Err(KafkaError::PartitionEOF(_))) => open -= 1,
            Some(Err(e)) => panic!("reading {topic}: {e}"),
        }
    }
    rows.sort_by_key(|r| (r.partition, r.offset));
    rows
}

/// The end of each partition: the last stable offset, or the high watermark.
pub fn ends(cluster: &Cluster, topic: &str, isolation: Isolation) -> Vec<i64> {
    let consumer = consumer(cluster, isolation);
    (0..partition_count(&consumer, topic))
        .map(|p| {
            consumer
                .fetch_watermarks(topic, p, PATIENCE)
                .unwrap_or_else(|e| panic!("the end of {topic}/{p}: {e}"))
                .1
        })
        .collect()
}

fn consumer(cluster: &Cluster, isolation: Isolation) -> BaseConsumer {
    cluster
        .client()
        .set("group.id", "suite-reader") // never joined: partitions are assigned by hand
        .set("enable.auto.commit", "false")
        .set("enable.partition.eof", "true")
        .set("auto.offset.reset", "error")
        .set("check.crcs", "true")
        .set("isolation.level", isolation.as_str())
        .create()
        .expect("a consumer")
}

fn partition_count(consumer: &BaseConsumer, topic: &str) -> i32 {
    let metadata = consumer
        .fetch_metadata(Some(topic), PATIENCE)
        .unwrap_or_else(|e| panic!("metadata of {topic}: {e}"));
    let count = metadata
        .topics()
        .first()
        .map_or(0, |t| t.partitions().len());
    assert!(count > 0, "{topic} exists");
    i32::try_from(count).expect("a test has few partitions")
}
