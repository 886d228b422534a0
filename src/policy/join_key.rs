//! The key that codes are made with: the same one, another one, or not to be told.

use crate::keys::{KeyIdentity, Pick};

/// A key and the version of it that makes codes. Equal where it is one key as far as
/// can be told, however its file is called.
#[derive(Clone, Debug)]
pub struct JoinKey {
    /// As its policy refers to it: `FILE#ENTRY`.
    pub(crate) written: String,
    /// The same with the whole path of its file.
    pub(crate) whole: String,
    /// The name of its entry.
    pub(crate) entry: String,
    pick: Pick,
    is: Is,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Is {
    /// The version of that check value.
    Key(String),
    /// An entry of a file that could not be read, and which version of it.
    Entry(KeyIdentity, Pick),
}

/// How two keys stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keys {
    /// They are one.
    Same,
    /// They are versions of one.
    Versions,
    /// They are two.
    Differ,
    /// Their keyrings could not be compared.
    Unknown,
}

impl PartialEq for JoinKey {
    fn eq(&self, other: &JoinKey) -> bool {
        self.is == other.is
    }
}

impl Eq for JoinKey {}

impl JoinKey {
    /// `written`: the reference as its policy writes it; `whole`: with the whole path.
    pub(crate) fn new(
        (written, whole): (String, String),
        entry: &str,
        identity: &KeyIdentity,
        pick: Pick,
    ) -> JoinKey {
        // In the epochs of the first version two keys that have it meet, whatever
        // versions either has besides.
        let pick = match pick {
            Pick::ByEpoch(_) => Pick::First,
            other => other,
        };
        let check = match identity {
            KeyIdentity::Checked(versions) => match pick {
                Pick::First | Pick::ByEpoch(_) => versions.values().next(),
                Pick::Newest => versions.values().next_back(),
                Pick::Pinned(version) => versions.get(&version),
            },
            KeyIdentity::InFile(..) => None,
        };
        let is = match check {
            Some(check) => Is::Key(check.clone()),
            None => Is::Entry(identity.clone(), pick),
        };
        JoinKey {
            written,
            whole,
            entry: entry.to_owned(),
            pick,
            is,
        }
    }

    pub(crate) fn beside(&self, other: &JoinKey) -> Keys {
        let is_versions = self.pick != other.pick;
        match (&self.is, &other.is) {
            (a, b) if a == b => Keys::Same,
            (Is::Key(_), Is::Key(_)) if is_versions && self.written == other.written => {
                Keys::Versions
            }
            (Is::Key(_), Is::Key(_)) => Keys::Differ,
            (Is::Entry(a, _), Is::Entry(b, _)) if a == b => Keys::Versions,
            (Is::Entry(KeyIdentity::InFile(a, _), _), Is::Entry(KeyIdentity::InFile(b, _), _))
                if a == b =>
            {
                Keys::Differ
            }
            _ => Keys::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(written: &str, is: KeyIdentity, pick: Pick) -> JoinKey {
        JoinKey::new(
            (written.to_owned(), written.to_owned()),
            "people",
            &is,
            pick,
        )
    }

    fn checked(values: &[(u32, &str)]) -> KeyIdentity {
        KeyIdentity::Checked(values.iter().map(|(v, c)| (*v, (*c).to_owned())).collect())
    }

    fn entry(file: &str, name: &str) -> KeyIdentity {
        KeyIdentity::InFile(file.into(), name.to_owned())
    }

    #[test]
    fn a_key_is_what_it_is_and_not_what_its_file_is_called() {
        let one = checked(&[(1, "aa"), (2, "bb")]);
        let first = key("k.json#people", one.clone(), Pick::First);
        for (other, stand) in [
            (
                key("sub/k.json#p", checked(&[(1, "aa")]), Pick::First),
                Keys::Same,
            ),
            (
                key("k.json#people", one.clone(), Pick::Pinned(1)),
                Keys::Same,
            ),
            (
                key("k.json#people", one.clone(), Pick::Pinned(2)),
                Keys::Versions,
            ),
            (
                key("k.json#other", checked(&[(1, "cc")]), Pick::First),
                Keys::Differ,
            ),
            (key("k.json#people", one, Pick::Pinned(9)), Keys::Unknown),
            (
                key("l.json#people", entry("l.json", "people"), Pick::First),
                Keys::Unknown,
            ),
        ] {
            assert_eq!(first.beside(&other), stand, "{other:?}");
            assert_eq!(first == other, stand == Keys::Same, "{other:?}");
        }
        let unread = key("k.json#a", entry("/k.json", "a"), Pick::First);
        for (other, stand) in [
            (
                key("sub/../k.json#a", entry("/k.json", "a"), Pick::First),
                Keys::Same,
            ),
            (
                key("k.json#a", entry("/k.json", "a"), Pick::Pinned(2)),
                Keys::Versions,
            ),
            (
                key("k.json#b", entry("/k.json", "b"), Pick::First),
                Keys::Differ,
            ),
            (
                key("l.json#a", entry("/l.json", "a"), Pick::First),
                Keys::Unknown,
            ),
        ] {
            assert_eq!(unread.beside(&other), stand, "{other:?}");
        }
    }
}
