//! The producer of the outlet and its delivery reports.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rdkafka::client::ClientContext;
use rdkafka::config::{ClientConfig, RDKafkaLogLevel};
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use rdkafka::message::{DeliveryResult, Header, Message, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer, ProducerContext, PurgeConfig};

use super::leaving::Plain;
use super::reports::ReportThread;

use crate::kafka::client_log;
use crate::kafka::delivery::Delivery;
use crate::kafka::errors::{self, Class, Failure};
use crate::pipeline::{OutBatch, OutRecord};
use crate::record::state_row::StateRow;
use crate::record::timestamp::OutTimestamp;

/// One step of waiting for room in the queue.
const ROOM: Duration = Duration::from_micros(200);
/// One step of waiting for records in flight: a flush of the client library
/// sleeps 100 ms whatever is left.
const STEP: Duration = Duration::from_millis(1);

/// Hears of every record that was not delivered. The opaque of a record is the
/// number of its transaction, so that late reports of an old one are told apart.
pub(crate) struct Reports {
    transaction: AtomicUsize,
    failure: Mutex<Option<Failure>>,
}

impl Reports {
    fn note(&self, transaction: usize, failure: Failure) {
        if transaction != self.transaction.load(Ordering::Acquire) {
            return;
        }
        let mut first = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        // What follows the first failure is mostly its consequence; a cause
        // that says more than "not delivered" is kept.
        if first.as_ref().is_none_or(|f| f.class == Class::Abort) {
            *first = Some(failure);
        }
    }
}

impl ClientContext for Reports {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, line: &str) {
        client_log::say(level, facility, line);
    }

    fn error(&self, error: KafkaError, _reason: &str) {
        tracing::debug!("producer: {error}");
    }
}

impl ProducerContext for Reports {
    type DeliveryOpaque = usize;

    fn delivery(&self, result: &DeliveryResult<'_>, transaction: usize) {
        if let Err((error, message)) = result {
            let code = errors::code_of(error);
            self.note(transaction, errors::of_delivery(message.topic(), code));
        }
    }
}

/// A record on its way to the client library.
type Outgoing<'m> = BaseRecord<'m, [u8], [u8], usize>;

/// A producer with the number of its open transaction.
pub(crate) struct Transactional {
    inner: Arc<BaseProducer<Reports>>,
    served: ReportThread,
    transaction: usize,
    delivery: Delivery,
}

impl Transactional {
    /// A new producer, of a configuration made for that promise; nothing goes over
    /// the network yet.
    ///
    /// # Errors
    /// The client library refuses the configuration.
    pub fn new(config: &ClientConfig, delivery: Delivery) -> Result<Self, Failure> {
        let reports = Reports {
            transaction: AtomicUsize::new(0),
            failure: Mutex::new(None),
        };
        let inner: BaseProducer<Reports> = config.create_with_context(reports).map_err(|e| {
            let why = errors::in_words(&e);
            Failure::new(Class::Fatal, format!("no producer can be made: {why}"))
        })?;
        let inner = Arc::new(inner);
        let served = ReportThread::start(Arc::clone(&inner)).map_err(|e| {
            Failure::new(
                Class::Fatal,
                format!("no thread for a producer's reports: {e}"),
            )
        })?;
        Ok(Transactional {
            inner,
            served,
            transaction: 0,
            delivery,
        })
    }

    /// The client library's producer.
    pub(crate) fn raw(&self) -> &BaseProducer<Reports> {
        &self.inner
    }

    /// Begins a transaction; without transactions, a stretch of records that is
    /// acknowledged as a whole.
    ///
    /// # Errors
    /// As the client library says.
    pub(crate) fn begin(&mut self) -> Result<(), Failure> {
        self.transaction += 1;
        self.served.listen(true);
        let reports = self.reports();
        reports
            .transaction
            .store(self.transaction, Ordering::Release);
        *reports
            .failure
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = None;
        match self.delivery {
            Delivery::AtLeastOnce => Ok(()),
            Delivery::ExactlyOnce => {
                let begun = self.inner.begin_transaction();
                begun.map_err(|e| errors::of_call("begin", &e))
            }
        }
    }

