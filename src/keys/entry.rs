//! One entry of a keyring: the versions of one key.

use std::sync::Arc;

use jiff::Timestamp;

use super::{Kcv, KeyError, KeyHandle, KeyId, KeyName};
use crate::crypto::epoch::{EpochLength, Versions};
use crate::crypto::kdf::Root;
use crate::crypto::quarantine::PublicKey;
use crate::crypto::salted::Salt;

/// What an entry holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// Roots: everything can be derived from them.
    Root,
    /// X25519 public keys: the quarantine is sealed to them, nothing else.
    X25519Public,
    /// Texts that another tool's hashes have behind every value.
    Salt,
}

impl KeyKind {
    /// The word in a keyring.
    pub const fn as_str(self) -> &'static str {
        match self {
            KeyKind::Root => "root",
            KeyKind::X25519Public => "x25519-public",
            KeyKind::Salt => "salt",
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

/// Which version of a key is taken. Decided here and nowhere else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pick {
    /// The lowest, for ever, so that a rotation changes no pseudonym.
    First,
    /// The highest active one that is in force: for what carries its version.
    Newest,
    /// The one that the policy or an envelope names.
    Pinned(u32),
    /// Of each epoch of that length the highest that is used by its start.
    ByEpoch(EpochLength),
}

impl Pick {
    /// The version that is taken at that time, of all versions of a key: number,
    /// state, when it begins. One that was destroyed may be taken, and is then
    /// missed.
    pub fn among(
        self,
        versions: impl Iterator<Item = (u32, KeyState, Timestamp)>,
        now: Timestamp,
    ) -> Option<u32> {
        if let Pick::ByEpoch(length) = self {
            let start_ms = length.of(now.as_millisecond())?.start_ms;
            let versions: Vec<_> = versions.map(|(n, _, begins)| (n, begins)).collect();
            let by_then = versions
                .iter()
                .filter(|(_, begins)| begins.as_millisecond() <= start_ms);
            let taken = by_then.max().or(versions.iter().min());
            return taken.map(|(number, _)| *number);
        }
        let numbers = versions.filter(|(number, state, begins)| match self {
            Pick::First => true,
            Pick::Newest => *state == KeyState::Active && *begins <= now,
            Pick::Pinned(pinned) => *number == pinned,
            Pick::ByEpoch(_) => false,
        });
        let numbers = numbers.map(|(number, ..)| number);
        match self {
            Pick::Newest => numbers.max(),
            Pick::First | Pick::Pinned(_) | Pick::ByEpoch(_) => numbers.min(),
        }
    }
}

/// One key with all its versions.
#[derive(Clone, Debug)]
pub struct KeyEntry {
    pub(super) name: KeyName,
    pub(super) kind: KeyKind,
    /// In ascending order; never empty.
    pub(super) versions: Vec<Version>,
}

#[derive(Clone, Debug)]
pub(super) struct Version {
    pub(super) id: KeyId,
    pub(super) state: KeyState,
    /// New envelopes are made with it from this time on.
    pub(super) use_from: Timestamp,
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
    #[cfg_attr(
        not(feature = "key-files"),
        expect(dead_code, reason = "only a keyring file holds a salt")
    )]
    Salt(Salt),
}

impl KeyEntry {
    /// Its name in the keyring.
    pub fn name(&self) -> &KeyName {
        &self.name
    }

    /// What it holds.
    pub fn kind(&self) -> KeyKind {
        self.kind
    }

    /// The version that `pick` says, at that time.
    ///
    /// # Errors
    /// When there is none, it was destroyed, or the entry holds no roots.
    pub fn pick(&self, pick: Pick, now: Timestamp) -> Result<KeyHandle, KeyError> {
        match pick {
            Pick::First => self.oldest(),
            Pick::Newest => self.newest_active(now),
            Pick::Pinned(version) => self.pinned(version),
            Pick::ByEpoch(_) => {
                let versions = self.versions.iter();
                let all = versions.map(|v| (v.id.version(), v.state, v.use_from));
                match pick.among(all, now) {
                    Some(version) => self.pinned(version),
                    None => self.oldest(),
                }
            }
        }
    }

    /// The salt of its lowest version: for ever, as with codes.
    ///
    /// # Errors
    /// When it was destroyed, or the entry holds no salt.
    pub fn salt(&self) -> Result<Salt, KeyError> {
        let version = self.versions.first().expect("an entry has a version");
        match &version.material {
            Some(Material::Salt(salt)) => Ok(salt.clone()),
            Some(_) => Err(KeyError::NotASalt {
                name: self.name.to_string(),
            }),
            None => Err(KeyError::Destroyed {
                id: version.id.clone(),
            }),
        }
    }

    /// All its versions by the time from which each is used, for what changes with
    /// every epoch.
    ///
    /// # Errors
    /// When the entry holds no roots.
    pub fn by_time(&self) -> Result<Versions, KeyError> {
        let each = self.versions.iter().map(|version| {
            let root = match handle(version) {
                Ok(handle) => Some(handle.root),
                Err(KeyError::Destroyed { .. }) => None,
                Err(error) => return Err(error),
            };
            Ok((version.use_from.as_millisecond(), root))
        });
        Ok(Versions::new(each.collect::<Result<Vec<_>, _>>()?))
    }

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

    /// The version for new envelopes: the highest active one whose `use_from`
    /// has come.
    ///
    /// # Errors
    /// When no version is active and in force, or the entry holds no roots.
    pub fn newest_active(&self, now: Timestamp) -> Result<KeyHandle, KeyError> {
        handle(self.newest(now)?)
    }

