//! `veil keys destroy`.

use super::super::{Exit, Failure, Outcome, audited, clock, keyring, screen};
use super::epochs::{Serves, serves};
use super::named::{pinned, version};
use super::recorded;
use super::uses::{Used, UsedBy};
use jiff::{SignedDuration, Timestamp};
use std::path::PathBuf;
use veilstream::audit::Intent;
use veilstream::crypto::epoch::EpochLength;
use veilstream::keys::{self, Access, Change, KeyError, KeyId, KeyState, Listed, Pick};
use veilstream::policy::KeyPlace;

/// Destroy a version of a key: what only it opens is erased for ever
///
/// Says first what becomes unreadable and what can no longer be computed, and, as
/// far as the policies tell, until when it is still needed; then asks for
/// NAME@VERSION at the terminal. Refused while codes that change with an epoch are
/// made with it, under the policies given. The material leaves the keyring; the version
/// stays in it as destroyed, so that its name says `erased` and never comes back
/// as another key. Backups of the keyring keep the material, and so may the blocks
/// of the old file until they are written over: they are yours to destroy.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  veil keys destroy contact@1 --keyring keyring.json -p policy.yaml
  veil keys destroy contact@1 --keyring keyring.json --yes contact@1
  veil keys destroy contact@1 --keyring keyring.json --leave-none-active")]
pub struct Args {
    /// The version
    #[arg(value_name = "NAME@VERSION", value_parser = version)]
    version: KeyId,
    /// The keyring file
    #[arg(long, value_name = "FILE")]
    keyring: PathBuf,
    /// Say what this policy still needs it for; may be repeated
    #[arg(short, long = "policy", value_name = "POLICY")]
    policies: Vec<PathBuf>,
    /// Do not ask: the version once more
    #[arg(long, value_name = "NAME@VERSION", value_parser = version)]
    yes: Option<KeyId>,
    /// Destroy it even if no other version is in force: policies that encrypt with the key, or seal
    /// their quarantine to it, cannot be used any more
    #[arg(long)]
    leave_none_active: bool,
    /// Destroy it even if codes of epochs are made with it: after a breach. Events of these
    /// epochs are refused then
    #[arg(long)]
    now: bool,
    #[command(flatten)]
    access: keyring::Access,
    #[command(flatten)]
    audit: audited::Flags,
}

impl Args {
    pub fn run(self) -> Outcome {
        if let Some(yes) = self.yes.as_ref().filter(|yes| **yes != self.version) {
            return Err(Failure::new(
                Exit::Usage,
                format!(
                    "`--yes {}` is not the version that is to be destroyed, nothing was changed",
                    pinned(yes)
                ),
            ));
        }
        let access = self.access.open(false);
        let seen = keys::look(&self.keyring, &access).map_err(|e| keyring::failure(&e))?;
        let used_by = UsedBy::of(&self.policies, &self.keyring, &seen.versions)?;
        if let Some(found) = seen.versions.iter().find(|l| l.id == self.version) {
            let of = Doomed::of(found, &seen.versions, clock::now());
            screen::tell_folded(&consequences(&of, &used_by));
            if self.policies.is_empty() {
                screen::tell_folded(
                    "no policy was given (`-p`): what still takes it, and until when, is not known here\n",
                );
            }
            if found.state != KeyState::Destroyed && !self.now {
                self.refuse_while_needed(&of, &used_by)?;
            }
            if found.state != KeyState::Destroyed && self.yes.is_none() {
                // What is refused is not asked about; nobody writes meanwhile unseen.
                drop(self.change(seen.generation, &access)?);
                self.ask()?;
            }
        }
        let change = self.change(seen.generation, &access)?;
        let intent = Intent {
            command: "keys destroy",
            key: Some(&self.version),
            about: &[
                ("keyring", self.keyring.display().to_string()),
                ("kcv", change.version().kcv.clone()),
                ("now", self.now.to_string()),
            ],
            ..Intent::default()
        };
        recorded::write(change, self.audit.begin(&self.keyring, intent)?)?;
        screen::tell_folded(&format!(
            "{} is destroyed in {}; destroy its copies in backups too: the file system may keep the old file's blocks for a while, and snapshots for as long as they are kept\n",
            self.version,
            screen::one_line(self.keyring.display())
        ));
        Ok(Exit::Ok)
    }

