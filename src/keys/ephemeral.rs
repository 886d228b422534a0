//! Keys that live as long as the process: for looking, not for keeping.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use zeroize::Zeroizing;

use super::entry::{KeyEntry, KeyKind, KeyState, Material, Version};
use super::{KeyError, KeyId, KeyName, KeyRef, KeySource};
use crate::crypto::entropy::{Entropy, OsEntropy};
use crate::crypto::kdf::Root;
use crate::crypto::salted::Salt;
use crate::crypto::secret::Secret;

/// Makes a random key for every name it is asked for, and gives the same one
/// again. Nothing is written anywhere: what is encrypted under it cannot be
/// read once the process has ended.
#[derive(Default)]
pub struct EphemeralKeys {
    made: Mutex<HashMap<KeyName, Arc<KeyEntry>>>,
}

impl KeySource for EphemeralKeys {
    fn entry(&self, key_ref: &KeyRef) -> Result<Arc<KeyEntry>, KeyError> {
        let name = &key_ref.entry;
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = made.entry(name.clone()).or_insert_with(|| {
            let material: Secret<32> = Secret::fill(|bytes| OsEntropy.fill(bytes));
            Arc::new(KeyEntry {
                name: name.clone(),
                kind: KeyKind::Root,
                versions: vec![Version {
                    id: KeyId::new(name.clone(), 1).expect("1 is a version"),
                    state: KeyState::Active,
                    use_from: Timestamp::UNIX_EPOCH,
                    material: Some(Material::Root(Arc::new(Root::new(material.expose())))),
                }],
            })
        });
        Ok(Arc::clone(entry))
    }

    /// The check value of the key of that name, so that it is random and stays.
    fn salt(&self, key_ref: &KeyRef) -> Result<Salt, KeyError> {
        let text = self.entry(key_ref)?.oldest()?.root.kcv().to_string();
        Ok(Salt::new(Zeroizing::new(text.into())).expect("16 digits"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_keeps_its_key_and_another_source_has_another() {
        let kcv = |keys: &EphemeralKeys, name: &str| {
            let key_ref = KeyRef {
                file: "nowhere".into(),
                entry: name.parse().unwrap(),
            };
            keys.entry(&key_ref).unwrap().oldest().unwrap().root.kcv()
        };
        let keys = EphemeralKeys::default();
        assert_eq!(kcv(&keys, "a"), kcv(&keys, "a"));
        assert_ne!(kcv(&keys, "a"), kcv(&keys, "b"));
        assert_ne!(kcv(&keys, "a"), kcv(&EphemeralKeys::default(), "a"));
    }
}
