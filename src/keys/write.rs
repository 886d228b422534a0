//! Making a keyring, and adding keys to one: written beside it, synced, renamed.

use std::borrow::Cow;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use zeroize::Zeroizing;

use super::entry::{KeyKind, KeyState};
use super::file::{Keyring, Listed};
use super::form::{self, EntryForm, KeyringForm, VersionForm};
use super::wrap;
use super::{Access, KeyError, KeyId, KeyName};
use crate::crypto::entropy::Entropy;
use crate::crypto::kdf::Root;
use crate::crypto::secret::Secret;
use crate::crypto::wrap::WrapPlace;

/// The first version of a key is used for all event times.
const ALWAYS: &str = "1970-01-01T00:00:00Z";

/// How a keyring that does not exist yet wraps its keys. An existing one keeps its wrap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrap {
    /// The file itself is the secret.
    None,
    /// By a passphrase, with Argon2id.
    Passphrase,
}

/// Keys to be made.
pub struct NewKeys<'a> {
    /// Their names; none may exist yet.
    pub names: &'a [KeyName],
    /// For a keyring that does not exist yet.
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
    let target = target(path)?;
    let draft = Draft::create(target.as_deref().unwrap_or(path))?;
    let text = target.map(|_| access.read(path)).transpose()?;
    let (mut form, unwrap) = match &text {
        Some(text) => (
            form::read(path, text)?,
            // Reading it all first proves that the passphrase is the right one.
            Keyring::read(path, text, access)?.unwrap,
        ),
        None => {
            let form = KeyringForm {
                format: form::FORMAT.into(),
                generation: 0,
                wrap: match new.wrap {
                    Wrap::None => wrap::none(),
                    Wrap::Passphrase => wrap::new_passphrase(entropy),
                },
                keys: Vec::new(),
            };
            let unwrap = wrap::unlock(path, &form.wrap, access)?;
            (form, unwrap)
        }
    };
    form.generation += 1;

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
        let material = Secret::fill(|bytes| entropy.fill(bytes));
        let id = KeyId::new(name.clone(), 1).expect("1 is a version");
        let place = WrapPlace {
            id: &id,
            kind: KeyKind::Root.as_str(),
            use_from: ALWAYS,
        };
        materials.push(unwrap.close(place, &material, entropy));
        made.push(Listed {
            kind: KeyKind::Root,
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
    draft.replace(&form)?;
    Ok(made)
}

/// The file behind `path`, all links followed: a rename would replace the link.
/// `None`: there is none yet.
fn target(path: &Path) -> Result<Option<PathBuf>, KeyError> {
    use std::io::ErrorKind::NotFound;
    match std::fs::canonicalize(path) {
        Ok(target) => Ok(Some(target)),
        Err(error) if error.kind() == NotFound => match std::fs::symlink_metadata(path) {
            Ok(_) => Err(KeyError::NotCreated {
                path: path.to_owned(),
                why: "it is a link to a file that does not exist; name that file".to_owned(),
            }),
            Err(_) => Ok(None),
        },
        Err(error) => Err(KeyError::io(path, "look for the keyring")(error)),
    }
}

/// The new file beside the old one. Creating it is the lock: two writers cannot
/// both have it. Removed again unless it was renamed.
struct Draft {
    keyring: PathBuf,
    path: PathBuf,
    file: File,
    renamed: bool,
}

impl Draft {
    fn create(keyring: &Path) -> Result<Draft, KeyError> {
        let mut name = keyring.file_name().unwrap_or_default().to_owned();
        name.push(".new");
        let path = keyring.with_file_name(name);
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)
            .map_err(|source| match source.kind() {
                std::io::ErrorKind::AlreadyExists => KeyError::Access {
                    path: path.clone(),
                    why: "another `veil keys` is writing this keyring, or one was interrupted"
                        .to_owned(),
                    fix: "wait for it, or remove this file".to_owned(),
                },
                _ => KeyError::NotCreated {
                    path: path.clone(),
                    why: source.to_string(),
                },
            })?;
        Ok(Draft {
            keyring: keyring.to_owned(),
            path,
            file,
            renamed: false,
        })
    }

    fn replace(mut self, form: &KeyringForm<'_>) -> Result<(), KeyError> {
        let keyring = self.keyring.clone();
        // Room for all of it, so that growing leaves no copies behind.
        let mut text = Zeroizing::new(Vec::with_capacity(1 << 16));
        serde_json::to_writer_pretty(&mut *text, form).expect("a keyring is JSON");
        text.push(b'\n');
        let path = self.path.clone();
        self.file
            .write_all(&text)
            .and_then(|()| self.file.sync_all())
            .map_err(KeyError::io(&path, "write the new keyring"))?;
        std::fs::rename(&path, &keyring).map_err(KeyError::io(&keyring, "replace the keyring"))?;
        self.renamed = true;
        let folder = match keyring.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(KeyError::io(folder, "sync the folder of the keyring"))
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.renamed {
            // The error that led here is reported; a leftover is named by the next writer.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
mod tests;
