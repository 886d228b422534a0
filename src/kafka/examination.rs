//! The cluster looked at for one policy: brokers, topics, limits, rights, without
//! any effect. Everything is asked, and everything that is wrong is told.

use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use rdkafka::admin::{AdminClient, AdminOptions, ResourceSpecifier};
use rdkafka::consumer::{BaseConsumer, Consumer};

use super::client::Clients;
use super::client_id;
use super::client_log::Asked;
use super::delivery::Delivery;
use super::errors;
use super::group_look;
use super::group_members::{self, Own, Strangers};
use super::problem::{Problem, Tools};
use super::rights::{self, Right};
use super::startup::{self, Answers, Retention};
use crate::plan::Plan;

/// Longest wait for a connection, and for one answer.
const WAIT: Duration = Duration::from_secs(3);

/// How one thing stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// As it must be.
    Ok,
    /// It could only be found out by doing it, or nobody tells.
    NotTried,
    /// It works, and somebody should know.
    Warning,
    /// It must be mended.
    Failed,
}

impl Status {
    /// The word of the report.
    pub const fn as_str(self) -> &'static str {
        match self {
            Status::Ok => "ok",
            Status::NotTried => "not_tried",
            Status::Warning => "warning",
            Status::Failed => "failed",
        }
    }
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The kind of thing, of a closed list: `topic`, `right`.
    pub check: &'static str,
    /// Which one: a topic, a file.
    pub subject: String,
    /// How it stands.
    pub status: Status,
    /// What was found.
    pub what: String,
    /// What to do; empty when there is nothing to do.
    pub help: String,
}

impl Finding {
    /// A finding with nothing to do.
    pub fn new(
        check: &'static str,
        subject: impl Into<String>,
        status: Status,
        what: impl Into<String>,
    ) -> Finding {
        Finding {
            check,
            subject: subject.into(),
            status,
            what: what.into(),
            help: String::new(),
        }
    }

    /// What to do about it.
    pub fn help(mut self, help: impl Into<String>) -> Finding {
        self.help = help.into();
        self
    }

    fn of(check: &'static str, status: Status, problem: Problem) -> Finding {
        Finding::new(check, problem.subject, status, problem.what).help(problem.help)
    }
}

/// By the topic of an output and the bytes that one of its records may have: which
/// records of the source fit, in words.
pub type Fits<'f> = &'f dyn Fn(&str, u64) -> Option<String>;

/// Looks at everything that the plan needs of the cluster.
///
/// `fits`: what of that many bytes the record written to an output may take is said
/// of the records read; nothing is known of other topics.
pub fn examine(clients: &Clients, plan: &Plan, fits: Fits<'_>) -> Vec<Finding> {
    let mut findings = brokers(clients);
    // Nobody answers: every other question would only wait.
    if findings.iter().all(|f| f.status == Status::Failed) {
        let unseen = ["group", "topic", "limits", "right"];
        findings.extend(not_looked_at(&unseen, "no broker can be reached"));
        return findings;
    }
    findings.push(group(clients, plan));
    match startup::answers(clients, plan) {
        Ok(answers) => {
            findings.extend(topics(clients, plan, &answers, fits));
            findings.extend(rights(clients, plan, &answers));
        }
        Err(not_yet) => {
            findings.push(Finding::new(
                "topic",
                "",
                Status::Failed,
                not_yet.to_string(),
            ));
            findings.extend(not_looked_at(
                &["limits", "right"],
                "what the topics are could not be asked",
            ));
        }
    }
    findings
}

/// Looks at what a release group needs for itself, whose records wait: its members, and its
/// rights; its topics are looked at with all others.
pub fn examine_group(clients: &Clients, plan: &Plan) -> Vec<Finding> {
    let tools = Tools::of(&clients.properties);
    let own = &*clients.identity.group;
    let mut findings = vec![group(clients, plan), transacting(clients, &tools)];
    if let Some(topic) = plan.source.topics.first() {
        let help = tools.grant(&["Read"], &format!("--group {own}"));
        findings.push(told("join", own, rights::to_join(clients, topic), help));
    }
    if let Some(lease) = plan.lease() {
        for topic in [&lease.topic, &lease.windows] {
            let help = tools.grant(&["Read", "DescribeConfigs"], &format!("--topic {topic}"));
            findings.push(told("read", topic, rights::to_read(clients, topic), help));
        }
    }
    findings
}

