//! Where keys come from.
//!
//! **In**: a reference as the policy writes it, and the keyring file it names.
//! **Out**: the entry, and from it handles of one version each.
//! **Promises**: key bytes leave only as a [`Root`](crate::crypto::kdf::Root)
//! behind a handle; a keyring with any doubt about it (permissions, members,
//! check values) is refused; no error carries material.
//! **Does not know**: which field or output a key is for, and where a passphrase
//! is asked.

#[cfg(feature = "key-files")]
mod access;
#[cfg(feature = "key-files")]
mod change;
#[cfg(feature = "key-files")]
mod closed;
#[cfg(feature = "key-files")]
mod draft;
mod entry;
#[cfg(feature = "kafka")]
mod ephemeral;
mod error;
#[cfg(feature = "key-files")]
mod file;
#[cfg(feature = "key-files")]
mod file_keys;
#[cfg(feature = "key-files")]
mod form;
mod identity;
mod key_ref;
mod source;
#[cfg(feature = "key-files")]
mod wrap;
#[cfg(feature = "key-files")]
mod write;

pub use crate::crypto::kdf::{Kcv, KeyHandle};
pub use crate::crypto::key_id::{BadKeyName, KeyId, KeyName};
#[cfg(feature = "key-files")]
pub use access::{Access, Ask, Passphrase};
#[cfg(feature = "key-files")]
pub use change::Change;
#[cfg(feature = "key-files")]
pub use closed::wrap as wrap_all;
pub use entry::{KeyEntry, KeyKind, KeyState, Pick};
#[cfg(feature = "kafka")]
pub use ephemeral::EphemeralKeys;
pub use error::KeyError;
#[cfg(feature = "key-files")]
pub use file::{Listed, Listing, list, look, verify};
#[cfg(feature = "key-files")]
pub use file_keys::FileKeys;
pub use identity::KeyIdentity;
pub use key_ref::{BadKeyRef, KeyRef};
pub use source::{KeySource, MeasuringKeys, TestKeys};
#[cfg(feature = "key-files")]
pub use write::{ALWAYS, NewKeys, Wrap, create_or_add};
