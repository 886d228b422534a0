//! Writes small rows to a topic and waits for none of them.

use std::sync::Arc;
use std::time::Duration;

use rdkafka::producer::{BaseProducer, BaseRecord, Producer};

use super::client::Clients;
use super::client_log::Asked;
use super::errors;

/// What is under way when it ends is waited for so long.
const FINISH: Duration = Duration::from_secs(1);

/// Writes.
pub(crate) struct CanaryWriter {
    producer: BaseProducer<Asked>,
    topic: Arc<str>,
}

impl CanaryWriter {
    /// To that topic.
    ///
    /// # Errors
    /// No client can be made, in words.
    pub(crate) fn new(clients: &Clients, topic: &Arc<str>) -> Result<CanaryWriter, String> {
        let mut config = clients.single_writes();
        config.set("delivery.report.only.error", "true");
        let producer = config.create_with_context(Asked);
        Ok(CanaryWriter {
            producer: producer.map_err(|e| errors::in_words(&e))?,
            topic: Arc::clone(topic),
        })
    }

    /// The topic.
    pub(crate) fn topic(&self) -> &Arc<str> {
        &self.topic
    }

    /// Sends a row, without a value a tombstone. False when it could not even be sent.
    pub(crate) fn write(&self, key: &str, value: Option<&str>) -> bool {
        let mut record = BaseRecord::to(&self.topic).key(key.as_bytes());
        if let Some(value) = value {
            record = record.payload(value.as_bytes());
        }
        self.producer.send(record).is_ok()
    }

    /// Looks after what is under way.
    pub(crate) fn serve(&self) {
        self.producer.poll(Duration::ZERO);
    }

    /// Waits a little for what is under way.
    pub(crate) fn finish(&self) {
        if let Err(error) = self.producer.flush(FINISH) {
            tracing::debug!("a row was not written: {}", errors::in_words(&error));
        }
    }
}
