//! The keys that a policy names, opened once.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::action::KeyUse;
use crate::crypto::quarantine::PublicKey;
use crate::keys::{KeyEntry, KeyError, KeySource};
use crate::language::codes;
use crate::language::finding::{Findings, Span};
use crate::policy::check::model::{Key, Spelled};

/// Entries by the policy's own names for them.
pub struct Ring {
    entries: HashMap<String, Opened>,
}

/// Where the reference stands and what it led to; `None`: the reference could
/// not be read, which is reported there.
type Opened = Option<(Span, Result<Arc<KeyEntry>, KeyError>)>;

impl Ring {
    /// Opens every key that is declared.
    pub fn open(declared: &[Key], keys: &dyn KeySource, findings: &mut Findings) -> Ring {
        let open = |key: &Key| {
            let reference = key.reference.as_ref()?;
            let found = keys.entry(&reference.value);
            Some((reference.span, found))
        };
        let ring = Ring {
            entries: declared
                .iter()
                .map(|k| (k.alias.clone(), open(k)))
                .collect(),
        };
        in_clear(declared, keys, findings);
        ring
    }

    /// The key that an action asks for. `None`: reported, here or before.
    pub fn entry(&self, wanted: KeyUse<'_>, findings: &mut Findings) -> Option<&KeyEntry> {
        self.find(wanted.alias, wanted.span, findings)
    }

    /// The public key that refused records are sealed to.
    pub fn quarantine(&self, wanted: &Spelled, findings: &mut Findings) -> Option<PublicKey> {
        let entry = self.find(&wanted.value, wanted.span, findings)?;
        match entry.quarantine_public() {
            Ok(key) => Some(key),
            Err(error) => {
                report(&error, wanted.span, findings);
                None
            }
        }
    }

    fn find(&self, alias: &str, used: Span, findings: &mut Findings) -> Option<&KeyEntry> {
        match self.entries.get(alias)?.as_ref()? {
            (_, Ok(entry)) => Some(entry),
            (declared, Err(error)) => {
                findings
                    .error(codes::KEY_UNUSABLE, *declared, error.to_string())
                    .label("this reference")
                    .also(used, "needed here")
                    .help("`veil keys ls --keyring FILE` shows what a keyring holds; `veil keys new --keyring FILE NAME` adds an entry");
                None
            }
        }
    }
}

/// Notes each keyring file that is not wrapped, once.
fn in_clear(declared: &[Key], keys: &dyn KeySource, findings: &mut Findings) {
    let mut told = BTreeSet::new();
    for reference in declared.iter().filter_map(|k| k.reference.as_ref()) {
        if keys.is_in_clear(&reference.value) && told.insert(&reference.value.file) {
            findings
                .note(
                    codes::KEYRING_IN_CLEAR,
                    reference.span,
                    "this keyring is not wrapped",
                )
                .why("whoever can read the file has every key in it; its protection is that of the file")
                .help("a keyring wrapped by a passphrase stays closed when its file is copied");
        }
    }
}

/// Reports a key that an action cannot use.
pub fn report(error: &KeyError, span: Span, findings: &mut Findings) {
    findings
        .error(codes::KEY_UNUSABLE, span, error.to_string())
        .help("`veil keys ls --keyring FILE` shows kind, versions and state of each entry");
}
