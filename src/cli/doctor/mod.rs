//! `veil doctor`: everything that `veil run` will need, looked at without effect.

mod here;
mod keys;
mod report;
mod schemas;

use super::member::{self, stream_config};
use super::tables::FileTables;
use super::{Exit, Failure, Format, Outcome, clock, keyring, policy, screen};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use veilstream::kafka::decision_topics;
use veilstream::kafka::examination::{Finding, Status, examine, examine_group, not_looked_at};
use veilstream::keys::FileKeys;
use veilstream::language::fold;
use veilstream::plan::Plan;
use veilstream::policy::diff::Said;
use veilstream::policy::{OutputGrowth, named};
use veilstream::settings::{NOWHERE, Settings};

/// Look at everything that `veil run` needs, and say what to do about the rest
///
/// Policy, keys, settings, memory and port; brokers, topics, what they keep and
/// take, who is in the group, and the rights to read, to write, to join and to
/// commit; where records name schemas by id, the registry. Nothing is written,
/// created, joined, committed or registered: what can only be found out by doing
/// it is `not tried`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  veil doctor -p policy.yaml -c veil.yaml
  veil doctor -p policy.yaml -X bootstrap.servers=broker:9092
  veil doctor -p policy.yaml -c veil.yaml --format json

Rights are asked with requests that a broker refuses for another reason once
the right is there; its log may name them. JSON is a list of {check, subject,
status, what, help}; the status is ok, not_tried, warning or failed.

Exits 0 when nothing is wrong, 1 when there are warnings, 69 when something is
wrong at the cluster or the registry, or the port is taken, 78 when policy,
settings, keys or memory cannot be used, or another policy or program is in the
group.")]
pub struct Args {
    /// The policy
    #[arg(short, long, value_name = "FILE")]
    policy: PathBuf,
    #[command(flatten)]
    member: member::MemberFlags,
    /// How to print what was found
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
    #[command(flatten)]
    keys: keyring::Access,
}

/// How much longer records become, by the topic of their output.
type Growths = HashMap<String, OutputGrowth>;

/// Most bytes that Kafka writes around one record of a batch: 61 before it, and up to 36
/// for its lengths, offset and time (KIP-98, record batch of version 2).
const BATCH_BYTES: u64 = 128;

fn fits(growth: &OutputGrowth, max: u64) -> String {
    let longest = growth.longest(max.saturating_sub(BATCH_BYTES));
    let always = format!("by this policy a record of up to {longest} bytes always fits");
    match growth.for_each_element {
        0 => always,
        more => format!(
            "{always}, but that each element of a list, or header that comes again, may take {more} bytes more"
        ),
    }
}

impl Args {
    pub fn run(self) -> Outcome {
        let mut findings = Vec::new();
        let settings = self.settings(&mut findings);
        let (plan, groups, growth, said) = self.plan(&mut findings)?;
        if let Some(settings) = &settings {
            findings.extend(here::files(settings));
            findings.push(here::port(settings.http));
        }
        match (&settings, &plan) {
            (Some(settings), Some(plan)) => {
                let policy = (plan, &groups[..], &growth);
                self.at_the_cluster(settings, policy, &mut findings);
                if let (Some(registry), Some(said)) = (&settings.registry, &said)
                    && plan.source.format.is_by_id()
                {
                    findings.extend(schemas::schemas(registry, plan, said));
                }
            }
            _ => findings.extend(not_looked_at(
                &["broker", "group", "topic", "limits", "right"],
                "what to ask the cluster follows from policy and settings, and they cannot be used yet",
            )),
        }
        findings.push(here::clock());
        let text = match self.format {
            Format::Json => report::json(&findings),
            Format::Text => {
                report::text(&findings, screen::stdout_columns().unwrap_or(fold::COLUMNS))
            }
        };
        screen::show_as(self.format, &text)?;
        match exit(&findings) {
            Exit::Ok => Ok(Exit::Ok),
            Exit::Warnings => Ok(Exit::Warnings),
            other => Err(Failure::said(other)),
        }
    }

    fn settings(&self, findings: &mut Vec<Finding>) -> Option<Settings> {
        match self.member.read(&[]) {
            Ok(settings) => {
                findings.push(Finding::new("settings", "", Status::Ok, "can be used"));
                Some(settings)
            }
            Err(errors) => {
                findings.extend(errors.into_iter().map(|e| {
                    let source = match &*e.source_name {
                        NOWHERE => String::new(),
                        source => source.to_owned(),
                    };
                    let finding = Finding::new("settings", source, Status::Failed, e.message);
                    finding.help(e.help)
                }));
                None
            }
        }
    }

