//! The state of consent in a file.
//!
//! ```text
//! "VEILCS01" ‖ identity 32 ‖ written i64 ms ‖ u16 length ‖ topic
//!   ‖ u32 n ‖ n × i64 position ‖ the table ‖ SHA-256 of all before
//! ```
//! Numbers are little-endian. The file identifies nobody who does not hold the index key,
//! and says what each person decided: personal data, so it is the owner's alone.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use crate::consent::state::{NoImage, Snapshot, Table};
use crate::crypto::digest::{Hashing, sha256};
use crate::files;

const MAGIC: &[u8; 8] = b"VEILCS01";
/// Bytes of the digest at the end.
const DIGEST: u64 = 32;
/// Most partitions of a topic that are taken for real.
const PARTITIONS_MAX: u32 = 100_000;
const BUFFER: usize = 1 << 20;

/// What a file of the state goes with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Under {
    /// Digest of what the table was made with: the index key's check value, how records
    /// are read, when grants end.
    pub identity: [u8; 32],
    /// The topic.
    pub topic: String,
}

/// What was found.
pub struct Found {
    /// All that was known; nothing of it is visible yet.
    pub table: Table,
    /// Of each partition, the offset of the next record.
    pub positions: Vec<i64>,
    /// When it was written, in milliseconds since 1970.
    pub written_ms: i64,
}

/// Why a file is of no use. It says nothing of what stands in it.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// There is none.
    #[error("there is none")]
    Missing,
    /// It cannot be read.
    #[error("it cannot be read: {0}")]
    Io(#[from] io::Error),
    /// Somebody else may write or read it.
    #[error("it is not its owner's alone: its mode must be 0600, and its owner this user")]
    Shared,
    /// It is none of ours, or of another version.
    #[error("it is no file of the consent state, or of another version")]
    Foreign,
    /// It is of another key, topic, or way to read it.
    #[error("it is of another key, topic or policy")]
    Other,
    /// It is cut or changed.
    #[error("it is damaged")]
    Damaged,
}

impl From<NoImage> for Unusable {
    fn from(why: NoImage) -> Unusable {
        match why {
            NoImage::Unreadable(e) if e.kind() != io::ErrorKind::UnexpectedEof => Unusable::Io(e),
            _ => Unusable::Damaged,
        }
    }
}

/// Writes a version of the state, read so far, in place of the file at `path`: beside it,
/// synced, then renamed.
///
/// # Errors
/// As the system says; then the file is as it was.
pub fn write(
    path: &Path,
    under: &Under,
    positions: &[i64],
    written_ms: i64,
    snapshot: &Snapshot,
) -> io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let beside = Path::new(&beside);
    // What a process left that was killed while it wrote.
    match fs::remove_file(beside) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
        _ => {}
    }
    let file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(beside)?;
    let written =
        fill(file, under, positions, written_ms, snapshot).and_then(|()| fs::rename(beside, path));
    if written.is_err() {
        // It is of no use to anybody.
        let _ = fs::remove_file(beside);
    }
    written?;
    files::sync_folder(files::folder_of(path))
}

fn fill(
    file: File,
    under: &Under,
    positions: &[i64],
    written_ms: i64,
    snapshot: &Snapshot,
) -> io::Result<()> {
    let too_long = || io::Error::other("a topic has no such name");
    let mut out = Hashed {
        inner: BufWriter::with_capacity(BUFFER, file),
        hashing: Hashing::default(),
    };
    out.write_all(MAGIC)?;
    out.write_all(&under.identity)?;
    out.write_all(&written_ms.to_le_bytes())?;
    let length = u16::try_from(under.topic.len()).map_err(|_| too_long())?;
    out.write_all(&length.to_le_bytes())?;
    out.write_all(under.topic.as_bytes())?;
    let partitions = u32::try_from(positions.len()).map_err(|_| too_long())?;
    out.write_all(&partitions.to_le_bytes())?;
    for position in positions {
        out.write_all(&position.to_le_bytes())?;
    }
    snapshot.write_to(&mut out)?;
    let Hashed { mut inner, hashing } = out;
    inner.write_all(&hashing.finish())?;
    let file = inner.into_inner().map_err(|e| e.into_error())?;
    file.sync_all()
}

/// Reads the file at `path`, when it goes with that.
///
/// # Errors
/// Why it is of no use.
pub fn load(path: &Path, under: &Under) -> Result<Found, Unusable> {
    let file = files::open(path).map_err(|e| match e.kind() {
        io::ErrorKind::NotFound => Unusable::Missing,
        _ => Unusable::Io(e),
    })?;
    let there = file.metadata()?;
    let ours = there.uid() == rustix::process::geteuid().as_raw();
    if there.mode() & 0o077 != 0 || !ours {
        return Err(Unusable::Shared);
    }
    let length = there.len().checked_sub(DIGEST).ok_or(Unusable::Foreign)?;
    let inner = BufReader::with_capacity(BUFFER, file);
    let mut from = Hashed {
        inner: inner.take(length),
        hashing: Hashing::default(),
    };
    if bytes(&mut from)? != *MAGIC {
        return Err(Unusable::Foreign);
    }
    let identity: [u8; 32] = bytes(&mut from)?;
    let written_ms = i64::from_le_bytes(bytes(&mut from)?);
    let mut topic = vec![0; usize::from(u16::from_le_bytes(bytes(&mut from)?))];
    from.read_exact(&mut topic).map_err(cut)?;
    if identity != under.identity || topic != under.topic.as_bytes() {
        return Err(Unusable::Other);
    }
    let partitions = u32::from_le_bytes(bytes(&mut from)?);
    if partitions > PARTITIONS_MAX {
        return Err(Unusable::Damaged);
    }
    let position = |from: &mut _| Ok::<_, Unusable>(i64::from_le_bytes(bytes(from)?));
    let positions = (0..partitions).map(|_| position(&mut from));
    let positions = positions.collect::<Result<Vec<i64>, Unusable>>()?;
    let table = Table::read_from(&mut from, length)?;
    let Hashed { inner, hashing } = from;
    if inner.limit() != 0 {
        return Err(Unusable::Damaged);
    }
    let digest: [u8; 32] = bytes(&mut inner.into_inner())?;
    if digest != hashing.finish() {
        return Err(Unusable::Damaged);
    }
    Ok(Found {
        table,
        positions,
        written_ms,
    })
}

/// The digest of parts, none of which runs into the next: for [`Under::identity`].
pub fn identity(parts: &[&[u8]]) -> [u8; 32] {
    let mut all = Vec::new();
    for part in parts {
        all.extend((part.len() as u64).to_le_bytes());
        all.extend_from_slice(part);
    }
    sha256(&all)
}

fn bytes<const N: usize>(from: &mut impl Read) -> Result<[u8; N], Unusable> {
    let mut bytes = [0; N];
    from.read_exact(&mut bytes).map_err(cut)?;
    Ok(bytes)
}

fn cut(error: io::Error) -> Unusable {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => Unusable::Damaged,
        _ => Unusable::Io(error),
    }
}

/// Hashes what goes through it.
struct Hashed<T> {
    inner: T,
    hashing: Hashing,
}

impl<T: Write> Write for Hashed<T> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.hashing.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl<T: Read> Read for Hashed<T> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(into)?;
        self.hashing.update(&into[..read]);
        Ok(read)
    }
}

#[cfg(test)]
#[path = "consent_file_tests.rs"]
mod tests;
