//! `veil quarantine`: what was refused, listed, opened, replayed, purged.

mod connection;
mod ls;
mod narrow;
mod purge;
mod replay;
mod show;

use super::{Exit, Failure, Outcome};
use veilstream::kafka::errors::{Class, Failure as Refusal};

/// List, open, replay and purge quarantined records
///
/// Works on the quarantine topic that the policy names.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  veil quarantine ls -p policy.yaml -c veil.yaml
  veil quarantine show 0:17 -p policy.yaml -c veil.yaml --why 'ticket 4711'
  veil quarantine replay -p policy.yaml -c veil.yaml --field customer.email --dry-run
  veil quarantine purge -p policy.yaml -c veil.yaml --until 2026-01-01T00:00:00Z

A mended policy first, then `replay`: each chosen record goes once more through
the policy, exactly once; what is still refused comes back.")]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    Ls(ls::Args),
    Show(show::Args),
    Replay(replay::Args),
    Purge(purge::Args),
}

impl Args {
    pub fn run(self) -> Outcome {
        match self.command {
            Command::Ls(args) => args.run(),
            Command::Show(args) => args.run(),
            Command::Replay(args) => args.run(),
            Command::Purge(args) => args.run(),
        }
    }
}

/// Why the cluster did not let the command do its work.
fn refused(failure: &Refusal) -> Failure {
    let told = Failure::new(Exit::Unavailable, failure.to_string());
    match failure.class {
        Class::Fenced => told
            .why("another replay or purge of this topic began later, or the broker ended the transaction")
            .help("run it again when the other one is done: no record is replayed twice"),
        Class::Authorization => told.help(
            "grant Read and Describe on the quarantine topic, Write on it and on the outputs, \
             and Write on transactional ids that begin with `veil.quarantine.`",
        ),
        _ => told,
    }
}
