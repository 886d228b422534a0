//! Topics: made and changed; and a setting of all brokers.

use std::time::Duration;

use rdkafka::admin::{
    AdminClient, AdminOptions, AlterConfig, NewPartitions, NewTopic, ResourceSpecifier,
    TopicReplication,
};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer};

use super::wire::{ask, i16_at, list, text};
use super::{Cluster, await_some};

const ANSWER: Duration = Duration::from_secs(20);

/// Creates a topic with `configs`, and waits until clients can see it.
pub fn create(cluster: &Cluster, name: &str, partitions: i32, configs: &[(&str, &str)]) {
    let mut topic = NewTopic::new(name, partitions, TopicReplication::Fixed(1));
    for &(key, value) in configs {
        topic = topic.set(key, value);
    }
    wait(admin(cluster).create_topics([&topic], &options()))
        .unwrap_or_else(|e| panic!("creating {name}: {e}"))
        .into_iter()
        .for_each(|made| {
            made.unwrap_or_else(|(topic, e)| panic!("creating {topic}: {e}"));
        });
    await_leaders(cluster, name, partitions);
}

/// The topics whose name begins so, in order.
pub fn topic_names(cluster: &Cluster, beginning: &str) -> Vec<String> {
    let probe: BaseConsumer = cluster.client().create().expect("a plain client");
    let metadata = probe.fetch_metadata(None, ANSWER).expect("an answer");
    let names = metadata.topics().iter().map(|t| t.name().to_owned());
    let mut names: Vec<String> = names.filter(|n| n.starts_with(beginning)).collect();
    names.sort_unstable();
    names
}

/// Sets one configuration of a topic (the others fall back to defaults: that
/// is what the old request does, and tests that use it name what they need).
pub fn reconfigure(cluster: &Cluster, name: &str, configs: &[(&str, &str)]) {
    let mut change = AlterConfig::new(ResourceSpecifier::Topic(name));
    for &(key, value) in configs {
        change = change.set(key, value);
    }
    wait(admin(cluster).alter_configs([&change], &options()))
        .unwrap_or_else(|e| panic!("configuring {name}: {e}"))
        .into_iter()
        .for_each(|done| {
            done.unwrap_or_else(|(topic, e)| panic!("configuring {topic:?}: {e}"));
        });
}

/// Deletes a topic, and waits until clients do not see it any more.
pub fn delete(cluster: &Cluster, name: &str) {
    wait(admin(cluster).delete_topics(&[name], &options()))
        .unwrap_or_else(|e| panic!("deleting {name}: {e}"))
        .into_iter()
        .for_each(|done| {
            done.unwrap_or_else(|(topic, e)| panic!("deleting {topic}: {e}"));
        });
    await_some(&format!("the end of {name}"), ANSWER, || {
        topic_names(cluster, name)
            .iter()
            .all(|n| n != name)
            .then_some(())
    });
}

/// Gives a topic more partitions, `partitions` in all, and waits until clients can see
/// them.
pub fn widen(cluster: &Cluster, name: &str, partitions: i32) {
    let count = usize::try_from(partitions).expect("a number of partitions");
    let more = NewPartitions::new(name, count);
    wait(admin(cluster).create_partitions([&more], &options()))
        .unwrap_or_else(|e| panic!("widening {name}: {e}"))
        .into_iter()
        .for_each(|done| {
            done.unwrap_or_else(|(topic, e)| panic!("widening {topic}: {e}"));
        });
    await_leaders(cluster, name, partitions);
}

/// Sets a dynamic setting of all brokers, which client libraries can only do one by one.
pub fn set_on_all_brokers(cluster: &Cluster, name: &str, value: &str) {
    const ALTER_CONFIGS_BY_STEPS: i16 = 44;
    const BROKERS: u8 = 4;
    const SET: u8 = 0;
    let setting = [&*text(name), &[SET], &text(value)].concat();
    // The name of all of them is empty.
    let brokers = [&[BROKERS][..], &text(""), &list(&[setting])].concat();
    let body = [&*list(&[brokers]), &[0]].concat();
    let answer = ask(cluster, ALTER_CONFIGS_BY_STEPS, 0, &body);
    // Throttled for so long, one result, its error.
    assert_eq!(i16_at(&answer, 8), 0, "setting {name}");
}

fn await_leaders(cluster: &Cluster, name: &str, partitions: i32) {
    let probe: BaseConsumer = cluster.client().create().expect("a plain client");
    await_some(&format!("the leaders of {name}"), ANSWER, || {
        let metadata = probe.fetch_metadata(Some(name), ANSWER).ok()?;
        let topic = metadata.topics().first()?;
        let led = topic
            .partitions()
            .iter()
            .filter(|p| p.leader() >= 0)
            .count();
        (topic.error().is_none() && led == partitions as usize).then_some(())
    });
}

fn admin(cluster: &Cluster) -> AdminClient<DefaultClientContext> {
    cluster.client().create().expect("an admin client")
}

fn options() -> AdminOptions {
    AdminOptions::new()
        .request_timeout(Some(ANSWER))
        .operation_timeout(Some(ANSWER))
}

fn wait<T>(answer: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime without drivers")
        .block_on(answer)
}
