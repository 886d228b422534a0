//! Records written into source topics: plain, and in transactions of which
//! some are aborted.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rdkafka::ClientContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{DeliveryResult, Header, OwnedHeaders};
use rdkafka::producer::{BaseRecord, Producer, ProducerContext, ThreadedProducer};
use rdkafka::util::Timeout;

use super::Cluster;

const PATIENCE: Duration = Duration::from_secs(60);

/// One record for a source topic.
#[derive(Clone, Debug, Default)]
pub struct Outgoing {
    /// The partition it goes to.
    pub partition: i32,
    /// The record key.
    pub key: Option<Vec<u8>>,
    /// The value; `None` is a tombstone.
    pub value: Option<Vec<u8>>,
    /// Header names and values.
    pub headers: Vec<(String, Vec<u8>)>,
    /// Create time in milliseconds; `None` = now.
    pub timestamp_ms: Option<i64>,
}

/// Writes `records` in order and waits until all are acknowledged.
pub fn produce(cluster: &Cluster, topic: &str, records: impl IntoIterator<Item = Outgoing>) {
    let mut feed = Feed::new(cluster, topic);
    for record in records {
        feed.send(record);
    }
    feed.finish();
}

/// An idempotent producer that one thread feeds record by record.
pub struct Feed {
    topic: String,
    producer: ThreadedProducer<Deliveries>,
    failed: Arc<AtomicU64>,
}

impl Feed {
    /// A producer for one topic.
    pub fn new(cluster: &Cluster, topic: &str) -> Feed {
        let failed = Arc::new(AtomicU64::new(0));
        let producer = cluster
            .client()
            .set("enable.idempotence", "true")
            .set("linger.ms", "5")
            .set("message.timeout.ms", "120000") // a broker restart lies within
            .create_with_context(Deliveries {
                failed: Arc::clone(&failed),
            })
            .expect("a producer");
        Feed {
            topic: topic.to_owned(),
            producer,
            failed,
        }
    }

    /// Queues one record; waits while the queue is full.
    pub fn send(&mut self, record: Outgoing) {
        enqueue(&self.producer, &self.topic, &record);
    }

    /// Waits until every record is acknowledged.
    pub fn finish(self) {
        assert_eq!(self.failures(), 0, "no source record is refused");
    }

    /// Waits for the outcome of every record; how many were refused.
    pub fn failures(self) -> u64 {
        self.producer
            .flush(2 * PATIENCE)
            .expect("every record has an outcome");
        self.failed.load(Ordering::Acquire)
    }
}

/// Writes `records` in transactions of `size`; after each committed one comes a
/// transaction of `aborted(i)` records that is aborted. The partitions then
/// hold commit and abort markers and records that no `read_committed` reader
/// may ever see.
pub fn produce_transactions(
    cluster: &Cluster,
    topic: &str,
    records: &[Outgoing],
    size: usize,
    aborted: impl Fn(usize) -> Vec<Outgoing>,
) {
    let producer = transactional_producer(cluster, &format!("feed-{topic}"));
    for (i, chunk) in records.chunks(size).enumerate() {
        producer.begin_transaction().expect("begin");
        for record in chunk {
            enqueue(&producer, topic, record);
        }
        producer.commit_transaction(PATIENCE).expect("commit");
        let ghosts = aborted(i);
        if !ghosts.is_empty() {
            producer.begin_transaction().expect("begin");
            for record in &ghosts {
                enqueue(&producer, topic, record);
            }
            // Flushed, so that they do reach the log before they are aborted.
            producer.flush(PATIENCE).expect("flushed");
            producer.abort_transaction(PATIENCE).expect("abort");
        }
    }
}

/// A transactional producer, initialised.
pub fn transactional_producer(cluster: &Cluster, id: &str) -> ThreadedProducer<Deliveries> {
    let producer: ThreadedProducer<Deliveries> = cluster
        .client()
        .set("transactional.id", id)
        .set("transaction.timeout.ms", "30000")
        .create_with_context(Deliveries::default())
        .expect("a transactional producer");
    producer
        .init_transactions(Timeout::After(PATIENCE))
        .expect("transactions initialised");
    producer
}

/// Counts the records that were not delivered.
#[derive(Default)]
pub struct Deliveries {
    failed: Arc<AtomicU64>,
}

impl ClientContext for Deliveries {}

impl ProducerContext for Deliveries {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        if result.is_err() {
            self.failed.fetch_add(1, Ordering::AcqRel);
        }
    }
}

/// Queues one record; waits while the queue is full.
pub fn enqueue(producer: &ThreadedProducer<Deliveries>, topic: &str, record: &Outgoing) {
    let mut headers = OwnedHeaders::new_with_capacity(record.headers.len());
    for (name, value) in &record.headers {
        headers = headers.insert(Header {
            key: name,
            value: Some(value),
        });
    }
    let mut out = BaseRecord::<[u8], [u8]>::to(topic)
        .partition(record.partition)
        .headers(headers);
    out.key = record.key.as_deref();
    out.payload = record.value.as_deref();
    out.timestamp = record.timestamp_ms;
    while let Err((e, back)) = producer.send(out) {
        let full = KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull);
        assert_eq!(e, full, "the only reason to wait");
        std::thread::sleep(Duration::from_millis(1)); // the producer's own thread empties it
        out = back;
    }
}
