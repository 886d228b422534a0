//! Why `veil` sends offsets only with the metadata of a live membership: the
//! broker accepts a transactional commit of somebody who is no member at all.
//!
//! The only place that does it wrong on purpose, with plain clients.

use std::time::Duration;

use rdkafka::TopicPartitionList;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::producer::Producer;
use rdkafka::topic_partition_list::Offset;

use crate::kafka::{self, Cluster, await_some, committed, offset_commits};
use crate::traffic::Traffic;

const TOPIC: &str = "danger.source";
const GROUP: &str = "danger";
const PATIENCE: Duration = Duration::from_secs(20);

#[test]
fn a_commit_of_a_non_member_moves_a_live_group_and_a_stale_member_is_fenced() {
    let Some(cluster) = kafka::shared() else {
        return;
    };
    kafka::create(cluster, TOPIC, 2, &[]);
    kafka::produce(cluster, TOPIC, Traffic::new(1, 2).take(200));

    let member = joined(cluster);
    assert_eq!(commit(cluster, "danger-1", &member, 50), Ok(()));
    assert_eq!(committed(cluster, GROUP, TOPIC, 2), [Some(50); 2]);

    // The danger: a client that never joined, or was thrown out, has metadata
    // too (generation -1, no member id), and the broker takes it, although the
    // group has a live member. 40 records of each partition would be read again.
    let stranger = consumer(cluster);
    assert_eq!(commit(cluster, "danger-2", &stranger, 10), Ok(()));
    assert_eq!(committed(cluster, GROUP, TOPIC, 2), [Some(10); 2]);

    // What protects: metadata of a real membership whose generation has passed
    // is refused, and nothing moves.
    let stale = member.group_metadata().expect("a member has metadata");
    let newcomer = joined_beside(cluster, &member);
    let refused = commit_with(cluster, "danger-3", &stale, 70);
    assert!(refused.is_err(), "a past generation must be refused");
    assert_eq!(committed(cluster, GROUP, TOPIC, 2), [Some(10); 2]);
    drop(newcomer);

    // The broker's record of requests tells them apart: what the other cases
    // lean on when they say that `veil` never does this.
    let asked: Vec<(String, bool, bool)> = offset_commits(cluster, GROUP)
        .into_iter()
        .map(|c| (c.transactional_id.clone(), c.is_a_members(), c.taken))
        .collect();
    let expected = [
        ("danger-1", true, true),
        ("danger-2", false, true),
        ("danger-3", true, false),
    ];
    assert_eq!(
        asked,
        expected.map(|(id, member, taken)| (id.to_owned(), member, taken))
    );
}

fn consumer(cluster: &Cluster) -> BaseConsumer {
    cluster
        .client()
        .set("group.id", GROUP)
        .set("enable.auto.commit", "false")
        .set("auto.offset.reset", "earliest")
        .set("session.timeout.ms", "10000")
        .set("partition.assignment.strategy", "cooperative-sticky")
        .create()
        .expect("a consumer")
}

/// A member of the group that owns both partitions.
fn joined(cluster: &Cluster) -> BaseConsumer {
    let member = consumer(cluster);
    member.subscribe(&[TOPIC]).expect("subscribed");
    await_some("both partitions", PATIENCE, || {
        let _ = member.poll(Duration::from_millis(50));
        (member.assignment().ok()?.count() == 2).then_some(())
    });
    member
}

/// A second member; the group's generation has passed on when it returns.
fn joined_beside(cluster: &Cluster, first: &BaseConsumer) -> BaseConsumer {
    let second = consumer(cluster);
    second.subscribe(&[TOPIC]).expect("subscribed");
    await_some("one partition each", PATIENCE, || {
        let _ = first.poll(Duration::from_millis(20));
        let _ = second.poll(Duration::from_millis(20));
        let each = (
            first.assignment().ok()?.count(),
            second.assignment().ok()?.count(),
        );
        (each == (1, 1)).then_some(())
    });
    second
}

fn commit(cluster: &Cluster, id: &str, by: &BaseConsumer, offset: i64) -> Result<(), KafkaError> {
    let metadata = by
        .group_metadata()
        .expect("a consumer with a group has metadata");
    commit_with(cluster, id, &metadata, offset)
}

fn commit_with(
    cluster: &Cluster,
    id: &str,
    metadata: &rdkafka::consumer::ConsumerGroupMetadata,
    offset: i64,
) -> Result<(), KafkaError> {
    let producer = kafka::transactional_producer(cluster, id);
    let mut offsets = TopicPartitionList::new();
    for partition in 0..2 {
        offsets.add_partition_offset(TOPIC, partition, Offset::Offset(offset))?;
    }
    producer.begin_transaction()?;
    let sent = producer.send_offsets_to_transaction(&offsets, metadata, PATIENCE);
    match sent {
        Ok(()) => producer.commit_transaction(PATIENCE),
        Err(e) => {
            producer.abort_transaction(PATIENCE)?;
            Err(e)
        }
    }
}
