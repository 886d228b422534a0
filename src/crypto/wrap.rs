//! Keys under keys: 32 bytes of material sealed by a key encryption key.

use aes_gcm::aead::AeadInOut;
use argon2::{Algorithm, Argon2, Params, Version};
use zeroize::Zeroizing;

use super::entropy::Entropy;
use super::envelope::{self, NONCE_LEN, TAG_LEN};
use super::kdf::Lp;
use super::key_id::KeyId;
use super::secret::Secret;

/// Bytes of a salt for [`Kek::from_passphrase`].
pub(crate) const SALT_LEN: usize = 16;
/// Bytes of wrapped material: nonce, the 32 bytes, tag.
pub(crate) const WRAPPED_LEN: usize = NONCE_LEN + 32 + TAG_LEN;

/// Cost of Argon2id, version 0x13.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cost {
    /// Memory in KiB.
    pub(crate) memory_kib: u32,
    /// Passes over it.
    pub(crate) passes: u32,
    /// Lanes.
    pub(crate) lanes: u32,
}

impl Cost {
    /// For new keyrings: 64 MiB, 3 passes, 1 lane (RFC 9106, second choice, with one lane).
    pub(crate) const NEW: Cost = Cost {
        memory_kib: 65_536,
        passes: 3,
        lanes: 1,
    };

    /// Most that is taken from a file: more would only make a start hang.
    const MAX: Cost = Cost {
        memory_kib: 4 << 20,
        passes: 64,
        lanes: 16,
    };
}

/// The cost is outside what Argon2 defines, or beyond 4 GiB, 64 passes or 16 lanes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the cost is outside argon2id's range, or beyond 4 GiB, 64 passes or 16 lanes")]
pub(crate) struct BadCost;

/// The material does not unwrap: another key, another place, or changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the material does not unwrap")]
pub(crate) struct NotUnwrapped;

/// A key encryption key.
pub(crate) struct Kek(Secret<32>);

/// What binds wrapped material to its place, so that nobody can move it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WrapPlace<'a> {
    /// Name and version.
    pub(crate) id: &'a KeyId,
    /// The word for the kind of key.
    pub(crate) kind: &'a str,
    /// `use_from` as written in the file.
    pub(crate) use_from: &'a str,
}

impl WrapPlace<'_> {
    /// LP("veil/1 wrap") ‖ LP(name) ‖ u32 version ‖ LP(kind) ‖ LP(use_from).
    fn aad(&self) -> Vec<u8> {
        let short = "names and times are short";
        let before = Lp::of(&[b"veil/1 wrap", self.id.name().as_str().as_bytes()]).expect(short);
        let behind = Lp::of(&[self.kind.as_bytes(), self.use_from.as_bytes()]).expect(short);
        [
            before.bytes(),
            &self.id.version().to_be_bytes(),
            behind.bytes(),
        ]
        .concat()
    }
}

impl Kek {
    /// Argon2id of a passphrase: no secret, no associated data, 32 bytes.
    ///
    /// # Errors
    /// When `cost` is out of range.
    pub(crate) fn from_passphrase(
        passphrase: &[u8],
        salt: &[u8; SALT_LEN],
        cost: Cost,
    ) -> Result<Kek, BadCost> {
        let max = Cost::MAX;
        if cost.memory_kib > max.memory_kib || cost.passes > max.passes || cost.lanes > max.lanes {
            return Err(BadCost);
        }
        let params =
            Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(32)).map_err(|_| BadCost)?;
        Secret::try_fill(|kek| {
            Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
                .hash_password_into(passphrase, salt, kek)
                .map_err(|_| BadCost)
        })
        .map(Kek)
    }

    /// The material behind `wrapped`.
    ///
    /// # Errors
    /// When it does not unwrap at that place.
    pub(crate) fn open(
        &self,
        place: WrapPlace<'_>,
        wrapped: &[u8; WRAPPED_LEN],
    ) -> Result<Secret<32>, NotUnwrapped> {
        let (nonce, sealed) = wrapped
            .split_first_chunk::<NONCE_LEN>()
            .expect("the length is fixed");
        let (body, tag) = sealed
            .split_last_chunk::<TAG_LEN>()
            .expect("the length is fixed");
        Secret::try_fill(|material| {
            material.copy_from_slice(body);
            envelope::cipher(&self.0)
                .decrypt_inout_detached(
                    nonce.into(),
                    &place.aad(),
                    material.as_mut_slice().into(),
                    tag.into(),
                )
                .map_err(|_| NotUnwrapped)
        })
    }

    /// The text behind `wrapped`, of any length; `place.kind` keeps it from passing for
    /// a key.
    ///
    /// # Errors
    /// When it does not unwrap at that place.
    pub(crate) fn open_text(
        &self,
        place: WrapPlace<'_>,
        wrapped: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, NotUnwrapped> {
        let (nonce, sealed) = wrapped
            .split_first_chunk::<NONCE_LEN>()
            .ok_or(NotUnwrapped)?;
        let (body, tag) = sealed.split_last_chunk::<TAG_LEN>().ok_or(NotUnwrapped)?;
        let mut text = Zeroizing::new(body.to_vec());
        envelope::cipher(&self.0)
            .decrypt_inout_detached(
                nonce.into(),
                &place.aad(),
                text.as_mut_slice().into(),
                tag.into(),
            )
            .map_err(|_| NotUnwrapped)?;
        Ok(text)
    }

    /// Wraps a text under a nonce from `entropy`.
    pub(crate) fn close_text(
        &self,
        place: WrapPlace<'_>,
        text: &[u8],
        entropy: &mut dyn Entropy,
    ) -> Vec<u8> {
        let mut nonce = [0; NONCE_LEN];
        entropy.fill(&mut nonce);
        let mut body = Zeroizing::new(text.to_vec());
        let tag = envelope::cipher(&self.0)
            .encrypt_inout_detached(&nonce.into(), &place.aad(), body.as_mut_slice().into())
            .expect("a salt is shorter than what AES-GCM takes");
        [&nonce[..], &body[..], &tag[..]].concat()
    }

    /// Wraps `material` under a nonce from `entropy`.
    pub(crate) fn close(
        &self,
        place: WrapPlace<'_>,
        material: &Secret<32>,
        entropy: &mut dyn Entropy,
    ) -> Vec<u8> {
        let mut nonce = [0; NONCE_LEN];
        entropy.fill(&mut nonce);
        let mut body = Zeroizing::new(*material.expose());
        let tag = envelope::cipher(&self.0)
            .encrypt_inout_detached(&nonce.into(), &place.aad(), body.as_mut_slice().into())
            .expect("32 bytes are shorter than what AES-GCM takes");
        [&nonce[..], &body[..], &tag[..]].concat()
    }

    #[cfg(test)]
    pub(super) fn of(bytes: [u8; 32]) -> Kek {
        Kek(Secret::fill(|kek| *kek = bytes))
    }

    #[cfg(test)]
    pub(super) fn bytes(&self) -> &[u8; 32] {
        self.0.expose()
    }
}
