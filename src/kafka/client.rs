//! Configurations of the clients: what the promises pin, what the budget
//! gives, and what the operator passes through.

use std::time::Duration;

use rdkafka::config::{ClientConfig, RDKafkaLogLevel};
use rdkafka::error::KafkaError;

use super::client_id;
use super::delivery::Delivery;
use super::memory::Memory;
use super::pacing::{LATENCY_DEFAULT, Pacing};
use super::properties::{
    Properties, PropertyError, Timeouts, is_consumer_only, is_producer_only, is_secret,
};
use crate::plan::Plan;

/// What the client library takes for the largest message unless told.
pub(crate) const MESSAGE_BYTES_DEFAULT: u64 = 1_000_000;
/// What the broker waits for, as long as it may, before it answers a fetch.
const FETCH_MIN_BYTES: &str = "65536";
/// How long a broker waits for records.
const FETCH_WAIT: &str = "fetch.wait.max.ms";

/// Framing of a record batch of one record (61 bytes) and of the record itself
/// (five varints), an upper bound.
///
/// Source: <https://kafka.apache.org/documentation/#recordbatch>
pub(crate) const FRAMING_BYTES: u64 = 61 + 36;

/// Who the clients of one stream are.
#[derive(Clone, Debug)]
pub struct Identity {
    /// Consumer group.
    pub(crate) group: String,
    /// Name of this instance, when the operator gave one.
    pub(crate) instance: Option<String>,
    /// The transactional id, kept through all rebuilds of this process.
    pub transactional_id: String,
    /// What every client calls itself: `veil.<policy>.<digest>`, see
    /// [`super::client_id`].
    pub client_id: String,
}

impl Identity {
    /// The identity of a process: `veil.<group>.<instance>`, the instance
    /// random when it has no name, so that twins never fence each other.
    pub fn new(group: &str, instance: Option<&str>) -> Identity {
        let part =
            instance.map_or_else(|| format!("{:032x}", rand::random::<u128>()), str::to_owned);
        Identity {
            group: group.to_owned(),
            instance: instance.map(str::to_owned),
            transactional_id: format!("veil.{group}.{part}"),
            client_id: format!("veil-{group}"),
        }
    }

    /// The same under a policy, whose name and digest the other members of the
    /// group can see.
    pub fn of_policy(mut self, plan: &Plan) -> Identity {
        self.client_id = client_id::of(&plan.name, &plan.digest);
        self
    }
}

impl Identity {
    /// Of whoever works on a quarantine topic: the same everywhere, so that of two
    /// writers the later one fences the earlier one.
    pub fn of_quarantine(topic: &str) -> Identity {
        Identity {
            // Nothing is subscribed to: no group comes to be.
            group: "veil-quarantine".to_owned(),
            instance: None,
            transactional_id: format!("veil.quarantine.{topic}"),
            client_id: "veil-quarantine".to_owned(),
        }
    }
}

impl Identity {
    /// Of whoever writes down what people decide: nothing is read, and nobody fenced.
    fn of_decisions() -> Identity {
        Identity {
            group: "veil-consent".to_owned(),
            instance: None,
            transactional_id: String::new(),
            client_id: "veil-consent".to_owned(),
        }
    }
}

/// Everything a client of this stream is configured from.
#[derive(Clone, Debug)]
pub struct Clients {
    /// Who they are.
    pub identity: Identity,
    /// Passed through.
    pub properties: Properties,
    /// Checked against each other.
    pub timeouts: Timeouts,
    /// Their queues.
    pub memory: Memory,
    /// What they promise.
    pub delivery: Delivery,
    /// How long they wait for more.
    pub pacing: Pacing,
}

impl Clients {
    /// Those of a command that works on a quarantine topic.
    ///
    /// # Errors
    /// A property that the client library refuses, or no broker is named.
    pub fn of_quarantine(properties: &Properties, topic: &str) -> Result<Clients, PropertyError> {
        if properties.value("bootstrap.servers").is_none() {
            return Err(PropertyError::NoBroker);
        }
        let clients = Clients {
            identity: Identity::of_quarantine(topic),
            properties: properties.clone(),
            timeouts: properties.timeouts(0, 0)?,
            memory: Memory::of_a_command(),
            delivery: Delivery::ExactlyOnce,
            pacing: Pacing::new(LATENCY_DEFAULT),
        };
        clients.check()?;
        Ok(clients)
    }

    /// The same, whose transactions may take as long as one of a release.
    pub fn with_releases(mut self) -> Clients {
        self.timeouts.of_releases(&self.properties);
        self
    }