    /// Nothing is under way until the next [`Transactional::begin`].
    pub(crate) fn rest(&self) {
        self.served.listen(false);
    }

    /// Takes back what is not acknowledged yet, without a transaction to abort.
    pub fn forget(&self) {
        let all = PurgeConfig::default().queue().inflight();
        self.inner.purge(all);
    }

    /// Hands a record to the client library, waiting while its queue is full;
    /// one that does not fit into the empty queue is refused for its size. A
    /// failure shows at [`Transactional::delivered`].
    pub fn send(&self, batch: &OutBatch, record: &OutRecord, topic: &str, partition: i32) {
        let mut message = self.message(topic, partition);
        message.key = record.key.map(|s| batch.bytes(s));
        message.payload = record.value.map(|s| batch.bytes(s));
        message.timestamp = timestamp(record.timestamp);
        message.headers = headers(batch, record);
        self.produce(message);
    }

    /// As [`Transactional::send`], a record of a release at `now_ms`.
    pub(crate) fn send_plain(&self, record: &Plain, topic: &str, partition: i32, now_ms: i64) {
        let mut message = self.message(topic, partition);
        message.key = record.key.as_deref();
        message.payload = Some(&record.value);
        let at_ms = record.at_ms.unwrap_or(now_ms / 1_000 * 1_000);
        message.timestamp = timestamp(OutTimestamp::Millis(at_ms));
        let all = record.headers.iter();
        message.headers = owned(all.map(|(name, value)| (&name[..], value.as_deref())));
        self.produce(message);
    }

    /// As [`Transactional::send`], a row of what a group remembers; a tombstone takes it back.
    pub(crate) fn send_row(&self, row: &StateRow, topic: &str, partition: i32) {
        let mut message = self.message(topic, partition);
        message.key = Some(&row.key);
        message.payload = row.value.as_deref();
        self.produce(message);
    }

    /// As [`Transactional::send`], a record of one header alone, its value empty.
    pub fn send_mark(&self, topic: &str, partition: i32, name: &str, value: &str) {
        let mut message = self.message(topic, partition);
        message.payload = Some(&[]);
        let header = Header {
            key: name,
            value: Some(value.as_bytes()),
        };
        message.headers = Some(OwnedHeaders::new().insert(header));
        self.produce(message);
    }

    fn message<'m>(&self, topic: &'m str, partition: i32) -> Outgoing<'m> {
        BaseRecord::with_opaque_to(topic, self.transaction).partition(partition)
    }

    fn produce(&self, mut message: Outgoing<'_>) {
        let topic = message.topic;
        // Nobody else fills the queue: once empty, it stays so.
        let mut was_empty = false;
        loop {
            match self.inner.send(message) {
                Ok(()) => return,
                Err((KafkaError::MessageProduction(Code::QueueFull), back)) if !was_empty => {
                    message = back;
                    was_empty = self.inner.in_flight_count() == 0;
                    if !was_empty {
                        std::thread::sleep(ROOM);
                    }
                }
                Err((error, _)) => {
                    let code = match errors::code_of(&error) {
                        Code::QueueFull => Code::MessageSizeTooLarge,
                        code => code,
                    };
                    self.reports()
                        .note(self.transaction, errors::of_delivery(topic, code));
                    return;
                }
            }
        }
    }

    /// Waits until every record of the transaction is acknowledged.
    ///
    /// # Errors
    /// As soon as one is not: the transaction has to be aborted.
    pub(crate) fn delivered(&self) -> Result<(), Failure> {
        loop {
            let done = self.inner.in_flight_count() == 0;
            let failure = &self.reports().failure;
            if let Some(failure) = failure
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone()
            {
                return Err(self.fatal().unwrap_or(failure));
            }
            if done {
                return self.fatal().map_or(Ok(()), Err);
            }
            std::thread::sleep(STEP);
        }
    }

    /// What made the producer useless, if anything did.
    fn fatal(&self) -> Option<Failure> {
        let (code, _) = self.inner.client().fatal_error()?;
        let flags = errors::Flags {
            fatal: true,
            ..errors::Flags::default()
        };
        let class = errors::classify(code, flags);
        Some(Failure::new(
            class,
            format!("the producer failed for good: {code}"),
        ))
    }

    /// Lets the producer go, with all that it still holds.
    pub(crate) fn let_go(self) {
        self.forget();
    }

    fn reports(&self) -> &Arc<Reports> {
        self.inner.client().context()
    }
}

