//! All partitions of the source, as the cluster tells of them.

use std::sync::Arc;

use rdkafka::TopicPartitionList;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};

use super::group::{Group, SLICE};

/// The partitions of all these topics, in order.
///
/// # Errors
/// No answer, or a topic that is not there.
pub(super) fn of(
    consumer: &BaseConsumer<Group>,
    topics: &[Arc<str>],
) -> Result<TopicPartitionList, KafkaError> {
    let mut all = TopicPartitionList::new();
    for topic in topics {
        let metadata = consumer.fetch_metadata(Some(topic), SLICE)?;
        let told = metadata.topics().iter().find(|t| t.name() == &**topic);
        let error = told.and_then(|t| t.error()).map(Code::from);
        let partitions = told.map_or(&[][..], |t| t.partitions());
        let error = error.or(partitions
            .is_empty()
            .then_some(Code::UnknownTopicOrPartition));
        if let Some(code) = error {
            return Err(KafkaError::MetadataFetch(code));
        }
        for partition in partitions {
            all.add_partition(topic, partition.id());
        }
    }
    Ok(all)
}
