//! How a keyring is reached: its permissions, and where its passphrase comes from.

use std::fs::{File, Metadata};
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use zeroize::Zeroizing;

use super::KeyError;

/// Gives the passphrase of the keyring at that path, as it was read; one final
/// line end is taken off here.
pub type Passphrase = dyn Fn(&Path) -> std::io::Result<Zeroizing<Vec<u8>>> + Send + Sync;

/// How keyrings may be read.
#[derive(Default)]
pub struct Access {
    /// The file's group may read it (`--keyring-group-read`).
    pub group_read: bool,
    /// Where a passphrase comes from; `None`: there is none.
    pub passphrase: Option<Box<Passphrase>>,
}

impl std::fmt::Debug for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Access")
            .field("group_read", &self.group_read)
            .field("passphrase", &self.passphrase.is_some())
            .finish()
    }
}

/// Largest keyring read, in bytes.
const BYTES_MAX: u64 = 16 << 20;

impl Access {
    /// The text of the keyring at `path`.
    ///
    /// # Errors
    /// When it cannot be read, or others can reach it.
    pub(super) fn read(&self, path: &Path) -> Result<Zeroizing<String>, KeyError> {
        let cannot_read = "read the keyring";
        // Looked at before it is opened: opening a pipe would wait for a writer.
        let before = std::fs::metadata(path).map_err(KeyError::io(path, cannot_read))?;
        self.check(path, &before)?;
        let mut file = File::open(path).map_err(KeyError::io(path, cannot_read))?;
        let opened = file.metadata().map_err(KeyError::io(path, cannot_read))?;
        self.check(path, &opened)?;
        let mut bytes = Zeroizing::new(Vec::with_capacity(opened.len() as usize + 1));
        file.by_ref()
            .take(BYTES_MAX)
            .read_to_end(&mut bytes)
            .map_err(KeyError::io(path, cannot_read))?;
        match std::str::from_utf8(&bytes) {
            Ok(text) => Ok(Zeroizing::new(text.to_owned())),
            Err(_) => Err(KeyError::Syntax {
                path: path.to_owned(),
                line: 1,
                column: 1,
                why: "it is not UTF-8 text".to_owned(),
            }),
        }
    }

    fn check(&self, path: &Path, file: &Metadata) -> Result<(), KeyError> {
        let refuse = |why: String, fix: String| {
            Err(KeyError::Access {
                path: path.to_owned(),
                why,
                fix,
            })
        };
        let mode = file.mode() & 0o7777;
        let us = rustix::process::geteuid().as_raw();
        let chmod = || format!("run `chmod 600 {}`", path.display());
        if !file.is_file() {
            return refuse(
                "the keyring is not a regular file".to_owned(),
                "name the file itself".to_owned(),
            );
        }
        if file.uid() != us && file.uid() != 0 {
            return refuse(
                format!(
                    "the keyring belongs to user {}, not to root or user {us}",
                    file.uid()
                ),
                "whoever owns the file can change the keys: give it to the user that runs veil"
                    .to_owned(),
            );
        }
        if mode & 0o007 != 0 {
            return refuse(
                format!("others can reach the keyring (mode {mode:04o})"),
                chmod(),
            );
        }
        if mode & 0o030 != 0 {
            return refuse(
                format!("the keyring's group can do more than read it (mode {mode:04o})"),
                chmod(),
            );
        }
        if mode & 0o040 != 0 && !self.group_read {
            return refuse(
                format!("the keyring's group can read it (mode {mode:04o})"),
                format!("{}, or allow it with `--keyring-group-read`", chmod()),
            );
        }
        Ok(())
    }

    /// The passphrase of the keyring at `path`, less one final LF or CRLF.
    pub(super) fn passphrase(&self, path: &Path) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let ask = self
            .passphrase
            .as_ref()
            .ok_or_else(|| KeyError::NoPassphrase {
                path: path.to_owned(),
            })?;
        let mut passphrase =
            ask(path).map_err(KeyError::io(path, "get the keyring's passphrase"))?;
        if passphrase.last() == Some(&b'\n') {
            passphrase.pop();
            if passphrase.last() == Some(&b'\r') {
                passphrase.pop();
            }
        }
        if passphrase.is_empty() {
            return Err(KeyError::NoPassphrase {
                path: path.to_owned(),
            });
        }
        Ok(passphrase)
    }
}
