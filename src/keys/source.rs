//! Sources of keys: keyring files, and the fixed keys of policy tests.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use super::entry::{KeyEntry, KeyKind, KeyState, Material, Version};
use super::file::Keyring;
use super::wrap::Unwrap;
use super::{Access, KeyError, KeyId, KeyRef};
use crate::crypto::kdf::Root;

/// Finds the entry that a policy refers to.
pub trait KeySource {
    /// The entry behind `key_ref`.
    ///
    /// # Errors
    /// When the keyring cannot be used, or has no such entry.
    fn entry(&self, key_ref: &KeyRef) -> Result<Arc<KeyEntry>, KeyError>;

    /// True when the keyring of `key_ref` can be opened by whoever can read
    /// its file (`wrap: none`).
    fn is_in_clear(&self, _key_ref: &KeyRef) -> bool {
        false
    }
}

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

    fn is_in_clear(&self, key_ref: &KeyRef) -> bool {
        let read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        read.get(&key_ref.file)
            .is_some_and(|keyring| matches!(keyring.unwrap, Unwrap::None))
    }
}

/// The keys of policy tests: public knowledge, the same everywhere, so that a
/// test can write a pseudonym down. Every name has one version.
#[derive(Clone, Copy, Debug, Default)]
pub struct TestKeys;

impl KeySource for TestKeys {
    fn entry(&self, key_ref: &KeyRef) -> Result<Arc<KeyEntry>, KeyError> {
        let name = &key_ref.entry;
        let id = KeyId::new(name.clone(), 1).expect("1 is a version");
        Ok(Arc::new(KeyEntry {
            name: name.clone(),
            kind: KeyKind::Root,
            versions: vec![Version {
                id,
                state: KeyState::Active,
                material: Some(Material::Root(Arc::new(Root::of_test_key(name)))),
            }],
        }))
    }
}
