//! How a keyring is reached: its permissions, and where its passphrase comes from.

use std::fs::Metadata;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::KeyError;
use crate::files;

/// Asks somebody for the passphrase of the keyring at that path.
pub type Ask = dyn Fn(&Path) -> std::io::Result<Zeroizing<Vec<u8>>> + Send + Sync;

/// Where a passphrase comes from. One final line end is not part of it.
pub enum Passphrase {
    /// A file, closed to others as the keyring itself; or a pipe.
    File(PathBuf),
    /// Somebody is asked.
    Ask(Box<Ask>),
}

/// How keyrings may be read.
#[derive(Default)]
pub struct Access {
    /// The group of keyring and passphrase file may read them
    /// (`--keyring-group-read`).
    pub group_read: bool,
    /// Where a passphrase comes from; `None`: there is none.
    pub passphrase: Option<Passphrase>,
}

impl std::fmt::Debug for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Access")
            .field("group_read", &self.group_read)
            .field("passphrase", &self.passphrase.is_some())
            .finish()
    }
}

/// A kind of file that holds a secret.
struct Kind {
    /// As messages call it.
    name: &'static str,
    reading: &'static str,
    /// A pipe will do: its writer is a process of ours.
    or_pipe: bool,
    bytes_max: u64,
}

/// Most bytes of a keyring.
pub(super) const KEYRING_BYTES_MAX: u64 = 16 << 20;

const KEYRING: Kind = Kind {
    name: "keyring",
    reading: "read the keyring",
    or_pipe: false,
    bytes_max: KEYRING_BYTES_MAX,
};

const PASSPHRASE: Kind = Kind {
    name: "passphrase file",
    reading: "read the passphrase file",
    or_pipe: true,
    bytes_max: 1 << 16,
};

/// Why it is not read.
enum Refused {
    Access(KeyError),
    Io(std::io::Error),
}

impl From<std::io::Error> for Refused {
    fn from(error: std::io::Error) -> Refused {
        Refused::Io(error)
    }
}

impl Access {
    /// The text of the keyring at `path`.
    ///
    /// # Errors
    /// When it cannot be read, or others can reach it.
    pub(super) fn read(&self, path: &Path) -> Result<Zeroizing<String>, KeyError> {
        let bytes = self.read_closed(path, &KEYRING)?;
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

    fn read_closed(&self, path: &Path, kind: &Kind) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let failed = KeyError::io(path, kind.reading);
        let check = |there: &Metadata| self.check(path, kind, there).map_err(Refused::Access);
        let file = files::opened(path, &check)
            .and_then(|file| Ok(files::all_of_secret(file, kind.bytes_max)?));
        file.map_err(|refused| match refused {
            Refused::Access(error) => error,
            Refused::Io(error) => failed(error),
        })
    }

    fn check(&self, path: &Path, kind: &Kind, file: &Metadata) -> Result<(), KeyError> {
        let name = kind.name;
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
        let readable = file.is_file() || (kind.or_pipe && file.file_type().is_fifo());
        if !readable {
            return refuse(
                format!("the {name} is not a regular file"),
                "name the file itself".to_owned(),
            );
        }
        if file.uid() != us && file.uid() != 0 {
            return refuse(
                format!(
                    "the {name} belongs to user {}, not to root or user {us}",
                    file.uid()
                ),
                "whoever owns the file can change it: give it to the user that runs veil"
                    .to_owned(),
            );
        }
        if mode & 0o007 != 0 {
            return refuse(
                format!("others can reach the {name} (mode {mode:04o})"),
                chmod(),
            );
        }
        if mode & 0o030 != 0 {
            return refuse(
                format!("the {name}'s group can do more than read it (mode {mode:04o})"),
                chmod(),
            );
        }
        if mode & 0o040 != 0 && !self.group_read {
            return refuse(
                format!("the {name}'s group can read it (mode {mode:04o})"),
                format!("{}, or allow it with `--keyring-group-read`", chmod()),
            );
        }
        Ok(())
    }

    /// The passphrase of the keyring at `path`, less one final LF or CRLF.
    pub(super) fn passphrase(&self, path: &Path) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let mut passphrase = match &self.passphrase {
            Some(Passphrase::File(file)) => self.read_closed(file, &PASSPHRASE)?,
            Some(Passphrase::Ask(ask)) => {
                ask(path).map_err(KeyError::io(path, "get the keyring's passphrase"))?
            }
            None => {
                return Err(KeyError::NoPassphrase {
                    path: path.to_owned(),
                });
            }
        };
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
