//! `veil keys ls`.

use super::super::{Format, Outcome, keyring};
use super::listing;
use super::uses::UsedBy;
use std::path::PathBuf;
use veilstream::keys;

/// List keys: name, version, state, since when it seals, age, check value; no key material
///
/// The newest active version that is in force seals what is new; pseudonyms take
/// the first version for ever, tokens the one that the policy pins.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  veil keys ls --keyring keyring.json
  veil keys ls --keyring keyring.json -p policy.yaml -p other.yaml
  veil keys ls --keyring keyring.json --format json")]
pub struct Args {
    /// The keyring file
    #[arg(long, value_name = "FILE")]
    keyring: PathBuf,
    /// Say which outputs and fields of this policy take which version; may be repeated
    #[arg(short, long = "policy", value_name = "POLICY")]
    policies: Vec<PathBuf>,
    /// How to print it
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
    #[command(flatten)]
    access: keyring::Access,
}

impl Args {
    pub fn run(self) -> Outcome {
        let listed = keys::list(&self.keyring, &self.access.open(false))
            .map_err(|e| keyring::failure(&e))?;
        let used_by = match self.policies.is_empty() {
            true => None,
            false => Some(UsedBy::of(&self.policies, &self.keyring, &listed)?),
        };
        listing::show(Ok(listed), used_by.as_ref(), self.format, "")
    }
}
