//! Small files that the program is told to read: whole, and no more than that.
//!
//! **In**: a path, and the most bytes that make sense there. **Out**: its bytes.
//! **Promises**: a pipe is not waited for, a device not read, a file that grows
//! without end not followed.
//! **Does not know**: what the bytes mean, who may read them.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::Path;

/// What stands in a regular file; of one that is longer than `bytes_max`, one byte
/// more than that, so that whoever reads it sees that it is too long.
///
/// # Errors
/// When it is not there, cannot be read, or is no regular file
/// ([`ErrorKind::InvalidInput`]).
pub fn read_small(path: &Path, bytes_max: u64) -> io::Result<Vec<u8>> {
    // Looked at before it is opened: opening a pipe would wait for a writer. And
    // after, because it may be another one by then.
    regular(&std::fs::metadata(path)?)?;
    let file = File::open(path)?;
    let meta = file.metadata()?;
    regular(&meta)?;
    let room = usize::try_from(meta.len().min(bytes_max) + 1).unwrap_or(0);
    let mut bytes = Vec::with_capacity(room);
    file.take(bytes_max + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn regular(meta: &std::fs::Metadata) -> io::Result<()> {
    match meta.is_file() {
        true => Ok(()),
        false if meta.is_dir() => Err(ErrorKind::IsADirectory.into()),
        false => Err(io::Error::new(
            ErrorKind::InvalidInput,
            "it is not a regular file",
        )),
    }
}

/// As [`read_small`], as text; a longer one is an error.
///
/// # Errors
/// As [`read_small`]; and when it is longer ([`ErrorKind::FileTooLarge`]) or no
/// UTF-8 text ([`ErrorKind::InvalidData`]).
pub fn read_small_text(path: &Path, bytes_max: u64) -> io::Result<String> {
    let bytes = read_small(path, bytes_max)?;
    if bytes.len() as u64 > bytes_max {
        let why = format!("it is longer than {bytes_max} bytes");
        return Err(io::Error::new(ErrorKind::FileTooLarge, why));
    }
    String::from_utf8(bytes).map_err(|_| io::Error::new(ErrorKind::InvalidData, "it is not UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_never_ends_is_not_read_and_what_is_long_is_cut() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("f");
        std::fs::write(&path, "0123456789").unwrap();
        assert_eq!(read_small(&path, 10).unwrap(), b"0123456789");
        assert_eq!(read_small(&path, 4).unwrap(), b"01234");
        let kind = |outcome: io::Result<String>| outcome.unwrap_err().kind();
        assert_eq!(kind(read_small_text(&path, 4)), ErrorKind::FileTooLarge);
        std::fs::write(&path, [0xff]).unwrap();
        assert_eq!(kind(read_small_text(&path, 4)), ErrorKind::InvalidData);
        let zero = Path::new("/dev/zero");
        assert_eq!(kind(read_small_text(zero, 4)), ErrorKind::InvalidInput);
        assert_eq!(
            kind(read_small_text(home.path(), 4)),
            ErrorKind::IsADirectory
        );
    }

    #[test]
    fn a_pipe_that_nobody_writes_to_is_not_waited_for() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("pipe");
        let mode = rustix::fs::Mode::from_raw_mode(0o600);
        rustix::fs::mkfifoat(rustix::fs::CWD, &path, mode).unwrap();
        let kind = read_small(&path, 4).unwrap_err().kind();
        assert_eq!(kind, ErrorKind::InvalidInput);
    }
}
