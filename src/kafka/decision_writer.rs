//! Writing down what people decide: the row of history first, which proves it, then the
//! decision itself, each acknowledged by all replicas.
//!
//! Idempotent and without transactions: one that a crashed writer left open would hold
//! back everybody's withdrawals. A failure says that nobody knows whether the decision
//! was written; written again it is the same one, since the last counts.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crossbeam_channel::{Sender, TryRecvError, bounded};
use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::RDKafkaErrorCode as Code;
use rdkafka::message::{DeliveryResult, Message};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer, ProducerContext};

use super::client::Clients;
use super::client_log::{self, Asked};
use super::errors;
use super::partition;
use super::properties::{Properties, PropertyError};
use crate::consent::state::{Statement, Unwritable};
use crate::record::SubjectId;

/// One answer about the topics is waited for so long.
const ASK: Duration = Duration::from_secs(5);
/// One look for the answer to a record: reports come to whoever polls.
const LOOK: Duration = Duration::from_millis(2);

/// Where a decision stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The topic.
    pub topic: Arc<str>,
    /// The partition.
    pub partition: i32,
    /// The offset.
    pub offset: i64,
}

/// Why a decision is not known to be written. Names no person.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// It can never be written so.
    #[error("{0}")]
    Unwritable(#[from] Unwritable),
    /// A property of the client.
    #[error("{0}")]
    Property(#[from] PropertyError),
    /// The cluster did not take it, or did not say so.
    #[error("{0}; nobody knows whether the decision is written: write it again")]
    Unknown(String),
    /// A topic is not there, or not for us.
    #[error("{0}")]
    Topic(String),
}

/// Writes decisions; for any number of threads at once. One person's are written in the
/// order of the calls.
pub struct DecisionWriter {
    clients: Clients,
    decisions: Topic,
    history: Topic,
    producer: Mutex<Option<Arc<BaseProducer<Reports>>>>,
}

struct Topic {
    name: Arc<str>,
    partitions: i32,
}

impl DecisionWriter {
    /// A writer to those two topics, which are there already: that of the decisions, and
    /// that of their history. Asks the cluster about both.
    ///
    /// # Errors
    /// The properties do not work, or a topic is missing.
    pub fn new(
        properties: &Properties,
        decisions: &str,
        history: &str,
    ) -> Result<DecisionWriter, WriteError> {
        let clients = Clients::of_decisions(properties)?;
        let client: BaseConsumer<Asked> = clients
            .observer()
            .create_with_context(Asked)
            .map_err(|e| WriteError::Unknown(errors::in_words(&e)))?;
        let ask = |name: &str| {
            let metadata = client.fetch_metadata(Some(name), ASK).map_err(|e| {
                WriteError::Topic(format!("no broker answers: {}", errors::in_words(&e)))
            })?;
            let topic = metadata.topics().iter().find(|t| t.name() == name);
            let partitions = topic.map_or(0, |t| t.partitions().len());
            let error = topic.and_then(|t| t.error()).map(Code::from);
            let error = error.or((partitions == 0).then_some(Code::UnknownTopicOrPartition));
            match error {
                Some(code) => Err(WriteError::Topic(errors::of_topic(name, code))),
                None => Ok(Topic {
                    name: name.into(),
                    partitions: i32::try_from(partitions).unwrap_or(i32::MAX),
                }),
            }
        };
        Ok(DecisionWriter {
            decisions: ask(decisions)?,
            history: ask(history)?,
            clients,
            producer: Mutex::new(None),
        })
    }

    /// Writes what a person decided in a category, and waits until it is acknowledged: at
    /// most for twice the timeout of a message (`message.timeout.ms`, 8 s).
    ///
    /// # Errors
    /// It cannot be written so; or it is not known to be written, and has to be written
    /// again. Then the history may hold it without the decision, never the other way
    /// round.
    pub fn write(
        &self,
        who: SubjectId,
        category: &str,
        statement: &Statement,
    ) -> Result<Place, WriteError> {
        let key = Statement::key(who, category)?;
        let value = statement.value()?;
        let person = who.text();
        // The history is of the person, under whom it is looked up; what it is about
        // stands in the header that the decision has in its key.
        self.put(&self.history, &person, &person, category, &value)?;
        self.put(&self.decisions, &person, &key, category, &value)
    }

    fn put(
        &self,
        topic: &Topic,
        person: &str,
        key: &str,
        category: &str,
        value: &str,
    ) -> Result<Place, WriteError> {
        let producer = self.producer()?;
        let (reply, answer) = bounded(1);
        let headers = rdkafka::message::OwnedHeaders::new().insert(rdkafka::message::Header {
            key: "category",
            value: Some(category),
        });
        let record = BaseRecord::with_opaque_to(&topic.name, Box::new(reply))
            .partition(of_person(person, topic.partitions))
            .key(key.as_bytes())
            .payload(value.as_bytes())
            .headers(headers);
        producer
            .send(record)
            .map_err(|(e, _)| WriteError::Unknown(errors::in_words(&e)))?;
        // The library answers by then; a little later something is wrong with it.
        let patience = Duration::from_millis(self.clients.timeouts.message_ms) + ASK;
        let until = Instant::now() + patience;
        loop {
            match answer.try_recv() {
                Ok(Ok((partition, offset))) => {
                    return Ok(Place {
                        topic: Arc::clone(&topic.name),
                        partition,
                        offset,
                    });
                }
                Ok(Err(code)) => {
                    self.give_up_if_fatal(&producer);
                    return Err(WriteError::Unknown(errors::of_topic(&topic.name, code)));
                }
                Err(TryRecvError::Empty) if Instant::now() < until => {
                    producer.poll(LOOK);
                }
                Err(_) => {
                    self.let_go();
                    return Err(WriteError::Unknown("no answer came in time".to_owned()));
                }
            }
        }
    }

    fn producer(&self) -> Result<Arc<BaseProducer<Reports>>, WriteError> {
        let mut kept = self.producer.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(producer) = &*kept {
            return Ok(Arc::clone(producer));
        }
        let made = self.clients.single_writes().create_with_context(Reports);
        let made = made.map_err(|e| WriteError::Unknown(errors::in_words(&e)))?;
        Ok(Arc::clone(kept.insert(Arc::new(made))))
    }

    /// An idempotent producer that lost its place writes nothing more.
    fn give_up_if_fatal(&self, producer: &BaseProducer<Reports>) {
        if producer.client().fatal_error().is_some() {
            self.let_go();
        }
    }

    fn let_go(&self) {
        *self.producer.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// The partition of everything of one person, in a topic of so many.
pub(crate) fn of_person(person: &str, partitions: i32) -> i32 {
    let count = partitions.max(1).unsigned_abs();
    let n = partition::murmur2(person.as_bytes()) % count;
    i32::try_from(n).expect("below an i32 count")
}

/// Tells who waits for a record what became of it.
struct Reports;

/// What became of a record: its partition and offset.
type Answer = Result<(i32, i64), Code>;

impl ClientContext for Reports {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, line: &str) {
        client_log::say(level, facility, line);
    }

    fn error(&self, error: rdkafka::error::KafkaError, _reason: &str) {
        tracing::debug!("writer of decisions: {error}");
    }
}

impl ProducerContext for Reports {
    type DeliveryOpaque = Box<Sender<Answer>>;

    fn delivery(&self, result: &DeliveryResult<'_>, reply: Self::DeliveryOpaque) {
        let answer = match result {
            Ok(message) => Ok((message.partition(), message.offset())),
            Err((error, _)) => Err(errors::code_of(error)),
        };
        // Who has given up waits no more.
        let _ = reply.send(answer);
    }
}

#[cfg(test)]
pub(super) mod testing {
    use super::Properties;
    use crate::kafka::properties::Origin;
    use rdkafka::mocking::MockCluster;
    use rdkafka::producer::DefaultProducerContext;

    /// A cluster in this process with the topics `decisions` and `history`, of so many
    /// partitions, and how it is reached.
    pub(crate) fn cluster(
        decisions: i32,
        history: i32,
    ) -> (MockCluster<'static, DefaultProducerContext>, Properties) {
        let cluster = MockCluster::new(1).unwrap();
        cluster.create_topic("decisions", decisions, 1).unwrap();
        cluster.create_topic("history", history, 1).unwrap();
        let mut properties = Properties::default();
        let servers = cluster.bootstrap_servers();
        properties
            .set("bootstrap.servers", &servers, Origin::Settings)
            .unwrap();
        (cluster, properties)
    }
}

#[cfg(test)]
mod tests {
    use super::testing::cluster;
    use super::*;
    use crate::consent::state::{By, Decision, Key, Value};
    use rdkafka::config::ClientConfig;

    fn read_all(servers: &str, topic: &str) -> Vec<(i32, Vec<u8>, Vec<u8>)> {
        let consumer: BaseConsumer = ClientConfig::new()
            .set("bootstrap.servers", servers)
            .set("group.id", "g")
            .set("auto.offset.reset", "earliest")
            .set("enable.partition.eof", "true")
            .create()
            .unwrap();
        let mut list = rdkafka::TopicPartitionList::new();
        let partitions = if topic == "history" { 3 } else { 7 };
        for n in 0..partitions {
            list.add_partition_offset(topic, n, rdkafka::Offset::Beginning)
                .unwrap();
        }
        consumer.assign(&list).unwrap();
        let (mut ends, mut read) = (0, Vec::new());
        while ends < partitions {
            match consumer.poll(Duration::from_secs(10)) {
                Some(Ok(m)) => {
                    let bytes = |b: Option<&[u8]>| b.unwrap_or_default().to_vec();
                    read.push((m.partition(), bytes(m.key()), bytes(m.payload())));
                }
                Some(Err(rdkafka::error::KafkaError::PartitionEOF(_))) => ends += 1,
                other => panic!("{other:?}"),
            }
        }
        read
    }

    #[test]
    fn the_history_holds_what_the_decision_says_and_both_lie_where_the_person_does() {
        let (cluster, properties) = cluster(7, 3);
        let writer = DecisionWriter::new(&properties, "decisions", "history").unwrap();
        let who = SubjectId([9; 16]);
        let statement = Statement::new(false, 1_772_323_200_000, By::Page);
        let first = writer.write(who, "Ads", &statement).unwrap();
        let second = writer.write(who, "Ads", &statement).unwrap();
        assert_eq!(&*first.topic, "decisions");
        assert_eq!(
            (second.partition, second.offset),
            (first.partition, first.offset + 1)
        );
        let servers = cluster.bootstrap_servers();
        let decisions = read_all(&servers, "decisions");
        let history = read_all(&servers, "history");
        assert_eq!((decisions.len(), history.len()), (2, 2));
        let (partition, key, value) = &decisions[0];
        assert_eq!(*partition, of_person(&who.text(), 7));
        assert_eq!(
            Key::read(key).map(|k| (k.who, k.category)),
            Some((who, "Ads"))
        );
        assert_eq!(
            Value::read(Some(value), None),
            Value::Decided(Decision::Denied)
        );
        let (partition, key, proof) = &history[0];
        assert_eq!(*partition, of_person(&who.text(), 3));
        assert_eq!((&key[..], proof), (who.text().as_bytes(), value));
    }

    #[test]
    fn many_threads_write_and_each_is_told_its_own_place() {
        let (cluster, properties) = cluster(7, 3);
        let writer = DecisionWriter::new(&properties, "decisions", "history").unwrap();
        let statement = Statement::new(true, 1_772_323_200_000, By::Api);
        let places: Vec<Place> = std::thread::scope(|scope| {
            let write = |n: u8| {
                let (writer, statement) = (&writer, &statement);
                scope.spawn(move || writer.write(SubjectId([n; 16]), "Ads", statement).unwrap())
            };
            let threads: Vec<_> = (0..20).map(write).collect();
            threads.into_iter().map(|t| t.join().unwrap()).collect()
        });
        let mut told: Vec<_> = places.iter().map(|p| (p.partition, p.offset)).collect();
        told.sort_unstable();
        told.dedup();
        assert_eq!(told.len(), 20);
        drop(cluster);
    }

    #[test]
    fn what_cannot_be_written_is_said_without_a_name() {
        let (cluster, properties) = cluster(7, 3);
        let missing = DecisionWriter::new(&properties, "nowhere", "history");
        let said = missing.err().map(|e| e.to_string()).unwrap_or_default();
        assert!(said.contains("nowhere"), "{said}");
        let writer = DecisionWriter::new(&properties, "decisions", "history").unwrap();
        let mut statement = Statement::new(true, 0, By::Api);
        let who = SubjectId([9; 16]);
        let refused = writer.write(who, "\0", &statement);
        assert!(matches!(
            refused,
            Err(WriteError::Unwritable(Unwritable::Category))
        ));
        statement.proof = Some("x".repeat(1_000));
        let refused = writer.write(who, "Ads", &statement);
        assert!(matches!(
            refused,
            Err(WriteError::Unwritable(Unwritable::Proof))
        ));
        assert!(read_all(&cluster.bootstrap_servers(), "history").is_empty());
    }
}
