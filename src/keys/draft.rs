//! A keyring replaced in one step: written beside it, synced, renamed.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::access::KEYRING_BYTES_MAX;
use super::form::KeyringForm;
use super::{Access, KeyError};
use crate::files;

/// The new file beside the old one. Creating it is the lock: two writers cannot
/// both have it. Removed again unless it was renamed.
pub(super) struct Draft {
    keyring: PathBuf,
    path: PathBuf,
    file: File,
    renamed: bool,
}

impl Draft {
    /// A draft for the keyring at `path`, links followed, and the text that is to
    /// be replaced: read under the lock. `None`: there is no keyring yet.
    ///
    /// # Errors
    /// When somebody else is writing, or the keyring may not be read.
    pub(super) fn of(
        path: &Path,
        access: &Access,
    ) -> Result<(Draft, Option<Zeroizing<String>>), KeyError> {
        let target = target(path)?;
        let draft = Draft::create(target.as_deref().unwrap_or(path))?;
        let text = target.map(|_| access.read(path)).transpose()?;
        Ok((draft, text))
    }

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
                ErrorKind::AlreadyExists => KeyError::Access {
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

    /// Puts `text` in the place of the keyring, which must still read `before`.
    /// Owner, group and what the group may do stay as they are.
    ///
    /// # Errors
    /// When it cannot be written, or somebody changed the keyring meanwhile.
    /// Nothing is changed then.
    pub(super) fn replace(
        mut self,
        before: Option<&Zeroizing<String>>,
        text: &[u8],
    ) -> Result<(), KeyError> {
        let (path, keyring) = (self.path.clone(), self.keyring.clone());
        self.belongs_as(before.is_some())?;
        self.is_empty()?;
        self.file
            .write_all(text)
            .and_then(|()| self.file.sync_all())
            .map_err(KeyError::io(&path, "write the new keyring"))?;
        self.nobody_else_wrote(before)?;
        std::fs::rename(&path, &keyring).map_err(KeyError::io(&keyring, "replace the keyring"))?;
        self.renamed = true;
        let folder = files::folder_of(&keyring);
        files::sync_folder(folder).map_err(KeyError::io(folder, "sync the folder of the keyring"))
    }

    /// The sidecar that reads the old file must be able to read the new one.
    fn belongs_as(&self, replaces: bool) -> Result<(), KeyError> {
        if !replaces {
            return Ok(());
        }
        let doing = "give the new keyring the owner and the mode of the old one";
        let failed = |error| KeyError::io(&self.keyring, doing)(error);
        let old = std::fs::metadata(&self.keyring).map_err(failed)?;
        let new = self.file.metadata().map_err(failed)?;
        if (old.uid(), old.gid()) != (new.uid(), new.gid()) {
            fchown(&self.file, Some(old.uid()), Some(old.gid())).map_err(failed)?;
        }
        let mode = 0o600 | (old.mode() & 0o040);
        let permissions = std::fs::Permissions::from_mode(mode);
        self.file.set_permissions(permissions).map_err(failed)
    }

    /// What another program wrote into it would become part of the keyring.
    fn is_empty(&self) -> Result<(), KeyError> {
        let draft = self.file.metadata();
        let draft = draft.map_err(KeyError::io(&self.path, "look at the new keyring"))?;
        if draft.len() == 0 {
            return Ok(());
        }
        Err(KeyError::Access {
            path: self.path.clone(),
            why: "something else writes to this file, nothing was changed".to_owned(),
            fix: "leave its name to `veil keys`".to_owned(),
        })
    }

    /// The lock is a file, and a file can be removed by hand while its writer
    /// lives: then two of them would replace each other's keyring.
    fn nobody_else_wrote(&self, before: Option<&Zeroizing<String>>) -> Result<(), KeyError> {
        let same =
            |a: &std::fs::Metadata, b: &std::fs::Metadata| (a.dev(), a.ino()) == (b.dev(), b.ino());
        let ours = match (std::fs::symlink_metadata(&self.path), self.file.metadata()) {
            (Ok(there), Ok(ours)) => same(&there, &ours),
            _ => false,
        };
        let now = files::secret(&self.keyring, KEYRING_BYTES_MAX);
        let unchanged = match (before, now) {
            (Some(before), Ok(now)) => before.as_bytes() == &now[..],
            (None, Err(error)) => error.kind() == ErrorKind::NotFound,
            _ => false,
        };
        if ours && unchanged {
            return Ok(());
        }
        Err(KeyError::Access {
            path: self.keyring.clone(),
            why: "somebody else changed the keyring meanwhile, nothing was written".to_owned(),
            fix: "look at it with `veil keys ls` and try again".to_owned(),
        })
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // The error that led here is reported; a leftover is named by the next
        // writer. A draft of somebody else in its place is not ours to remove.
        let ours = self.file.metadata().map(|m| (m.dev(), m.ino())).ok();
        let there = std::fs::symlink_metadata(&self.path);
        if !self.renamed && there.map(|m| (m.dev(), m.ino())).ok() == ours {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// The keyring as it is written.
pub(super) fn text_of(form: &KeyringForm<'_>) -> Zeroizing<Vec<u8>> {
    // Room for all of it, so that growing leaves no copies behind: a version takes
    // less than 512 bytes.
    let versions: usize = form.keys.iter().map(|e| e.versions.len() + 1).sum();
    let mut text = Zeroizing::new(Vec::with_capacity((1 << 12) + 512 * versions));
    serde_json::to_writer_pretty(&mut *text, form).expect("a keyring is JSON");
    text.push(b'\n');
    text
}

/// The file behind `path`, all links followed: a rename would replace the link.
/// `None`: there is none yet.
fn target(path: &Path) -> Result<Option<PathBuf>, KeyError> {
    match std::fs::canonicalize(path) {
        Ok(target) => Ok(Some(target)),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            match std::fs::symlink_metadata(path) {
                Ok(_) => Err(KeyError::NotCreated {
                    path: path.to_owned(),
                    why: "it is a link to a file that does not exist; name that file".to_owned(),
                }),
                Err(_) => Ok(None),
            }
        }
        Err(error) => Err(KeyError::io(path, "look for the keyring")(error)),
    }
}
