//! The schema registry: whether it answers, has the schemas of what is read, and takes those
//! of what leaves.

use veilstream::kafka::examination::{Finding, Status};
use veilstream::language::finding::{Findings, Severity};
use veilstream::language::report;
use veilstream::plan::Plan;
use veilstream::policy::diff::Said;
use veilstream::settings::Registry;

use crate::cli::Failure;
use crate::cli::registry::Newest;

const CHECK: &str = "registry";

/// What it says of a policy whose records name their schemas by id.
pub fn schemas(registry: &Registry, plan: &Plan, said: &Said) -> Vec<Finding> {
    let subject = registry.access.urls.join(", ");
    let failed = |failure: Failure| {
        let help = "look at `registry` in the settings, and at what it says itself";
        Finding::new(CHECK, &*subject, Status::Failed, failure.line()).help(help)
    };
    let mut newest = match Newest::of(&registry.access, plan) {
        Ok(newest) => newest,
        Err(failure) => return vec![failed(failure)],
    };
    let mut findings: Vec<Finding> = newest
        .names()
        .map(|name| Finding::new(CHECK, name, Status::Ok, "can be read under the policy"))
        .collect();
    findings.extend(newest.missing.iter().map(|subject| {
        let what = "has no schema yet: a record that names one waits until it is registered";
        Finding::new(CHECK, subject, Status::Warning, what)
            .help("where schemas stand under other subjects, nothing is wrong")
    }));
    findings.extend(newest.undecided.iter().map(|subject| {
        let what = "has several messages, and which of them a key is only the key says: it was not held against the policy";
        Finding::new(CHECK, subject, Status::Warning, what)
            .help("`veil check --key-schema FILE` takes a file with the one that keys are")
    }));
    let mut found = Findings::default();
    let made = match newest.held_against(plan, said, &mut found) {
        Ok(made) => made,
        Err(failure) => return vec![failed(failure)],
    };
    for finding in found.list() {
        let status = match finding.severity {
            Severity::Error => Status::Failed,
            Severity::Warning => Status::Warning,
            Severity::Note => continue,
        };
        let what = format!("{} [{}]", report::message(finding), finding.code);
        let told = Finding::new(CHECK, &*subject, status, what);
        findings.push(told.help(report::shown(&finding.help)));
    }
    if registry.rules.registers {
        return findings;
    }
    match newest.unregistered(&made) {
        Ok(missing) => findings.extend(missing.into_iter().map(|subject| {
            let what = "the schema of what leaves is not there, and `registry.register` is false";
            Finding::new(CHECK, subject, Status::Failed, what)
                .help("`veil schema derive --out DIR` writes it; register it")
        })),
        Err(failure) => findings.push(failed(failure)),
    }
    findings
}
