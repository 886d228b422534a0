//! Keyring files as a source of keys.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use super::file::Keyring;
use super::wrap::Unwrap;
use super::{Access, KeyEntry, KeyError, KeyIdentity, KeyRef, KeySource};

/// Keyring files, each read once.
pub struct FileKeys {
    access: Access,
    read: Mutex<HashMap<PathBuf, Arc<Keyring>>>,
}

impl FileKeys {
    /// Nothing is read before the first entry is asked for.
    pub fn new(access: Access) -> FileKeys {
        FileKeys {
            access,
            read: Mutex::default(),
        }
    }

    /// The keyrings that were read so far.
    pub fn files(&self) -> Vec<PathBuf> {
        let read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        read.keys().cloned().collect()
    }
}

impl KeySource for FileKeys {
    fn entry(&self, key_ref: &KeyRef) -> Result<Arc<KeyEntry>, KeyError> {
        let path = &key_ref.file;
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let keyring = match read.get(path) {
            Some(keyring) => Arc::clone(keyring),
            None => {
                let keyring = Arc::new(Keyring::open(path, &self.access)?);
                read.insert(path.clone(), Arc::clone(&keyring));
                keyring
            }
        };
        keyring.entry(path, &key_ref.entry)
    }

    fn identity(&self, key_ref: &KeyRef) -> KeyIdentity {
        let checks = self.entry(key_ref).map(|entry| {
            let values = entry.check_values();
            values.map(|(v, kcv)| (v, kcv.to_string())).collect()
        });
        KeyIdentity::of_checks(key_ref, checks.unwrap_or_default())
    }

    fn is_in_clear(&self, key_ref: &KeyRef) -> bool {
        let read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        read.get(&key_ref.file)
            .is_some_and(|keyring| matches!(keyring.unwrap, Unwrap::None))
    }
}
