//! One entry of a keyring: the versions of one key.

use std::sync::Arc;

use super::{KeyError, KeyHandle, KeyId, KeyName};
use crate::crypto::kdf::Root;
use crate::crypto::quarantine::PublicKey;

/// What an entry holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// Roots: everything can be derived from them.
    Root,
    /// X25519 public keys: the quarantine is sealed to them, nothing else.
    X25519Public,
}

impl KeyKind {
    /// The word in a keyring.
    pub const fn as_str(self) -> &'static str {
        match self {
            KeyKind::Root => "root",
            KeyKind::X25519Public => "x25519-public",
        }
    }
}

/// What may be done with a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// Everything.
    Active,
    /// Opening and recomputing only.
    Retired,
    /// Nothing: its material is gone.
    Destroyed,
}

impl KeyState {
    /// The word in a keyring.
    pub const fn as_str(self) -> &'static str {
        match self {
            KeyState::Active => "active",
            KeyState::Retired => "retired",
            KeyState::Destroyed => "destroyed",
        }
    }
}

/// One key with all its versions.
#[derive(Clone, Debug)]
pub struct KeyEntry {
    pub(super) name: KeyName,
    /// In ascending order; never empty.
    pub(super) versions: Vec<Version>,
}

#[derive(Clone, Debug)]
pub(super) struct Version {
    pub(super) id: KeyId,
    pub(super) state: KeyState,
    /// `None` when it was destroyed.
    pub(super) material: Option<Material>,
}

#[derive(Clone, Debug)]
pub(super) enum Material {
    Root(Arc<Root>),
    #[cfg_attr(
        not(feature = "key-files"),
        expect(dead_code, reason = "only a keyring file holds a public half alone")
    )]
    Public(PublicKey),
}

impl KeyEntry {
    /// The version for deterministic actions without an epoch: the lowest, for
    /// ever, so that a rotation changes no pseudonym.
    ///
    /// # Errors
    /// When it was destroyed, or the entry holds no roots.
    pub fn oldest(&self) -> Result<KeyHandle, KeyError> {
        handle(self.versions.first().expect("an entry has a version"))
    }

    /// The version that a policy or an envelope names.
    ///
    /// # Errors
    /// When there is none, it was destroyed, or the entry holds no roots.
    pub fn pinned(&self, version: u32) -> Result<KeyHandle, KeyError> {
        let found = self.versions.iter().find(|v| v.id.version() == version);
        handle(found.ok_or_else(|| KeyError::NoVersion {
            name: self.name.to_string(),
            version,
            known: self.known_versions(),
        })?)
    }

    /// The version for new envelopes: the highest active one.
    ///
    /// # Errors
    /// When no version is active, or the entry holds no roots.
    pub(crate) fn newest_active(&self) -> Result<KeyHandle, KeyError> {
        handle(self.newest()?)
    }

    /// The public key of the highest active version, of either kind of entry.
    ///
    /// # Errors
    /// When no version is active.
    pub(crate) fn quarantine_public(&self) -> Result<PublicKey, KeyError> {
        let version = self.newest()?;
        match &version.material {
            Some(Material::Public(key)) => Ok(key.clone()),
            _ => Ok(PublicKey::of(&handle(version)?)),
        }
    }

    fn newest(&self) -> Result<&Version, KeyError> {
        let mut newest_first = self.versions.iter().rev();
        newest_first
            .find(|v| v.state == KeyState::Active)
            .ok_or_else(|| KeyError::NoActive {
                name: self.name.to_string(),
            })
    }

    fn known_versions(&self) -> String {
        let versions: Vec<_> = self
            .versions
            .iter()
            .map(|v| v.id.version().to_string())
            .collect();
        versions.join(", ")
    }
}

fn handle(version: &Version) -> Result<KeyHandle, KeyError> {
    let id = version.id.clone();
    match &version.material {
        Some(Material::Root(root)) => Ok(KeyHandle {
            id,
            root: Arc::clone(root),
        }),
        Some(Material::Public(_)) => Err(KeyError::NotARoot {
            name: id.name().to_string(),
        }),
        None => Err(KeyError::Destroyed { id }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(states: &[KeyState]) -> KeyEntry {
        let name: KeyName = "k".parse().unwrap();
        let version = |(i, &state): (usize, &KeyState)| Version {
            id: KeyId::new(name.clone(), i as u32 + 1).unwrap(),
            state,
            material: (state != KeyState::Destroyed)
                .then(|| Material::Root(Arc::new(Root::new(&[i as u8; 32])))),
        };
        KeyEntry {
            versions: states.iter().enumerate().map(version).collect(),
            name,
        }
    }

    #[test]
    fn each_use_takes_its_version() {
        use KeyState::{Active, Destroyed, Retired};
        let version = |handle: Result<KeyHandle, KeyError>| handle.map(|h| h.id.version());
        let e = entry(&[Retired, Active, Active, Retired]);
        assert!(matches!(version(e.oldest()), Ok(1)));
        assert!(matches!(version(e.newest_active()), Ok(3)));
        assert!(matches!(version(e.pinned(4)), Ok(4)));
        assert!(matches!(
            version(e.pinned(5)),
            Err(KeyError::NoVersion { .. })
        ));
        assert_eq!(e.quarantine_public().unwrap().id().version(), 3);
        let e = entry(&[Destroyed, Retired]);
        assert!(matches!(
            version(e.oldest()),
            Err(KeyError::Destroyed { .. })
        ));
        assert!(matches!(
            version(e.newest_active()),
            Err(KeyError::NoActive { .. })
        ));
    }
}
