//! What the topics of live consent must be, held against what the cluster says.

use std::sync::Arc;
use std::time::Duration;

use rdkafka::admin::{AdminClient, AdminOptions, ConfigResource, ResourceSpecifier};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::RDKafkaErrorCode as Code;

use crate::kafka::block_on;
use crate::kafka::client::Clients;
use crate::kafka::client_log::Asked;
use crate::kafka::errors;
use crate::kafka::problem::{self, Problem, Tools};
use crate::kafka::startup::NotYet;
use crate::plan::Plan;
use crate::plan::live::LiveConsent;

/// Longest wait for one answer.
const SLICE: Duration = Duration::from_secs(3);
/// For so long a topic keeps tombstones unless told otherwise, in milliseconds.
const DELETE_RETENTION_DEFAULT_MS: i64 = 86_400_000;

/// The topics as they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StateTopics {
    /// For so long the topic of decisions keeps tombstones, in milliseconds.
    pub(crate) delete_retention_ms: i64,
    /// The topic of canaries is there.
    pub(crate) has_control: bool,
    /// What is to be warned of.
    pub(crate) warnings: Vec<String>,
}

/// Holds them against what they must be.
///
/// # Errors
/// The cluster cannot be asked; the topic of decisions is not there, forgets, or has fewer
/// replicas than an output that it decides about.
pub(crate) fn check(
    clients: &Clients,
    plan: &Plan,
    live: &LiveConsent,
) -> Result<StateTopics, NotYet> {
    match look(clients, plan, live)? {
        (topics, problems) if problems.is_empty() => Ok(topics),
        (_, problems) => Err(NotYet::Problems(problem::in_one_line(&problems))),
    }
}

/// Looks at them: what they are, and all that is wrong.
///
/// # Errors
/// The cluster cannot be asked.
pub(crate) fn look(
    clients: &Clients,
    plan: &Plan,
    live: &LiveConsent,
) -> Result<(StateTopics, Vec<Problem>), NotYet> {
    let unanswered = |e| NotYet::Unanswered(errors::in_words(&e));
    let client: BaseConsumer<Asked> = clients
        .observer()
        .create_with_context(Asked)
        .map_err(unanswered)?;
    let replicas = |topic: &str| {
        let metadata = client.fetch_metadata(Some(topic), SLICE);
        let metadata = metadata.map_err(unanswered)?;
        let told = metadata.topics().iter().find(|t| t.name() == topic);
        let error = told.and_then(|t| t.error()).map(Code::from);
        let each = told.into_iter().flat_map(|t| t.partitions());
        let least = each.map(|p| p.replicas().len()).min();
        Ok::<_, NotYet>(match (error, least) {
            (None, Some(least)) => Ok(least),
            (error, _) => Err(error.unwrap_or(Code::UnknownTopicOrPartition)),
        })
    };
    let tools = Tools::of(&clients.properties);
    let mut problems = Vec::new();
    let topic = &live.topic;
    let settings = || {
        [
            "cleanup.policy=compact",
            "delete.retention.ms=604800000",
            "message.timestamp.type=LogAppendTime",
        ]
        .map(str::to_owned)
    };
    let mut topics = StateTopics {
        delete_retention_ms: DELETE_RETENTION_DEFAULT_MS,
        has_control: true,
        warnings: Vec::new(),
    };
    match replicas(topic)? {
        Ok(ours) => {
            let outputs = plan.outputs.iter().map(|o| replicas(&o.topic));
            let outputs = outputs.collect::<Result<Vec<_>, NotYet>>()?;
            let most = outputs.into_iter().filter_map(Result::ok).max();
            if let Some(most) = most.filter(|most| *most > ours) {
                problems.push(Problem {
                    subject: topic.to_string(),
                    what: format!("the topic of decisions `{topic}` has {ours} replicas and an output {most}: it would be lost first"),
                    help: format!("give it {most} replicas"),
                });
            }
            let found = describe(clients, topic)?;
            let (wrong, warned) = judge(topic, found.as_ref());
            problems.extend(wrong.map(|what| Problem {
                subject: topic.to_string(),
                what,
                help: format!("`{}`", tools.configure_topic(topic, &settings())),
            }));
            topics.warnings.extend(warned);
            let retention = found
                .as_ref()
                .and_then(|f| number(f, "delete.retention.ms"));
            topics.delete_retention_ms = retention.unwrap_or(DELETE_RETENTION_DEFAULT_MS);
            topics.has_control = replicas(&live.control)?.is_ok();
            if !topics.has_control {
                let control = &live.control;
                let create =
                    tools.create_topic(control, Some(1), &["cleanup.policy=compact".to_owned()]);
                topics.warnings.push(format!("topic `{control}` is not there: how late decisions are seen is not measured; `{create}`"));
            }
        }
        Err(code) => problems.push(Problem {
            subject: topic.to_string(),
            what: errors::of_topic(topic, code),
            help: format!("`{}`", tools.create_topic(topic, Some(12), &settings())),
        }),
    }
    Ok((topics, problems))
}

