//! Names of keys: what stands in envelopes and in error messages.

use std::fmt;
use std::str::FromStr;

/// Name of a keyring entry: `[a-z][a-z0-9-]{0,31}`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyName(Box<str>);

/// A key name, or a key id, that is none. The text is not repeated: what
/// stands in the place of a name may be key material pasted by mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadKeyName {
    /// Not `[a-z][a-z0-9-]{0,31}`.
    #[error("a key name is 1 to 32 lower-case letters, digits or `-`, a letter first")]
    Name,
    /// Not `name:version`.
    #[error("a key id is `name:version`, the version from 1 without leading zero")]
    Id,
}

impl KeyName {
    /// The name itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for KeyName {
    type Err = BadKeyName;

    fn from_str(text: &str) -> Result<Self, BadKeyName> {
        let mut bytes = text.bytes();
        let fits = text.len() <= 32
            && bytes.next().is_some_and(|b| b.is_ascii_lowercase())
            && bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if fits {
            Ok(KeyName(text.into()))
        } else {
            Err(BadKeyName::Name)
        }
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One version of one key: `name:version`, as envelopes carry it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId {
    name: KeyName,
    version: u32,
}

impl KeyId {
    /// The id of version `version` of the key `name`; `None` for version 0.
    pub(crate) fn new(name: KeyName, version: u32) -> Option<KeyId> {
        (version != 0).then_some(KeyId { name, version })
    }

    /// The keyring entry's name.
    pub fn name(&self) -> &KeyName {
        &self.name
    }

    /// From 1.
    pub fn version(&self) -> u32 {
        self.version
    }
}

impl FromStr for KeyId {
    type Err = BadKeyName;

    fn from_str(text: &str) -> Result<Self, BadKeyName> {
        let bad = BadKeyName::Id;
        let (name, version) = text.split_once(':').ok_or(bad)?;
        let canonical = !version.starts_with('0') && version.bytes().all(|b| b.is_ascii_digit());
        let version = version.parse().ok().filter(|_| canonical).ok_or(bad)?;
        KeyId::new(name.parse().map_err(|_| bad)?, version).ok_or(bad)
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.name, self.version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_ids_are_exactly_the_grammar() {
        for good in ["a", "people", "a-1", "abcdefghijklmnopqrstuvwxyz012345"] {
            assert_eq!(good.parse::<KeyName>().unwrap().as_str(), good);
        }
        for bad in [
            "",
            "A",
            "1a",
            "-a",
            "a_b",
            "a:1",
            "ä",
            "abcdefghijklmnopqrstuvwxyz0123456",
        ] {
            assert!(bad.parse::<KeyName>().is_err(), "{bad}");
        }
        for good in ["a:1", "contact:4294967295"] {
            assert_eq!(good.parse::<KeyId>().unwrap().to_string(), good);
        }
        for bad in [
            "a",
            "a:",
            "a:0",
            "a:01",
            "a:+1",
            "a:4294967296",
            "A:1",
            "a:1:2",
            ":1",
        ] {
            assert!(bad.parse::<KeyId>().is_err(), "{bad}");
        }
    }
}
