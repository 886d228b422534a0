//! The embedded broker: the client library's mock cluster, its topics, a plain
//! producer and a plain reader.

use std::time::{Duration, Instant};

use rdkafka::Message;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::mocking::MockCluster;
use rdkafka::producer::{BaseProducer, BaseRecord, DefaultProducerContext, Producer};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use super::DemoError;
use super::events::Event;
use crate::kafka::properties::{Origin, Properties};
use crate::plan::Plan;

/// Longest wait for one answer inside the process.
const WAIT: Duration = Duration::from_secs(10);

/// The cluster; it ends when this is dropped.
pub(crate) struct Broker {
    cluster: MockCluster<'static, DefaultProducerContext>,
}

/// A record read from an output.
pub(crate) struct Read {
    /// Its key as text.
    pub(crate) key: Option<String>,
    /// Its value as text; of a sealed record, nothing to read.
    pub(crate) value: String,
}

impl Broker {
    /// One broker with every topic of the plan, one partition each: so that the
    /// order of an output is that of the source.
    pub(crate) fn start(plan: &Plan) -> Result<Broker, DemoError> {
        let cluster = MockCluster::new(1).map_err(failed)?;
        let topics = plan
            .source
            .topics
            .iter()
            .chain(plan.outputs.iter().map(|o| &o.topic))
            .chain(plan.quarantine.iter().map(|q| &q.topic));
        for topic in topics {
            cluster.create_topic(topic, 1, 1).map_err(failed)?;
        }
        Ok(Broker { cluster })
    }

    /// How a client reaches it.
    pub(crate) fn properties(&self) -> Result<Properties, DemoError> {
        let mut properties = Properties::default();
        properties
            .set(
                "bootstrap.servers",
                &self.cluster.bootstrap_servers(),
                Origin::Settings,
            )
            .map_err(|e| DemoError::Broker(e.to_string()))?;
        Ok(properties)
    }

    /// Writes the events in order and waits until they are there.
    pub(crate) fn produce(&self, topic: &str, events: &[Event]) -> Result<(), DemoError> {
        let producer: BaseProducer = self.client().create().map_err(failed)?;
        for event in events {
            let record = BaseRecord::to(topic)
                .partition(0)
                .key(&event.key)
                .payload(&event.value)
                .timestamp(event.timestamp_ms);
            producer.send(record).map_err(|(e, _)| failed(e))?;
            producer.poll(Duration::ZERO);
        }
        producer.flush(WAIT).map_err(failed)
    }

    /// Everything a topic holds.
    pub(crate) fn read(&self, topic: &str) -> Result<Vec<Read>, DemoError> {
        let consumer: BaseConsumer = self
            .client()
            .set("group.id", "veil-demo-reader")
            .set("isolation.level", "read_committed")
            .set("enable.auto.commit", "false")
            .create()
            .map_err(failed)?;
        let (_, end) = consumer.fetch_watermarks(topic, 0, WAIT).map_err(failed)?;
        let mut start = TopicPartitionList::new();
        start
            .add_partition_offset(topic, 0, Offset::Beginning)
            .map_err(failed)?;
        consumer.assign(&start).map_err(failed)?;
        let deadline = Instant::now() + WAIT;
        let mut read = Vec::new();
        let mut next = 0;
        while next < end && Instant::now() < deadline {
            let Some(message) = consumer.poll(Duration::from_millis(50)) else {
                continue;
            };
            let message = message.map_err(failed)?;
            next = message.offset() + 1;
            let text =
                |bytes: Option<&[u8]>| bytes.map(|b| String::from_utf8_lossy(b).into_owned());
            read.push(Read {
                key: text(message.key()),
                value: text(message.payload()).unwrap_or_default(),
            });
        }
        Ok(read)
    }

    fn client(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", self.cluster.bootstrap_servers());
        config
    }
}

fn failed(error: KafkaError) -> DemoError {
    DemoError::Broker(error.to_string())
}
