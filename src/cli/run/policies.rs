//! The policy that runs, and what must hold before another one does.

use super::super::{
    Exit, Failure, clock, diff as differences, keyring, policy, screen, tables::FileTables,
};
use super::remembered::StateDir;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use veilstream::contract::{self, Described};
use veilstream::keys::FileKeys;
use veilstream::language::finding::{Finding, Severity};
use veilstream::language::{codes, report as findings};
use veilstream::plan::{Plan, PolicyDigest, VendorStanding};
use veilstream::policy::diff::{Difference, Said, Verdict, diff, is_weaker};
use veilstream::policy::{Compiled, PolicyFile, meaning};
use veilstream::report;
use veilstream::telemetry;

/// A policy that can run.
pub(super) struct Policy {
    pub(super) plan: Arc<Plan>,
    /// The same by release group: a stream each.
    pub(super) groups: Vec<Arc<Plan>>,
    pub(super) said: Said,
    /// What it was made from: policy, keyrings, tables.
    pub(super) files: Vec<PathBuf>,
}

/// Why a policy cannot run.
pub(super) enum Unusable {
    /// It cannot be read.
    Unread(Failure),
    /// It has errors.
    Errors(Box<(PolicyFile, Compiled)>),
    /// It names no quarantine.
    NoQuarantine,
}

/// How who gets something scores today.
fn vendors(said: &Said, digest: PolicyDigest) -> Vec<VendorStanding> {
    let meaning = meaning(said);
    let described = [Described { meaning, digest }];
    let today = clock::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let scores = report::scores(&contract::contracts(&described), today).into_iter();
    let standing = scores.map(|(recipient, score)| VendorStanding { recipient, score });
    standing.collect()
}

impl Policy {
    /// The digest by which a weaker one is accepted.
    pub(super) fn digest(&self) -> String {
        self.plan.digest.to_string()
    }

    /// Reads and compiles the policy with the keyrings it names. Warnings are
    /// logged, and so is every entry under `dangerously:`.
    pub(super) fn read(
        path: &Path,
        access: &keyring::Access,
        ask: bool,
    ) -> Result<Policy, Unusable> {
        let file = policy::read(path).map_err(Unusable::Unread)?;
        let keys = FileKeys::new(match ask {
            true => access.open(false),
            false => access.open_unattended(),
        });
        let tables = FileTables::beside(path);
        let mut compiled = policy::compile_groups_beside(&file, &keys, &tables);
        let (mut plan, said) = match (compiled.plan.take(), compiled.said.take()) {
            (Some(plan), Some(said)) => (plan, said),
            _ => return Err(Unusable::Errors(Box::new((file, compiled)))),
        };
        if plan.quarantine.is_none() {
            return Err(Unusable::NoQuarantine);
        }
        log(&file, &compiled);
        plan.standing.vendors = vendors(&said, compiled.digest);
        let plan = Arc::new(plan);
        let groups = match plan.waiting() {
            // One, which is the whole.
            None => vec![Arc::clone(&plan)],
            Some(_) => {
                let own = std::mem::take(&mut compiled.groups).into_iter();
                own.map(|mut own| {
                    own.standing.vendors.clone_from(&plan.standing.vendors);
                    Arc::new(own)
                })
                .collect()
            }
        };
        let mut files = vec![path.to_owned()];
        files.extend(compiled.keys.iter().map(|k| k.file.clone()));
        files.extend(tables.files());
        files.dedup();
        Ok(Policy {
            plan,
            groups,
            said,
            files,
        })
    }

    /// Holds a policy against the one accepted last, before anything runs, and
    /// remembers it.
    ///
    /// # Errors
    /// 78 when it is weaker and `accepted` is not its digest.
    pub(super) fn accept(
        &self,
        path: &Path,
        access: &keyring::Access,
        state: &StateDir,
        accepted: Option<&str>,
    ) -> Result<(), Failure> {
        let digest = self.digest();
        let keys = FileKeys::new(access.open_unattended());
        if let Some(last) = state.read(path, &keys)? {
            let weaker = match &last.said {
                Some(said) => diff(said, &self.said),
                None => Vec::new(),
            };
            if last
                .said
                .as_ref()
                .is_some_and(|said| !said.remembers_keys())
            {
                tracing::warn!(
                    "the policy accepted last was remembered without check values of its keys: \
                     whether they are the same keys cannot be told; from now on it can"
                );
            }
            let is_weaker = last.said.is_none() || is_weaker(&weaker);
            if is_weaker && accepted != Some(digest.as_str()) {
                log_weaker(&weaker);
                if !telemetry::log::is_json() {
                    screen::tell(&differences::text(&weaker));
                }
                return Err(Failure::new(
                    Exit::Config,
                    format!(
                        "the policy `{}` is weaker than the one accepted last",
                        path.display()
                    ),
                )
                .why(match last.said {
                    Some(_) => format!("{} than {}", count(&weaker), last.digest),
                    None => {
                        "this version does not read the one accepted last, so nothing can be shown"
                            .to_owned()
                    }
                })
                .help(format!("if that is wanted: `--accept-weaker {digest}`")));
            }
            if is_weaker {
                log_weaker(&weaker);
                tracing::warn!(digest, "a weaker policy is accepted: its digest was named");
            }
        }
        state
            .write(&digest, &self.said)
            .map_err(|e| Failure::new(Exit::Io, "the policy accepted cannot be remembered").why(e))
    }
}

