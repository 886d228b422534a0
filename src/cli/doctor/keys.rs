//! The keys that a policy names, and which of their versions it takes now.

use super::here::closed;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use veilstream::kafka::examination::{Finding, Status};
use veilstream::keys::{self, Access, KeyError, KeyKind, KeyRef, KeyState, Listed, Pick};
use veilstream::policy::{Compiled, KeyUse, PolicyFile, key_uses};

/// Every key that the policy names, and the files that hold them.
pub fn keys(
    file: &PolicyFile,
    compiled: &Compiled,
    access: &Access,
    now: Timestamp,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    // What is wrong with the policy's text is said of the policy.
    let uses = key_uses(file).map_or_else(|_| Vec::new(), |found| found.uses);
    let mut files: Vec<&PathBuf> = compiled.keys.iter().map(|key| &key.file).collect();
    files.sort_unstable();
    files.dedup();
    for file in files {
        match keys::list(file, access) {
            Ok(listed) => {
                findings.push(closed("file", file));
                let named = compiled.keys.iter().filter(|key| key.file == *file);
                findings.extend(named.map(|key| entry(key, &picks(key, &uses), &listed, now)));
            }
            Err(error) => findings.push(unusable(file, &error)),
        }
    }
    findings
}

fn unusable(file: &Path, error: &KeyError) -> Finding {
    let help = match error {
        KeyError::NoPassphrase { .. } => {
            Some("pass --passphrase-file FILE, or set VEIL_PASSPHRASE_FILE".to_owned())
        }
        other => other.fix(),
    };
    let subject = file.display().to_string();
    let finding = Finding::new("key", subject, Status::Failed, error.to_string());
    finding.help(help.unwrap_or_default())
}

/// What the policy takes of a key, each once; of one that it names and does not use,
/// what would seal.
fn picks(key: &KeyRef, uses: &[KeyUse]) -> Vec<Pick> {
    let mut picks: Vec<Pick> = Vec::new();
    for used in uses.iter().filter(|used| used.key == *key) {
        if !picks.contains(&used.pick) {
            picks.push(used.pick);
        }
    }
    if picks.is_empty() {
        picks.push(Pick::Newest);
    }
    picks
}

fn entry(key: &KeyRef, picks: &[Pick], listed: &[Listed], now: Timestamp) -> Finding {
    let subject = format!("{}#{}", key.file.display(), key.entry);
    let versions: Vec<&Listed> = listed
        .iter()
        .filter(|l| *l.id.name() == key.entry)
        .collect();
    let finding = |status, what: String| Finding::new("key", subject.clone(), status, what);
    let [first, ..] = versions[..] else {
        return finding(Status::Failed, "is not in the keyring".to_owned()).help(format!(
            "make one: `veil keys new {} --keyring {}`",
            key.entry,
            key.file.display()
        ));
    };
    let mut said = Vec::new();
    for pick in picks {
        match taken(*pick, &versions, now) {
            Ok(what) => said.push(what),
            Err(what) => {
                return finding(Status::Failed, what).help(format!(
                    "look with `veil keys ls --keyring {}`; `veil keys rotate {}` makes a version that begins later",
                    key.file.display(),
                    key.entry
                ));
            }
        }
    }
    if first.kind == KeyKind::X25519Public {
        said.push("the public half, which is all that a pipeline needs".to_owned());
    }
    finding(Status::Ok, said.join("; "))
}

/// The version that is taken now, in words; or why none can be.
fn taken(pick: Pick, versions: &[&Listed], now: Timestamp) -> Result<String, String> {
    let of = versions
        .iter()
        .map(|l| (l.id.version(), l.state, l.begins()));
    let number = pick.among(of, now);
    let found = number.and_then(|n| versions.iter().find(|l| l.id.version() == n));
    let later = || {
        let mut active = versions.iter().filter(|l| l.state == KeyState::Active);
        active.find(|l| l.begins() > now)
    };
    match (pick, number, found) {
        (Pick::Newest, _, Some(found)) => {
            let seals = format!("version {} seals now", found.id.version());
            Ok(match later() {
                Some(next) => format!(
                    "{seals}, version {} from {} on",
                    next.id.version(),
                    next.use_from
                ),
                None => seals,
            })
        }
        (Pick::Newest, ..) => Err(match later() {
            Some(next) => format!(
                "has no version in force: version {} begins at {}",
                next.id.version(),
                next.use_from
            ),
            None => "has no active version".to_owned(),
        }),
        (_, Some(n), Some(found)) if found.state == KeyState::Destroyed => Err(match pick {
            Pick::Pinned(_) => format!("version {n}, which the policy pins, is destroyed"),
            Pick::ByEpoch(length) => {
                format!(
                    "version {n}, from which the codes of this epoch ({length}) come, is destroyed"
                )
            }
            _ => format!("version {n}, from which every pseudonym comes, is destroyed"),
        }),
        (Pick::Pinned(_), _, Some(found)) => {
            Ok(format!("version {} is pinned", found.id.version()))
        }
        (Pick::Pinned(n), ..) => Err(format!("has no version {n}, which the policy pins")),
        (Pick::First, _, Some(found)) => Ok(format!(
            "pseudonyms come from version {}",
            found.id.version()
        )),
        (Pick::ByEpoch(length), _, Some(found)) => {
            let codes = format!(
                "codes of this epoch ({length}) come from version {}",
                found.id.version()
            );
            Ok(match later() {
                Some(next) => format!(
                    "{codes}, from version {} with the first epoch from {} on",
                    next.id.version(),
                    next.use_from
                ),
                None => codes,
            })
        }
        (Pick::First | Pick::ByEpoch(_), ..) => Err("is not in the keyring".to_owned()),
    }
}
