//! From one root to one key per use: HKDF-SHA-256 (RFC 5869), both steps always.

use std::sync::Arc;

use hkdf::Hkdf;
use sha2::{Digest, Sha256};

use super::key_id::{KeyId, KeyName};
use super::keyed_hash::KeyedHash;
use super::secret::Secret;

/// A length-prefixed list of byte strings: `u16 length ‖ bytes` for each, so
/// that no two lists have one encoding.
#[derive(Default)]
pub(crate) struct Lp(Vec<u8>);

/// A parameter is longer than 65,535 bytes and has no length-prefixed form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a name that enters a key or context is {len} bytes long; at most 65,535 fit")]
pub struct TooLong {
    /// Its length in bytes.
    pub(crate) len: usize,
}

impl Lp {
    /// The list of `parts`.
    ///
    /// # Errors
    /// When a part is longer than 65,535 bytes.
    pub(crate) fn of(parts: &[&[u8]]) -> Result<Lp, TooLong> {
        let mut list = Lp::default();
        for part in parts {
            list.push(part)?;
        }
        Ok(list)
    }

    /// Appends one part.
    ///
    /// # Errors
    /// When it is longer than 65,535 bytes.
    pub(crate) fn push(&mut self, part: &[u8]) -> Result<(), TooLong> {
        let len = u16::try_from(part.len()).map_err(|_| TooLong { len: part.len() })?;
        self.0.extend_from_slice(&len.to_be_bytes());
        self.0.extend_from_slice(part);
        Ok(())
    }

    /// The encoding.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// What a derived key is for. One use, one key: no key serves two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    not(test),
    expect(
        dead_code,
        reason = "the list of the format: what is named is never another use's"
    )
)]
pub(crate) enum Use {
    /// HMAC key of pseudonyms: domain, space, canon, epoch, scope.
    Pseudonym,
    /// AES-256 key of FF1 tokens: domain, space, format.
    Ff1,
    /// AES-256-GCM key of suite 01: context, salt.
    Gcm,
    /// Outer AES-256-GCM key of suite 02: context, salt.
    SubjectOuter,
    /// Inner AES-256-GCM key of suite 02, from the subject's key: context, salt.
    SubjectGcm,
    /// AES-256-SIV key of suite 03: context.
    Siv,
    /// Key material of the quarantine's key pair.
    QuarantineKem,
    /// Wraps subject keys in the store.
    SubjectWrap,
    /// Looks subjects up in the store.
    SubjectIndex,
    /// The list of erased subjects.
    Erased,
    /// Names people in the topics of consent and of requests: kind, canon.
    SubjectId,
    /// Links that lead a person to their own page.
    Link,
    /// Forms that were made for a link.
    LinkForm,
    /// Rows of what a release group remembers.
    State,
    /// Values in the audit.
    Audit,
    /// Looks vault tokens up: domain, space.
    VaultIndex,
    /// Date shifts: domain, space.
    Shift,
    /// Memoised noise: domain, label, mechanism.
    Noise,
    /// Which of a person's cells count: topic.
    Bound,
    /// Noise of counts: topic, mechanism.
    DpNoise,
    /// Which word of a list stands for a value: domain, space.
    Words,
    /// Prefix-preserving addresses: domain, space, epoch.
    IpPfx,
    /// The key check value, which may be shown.
    Kcv,
}

impl Use {
    /// Every use.
    #[cfg(test)]
    pub(crate) const ALL: [Use; 23] = [
        Use::Pseudonym,
        Use::Ff1,
        Use::Gcm,
        Use::SubjectOuter,
        Use::SubjectGcm,
        Use::Siv,
        Use::QuarantineKem,
        Use::SubjectWrap,
        Use::SubjectIndex,
        Use::Erased,
        Use::SubjectId,
        Use::Link,
        Use::LinkForm,
        Use::State,
        Use::Audit,
        Use::VaultIndex,
        Use::Shift,
        Use::Noise,
        Use::Bound,
        Use::DpNoise,
        Use::Words,
        Use::IpPfx,
        Use::Kcv,
    ];

