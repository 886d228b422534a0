//! Making a keyring, and adding keys to one.

use std::borrow::Cow;
use std::path::Path;

use jiff::Timestamp;

use super::draft::{self, Draft};
use super::entry::{KeyKind, KeyState};
use super::file::{Keyring, Listed};
use super::form::{self, EntryForm, KeyringForm, VersionForm};
use super::wrap;
use super::{Access, KeyError, KeyId, KeyName};
use crate::crypto::entropy::Entropy;
use crate::crypto::kdf::Root;
use crate::crypto::salted::Salt;
use crate::crypto::secret::Secret;
use crate::crypto::wrap::WrapPlace;

/// The first version of a key is used for all event times.
/// From when on a first version is used, as keyrings write it: always.
pub const ALWAYS: &str = "1970-01-01T00:00:00Z";

/// How a keyring wraps its keys. An existing one keeps its wrap: what says another one
/// is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrap {
    /// Nothing is said: as the keyring does, a new one not at all.
    Unsaid,
    /// The file itself is the secret.
    None,
    /// By a passphrase, with Argon2id.
    Passphrase,
}

/// Keys to be made.
pub struct NewKeys<'a> {
    /// What they are made of: `None`, random roots; else entries that hold this salt.
    pub salt: Option<&'a Salt>,
    /// Their names; none may exist yet.
    pub names: &'a [KeyName],
    /// How they are wrapped.
    pub wrap: Wrap,
    /// Written as their time of creation.
    pub now: Timestamp,
}

/// Makes keys of kind `root`, version 1, in the keyring at `path`, which is
/// created when it does not exist; mode 0600. The old file is replaced in one
/// step; a link is followed and stays.
///
/// # Errors
/// When a name exists, the keyring may not be read, its passphrase is wrong, or
/// the file cannot be written. Nothing is changed then.
pub fn create_or_add(
    path: &Path,
    new: &NewKeys<'_>,
    access: &Access,
    entropy: &mut dyn Entropy,
) -> Result<Vec<Listed>, KeyError> {
    let (draft, text) = Draft::of(path, access)?;
    let (mut form, unwrap) = match &text {
        Some(text) => {
            let form = form::read(path, text)?;
            keeps_its_wrap(path, &form, new.wrap)?;
            // Reading it all first proves that the passphrase is the right one.
            (form, Keyring::read(path, text, access)?.unwrap)
        }
        None => {
            let form = KeyringForm {
                format: form::FORMAT.into(),
                generation: 0,
                wrap: match new.wrap {
                    Wrap::None | Wrap::Unsaid => wrap::none(),
                    Wrap::Passphrase => wrap::new_passphrase(entropy),
                },
                keys: Vec::new(),
            };
            let unwrap = wrap::unlock(path, &form.wrap, access)?;
            (form, unwrap)
        }
    };
    form.step(path)?;

    let mut made = Vec::new();
    let mut materials = Vec::new();
    for name in new.names {
        let twice = made.iter().any(|l: &Listed| l.id.name() == name);
        if twice || form.keys.iter().any(|e| e.name == name.as_str()) {
            return Err(KeyError::Exists {
                path: path.to_owned(),
                entry: name.to_string(),
            });
        }
        let id = KeyId::new(name.clone(), 1).expect("1 is a version");
        let kind = match new.salt {
            Some(_) => KeyKind::Salt,
            None => KeyKind::Root,
        };
        let place = WrapPlace {
            id: &id,
            kind: kind.as_str(),
            use_from: ALWAYS,
        };
        // Of a salt, which may be guessed, nothing is derived that a guess could be
        // held against: its check value is drawn.
        let material = Secret::fill(|bytes| entropy.fill(bytes));
        materials.push(match new.salt {
            Some(salt) => unwrap.close_salt(place, salt.expose(), entropy),
            None => unwrap.close(place, &material, entropy),
        });
        made.push(Listed {
            kind,
            state: KeyState::Active,
            created: format!("{:.0}", new.now),
            use_from: ALWAYS.to_owned(),
            kcv: Root::new(material.expose()).kcv().to_string(),
            id,
        });
    }
    for (listed, material) in made.iter().zip(&materials) {
        form.keys.push(EntryForm {
            name: Cow::Borrowed(listed.id.name().as_str()),
            kind: listed.kind.as_str().into(),
            versions: vec![VersionForm {
                version: listed.id.version(),
                created: Cow::Borrowed(&listed.created),
                use_from: Cow::Borrowed(&listed.use_from),
                state: listed.state.as_str().into(),
                kcv: Cow::Borrowed(&listed.kcv),
                material: Some(material),
            }],
        });
    }
    draft.replace(text.as_ref(), &draft::text_of(&form))?;
    Ok(made)
}

/// Refuses to add to a keyring that is wrapped otherwise than was said: who asks for a
/// wrap must not find keys in clear.
fn keeps_its_wrap(path: &Path, form: &KeyringForm<'_>, said: Wrap) -> Result<(), KeyError> {
    let is_wrapped = wrap::needs_passphrase(path, &form.wrap)?;
    let (why, fix) = match (said, is_wrapped) {
        (Wrap::Passphrase, false) => (
            "it is not wrapped, and keys are added as those that it has",
            format!(
                "close it first, with all its keys: `veil keys wrap --keyring {}`; nothing was written",
                path.display()
            ),
        ),
        (Wrap::None, true) => (
            "it is wrapped by a passphrase, and keys are added as those that it has",
            "leave `--wrap` out, or name another file; nothing was written".to_owned(),
        ),
        _ => return Ok(()),
    };
    Err(KeyError::refused(path, "wrap", why, fix))
}

#[cfg(test)]
mod tests;
