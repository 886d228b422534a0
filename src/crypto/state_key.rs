//! What a release group remembers, sealed row by row: whom it released, what it counted.
//!
//! `01` ‖ kcv8 ‖ nonce12 ‖ AES-256-GCM(K("state"), nonce12, AAD `01` ‖ kcv8 ‖ key of the
//! row, value). No caller chooses the nonce: it is drawn for each row (NIST SP 800-38D
//! section 8.2.2; 2^32 rows under one key keep its bound). A row that is put under another
//! key of the topic does not open.

use aes_gcm::aead::AeadInOut;
use aes_gcm::{Aes256Gcm, KeyInit};
use zeroize::Zeroizing;

use super::entropy::Entropy;
use super::envelope::{NONCE_LEN, TAG_LEN};
use super::kdf::{KeyHandle, Use};

/// Of every row.
const VERSION: u8 = 1;
/// Version and check value of the key.
const HEAD: usize = 1 + 8;
/// So many bytes longer than what it says is a sealed row.
const SEAL_LEN: usize = HEAD + NONCE_LEN + TAG_LEN;

/// Why a row does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoRow {
    /// It is of a later version of this program, or no row at all.
    #[error("it is no row of this version")]
    Version,
    /// Another key sealed it.
    #[error("another key than the policy's `state` sealed it")]
    OtherKey,
    /// It was changed, or stood under another key of the topic.
    #[error("it was changed after it was written")]
    Changed,
}

/// Seals and opens rows.
pub struct StateKey {
    cipher: Aes256Gcm,
    /// Version and check value.
    head: [u8; HEAD],
}

impl StateKey {
    /// Of that key.
    ///
    /// # Panics
    /// Never: a use without parameters has none that is too long.
    pub fn new(key: &KeyHandle) -> StateKey {
        let own = key.root.key::<32>(Use::State, &[]);
        let own = own.expect("a use without parameters has none too long");
        let mut head = [VERSION; HEAD];
        head[1..].copy_from_slice(&key.root.kcv().0);
        StateKey {
            cipher: Aes256Gcm::new(own.expose().into()),
            head,
        }
    }

    /// The value of the row of that key, sealed.
    ///
    /// # Panics
    /// When the source of randomness gives none, or the value is longer than what one nonce
    /// serves (64 GiB).
    pub fn seal(&self, row: &[u8], value: &[u8], entropy: &mut dyn Entropy) -> Vec<u8> {
        let mut nonce = [0; NONCE_LEN];
        entropy.fill(&mut nonce);
        self.seal_at(nonce, row, value)
    }

    fn seal_at(&self, nonce: [u8; NONCE_LEN], row: &[u8], value: &[u8]) -> Vec<u8> {
        let mut sealed = Vec::with_capacity(SEAL_LEN + value.len());
        sealed.extend_from_slice(&self.head);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(value);
        let body = &mut sealed[HEAD + NONCE_LEN..];
        let tag = self
            .cipher
            .encrypt_inout_detached(&nonce.into(), &self.bound_to(row), body.into())
            .expect("a row is shorter than what one nonce serves");
        sealed.extend_from_slice(&tag);
        sealed
    }

    /// What the row of that key says.
    ///
    /// # Errors
    /// It is none that this key sealed.
    pub fn open(&self, row: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, NoRow> {
        let (head, rest) = sealed.split_first_chunk::<HEAD>().ok_or(NoRow::Version)?;
        if head[0] != VERSION {
            return Err(NoRow::Version);
        }
        if *head != self.head {
            return Err(NoRow::OtherKey);
        }
        let changed = NoRow::Changed;
        let (nonce, rest) = rest.split_first_chunk::<NONCE_LEN>().ok_or(changed)?;
        let (body, tag) = rest.split_last_chunk::<TAG_LEN>().ok_or(changed)?;
        let mut value = Zeroizing::new(body.to_vec());
        self.cipher
            .decrypt_inout_detached(
                nonce.into(),
                &self.bound_to(row),
                value.as_mut_slice().into(),
                tag.into(),
            )
            .map_err(|_| changed)?;
        Ok(value)
    }

    fn bound_to(&self, row: &[u8]) -> Vec<u8> {
        [&self.head, row].concat()
    }
}

#[cfg(test)]
impl StateKey {
    /// A row with that nonce: insecure, for vectors.
    pub(super) fn insecure_at(&self, nonce: [u8; NONCE_LEN], row: &[u8], value: &[u8]) -> Vec<u8> {
        self.seal_at(nonce, row, value)
    }
}

impl std::fmt::Debug for StateKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("StateKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::entropy::OsEntropy;
    use crate::crypto::kdf::Root;
    use std::sync::Arc;

    fn key(byte: u8) -> StateKey {
        StateKey::new(&KeyHandle {
            id: "state:1".parse().unwrap(),
            root: Arc::new(Root::new(&[byte; 32])),
        })
    }

    #[test]
    fn a_row_opens_under_its_key_and_where_it_was_put() {
        let own = key(1);
        let sealed = own.seal(b"o/clean/7/0", b"ids", &mut OsEntropy);
        assert_eq!(sealed.len(), SEAL_LEN + 3);
        assert_eq!(&**own.open(b"o/clean/7/0", &sealed).unwrap(), b"ids");
        assert_ne!(sealed, own.seal(b"o/clean/7/0", b"ids", &mut OsEntropy));
        assert_eq!(own.open(b"o/clean/7/1", &sealed), Err(NoRow::Changed));
        assert_eq!(
            key(2).open(b"o/clean/7/0", &sealed),
            Err(NoRow::OtherKey),
            "and says so"
        );
        assert_eq!(format!("{own:?}"), "StateKey(..)");
    }

    #[test]
    fn what_is_cut_or_changed_does_not_open() {
        let own = key(1);
        let sealed = own.seal(b"k", b"value", &mut OsEntropy);
        for at in 0..sealed.len() {
            assert!(own.open(b"k", &sealed[..at]).is_err(), "cut at {at}");
        }
        for bit in 0..sealed.len() * 8 {
            let mut changed = sealed.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(own.open(b"k", &changed).is_err(), "bit {bit}");
        }
        let mut later = sealed.clone();
        later[0] = 2;
        assert_eq!(own.open(b"k", &later), Err(NoRow::Version));
    }
}