    #[expect(clippy::type_complexity, reason = "the parts of one policy")]
    fn plan(
        &self,
        findings: &mut Vec<Finding>,
    ) -> Result<(Option<Plan>, Vec<Arc<Plan>>, Growths, Option<Said>), Failure> {
        let file = policy::read(&self.policy)?;
        let keys = FileKeys::new(self.keys.open(false));
        let tables = FileTables::beside(&file.path);
        let mut compiled = policy::compile_groups_beside(&file, &keys, &tables);
        findings.extend(here::policy(&file, &compiled));
        let access = self.keys.open(false);
        findings.extend(keys::keys(&file, &compiled, &access, clock::now()));
        // `veil run` refuses it without: said by `here::policy`.
        let plan = compiled.plan.take();
        let plan = plan.filter(|plan| plan.quarantine.is_some());
        let named = compiled.said.as_ref().map(named);
        let outputs = plan.iter().flat_map(|plan| &plan.outputs);
        let growth = outputs.zip(named.iter().cycle()).map(|(output, named)| {
            let topic = output.topic.to_string();
            (topic, OutputGrowth::of(named, output))
        });
        let growth = growth.collect();
        let groups = std::mem::take(&mut compiled.groups).into_iter();
        let groups = groups.map(Arc::new).collect();
        Ok((plan, groups, growth, compiled.said.take()))
    }

    fn at_the_cluster(
        &self,
        settings: &Settings,
        (plan, groups, growth): (&Plan, &[Arc<Plan>], &Growths),
        findings: &mut Vec<Finding>,
    ) {
        match stream_config(settings, plan).clients_of_all(plan) {
            Ok(clients) => {
                findings.push(here::memory(settings));
                let fits = |topic: &str, max| growth.get(topic).map(|growth| fits(growth, max));
                let found = examine(&clients, plan, &fits);
                // Where nobody answers, further questions would only wait.
                let answers = |f: &Finding| f.check == "topic" && f.status != Status::NotTried;
                let is_answered = found.iter().any(answers);
                findings.extend(found);
                if is_answered {
                    findings.extend(decision_topics::examine(&clients, plan));
                }
                for group in groups {
                    findings.extend(waiting(settings, group, groups, is_answered));
                }
            }
            Err(error) => {
                findings.push(Finding::new(
                    "settings",
                    "",
                    Status::Failed,
                    error.to_string(),
                ));
            }
        }
    }
}

/// What an output takes whose records wait; nothing of all others.
fn waiting(
    settings: &Settings,
    plan: &Plan,
    groups: &[Arc<Plan>],
    is_answered: bool,
) -> Vec<Finding> {
    let Some(output) = plan.waiting() else {
        return Vec::new();
    };
    let finding = |status, what| Finding::new("release", &*output.topic, status, what);
    let own = stream_config(settings, plan).of_group(plan, groups);
    let own = own.and_then(|own| Ok((own.clients(plan)?, own.room(plan)?, own.group)));
    let (clients, room, group) = match own {
        Ok(own) => own,
        Err(error) => return vec![finding(Status::Failed, error.to_string())],
    };
    let apart =
        format!("in a group of their own, `{group}`, for which the source is read once more");
    let what = match room {
        None => format!(
            "its records are counted {apart}, by one instance at a time; what open windows take `state_memory` bounds"
        ),
        Some(room) => format!("its records wait {apart}; {room}"),
    };
    let mut findings = vec![finding(Status::Ok, what)];
    if is_answered {
        findings.extend(examine_group(&clients, plan));
    }
    findings
}

/// What of all this `veil run` would end with.
fn exit(findings: &[Finding]) -> Exit {
    let failed = |f: &&Finding| f.status == Status::Failed;
    let is_ours = |f: &Finding| {
        matches!(
            f.check,
            "settings" | "policy" | "key" | "file" | "memory" | "group"
        )
    };
    if findings.iter().filter(failed).any(is_ours) {
        return Exit::Config;
    }
    if findings.iter().any(|f| f.status == Status::Failed) {
        return Exit::Unavailable;
    }
    match findings.iter().any(|f| f.status == Status::Warning) {
        true => Exit::Warnings,
        false => Exit::Ok,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_ours_to_mend_weighs_more_than_the_cluster_and_that_more_than_a_warning() {
        let of = |list: &[(&'static str, Status)]| {
            let finding =
                |(check, status): &(&'static str, Status)| Finding::new(check, "", *status, "");
            exit(&list.iter().map(finding).collect::<Vec<_>>())
        };
        let (fine, odd) = (("topic", Status::Ok), ("topic", Status::Warning));
        let untried = ("clock", Status::NotTried);
        assert_eq!(of(&[fine, untried]), Exit::Ok);
        assert_eq!(of(&[fine, odd]), Exit::Warnings);
        assert_eq!(of(&[odd, ("right", Status::Failed)]), Exit::Unavailable);
        let both = [("port", Status::Failed), ("key", Status::Failed)];
        assert_eq!(of(&both), Exit::Config);
    }
}
