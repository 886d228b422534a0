//! `veil keys`: makes, lists, verifies and wraps keyrings; lets keys live and die.

mod destroy;
mod epochs;
mod listing;
mod ls;
mod named;
mod new;
mod recorded;
mod retire;
mod rotate;
mod uses;
mod verify;
mod wrap;

use super::Outcome;

/// Make, list, rotate and destroy keys
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  veil keys new --keyring keyring.json people contact quarantine
  veil keys ls --keyring keyring.json -p policy.yaml
  veil keys wrap --keyring keyring.json
  veil keys rotate contact --keyring keyring.json
  veil keys destroy contact@1 --keyring keyring.json -p policy.yaml

A policy names a key as `file:keyring.json#people`, relative to itself.")]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    New(new::Args),
    Ls(ls::Args),
    Verify(verify::Args),
    Wrap(wrap::Args),
    Rotate(rotate::Args),
    Retire(retire::Args),
    Destroy(destroy::Args),
}

impl Args {
    pub fn run(self) -> Outcome {
        match self.command {
            Command::New(args) => args.run(),
            Command::Ls(args) => args.run(),
            Command::Verify(args) => args.run(),
            Command::Wrap(args) => args.run(),
            Command::Rotate(args) => args.run(),
            Command::Retire(args) => args.run(),
            Command::Destroy(args) => args.run(),
        }
    }
}
