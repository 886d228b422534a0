//! Questions to the cluster before anything is read: do the topics exist, what
//! do they take, and do they keep records no longer than promised.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use rdkafka::admin::{AdminClient, AdminOptions, ConfigResource, ResourceSpecifier};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::RDKafkaErrorCode as Code;

use super::client::{Clients, FRAMING_BYTES, MESSAGE_BYTES_DEFAULT};
use super::client_log::Asked;
use super::delivery::Delivery;
use super::errors::{self, Class};
use super::lease_topics;
use super::problem::{self, Problem, Tools};
use crate::plan::Plan;

/// Longest wait for one answer.
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

    /// Takes over a later answer, of topics too that were not known.
    pub(crate) fn join(&mut self, later: &Topology) {
        self.refresh(later, true);
        for (name, topic) in &later.topics {
            self.topics.entry(name.clone()).or_insert(*topic);
        }
    }

    /// True when the cluster told of that topic.
    pub(crate) fn knows(&self, topic: &str) -> bool {
        self.topics.contains_key(topic)
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

/// Why a stream cannot start yet, with the next step.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum NotYet {
    /// There is no answer: nothing is known of the topics.
    #[error("{0}")]
    Unanswered(String),
    /// The cluster does not agree with the plan: everything that is wrong.
    #[error("{0}")]
    Problems(String),
}

/// What the cluster said to all questions about the topics of a plan.
#[derive(Debug, Default)]
pub struct Answers {
    /// The topics that are there.
    pub topology: Topology,
    /// Why nothing can start.
    pub problems: Vec<Problem>,
    /// What is to be warned of.
    pub warnings: Vec<Problem>,
    /// What each destination keeps, where that may be read.
    pub kept: BTreeMap<Arc<str>, Retention>,
}

impl Answers {
    /// # Errors
    /// Something is wrong: all of it, in one line.
    fn agreed(self) -> Result<(Topology, Vec<String>), NotYet> {
        if !self.problems.is_empty() {
            return Err(NotYet::Problems(problem::in_one_line(&self.problems)));
        }
        let warnings = self.warnings.iter().map(Problem::to_string).collect();
        Ok((self.topology, warnings))
    }
}

/// All destinations of a plan: its outputs, where these remember anybody what they
/// remember, quarantine last.
pub(crate) fn destinations(plan: &Plan) -> impl Iterator<Item = &Arc<str>> {
    let outputs = plan.outputs.iter().map(|o| &o.topic);
    let windows = plan.lease().map(|lease| &lease.windows);
    let quarantine = plan.quarantine.iter().map(|q| &q.topic);
    outputs.chain(windows).chain(quarantine)
}

/// Every topic of a plan.
pub(crate) fn all_topics(plan: &Plan) -> impl Iterator<Item = &Arc<str>> {
    let sources = plan.source.topics.iter();
    let leases = lease_topics::leases(plan).map(|lease| &lease.topic);
    sources.chain(destinations(plan)).chain(leases)
}

/// Asks for the partitions of every topic of a plan.
///
/// # Errors
/// The cluster cannot be reached, or topics are missing or forbidden: all of them
/// are named.
pub fn topics(clients: &Clients, plan: &Plan) -> Result<Topology, NotYet> {
    let mut answers = Answers::default();
    ask_topics(clients, plan, &mut answers)?;
    Ok(answers.agreed()?.0)
}

/// Asks for the partitions of every topic, and what the destinations take and
/// keep. Returns what is to be warned of, too.
///
/// # Errors
/// As [`topics`]; or a destination contradicts the plan: it keeps quarantined
/// records longer than promised, or refuses every record without a key.
pub fn check_topics(clients: &Clients, plan: &Plan) -> Result<(Topology, Vec<String>), NotYet> {
    answers(clients, plan)?.agreed()
}

/// The same, with everything that is wrong kept apart.
///
/// # Errors
/// The cluster cannot be reached.
pub fn answers(clients: &Clients, plan: &Plan) -> Result<Answers, NotYet> {
    let mut answers = Answers::default();
    ask_topics(clients, plan, &mut answers)?;
    ask_limits(clients, plan, &mut answers)?;
    Ok(answers)
}

