//! A keyring read from its file, with every check there is.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use zeroize::Zeroizing;

use super::entry::{KeyEntry, KeyKind, KeyState, Material, Version};
use super::form::{self, EntryForm, KeyringForm, VersionForm};
use super::wrap::{self, BadMaterial, Unwrap};
use super::{Access, Kcv, KeyError, KeyId, KeyName};
use crate::crypto::kdf::Root;
use crate::crypto::quarantine::PublicKey;
use crate::crypto::salted::Salt;
use crate::crypto::wrap::WrapPlace;

/// One line of `veil keys ls`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Name and version.
    pub id: KeyId,
    /// What it is.
    pub kind: KeyKind,
    /// What may be done with it.
    pub state: KeyState,
    /// When it was made (RFC 3339, as written).
    pub created: String,
    /// From which event time on it is used (RFC 3339, as written).
    pub use_from: String,
    /// Its check value: may be shown.
    pub kcv: String,
}

impl Listed {
    /// From when on new envelopes may be made with it.
    pub fn begins(&self) -> Timestamp {
        time(&self.use_from).expect("a listed version was checked")
    }

    /// When it was made.
    pub fn made(&self) -> Timestamp {
        time(&self.created).expect("a listed version was checked")
    }
}

/// The versions in a keyring, in its order. Nothing is unwrapped and check
/// values are not recomputed: no passphrase is needed.
///
/// # Errors
/// When the file is not a keyring that may be read.
pub fn list(path: &Path, access: &Access) -> Result<Vec<Listed>, KeyError> {
    Ok(look(path, access)?.versions)
}

/// A keyring as it was at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// Grows by one with every change.
    pub generation: u64,
    /// In the order of the file.
    pub versions: Vec<Listed>,
}

/// As [`list`], with the generation of what was read.
///
/// # Errors
/// As [`list`].
pub fn look(path: &Path, access: &Access) -> Result<Listing, KeyError> {
    let text = access.read(path)?;
    Ok(Listing {
        generation: form::read(path, &text)?.generation,
        versions: listed(path, &text)?,
    })
}

pub(super) fn listed(path: &Path, text: &str) -> Result<Vec<Listed>, KeyError> {
    let form = form::read(path, text)?;
    wrap::needs_passphrase(path, &form.wrap)?;
    let mut listed = Vec::new();
    check(path, &form, |_, kind, version, id, state| {
        listed.push(Listed {
            id,
            kind,
            state,
            created: version.created.to_string(),
            use_from: version.use_from.to_string(),
            kcv: version.kcv.to_string(),
        });
        Ok(())
    })?;
    Ok(listed)
}

/// As [`list`], after unwrapping every version and recomputing its check value.
///
/// # Errors
/// When anything about the keyring is wrong; the first mistake is reported.
pub fn verify(path: &Path, access: &Access) -> Result<Vec<Listed>, KeyError> {
    let text = access.read(path)?;
    Keyring::read(path, &text, access)?;
    list(path, access)
}

/// A keyring, unlocked.
pub(super) struct Keyring {
    pub(super) entries: Vec<Arc<KeyEntry>>,
    pub(super) unwrap: Unwrap,
}

impl Keyring {
    /// Reads the file at `path`.
    pub(super) fn open(path: &Path, access: &Access) -> Result<Keyring, KeyError> {
        Keyring::read(path, &access.read(path)?, access)
    }

