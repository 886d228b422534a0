//! Which rights are there, asked without any effect.
//!
//! The client library cannot list rights. So the request itself is sent, in a form
//! that a broker refuses for another reason once it has checked the right: a write
//! with a number of acknowledgements that does not exist, a transactional id with a
//! timeout beyond every limit, an offset of a partition that cannot exist. Nothing
//! is appended, initialised or committed, and no group is joined.
//!
//! Source: `KafkaApis` and `ReplicaManager` of Apache Kafka 3.9 and 4.1; the suite
//! on the real broker holds it.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use rdkafka::message::DeliveryResult;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer, ProducerContext};
use rdkafka::{ClientConfig, Message, Offset, TopicPartitionList};

use super::client::Clients;
use super::client_log::{self, Asked};
use super::errors::{Class, Flags, classify, code_of};

/// Longest wait for one answer.
const WAIT: Duration = Duration::from_secs(5);

/// Acknowledgements that no broker takes: it checks the right to write first, and
/// appends nothing.
const NO_SUCH_ACKS: &str = "2";

/// A transaction timeout of 24 days: over the limit of every broker that was not
/// told the same number.
pub const NO_SUCH_TIMEOUT_MS: i64 = i32::MAX as i64;

/// A partition no topic has.
const NO_SUCH_PARTITION: i32 = i32::MAX;

/// What a broker said about a right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    /// It is there.
    Granted,
    /// It is missing.
    Missing(Code),
    /// The answer was about something else, or there was none.
    Unclear(Code),
}

impl Right {
    /// The right behind an answer, when `expected` is the refusal of a request
    /// that was allowed.
    fn of(code: Option<Code>, expected: Code) -> Right {
        match code {
            None => Right::Granted,
            Some(code) if code == expected => Right::Granted,
            Some(code) if classify(code, Flags::default()) == Class::Authorization => {
                Right::Missing(code)
            }
            Some(code) => Right::Unclear(code),
        }
    }
}

/// May records of the topic be read? Waits at its end for whatever comes first:
/// the word that this is the end, a record, which is not looked at, or a refusal.
pub fn to_read(clients: &Clients, topic: &str) -> Right {
    let mut config = clients.observer();
    // The library assigns partitions only to who names a group; it is not joined.
    config
        .set("group.id", &clients.identity.group)
        .set("enable.partition.eof", "true")
        .set("enable.auto.commit", "false");
    to_read_with(&config, topic).unwrap_or_else(|e| Right::of(Some(code_of(&e)), Code::NoError))
}

fn to_read_with(config: &ClientConfig, topic: &str) -> Result<Right, KafkaError> {
    let consumer: BaseConsumer<Asked> = config.create_with_context(Asked)?;
    let mut end = TopicPartitionList::new();
    end.add_partition_offset(topic, 0, Offset::End)?;
    consumer.assign(&end)?;
    let until = Instant::now() + WAIT;
    while Instant::now() < until {
        match consumer.poll(Duration::from_millis(100)) {
            Some(Ok(_) | Err(KafkaError::PartitionEOF(_))) => return Ok(Right::Granted),
            Some(Err(e)) => {
                // A broker that is away for a moment is tried again by the library.
                if let right @ Right::Missing(_) = Right::of(Some(code_of(&e)), Code::NoError) {
                    return Ok(right);
                }
            }
            None => {}
        }
    }
    Ok(Right::Unclear(Code::OperationTimedOut))
}

/// May records be written to the topic?
pub fn to_write(clients: &Clients, topic: &str) -> Right {
    let mut config = clients.writer();
    config
        .set("request.required.acks", NO_SUCH_ACKS)
        .set("enable.idempotence", "false")
        .set("message.send.max.retries", "0")
        .set("message.timeout.ms", WAIT.as_millis().to_string())
        .set("linger.ms", "0")
        .set("delivery.report.only.error", "false");
    to_write_with(&config, topic).unwrap_or_else(|e| Right::of(Some(code_of(&e)), Code::NoError))
}

