//! `veil attack`: what whoever reads the outputs can do, tried on a sample.

use super::measured::Sample;
use super::shown::{self, PageFormat};
use super::{Exit, Failure, Outcome, measured};
use std::path::PathBuf;
use veilstream::attack::ATTACKS;

/// Try attacks on what leaves of a sample
///
/// The policy is run on the sample under keys that are made up. Each attack sees the
/// outputs and what its part of the report says; the command knows the truth, and tells
/// how often the attack is right, how often a guess without the output is, and the
/// interval of the difference. No value of the sample is shown.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  veil attack -p policy.yaml --on events.ndjson
  veil attack -p policy.yaml --on events.ndjson --only A4,A5,A6
  veil attack -p policy.yaml --on events.ndjson --format html > attacks.html

A1 dictionary, A2 frequency, A3 length, A4 order, A5 content, A6 behaviour,
A7 known points, A8 epochs; S singling out, L linkability, I inference (WP29,
Opinion 05/2014); K composition, of classes; D presence in counts. Each takes at
most 15 seconds, and says so when it was cut short.

JSON has records, passed_over, persons, knows_persons and attacks[] (id, name,
found[] with attack, topics, what, persons, success, guess, advantage, between,
certain, certain_between, control (main, control, risk, between) or null,
is_cut). Shares are from 0 to 1, intervals of 95 %.

Exits 0 whatever succeeds, 64 when the sample is standard input or --only names
no attack, 65, 66 or 74 when the sample cannot be read, 78 when the policy
cannot be used.")]
pub(crate) struct Args {
    /// The policy
    #[arg(short, long, value_name = "POLICY")]
    policy: PathBuf,
    /// A sample of events, one a line
    #[arg(long, value_name = "SAMPLE", num_args = 1.., required = true)]
    on: Vec<PathBuf>,
    /// Lines of the sample are whole records: key, headers, timestamp, value
    #[arg(long)]
    envelope: bool,
    /// What people decided, one decision a line, where the policy has `consent.state`
    #[arg(long, value_name = "FILE")]
    consent: Option<PathBuf>,
    /// Another seed makes other keys and other draws
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// These attacks alone
    #[arg(long, value_name = "IDS", value_delimiter = ',')]
    only: Vec<String>,
    /// How to write the report
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: PageFormat,
}

impl Args {
    pub(crate) fn run(self) -> Outcome {
        let is_known = |id: &String| ATTACKS.iter().any(|attack| attack.id == id);
        if let Some(unknown) = self.only.iter().find(|id| !is_known(id)) {
            let ids: Vec<&str> = ATTACKS.iter().map(|attack| attack.id).collect();
            return Err(
                Failure::new(Exit::Usage, format!("there is no attack `{unknown}`"))
                    .help(format!("the attacks are {}", ids.join(", "))),
            );
        }
        let sample = Sample {
            files: &self.on,
            enveloped: self.envelope,
            consent: self.consent.as_deref(),
        };
        let (own, public) = measured::gather_twice(&self.policy, sample, self.seed)?;
        let report = measured::attacked(&own.tables, Some(&public), &self.only, self.seed);
        shown::show(&report.page(), || report.json(), self.format)?;
        Ok(Exit::Ok)
    }
}
