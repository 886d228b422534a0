//! The yardstick: a bare copy of a topic, exactly once, with the clients
//! configured exactly as ours, because it is our code that configures them.
//! One thread, transactions as large as ours, and as old as a record of ours is when
//! it is handed over.

use std::time::{Duration, Instant};

use rdkafka::client::ClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use rdkafka::message::{BorrowedMessage, DeliveryResult, Message};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer, ProducerContext};
use rdkafka::topic_partition_list::Offset;
use rdkafka::util::Timeout;
use rdkafka::{Timestamp, TopicPartitionList};

use veilstream::kafka::client::{Clients, Identity};
use veilstream::kafka::memory::Memory;
use veilstream::kafka::pacing::Pacing;
use veilstream::kafka::properties::{Origin, Properties};
use veilstream::stream::StreamConfig;

/// The word on the command line of a pass.
pub const WORD: &str = "mirror";

/// One step of waiting for records in flight, as ours.
const STEP: Duration = Duration::from_millis(1);
const PATIENCE: Duration = Duration::from_secs(60);
/// What a topic takes unless told otherwise: Kafka's `max.message.bytes`.
const MESSAGE_BYTES: u64 = 1_048_588;

/// A delivery that fails ends the pass.
struct Reports;

impl ClientContext for Reports {}

impl ProducerContext for Reports {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        if let Err((error, _)) = result {
            panic!("a record was not delivered: {error}");
        }
    }
}

/// Copies the events of a topic: source, target, how many, and the clients'
/// properties.
///
/// # Panics
/// When anything goes wrong.
pub fn run(order: &[&str]) {
    let [source, target, events, properties @ ..] = order else {
        panic!("a mirror is told source, target and events");
    };
    let mut left: usize = events.parse().expect("a number");
    let (clients, records_max) = configured(properties, target);
    let consumer: BaseConsumer = clients
        .consumer()
        .set("auto.offset.reset", "earliest")
        .create()
        .expect("a consumer");
    let producer: BaseProducer<Reports> = clients
        .producer(MESSAGE_BYTES, MESSAGE_BYTES)
        .create_with_context(Reports)
        .expect("a producer");
    producer.init_transactions(PATIENCE).expect("transactions");
    consumer.subscribe(&[source]).expect("subscribed");
    while left > 0 {
        let most = left.min(records_max as usize);
        left -= transaction(&consumer, &producer, target, most, clients.pacing.gather);
    }
    consumer.unsubscribe();
}

/// The clients, and most records of a transaction, as `veil run` has them by default.
fn configured(set: &[&str], group: &str) -> (Clients, u64) {
    let mut properties = Properties::default();
    for property in set {
        let (name, value) = property.split_once('=').expect("name=value");
        properties
            .set(name, value, Origin::Flag)
            .expect("a property that may be set");
    }
    let commit = StreamConfig::new(group, properties.clone());
    let millis = |d: Duration| u64::try_from(d.as_millis()).expect("short");
    let pacing = Pacing::new(commit.latency);
    let clients = Clients {
        identity: Identity::new(group, None),
        timeouts: properties
            .timeouts(millis(commit.drain_deadline), millis(pacing.transaction))
            .expect("the defaults agree"),
        properties,
        memory: Memory::plan(None, None, None, 1 << 20, 0, 1 << 20).expect("the defaults fit"),
        delivery: veilstream::kafka::delivery::Delivery::ExactlyOnce,
        pacing,
    };
    (clients, commit.commit_records)
}

/// One transaction: how many records it copied.
fn transaction(
    consumer: &BaseConsumer,
    producer: &BaseProducer<Reports>,
    target: &str,
    most: usize,
    age_max: Duration,
) -> usize {
    let mut opened: Option<Instant> = None;
    let mut next: Vec<i64> = Vec::new();
    let mut source = String::new();
    let mut records = 0;
    while records < most && opened.is_none_or(|at| at.elapsed() < age_max) {
        let message = match consumer.poll(Duration::from_millis(20)) {
            Some(Ok(message)) => message,
            Some(Err(KafkaError::PartitionEOF(_))) | None => continue,
            Some(Err(e)) => panic!("reading: {e}"),
        };
        if opened.is_none() {
            producer.begin_transaction().expect("begin");
            opened = Some(Instant::now());
            message.topic().clone_into(&mut source);
        }
        send(producer, target, &message);
        let at = message.partition() as usize;
        next.resize(next.len().max(at + 1), -1);
        next[at] = message.offset() + 1;
        records += 1;
    }
    while producer.in_flight_count() > 0 {
        std::thread::sleep(STEP);
    }
    let mut offsets = TopicPartitionList::new();
    for (partition, next) in (0..).zip(next).filter(|(_, next)| *next >= 0) {
        offsets
            .add_partition_offset(&source, partition, Offset::Offset(next))
            .expect("an offset that Kafka gave");
    }
    let member = consumer.group_metadata().expect("a member of its group");
    producer
        .send_offsets_to_transaction(&offsets, &member, PATIENCE)
        .expect("offsets");
    producer.commit_transaction(Timeout::Never).expect("commit");
    records
}

fn send(producer: &BaseProducer<Reports>, target: &str, message: &BorrowedMessage<'_>) {
    let mut record: BaseRecord<'_, [u8], [u8]> =
        BaseRecord::to(target).partition(message.partition());
    record.key = message.key();
    record.payload = message.payload();
    record.timestamp = match message.timestamp() {
        Timestamp::NotAvailable => None,
        Timestamp::CreateTime(ms) | Timestamp::LogAppendTime(ms) => Some(ms),
    };
    while let Err((error, back)) = producer.send(record) {
        let full = KafkaError::MessageProduction(Code::QueueFull);
        assert_eq!(error, full, "the only reason to wait");
        std::thread::sleep(STEP);
        record = back;
    }
}
