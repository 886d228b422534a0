//! Which key a reference means, however its file is called.

use std::collections::BTreeMap;
use std::path::{Component, PathBuf};

use super::KeyRef;

/// What tells a key from others. Holds no key material.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyIdentity {
    /// The check value of each version: the keyring could be read.
    Checked(BTreeMap<u32, String>),
    /// The entry of a file, named as well as it is known.
    InFile(PathBuf, String),
}

impl KeyIdentity {
    /// As the policy writes it; `./keyring.json` is `keyring.json`.
    pub fn written(key_ref: &KeyRef) -> KeyIdentity {
        let here = |c: &Component<'_>| *c != Component::CurDir;
        let file = key_ref.file.components().filter(here).collect();
        KeyIdentity::InFile(file, key_ref.entry.to_string())
    }

    /// By the check values in its keyring, which is not opened: no passphrase is asked
    /// for. Where it cannot be read, by the file that the path leads to; where there is
    /// none, as the policy writes it.
    #[cfg(feature = "key-files")]
    pub fn looked_up(key_ref: &KeyRef, access: &super::Access) -> KeyIdentity {
        let listed = super::list(&key_ref.file, access).unwrap_or_default();
        let own = listed
            .into_iter()
            .filter(|l| *l.id.name() == key_ref.entry && l.kind == super::KeyKind::Root);
        KeyIdentity::of_checks(key_ref, own.map(|l| (l.id.version(), l.kcv)).collect())
    }

    #[cfg(feature = "key-files")]
    pub(super) fn of_checks(key_ref: &KeyRef, checks: BTreeMap<u32, String>) -> KeyIdentity {
        if !checks.is_empty() {
            return KeyIdentity::Checked(checks);
        }
        match std::fs::canonicalize(&key_ref.file) {
            Ok(file) => KeyIdentity::InFile(file, key_ref.entry.to_string()),
            Err(_) => KeyIdentity::written(key_ref),
        }
    }
}
