//! The topics of people's decisions looked at for `veil doctor`, without any effect.

use super::client::Clients;
use super::examination::{Finding, Status, told};
use super::problem::{Problem, Tools};
use super::rights;
use super::state::topics::{self, StateTopics};
use crate::plan::Plan;
use crate::plan::live::{LiveConsent, StateFormat};

/// What the topics are, what is wrong with them, and whether that of decisions may be read.
/// Nothing where the policy follows no decisions.
pub fn examine(clients: &Clients, plan: &Plan) -> Vec<Finding> {
    let Some(live) = &plan.live else {
        return Vec::new();
    };
    let topic = &*live.topic;
    let finding = |status, what: String| Finding::new("topic", topic, status, what);
    let (looked_at, problems) = match topics::look(clients, plan, live) {
        Ok(looked_at) => looked_at,
        Err(not_yet) => return vec![finding(Status::Failed, not_yet.to_string())],
    };
    let is_there = !problems.iter().any(|p| p.help.contains("--create"));
    let mut findings: Vec<Finding> = problems.into_iter().map(wrong).collect();
    let StateTopics {
        delete_retention_ms,
        warnings,
        ..
    } = looked_at;
    // The snapshot of an instance that stood longer is read from the start of the topic.
    let kept = format!(
        "holds what people decided, compacted; what was taken back is kept for {delete_retention_ms} ms"
    );
    if findings.is_empty() {
        findings.push(finding(Status::Ok, kept));
        let warnings = warnings.into_iter();
        findings.extend(warnings.map(|what| finding(Status::Warning, what)));
    }
    if is_there {
        let tools = Tools::of(&clients.properties);
        let help = tools.grant(&["Read", "DescribeConfigs"], &format!("--topic {topic}"));
        findings.push(told("read", topic, rights::to_read(clients, topic), help));
    }
    match &live.format {
        StateFormat::Veil => findings.extend(history(clients, plan, live)),
        StateFormat::Json(_) => findings.push(finding(
            Status::NotTried,
            "somebody else writes it: whether its values can be read is told where they are, by `veil_consent_bad_records_total`".to_owned(),
        )),
    }
    findings
}

fn wrong(problem: Problem) -> Finding {
    let finding = Finding::new("topic", problem.subject, Status::Failed, problem.what);
    finding.help(problem.help)
}

/// The evidence of decisions: whoever writes one needs it, and this process does not.
fn history(clients: &Clients, plan: &Plan, live: &LiveConsent) -> Option<Finding> {
    let proof_ms = plan.rights.as_ref()?.proof_ms;
    let topic = &*live.history;
    let finding = |status, what: String| Finding::new("topic", topic, status, what);
    let tools = Tools::of(&clients.properties);
    let kept = match topics::history_kept_ms(clients, live) {
        Ok(kept) => kept,
        Err(not_yet) => return Some(finding(Status::Warning, not_yet.to_string())),
    };
    let settings = [
        "cleanup.policy=delete".to_owned(),
        format!("retention.ms={proof_ms}"),
    ];
    Some(match kept {
        None => finding(
            Status::Warning,
            "is not there, or does not tell how long it keeps the evidence of decisions: without it `veil serve` and `veil consent` write none".to_owned(),
        )
        .help(format!("`{}`", tools.create_topic(topic, Some(12), &settings))),
        Some(ms) if ms >= 0 && ms < proof_ms => finding(
            Status::Warning,
            format!("keeps the evidence of decisions {ms} ms, and `rights.proof` says {proof_ms}"),
        )
        .help(format!("`{}`", tools.configure_topic(topic, &settings))),
        Some(ms) if ms < 0 => finding(
            Status::Warning,
            format!("keeps the evidence of decisions for ever, and `rights.proof` says {proof_ms} ms"),
        )
        .help(format!("`{}`", tools.configure_topic(topic, &settings))),
        Some(ms) => finding(Status::Ok, format!("keeps the evidence of decisions {ms} ms")),
    })
}
