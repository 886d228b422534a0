//! `veil report`: what a company shows of what it lets out.

use super::sampled::Given;
use super::{Exit, Outcome, clock, described, policies, sampled, screen};
use std::path::PathBuf;
use veilstream::contract;
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
                elements), fields_in, fields_used, ratio, bits_in,
                bits_removed; beside the list looks_enveloped and, of
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

Exits 0, 66 when a file is missing, 65 when the sample is no lines of JSON, 78
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
        let policies = described::read(&self.policies.paths(), self.format == Format::Json)?;
        let contracts = contract::contracts(&policies);
        let sample = match (&self.on[..], self.report) {
            ([], _) => None,
            (files, Kind::Minimisation) => Some(samples(&contracts, files, self.envelope)?),
            (_, _) => {
                let what = "only `minimisation` looks at a sample";
                let failure = super::Failure::new(Exit::Usage, what);
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
fn samples(
    contracts: &[contract::Contract<'_>],
    files: &[PathBuf],
    enveloped: bool,
) -> Result<report::Samples, super::Failure> {
    let mut samples = report::Samples::of(contracts, sampled::seed());
    sampled::each(files, enveloped, |given| match given {
        Given::Value(value) => samples.add(value),
        Given::Tombstone => samples.add_tombstone(),
        Given::Refused(reason) => samples.refuse(reason),
    })?;
    Ok(samples)
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