    pub(super) fn read(
        path: &Path,
        text: &Zeroizing<String>,
        access: &Access,
    ) -> Result<Keyring, KeyError> {
        let form = form::read(path, text)?;
        // Everything that can be checked without a passphrase comes first.
        check(path, &form, |_, _, _, _, _| Ok(()))?;
        let unwrap = wrap::unlock(path, &form.wrap, access)?;
        let mut entries: Vec<KeyEntry> = Vec::new();
        check(path, &form, |name, kind, version, id, state| {
            let material = match version.material {
                None => None,
                Some(material) => Some(open(path, &unwrap, &id, kind, version, material)?),
            };
            let version = Version {
                id,
                state,
                use_from: time(&version.use_from).expect("checked before"),
                material,
            };
            match entries.iter_mut().find(|e| e.name == *name) {
                Some(entry) => entry.versions.push(version),
                None => entries.push(KeyEntry {
                    name: name.clone(),
                    kind,
                    versions: vec![version],
                }),
            }
            Ok(())
        })?;
        for entry in &mut entries {
            entry.versions.sort_by_key(|v| v.id.version());
        }
        Ok(Keyring {
            entries: entries.into_iter().map(Arc::new).collect(),
            unwrap,
        })
    }

    pub(super) fn entry(&self, path: &Path, name: &KeyName) -> Result<Arc<KeyEntry>, KeyError> {
        let found = self.entries.iter().find(|e| e.name == *name);
        found
            .cloned()
            .ok_or_else(|| not_among(path, name, self.entries.iter().map(|e| &e.name)))
    }
}

/// The keyring has no key of that name.
pub(super) fn no_entry(path: &Path, name: &KeyName, listed: &[Listed]) -> KeyError {
    let mut names: Vec<&KeyName> = listed.iter().map(|l| l.id.name()).collect();
    names.dedup();
    not_among(path, name, names.into_iter())
}

fn not_among<'n>(
    path: &Path,
    name: &KeyName,
    known: impl Iterator<Item = &'n KeyName>,
) -> KeyError {
    let known: Vec<&str> = known.map(KeyName::as_str).collect();
    KeyError::NoEntry {
        path: path.to_owned(),
        entry: name.to_string(),
        known: known.join(", "),
    }
}

/// Checks everything but the material, version by version in file order.
pub(super) fn check<'f>(
    path: &Path,
    form: &'f KeyringForm<'_>,
    mut each: impl FnMut(
        &KeyName,
        KeyKind,
        &'f VersionForm<'_>,
        KeyId,
        KeyState,
    ) -> Result<(), KeyError>,
) -> Result<(), KeyError> {
    let mut names = HashSet::new();
    let mut kcvs = HashSet::new();
    for (i, entry) in form.keys.iter().enumerate() {
        let place = || format!("keys[{i}]");
        let restore = "restore the file from a backup";
        let name: KeyName = entry.name.parse().map_err(|e: super::BadKeyName| {
            KeyError::refused(path, place(), e.to_string(), "rename the entry")
        })?;
        if !names.insert(name.clone()) {
            return Err(KeyError::refused(
                path,
                place(),
                format!("`{name}` stands twice"),
                restore,
            ));
        }
        let kind = kind_of(path, entry, &name)?;
        let mut versions = HashSet::new();
        let first = entry.versions.iter().map(|v| v.version).min();
        if first.is_none() {
            return Err(KeyError::refused(
                path,
                name.as_str(),
                "it has no version",
                restore,
            ));
        }
        for version in &entry.versions {
            let refused = |why: String| {
                KeyError::refused(path, format!("{name}:{}", version.version), why, restore)
            };
            let id = KeyId::new(name.clone(), version.version)
                .ok_or_else(|| refused("versions count from 1".to_owned()))?;
            if !versions.insert(version.version) {
                return Err(refused("the version stands twice".to_owned()));
            }
            if !kcvs.insert(&version.kcv) {
                return Err(refused(
                    "another key has the same check value: one key under two names".to_owned(),
                ));
            }
            let state = match version.state.as_ref() {
                "active" => KeyState::Active,
                "retired" => KeyState::Retired,
                "destroyed" => KeyState::Destroyed,
                _ => {
                    return Err(refused(
                        "`state` is active, retired or destroyed".to_owned(),
                    ));
                }
            };
            if (state == KeyState::Destroyed) == version.material.is_some() {
                return Err(refused(
                    "every version has `material` but a destroyed one".to_owned(),
                ));
            }
            time(&version.created)
                .ok_or_else(|| refused("`created` is no time (RFC 3339)".to_owned()))?;
            let use_from = time(&version.use_from)
                .ok_or_else(|| refused("`use_from` is no time (RFC 3339)".to_owned()))?;
            if first == Some(version.version) && use_from != Timestamp::UNIX_EPOCH {
                return Err(refused(
                    "the first version is used from 1970-01-01T00:00:00Z".to_owned(),
                ));
            }
            each(&name, kind, version, id, state)?;
        }
        in_order(path, &name, entry)?;
    }
    Ok(())
}