    /// Refuses as long as some codes that change with an epoch are made with it.
    fn refuse_while_needed(&self, of: &Doomed<'_>, used_by: &UsedBy) -> Result<(), Failure> {
        let mine = used_by
            .uses
            .iter()
            .filter(|u| u.of.key.entry == *of.found.id.name());
        for used in mine {
            let Some(epochs) = &used.of.epochs else {
                continue;
            };
            let until = match serves(of.found, &of.of_key, epochs) {
                Serves::Nothing => continue,
                Serves::Before(over) if over <= of.now => continue,
                Serves::Before(over) => format!("come back from {over:.0} on"),
                Serves::NoSuccessor => format!(
                    "make another version first: `veil keys rotate {} --on-epoch`",
                    of.found.id.name()
                ),
                Serves::AcceptsFrom(_) => {
                    "remove `accept_from` from the policy, or move it on".to_owned()
                }
            };
            return Err(Failure::new(
                Exit::Usage,
                format!(
                    "{}: codes are made with {} still, nothing was changed",
                    used.place(),
                    pinned(&of.found.id)
                ),
            )
            .why("without it events of those epochs are refused (`key_destroyed`)")
            .help(format!("{until}; or pass --now, after a breach")));
        }
        Ok(())
    }

    fn change(&self, generation: u64, access: &Access) -> Result<Change, Failure> {
        Change::destroy(
            &self.keyring,
            &self.version,
            generation,
            self.leave_none_active,
            clock::now(),
            access,
        )
        .map_err(|e: KeyError| keyring::failure(&e))
    }

    fn ask(&self) -> Result<(), Failure> {
        let wanted = pinned(&self.version);
        let typed = keyring::ask_in_clear(&format!("type {wanted} to destroy it: "));
        let typed = typed.map_err(|error| {
            Failure::new(
                Exit::Usage,
                format!(
                    "nobody can be asked whether {wanted} is to be destroyed, nothing was changed"
                ),
            )
            .why(error)
            .help(format!("run it at a terminal, or pass `--yes {wanted}`"))
        })?;
        match typed.trim() == wanted {
            true => Ok(()),
            false => Err(Failure::new(
                Exit::Usage,
                format!("what was typed is not {wanted}, nothing was changed"),
            )),
        }
    }
}

/// A version, and what stands around it.
struct Doomed<'l> {
    found: &'l Listed,
    /// Pseudonyms come from it.
    is_first: bool,
    /// What took over, in processes that were started after it began.
    successor: Option<&'l Listed>,
    another_is_in_force: bool,
    /// All versions of its key.
    of_key: Vec<&'l Listed>,
    now: Timestamp,
}

impl<'l> Doomed<'l> {
    fn of(found: &'l Listed, listed: &'l [Listed], now: Timestamp) -> Doomed<'l> {
        let others = || {
            let of_key = listed.iter().filter(|l| l.id.name() == found.id.name());
            of_key.filter(|l| l.id != found.id)
        };
        Doomed {
            found,
            is_first: others().all(|l| l.id.version() > found.id.version()),
            successor: others()
                .filter(|l| l.id.version() > found.id.version() && l.begins() <= now)
                .min_by_key(|l| l.id.version()),
            another_is_in_force: others().any(|l| l.state == KeyState::Active && l.begins() <= now),
            of_key: others().chain([found]).collect(),
            now,
        }
    }
}

/// What is lost with a version, and who still needs it.
fn consequences(of: &Doomed<'_>, used_by: &UsedBy) -> String {
    let found = of.found;
    let id = &found.id;
    let pseudonyms = if of.is_first {
        ", every pseudonym of this key (they come from its first version, this one; those with an epoch from the version of their epoch)"
    } else {
        ", pseudonyms of the epochs that it serves; those without an epoch come from the first version of the key and stay as they are"
    };
    let mut text = format!(
        "{id} ({}, {}, check value {}, made {})\n\
         becomes unreadable for ever: every envelope `veil1.{id}.…` and every quarantined record sealed to it, wherever copies lie\n\
         cannot be computed again: hashes of audit logs under {id}, tokens that a policy pins to {}{pseudonyms}\n",
        found.kind.as_str(),
        found.state.as_str(),
        found.kcv,
        found.created,
        pinned(id),
    );
    let mine = used_by.uses.iter().filter(|u| u.of.key.entry == *id.name());
    let mut told = Vec::new();
    for used in mine {
        if let Some(need) = need(used, of) {
            text.push_str(&format!("  {}: {need}\n", used.place()));
            told.push(&*used.policy);
        }
    }
    for policy in used_by
        .policies
        .iter()
        .filter(|p| !told.contains(&&*p.name))
    {
        text.push_str(&format!("  {}\n", policy.needs_nothing(id)));
    }
    text
}

