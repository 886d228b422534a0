//! A key lives and dies: a version more, one that only opens, one that is gone.

use std::borrow::Cow;
use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use zeroize::Zeroizing;

use super::draft::{self, Draft};
use super::entry::{KeyKind, KeyState};
use super::file::{self, Keyring, Listed};
use super::form::{self, EntryForm, KeyringForm, VersionForm};
use super::{Access, KeyError, KeyId, KeyName};
use crate::crypto::entropy::Entropy;
use crate::crypto::kdf::Root;
use crate::crypto::secret::Secret;
use crate::crypto::wrap::WrapPlace;

/// How far ahead a version begins at the least: time to bring the keyring to
/// every process that seals or opens with it.
const AHEAD: SignedDuration = SignedDuration::from_hours(1);

/// A change of one version, checked and ready to be written. Nobody else can
/// write the keyring as long as this exists; dropped, nothing has happened.
pub struct Change {
    draft: Draft,
    before: Zeroizing<String>,
    after: Zeroizing<Vec<u8>>,
    version: Listed,
}

impl Change {
    /// A new version of the root `name`, used from `from` on; `None`: from the
    /// first full minute that is an hour ahead.
    ///
    /// # Errors
    /// When `from` is less than an hour ahead or not after the last version's,
    /// when the entry is none of roots, or the keyring cannot be used.
    pub fn rotate(
        path: &Path,
        name: &KeyName,
        from: Option<Timestamp>,
        now: Timestamp,
        access: &Access,
        entropy: &mut dyn Entropy,
    ) -> Result<Change, KeyError> {
        let (draft, before) = open(path, access)?;
        // Reading it all first proves that the passphrase is the right one.
        let keyring = Keyring::read(path, &before, access)?;
        if keyring.entry(path, name)?.kind() != KeyKind::Root {
            return Err(KeyError::refused(
                path,
                name.as_str(),
                "it is no root: a public key is rotated where its root lies, a salt never",
                "rotate the root, and bring its new public key here",
            ));
        }
        let listed = file::listed(path, &before)?;
        let last = last_of(&listed, name);
        let from = begin(path, last, from, now)?;
        let number = last.id.version().checked_add(1);
        let id = number.and_then(|n| KeyId::new(name.clone(), n));
        let id = id.ok_or_else(|| {
            KeyError::refused(
                path,
                name.as_str(),
                "it has the highest version there can be",
                "make a key of another name",
            )
        })?;

        let use_from = from.to_string();
        let material = Secret::fill(|bytes| entropy.fill(bytes));
        let place = WrapPlace {
            id: &id,
            kind: KeyKind::Root.as_str(),
            use_from: &use_from,
        };
        let closed = keyring.unwrap.close(place, &material, entropy);
        let version = Listed {
            kind: KeyKind::Root,
            state: KeyState::Active,
            created: format!("{now:.0}"),
            use_from,
            kcv: Root::new(material.expose()).kcv().to_string(),
            id,
        };
        let after = edited(path, &before, name, |entry| {
            entry.versions.push(VersionForm {
                version: version.id.version(),
                created: Cow::Owned(version.created.clone()),
                use_from: Cow::Owned(version.use_from.clone()),
                state: version.state.as_str().into(),
                kcv: Cow::Owned(version.kcv.clone()),
                material: Some(&closed),
            });
        })?;
        Ok(Change {
            draft,
            before,
            after,
            version,
        })
    }

    /// The version opens and recomputes from now on, and seals nothing new.
    ///
    /// # Errors
    /// When it is not active, or when no other version is in force and
    /// `leave_none_active` does not allow that.
    pub fn retire(
        path: &Path,
        id: &KeyId,
        leave_none_active: bool,
        now: Timestamp,
        access: &Access,
    ) -> Result<Change, KeyError> {
        let (draft, before) = open(path, access)?;
        let listed = file::listed(path, &before)?;
        let found = find(path, &listed, id)?;
        if found.state != KeyState::Active {
            return Err(not_again(path, found));
        }
        if !leave_none_active {
            another_in_force(path, &listed, id, now)?;
        }
        Change::to_state(path, draft, before, found, KeyState::Retired)
    }

    /// The version's material goes: what it protected is erased. `generation` is
    /// that of the keyring that was looked at before.
    ///
    /// # Errors
    /// When it is gone already, or the keyring has changed since; when it is active,
    /// no other version is in force and `leave_none_active` does not allow that.
    pub fn destroy(
        path: &Path,
        id: &KeyId,
        generation: u64,
        leave_none_active: bool,
        now: Timestamp,
        access: &Access,
    ) -> Result<Change, KeyError> {
        let (draft, before) = open(path, access)?;
        let listed = file::listed(path, &before)?;
        let found = find(path, &listed, id)?;
        if found.state == KeyState::Destroyed {
            return Err(not_again(path, found));
        }
        if found.state == KeyState::Active && !leave_none_active {
            another_in_force(path, &listed, id, now)?;
        }
        if form::read(path, &before)?.generation != generation {
            return Err(KeyError::refused(
                path,
                id.to_string(),
                "the keyring has changed since it was shown, nothing was written",
                "run the command again and look at what it shows",
            ));
        }
        Change::to_state(path, draft, before, found, KeyState::Destroyed)
    }

