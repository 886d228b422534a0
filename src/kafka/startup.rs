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
use crate::plan::Plan;

/// Longest wait for one answer.
const SLICE: Duration = Duration::from_secs(3);

/// What the cluster said about the topics of a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Topology {
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
    pub(crate) fn partitions(&self, topic: &str) -> i32 {
        self.topics.get(topic).map_or(1, |t| t.partitions.max(1))
    }

    /// Largest key, value and headers together that a topic takes in one
    /// record, in bytes.
    pub(crate) fn record_max(&self, topic: &str) -> u64 {
        let max = self
            .topics
            .get(topic)
            .map_or(MESSAGE_BYTES_DEFAULT, |t| t.message_max);
        max.saturating_sub(FRAMING_BYTES)
    }

    /// Largest record batch that any of these topics takes, and the largest
    /// that all of them take.
    pub(crate) fn message_limits<'a>(&self, topics: impl Iterator<Item = &'a str>) -> (u64, u64) {
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

    /// Takes over the partitions of a later answer, and with `sizes` what the
    /// topics take.
    pub(crate) fn refresh(&mut self, later: &Topology, sizes: bool) {
        for (name, topic) in &later.topics {
            if let Some(known) = self.topics.get_mut(name) {
                if sizes && known.message_max != topic.message_max {
                    tracing::info!(
                        topic = %name,
                        before = known.message_max,
                        now = topic.message_max,
                        "`max.message.bytes` of the topic changed"
                    );
                    known.message_max = topic.message_max;
                }
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
    pub(crate) fn of(topics: &[(&str, i32, u64)]) -> Topology {
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
pub(crate) fn destinations(plan: &Plan) -> impl Iterator<Item = &Arc<str>> {
    let outputs = plan.outputs.iter().map(|o| &o.topic);
    outputs.chain(plan.quarantine.iter().map(|q| &q.topic))
}

/// Asks for the partitions of every topic of a plan.
///
/// # Errors
/// The cluster cannot be reached, or a topic is missing or forbidden.
pub(crate) fn topics(clients: &Clients, plan: &Plan) -> Result<Topology, NotYet> {
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

/// Asks what the destinations take and keep. Returns what is to be warned of.
///
/// # Errors
/// A destination contradicts the plan: it keeps quarantined records longer
/// than promised, or refuses every record without a key.
pub(crate) fn limits(
    clients: &Clients,
    plan: &Plan,
    topology: &mut Topology,
) -> Result<Vec<String>, NotYet> {
    let admin: AdminClient<DefaultClientContext> = clients
        .observer()
        .create()
        .map_err(|e| NotYet(format!("no client can be made: {}", code_of(&e))))?;
    let options = AdminOptions::new().request_timeout(Some(SLICE));
    let mut warnings = Vec::new();
    for name in destinations(plan) {
        let asked = [ResourceSpecifier::Topic(name)];
        let mut answers = super::block_on::for_answer(admin.describe_configs(&asked, &options))
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
                warnings.extend(check(plan, name, &Kept::of(&config))?);
            }
            Some(Err(code)) => warnings.push(unreadable(plan, name, code)?),
            None => warnings.push(unreadable(plan, name, Code::Unknown)?),
        }
    }
    Ok(warnings)
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

/// Holds a topic's settings against the plan. Returns what is to be warned of.
fn check(plan: &Plan, topic: &str, kept: &Kept) -> Result<Option<String>, NotYet> {
    let mut warning = None;
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
            warning = Some(format!(
                "tombstones are written to the topic `{topic}`, which is not compacted: they remove nothing there"
            ));
        }
    }
    Ok(warning)
}

/// The settings of a topic are hidden from us: a promise about them stops us,
/// else it is to be warned of.
fn unreadable(plan: &Plan, topic: &str, code: Code) -> Result<String, NotYet> {
    let promised = plan
        .quarantine
        .as_ref()
        .is_some_and(|q| *q.topic == *topic && q.retention_ms.is_some());
    if promised {
        return Err(NotYet(format!(
            "the retention of the quarantine topic `{topic}` cannot be read ({code}), and the policy limits it; grant DescribeConfigs on the topic"
        )));
    }
    Ok(format!(
        "the settings of topic `{topic}` cannot be read ({code}): assuming the default size limit"
    ))
}

const VERIFICATION: &str = "transaction.partition.verification.enable";

/// Asks every broker whether it checks that a record belongs to a transaction
/// that is open. A sentence to warn of when one says that it does not; `None`
/// also when that cannot be read, which takes a right most clients lack.
pub(crate) fn verification(clients: &Clients) -> Option<String> {
    let (client, admin): (BaseConsumer, AdminClient<DefaultClientContext>) = (
        clients.observer().create().ok()?,
        clients.observer().create().ok()?,
    );
    let metadata = client.fetch_metadata(None, SLICE).ok()?;
    let options = AdminOptions::new().request_timeout(Some(SLICE));
    for broker in metadata.brokers() {
        let asked = [ResourceSpecifier::Broker(broker.id())];
        let answers = super::block_on::for_answer(admin.describe_configs(&asked, &options)).ok()?;
        let config = answers.into_iter().next()?.ok()?;
        if let Some(warning) = unverified(broker.id(), text(&config, VERIFICATION)) {
            return Some(warning);
        }
    }
    None
}

fn unverified(broker: i32, setting: Option<&str>) -> Option<String> {
    (setting == Some("false")).then(|| {
        format!(
            "broker {broker} has `{VERIFICATION}=false`: a request that arrives late may then end a transaction it does not belong to, and records are lost in silence; set it to `true` on every broker"
        )
    })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_broker_that_says_no_is_warned_of() {
        assert_eq!(unverified(1, Some("true")), None);
        // Older than the setting, or hidden.
        assert_eq!(unverified(1, None), None);
        let warning = unverified(7, Some("false")).unwrap();
        assert!(warning.contains("broker 7") && warning.contains(VERIFICATION));
    }

    #[test]
    fn a_later_answer_brings_partitions_and_when_asked_for_sizes() {
        let mut known = Topology::of(&[("out", 3, 1_000_000)]);
        let later = Topology::of(&[("out", 4, 20_000), ("stranger", 1, 1)]);
        known.refresh(&later, false);
        assert_eq!(known, Topology::of(&[("out", 4, 1_000_000)]));
        known.refresh(&later, true);
        assert_eq!(known, Topology::of(&[("out", 4, 20_000)]));
    }
}
