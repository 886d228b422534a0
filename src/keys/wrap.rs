//! How material lies in a keyring: in clear, or under a key from a passphrase.

use std::path::Path;

use data_encoding::BASE64URL_NOPAD;
use serde_json::Value;
use zeroize::Zeroizing;

use super::form::{self, WrapForm};
use super::{Access, KeyError};
use crate::crypto::entropy::Entropy;
use crate::crypto::secret::Secret;
use crate::crypto::wrap::{Cost, Kek, SALT_LEN, WRAPPED_LEN, WrapPlace};

/// What opens the material of one keyring.
pub(super) enum Unwrap {
    /// `none`: the file itself is the secret.
    None,
    /// Under a key encryption key.
    Kek(Kek),
}

/// `{"kind":"none"}`.
pub(super) fn none() -> WrapForm {
    WrapForm(vec![("kind".to_owned(), "none".into())])
}

/// A new passphrase wrap with a salt of its own.
pub(super) fn new_passphrase(entropy: &mut dyn Entropy) -> WrapForm {
    let mut salt = [0; SALT_LEN];
    entropy.fill(&mut salt);
    let members: [(&str, Value); 6] = [
        ("kind", "passphrase".into()),
        ("kdf", "argon2id".into()),
        ("m_kib", Cost::NEW.memory_kib.into()),
        ("t", Cost::NEW.passes.into()),
        ("p", Cost::NEW.lanes.into()),
        ("salt", BASE64URL_NOPAD.encode(&salt).into()),
    ];
    WrapForm(members.map(|(name, value)| (name.to_owned(), value)).into())
}

/// True when the wrap needs a passphrase; refuses kinds and members this
/// version does not know.
pub(super) fn needs_passphrase(path: &Path, wrap: &WrapForm) -> Result<bool, KeyError> {
    let refused = |why: String, fix: &str| KeyError::refused(path, "wrap", why, fix);
    let members: &[&str] = match member(wrap, "kind").and_then(Value::as_str) {
        Some("none") => &["kind"],
        Some("passphrase") => &["kind", "kdf", "m_kib", "t", "p", "salt"],
        Some(word @ ("file" | "vault-transit" | "aws-kms" | "pkcs11")) => {
            return Err(refused(
                format!("the wrap `{word}` is not in this version"),
                "use a keyring with wrap `none` or `passphrase`",
            ));
        }
        _ => {
            return Err(refused(
                "its `kind` is no wrap".to_owned(),
                "known are `none` and `passphrase`",
            ));
        }
    };
    match wrap
        .0
        .iter()
        .find(|(name, _)| !members.contains(&name.as_str()))
    {
        None => Ok(members.len() > 1),
        Some((name, _)) => Err(refused(
            match form::is_word(name) {
                true => format!("unknown member `{name}`"),
                false => "unknown member `…`".to_owned(),
            },
            "remove it, or use the version that wrote the file",
        )),
    }
}

/// What opens the material of a keyring; asks for the passphrase.
pub(super) fn unlock(path: &Path, wrap: &WrapForm, access: &Access) -> Result<Unwrap, KeyError> {
    if !needs_passphrase(path, wrap)? {
        return Ok(Unwrap::None);
    }
    let refused =
        |why: &str| KeyError::refused(path, "wrap", why, "restore the file from a backup");
    let (cost, salt) = argon2id(wrap).ok_or_else(|| {
        refused("its members are not those of argon2id: kdf, m_kib, t, p, and salt of 16 bytes in base64url")
    })?;
    let passphrase = access.passphrase(path)?;
    Kek::from_passphrase(&passphrase, &salt, cost)
        .map(Unwrap::Kek)
        .map_err(|bad| refused(&bad.to_string()))
}

fn argon2id(wrap: &WrapForm) -> Option<(Cost, [u8; SALT_LEN])> {
    let number = |name| u32::try_from(member(wrap, name)?.as_u64()?).ok();
    let text = |name| member(wrap, name)?.as_str();
    if text("kdf")? != "argon2id" {
        return None;
    }
    let cost = Cost {
        memory_kib: number("m_kib")?,
        passes: number("t")?,
        lanes: number("p")?,
    };
    let salt = BASE64URL_NOPAD.decode(text("salt")?.as_bytes()).ok()?;
    Some((cost, salt.try_into().ok()?))
}

fn member<'w>(wrap: &'w WrapForm, name: &str) -> Option<&'w Value> {
    wrap.0
        .iter()
        .find(|(n, _)| n == name)
        .map(|(_, value)| value)
}

/// Why material cannot be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum BadMaterial {
    /// Not base64url of the right length.
    Form,
    /// Does not unwrap.
    Sealed,
}

impl Unwrap {
    /// The 32 bytes behind `material`.
    pub(super) fn open(
        &self,
        place: WrapPlace<'_>,
        material: &str,
    ) -> Result<Secret<32>, BadMaterial> {
        match self {
            Unwrap::None => Secret::try_fill(|bytes| decode(material, bytes)),
            Unwrap::Kek(kek) => {
                let mut wrapped = [0; WRAPPED_LEN];
                decode(material, &mut wrapped)?;
                kek.open(place, &wrapped).map_err(|_| BadMaterial::Sealed)
            }
        }
    }

    /// The text behind the `material` of a salt.
    pub(super) fn open_salt(
        &self,
        place: WrapPlace<'_>,
        material: &str,
    ) -> Result<Zeroizing<Vec<u8>>, BadMaterial> {
        let bytes = BASE64URL_NOPAD.decode(material.as_bytes());
        let bytes = Zeroizing::new(bytes.map_err(|_| BadMaterial::Form)?);
        match self {
            Unwrap::None => Ok(bytes),
            Unwrap::Kek(kek) => kek
                .open_text(place, &bytes)
                .map_err(|_| BadMaterial::Sealed),
        }
    }

    /// The material that [`Unwrap::open_salt`] opens again.
    pub(super) fn close_salt(
        &self,
        place: WrapPlace<'_>,
        salt: &[u8],
        entropy: &mut dyn Entropy,
    ) -> Zeroizing<String> {
        Zeroizing::new(match self {
            Unwrap::None => BASE64URL_NOPAD.encode(salt),
            Unwrap::Kek(kek) => BASE64URL_NOPAD.encode(&kek.close_text(place, salt, entropy)),
        })
    }

    /// The material that [`Unwrap::open`] opens again.
    pub(super) fn close(
        &self,
        place: WrapPlace<'_>,
        root: &Secret<32>,
        entropy: &mut dyn Entropy,
    ) -> Zeroizing<String> {
        Zeroizing::new(match self {
            Unwrap::None => BASE64URL_NOPAD.encode(root.expose()),
            Unwrap::Kek(kek) => BASE64URL_NOPAD.encode(&kek.close(place, root, entropy)),
        })
    }
}

/// base64url without padding of exactly that many bytes.
fn decode(text: &str, out: &mut [u8]) -> Result<(), BadMaterial> {
    let fits = BASE64URL_NOPAD.decode_len(text.len()) == Ok(out.len())
        && BASE64URL_NOPAD.decode_mut(text.as_bytes(), out) == Ok(out.len());
    if fits { Ok(()) } else { Err(BadMaterial::Form) }
}