/// Until when a use needs the version; `None`: it never took it.
fn need(used: &Used, of: &Doomed<'_>) -> Option<String> {
    let taken_now = used.version.as_ref() == Some(&of.found.id);
    let stops = match used.of.pick {
        _ if !taken_now => "",
        Pick::Newest if of.another_is_in_force => {
            "; after that another version seals, in processes that start or read their policy again"
        }
        Pick::Newest => {
            "; no other version is in force, so the policy cannot be used afterwards until one is"
        }
        Pick::First | Pick::Pinned(_) | Pick::ByEpoch(_) => {
            "; the policy cannot be used afterwards"
        }
    };
    let needed = match (used.of.pick, &used.of.place) {
        (Pick::Pinned(version), _) if version != of.found.id.version() => return None,
        (Pick::First, _) if !of.is_first => return None,
        (Pick::Pinned(_), _) => {
            "needed as long as the policy runs, or a token is to be turned back".to_owned()
        }
        (Pick::First, _) => "needed as long as the policy runs".to_owned(),
        (Pick::ByEpoch(length), _) => by_epoch(used, of, length)?,
        (Pick::Newest, KeyPlace::Quarantine { retention_ms }) => {
            quarantined(of, *retention_ms, taken_now)
        }
        (Pick::Newest, KeyPlace::Field { .. } | KeyPlace::People | KeyPlace::State) if taken_now => {
            "it seals with this version now: needed as long as that goes on, and after that until the last copy of what it sealed is gone, a time that no policy states".to_owned()
        }
        (Pick::Newest, KeyPlace::Field { .. } | KeyPlace::People | KeyPlace::State) => match of.successor {
            Some(next) => format!(
                "sealed with it until {} took over (at the first start after {}): needed until the last copy of that is gone, a time that no policy states",
                next.id, next.use_from
            ),
            None => format!("{} has not begun to seal", of.found.id),
        },
    };
    Some(needed + stops)
}

/// Until when codes that change with an epoch are made with it.
fn by_epoch(used: &Used, of: &Doomed<'_>, length: EpochLength) -> Option<String> {
    let epochs = used.of.epochs.as_ref()?;
    Some(match serves(of.found, &of.of_key, epochs) {
        Serves::Nothing => return None,
        Serves::Before(over) if over <= of.now => format!(
            "no code is made with it any more (epochs of `{length}`); those of its epochs can no longer be computed afterwards"
        ),
        Serves::Before(over) => format!(
            "codes are made with it until {over:.0}, when its last epoch (`{length}`) is over and what came late is too late"
        ),
        Serves::NoSuccessor => format!(
            "makes the codes of every epoch (`{length}`) from {} on, without an end",
            of.found.use_from
        ),
        Serves::AcceptsFrom(from) => format!(
            "needed as long as the policy takes events from {from:.0} on, however late they come (`accept_from`)"
        ),
    })
}

fn quarantined(of: &Doomed<'_>, retention_ms: Option<i64>, taken_now: bool) -> String {
    let kept = retention_ms.map(SignedDuration::from_millis);
    match (of.successor, kept) {
        _ if taken_now => "the quarantine is sealed to it now: needed as long as that goes on, and for the quarantine's retention after that".to_owned(),
        (Some(next), Some(kept)) => {
            let until = next.begins().saturating_add(kept).unwrap_or(Timestamp::MAX);
            format!(
                "needed until {until:.0} at the earliest, when what was sealed before {} took over ({}) has passed the policy's retention; later by as long as a process ran on without a start after that, or the topic keeps more",
                next.id, next.use_from
            )
        }
        (Some(_), None) => "needed until the quarantine topic has dropped what was sealed to it: the policy states no retention".to_owned(),
        (None, _) => format!("{} has not begun to seal", of.found.id),
    }
}
