//! References to keys, as a policy writes them.

use std::fmt;
use std::path::{Path, PathBuf};

use super::{BadKeyName, KeyName};

/// Where a key is: `file:FILE#ENTRY`, the file relative to the policy's folder.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct KeyRef {
    /// The keyring.
    pub file: PathBuf,
    /// Its entry.
    pub entry: KeyName,
}

/// A reference that is none. The text is not repeated: it may be key material
/// pasted by mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadKeyRef {
    /// Not `file:…`.
    #[error(
        "a key reference is `file:FILE#ENTRY`: it names a keyring, and never holds a key itself"
    )]
    Scheme,
    /// No `#ENTRY`.
    #[error("a key reference names an entry of the keyring: `file:FILE#ENTRY`")]
    NoEntry,
    /// The part behind `#` is no key name.
    #[error(transparent)]
    Name(#[from] BadKeyName),
}

impl KeyRef {
    /// Reads `text`; a relative file is taken from `base`.
    ///
    /// # Errors
    /// When it is not `file:FILE#ENTRY`.
    pub(crate) fn parse(text: &str, base: &Path) -> Result<KeyRef, BadKeyRef> {
        let rest = text.strip_prefix("file:").ok_or(BadKeyRef::Scheme)?;
        let (file, entry) = rest.rsplit_once('#').ok_or(BadKeyRef::NoEntry)?;
        if file.is_empty() {
            return Err(BadKeyRef::Scheme);
        }
        Ok(KeyRef {
            file: base.join(file),
            entry: entry.parse()?,
        })
    }
}

impl fmt::Display for KeyRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "file:{}#{}", self.file.display(), self.entry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_relative_to_the_base() {
        let parse = |text| KeyRef::parse(text, Path::new("/etc/veil")).map(|r| r.to_string());
        assert_eq!(
            parse("file:keyring.json#people").as_deref(),
            Ok("file:/etc/veil/keyring.json#people")
        );
        assert_eq!(
            parse("file:/k#1.json#a-1").as_deref(),
            Ok("file:/k#1.json#a-1")
        );
        assert_eq!(parse("AAECAwQFBgcICQ"), Err(BadKeyRef::Scheme));
        assert_eq!(parse("file:#people"), Err(BadKeyRef::Scheme));
        assert_eq!(parse("file:keyring.json"), Err(BadKeyRef::NoEntry));
        assert_eq!(
            parse("file:keyring.json#People"),
            Err(BadKeyRef::Name(BadKeyName::Name))
        );
    }
}
