//! How blocks are packed.

/// The ways that are read and written; the last two in builds with the command line.
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
}

impl Codec {
    /// Every one that this build has.
    pub const ALL: &[Codec] = &[
        Codec::Null,
        #[cfg(feature = "cli")]
        Codec::Deflate,
        #[cfg(feature = "cli")]
        Codec::Zstandard,
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
        }
    }
}

const TOO_LONG: &str = "it unpacks to more than 64 MiB";
#[cfg(feature = "cli")]
const BROKEN: &str = "what is packed in it cannot be unpacked";

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
