//! How blocks are packed.

/// The ways that are read and written; all but the first in builds with the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codec {
    /// Not at all.
    Null,
    /// RFC 1951, without a header or a sum.
    #[cfg(feature = "cli")]
    Deflate,
    /// RFC 8878.
    #[cfg(feature = "cli")]
    Zstandard,
    /// Snappy's raw format, with the CRC-32 of what was packed behind it: what Spark writes.
    #[cfg(feature = "cli")]
    Snappy,
}

impl Codec {
    /// Every one that this build has.
    pub const ALL: &[Codec] = &[
        Codec::Null,
        #[cfg(feature = "cli")]
        Codec::Deflate,
        #[cfg(feature = "cli")]
        Codec::Zstandard,
        #[cfg(feature = "cli")]
        Codec::Snappy,
    ];

    /// The one of that name in a header; or what it is instead.
    pub(super) fn named(name: &[u8]) -> Result<Codec, &'static str> {
        let known = Codec::ALL
            .iter()
            .find(|codec| codec.name().as_bytes() == name);
        let others = ["deflate", "zstandard", "snappy", "bzip2", "xz"];
        let other = others.iter().find(|other| other.as_bytes() == name);
        known.copied().ok_or(other.unwrap_or(&"something else"))
    }

    /// Its name in a header.
    pub const fn name(self) -> &'static str {
        match self {
            Codec::Null => "null",
            #[cfg(feature = "cli")]
            Codec::Deflate => "deflate",
            #[cfg(feature = "cli")]
            Codec::Zstandard => "zstandard",
            #[cfg(feature = "cli")]
            Codec::Snappy => "snappy",
        }
    }

    /// Appends what `packed` unpacks to, at most `most` bytes.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn unpack(
        self,
        packed: &[u8],
        most: usize,
        out: &mut Vec<u8>,
    ) -> Result<(), &'static str> {
        match self {
            Codec::Null if packed.len() > most => Err(TOO_LONG),
            Codec::Null => {
                out.extend_from_slice(packed);
                Ok(())
            }
            #[cfg(feature = "cli")]
            Codec::Deflate => {
                let mut decoder = flate2::bufread::DeflateDecoder::new(packed);
                unpack_from(&mut decoder, most, out)?;
                // Some writers leave of zlib's sum what they did not cut off.
                match packed.len() as u64 - decoder.total_in() {
                    0..=4 => Ok(()),
                    _ => Err(BROKEN),
                }
            }
            #[cfg(feature = "cli")]
            Codec::Zstandard => {
                let mut rest = packed;
                while !rest.is_empty() {
                    let frame = ruzstd::decoding::StreamingDecoder::new(rest);
                    let mut frame = frame.map_err(|_| BROKEN)?;
                    unpack_from(&mut frame, most, out)?;
                    rest = frame.into_inner();
                }
                Ok(())
            }
            #[cfg(feature = "cli")]
            Codec::Snappy => {
                let (packed, sum) = packed.split_last_chunk::<4>().ok_or(BROKEN)?;
                // The length is said before anything is unpacked.
                let length = snap::raw::decompress_len(packed).map_err(|_| BROKEN)?;
                let end = out.len().checked_add(length);
                let end = end.filter(|end| *end <= most).ok_or(TOO_LONG)?;
                let begin = out.len();
                out.resize(end, 0);
                let unpacked = &mut out[begin..];
                match snap::raw::Decoder::new().decompress(packed, unpacked) {
                    Ok(written) if written == length && crc32(unpacked) == *sum => Ok(()),
                    _ => Err(BROKEN),
                }
            }
        }
    }

    /// Appends `records`, packed.
    pub(super) fn pack(self, records: &[u8], out: &mut Vec<u8>) {
        match self {
            Codec::Null => out.extend_from_slice(records),
            #[cfg(feature = "cli")]
            Codec::Deflate => {
                use std::io::Write as _;
                let level = flate2::Compression::default();
                let mut encoder = flate2::write::DeflateEncoder::new(out, level);
                let written = encoder.write_all(records).and_then(|()| encoder.finish());
                written.expect("memory takes what is written");
            }
            #[cfg(feature = "cli")]
            Codec::Zstandard => {
                let level = ruzstd::encoding::CompressionLevel::Fastest;
                ruzstd::encoding::compress(records, out, level);
            }
            #[cfg(feature = "cli")]
            Codec::Snappy => {
                let begin = out.len();
                out.resize(begin + snap::raw::max_compress_len(records.len()), 0);
                let packed = snap::raw::Encoder::new().compress(records, &mut out[begin..]);
                out.truncate(
                    begin + packed.expect("a block is shorter than 4 GiB, and there is room"),
                );
                out.extend_from_slice(&crc32(records));
            }
        }
    }
}

const TOO_LONG: &str = "it unpacks to more than 64 MiB";
#[cfg(feature = "cli")]
const BROKEN: &str = "what is packed in it cannot be unpacked";

/// CRC-32 of ISO 3309, most significant byte first.
#[cfg(feature = "cli")]
fn crc32(bytes: &[u8]) -> [u8; 4] {
    let mut sum = flate2::Crc::new();
    sum.update(bytes);
    sum.sum().to_be_bytes()
}

#[cfg(feature = "cli")]
fn unpack_from(
    from: &mut impl std::io::Read,
    most: usize,
    out: &mut Vec<u8>,
) -> Result<(), &'static str> {
    use std::io::Read as _;
    let left = (most - out.len()) as u64;
    let read = from.take(left + 1).read_to_end(out);
    match read {
        Ok(_) if out.len() > most => Err(TOO_LONG),
        Ok(_) => Ok(()),
        Err(_) => Err(BROKEN),
    }
}
