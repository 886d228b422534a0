//! `veil report`: what a company shows of what it lets out.

use super::apply::sample;
use super::sampled::Given;
use super::{Exit, Failure, Outcome, clock, described, policies, policy, sampled, screen};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use veilstream::consent::state::Snapshot;
use veilstream::contract;
use veilstream::keys::TestKeys;
use veilstream::plan::{Format as Written, Plan};
use veilstream::policy::PolicyFile;
use veilstream::record::Reason;
use veilstream::report::{self, Report};

/// Report on policies: minimisation, clear fields, GDPR drafts
///
/// Facts of policy and sample only; what a person must say is marked `to fill
/// in`. No keyring is opened, and no value of the sample is shown.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  veil report clear -p policy.yaml
  veil report minimisation -p policy.yaml --on events.ndjson
  veil report ropa -p policies/ --format md > record.md
  veil report dpia -p policy.yaml --format html > assessment.html
  veil report vendors -p policies/

As JSON each is an object with `report`, its name, and a list with an object
for each output: `outputs`, of `ropa` `activities`. What a person must say is
null there:
  minimisation  clear, coarser, coded, sealed, constant, dropped, out: columns
                by what they let out; with a sample fits and, where that is
                true, records (where the policy takes records apart:
                elements), fields_in, fields_used, fields_empty, ratio,
                bits_in, bits_removed; beside the list looks_enveloped and, of
                policies that take the sample alike, records
  clear         clear: column, type, classes, written, unbounded, because
  ropa          controller, owner, dpo, purpose, purpose_serves,
                needs_consent, basis, data_subjects, region, minors,
                data_categories, sensitive, recipient, reader, transfers,
                retention, quarantine, actions, release
  dpia          purpose_serves, reader, data_categories, sensitive, region,
                minors, release, permission, risks (column, made_from, …),
                residual, allowed
  vendors       as_of, and in place of `outputs` a list `vendors`: recipient,
                register (name, country, role, mechanism, transfer, …),
                outputs, score, points (fact, points, because)

Exits 0, 66 when a file is missing, 65 when the sample is not what the policy
reads (lines of JSON, container files of Avro, streams of Protobuf), 78
when a policy cannot be used: with --format json its findings are written, as
`veil check` does.")]
pub struct Args {
    /// What to report
    #[arg(value_name = "REPORT")]
    report: Kind,
    #[command(flatten)]
    policies: policies::Given,
    /// A sample of what comes in, for `minimisation`; several files may be given
    #[arg(long, value_name = "SAMPLE")]
    on: Vec<PathBuf>,
    /// Lines of the sample are whole records: key, headers, timestamp, value
    #[arg(long, requires = "on")]
    envelope: bool,
    /// How to write it
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Kind {
    /// How much less leaves than comes in
    Minimisation,
    /// Every column that leaves in clear, and why
    Clear,
    /// A draft for the record of processing activities (GDPR article 30)
    Ropa,
    /// A draft for an impact assessment (GDPR article 35)
    Dpia,
    /// Who gets what, and a score of each with every point explained
    Vendors,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people, on a terminal
    Text,
    /// Markdown
    Md,
    /// One page that needs no other file
    Html,
    /// For programs
    Json,
}

impl Args {
    pub fn run(self) -> Outcome {
        let read = policies::read(&self.policies.paths())?;
        let policies = described::of(&read, self.format == Format::Json)?;
        let contracts = contract::contracts(&policies);
        let sample = match (&self.on[..], self.report) {
            ([], _) => None,
            (files, Kind::Minimisation) => {
                Some(samples(&contracts, &read, (files, self.envelope))?)
            }
            (_, _) => {
                let what = "only `minimisation` looks at a sample";
                let failure = Failure::new(Exit::Usage, what);
                return Err(
                    failure.help("leave --on out: this report is made from the policy alone")
                );
            }
        };
        let report = match self.report {
            Kind::Minimisation => report::minimisation(&contracts, sample.as_ref()),
            Kind::Clear => report::clear(&contracts),
            Kind::Ropa => report::record_of_processing(&contracts),
            Kind::Dpia => report::assessment(&contracts),
            Kind::Vendors => {
                let today = clock::now().to_zoned(jiff::tz::TimeZone::UTC).date();
                report::vendors(&contracts, today)
            }
        };
        show(&report, self.format)
    }
}

/// The sample as each policy takes it.
///
/// # Errors
/// 64: the policies read values in several formats; 66, 65 or 74: a file is missing, is not
/// what they read, or cannot be read.
fn samples(
    contracts: &[contract::Contract<'_>],
    policies: &[PolicyFile],
    (files, enveloped): (&[PathBuf], bool),
) -> Result<report::Samples, Failure> {
    let mut samples = report::Samples::of(contracts, sampled::seed());
    match with_schemas(policies)? {
        None => sampled::each(files, enveloped, |given| match given {
            Given::Value(value) => samples.add(value),
            Given::Tombstone => samples.add_tombstone(),
            Given::Refused(reason) => samples.refuse(reason),
        })?,
        Some(plan) => {
            // What people decided says nothing of what comes in.
            let nobody = Arc::new(Snapshot::unknown());
            sample::in_order(&plan, (files, enveloped), nobody, |done| {
                let batches = done.out.iter();
                let unread: HashMap<i64, Reason> = done.unread.iter().copied().collect();
                for fetched in batches.flat_map(|batch| batch.raw().fetched()) {
                    match (fetched.value(), unread.get(&fetched.offset())) {
                        (_, Some(reason)) => samples.refuse(*reason),
                        (Some(value), None) => samples.add(value),
                        (None, None) => samples.add_tombstone(),
                    }
                }
                for _ in &done.too_long {
                    samples.refuse(Reason::TooLarge);
                }
                Ok(())
            })?;
        }
    }
    match samples.refused_all() {
        None => Ok(samples),
        Some(reasons) => Err(Failure::new(
            Exit::DataErr,
            "no record of the sample can be read as the policy reads records",
        )
        .why(reasons)
        .help("`veil explain -p POLICY --on SAMPLE` says more; docs/reference/reasons.md says what the reasons mean")),
    }
}

/// The plan by which values are read that say nothing without a schema; `None`: they are
/// JSON.
fn with_schemas(policies: &[PolicyFile]) -> Result<Option<Arc<Plan>>, Failure> {
    let plans = policies
        .iter()
        .filter_map(|f| policy::compile_with(f, &TestKeys).plan);
    let plans: Vec<Plan> = plans.collect();
    let Some(first) = plans.first() else {
        return Ok(None);
    };
    if plans.iter().any(|p| p.source.format != first.source.format) {
        let what = "the policies do not read the sample alike: they read values in several formats, or under several schemas";
        let failure = Failure::new(Exit::Usage, what);
        return Err(failure.help("report on each with a sample of its own"));
    }
    let is_json = first.source.format == Written::Json;
    Ok(plans.into_iter().next().filter(|_| !is_json).map(Arc::new))
}

fn show(report: &Report, format: Format) -> Outcome {
    match format {
        Format::Text => screen::show(&described::text(&report.page))?,
        Format::Md => screen::put(report.page.to_markdown().as_bytes())?,
        Format::Html => screen::put(report.page.to_html().as_bytes())?,
        Format::Json => screen::put_json(&report.json.to_json())?,
    }
    Ok(Exit::Ok)
}
