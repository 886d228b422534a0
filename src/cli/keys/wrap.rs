//! `veil keys wrap`.

use super::super::{Exit, Outcome, audited, keyring, screen};
use std::path::PathBuf;
use veilstream::audit::Intent;
use veilstream::crypto::entropy::OsEntropy;
use veilstream::keys;

/// Close a keyring that lies in clear under a passphrase
///
/// The keys stay what they are, and so do all codes. The file is replaced in one
/// step; copies that were made of it before stay open.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  veil keys wrap --keyring keyring.json
  veil keys wrap --keyring keyring.json --passphrase-file passphrase.txt

Every process that opens the keyring needs the passphrase from then on:
--passphrase-file, or VEIL_PASSPHRASE_FILE. Without a passphrase file it is
asked for twice. A passphrase that is lost cannot be found again.")]
pub struct Args {
    /// The keyring file
    #[arg(long, value_name = "FILE")]
    keyring: PathBuf,
    #[command(flatten)]
    access: keyring::Access,
    #[command(flatten)]
    audit: audited::Flags,
}

impl Args {
    pub fn run(self) -> Outcome {
        let access = self.access.open_to_wrap();
        // What can be wrong with it is said before anything is recorded or asked.
        keys::look(&self.keyring, &access).map_err(|e| keyring::failure(&e))?;
        let intent = Intent {
            command: "keys wrap",
            about: &[("keyring", self.keyring.display().to_string())],
            ..Intent::default()
        };
        let audit = self.audit.begin(&self.keyring, intent)?;
        let wrapped = keys::wrap_all(&self.keyring, &access, &mut OsEntropy);
        // What went wrong is what must be said, not that its end is missing too.
        let ended = audited::end(audit, wrapped.is_ok(), 0);
        let count = wrapped.map_err(|e| keyring::failure(&e))?;
        ended?;
        let versions = if count == 1 { "version" } else { "versions" };
        screen::tell_folded(&format!(
            "{count} {versions} wrapped; remove copies of the file as it was, and give every process --passphrase-file, or VEIL_PASSPHRASE_FILE\n"
        ));
        Ok(Exit::Ok)
    }
}
