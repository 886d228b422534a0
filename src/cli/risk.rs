//! `veil risk`: how alone people are in what leaves of a sample.

use super::measured::Sample;
use super::shown::{self, PageFormat};
use super::{Exit, Failure, Outcome, measured};
use std::path::PathBuf;
use std::time::{Duration, Instant};
use veilstream::anonymity::seeded::Seeded;
use veilstream::exposure::{RiskReport, Settings};
use veilstream::policy::meaning;

/// So long is looked for columns that single people out, all outputs together.
const LOOKED_FOR: Duration = Duration::from_secs(60);

/// Measure how alone people are in what leaves of a sample
///
/// The policy is run on the sample under keys that are made up. For each output: how
/// many persons look the same, the risks of prosecutor, journalist and marketer, the
/// sets of columns that single out most, what one step coarser of each would give; for
/// outputs that can be joined, and for all together, what who reads them has. No value
/// of the sample is shown.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  veil risk -p policy.yaml --on events.ndjson
  veil risk -p policy.yaml --on events.ndjson --output web --qi country,year
  veil risk -p policy.yaml --on events.ndjson --format html > risk.html

Quasi-identifiers are all columns that are neither sealed nor codes, unless --qi
names others: output paths as the policy writes them, `key`, `header.NAME`,
`timestamp`.

JSON has records, passed_over, persons, knows_persons; outputs[] (topic,
records, persons, columns, codes, unique, unique_of_all, below[], k, classes,
histogram[] of [size, persons], prosecutor, at_risk[], journalist, marketer,
is_whole, sets[], fields[], points, counts (persons, windows, epsilon) or
null); pairs[] (topics, level, shared, records,
rows_unique, persons, unique) and union (persons, unique, average), or null.
Shares are from 0 to 1.

Exits 0, 64 when --output or --qi names what the policy does not have, 65, 66
or 74 when the sample cannot be read, 78 when the policy cannot be used.")]
pub(crate) struct Args {
    /// The policy
    #[arg(short, long, value_name = "POLICY")]
    policy: PathBuf,
    /// A sample of events, one a line; `-` is standard input
    #[arg(long, value_name = "SAMPLE", num_args = 1.., required = true)]
    on: Vec<PathBuf>,
    /// Lines of the sample are whole records: key, headers, timestamp, value
    #[arg(long)]
    envelope: bool,
    /// What people decided, one decision a line, where the policy has `consent.state`
    #[arg(long, value_name = "FILE")]
    consent: Option<PathBuf>,
    /// This output alone, by its topic
    #[arg(long, value_name = "TOPIC")]
    output: Option<String>,
    /// The quasi-identifiers: columns of the outputs
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    qi: Vec<String>,
    /// Of how many people the sample is: then the journalist's risk is estimated
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    population: Option<u64>,
    /// How to write the report
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: PageFormat,
}

impl Args {
    pub(crate) fn run(self) -> Outcome {
        let measured = measured::gather(
            &self.policy,
            Sample {
                files: &self.on,
                enveloped: self.envelope,
                consent: self.consent.as_deref(),
            },
        )?;
        let tables = &measured.tables;
        let topics: Vec<&str> = tables.outputs.iter().map(|t| t.topic.as_str()).collect();
        if let Some(output) = &self.output
            && !topics.contains(&output.as_str())
        {
            let what = format!("the policy has no output `{output}`");
            return Err(Failure::new(Exit::Usage, what)
                .help(format!("its outputs are {}", listed(&topics))));
        }
        let columns = tables.outputs.iter().flat_map(|t| &t.columns);
        let mut columns: Vec<&str> = columns.map(|c| c.path.as_str()).collect();
        columns.sort_unstable();
        columns.dedup();
        if let Some(unknown) = self.qi.iter().find(|qi| !columns.contains(&qi.as_str())) {
            let what = format!("nothing leaves as `{unknown}`");
            return Err(Failure::new(Exit::Usage, what)
                .help(format!("columns of this sample are {}", listed(&columns))));
        }
        let until = Instant::now() + LOOKED_FOR;
        let mut settings = Settings {
            quasi: (!self.qi.is_empty()).then_some(&self.qi),
            population: self.population,
            goes_on: &mut || Instant::now() < until,
            words: &mut Seeded::new(0),
        };
        let meaning = meaning(&measured.said);
        let report = RiskReport::of(tables, &meaning, self.output.as_deref(), &mut settings);
        shown::show(&report.page(), || report.json(), self.format)?;
        Ok(Exit::Ok)
    }
}

fn listed(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}
