//! The keys that a policy names, and the versions that its keyrings had.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;

use crate::keys::{KeyRef, KeySource};
use crate::policy::check::model::Checked;

/// A key as it is used: which versions. Holds no key material.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyInForce {
    /// `FILE#ENTRY`, the file as the policy writes it.
    pub reference: String,
    /// The version that makes pseudonyms.
    pub codes: Option<u32>,
    /// The version that seals.
    pub seals: Option<u32>,
    /// The public half that refused records are sealed to, where it is the
    /// quarantine's key.
    pub public: Option<[u8; 32]>,
    /// The check value of each version that holds a root: tells keys apart and tells
    /// nothing of them. `None`: not known.
    pub checks: Option<BTreeMap<u32, [u8; 8]>>,
}

/// The keys of a policy, those that can be opened.
pub fn of(policy: &Checked, base: &Path, keys: &dyn KeySource, now: Timestamp) -> Vec<KeyInForce> {
    let quarantine = policy.quarantine.as_ref().and_then(|q| q.key.as_ref());
    let mut list: Vec<KeyInForce> = Vec::new();
    for key in &policy.keys {
        let Some(reference) = key.reference.as_ref().map(|r| &r.value) else {
            continue;
        };
        let Ok(entry) = keys.entry(reference) else {
            continue;
        };
        let version =
            |handle: Result<crate::keys::KeyHandle, _>| handle.ok().map(|h| h.id.version());
        let public = quarantine
            .filter(|alias| alias.value == key.alias)
            .and_then(|_| entry.quarantine_public(now).ok());
        list.push(KeyInForce {
            reference: written(reference, base),
            codes: version(entry.oldest()),
            seals: version(entry.newest_active(now)).or(public.as_ref().map(|p| p.id().version())),
            public: public.map(|p| *p.bytes()),
            checks: Some(entry.check_values().map(|(v, kcv)| (v, kcv.0)).collect()),
        });
    }
    list
}

/// A reference as the policy in the folder `base` writes it.
pub fn written(reference: &KeyRef, base: &Path) -> String {
    let file = reference.file.strip_prefix(base).unwrap_or(&reference.file);
    format!("{}#{}", file.display(), reference.entry)
}