    /// Its name in the derivation, the length of its key in bytes, and how
    /// many parameters it takes. An absent parameter is empty, never left out.
    pub(crate) const fn spec(self) -> (&'static str, usize, usize) {
        match self {
            Use::Pseudonym => ("pseudonym", 32, 5),
            Use::Ff1 => ("ff1", 32, 3),
            Use::Gcm => ("gcm", 32, 2),
            Use::SubjectOuter => ("subject-outer", 32, 2),
            Use::SubjectGcm => ("subject-gcm", 32, 2),
            Use::Siv => ("siv", 64, 1),
            Use::QuarantineKem => ("quarantine-kem", 32, 0),
            Use::SubjectWrap => ("subject-wrap", 32, 0),
            Use::SubjectIndex => ("subject-index", 32, 0),
            Use::Erased => ("erased", 32, 0),
            Use::SubjectId => ("subject-id", 32, 2),
            Use::Link => ("link", 32, 0),
            Use::LinkForm => ("link-form", 32, 0),
            Use::State => ("state", 32, 0),
            Use::Audit => ("audit", 32, 0),
            Use::VaultIndex => ("vault-index", 32, 2),
            Use::Shift => ("shift", 32, 2),
            Use::Noise => ("noise", 32, 3),
            Use::Bound => ("bound", 32, 1),
            Use::DpNoise => ("dp-noise", 32, 2),
            Use::Words => ("words", 32, 2),
            Use::IpPfx => ("ip-pfx", 32, 3),
            Use::Kcv => ("kcv", 8, 0),
        }
    }

    /// What HKDF-Expand takes in for it.
    ///
    /// # Errors
    /// When a parameter is longer than 65,535 bytes.
    fn info(self, params: &[&[u8]]) -> Result<Lp, TooLong> {
        let mut info = Lp::of(&[b"veil/1", self.spec().0.as_bytes()])?;
        for param in params {
            info.push(param)?;
        }
        Ok(info)
    }
}

/// One version of one key: the pseudorandom key extracted from its 32 bytes of
/// material. Everything else is derived from it.
pub struct Root {
    prk: Secret<32>,
}

impl Root {
    /// Extracts. `material` is 32 uniformly random bytes.
    pub(crate) fn new(material: &[u8; 32]) -> Root {
        Root {
            prk: Secret::fill(|prk| {
                let (extracted, _) = Hkdf::<Sha256>::extract(Some(b"veilstream/root/v1"), material);
                prk.copy_from_slice(&extracted);
            }),
        }
    }

    /// The root of a policy test's key of that name. Public knowledge: its
    /// material is the SHA-256 of LP("veil/1 test key") ‖ LP(name).
    pub(crate) fn of_test_key(name: &KeyName) -> Root {
        let list = Lp::of(&[b"veil/1 test key", name.as_str().as_bytes()])
            .expect("a key name is at most 32 bytes");
        Root::new(&Sha256::digest(list.bytes()).into())
    }

    /// The root of a key of that name that only measuring uses: another one for each seed,
    /// its material the SHA-256 of LP("veil/1 measuring key") ‖ LP(name) ‖ LP(seed).
    pub(crate) fn of_measuring_key(name: &KeyName, seed: u64) -> Root {
        let seed = seed.to_be_bytes();
        let list = Lp::of(&[b"veil/1 measuring key", name.as_str().as_bytes(), &seed])
            .expect("a key name is at most 32 bytes");
        Root::new(&Sha256::digest(list.bytes()).into())
    }