/// One line for each kind of thing that nothing could be asked of.
pub fn not_looked_at(checks: &[&'static str], why: &str) -> Vec<Finding> {
    let finding = |check: &&'static str| {
        Finding::new(check, "", Status::NotTried, format!("not looked at: {why}"))
    };
    checks.iter().map(finding).collect()
}

/// The servers named, and every listener that the brokers advertise.
fn brokers(clients: &Clients) -> Vec<Finding> {
    let servers = clients.properties.value("bootstrap.servers").unwrap_or("");
    let failed = |what: String| {
        let finding = Finding::new("broker", servers, Status::Failed, what);
        vec![finding.help("check `bootstrap.servers`, the network and the credentials")]
    };
    let client: BaseConsumer<Asked> = match clients.observer().create_with_context(Asked) {
        Ok(client) => client,
        Err(e) => return failed(format!("no client can be made: {}", errors::in_words(&e))),
    };
    let metadata = match client.fetch_metadata(None, WAIT) {
        Ok(metadata) => metadata,
        Err(e) => return failed(format!("no broker answers: {}", errors::in_words(&e))),
    };
    let mut findings: Vec<Finding> = metadata
        .brokers()
        .iter()
        .map(|b| listener(b.id(), b.host(), b.port()))
        .collect();
    findings.push(versions(metadata.brokers().len()));
    findings.extend(
        startup::verification(clients)
            .map(|warning| Finding::new("broker", servers, Status::Warning, warning)),
    );
    findings
}

fn listener(id: i32, host: &str, port: i32) -> Finding {
    let subject = format!("{host}:{port}");
    let reached = u16::try_from(port)
        .map_err(|_| "no such port".to_owned())
        .and_then(|port| (host, port).to_socket_addrs().map_err(|e| e.to_string()))
        .and_then(|mut addresses| {
            let mut last = "the name has no address".to_owned();
            let reached = addresses.any(|address| {
                let connected = TcpStream::connect_timeout(&address, WAIT);
                connected.map_err(|e| last = e.to_string()).is_ok()
            });
            if reached { Ok(()) } else { Err(last) }
        });
    match reached {
        Ok(()) => Finding::new(
            "broker",
            subject,
            Status::Ok,
            format!("the listener that broker {id} advertises can be reached"),
        ),
        Err(why) => Finding::new(
            "broker",
            subject,
            Status::Failed,
            format!("the listener that broker {id} advertises cannot be reached: {why}"),
        )
        .help("open the network to it, or correct `advertised.listeners` of the broker"),
    }
}

fn versions(brokers: usize) -> Finding {
    let what = format!(
        "{brokers} answer in a version of the protocol that the client library speaks; brokers do not tell their own version to clients"
    );
    Finding::new("api_versions", "brokers", Status::Ok, what)
}

/// Who is in the group that `veil run` would join.
fn group(clients: &Clients, plan: &Plan) -> Finding {
    let group = &*clients.identity.group;
    let own = Own {
        name: plan.name.clone(),
        digests: vec![client_id::prefix(&plan.digest)],
    };
    let finding = |status, what: String| Finding::new("group", group, status, what);
    let members = match group_look::look(clients, &own) {
        Ok(members) => members,
        Err(unseen) => {
            let grant = Tools::of(&clients.properties);
            let grant = grant.grant(&["Describe"], &format!("--group {group}"));
            let what = format!("who is in it cannot be seen: {}", unseen.why);
            return finding(Status::Warning, what)
                .help(format!("if a right is missing: `{grant}`"));
        }
    };
    if let Some(Strangers { what, help }) = members.strangers(group) {
        return finding(Status::Failed, what).help(help);
    }
    match members.counts() {
        [0, 0, ..] => finding(Status::Ok, "has no member".to_owned()),
        [own, 0, ..] => finding(Status::Ok, format!("{}, all of this policy", group_members::members(own))),
        _ => finding(
            Status::Warning,
            format!("{} started under another text of the policy", members.others()),
        )
        .help("finish the rollout or roll it back; members that were reloaded carry the digest they started with"),
    }
}

