//! Everything that can be wrong with keys: where, why, and what to do.

use std::path::PathBuf;

use super::KeyId;
use crate::crypto::kdf::TooLong;

/// Why a key cannot be used. Never carries material.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// A file operation failed.
    #[error("{path}: cannot {doing}: {source}", path = path.display())]
    Io {
        /// The keyring, or a file beside it.
        path: PathBuf,
        /// What was tried.
        doing: &'static str,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The new file cannot be made.
    #[error("{path}: cannot create the keyring: {why}", path = path.display())]
    NotCreated {
        /// The file.
        path: PathBuf,
        /// What is in the way.
        why: String,
    },
    /// The file is open to others, or is no file.
    #[error("{path}: {why}; {fix}", path = path.display())]
    Access {
        /// The keyring.
        path: PathBuf,
        /// What is wrong.
        why: String,
        /// What to do.
        fix: String,
    },
    /// The text is not a keyring of this format.
    #[error("{path}:{line}:{column}: not a keyring: {why}", path = path.display())]
    Syntax {
        /// The keyring.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
        /// What is wrong; never a value of the file.
        why: String,
    },
    /// It is a keyring, but one of its parts is refused.
    #[error("{path}: {place}: {why}; {fix}", path = path.display())]
    Refused {
        /// The keyring.
        path: PathBuf,
        /// The entry or version.
        place: String,
        /// What is wrong.
        why: String,
        /// What to do.
        fix: String,
    },
    /// A passphrase is needed and nobody gave one.
    #[error("{path}: the keyring is wrapped by a passphrase and none was given; name where it comes from", path = path.display())]
    NoPassphrase {
        /// The keyring.
        path: PathBuf,
    },
    /// The passphrase is wrong, or the file was changed.
    #[error("{path}: {id}: cannot be unwrapped; the passphrase is wrong, or the file was changed", path = path.display())]
    NotUnwrapped {
        /// The keyring.
        path: PathBuf,
        /// The first version that could not be.
        id: KeyId,
    },
    /// The keyring has no such entry.
    #[error("{path}: has no key `{entry}`; it has: {known}; make one with `veil keys new --keyring {path} {entry}`", path = path.display())]
    NoEntry {
        /// The keyring.
        path: PathBuf,
        /// What was looked for.
        entry: String,
        /// What is there.
        known: String,
    },
    /// The keyring has that entry already.
    #[error("{path}: has a key `{entry}` already; choose another name, nothing was written", path = path.display())]
    Exists {
        /// The keyring.
        path: PathBuf,
        /// The name.
        entry: String,
    },
    /// A public key where a root is needed.
    #[error(
        "key `{name}` is a public key: it can only seal the quarantine; use a key of kind `root`"
    )]
    NotARoot {
        /// The entry.
        name: String,
    },
    /// A salt where a key is needed.
    #[error("key `{name}` holds a salt: only `compat` takes it; use a key of kind `root`")]
    OnlyASalt {
        /// The entry.
        name: String,
    },
    /// A key where a salt is needed.
    #[error("key `{name}` holds no salt")]
    NotASalt {
        /// The entry.
        name: String,
    },
    /// The entry has no such version.
    #[error("key `{name}` has no version {version}; it has: {known}")]
    NoVersion {
        /// The entry.
        name: String,
        /// What was looked for.
        version: u32,
        /// What is there.
        known: String,
    },
    /// The version was destroyed: what it protected is erased.
    #[error("key {id} was destroyed: what was made with it is erased")]
    Destroyed {
        /// Which one.
        id: KeyId,
    },
    /// No version may be used for new envelopes.
    #[error(
        "key `{name}` has no active version; make a new version, retired ones only open what there is"
    )]
    NoActive {
        /// The entry.
        name: String,
    },
    /// The only active versions are not in force yet.
    #[error(
        "key `{name}` has no version in force: version {version} begins at {use_from}; until then nothing is sealed with it"
    )]
    NotInForce {
        /// The entry.
        name: String,
        /// The first of them.
        version: u32,
        /// When it begins.
        use_from: String,
    },
    /// A name that enters the key derivation is too long.
    #[error(transparent)]
    TooLong(#[from] TooLong),
}

impl KeyError {
    /// What to do, where [`Display`](std::fmt::Display) ends in it.
    pub fn fix(&self) -> Option<String> {
        match self {
            KeyError::Access { fix, .. } | KeyError::Refused { fix, .. } => Some(fix.clone()),
            KeyError::NoEntry { path, entry, .. } => Some(format!(
                "make one with `veil keys new --keyring {} {entry}`",
                path.display()
            )),
            _ => None,
        }
    }

    #[cfg(feature = "key-files")]
    pub(super) fn io(
        path: &std::path::Path,
        doing: &'static str,
    ) -> impl FnOnce(std::io::Error) -> KeyError {
        let path = path.to_owned();
        move |source| KeyError::Io {
            path,
            doing,
            source,
        }
    }

    #[cfg(feature = "key-files")]
    pub(super) fn refused(
        path: &std::path::Path,
        place: impl Into<String>,
        why: impl Into<String>,
        fix: impl Into<String>,
    ) -> KeyError {
        KeyError::Refused {
            path: path.to_owned(),
            place: place.into(),
            why: why.into(),
            fix: fix.into(),
        }
    }
}
