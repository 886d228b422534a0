//! `veil explain`: an answer from the policy.

mod sample;

use super::shown::PageFormat;
use super::{Exit, Failure, Outcome, keyring};
use std::path::PathBuf;

/// Ask a policy: what it makes of a sample, of a path, what joins, what a code says
///
/// Of a sample it tells, for each output and field, how often it was written,
/// absent, null, dropped or refused, with examples of what leaves; the selectors
/// that never matched, with the nearest path that is there; and the paths that
/// the policy does not name, without their values.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  veil explain -p policy.yaml --on events.ndjson
  veil explain -p policy.yaml --on monday.ndjson.gz --format html > report.html

JSON of a sample has the keys policy, digest, received, looked_at, quarantined,
refused[], outputs[] (topic, written, looked_at, withheld, clearing_tombstones,
fields[] with path, from, action, written, absent, dropped_on_error, refused,
null, distinct, distinct_is_exact, examples), never_matched[] (output, path,
from, there, nearest, differs_by), unnamed[] (path, records, kinds, looks_like,
category, confidence), unnamed_more, values_beyond.

Exits 0 with an answer, 64 when the question cannot be understood, 65, 66 or 74
when the sample cannot be read, 78 when a policy cannot be used.")]
pub struct Args {
    /// The policies
    #[arg(short, long = "policy", value_name = "FILE")]
    policies: Vec<PathBuf>,
    /// A sample of events, one a line; `-` is standard input
    #[arg(long, value_name = "SAMPLE", num_args = 1..)]
    on: Vec<PathBuf>,
    /// Lines of the sample are whole records: key, headers, timestamp, value
    #[arg(long, requires = "on")]
    envelope: bool,
    /// How to write the answer
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: PageFormat,
    #[command(flatten)]
    keys: keyring::Access,
}

impl Args {
    pub(crate) fn run(self) -> Outcome {
        match (&self.policies[..], &self.on[..]) {
            ([policy], [_, ..]) => sample::explain(policy, &self),
            _ => Err(Failure::new(Exit::Usage, "nothing is asked")
                .why("a sample is explained under one policy")
                .help("veil explain -p POLICY --on SAMPLE; see veil explain --help")),
        }
    }
}
