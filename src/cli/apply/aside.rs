//! A file that is there whole or not at all.

use crate::cli::{Exit, Failure};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use veilstream::crypto::entropy::{Entropy, OsEntropy};

/// A file that is written beside its place, and takes it once all is in it: whoever looks,
/// or comes after a kill, never sees a part of a release.
pub(super) struct Aside {
    path: PathBuf,
    part: PathBuf,
    file: File,
    is_whole: bool,
}

impl Aside {
    /// Nothing in it yet. It has a name that nobody else has, and is made anew: neither is a
    /// link followed, nor a file of another command written to.
    ///
    /// # Errors
    /// When it cannot be made.
    pub(super) fn create(path: &Path) -> Result<Aside, Failure> {
        let mut draw = [0; 8];
        OsEntropy
            .try_fill(&mut draw)
            .map_err(|e| Failure::new(Exit::Unavailable, "no name can be drawn").why(e))?;
        let mut part = path.as_os_str().to_owned();
        part.push(format!(".{:016x}.part", u64::from_be_bytes(draw)));
        let part = PathBuf::from(part);
        let file = OpenOptions::new().write(true).create_new(true).open(&part);
        let file = file.map_err(|e| Failure::not_created(&part, &e))?;
        Ok(Aside {
            path: path.to_owned(),
            part,
            file,
            is_whole: false,
        })
    }

    /// Adds to it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let written = self.file.write_all(bytes);
        written.map_err(|e| Failure::not_written(&self.part, &e))
    }

    /// All is in it: it takes its place.
    ///
    /// # Errors
    /// When it cannot; it is taken away then.
    pub(super) fn finish(&mut self) -> Result<(), Failure> {
        let placed = self.file.sync_all();
        placed
            .and_then(|()| std::fs::rename(&self.part, &self.path))
            .map_err(|e| Failure::not_written(&self.path, &e))?;
        self.is_whole = true;
        Ok(())
    }

    /// It has taken its place.
    pub(super) const fn is_in_place(&self) -> bool {
        self.is_whole
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        if !self.is_whole {
            // What cannot be taken away stays, under a name that is nobody's output.
            let _ = std::fs::remove_file(&self.part);
        }
    }
}
