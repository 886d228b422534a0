//! Questions to the cluster before anything is read: do the topics exist, what
//! do they take, and do they keep records no longer than promised.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use rdkafka::admin::{AdminClient, AdminOptions, ConfigResource, ResourceSpecifier};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};

use super::client::{Clients, FRAMING_BYTES, MESSAGE_BYTES_DEFAULT};
use super::errors;
use crate::policy::plan::Plan;

/// Longest wait for one answer; stop is checked in between.
const SLICE: Duration = Duration::from_secs(3);

/// What the cluster said about the topics of a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Topology {
    topics: BTreeMap<Arc<str>, Topic>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Topic {
    partitions: i32,
    /// Largest record batch it takes, in bytes.
    message_max: u64,
}

impl Topology {
    /// Partitions of a topic; at least 1.
    pub fn partitions(&self, topic: &str) -> i32 {
        self.topics.get(topic).map_or(1, |t| t.partitions.max(1))
    }

    /// Largest key, value and headers together that a topic takes in one
    /// record, in bytes.
    pub fn record_max(&self, topic: &str) -> u64 {
        let max = self
            .topics
            .get(topic)
            .map_or(MESSAGE_BYTES_DEFAULT, |t| t.message_max);
        max.saturating_sub(FRAMING_BYTES)
    }

    /// Largest record batch that any of these topics takes, and the largest
    /// that all of them take.
    pub fn message_limits<'a>(&self, topics: impl Iterator<Item = &'a str>) -> (u64, u64) {
        let mut limits = topics.map(|t| {
            self.topics
                .get(t)
                .map_or(MESSAGE_BYTES_DEFAULT, |t| t.message_max)
        });
        let first = limits.next().unwrap_or(MESSAGE_BYTES_DEFAULT);
        limits.fold((first, first), |(most, least), max| {
            (most.max(max), least.min(max))
        })
    }

    /// Takes over the partitions of a later answer; limits stay.
    pub fn refresh(&mut self, later: &Topology) {
        for (name, topic) in &later.topics {
            if let Some(known) = self.topics.get_mut(name) {
                if known.partitions != topic.partitions {
                    tracing::warn!(
                        topic = %name,
                        before = known.partitions,
                        now = topic.partitions,
                        "the number of partitions changed: records of one key may go to another partition from here on"
                    );
                }
                known.partitions = topic.partitions;
            }
        }
    }

    /// A topology that says so, for tests.
    #[cfg(test)]
    pub fn of(topics: &[(&str, i32, u64)]) -> Topology {
        let topics = topics.iter().map(|(name, partitions, message_max)| {
            let topic = Topic {
                partitions: *partitions,
                message_max: *message_max,
            };
            (Arc::from(*name), topic)
        });
        Topology {
            topics: topics.collect(),
        }
    }
}

/// Why a stream cannot start yet: one sentence with the next step.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{0}")]
pub struct NotYet(pub String);

/// All destinations of a plan, quarantine last.
pub fn destinations(plan: &Plan) -> impl Iterator<Item = &Arc<str>> {
    let outputs = plan.outputs.iter().map(|o| &o.topic);
    outputs.chain(plan.quarantine.iter().map(|q| &q.topic))
}

/// Asks for the partitions of every topic of a plan.
///
/// # Errors
/// The cluster cannot be reached, or a topic is missing or forbidden.
pub fn topics(clients: &Clients, plan: &Plan) -> Result<Topology, NotYet> {
    let client: BaseConsumer = clients
        .observer()
        .create()
        .map_err(|e| NotYet(format!("no client can be made: {}", code_of(&e))))?;
    let mut topology = Topology::default();
    for name in plan.source.topics.iter().chain(destinations(plan)) {
        let metadata = client.fetch_metadata(Some(name), SLICE).map_err(|e| {
            let servers = clients.properties.value("bootstrap.servers").unwrap_or("");
            NotYet(format!(
                "no broker answers at `{servers}`: {}; check `bootstrap.servers`, the network and the credentials",
                code_of(&e)
            ))
        })?;
        let answer = metadata.topics().iter().find(|t| t.name() == &**name);
        let error = answer.and_then(|t| t.error()).map(Code::from);
        let partitions = answer.map_or(0, |t| t.partitions().len());
        match error {
            Some(code) => return Err(NotYet(errors::of_topic(name, code))),
            None if partitions == 0 => {
                return Err(NotYet(errors::of_topic(
                    name,
                    Code::UnknownTopicOrPartition,
                )));
            }
            None => {}
        }
        topology.topics.insert(
            name.clone(),
            Topic {
                partitions: i32::try_from(partitions).unwrap_or(i32::MAX),
                message_max: MESSAGE_BYTES_DEFAULT,
            },
        );
    }
    Ok(topology)
}