    /// Those of who writes down what people decide.
    ///
    /// # Errors
    /// A property that the client library refuses, or no broker is named.
    pub fn of_decisions(properties: &Properties) -> Result<Clients, PropertyError> {
        if properties.value("bootstrap.servers").is_none() {
            return Err(PropertyError::NoBroker);
        }
        let clients = Clients {
            identity: Identity::of_decisions(),
            properties: properties.clone(),
            timeouts: properties.timeouts(0, 0)?,
            memory: Memory::of_a_command(),
            // Not transactional: what a crashed writer left open would hold back
            // everybody's withdrawals until its timeout.
            delivery: Delivery::AtLeastOnce,
            pacing: Pacing::new(LATENCY_DEFAULT),
        };
        clients.check()?;
        Ok(clients)
    }

    /// Checks that the client library knows every property with its value.
    ///
    /// # Errors
    /// Names the first that it refuses; the value of a secret is not repeated.
    pub(crate) fn check(&self) -> Result<(), PropertyError> {
        for config in [
            self.consumer(),
            self.producer(MESSAGE_BYTES_DEFAULT, MESSAGE_BYTES_DEFAULT),
        ] {
            config.create_native_config().map_err(refused)?;
        }
        Ok(())
    }

    /// How long a broker may wait for records before it answers that there are none.
    pub(crate) fn fetch_wait(&self) -> Duration {
        let said = self.properties.value(FETCH_WAIT);
        let said = said
            .and_then(|ms| ms.parse().ok())
            .map(Duration::from_millis);
        said.unwrap_or(self.pacing.fetch_wait)
    }

    /// The group member.
    pub fn consumer(&self) -> ClientConfig {
        let mut c = self.base(is_producer_only);
        c.set("group.id", &self.identity.group)
            .set("isolation.level", "read_committed")
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("auto.offset.reset", "error")
            .set("enable.partition.eof", "true")
            .set("partition.assignment.strategy", "cooperative-sticky")
            .set("check.crcs", "true")
            .set("allow.auto.create.topics", "false")
            .set(
                "queued.max.messages.kbytes",
                kib(self.memory.consumer_queue),
            )
            .set("fetch.max.bytes", self.memory.fetch_max.to_string());
        // A consumer held up by a commit fills its queue; at the library's
        // default it would then fetch nothing for a second.
        default(&mut c, "fetch.queue.backoff.ms", "5");
        default(&mut c, "statistics.interval.ms", "5000");
        // One answer with many records costs the client hardly more than one with one.
        let wait = self.pacing.fetch_wait.as_millis().to_string();
        default(&mut c, FETCH_WAIT, &wait);
        default(&mut c, "fetch.min.bytes", FETCH_MIN_BYTES);
        if let Some(name) = &self.identity.instance {
            c.set("group.instance.id", name);
        }
        for (name, ms) in self.timeouts.consumer() {
            c.set(name, ms.to_string());
        }
        c
    }

    /// The producer, a transactional one where the promise takes it. `message_max` is the largest record batch
    /// any destination takes, `batch_max` what all of them take, in bytes.
    pub fn producer(&self, message_max: u64, batch_max: u64) -> ClientConfig {
        let mut c = self.base(is_consumer_only);
        if self.delivery == Delivery::ExactlyOnce {
            c.set("transactional.id", &self.identity.transactional_id);
        }
        c.set("enable.idempotence", "true")
            .set(
                "queue.buffering.max.kbytes",
                kib(self.memory.producer_queue),
            )
            .set("queue.buffering.max.messages", "200000")
            .set(
                "message.max.bytes",
                message_max.clamp(1_000, 1_000_000_000).to_string(),
            )
            .set(
                "batch.size",
                batch_max.clamp(1, i32::MAX as u64).to_string(),
            );
        default(&mut c, "linger.ms", "5");
        // What was delivered is counted, not reported: a report would wake a
        // thread for it.
        default(&mut c, "delivery.report.only.error", "true");
        for (name, ms) in self.timeouts.producer() {
            c.set(name, ms.to_string());
        }
        if self.delivery == Delivery::AtLeastOnce {
            c.remove("transaction.timeout.ms");
        }
        c
    }

    /// A client without group, for questions about topics.
    pub(crate) fn observer(&self) -> ClientConfig {
        let mut c = self.base(|name| {
            is_producer_only(name) || (is_consumer_only(name) && !name.starts_with("auto."))
        });
        c.set("allow.auto.create.topics", "false");
        c
    }

    /// The producer of one record at a time, acknowledged by all replicas, none of
    /// them twice, and without transactions.
    pub(crate) fn single_writes(&self) -> ClientConfig {
        let mut c = self.writer();
        c.set("enable.idempotence", "true")
            .set("acks", "all")
            .set("linger.ms", "0")
            .set("delivery.report.only.error", "false")
            .set("message.timeout.ms", self.timeouts.message_ms.to_string());
        c
    }

    /// A plain producer, for questions about rights.
    pub fn writer(&self) -> ClientConfig {
        let mut c = self.base(is_consumer_only);
        c.set("allow.auto.create.topics", "false");
        c
    }