/// For how long the topic that keeps each decision as evidence keeps it, in milliseconds;
/// -1: for ever. `None`: the topic is not there, or its settings cannot be read.
///
/// # Errors
/// The cluster cannot be asked.
pub(crate) fn history_kept_ms(
    clients: &Clients,
    live: &LiveConsent,
) -> Result<Option<i64>, NotYet> {
    let found = describe(clients, &live.history)?;
    Ok(
        found.and_then(|found| match text(&found, "cleanup.policy") {
            Some("delete") => number(&found, "retention.ms"),
            _ => None,
        }),
    )
}

/// What the cluster says of a topic's settings; `None`: it does not say.
fn describe(clients: &Clients, topic: &Arc<str>) -> Result<Option<ConfigResource>, NotYet> {
    let unanswered = |e| NotYet::Unanswered(errors::in_words(&e));
    let admin: AdminClient<Asked> = clients
        .observer()
        .create_with_context(Asked)
        .map_err(unanswered)?;
    let options = AdminOptions::new().request_timeout(Some(SLICE));
    let asked = [ResourceSpecifier::Topic(topic)];
    let mut said =
        block_on::for_answer(admin.describe_configs(&asked, &options)).map_err(unanswered)?;
    Ok(said.pop().and_then(Result::ok))
}

/// What is wrong with its settings, and what is to be warned of.
fn judge(topic: &str, found: Option<&ConfigResource>) -> (Option<String>, Vec<String>) {
    let Some(found) = found else {
        let hidden = format!(
            "the settings of topic `{topic}` cannot be read: whether it forgets decisions is not known"
        );
        return (None, vec![hidden]);
    };
    judge_settings(
        topic,
        text(found, "cleanup.policy").unwrap_or("delete"),
        text(found, "message.timestamp.type").unwrap_or("CreateTime"),
    )
}

fn judge_settings(topic: &str, cleanup: &str, timestamps: &str) -> (Option<String>, Vec<String>) {
    let wrong = (cleanup != "compact").then(|| {
        format!("the topic of decisions `{topic}` has `cleanup.policy={cleanup}`: it would forget what people decided")
    });
    let mut warned = Vec::new();
    if timestamps != "LogAppendTime" {
        warned.push(format!(
            "topic `{topic}` has `message.timestamp.type={timestamps}`: how late a withdrawal is seen is not measured, and a backlog waits for `settle` again"
        ));
    }
    (wrong, warned)
}

fn text<'a>(config: &'a ConfigResource, name: &str) -> Option<&'a str> {
    config.get(name)?.value.as_deref()
}

fn number(config: &ConfigResource, name: &str) -> Option<i64> {
    text(config, name)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_that_forgets_is_refused_and_writers_clocks_are_warned_of() {
        let judge = |cleanup, timestamps| judge_settings("t", cleanup, timestamps);
        assert_eq!(judge("compact", "LogAppendTime"), (None, vec![]));
        for forgets in ["delete", "compact,delete", "delete,compact"] {
            let (wrong, _) = judge(forgets, "LogAppendTime");
            assert!(wrong.is_some_and(|what| what.contains(forgets)));
        }
        let (wrong, warned) = judge("compact", "CreateTime");
        assert!(wrong.is_none() && warned[0].contains("CreateTime"));
        let (wrong, warned) = super::judge("t", None);
        assert!(wrong.is_none() && warned.len() == 1);
    }
}