/// One line a topic, then what is to be warned of.
fn topics(clients: &Clients, plan: &Plan, answers: &Answers, fits: Fits<'_>) -> Vec<Finding> {
    let tools = Tools::of(&clients.properties);
    let told = |problem: &Problem, status| Finding::of("topic", status, problem.clone());
    let mut findings: Vec<Finding> = Vec::new();
    for topic in startup::all_topics(plan) {
        let problems = answers.problems.iter().filter(|p| *p.subject == **topic);
        let before = findings.len();
        findings.extend(problems.map(|p| told(p, Status::Failed)));
        let warnings = answers.warnings.iter().filter(|p| *p.subject == **topic);
        findings.extend(warnings.map(|p| told(p, Status::Warning)));
        if findings.len() == before {
            let partitions = answers.topology.partitions(topic);
            let kept = answers.kept.get(topic).map_or_else(String::new, kept);
            let what = format!("{partitions} partitions{kept}");
            findings.push(Finding::new("topic", &**topic, Status::Ok, what));
        }
    }
    // What the policy does not limit, somebody should know.
    for quarantine in plan.quarantine.iter().filter(|q| q.retention_ms.is_none()) {
        let kept = answers.kept.get(&quarantine.topic);
        if kept.is_some_and(|k| !k.deletes || k.retention_ms < 0) {
            let what = "keeps quarantined records for ever, and the policy sets no `retention:`";
            let finding = Finding::new("topic", &*quarantine.topic, Status::Warning, what);
            findings.push(finding.help("write `retention:` under `quarantine:`"));
        }
    }
    findings.extend(limits(&tools, plan, answers, fits));
    findings
}

fn kept(kept: &Retention) -> String {
    let long = match kept.retention_ms {
        ms if !kept.deletes || ms < 0 => "for ever".to_owned(),
        ms => format!("{ms} ms"),
    };
    let compacts = if kept.compacts { ", compacted" } else { "" };
    format!(", keeps records {long}{compacts}")
}

/// Can what is read be written? Encryption and the quarantine make a record
/// larger, and no topic is known to be free of the largest that it takes.
fn limits(tools: &Tools, plan: &Plan, answers: &Answers, fits: Fits<'_>) -> Vec<Finding> {
    let sources = plan.source.topics.iter();
    // Without the settings of a source there is nothing to compare with.
    if sources.clone().any(|t| !answers.kept.contains_key(t)) {
        return Vec::new();
    }
    let (source, _) = answers.topology.message_limits(sources.map(|t| &**t));
    let rows = plan.lease().map(|lease| &lease.windows);
    let records = startup::destinations(plan).filter(|topic| Some(*topic) != rows);
    let known = records.filter(|t| answers.kept.contains_key(*t));
    known
        .map(|topic| {
            let (max, _) = answers.topology.message_limits([&**topic].into_iter());
            let finding = |status, what| Finding::new("limits", &**topic, status, what);
            if max >= source {
                let of_these = fits(topic, max).map_or(String::new(), |said| format!("; {said}"));
                let what = format!("takes {max} bytes, a source {source}{of_these}");
                return finding(Status::Ok, what);
            }
            let configs = [format!("max.message.bytes={source}")];
            finding(
                Status::Warning,
                format!("takes {max} bytes, and a source topic {source}: larger records are quarantined as `too_large`, and from the quarantine their value is cut"),
            )
            .help(format!("`{}`", tools.configure_topic(topic, &configs)))
        })
        .collect()
}