impl Unusable {
    /// As a command ends.
    pub(super) fn failure(self, path: &Path) -> Failure {
        match self {
            Unusable::Unread(failure) => failure,
            Unusable::Errors(read) if telemetry::log::is_json() => {
                let findings = read.1.findings.list();
                findings.iter().for_each(|f| log_finding(&read.0, f));
                let errors = findings.iter().filter(|f| f.severity == Severity::Error);
                let what = format!("the policy `{}` cannot be used", path.display());
                Failure::new(Exit::Config, what)
                    .why(match errors.count() {
                        1 => "it has a mistake".to_owned(),
                        n => format!("it has {n} mistakes"),
                    })
                    .help(format!("veil check {}", path.display()))
            }
            Unusable::Errors(read) => policy::refuse(&read.0, &read.1),
            Unusable::NoQuarantine => Failure::new(
                Exit::Config,
                format!("the policy `{}` has no quarantine", path.display()),
            )
            .why("a record that cannot be protected must have a place to go")
            .help("add `quarantine: { topic: …, key: … }`"),
        }
    }

    /// As a process says that goes on: one line for each mistake.
    pub(super) fn lines(&self) -> Vec<String> {
        match self {
            Unusable::Unread(failure) => vec![failure.line()],
            Unusable::Errors(read) => {
                let all = read.1.findings.list().iter();
                let errors = all.filter(|f| f.severity == Severity::Error);
                errors
                    .map(|f| {
                        let place = f
                            .span
                            .map(|span| findings::line_column(&read.0.text, span.start));
                        let place =
                            place.map_or_else(String::new, |p| format!("line {}: ", p.line));
                        format!("{}: {place}{}", f.code, findings::message(f))
                    })
                    .collect()
            }
            Unusable::NoQuarantine => {
                vec!["the policy has no quarantine: a record that cannot be protected must have a place to go".to_owned()]
            }
        }
    }
}

/// In how many places it is weaker, in words.
pub(super) fn count(all: &[Difference]) -> String {
    let weaker = all
        .iter()
        .filter(|d| d.verdict != Verdict::Stronger)
        .count();
    match weaker {
        1 => "weaker in one place".to_owned(),
        n => format!("weaker in {n} places"),
    }
}

/// One line for each difference that counts.
pub(super) fn log_weaker(all: &[Difference]) {
    for one in all.iter().filter(|d| d.verdict != Verdict::Stronger) {
        tracing::warn!(
            verdict = one.verdict.as_str(),
            was = one.was,
            is = one.is,
            why = one.why,
            "policy: {}",
            differences::place(one)
        );
    }
}

fn log(file: &PolicyFile, compiled: &Compiled) {
    for finding in compiled.findings.list() {
        // Listed with its reason below.
        if finding.code != codes::ALLOWED {
            log_finding(file, finding);
        }
    }
    for allowed in &compiled.allowed {
        tracing::warn!("dangerously: {allowed}");
    }
}

/// One line for a finding, with its place.
fn log_finding(file: &PolicyFile, finding: &Finding) {
    let place = finding
        .span
        .map(|span| findings::line_column(&file.text, span.start));
    let (line, column) = (place.map(|p| p.line), place.map(|p| p.column));
    let (code, message) = (finding.code, findings::message(finding));
    let help = Some(findings::shown(&finding.help)).filter(|help| !help.is_empty());
    match finding.severity {
        Severity::Note => tracing::info!(code, line, column, help, "policy: {message}"),
        Severity::Warning => tracing::warn!(code, line, column, help, "policy: {message}"),
        Severity::Error => tracing::error!(code, line, column, help, "policy: {message}"),
    }
}
