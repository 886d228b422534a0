//! `veil quarantine`: what was refused, listed, opened, replayed, purged.

mod connection;
mod ls;
mod narrow;
mod purge;
mod refused;
mod replay;
mod schemas;
mod show;

use super::Outcome;

/// List, open, replay and purge quarantined records
///
/// Works on the quarantine topic that the policy names.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  veil quarantine ls -p policy.yaml -c veil.yaml
  veil quarantine show 0:17 -p policy.yaml -c veil.yaml --why 'ticket 4711'
  veil quarantine replay -p policy.yaml -c veil.yaml --field email --dry-run
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
