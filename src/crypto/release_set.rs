//! Which records a release holds, as the audit log says it: a mark that nobody can try out
//! who has not the key.
//!
//! HMAC(K("audit"), `r` ‖ list), all 32 bytes. No value in the audit log begins with that
//! letter, so that no mark is the hash of a value.

use super::kdf::{KeyHandle, Use};
use super::key_id::KeyId;
use super::keyed_hash::KeyedHash;

/// Before every list.
const TAG: &[u8] = b"r";

/// Makes the marks of releases.
pub struct SetKey {
    hash: KeyedHash,
    id: KeyId,
}

/// The mark of which records are in a release, and the version of the key that it is under.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetMark {
    /// The mark.
    pub mark: [u8; 32],
    /// The key.
    pub key: KeyId,
}

impl SetKey {
    /// Under that version of a key.
    ///
    /// # Panics
    /// Never: a use without parameters has none that is too long.
    pub fn new(key: &KeyHandle) -> SetKey {
        let own = key.root.key::<32>(Use::Audit, &[]);
        let own = own.expect("a use without parameters has none too long");
        SetKey {
            hash: KeyedHash::new(own.expose()),
            id: key.id.clone(),
        }
    }

    /// The mark of a list of records.
    pub fn mark(&self, list: &[u8]) -> SetMark {
        SetMark {
            mark: self.hash.tag(&[TAG, list].concat()),
            key: self.id.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::kdf::Root;
    use std::sync::Arc;

    #[test]
    fn a_mark_is_of_its_list_and_of_its_key_alone() {
        let of = |name: &str, byte| {
            SetKey::new(&KeyHandle {
                id: name.parse().unwrap(),
                root: Arc::new(Root::new(&[byte; 32])),
            })
        };
        let one = of("state:1", 1);
        let list = b"raw\t3\t0\t0\n";
        assert_eq!(one.mark(list), of("state:1", 1).mark(list));
        assert_ne!(one.mark(list).mark, of("state:2", 2).mark(list).mark);
        assert_ne!(one.mark(list).mark, one.mark(b"raw\t3\t1\t0\n").mark);
        assert_eq!(one.mark(list).key.to_string(), "state:1");
        // By hand: no other way than that of the format.
        let root = Root::new(&[1; 32]);
        let own = root.key::<32>(Use::Audit, &[]).unwrap();
        let message = [&b"r"[..], list].concat();
        assert_eq!(
            one.mark(list).mark,
            KeyedHash::new(own.expose()).tag(&message)
        );
    }
}
