//! A file that a person wrote, replaced in one step: another text is there, or the
//! one before.

use super::{Exit, Failure};
use std::fs::{File, OpenOptions};
use std::io::{Error, ErrorKind, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, fchown};
use std::path::Path;
use veilstream::files;

/// Puts `text` in the place of the file, which must still read `before`. Owner and
/// mode stay; a link stays one, and what it leads to is replaced.
///
/// # Errors
/// When it cannot be written, or somebody changed it meanwhile. Nothing is changed
/// then.
pub(super) fn rewrite(path: &Path, before: &str, text: &str) -> Result<(), Failure> {
    replace(path, before, text).map_err(|e| {
        let what = format!("cannot write `{}`", path.display());
        Failure::new(Exit::CannotCreate, what).why(e)
    })
}

fn replace(path: &Path, before: &str, text: &str) -> Result<(), Error> {
    let target = std::fs::canonicalize(path)?;
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    let new = target.with_file_name(format!(".{name}.veil-new"));
    let file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&new)
        .map_err(|e| match e.kind() {
            ErrorKind::AlreadyExists => {
                let why = "another `veil` writes it, or one was interrupted: remove";
                Error::new(e.kind(), format!("{why} `{}`", new.display()))
            }
            _ => e,
        })?;
    let done = fill(file, &target, before, text).and_then(|()| std::fs::rename(&new, &target));
    if done.is_err() {
        // What is left of it is told by the next one.
        let _ = std::fs::remove_file(&new);
    }
    done?;
    files::sync_folder(files::folder_of(&target))
}

fn fill(mut file: File, target: &Path, before: &str, text: &str) -> Result<(), Error> {
    let (old, new) = (std::fs::metadata(target)?, file.metadata()?);
    if (old.uid(), old.gid()) != (new.uid(), new.gid()) {
        fchown(&file, Some(old.uid()), Some(old.gid()))?;
    }
    file.set_permissions(old.permissions())?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    if files::bytes(target, files::TEXT_BYTES_MAX)? != before.as_bytes() {
        return Err(Error::other("it was changed meanwhile: run this again"));
    }
    Ok(())
}