fn ask_topics(clients: &Clients, plan: &Plan, answers: &mut Answers) -> Result<(), NotYet> {
    let client: BaseConsumer<Asked> =
        clients.observer().create_with_context(Asked).map_err(|e| {
            NotYet::Unanswered(format!("no client can be made: {}", errors::in_words(&e)))
        })?;
    for name in all_topics(plan) {
        let metadata = client.fetch_metadata(Some(name), SLICE).map_err(|e| {
            let servers = clients.properties.value("bootstrap.servers").unwrap_or("");
            NotYet::Unanswered(format!(
                "no broker answers at `{servers}`: {}; check `bootstrap.servers`, the network and the credentials",
                errors::in_words(&e)
            ))
        })?;
        let answer = metadata.topics().iter().find(|t| t.name() == &**name);
        let error = answer.and_then(|t| t.error()).map(Code::from);
        let partitions = answer.map_or(0, |t| t.partitions().len());
        let error = error.or((partitions == 0).then_some(Code::UnknownTopicOrPartition));
        if let Some(code) = error {
            let known = answers
                .topology
                .topics
                .values()
                .next()
                .map(|t| t.partitions);
            answers
                .problems
                .push(missing(clients, plan, name, code, known));
            continue;
        }
        let tools = Tools::of(&clients.properties);
        let wide = lease_topics::has_one_partition(&tools, plan, name, partitions);
        answers.problems.extend(wide);
        answers.topology.topics.insert(
            name.clone(),
            Topic {
                partitions: i32::try_from(partitions).unwrap_or(i32::MAX),
                message_max: MESSAGE_BYTES_DEFAULT,
            },
        );
    }
    Ok(())
}

/// A topic that is not there or not shown to us. A missing output gets as many
/// partitions as the first topic that is there: a source.
fn missing(
    clients: &Clients,
    plan: &Plan,
    topic: &Arc<str>,
    code: Code,
    partitions: Option<i32>,
) -> Problem {
    let tools = Tools::of(&clients.properties);
    let is_source = plan.source.topics.contains(topic);
    let command = match errors::classify(code, errors::Flags::default()) {
        Class::MissingTopic => {
            if let Some(command) = lease_topics::create(&tools, plan, topic) {
                return Problem {
                    subject: topic.to_string(),
                    what: errors::of_topic(topic, code),
                    help: format!("`{command}`"),
                };
            }
            let retention = plan.quarantine.as_ref().filter(|q| q.topic == *topic);
            let configs = retention
                .and_then(|q| q.retention_ms)
                .map_or(vec![], kept_for);
            let partitions = partitions.filter(|_| !is_source);
            Some(tools.create_topic(topic, partitions, &configs))
        }
        Class::Authorization => {
            let rights: &[&str] = match lease_topics::rights(plan, topic) {
                Some(rights) => rights,
                None if is_source => &["Read", "DescribeConfigs"],
                None => &["Write", "DescribeConfigs"],
            };
            Some(tools.grant(rights, &format!("--topic {topic}")))
        }
        _ => None,
    };
    Problem {
        subject: topic.to_string(),
        what: errors::of_topic(topic, code),
        help: command.map_or_else(String::new, |c| format!("`{c}`")),
    }
}

/// Settings of a topic that keeps records so long and no longer.
fn kept_for(ms: i64) -> Vec<String> {
    vec![
        "cleanup.policy=delete".to_owned(),
        format!("retention.ms={ms}"),
    ]
}

