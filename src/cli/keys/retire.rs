//! `veil keys retire`.

use super::super::{Exit, Outcome, audited, clock, keyring, screen};
use super::named::version;
use super::recorded;
use std::path::PathBuf;
use veilstream::audit::Intent;
use veilstream::keys::{Change, KeyId};

/// Let a version seal nothing new; it still opens, and computes the codes it always did
///
/// A process that runs goes on with the version it has until it is started, or
/// reads its policy, again. Pseudonyms whose first version is retired are computed
/// as before.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  veil keys retire contact@1 --keyring keyring.json")]
pub struct Args {
    /// The version
    #[arg(value_name = "NAME@VERSION", value_parser = version)]
    version: KeyId,
    /// The keyring file
    #[arg(long, value_name = "FILE")]
    keyring: PathBuf,
    /// Retire it even if no other version is in force: policies that encrypt with the key, or seal
    /// their quarantine to it, cannot be used any more
    #[arg(long)]
    leave_none_active: bool,
    #[command(flatten)]
    access: keyring::Access,
    #[command(flatten)]
    audit: audited::Flags,
}

impl Args {
    pub fn run(self) -> Outcome {
        let access = self.access.open(false);
        let change = Change::retire(
            &self.keyring,
            &self.version,
            self.leave_none_active,
            clock::now(),
            &access,
        )
        .map_err(|e| keyring::failure(&e))?;
        let intent = Intent {
            command: "keys retire",
            key: Some(&self.version),
            about: &[("keyring", self.keyring.display().to_string())],
            ..Intent::default()
        };
        recorded::write(change, self.audit.begin(&self.keyring, intent)?)?;
        screen::tell_folded(&format!(
            "{} is retired: it opens and recomputes, and seals nothing new in processes that are started, or read their policy again, from now on\n",
            self.version
        ));
        Ok(Exit::Ok)
    }
}