    /// The highest active version, whether or not it has begun: for what nobody else has
    /// to open, and what ends when there is another.
    ///
    /// # Errors
    /// When no version is active, or the entry holds no roots.
    pub fn newest_even_to_come(&self) -> Result<KeyHandle, KeyError> {
        self.newest_active(Timestamp::MAX)
    }

    /// The public key of the version for new envelopes, of either kind of entry.
    ///
    /// # Errors
    /// When no version is active and in force.
    pub fn quarantine_public(&self, now: Timestamp) -> Result<PublicKey, KeyError> {
        let version = self.newest(now)?;
        match &version.material {
            Some(Material::Public(key)) => Ok(key.clone()),
            _ => Ok(PublicKey::of(&handle(version)?)),
        }
    }

    /// The check value of each version that holds a root and is not destroyed.
    pub fn check_values(&self) -> impl Iterator<Item = (u32, Kcv)> + '_ {
        self.versions.iter().filter_map(|version| {
            let Some(Material::Root(root)) = &version.material else {
                return None;
            };
            Some((version.id.version(), root.kcv()))
        })
    }

    /// The versions that make something at that time, each with the word for what,
    /// its number and since when. `by_epoch`: something is made by epochs.
    pub(crate) fn in_force(
        &self,
        by_epoch: bool,
        now: Timestamp,
    ) -> Vec<(&'static str, u32, Timestamp)> {
        let oldest = self.versions.first().filter(|_| self.oldest().is_ok());
        let last = self.versions.last().filter(|_| by_epoch);
        let all = [
            ("codes", oldest),
            ("seals", self.newest(now).ok()),
            ("epochs", last),
        ];
        let found = all.into_iter().filter_map(|(makes, version)| {
            let version = version?;
            Some((makes, version.id.version(), version.use_from))
        });
        found.collect()
    }

    fn newest(&self, now: Timestamp) -> Result<&Version, KeyError> {
        let versions = || self.versions.iter();
        let chosen = Pick::Newest.among(
            versions().map(|v| (v.id.version(), v.state, v.use_from)),
            now,
        );
        let found = versions().find(|v| Some(v.id.version()) == chosen);
        let name = || self.name.to_string();
        found.ok_or_else(|| match versions().find(|v| v.state == KeyState::Active) {
            Some(later) => KeyError::NotInForce {
                name: name(),
                version: later.id.version(),
                use_from: later.use_from.to_string(),
            },
            None => KeyError::NoActive { name: name() },
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
        Some(Material::Salt(_)) => Err(KeyError::OnlyASalt {
            name: id.name().to_string(),
        }),
        None => Err(KeyError::Destroyed { id }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Version n is in force from n hours after 1970 on.
    fn entry(states: &[KeyState]) -> KeyEntry {
        let name: KeyName = "k".parse().unwrap();
        let version = |(i, &state): (usize, &KeyState)| Version {
            id: KeyId::new(name.clone(), i as u32 + 1).unwrap(),
            state,
            use_from: at_hour(i as i64 + 1),
            material: (state != KeyState::Destroyed)
                .then(|| Material::Root(Arc::new(Root::new(&[i as u8; 32])))),
        };
        KeyEntry {
            versions: states.iter().enumerate().map(version).collect(),
            kind: KeyKind::Root,
            name,
        }
    }

    fn at_hour(hour: i64) -> Timestamp {
        Timestamp::from_second(3600 * hour).unwrap()
    }

    #[test]
    fn each_use_takes_its_version() {
        use KeyState::{Active, Destroyed, Retired};
        let version = |handle: Result<KeyHandle, KeyError>| handle.map(|h| h.id.version());
        let e = entry(&[Retired, Active, Active, Retired]);
        assert!(matches!(version(e.oldest()), Ok(1)));
        let late = at_hour(100);
        assert!(matches!(version(e.newest_active(late)), Ok(3)));
        assert!(matches!(version(e.pinned(4)), Ok(4)));
        assert!(matches!(
            version(e.pinned(5)),
            Err(KeyError::NoVersion { .. })
        ));
        assert_eq!(e.quarantine_public(late).unwrap().id().version(), 3);
        for (pick, taken) in [(Pick::First, 1), (Pick::Newest, 3), (Pick::Pinned(4), 4)] {
            assert!(matches!(version(e.pick(pick, late)), Ok(v) if v == taken));
        }
        let e = entry(&[Destroyed, Retired]);
        assert!(matches!(
            version(e.oldest()),
            Err(KeyError::Destroyed { .. })
        ));
        assert!(matches!(
            version(e.newest_active(late)),
            Err(KeyError::NoActive { .. })
        ));
    }

    #[test]
    fn a_version_seals_nothing_before_its_time() {
        use KeyState::{Active, Destroyed, Retired};
        let e = entry(&[Active, Active, Retired, Active]);
        let before_two = Timestamp::from_second(7199).unwrap();
        for (now, taken) in [
            (at_hour(1), 1),
            (before_two, 1),
            (at_hour(2), 2),
            (at_hour(3), 2),
            (at_hour(4), 4),
        ] {
            assert_eq!(e.newest_active(now).unwrap().id.version(), taken, "{now}");
            assert_eq!(
                e.quarantine_public(now).unwrap().id().version(),
                taken,
                "{now}"
            );
            assert_eq!(e.oldest().unwrap().id.version(), 1);
            assert_eq!(e.newest_even_to_come().unwrap().id.version(), 4);
        }
        let e = entry(&[Destroyed, Active]);
        let early = e.newest_active(at_hour(1)).unwrap_err();
        assert!(
            matches!(&early, KeyError::NotInForce { version: 2, .. })
                && early.to_string().contains("1970-01-01T02:00:00Z"),
            "{early}"
        );
    }
}
