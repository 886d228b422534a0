//! Under which name a person's consent, requests and keys are kept.

use super::entropy::{Entropy as _, OsEntropy};
use super::kdf::{Root, TooLong, Use, first_bytes};
use super::keyed_hash::KeyedHash;
use super::secret::Secret;
use crate::record::SubjectId;

/// Makes the [`SubjectId`]s of identifiers of one kind under one canonicaliser. The key
/// stays in here.
///
/// Kinds keep customer 42 and device 42 apart: without them one would grant for the
/// other.
pub struct SubjectIndex {
    key: KeyedHash,
}

impl SubjectIndex {
    /// Of that kind (`customer`, `email`) and canonicaliser, by its id (`text@1`).
    ///
    /// # Errors
    /// When a name is longer than 65,535 bytes.
    pub fn new(root: &Root, kind: &str, canon: &str) -> Result<SubjectIndex, TooLong> {
        let key = root.key::<32>(Use::SubjectId, &[kind.as_bytes(), canon.as_bytes()])?;
        Ok(SubjectIndex {
            key: KeyedHash::new(key.expose()),
        })
    }

    /// Under a key that nobody else has and that ends with this process: it tells one
    /// person from another, and what it makes is worth nothing to who finds it.
    ///
    /// # Panics
    /// When the operating system has no random source.
    pub fn of_this_process() -> SubjectIndex {
        let key = Secret::<32>::fill(|key| OsEntropy.fill(key));
        SubjectIndex {
            key: KeyedHash::new(key.expose()),
        }
    }

    /// The person whose canonical value V that is: the first 16 bytes of
    /// HMAC-SHA-256(K("subject-id", kind, canon), V).
    pub fn id(&self, value: &[u8]) -> SubjectId {
        SubjectId(first_bytes(&self.key.tag(value)))
    }
}