    /// The key for `use_` under `params`, text parameters as the bytes of their text.
    ///
    /// # Errors
    /// When a parameter is longer than 65,535 bytes.
    ///
    /// # Panics
    /// When `N` or the number of parameters is not what [`Use::spec`] says.
    pub(crate) fn key<const N: usize>(
        &self,
        use_: Use,
        params: &[&[u8]],
    ) -> Result<Secret<N>, TooLong> {
        let (name, len, count) = use_.spec();
        assert!(
            len == N && count == params.len(),
            "{name} has one length and one number of parameters"
        );
        let info = use_.info(params)?;
        Ok(Secret::fill(|key| {
            Hkdf::<Sha256>::from_prk(self.prk.expose())
                .and_then(|hkdf| {
                    hkdf.expand(info.bytes(), key)
                        .map_err(|_| hkdf::InvalidPrkLength)
                })
                .expect("the pseudorandom key is 32 bytes and no key is longer than 255 blocks");
        }))
    }

    /// For keys of 32 bytes that are derived once a value: the keyed hash that
    /// HKDF-Expand is made of, and a message whose tag under it is the key of
    /// these parameters. The last parameter ends one byte before the message does.
    ///
    /// # Errors
    /// When a parameter is longer than 65,535 bytes.
    pub(super) fn expansion(
        &self,
        use_: Use,
        params: &[&[u8]],
    ) -> Result<(KeyedHash, Vec<u8>), TooLong> {
        let (name, len, count) = use_.spec();
        assert!(
            len == 32 && count == params.len(),
            "{name} has one length and one number of parameters"
        );
        // T(1) = HMAC(PRK, info ‖ 01), RFC 5869 section 2.3.
        let mut message = use_.info(params)?.0;
        message.push(1);
        Ok((KeyedHash::new(self.prk.expose()), message))
    }

    /// The key check value: tells keys apart without telling anything of them.
    pub(crate) fn kcv(&self) -> Kcv {
        let kcv = self
            .key::<8>(Use::Kcv, &[])
            .expect("a use without parameters has none too long");
        Kcv(*kcv.expose())
    }

    #[cfg(test)]
    pub(super) fn prk(&self) -> &[u8; 32] {
        self.prk.expose()
    }
}

impl std::fmt::Debug for Root {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Root(kcv {})", self.kcv())
    }
}

/// One version of one key, ready for use: its id and its root.
#[derive(Clone, Debug)]
pub struct KeyHandle {
    /// What envelopes carry.
    pub id: KeyId,
    /// What everything is derived from.
    pub root: Arc<Root>,
}

/// A key check value, shown as 16 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Kcv(pub [u8; 8]);

impl std::fmt::Display for Kcv {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|b| write!(f, "{b:02x}"))
    }
}

impl std::fmt::Debug for Kcv {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Kcv({self})")
    }
}

/// The 8 bytes that bind an envelope to where it belongs: a hash of domain,
/// purpose and label. No topic, so that a mirrored or renamed topic still opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ContextId(pub [u8; 8]);

impl ContextId {
    /// Of the deterministic envelopes of that domain and space: an empty purpose,
    /// which no output has, and the space for a label.
    ///
    /// # Errors
    /// When one is longer than 65,535 bytes.
    pub fn of_space(domain: &str, space: &str) -> Result<ContextId, TooLong> {
        ContextId::of(domain, "", space)
    }

    /// Of that domain, purpose and label (the field's output path, array
    /// positions as `[*]`, unless the policy says `label:`).
    ///
    /// # Errors
    /// When one is longer than 65,535 bytes.
    pub fn of(domain: &str, purpose: &str, label: &str) -> Result<ContextId, TooLong> {
        let list = Lp::of(&[
            b"veil/1 ctx",
            domain.as_bytes(),
            purpose.as_bytes(),
            label.as_bytes(),
        ])?;
        Ok(ContextId(first_bytes(&Sha256::digest(list.bytes()))))
    }
}

/// The first `N` bytes of a longer array.
pub(crate) fn first_bytes<const N: usize>(bytes: &[u8]) -> [u8; N] {
    *bytes
        .first_chunk()
        .expect("a digest is longer than what is kept of it")
}
