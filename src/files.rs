//! Small files, read whole.
//!
//! **In**: a path, and the most bytes that such a file may hold. **Out**: what stands
//! in it. **Promises**: a pipe, a device or a file without end neither keeps the
//! caller waiting nor takes its memory: only a regular file is read, and of that no
//! more than was said. One exception: who brings a check of its own may let a pipe
//! pass, and waits for it; of that no more than was said is read either. **Does not
//! know**: what the bytes mean, and who may read them.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::fs::OFlags;
use zeroize::Zeroizing;

/// Most bytes of a file of one value: a token, a password.
pub const VALUE_BYTES_MAX: u64 = 1 << 20;

/// Most bytes of a file that people write: a policy, or settings. More than a policy
/// may have, so that one somewhat too long is told so by a finding.
pub const TEXT_BYTES_MAX: u64 = 4 << 20;

/// The folder that a file lies in, as its path says it.
pub fn folder_of(file: &Path) -> &Path {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Makes what a folder lists outlive a loss of power: a file that is new in it, or took the
/// place of another.
///
/// # Errors
/// When the folder cannot be opened, or written to its disk.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// A regular file, open for reading.
///
/// # Errors
/// When it cannot be opened, or is another kind of file.
pub fn open(path: &Path) -> io::Result<File> {
    opened(path, &regular)
}

/// Opens what `check` lets pass, before it is opened and after. A pipe that it lets pass
/// is waited for.
///
/// # Errors
/// When it cannot be opened, or `check` refuses it.
pub(crate) fn opened<E: From<io::Error>>(
    path: &Path,
    check: &dyn Fn(&Metadata) -> Result<(), E>,
) -> Result<File, E> {
    // Looked at before it is opened: a device may do something when it is opened.
    let before = std::fs::metadata(path)?;
    check(&before)?;
    let mut how = OpenOptions::new();
    how.read(true);
    // A pipe that took the place of the file would wait for a writer.
    if before.is_file() {
        how.custom_flags(OFlags::NONBLOCK.bits().cast_signed());
    }
    let file = how.open(path)?;
    check(&file.metadata()?)?;
    Ok(file)
}

/// What stands in the regular file at `path`: at most `bytes_max` bytes.
///
/// # Errors
/// When it cannot be read, is another kind of file, or holds more.
pub fn bytes(path: &Path, bytes_max: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    fill(open(path)?, bytes_max, &mut bytes)?;
    Ok(bytes)
}

/// The same of a file that holds a secret: no copy is left behind.
///
/// # Errors
/// As [`bytes`].
pub fn secret(path: &Path, bytes_max: u64) -> io::Result<Zeroizing<Vec<u8>>> {
    all_of_secret(open(path)?, bytes_max)
}

/// The same of an open file.
///
/// # Errors
/// When it cannot be read, or holds more.
pub(crate) fn all_of_secret(file: File, bytes_max: u64) -> io::Result<Zeroizing<Vec<u8>>> {
    let there = file.metadata()?;
    // Room for all of it, so that growing leaves no copies behind.
    let room = match there.is_file() {
        true => there.len().min(bytes_max),
        false => bytes_max,
    };
    // And one more, by which the end is seen.
    let mut bytes = Zeroizing::new(Vec::with_capacity(room as usize + 1));
    fill(file, bytes_max, &mut bytes)?;
    Ok(bytes)
}

/// The same as text.
///
/// # Errors
/// As [`bytes`], and when it is not UTF-8.
pub fn text(path: &Path, bytes_max: u64) -> io::Result<String> {
    let bytes = bytes(path, bytes_max)?;
    String::from_utf8(bytes)
        .map_err(|_| io::Error::new(ErrorKind::InvalidData, "it is not UTF-8 text"))
}

/// What `input` has, at most `bytes_max` bytes, behind what is in `bytes`.
///
/// # Errors
/// When it cannot be read, or there are more.
pub fn fill(input: impl Read, bytes_max: u64, bytes: &mut Vec<u8>) -> io::Result<()> {
    let read = input.take(bytes_max.saturating_add(1)).read_to_end(bytes)?;
    if read as u64 > bytes_max {
        let why = format!("it has more than {bytes_max} bytes");
        return Err(io::Error::new(ErrorKind::FileTooLarge, why));
    }
    Ok(())
}

fn regular(file: &Metadata) -> io::Result<()> {
    if file.is_file() {
        return Ok(());
    }
    let why = match file.is_dir() {
        true => "it is a folder: name a file in it",
        false => "it is not a regular file: name the file itself",
    };
    Err(io::Error::new(ErrorKind::InvalidInput, why))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_end_a_pipe_and_a_folder_are_refused_at_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file");
        std::fs::write(&path, "12345678").expect("it can be written");
        assert_eq!(bytes(&path, 8).expect("it fits"), b"12345678");
        assert_eq!(*secret(&path, 8).expect("it fits"), b"12345678");
        assert_eq!(text(&path, 8).expect("it fits"), "12345678");
        let refused = |path: &Path, max| {
            let error = bytes(path, max).expect_err("it is refused");
            let secret = secret(path, max).expect_err("it is refused");
            assert_eq!(error.kind(), secret.kind());
            error.kind()
        };
        assert_eq!(refused(&path, 7), ErrorKind::FileTooLarge);
        let sparse = File::create(&path).expect("it can be made");
        sparse.set_len(1 << 40).expect("it has holes");
        assert_eq!(refused(&path, 7), ErrorKind::FileTooLarge);
        assert_eq!(refused(folder.path(), 7), ErrorKind::InvalidInput);
        assert_eq!(refused(Path::new("/dev/zero"), 7), ErrorKind::InvalidInput);
        let pipe = folder.path().join("pipe");
        rustix::fs::mknodat(
            rustix::fs::CWD,
            &pipe,
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
            0,
        )
        .expect("it can be made");
        assert_eq!(refused(&pipe, 7), ErrorKind::InvalidInput);
        // As if it had taken the place of the file between two looks.
        let once = std::cell::Cell::new(false);
        let swapped = opened(&path, &|there| {
            if once.replace(true) {
                return regular(there);
            }
            std::fs::rename(&pipe, &path)
        });
        let error = swapped.expect_err("it is refused");
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert_eq!(refused(&path, 7), ErrorKind::InvalidInput);
    }
}