fn to_write_with(config: &ClientConfig, topic: &str) -> Result<Right, KafkaError> {
    let producer: BaseProducer<Report> = config.create_with_context(Report::default())?;
    let nothing: &[u8] = &[];
    let record = BaseRecord::to(topic)
        .partition(0)
        .key(nothing)
        .payload(nothing);
    producer.send(record).map_err(|(e, _)| e)?;
    let until = Instant::now() + WAIT + Duration::from_secs(1);
    while Instant::now() < until {
        producer.poll(Duration::from_millis(100));
        if let Some(code) = producer.context().take() {
            return Ok(Right::of(code, Code::InvalidRequiredAcks));
        }
    }
    Ok(Right::Unclear(Code::OperationTimedOut))
}

/// What became of the one record.
#[derive(Default)]
struct Report(Mutex<Option<Option<Code>>>);

impl Report {
    fn take(&self) -> Option<Option<Code>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl ClientContext for Report {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, line: &str) {
        client_log::say(level, facility, line);
    }

    fn error(&self, error: KafkaError, _reason: &str) {
        // What was asked fails with it, and that is told.
        tracing::debug!("{error}");
    }
}

impl ProducerContext for Report {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        let code = match result {
            Ok(message) => {
                tracing::warn!(
                    topic = message.topic(),
                    "a write that must be refused was taken"
                );
                None
            }
            Err((error, _)) => Some(code_of(error)),
        };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(code);
    }
}

/// May transactions be written under the id? To be asked with an id that is in use
/// only where brokers are known to refuse [`NO_SUCH_TIMEOUT_MS`].
pub fn to_transact(clients: &Clients, id: &str) -> Right {
    let mut config = clients.writer();
    config
        .set("transactional.id", id)
        .set("enable.idempotence", "true")
        .set("transaction.timeout.ms", NO_SUCH_TIMEOUT_MS.to_string())
        .set("message.timeout.ms", WAIT.as_millis().to_string());
    let producer: BaseProducer<Asked> = match config.create_with_context(Asked) {
        Ok(producer) => producer,
        Err(e) => return Right::of(Some(code_of(&e)), Code::NoError),
    };
    match producer.init_transactions(WAIT) {
        Ok(()) => Right::Granted,
        Err(error) => {
            let fatal = producer.client().fatal_error().map(|(code, _)| code);
            Right::of(
                fatal.or(Some(code_of(&error))),
                Code::InvalidTransactionTimeout,
            )
        }
    }
}

/// May the group be joined and its offsets be read and committed? The topic is one
/// that the group may read.
pub fn to_join(clients: &Clients, topic: &str) -> Right {
    let mut config = clients.observer();
    config
        .set("group.id", &clients.identity.group)
        .set("enable.auto.commit", "false");
    to_join_with(&config, topic).unwrap_or_else(|e| Right::of(Some(code_of(&e)), Code::NoError))
}

fn to_join_with(config: &ClientConfig, topic: &str) -> Result<Right, KafkaError> {
    let consumer: BaseConsumer<Asked> = config.create_with_context(Asked)?;
    let mut asked = TopicPartitionList::new();
    asked.add_partition(topic, 0);
    // Finds the group's coordinator, within a time limit: the commit has none.
    let answer = consumer.committed_offsets(asked, WAIT)?;
    let refused = answer.elements().iter().find_map(|e| e.error().err());
    if let Some(code) = refused.as_ref().map(code_of) {
        // The right to the topic is asked for by itself.
        return Ok(Right::of(Some(code), Code::TopicAuthorizationFailed));
    }
    let mut nowhere = TopicPartitionList::new();
    nowhere.add_partition_offset(topic, NO_SUCH_PARTITION, Offset::Offset(0))?;
    let code = consumer.commit(&nowhere, CommitMode::Sync).err();
    let code = code.as_ref().map(code_of);
    if code == Some(Code::TopicAuthorizationFailed) {
        return Ok(Right::Granted);
    }
    Ok(Right::of(code, Code::UnknownTopicOrPartition))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_expected_refusal_means_that_the_right_is_there() {
        let right = |code| Right::of(Some(code), Code::InvalidRequiredAcks);
        assert_eq!(right(Code::InvalidRequiredAcks), Right::Granted);
        assert_eq!(
            right(Code::TopicAuthorizationFailed),
            Right::Missing(Code::TopicAuthorizationFailed)
        );
        assert_eq!(
            right(Code::OperationTimedOut),
            Right::Unclear(Code::OperationTimedOut)
        );
    }
}
