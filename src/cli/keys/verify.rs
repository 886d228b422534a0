//! `veil keys verify`.

use super::super::{Format, Outcome, keyring};
use super::listing;
use std::path::PathBuf;
use veilstream::keys;

/// Unwrap every key and recompute its check value
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  veil keys verify --keyring keyring.json")]
pub struct Args {
    /// The keyring file
    #[arg(long, value_name = "FILE")]
    keyring: PathBuf,
    /// How to print it
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
    #[command(flatten)]
    access: keyring::Access,
}

impl Args {
    pub fn run(self) -> Outcome {
        let listed = keys::verify(&self.keyring, &self.access.open(false));
        let closing = "verified: every check value fits its key\n";
        listing::show(listed, None, self.format, closing)
    }
}
