//! Where keys come from.
//!
//! **In**: a reference as the policy writes it, and the keyring file it names.
//! **Out**: the entry, and from it handles of one version each.
//! **Promises**: key bytes leave only as a [`Root`](crate::crypto::kdf::Root)
//! behind a handle; a keyring with any doubt about it (permissions, members,
//! check values) is refused; no error carries material.
//! **Does not know**: what keys are used for, and where a passphrase is asked.

mod access;
mod entry;
mod ephemeral;
mod error;
mod file;
mod form;
mod key_ref;
mod source;
mod wrap;
mod write;

pub use crate::crypto::kdf::{Kcv, KeyHandle};
pub use crate::crypto::key_id::{BadKeyName, KeyId, KeyName};
pub use access::{Access, Ask, Passphrase};
pub use entry::{KeyEntry, KeyKind, KeyState};
pub use ephemeral::EphemeralKeys;
pub use error::KeyError;
pub use file::{Listed, list, verify};
pub use key_ref::{BadKeyRef, KeyRef};
pub use source::{FileKeys, KeySource, TestKeys};
pub use write::{NewKeys, Wrap, create_or_add};
