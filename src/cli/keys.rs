//! `veil keys`: makes, lists and verifies keyrings.

use super::{Exit, Format, Outcome, keyring, screen};
use std::path::PathBuf;
use veilstream::crypto::entropy::OsEntropy;
use veilstream::keys::{self, KeyName, Listed, NewKeys, Wrap};

/// Make, list and verify keys
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  veil keys new --keyring keyring.json people contact quarantine
  veil keys ls --keyring keyring.json
  veil keys verify --keyring keyring.json

A policy names a key as `file:keyring.json#people`, relative to itself.")]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    New(New),
    Ls(Read),
    Verify(Verify),
}

/// Make keys, in a new keyring or added to an existing one
///
/// The file is written with mode 0600. A key that exists is never replaced:
/// what was made with it would be lost.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  veil keys new --keyring keyring.json people contact quarantine
  veil keys new --keyring keyring.json --wrap passphrase people
  veil keys new --keyring keyring.json --wrap passphrase --passphrase-file pw people")]
struct New {
    /// The keyring file
    #[arg(long, value_name = "FILE")]
    keyring: PathBuf,
    /// How a new keyring protects its keys; an existing one keeps its way
    #[arg(long, value_name = "HOW", default_value = "none")]
    wrap: HowWrapped,
    /// Names of the keys
    #[arg(required = true, value_name = "NAME", value_parser = name)]
    names: Vec<KeyName>,
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

/// List keys: name, version, state, check value; no key material
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  veil keys ls --keyring keyring.json
  veil keys ls --keyring keyring.json --format json")]
struct Read {
    /// The keyring file
    #[arg(long, value_name = "FILE")]
    keyring: PathBuf,
    /// How to print it
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
    #[command(flatten)]
    access: keyring::Access,
}

/// Unwrap every key and recompute its check value
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  veil keys verify --keyring keyring.json")]
struct Verify {
    #[command(flatten)]
    read: Read,
}

fn name(text: &str) -> Result<KeyName, String> {
    text.parse()
        .map_err(|error: keys::BadKeyName| error.to_string())
}

impl Args {
    pub(crate) fn run(self) -> Outcome {
        match self.command {
            Command::New(args) => args.run(),
            Command::Ls(args) => {
                let listed = keys::list(&args.keyring, &args.access.open(false));
                show(listed, args.format, "")
            }
            Command::Verify(Verify { read }) => {
                let listed = keys::verify(&read.keyring, &read.access.open(false));
                show(
                    listed,
                    read.format,
                    "verified: every check value fits its key\n",
                )
            }
        }
    }
}

impl New {
    fn run(self) -> Outcome {
        let new = NewKeys {
            names: &self.names,
            wrap: match self.wrap {
                HowWrapped::None => Wrap::None,
                HowWrapped::Passphrase => Wrap::Passphrase,
            },
            now: super::clock::now(),
        };
        let access = self.access.open(true);
        let made = keys::create_or_add(&self.keyring, &new, &access, &mut OsEntropy)
            .map_err(|e| keyring::failure(&e))?;
        let mut text = String::new();
        for key in &made {
            text.push_str(&format!("{}  check value {}\n", key.id, key.kcv));
        }
        text.push_str(&format!(
            "written to {}; keep a copy where only you can reach it: without it nothing that was encrypted can be read\n",
            self.keyring.display()
        ));
        screen::tell(&text);
        Ok(Exit::Ok)
    }
}

fn show(listed: Result<Vec<Listed>, keys::KeyError>, format: Format, closing: &str) -> Outcome {
    let listed = listed.map_err(|e| keyring::failure(&e))?;
    match format {
        Format::Json => {
            let rows: Vec<serde_json::Value> = listed
                .iter()
                .map(|l| {
                    serde_json::json!({
                        "name": l.id.name().as_str(),
                        "version": l.id.version(),
                        "kind": l.kind.as_str(),
                        "state": l.state.as_str(),
                        "created": l.created,
                        "use_from": l.use_from,
                        "kcv": l.kcv,
                    })
                })
                .collect();
            let text = serde_json::to_string_pretty(&rows).expect("a JSON value is JSON");
            screen::put(format!("{text}\n").as_bytes())?;
        }
        Format::Text => {
            let width = listed
                .iter()
                .map(|l| l.id.to_string().len())
                .max()
                .unwrap_or(0)
                .max(3);
            let mut text = format!(
                "{:width$}  {:13}  {:9}  {:20}  check value\n",
                "key", "kind", "state", "created"
            );
            for l in &listed {
                text.push_str(&format!(
                    "{:width$}  {:13}  {:9}  {:20}  {}\n",
                    l.id.to_string(),
                    l.kind.as_str(),
                    l.state.as_str(),
                    l.created,
                    l.kcv
                ));
            }
            screen::put(text.as_bytes())?;
            screen::tell(closing);
        }
    }
    Ok(Exit::Ok)
}
