//! Where a release group keeps what it remembers, and by what its members agree on who of
//! them has all partitions.

use std::sync::Arc;

use crate::crypto::digest;
use crate::crypto::kdf::KeyHandle;

/// Longest name of a topic, in bytes.
const NAME_MAX: usize = 249;
/// So much of a name that is too long becomes a digest.
const DIGEST_LEN: usize = 16;

/// What an output has that remembers persons: one member of its group at a time decides
/// about all of its records.
#[derive(Clone)]
pub struct Lease {
    /// A topic of one partition, which stays empty: the member that has it has all
    /// partitions of the source.
    pub topic: Arc<str>,
    /// The compacted topic of what the outputs of the policy remember.
    pub windows: Arc<str>,
    /// Seals its rows.
    pub key: KeyHandle,
}

impl Lease {
    /// That of an output of a policy.
    pub fn new(policy: &str, output: &str, key: KeyHandle) -> Lease {
        Lease {
            topic: fitted(format!("veil.{policy}.lease.{output}")).into(),
            windows: fitted(format!("veil.{policy}.windows")).into(),
            key,
        }
    }
}

/// The name, if it is not too long; else its last characters give way to a digest of all of
/// it.
pub fn fitted(name: String) -> String {
    if name.len() <= NAME_MAX {
        return name;
    }
    let digest = data_encoding::HEXLOWER.encode(&digest::sha256(name.as_bytes()));
    let kept = name.floor_char_boundary(NAME_MAX - DIGEST_LEN);
    format!("{}{}", &name[..kept], &digest[..DIGEST_LEN])
}

#[cfg(test)]
pub(crate) mod testing {
    use super::Lease;
    use crate::crypto::kdf::{KeyHandle, Root};
    use std::sync::Arc;

    /// The lease of an output of a policy under a key that everybody knows.
    pub(crate) fn lease(policy: &str, output: &str) -> Lease {
        let key = KeyHandle {
            id: "state:1".parse().expect("a key id"),
            root: Arc::new(Root::new(&[7; 32])),
        };
        Lease::new(policy, output, key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_too_long_ends_in_a_digest_of_all_of_it() {
        assert_eq!(fitted("x".repeat(NAME_MAX)), "x".repeat(NAME_MAX));
        let one = fitted(format!("{}a", "x".repeat(NAME_MAX)));
        let other = fitted(format!("{}b", "x".repeat(NAME_MAX)));
        assert_eq!((one.len(), other.len()), (NAME_MAX, NAME_MAX));
        assert_ne!(one, other);
    }
}
