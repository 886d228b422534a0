//! What the client library says, as log lines of ours: its name is the target of
//! the line, and stands nowhere else.

use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel as Level;
use rdkafka::consumer::ConsumerContext;
use rdkafka::error::KafkaError;
use rdkafka::message::DeliveryResult;
use rdkafka::producer::ProducerContext;

/// Passes a line on.
pub(crate) fn say(level: Level, facility: &str, line: &str) {
    match level {
        Level::Emerg | Level::Alert | Level::Critical | Level::Error => {
            tracing::error!(target: "librdkafka", facility, "{line}");
        }
        Level::Warning => tracing::warn!(target: "librdkafka", facility, "{line}"),
        Level::Notice | Level::Info => tracing::info!(target: "librdkafka", facility, "{line}"),
        Level::Debug => tracing::debug!(target: "librdkafka", facility, "{line}"),
    }
}

/// Of a client that is asked and answers, and reports nothing by itself.
pub(crate) struct Asked;

impl ClientContext for Asked {
    fn log(&self, level: Level, facility: &str, line: &str) {
        say(level, facility, line);
    }

    fn error(&self, error: KafkaError, _reason: &str) {
        // What was asked fails with it, and that is told.
        tracing::debug!("{error}");
    }
}

impl ConsumerContext for Asked {}

impl ProducerContext for Asked {
    type DeliveryOpaque = ();

    fn delivery(&self, _: &DeliveryResult<'_>, (): ()) {}
}
