//! `veil completions`: a completion script for a shell.

use super::{Exit, Outcome, screen};
use clap::CommandFactory;

/// Print a completion script for a shell
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  veil completions bash > /etc/bash_completion.d/veil
  veil completions zsh > \"${fpath[1]}/_veil\"
  veil completions fish > ~/.config/fish/completions/veil.fish")]
pub(crate) struct Args {
    /// The shell
    shell: clap_complete::Shell,
}

impl Args {
    pub(crate) fn run(self) -> Outcome {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut super::Args::command(), "veil", &mut script);
        screen::put(&script)?;
        Ok(Exit::Ok)
    }
}
