//! `veil keys rotate`.

use super::super::{Exit, Format, Outcome, audited, clock, keyring, screen};
use super::listing;
use super::named::name;
use super::recorded;
use jiff::Timestamp;
use std::path::PathBuf;
use veilstream::audit::Intent;
use veilstream::crypto::entropy::OsEntropy;
use veilstream::keys::{Change, KeyName};

/// Add a version of a key, which begins to seal later
///
/// Encryption and the quarantine take the newest active version that has begun. A
/// process chooses when it reads its policy: a sidecar that runs goes on with the
/// version it has, and takes the new one when it is started, or reads its policy
/// again, after that time. Pseudonyms go on with the first version for ever, and
/// tokens with the version that the policy pins, so no code changes. Bring the
/// keyring to everybody who opens before the version begins.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  veil keys rotate contact --keyring keyring.json
  veil keys rotate contact --keyring keyring.json --from 2027-01-01T00:00:00Z

JSON is a list with the version made, as `veil keys ls` has it.")]
pub struct Args {
    /// The key
    #[arg(value_name = "NAME", value_parser = name)]
    name: KeyName,
    /// The keyring file
    #[arg(long, value_name = "FILE")]
    keyring: PathBuf,
    /// When it begins (RFC 3339), at least an hour ahead and after the version before it; without
    /// it the first full minute that is an hour ahead
    #[arg(long, value_name = "TIME", value_parser = time)]
    from: Option<Timestamp>,
    /// How to print what was made
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
    #[command(flatten)]
    access: keyring::Access,
    #[command(flatten)]
    audit: audited::Flags,
}

fn time(text: &str) -> Result<Timestamp, String> {
    text.parse()
        .map_err(|_| "a time is written as 2027-01-01T00:00:00Z (RFC 3339)".to_owned())
}

impl Args {
    pub fn run(self) -> Outcome {
        let access = self.access.open(false);
        let change = Change::rotate(
            &self.keyring,
            &self.name,
            self.from,
            clock::now(),
            &access,
            &mut OsEntropy,
        )
        .map_err(|e| keyring::failure(&e))?;
        let made = change.version().clone();
        let intent = Intent {
            command: "keys rotate",
            key: Some(&made.id),
            about: &[
                ("keyring", self.keyring.display().to_string()),
                ("use_from", made.use_from.clone()),
                ("kcv", made.kcv.clone()),
            ],
            ..Intent::default()
        };
        recorded::write(change, self.audit.begin(&self.keyring, intent)?)?;
        if self.format == Format::Json {
            listing::put(std::slice::from_ref(&made))?;
            return Ok(Exit::Ok);
        }
        screen::tell_folded(&format!(
            "{id}  check value {kcv}, begins at {from}\n\
             encryption and the quarantine take it in processes that are started, or read their policy again, after that; one that runs on keeps the version it has\n\
             pseudonyms go on with the first version for ever, tokens with the version their policy pins\n\
             bring {keyring} to everybody who opens before then, and keep a copy where only you can reach it\n",
            id = made.id,
            kcv = made.kcv,
            from = made.use_from,
            keyring = screen::one_line(self.keyring.display()),
        ));
        Ok(Exit::Ok)
    }
}
