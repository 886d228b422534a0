//! Files that `veil init` makes.

use super::super::{Exit, Failure};
use std::io::Write;
use std::path::Path;

/// There is something already.
pub(super) fn exists(path: &Path) -> Failure {
    Failure::new(Exit::CannotCreate, format!("`{}` exists", path.display()))
        .why("what somebody has worked on is never written over")
        .help("choose another file, or remove that one")
}

/// Creates the file; somebody else's of the same moment stays.
///
/// # Errors
/// 73 when it is there or cannot be made, 74 when it cannot be written.
pub(super) fn create(path: &Path, text: &str) -> Result<(), Failure> {
    let file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path);
    let mut file = file.map_err(|e| match e.kind() {
        std::io::ErrorKind::AlreadyExists => exists(path),
        _ => Failure::not_created(path, &e),
    })?;
    file.write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        .map_err(|e| Failure::not_written(path, &e))
}
