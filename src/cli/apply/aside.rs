//! A file that is there whole or not at all.

use crate::cli::{Exit, Failure};
use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use veilstream::crypto::entropy::{Entropy, OsEntropy};

/// A file that is written beside its place, and takes it once all is in it: whoever looks,
/// or comes after a kill, never sees a part of a release.
pub(super) struct Aside {
    path: PathBuf,
    part: PathBuf,
    file: File,
    /// Who may read it once it is in its place, where no file is there.
    reach: Permissions,
    is_whole: bool,
}

impl Aside {
    /// Nothing in it yet. It has a name that nobody else has, and is made anew: neither is a
    /// link followed, nor a file of another command written to. Until it is whole nothing of
    /// it has left, and it is its owner's alone.
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
        let made = new_file(&part, 0o666).and_then(|open| {
            // As this process makes files. What is opened while others may is theirs for
            // good, so it is another one that is written.
            let reach = open.metadata()?.permissions();
            std::fs::remove_file(&part)?;
            Ok((new_file(&part, 0o600)?, reach))
        });
        let (file, reach) = made.map_err(|e| Failure::not_created(&part, &e))?;
        Ok(Aside {
            path: path.to_owned(),
            part,
            file,
            reach,
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

    /// All is in it: it takes its place, to be read by whoever may read the file that was
    /// there, or a new one.
    ///
    /// # Errors
    /// When it cannot; it is taken away then.
    pub(super) fn finish(&mut self) -> Result<(), Failure> {
        let there = std::fs::symlink_metadata(&self.path).ok();
        let there = there.filter(|there| there.is_file());
        let reach = there.map_or_else(|| self.reach.clone(), |there| there.permissions());
        // Bits that lend somebody's rights are not handed on.
        let reach = Permissions::from_mode(reach.mode() & 0o777);
        let placed = self.file.set_permissions(reach);
        placed
            .and_then(|()| self.file.sync_all())
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

fn new_file(path: &Path, mode: u32) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(mode).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        let there = std::fs::metadata(path).expect("it is there");
        there.permissions().mode() & 0o777
    }

    #[test]
    fn what_has_not_left_is_its_owners_alone_and_what_has_is_as_other_files() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("out.ndjson");
        let plain = folder.path().join("plain");
        File::create(&plain).expect("it can be made");
        let mut aside = Aside::create(&path).expect("it can be made");
        aside.write(b"1\n").expect("it can be written");
        assert_eq!(mode(&aside.part), 0o600);
        aside.finish().expect("it takes its place");
        assert_eq!(mode(&path), mode(&plain));
        // A file that was closed to others stays closed.
        std::fs::set_permissions(&path, Permissions::from_mode(0o640)).expect("ours");
        let mut aside = Aside::create(&path).expect("it can be made");
        assert_eq!(mode(&aside.part), 0o600);
        aside.finish().expect("it takes its place");
        assert_eq!(
            (mode(&path), std::fs::read(&path).unwrap().len()),
            (0o640, 0)
        );
        let left = std::fs::read_dir(folder.path()).expect("a folder").count();
        assert_eq!(left, 2, "nothing lies beside them");
    }
}
