//! Sources of keys, and the fixed keys of policy tests.

use std::sync::Arc;

use jiff::Timestamp;
use zeroize::Zeroizing;

use super::entry::{KeyEntry, KeyKind, KeyState, Material, Version};
use super::{KeyError, KeyId, KeyIdentity, KeyRef};
use crate::crypto::kdf::Root;
use crate::crypto::salted::Salt;

/// Finds the entry that a policy refers to.
pub trait KeySource {
    /// The entry behind `key_ref`.
    ///
    /// # Errors
    /// When the keyring cannot be used, or has no such entry.
    fn entry(&self, key_ref: &KeyRef) -> Result<Arc<KeyEntry>, KeyError>;

    /// The salt behind `key_ref`.
    ///
    /// # Errors
    /// As [`KeySource::entry`], or when the entry holds no salt.
    fn salt(&self, key_ref: &KeyRef) -> Result<Salt, KeyError> {
        self.entry(key_ref)?.salt()
    }

    /// True when the keyring of `key_ref` can be opened by whoever can read
    /// its file (`wrap: none`).
    fn is_in_clear(&self, _key_ref: &KeyRef) -> bool {
        false
    }

    /// Which key `key_ref` is, as far as this source can tell.
    fn identity(&self, key_ref: &KeyRef) -> KeyIdentity {
        KeyIdentity::written(key_ref)
    }
}

/// An entry of one version, which is that root.
fn of_root(key_ref: &KeyRef, root: Root) -> Arc<KeyEntry> {
    let name = &key_ref.entry;
    let id = KeyId::new(name.clone(), 1).expect("1 is a version");
    Arc::new(KeyEntry {
        name: name.clone(),
        kind: KeyKind::Root,
        versions: vec![Version {
            id,
            state: KeyState::Active,
            use_from: Timestamp::UNIX_EPOCH,
            material: Some(Material::Root(Arc::new(root))),
        }],
    })
}

/// Keys of a seed, other ones than those of tests, for measuring what whoever has not got
/// them can do. Whoever knows the seed has them: nothing that leaves is made with them.
#[derive(Clone, Copy, Debug)]
pub struct MeasuringKeys(pub u64);

impl KeySource for MeasuringKeys {
    fn entry(&self, key_ref: &KeyRef) -> Result<Arc<KeyEntry>, KeyError> {
        Ok(of_root(
            key_ref,
            Root::of_measuring_key(&key_ref.entry, self.0),
        ))
    }

    /// `veil measuring salt NAME SEED`.
    fn salt(&self, key_ref: &KeyRef) -> Result<Salt, KeyError> {
        let text = format!("veil measuring salt {} {}", key_ref.entry, self.0);
        Ok(Salt::new(Zeroizing::new(text.into())).expect("names are short"))
    }
}

/// The keys of policy tests: public knowledge, the same everywhere, so that a
/// test can write a pseudonym down. Every name has one version.
#[derive(Clone, Copy, Debug, Default)]
pub struct TestKeys;

impl KeySource for TestKeys {
    fn entry(&self, key_ref: &KeyRef) -> Result<Arc<KeyEntry>, KeyError> {
        Ok(of_root(key_ref, Root::of_test_key(&key_ref.entry)))
    }

    /// `veil test salt NAME`.
    fn salt(&self, key_ref: &KeyRef) -> Result<Salt, KeyError> {
        let text = format!("veil test salt {}", key_ref.entry);
        Ok(Salt::new(Zeroizing::new(text.into())).expect("names are short"))
    }
}
