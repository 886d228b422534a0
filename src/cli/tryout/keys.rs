//! Keys while a policy is edited: passphrases are asked for once, at the start; what
//! is new in a keyring in clear is seen at once.

use super::super::{keyring, policy};
use std::path::PathBuf;
use std::sync::Arc;
use veilstream::keys::{FileKeys, KeyEntry, KeyError, KeyRef, KeySource, TestKeys};
use veilstream::policy::PolicyFile;

/// Where the keys of a session come from.
pub enum Keys {
    /// The keys of policy tests.
    OfTests,
    /// Keyrings.
    Files {
        /// Those that were opened at the start.
        opened: FileKeys,
        /// Their paths.
        known: Vec<PathBuf>,
        /// How others are reached, where nobody is asked.
        access: keyring::Access,
    },
}

impl Keys {
    /// Keyrings, reached so.
    pub fn files(access: &keyring::Access) -> Keys {
        Keys::Files {
            opened: FileKeys::new(access.open(false)),
            known: Vec::new(),
            access: access.clone(),
        }
    }

    /// Opens the keyrings that this policy names; whoever is at the terminal may be
    /// asked for passphrases. What is wrong is said when the policy is tried.
    pub fn open(&mut self, file: &PolicyFile) {
        if let Keys::Files { opened, known, .. } = self {
            policy::compile_with(file, opened);
            *known = opened.files();
        }
    }

    /// As they are now.
    pub fn now(&self) -> Box<dyn KeySource + '_> {
        match self {
            Keys::OfTests => Box::new(TestKeys),
            Keys::Files {
                opened,
                known,
                access,
            } => Box::new(Now {
                opened,
                known,
                fresh: FileKeys::new(access.open_at_once()),
            }),
        }
    }
}

struct Now<'k> {
    opened: &'k FileKeys,
    known: &'k [PathBuf],
    fresh: FileKeys,
}

impl Now<'_> {
    /// A keyring behind a passphrase is not opened a second time.
    fn source(&self, key_ref: &KeyRef) -> &FileKeys {
        let known = self.known.contains(&key_ref.file);
        match known && !self.opened.is_in_clear(key_ref) {
            true => self.opened,
            false => &self.fresh,
        }
    }
}

impl KeySource for Now<'_> {
    fn entry(&self, key_ref: &KeyRef) -> Result<Arc<KeyEntry>, KeyError> {
        self.source(key_ref).entry(key_ref)
    }

    fn is_in_clear(&self, key_ref: &KeyRef) -> bool {
        self.source(key_ref).is_in_clear(key_ref)
    }
}