    fn to_state(
        path: &Path,
        draft: Draft,
        before: Zeroizing<String>,
        found: &Listed,
        state: KeyState,
    ) -> Result<Change, KeyError> {
        let after = edited(path, &before, found.id.name(), |entry| {
            let number = found.id.version();
            for version in entry.versions.iter_mut().filter(|v| v.version == number) {
                version.state = state.as_str().into();
                if state == KeyState::Destroyed {
                    version.material = None;
                }
            }
        })?;
        let version = Listed {
            state,
            ..found.clone()
        };
        Ok(Change {
            draft,
            before,
            after,
            version,
        })
    }

    /// The version as it will be.
    pub fn version(&self) -> &Listed {
        &self.version
    }

    /// Makes it so.
    ///
    /// # Errors
    /// When the keyring cannot be written. Nothing is changed then.
    pub fn write(self) -> Result<Listed, KeyError> {
        self.draft.replace(Some(&self.before), &self.after)?;
        Ok(self.version)
    }
}

fn open(path: &Path, access: &Access) -> Result<(Draft, Zeroizing<String>), KeyError> {
    // Before the draft, which would be made beside nothing.
    if let Err(error) = std::fs::metadata(path) {
        return Err(KeyError::io(path, "read the keyring")(error));
    }
    let (draft, text) = Draft::of(path, access)?;
    match text {
        Some(text) => Ok((draft, text)),
        None => Err(KeyError::io(path, "read the keyring")(
            std::io::ErrorKind::NotFound.into(),
        )),
    }
}

/// The text with one entry edited, one generation on.
fn edited<'a>(
    path: &Path,
    before: &'a Zeroizing<String>,
    name: &KeyName,
    edit: impl FnOnce(&mut EntryForm<'a>),
) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let mut form: KeyringForm<'a> = form::read(path, before)?;
    let entry = form.keys.iter_mut().find(|e| e.name == name.as_str());
    edit(entry.expect("it was found before"));
    form.step(path)?;
    Ok(draft::text_of(&form))
}

fn begin(
    path: &Path,
    last: &Listed,
    from: Option<Timestamp>,
    now: Timestamp,
) -> Result<Timestamp, KeyError> {
    let refused =
        |why: String, fix: String| KeyError::refused(path, last.id.name().as_str(), why, fix);
    let soonest = now.saturating_add(AHEAD).map_err(|error| {
        refused(
            error.to_string(),
            "set the clock of this machine".to_owned(),
        )
    })?;
    let from = match from {
        Some(from) if from < soonest => {
            return Err(refused(
                format!("a version that begins at {from} begins less than an hour from now"),
                format!(
                    "every process that opens needs the keyring by then: pass a time from {soonest:.0} on"
                ),
            ));
        }
        Some(from) => from,
        None => full_minute(soonest),
    };
    if from <= last.begins() {
        return Err(refused(
            format!(
                "a version that begins at {from} does not begin after version {}, which does at {}",
                last.id.version(),
                last.use_from
            ),
            "pass a later time with `--from`".to_owned(),
        ));
    }
    Ok(from)
}

/// The first full minute that is not before `time`.
fn full_minute(time: Timestamp) -> Timestamp {
    let seconds = time.as_second() + i64::from(time.subsec_nanosecond() > 0);
    Timestamp::from_second(seconds.div_euclid(60) * 60 + if seconds % 60 == 0 { 0 } else { 60 })
        .unwrap_or(time)
}

fn last_of<'l>(listed: &'l [Listed], name: &KeyName) -> &'l Listed {
    let versions = listed.iter().filter(|l| l.id.name() == name);
    versions
        .max_by_key(|l| l.id.version())
        .expect("an entry has a version")
}

fn find<'l>(path: &Path, listed: &'l [Listed], id: &KeyId) -> Result<&'l Listed, KeyError> {
    if let Some(found) = listed.iter().find(|l| l.id == *id) {
        return Ok(found);
    }
    let of_name = listed.iter().filter(|l| l.id.name() == id.name());
    let versions: Vec<String> = of_name.map(|l| l.id.version().to_string()).collect();
    if versions.is_empty() {
        return Err(file::no_entry(path, id.name(), listed));
    }
    Err(KeyError::NoVersion {
        name: id.name().to_string(),
        version: id.version(),
        known: versions.join(", "),
    })
}

/// Refuses what would leave no version in force.
fn another_in_force(
    path: &Path,
    listed: &[Listed],
    id: &KeyId,
    now: Timestamp,
) -> Result<(), KeyError> {
    let name = id.name();
    let mut others = listed.iter().filter(|l| l.id.name() == name && l.id != *id);
    if others.any(|l| l.state == KeyState::Active && l.begins() <= now) {
        return Ok(());
    }
    Err(KeyError::refused(
        path,
        id.to_string(),
        format!(
            "no other version of `{name}` is in force: nothing could be sealed with it any more"
        ),
        format!(
            "run `veil keys rotate {name} --keyring {}` and come back when the new one has begun, or allow it with `--leave-none-active`",
            path.display()
        ),
    ))
}

fn not_again(path: &Path, found: &Listed) -> KeyError {
    KeyError::refused(
        path,
        found.id.to_string(),
        format!("it is {} already", found.state.as_str()),
        "nothing was written",
    )
}

#[cfg(test)]
mod tests;
