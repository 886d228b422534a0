//! A quarantined record, opened with the key it was sealed to.

use crate::crypto::envelope::{Envelope, OpenError};
use crate::crypto::kdf::KeyHandle;
use crate::crypto::key_id::KeyId;
use crate::crypto::quarantine::{self, Opened};

/// Finds the private half of a quarantine key.
pub trait Keys {
    /// The key of that id.
    ///
    /// # Errors
    /// Why it cannot be had: one sentence with the next step.
    fn key(&self, id: &KeyId) -> Result<KeyHandle, String>;
}

/// Why a record is not opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unopened {
    /// Its value is empty.
    #[error("the record itself is not in the quarantine: it lies at its coordinates alone")]
    Bare,
    /// There is no key for it.
    #[error("{0}")]
    Key(String),
    /// The value does not open.
    #[error("{0}")]
    Envelope(#[from] OpenError),
}

/// Opens the value of a quarantined record; with it comes the key that opened it.
///
/// # Errors
/// Each way in which it does not open.
pub fn open(value: &[u8], keys: &dyn Keys) -> Result<(Opened, KeyHandle), Unopened> {
    if value.is_empty() {
        return Err(Unopened::Bare);
    }
    let envelope = Envelope::from_binary(value)?;
    let key = keys.key(envelope.key_id()).map_err(Unopened::Key)?;
    Ok((quarantine::open(&envelope, &key)?, key))
}
