//! Files of Avro records (Apache Avro 1.12, "Object Container Files"): a header with the
//! schema, and blocks of records, packed or not.
//!
//! Nothing is reserved because a file claims a size, and a block unpacks to a bounded
//! number of bytes. What else the header says is not read, and not copied.

mod codec;

pub use codec::Codec;

use std::io::{self, Read};

use super::parse::TEXT_BYTES_MAX;

/// Most bytes of a block, packed and unpacked.
pub const BLOCK_BYTES_MAX: usize = 64 << 20;
/// Most bytes of a header.
pub const HEADER_BYTES_MAX: usize = 4 << 20;
/// Most records of a block whose records take no byte.
const FREE_RECORDS_MAX: u64 = 262_144;

/// How such a file begins.
pub const MAGIC: [u8; 4] = *b"Obj\x01";
const SCHEMA: &[u8] = b"avro.schema";
const CODEC: &[u8] = b"avro.codec";

/// 16 bytes that stand behind the header and behind each block.
pub type Sync = [u8; 16];

/// Why bytes are no such file. Carries no value.
#[derive(Debug, thiserror::Error)]
pub enum BadContainer {
    /// They cannot be read.
    #[error("the file cannot be read: {0}")]
    Io(#[from] io::Error),
    /// It does not begin as such a file does.
    #[error("the file does not begin as an Avro file does (`Obj` and 1)")]
    Magic,
    /// It ends inside the header or a block.
    #[error("the file ends inside its header or a block")]
    Cut,
    /// The header is not as it must be.
    #[error("the header of the file cannot be read: {0}")]
    Header(&'static str),
    /// Its blocks are packed in a way that is not read.
    #[error("the blocks are packed with {0}; null, deflate, zstandard and snappy are read")]
    Codec(&'static str),
    /// A block is not as it must be.
    #[error("block {block}: {what}")]
    Block {
        /// Which, counted from 1.
        block: u64,
        /// What is wrong.
        what: &'static str,
    },
}

/// Reads a file, block by block.
pub struct ContainerReader<R> {
    source: R,
    schema: String,
    codec: Codec,
    sync: Sync,
    blocks: u64,
    packed: Vec<u8>,
}

impl<R: Read> ContainerReader<R> {
    /// Reads the header. `source` should be buffered.
    ///
    /// # Errors
    /// [`BadContainer`].
    pub fn open(mut source: R) -> Result<ContainerReader<R>, BadContainer> {
        let mut magic = [0; MAGIC.len()];
        source.read_exact(&mut magic).map_err(cut)?;
        if magic != MAGIC {
            return Err(BadContainer::Magic);
        }
        let mut header = Header {
            source: (&mut source).take(HEADER_BYTES_MAX as u64),
            schema: None,
            codec: None,
        };
        header.read()?;
        let Header { schema, codec, .. } = header;
        let schema = schema.ok_or(BadContainer::Header("it has no `avro.schema`"))?;
        let schema = String::from_utf8(schema)
            .map_err(|_| BadContainer::Header("its schema is not UTF-8"))?;
        let codec = Codec::named(codec.as_deref().unwrap_or(b"null"));
        let codec = codec.map_err(BadContainer::Codec)?;
        let mut sync = [0; size_of::<Sync>()];
        source.read_exact(&mut sync).map_err(cut)?;
        Ok(ContainerReader {
            source,
            schema,
            codec,
            sync,
            blocks: 0,
            packed: Vec::new(),
        })
    }

    /// The text of the schema that its records were written with.
    pub fn schema(&self) -> &str {
        &self.schema
    }

    /// How its blocks are packed.
    pub fn codec(&self) -> Codec {
        self.codec
    }

    /// Puts the records of the next block, one behind the other, into `records`, and says
    /// how many they are; `None`: there is no further block.
    ///
    /// # Errors
    /// [`BadContainer`]. There is no going on behind a block that is bad.
    pub fn block(&mut self, records: &mut Vec<u8>) -> Result<Option<u64>, BadContainer> {
        records.clear();
        self.blocks += 1;
        let Some(count) = first_long(&mut self.source)? else {
            return Ok(None);
        };
        let block = self.blocks;
        let bad = |what| BadContainer::Block { block, what };
        let count = u64::try_from(count).map_err(|_| bad("it has fewer than no records"))?;
        let size = usize::try_from(long(&mut self.source)?).ok();
        let size = size.filter(|size| *size <= BLOCK_BYTES_MAX);
        let size = size.ok_or_else(|| bad("it is below nothing, or longer than 64 MiB"))?;
        read_len(&mut self.source, size, &mut self.packed)?;
        let mut sync = [0; size_of::<Sync>()];
        self.source.read_exact(&mut sync).map_err(cut)?;
        if sync != self.sync {
            return Err(bad("it does not end where it says"));
        }
        self.codec
            .unpack(&self.packed, BLOCK_BYTES_MAX, records)
            .map_err(bad)?;
        if count > (records.len() as u64).max(FREE_RECORDS_MAX) {
            return Err(bad(
                "it says that it has more records than there are bytes for",
            ));
        }
        Ok(Some(count))
    }
}

/// What of a header is read.
struct Header<R> {
    source: R,
    schema: Option<Vec<u8>>,
    codec: Option<Vec<u8>>,
}

impl<R: Read> Header<R> {
    /// Blocks of names and bytes.
    fn read(&mut self) -> Result<(), BadContainer> {
        let below = || BadContainer::Header("a length is below nothing, or too long");
        loop {
            let count = long(&mut self.source)?;
            if count == 0 {
                return Ok(());
            }
            if count < 0 {
                long(&mut self.source)?;
            }
            // Each takes at least two bytes, and of those there is a bounded number.
            for _ in 0..count.unsigned_abs() {
                let [mut name, mut value] = [Vec::new(), Vec::new()];
                for bytes in [&mut name, &mut value] {
                    let len = usize::try_from(long(&mut self.source)?).ok();
                    let len = len.filter(|len| *len <= HEADER_BYTES_MAX);
                    read_len(&mut self.source, len.ok_or_else(below)?, bytes)?;
                }
                let known = match &name[..] {
                    SCHEMA if value.len() > TEXT_BYTES_MAX => {
                        return Err(BadContainer::Header("its schema is longer than 1 MiB"));
                    }
                    SCHEMA => &mut self.schema,
                    CODEC => &mut self.codec,
                    _ => continue,
                };
                if known.replace(value).is_some() {
                    return Err(BadContainer::Header("it says one thing twice"));
                }
            }
        }
    }
}

/// Writes a file, block by block, at the end of a buffer.
pub struct ContainerWriter {
    codec: Codec,
    sync: Sync,
}

impl ContainerWriter {
    /// Appends the header of a file of records of that schema. `sync` should not be
    /// found in records by chance: a hash of what is written makes a file that comes out
    /// the same again.
    pub fn new(schema: &str, codec: Codec, sync: Sync, out: &mut Vec<u8>) -> ContainerWriter {
        out.extend_from_slice(&MAGIC);
        write_long(2, out);
        for (name, value) in [
            (SCHEMA, schema.as_bytes()),
            (CODEC, codec.name().as_bytes()),
        ] {
            for bytes in [name, value] {
                write_len(bytes.len(), out);
                out.extend_from_slice(bytes);
            }
        }
        write_long(0, out);
        out.extend_from_slice(&sync);
        ContainerWriter { codec, sync }
    }

    /// Appends a block of `count` records that stand one behind the other in `records`.
    ///
    /// # Errors
    /// When there are more than [`BLOCK_BYTES_MAX`], which no reader of ours would take.
    pub fn block(&self, count: u64, records: &[u8], out: &mut Vec<u8>) -> Result<(), TooLong> {
        let count = i64::try_from(count).map_err(|_| TooLong)?;
        if records.len() > BLOCK_BYTES_MAX {
            return Err(TooLong);
        }
        let mut packed = Vec::new();
        self.codec.pack(records, &mut packed);
        write_long(count, out);
        write_len(packed.len(), out);
        out.extend_from_slice(&packed);
        out.extend_from_slice(&self.sync);
        Ok(())
    }
}

/// A block of more bytes than a block may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a block has more than 64 MiB")]
pub struct TooLong;

fn cut(error: io::Error) -> BadContainer {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => BadContainer::Cut,
        _ => BadContainer::Io(error),
    }
}

/// A varint in zigzag, or the end where one would begin.
fn first_long(source: &mut impl Read) -> Result<Option<i64>, BadContainer> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let mut byte = [0];
        match source.read_exact(&mut byte) {
            Err(error) if shift == 0 && error.kind() == io::ErrorKind::UnexpectedEof => {
                return Ok(None);
            }
            read => read.map_err(cut)?,
        }
        value |= u64::from(byte[0] & 0x7f) << shift;
        if byte[0] < 0x80 {
            let value = (value >> 1).cast_signed() ^ (value & 1).cast_signed().wrapping_neg();
            return Ok(Some(value));
        }
    }
    Err(BadContainer::Header("a number of more than 64 bits"))
}

fn long(source: &mut impl Read) -> Result<i64, BadContainer> {
    first_long(source)?.ok_or(BadContainer::Cut)
}

/// So many bytes, which are not reserved before they are there.
fn read_len(source: &mut impl Read, len: usize, out: &mut Vec<u8>) -> Result<(), BadContainer> {
    out.clear();
    let read = source.take(len as u64).read_to_end(out)?;
    match read == len {
        true => Ok(()),
        false => Err(BadContainer::Cut),
    }
}

fn write_long(value: i64, out: &mut Vec<u8>) {
    let mut left = (value.cast_unsigned() << 1) ^ (value >> 63).cast_unsigned();
    while left >= 0x80 {
        out.push((left & 0x7f) as u8 | 0x80);
        left >>= 7;
    }
    out.push(left as u8);
}

fn write_len(len: usize, out: &mut Vec<u8>) {
    write_long(i64::try_from(len).expect("no memory is as long"), out);
}

#[cfg(test)]
#[path = "container_tests.rs"]
mod tests;