/// Every right that a stream needs. All are asked at once.
fn rights(clients: &Clients, plan: &Plan, answers: &Answers) -> Vec<Finding> {
    let tools = Tools::of(&clients.properties);
    let there = |topic: &str| {
        answers.problems.iter().all(|p| p.subject != topic) || answers.kept.contains_key(topic)
    };
    let tools = &tools;
    let group = &*clients.identity.group;
    std::thread::scope(|scope| {
        let mut asked = Vec::new();
        let sources = plan.source.topics.iter().filter(|t| there(t));
        for topic in sources.clone() {
            asked.push(scope.spawn(move || {
                let resource = format!("--topic {topic}");
                let help = tools.grant(&["Read", "DescribeConfigs"], &resource);
                told("read", topic, rights::to_read(clients, topic), help)
            }));
        }
        for topic in startup::destinations(plan).filter(|t| there(t)) {
            asked.push(scope.spawn(move || {
                let resource = format!("--topic {topic}");
                let help = tools.grant(&["Write", "DescribeConfigs"], &resource);
                told("write", topic, rights::to_write(clients, topic), help)
            }));
        }
        if clients.delivery == Delivery::ExactlyOnce {
            asked.push(scope.spawn(move || transacting(clients, tools)));
        }
        if let Some(topic) = sources.clone().next() {
            asked.push(scope.spawn(move || {
                let help = tools.grant(&["Read"], &format!("--group {group}"));
                told("join", group, rights::to_join(clients, topic), help)
            }));
        }
        let answers = asked.into_iter().map(|thread| {
            let failed = Finding::new("right", "", Status::Failed, "a check failed");
            thread.join().unwrap_or(failed)
        });
        answers.collect()
    })
}

/// The right to the transactional id. An id in use is asked for only where the
/// broker says that it refuses the request.
fn transacting(clients: &Clients, tools: &Tools) -> Finding {
    let group = &clients.identity.group;
    let own = &clients.identity.transactional_id;
    let help = tools.grant(
        &["Write"],
        &format!("--transactional-id veil.{group}. --resource-pattern-type prefixed"),
    );
    // A random id is nobody's.
    if clients.identity.instance.is_none() || longest_transaction(clients) {
        return told("transact", own, rights::to_transact(clients, own), help);
    }
    let beside = format!("{own}.doctor-{:032x}", rand::random::<u128>());
    match rights::to_transact(clients, &beside) {
        Right::Granted => told("transact", own, Right::Granted, help),
        _ => Finding::new(
            "right",
            own,
            Status::NotTried,
            "transactions under this id: asking with an id in use could fence its owner, and the limit that makes it safe cannot be read",
        )
        .help(help),
    }
}

/// Whether every broker says that it refuses the timeout that is asked with.
fn longest_transaction(clients: &Clients) -> bool {
    let refused = || {
        let client: BaseConsumer<Asked> = clients.observer().create_with_context(Asked).ok()?;
        let admin: AdminClient<Asked> = clients.observer().create_with_context(Asked).ok()?;
        let metadata = client.fetch_metadata(None, WAIT).ok()?;
        let options = AdminOptions::new().request_timeout(Some(WAIT));
        for broker in metadata.brokers() {
            let asked = [ResourceSpecifier::Broker(broker.id())];
            let answer = super::block_on::for_answer(admin.describe_configs(&asked, &options));
            let config = answer.ok()?.into_iter().next()?.ok()?;
            let max = startup::number(&config, "transaction.max.timeout.ms")?;
            if max >= rights::NO_SUCH_TIMEOUT_MS {
                return None;
            }
        }
        Some(())
    };
    refused().is_some()
}

/// What an answer says of a right: `read`, `write`, `join` or `transact`.
pub(super) fn told(what: &'static str, subject: &str, right: Right, help: String) -> Finding {
    let words = match what {
        "read" => "reading the topic",
        "write" => "writing to the topic",
        "join" => "joining the group and committing its offsets",
        _ => "transactions under this id",
    };
    let finding = |status, what: String| Finding::new("right", subject, status, what);
    match right {
        Right::Granted => finding(Status::Ok, format!("{words} is allowed")),
        Right::Missing(code) => finding(Status::Failed, format!("{words} is not allowed: {code}"))
            .help(format!("`{help}`")),
        Right::Unclear(code) => finding(
            Status::Warning,
            format!("{words}: the broker's answer does not tell ({code})"),
        ),
    }
}