fn ask_limits(clients: &Clients, plan: &Plan, answers: &mut Answers) -> Result<(), NotYet> {
    let admin: AdminClient<Asked> = clients.observer().create_with_context(Asked).map_err(|e| {
        NotYet::Unanswered(format!("no client can be made: {}", errors::in_words(&e)))
    })?;
    let options = AdminOptions::new().request_timeout(Some(SLICE));
    let tools = Tools::of(&clients.properties);
    for name in plan.source.topics.iter().chain(destinations(plan)) {
        // What is not there is told already.
        let Some(topic) = answers.topology.topics.get_mut(name) else {
            continue;
        };
        let asked = [ResourceSpecifier::Topic(name)];
        let mut said = super::block_on::for_answer(admin.describe_configs(&asked, &options))
            .map_err(|e| {
                NotYet::Unanswered(format!(
                    "the settings of topic `{name}` cannot be read: {}",
                    errors::in_words(&e)
                ))
            })?;
        match said.pop().unwrap_or(Err(Code::Unknown)) {
            Ok(config) => {
                if let Some(max) = number(&config, "max.message.bytes") {
                    topic.message_max = u64::try_from(max).unwrap_or(MESSAGE_BYTES_DEFAULT);
                }
                let kept = Retention::of(&config);
                let max = topic.message_max;
                let is_for_ever = kept.compacts && !kept.deletes;
                let forgets = lease_topics::keeps(&tools, plan, name, is_for_ever, max);
                answers.problems.extend(forgets);
                check(&tools, plan, name, &kept, answers);
                answers.kept.insert(name.clone(), kept);
            }
            // Nothing is promised about a source.
            Err(_) if plan.source.topics.contains(name) => {}
            Err(code) => unreadable(&tools, plan, name, code, answers),
        }
    }
    Ok(())
}

/// What a topic keeps, and how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Of records with one key the newest stays.
    pub compacts: bool,
    /// Old records are deleted.
    pub deletes: bool,
    /// So long at least, milliseconds; -1: for ever.
    pub retention_ms: i64,
}

impl Retention {
    fn of(config: &ConfigResource) -> Retention {
        let policy = text(config, "cleanup.policy").unwrap_or("delete");
        Retention {
            compacts: policy.contains("compact"),
            deletes: policy.contains("delete"),
            retention_ms: number(config, "retention.ms").unwrap_or(-1),
        }
    }
}

/// Holds a topic's settings against the plan.
fn check(tools: &Tools, plan: &Plan, topic: &str, kept: &Retention, answers: &mut Answers) {
    let problem = |what: String, help: String| Problem {
        subject: topic.to_owned(),
        what,
        help,
    };
    let delete = || tools.configure_topic(topic, &["cleanup.policy=delete".to_owned()]);
    let promised = plan.quarantine.as_ref().filter(|q| *q.topic == *topic);
    if let Some(most) = promised.and_then(|q| q.retention_ms) {
        let for_ever = !kept.deletes || kept.retention_ms < 0;
        if for_ever || kept.retention_ms > most {
            let long = match for_ever {
                true => "for ever".to_owned(),
                false => format!("{} ms", kept.retention_ms),
            };
            answers.problems.push(problem(
                format!("the quarantine topic `{topic}` keeps records {long}, the policy allows {most} ms"),
                format!("`{}`", tools.configure_topic(topic, &kept_for(most))),
            ));
        }
    }
    let reads = plan.source.topics.iter().any(|t| **t == *topic);
    if reads && kept.deletes && kept.retention_ms >= 0 {
        waits_longer(tools, plan, topic, kept.retention_ms, answers);
    }
    for output in plan.outputs.iter().filter(|o| *o.topic == *topic) {
        if kept.compacts && output.key.is_none() {
            answers.problems.push(problem(
                format!(
                    "the output topic `{topic}` is compacted and refuses records without a key"
                ),
                format!(
                    "give the output a `key:`, or set `cleanup.policy=delete`: `{}`",
                    delete()
                ),
            ));
        }
        if kept.compacts && !output.forward_tombstones {
            answers.problems.push(problem(
                format!("the output topic `{topic}` is compacted, and the policy drops tombstones: what is deleted at the source would stay in it for ever"),
                format!("write `tombstones: forward`, or set `cleanup.policy=delete`: `{}`", delete()),
            ));
        }
        let clears = !output.cleared_by.is_empty() || output.clears_withdrawn;
        let tombstones = clears || (output.forward_tombstones && output.key.is_some());
        if tombstones && !kept.compacts {
            answers.warnings.push(problem(
                format!("tombstones are written to the topic `{topic}`, which is not compacted: they remove nothing there"),
                String::new(),
            ));
        }
    }
}