/// Asks what the destinations take and keep.
///
/// # Errors
/// A destination contradicts the plan: it keeps quarantined records longer
/// than promised, or refuses every record without a key.
pub fn limits(clients: &Clients, plan: &Plan, topology: &mut Topology) -> Result<(), NotYet> {
    let admin: AdminClient<DefaultClientContext> = clients
        .observer()
        .create()
        .map_err(|e| NotYet(format!("no client can be made: {}", code_of(&e))))?;
    let options = AdminOptions::new().request_timeout(Some(SLICE));
    for name in destinations(plan) {
        let asked = [ResourceSpecifier::Topic(name)];
        let mut answers = super::wait::for_answer(admin.describe_configs(&asked, &options))
            .map_err(|e| {
                NotYet(format!(
                    "the settings of topic `{name}` cannot be read: {}",
                    code_of(&e)
                ))
            })?;
        match answers.pop() {
            Some(Ok(config)) => {
                if let Some(max) = number(&config, "max.message.bytes") {
                    let topic = topology
                        .topics
                        .get_mut(name)
                        .expect("asked for by `topics`");
                    topic.message_max = u64::try_from(max).unwrap_or(MESSAGE_BYTES_DEFAULT);
                }
                check(plan, name, &Kept::of(&config))?;
            }
            Some(Err(code)) => unreadable(plan, name, code)?,
            None => unreadable(plan, name, Code::Unknown)?,
        }
    }
    Ok(())
}

/// What a topic keeps, and how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Kept {
    compacts: bool,
    deletes: bool,
    /// -1: for ever.
    retention_ms: i64,
}

impl Kept {
    fn of(config: &ConfigResource) -> Kept {
        let policy = text(config, "cleanup.policy").unwrap_or("delete");
        Kept {
            compacts: policy.contains("compact"),
            deletes: policy.contains("delete"),
            retention_ms: number(config, "retention.ms").unwrap_or(-1),
        }
    }
}

/// Holds a topic's settings against the plan.
fn check(plan: &Plan, topic: &str, kept: &Kept) -> Result<(), NotYet> {
    if let Some(quarantine) = plan.quarantine.as_ref().filter(|q| *q.topic == *topic)
        && let Some(most) = quarantine.retention_ms
    {
        let for_ever = !kept.deletes || kept.retention_ms < 0;
        if for_ever || kept.retention_ms > most {
            return Err(NotYet(format!(
                "the quarantine topic `{topic}` keeps records {}, the policy allows {most} ms; set `cleanup.policy=delete` and `retention.ms={most}` on it",
                if for_ever {
                    "for ever".to_owned()
                } else {
                    format!("{} ms", kept.retention_ms)
                }
            )));
        }
    }
    for output in plan.outputs.iter().filter(|o| *o.topic == *topic) {
        if kept.compacts && output.key.is_none() {
            return Err(NotYet(format!(
                "the output topic `{topic}` is compacted and refuses records without a key; give the output a `key:` or set `cleanup.policy=delete` on the topic"
            )));
        }
        if kept.compacts && !output.forward_tombstones {
            return Err(NotYet(format!(
                "the output topic `{topic}` is compacted, and the policy drops tombstones: what is deleted at the source would stay in it for ever; write `tombstones: forward`, or set `cleanup.policy=delete` on the topic"
            )));
        }
        let tombstones =
            output.tombstone_when_withheld || (output.forward_tombstones && output.key.is_some());
        if tombstones && !kept.compacts {
            tracing::warn!(
                topic,
                "tombstones are written to a topic that is not compacted: they remove nothing there"
            );
        }
    }
    Ok(())
}

/// The settings of a topic are hidden from us: only a promise about them stops us.
fn unreadable(plan: &Plan, topic: &str, code: Code) -> Result<(), NotYet> {
    let promised = plan
        .quarantine
        .as_ref()
        .is_some_and(|q| *q.topic == *topic && q.retention_ms.is_some());
    if promised {
        return Err(NotYet(format!(
            "the retention of the quarantine topic `{topic}` cannot be read ({code}), and the policy limits it; grant DescribeConfigs on the topic"
        )));
    }
    tracing::warn!(
        topic,
        "the topic's settings cannot be read ({code}): assuming the default size limit"
    );
    Ok(())
}

fn text<'a>(config: &'a ConfigResource, name: &str) -> Option<&'a str> {
    config.get(name)?.value.as_deref()
}

fn number(config: &ConfigResource, name: &str) -> Option<i64> {
    text(config, name)?.parse().ok()
}

fn code_of(error: &KafkaError) -> String {
    // The error's own text may hold a property's value.
    error.rdkafka_error_code().map_or_else(
        || "the client refuses its configuration".to_owned(),
        |code| code.to_string(),
    )
}
