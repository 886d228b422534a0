//! Where keys come from.
/// One entry of a keyring.
pub struct KeyEntry {}
/// Why a key cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the keyring has no such entry")]
pub struct KeyError {}
/// Hands out the entries that a policy refers to.
pub trait KeySource {
    /// The entry of that name in that file.
    ///
    /// # Errors
    /// When there is none.
    fn entry(&self, file: &str, entry: &str) -> Result<KeyEntry, KeyError>;
}
impl KeyEntry {
    /// The public key of the quarantine.
    ///
    /// # Errors
    /// When the entry has none.
    pub fn quarantine_key(&self) -> Result<crate::crypto::quarantine::PublicKey, KeyError> {
        Err(KeyError {})
    }
}
