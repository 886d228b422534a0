//! A keyring in clear becomes one under a passphrase: the same keys, the same names.

use std::path::Path;

use zeroize::Zeroizing;

use super::draft::{self, Draft};
use super::entry::KeyKind;
use super::file::{self, Keyring};
use super::form::{self, KeyringForm};
use super::wrap::{self, BadMaterial, Unwrap};
use super::{Access, KeyError};
use crate::crypto::entropy::Entropy;
use crate::crypto::wrap::WrapPlace;

/// Wraps every version of the keyring at `path` by the passphrase of `access`: how many
/// there are. Keys, check values and codes stay what they are. The old file is replaced
/// in one step; copies of it that somebody has stay open.
///
/// # Errors
/// When it is wrapped already, anything about it is wrong, no passphrase is given, or the
/// file cannot be written. Nothing is changed then.
pub fn wrap(path: &Path, access: &Access, entropy: &mut dyn Entropy) -> Result<usize, KeyError> {
    let there = std::fs::metadata(path);
    there.map_err(KeyError::io(path, "read the keyring"))?;
    let (draft, text) = Draft::of(path, access)?;
    let missing = || KeyError::io(path, "read the keyring")(std::io::ErrorKind::NotFound.into());
    let before = text.ok_or_else(missing)?;
    let read = form::read(path, &before)?;
    if wrap::needs_passphrase(path, &read.wrap)? {
        return Err(KeyError::refused(
            path,
            "wrap",
            "it is wrapped by a passphrase already",
            "nothing was written",
        ));
    }
    // Nothing is closed that is wrong: it could not be mended any more.
    Keyring::read(path, &before, access)?;
    let how = wrap::new_passphrase(entropy);
    let under = wrap::unlock(path, &how, access)?;
    let mut closed: Vec<Option<Zeroizing<String>>> = Vec::new();
    file::check(path, &read, |_, kind, version, id, _| {
        let place = || WrapPlace {
            id: &id,
            kind: kind.as_str(),
            use_from: &version.use_from,
        };
        let material = version.material.map(|material| match kind {
            KeyKind::Salt => {
                let salt = Unwrap::None.open_salt(place(), material)?;
                Ok::<_, BadMaterial>(under.close_salt(place(), &salt, entropy))
            }
            KeyKind::Root | KeyKind::X25519Public => {
                let key = Unwrap::None.open(place(), material)?;
                Ok(under.close(place(), &key, entropy))
            }
        });
        let material = material.transpose().map_err(|_| {
            KeyError::refused(
                path,
                id.to_string(),
                "its `material` is not base64url of the right length",
                "restore the file from a backup",
            )
        })?;
        closed.push(material);
        Ok(())
    })?;
    let mut after: KeyringForm<'_> = form::read(path, &before)?;
    after.wrap = how;
    after.step(path)?;
    let versions = after.keys.iter_mut().flat_map(|entry| &mut entry.versions);
    for (version, material) in versions.zip(&closed) {
        version.material = material.as_ref().map(|text| text.as_str());
    }
    draft.replace(Some(&before), &draft::text_of(&after))?;
    Ok(closed.len())
}

#[cfg(test)]
mod tests;
