//! `veil keys new`.

use super::super::{Exit, Failure, Format, Outcome, clock, keyring, screen};
use super::listing;
use super::named::name;
use std::path::{Path, PathBuf};
use veilstream::crypto::entropy::OsEntropy;
use veilstream::crypto::salted::Salt;
use veilstream::keys::{self, KeyName, NewKeys, Wrap};
use zeroize::Zeroizing;

/// Make keys, in a new keyring or added to an existing one
///
/// The file is written with mode 0600. A key that exists is never replaced:
/// what was made with it would be lost.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  veil keys new --keyring keyring.json people contact quarantine
  veil keys new --keyring keyring.json --wrap passphrase people
  veil keys new --keyring keyring.json people --format json
  veil keys new --keyring keyring.json --salt-file salt.txt salt

JSON is a list with an object for each key made, as `veil keys ls` has it.")]
pub struct Args {
    /// The keyring file
    #[arg(long, value_name = "FILE")]
    keyring: PathBuf,
    /// How a new keyring protects its keys; `none` without it. An existing one keeps its way, and
    /// another one is refused: see `veil keys wrap`
    #[arg(long, value_name = "HOW")]
    wrap: Option<HowWrapped>,
    /// Make no key, but an entry that holds the salt in this file (less one line
    /// end): for `compat` alone
    #[arg(long, value_name = "FILE")]
    salt_file: Option<PathBuf>,
    /// Names of the keys
    #[arg(required = true, value_name = "NAME", value_parser = name)]
    names: Vec<KeyName>,
    /// How to print what was made
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
    #[command(flatten)]
    access: keyring::Access,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum HowWrapped {
    /// By the file's permissions alone
    None,
    /// By a passphrase (Argon2id, AES-256-GCM)
    Passphrase,
}

/// The salt in a file, less one line end.
fn salt(file: &Path) -> Result<Salt, Failure> {
    let bytes = std::fs::read(file).map(Zeroizing::new).map_err(|e| {
        let file = screen::one_line(file.display());
        Failure::new(Exit::NoInput, format!("{file}: cannot read the salt: {e}"))
    })?;
    let text = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
    let text = text.strip_suffix(b"\r").unwrap_or(text);
    Salt::new(Zeroizing::new(text.to_vec())).ok_or_else(|| {
        let file = screen::one_line(file.display());
        Failure::new(
            Exit::DataErr,
            format!("{file}: a salt is text of 1 to 1,024 bytes"),
        )
    })
}

impl Args {
    pub fn run(self) -> Outcome {
        let salt = match &self.salt_file {
            Some(file) => Some(salt(file)?),
            None => None,
        };
        if salt.is_some() && self.names.len() > 1 {
            return Err(Failure::new(
                Exit::Usage,
                "--salt-file makes one entry: pass one NAME",
            ));
        }
        let new = NewKeys {
            salt: salt.as_ref(),
            names: &self.names,
            wrap: match self.wrap {
                None => Wrap::Unsaid,
                Some(HowWrapped::None) => Wrap::None,
                Some(HowWrapped::Passphrase) => Wrap::Passphrase,
            },
            now: clock::now(),
        };
        let access = self.access.open(true);
        let made = keys::create_or_add(&self.keyring, &new, &access, &mut OsEntropy)
            .map_err(|e| keyring::failure(&e))?;
        if self.format == Format::Json {
            listing::put(&made)?;
            return Ok(Exit::Ok);
        }
        let mut text = String::new();
        for key in &made {
            text.push_str(&format!("{}  check value {}\n", key.id, key.kcv));
        }
        if salt.as_ref().is_some_and(Salt::is_weak) {
            text.push_str("the salt is shorter than 16 bytes: whoever has a code of a known value guesses it\n");
        }
        text.push_str(&format!(
            "written to {}; keep a copy where only you can reach it: without it nothing that was encrypted can be read\n",
            screen::one_line(self.keyring.display())
        ));
        screen::tell_folded(&text);
        Ok(Exit::Ok)
    }
}