/// The client library reads 0 as "now": the first millisecond of 1970 becomes
/// the second, which the reference of `timestamp` says.
fn timestamp(of: OutTimestamp) -> Option<i64> {
    match of {
        OutTimestamp::Now => None,
        OutTimestamp::Millis(0) => Some(1),
        OutTimestamp::Millis(ms) => Some(ms),
    }
}

fn headers(batch: &OutBatch, record: &OutRecord) -> Option<OwnedHeaders> {
    owned(batch.headers(record))
}

fn owned<'h>(all: impl Iterator<Item = (&'h [u8], Option<&'h [u8]>)>) -> Option<OwnedHeaders> {
    let mut all = all.peekable();
    all.peek()?;
    let mut owned = OwnedHeaders::new();
    for (name, value) in all {
        let key = std::str::from_utf8(name).expect("header names are spelled by the policy");
        owned = owned.insert(Header { key, value });
    }
    Some(owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_telling_failure_is_kept_and_old_transactions_are_not_heard() {
        let reports = Reports {
            transaction: AtomicUsize::new(2),
            failure: Mutex::new(None),
        };
        let heard = || reports.failure.lock().unwrap().as_ref().map(|f| f.class);
        reports.note(1, Failure::new(Class::Record, "late"));
        assert_eq!(heard(), None);
        reports.note(2, Failure::new(Class::Abort, "purged"));
        reports.note(2, Failure::new(Class::Record, "too large"));
        reports.note(2, Failure::new(Class::Abort, "purged"));
        assert_eq!(heard(), Some(Class::Record));
    }

    /// Sends a value of about that many bytes so many times, through a queue of
    /// 1 KiB and without transactions.
    fn deliver_through_1_kib(servers: &str, bytes: usize, times: usize) -> Result<(), Failure> {
        use crate::pipeline::testing::{Plans, field, raw, run};
        let producer = Transactional::new(
            ClientConfig::new()
                .set("bootstrap.servers", servers)
                .set("queue.buffering.max.kbytes", "1"),
            Delivery::AtLeastOnce,
        )
        .unwrap();
        let mut plans = Plans::new();
        plans.output(&[field("n", "keep")]);
        let value = format!(r#"{{"n":"{}"}}"#, "x".repeat(bytes));
        let batch = run(&plans.build(), &[raw(value)]);
        for _ in 0..times {
            producer.send(&batch, &batch.records()[0], "t", 0);
        }
        producer.delivered()
    }

    #[test]
    fn a_record_larger_than_the_queue_is_refused_for_its_size() {
        let refused = deliver_through_1_kib("127.0.0.1:1", 2_000, 1).unwrap_err();
        assert_eq!(refused.class, Class::Record);
    }

    #[test]
    fn records_that_fit_one_by_one_wait_for_room_in_the_queue() {
        let cluster = rdkafka::mocking::MockCluster::new(1).unwrap();
        cluster.create_topic("t", 1, 1).unwrap();
        let servers = cluster.bootstrap_servers();
        assert_eq!(deliver_through_1_kib(&servers, 900, 20), Ok(()));
    }

    #[test]
    fn only_now_is_left_to_the_client_library() {
        assert_eq!(timestamp(OutTimestamp::Now), None);
        assert_eq!(timestamp(OutTimestamp::Millis(0)), Some(1));
        assert_eq!(
            timestamp(OutTimestamp::Millis(1_700_000_000_000)),
            Some(1_700_000_000_000)
        );
    }
}
