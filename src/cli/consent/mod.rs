//! `veil consent`: what people decided, set, shown, read in and measured.

mod connection;
mod get;
mod history;
mod import;
mod lines;
mod person;
mod probe;
mod set;

use super::Outcome;

/// Set, show, import and measure people's decisions
///
/// Works on the topics of decisions that the policy names (`consent.state`). A person is
/// found by an identifier of one of its kinds (`source.subject`); the topics hold no
/// identifier, but names made of it by the key of `rights.key`: pseudonyms, which are
/// personal data.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  veil consent get -p policy.yaml -c veil.yaml --kind customer --id 42
  veil consent set -p policy.yaml -c veil.yaml --kind customer --id 42 \\
      --category Ads --is denied --why 'letter of 3 March'
  veil consent import -p policy.yaml -c veil.yaml decisions.ndjson
  veil consent history -p policy.yaml -c veil.yaml --kind customer --id 42
  veil consent probe -p policy.yaml -c veil.yaml

A decision counts from the moment it is written: the last one, whatever time
it names.")]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    Set(set::Args),
    Get(get::Args),
    Import(import::Args),
    History(history::Args),
    Probe(probe::Args),
}

impl Args {
    pub fn run(self) -> Outcome {
        match self.command {
            Command::Set(args) => args.run(),
            Command::Get(args) => args.run(),
            Command::Import(args) => args.run(),
            Command::History(args) => args.run(),
            Command::Probe(args) => args.run(),
        }
    }
}