/// What waits is read again after a crash, perhaps several times: it must still be there.
fn waits_longer(tools: &Tools, plan: &Plan, topic: &str, kept_ms: i64, answers: &mut Answers) {
    for output in &plan.outputs {
        let Some(held) = &output.held else { continue };
        let wait_ms = held.delay_max_ms;
        if kept_ms >= wait_ms.saturating_mul(10) {
            continue;
        }
        let enough = format!("retention.ms={}", wait_ms.saturating_mul(10));
        let found = Problem {
            subject: topic.to_owned(),
            what: format!(
                "the source topic `{topic}` keeps records {kept_ms} ms, and those of `{}` wait up to {wait_ms} ms and are read again after a crash",
                output.topic
            ),
            help: format!("`{}`", tools.configure_topic(topic, &[enough])),
        };
        match kept_ms < wait_ms.saturating_mul(2) {
            true => answers.problems.push(found),
            false => answers.warnings.push(found),
        }
    }
}

/// The settings of a topic are hidden from us: a promise about them stops us,
/// else it is to be warned of.
fn unreadable(tools: &Tools, plan: &Plan, topic: &str, code: Code, answers: &mut Answers) {
    let promised = plan.quarantine.as_ref().filter(|q| *q.topic == *topic);
    let grant = tools.grant(&["DescribeConfigs"], &format!("--topic {topic}"));
    let problem = |what: String| Problem {
        subject: topic.to_owned(),
        what,
        help: format!("`{grant}`"),
    };
    if promised.is_some_and(|q| q.retention_ms.is_some()) {
        answers.problems.push(problem(format!(
            "the retention of the quarantine topic `{topic}` cannot be read ({code}), and the policy limits it"
        )));
    } else {
        answers.warnings.push(problem(format!(
            "the settings of topic `{topic}` cannot be read ({code}): assuming the default size limit"
        )));
    }
}

const VERIFICATION: &str = "transaction.partition.verification.enable";

/// Asks every broker whether it checks that a record belongs to a transaction
/// that is open. A sentence to warn of when one says that it does not; `None`
/// also when that cannot be read, which takes a right most clients lack.
pub(crate) fn verification(clients: &Clients) -> Option<String> {
    // Nothing is transactional then.
    if clients.delivery == Delivery::AtLeastOnce {
        return None;
    }
    let (client, admin): (BaseConsumer<Asked>, AdminClient<Asked>) = (
        clients.observer().create_with_context(Asked).ok()?,
        clients.observer().create_with_context(Asked).ok()?,
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

pub(super) fn number(config: &ConfigResource, name: &str) -> Option<i64> {
    text(config, name)?.parse().ok()
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

    /// What waits is read again after a crash: a source that forgets it sooner loses it.
    #[test]
    fn a_source_that_forgets_too_soon_is_refused_or_warned_of() {
        use crate::kafka::properties::Properties;
        use crate::pipeline::testing::{Plans, field};
        use crate::plan::held::{Counted, Held, Layout, Short};
        let mut plans = Plans::new();
        let people = Counted {
            kind: 0,
            index: None,
        };
        plans.output(&[field("n", "keep")]).held = Some(Box::new(Held {
            marks: None,
            people,
            records_min: 5,
            people_min: 5,
            records_max: 100,
            delay_max_ms: 60_000,
            short: Short::Suppress,
            once_per_ms: None,
            classes: None,
            layout: Layout::default(),
        }));
        let plan = plans.build();
        let tools = Tools::of(&Properties::default());
        let found = |retention_ms| {
            let kept = Retention {
                compacts: false,
                deletes: true,
                retention_ms,
            };
            let mut answers = Answers::default();
            check(&tools, &plan, "raw", &kept, &mut answers);
            (answers.problems.len(), answers.warnings.len())
        };
        let all = [119_999, 120_000, 599_999, 600_000, -1].map(found);
        assert_eq!(all, [(1, 0), (0, 1), (0, 1), (0, 0), (0, 0)]);
    }
}
