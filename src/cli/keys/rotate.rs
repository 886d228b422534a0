//! `veil keys rotate`.

use super::super::{Exit, Failure, Format, Outcome, audited, clock, keyring, screen};
use super::epochs::next_start;
use super::listing;
use super::named::name;
use super::recorded;
use super::uses::UsedBy;
use jiff::{SignedDuration, Timestamp};
use std::path::PathBuf;
use veilstream::audit::Intent;
use veilstream::crypto::entropy::OsEntropy;
use veilstream::crypto::epoch::EpochLength;
use veilstream::keys::{Change, KeyName};

/// How far ahead a version begins at the least.
const AHEAD: SignedDuration = SignedDuration::from_hours(1);

/// Add a version of a key, which begins to seal later
///
/// Encryption and the quarantine take the newest active version that has begun. A
/// process chooses when it reads its policy: a sidecar that runs goes on with the
/// version it has, and takes the new one when it is started, or reads its policy
/// again, after that time. Pseudonyms with an epoch take it by the time of the event,
/// from the first epoch that starts then or later; pseudonyms without go on with the
/// first version for ever, and tokens with the version that the policy pins, so no
/// code of those changes. Bring the keyring to everybody who makes codes or opens
/// before the version begins, and have them read their policies again: one that does
/// not know it goes on with the version before, and its codes do not meet the others'.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  veil keys rotate contact --keyring keyring.json
  veil keys rotate contact --keyring keyring.json --from 2027-01-01T00:00:00Z
  veil keys rotate people --keyring keyring.json --on-epoch -p policy.yaml

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
    #[arg(long, value_name = "TIME", value_parser = clock::time)]
    from: Option<Timestamp>,
    /// Begin with the first epoch from then on, of all policies given, in which codes of
    /// this key change: then no epoch is without its version, and the version can be
    /// destroyed by itself once its epochs are over
    #[arg(long, requires = "policies")]
    on_epoch: bool,
    /// A policy that uses the key; may be repeated
    #[arg(short, long = "policy", value_name = "POLICY")]
    policies: Vec<PathBuf>,
    /// How to print what was made
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
    #[command(flatten)]
    access: keyring::Access,
    #[command(flatten)]
    audit: audited::Flags,
}

impl Args {
    /// When the version begins; `None`: as soon as it may.
    fn begins(&self) -> Result<Option<Timestamp>, Failure> {
        if !self.on_epoch {
            return Ok(self.from);
        }
        let used_by = UsedBy::of(&self.policies, &self.keyring, &[])?;
        let mine = used_by.uses.iter().filter(|u| u.of.key.entry == self.name);
        let lengths: Vec<EpochLength> = mine
            .filter_map(|u| Some(u.of.epochs.as_ref()?.length))
            .collect();
        let refused = |why: &str, help: &str| {
            let what = format!(
                "no epoch of `{}` to begin with, nothing was made",
                self.name
            );
            Err(Failure::new(Exit::Usage, what).why(why).help(help))
        };
        if lengths.is_empty() {
            return refused(
                "no policy given makes codes of this key that change with an epoch",
                "name a policy that does, or leave --on-epoch out",
            );
        }
        let soonest = clock::now().saturating_add(AHEAD).unwrap_or(Timestamp::MAX);
        match next_start(&lengths, self.from.unwrap_or(soonest)) {
            Some(start) => Ok(Some(start)),
            None => refused(
                "the lengths of its epochs have no start in common for a century",
                "pass --from with a time that suits one of them, without --on-epoch",
            ),
        }
    }

    pub fn run(self) -> Outcome {
        let access = self.access.open(false);
        let change = Change::rotate(
            &self.keyring,
            &self.name,
            self.begins()?,
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
             pseudonyms with an epoch take it from the first epoch that starts then or later; those without go on with the first version for ever, tokens with the version their policy pins\n\
             bring {keyring} to everybody who opens before then, and keep a copy where only you can reach it\n",
            id = made.id,
            kcv = made.kcv,
            from = made.use_from,
            keyring = screen::one_line(self.keyring.display()),
        ));
        Ok(Exit::Ok)
    }
}