/// Each version begins after the one before it: two that begin together would
/// leave it open which of them is used.
fn in_order(path: &Path, name: &KeyName, entry: &EntryForm<'_>) -> Result<(), KeyError> {
    let mut begins: Vec<(u32, Option<Timestamp>)> = entry
        .versions
        .iter()
        .map(|v| (v.version, time(&v.use_from)))
        .collect();
    begins.sort_unstable();
    for pair in begins.windows(2) {
        let ((before, earlier), (version, later)) = (pair[0], pair[1]);
        if later <= earlier {
            return Err(KeyError::refused(
                path,
                format!("{name}:{version}"),
                format!("it does not begin after version {before} (`use_from`)"),
                "restore the file from a backup; `veil keys rotate` adds a version that begins later",
            ));
        }
    }
    Ok(())
}

fn kind_of(path: &Path, entry: &EntryForm<'_>, name: &KeyName) -> Result<KeyKind, KeyError> {
    match entry.kind.as_ref() {
        "root" => Ok(KeyKind::Root),
        "x25519-public" => Ok(KeyKind::X25519Public),
        "salt" => Ok(KeyKind::Salt),
        _ => Err(KeyError::refused(
            path,
            name.as_str(),
            "its `kind` is not in this version",
            "known are `root`, `x25519-public` and `salt`",
        )),
    }
}

fn time(text: &str) -> Option<Timestamp> {
    text.parse().ok()
}

fn open(
    path: &Path,
    unwrap: &Unwrap,
    id: &KeyId,
    kind: KeyKind,
    version: &VersionForm<'_>,
    material: &str,
) -> Result<Material, KeyError> {
    let refused =
        |why: &str| KeyError::refused(path, id.to_string(), why, "restore the file from a backup");
    let place = WrapPlace {
        id,
        kind: kind.as_str(),
        use_from: &version.use_from,
    };
    let refuse = |bad| match bad {
        BadMaterial::Form => refused("its `material` is not base64url of the right length"),
        BadMaterial::Sealed => KeyError::NotUnwrapped {
            path: path.to_owned(),
            id: id.clone(),
        },
    };
    if kind == KeyKind::Salt {
        let salt = Salt::new(unwrap.open_salt(place, material).map_err(refuse)?);
        let salt = salt.ok_or_else(|| refused("a salt is text of 1 to 1,024 bytes"))?;
        return Ok(Material::Salt(salt));
    }
    let bytes = unwrap.open(place, material).map_err(refuse)?;
    let root = Root::new(bytes.expose());
    if kcv_of(&version.kcv) != Some(root.kcv()) {
        return Err(refused(
            "the check value does not fit: this is not the key it was",
        ));
    }
    match kind {
        KeyKind::Root => Ok(Material::Root(Arc::new(root))),
        KeyKind::Salt => unreachable!("a salt is no key"),
        KeyKind::X25519Public => PublicKey::new(id.clone(), *bytes.expose())
            .map(Material::Public)
            .map_err(|bad| refused(&bad.to_string())),
    }
}

/// 16 lower-case hexadecimal digits.
fn kcv_of(text: &str) -> Option<Kcv> {
    let bytes = data_encoding::HEXLOWER.decode(text.as_bytes()).ok()?;
    Some(Kcv(bytes.try_into().ok()?))
}