    fn base(&self, without: impl Fn(&str) -> bool) -> ClientConfig {
        let mut c = ClientConfig::new();
        c.set_log_level(RDKafkaLogLevel::Warning);
        c.set("client.id", &self.identity.client_id);
        c.set(
            "retry.backoff.ms",
            self.timeouts.retry_backoff_ms.to_string(),
        );
        // The library refuses a longest wait below the first.
        c.set(
            "retry.backoff.max.ms",
            self.timeouts.retry_backoff_ms.max(1_000).to_string(),
        );
        for (name, value) in self.properties.raw().filter(|(name, _)| !without(name)) {
            c.set(name, value);
        }
        c
    }
}

/// True when the client library knows the property and takes the value.
pub(crate) fn takes(name: &str, value: &str) -> bool {
    let mut config = ClientConfig::new();
    config.set(name, value);
    config.create_native_config().is_ok()
}

fn default(config: &mut ClientConfig, name: &str, value: &str) {
    if config.get(name).is_none() {
        config.set(name, value);
    }
}

fn kib(bytes: u64) -> String {
    (bytes >> 10).max(1).to_string()
}

fn refused(error: KafkaError) -> PropertyError {
    match error {
        KafkaError::ClientConfig(_, cause, name, _) if !is_secret(&name) => {
            PropertyError::Refused { name, cause }
        }
        KafkaError::ClientConfig(_, _, name, _) => PropertyError::Refused {
            name,
            cause: "the client library refuses the value".to_owned(),
        },
        other => PropertyError::Refused {
            name: "bootstrap.servers".to_owned(),
            cause: other.to_string(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::super::properties::Origin;
    use super::*;

    fn clients(instance: Option<&str>, pairs: &[(&str, &str)]) -> Clients {
        let mut properties = Properties::default();
        for (name, value) in pairs {
            properties.set(name, value, Origin::Settings).unwrap();
        }
        Clients {
            identity: Identity::new("g", instance),
            timeouts: properties.timeouts(5_000, 100).unwrap(),
            properties,
            memory: Memory::plan(None, None, None, 1 << 20, 0, 6 << 20).unwrap(),
            delivery: Delivery::ExactlyOnce,
            pacing: Pacing::new(LATENCY_DEFAULT),
        }
    }

    #[test]
    fn both_clients_are_accepted_by_the_library_and_hold_what_is_pinned() {
        let c = clients(
            Some("a"),
            &[("bootstrap.servers", "127.0.0.1:1"), ("linger.ms", "50")],
        );
        assert_eq!(c.check(), Ok(()));
        let consumer = c.consumer();
        assert_eq!(consumer.get("isolation.level"), Some("read_committed"));
        assert_eq!(consumer.get("enable.auto.commit"), Some("false"));
        assert_eq!(consumer.get("enable.auto.offset.store"), Some("false"));
        assert_eq!(consumer.get("group.instance.id"), Some("a"));
        assert_eq!(consumer.get("fetch.queue.backoff.ms"), Some("5"));
        assert_eq!(consumer.get("linger.ms"), None);
        let producer = c.producer(2_000_000, 900_000);
        assert_eq!(producer.get("transactional.id"), Some("veil.g.a"));
        assert_eq!(producer.get("linger.ms"), Some("50"));
        assert_eq!(producer.get("delivery.report.only.error"), Some("true"));
        assert_eq!(producer.get("message.max.bytes"), Some("2000000"));
        assert_eq!(producer.get("batch.size"), Some("900000"));
        assert_eq!(producer.get("group.id"), None);
        // Without transactions it is idempotent all the same.
        let mut c = c;
        c.delivery = Delivery::AtLeastOnce;
        assert_eq!(c.check(), Ok(()));
        let producer = c.producer(2_000_000, 900_000);
        assert_eq!(producer.get("transactional.id"), None);
        assert_eq!(producer.get("transaction.timeout.ms"), None);
        assert_eq!(producer.get("enable.idempotence"), Some("true"));
    }

    #[test]
    fn an_unnamed_instance_is_random_and_leaves_its_group_when_it_stops() {
        let (a, b) = (Identity::new("g", None), Identity::new("g", None));
        assert_ne!(a.transactional_id, b.transactional_id);
        assert!(a.transactional_id.starts_with("veil.g."));
        assert_eq!(clients(None, &[]).consumer().get("group.instance.id"), None);
    }

    #[test]
    fn what_the_library_refuses_is_named_without_a_secret() {
        let unknown = clients(None, &[("no.such.thing", "1")])
            .check()
            .unwrap_err();
        assert!(unknown.to_string().contains("no.such.thing"), "{unknown}");
        let wrong = clients(None, &[("security.protocol", "carrier-pigeon")])
            .check()
            .unwrap_err();
        assert!(
            matches!(wrong, PropertyError::Refused { name, .. } if name == "security.protocol")
        );
    }
}
