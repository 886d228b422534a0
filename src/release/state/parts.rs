//! What is too large for one row, in several.

use super::bytes::{Reader, Unreadable, count};
use super::head::Parts;
use crate::crypto::digest;
use crate::record::state_row::VALUE_MAX;

const VERSION: u8 = 1;

/// Most bytes of what one row holds, without what says which row it is.
pub const PART_BYTES_MAX: usize = VALUE_MAX - HEAD;

/// Version, serial, number and count.
const HEAD: usize = 1 + 8 + 4 + 4;

/// The values of the rows that hold those bytes, and what names them.
pub fn split(bytes: &[u8], serial: u64) -> (Parts, Vec<Vec<u8>>) {
    let all: Vec<&[u8]> = bytes.chunks(PART_BYTES_MAX).collect();
    let parts = Parts {
        serial,
        count: u32::try_from(all.len()).expect("less than 2^32 are kept in memory"),
        digest: digest::sha256(bytes),
    };
    let part = |(nth, part): (usize, &&[u8])| {
        let mut out = Vec::with_capacity(part.len() + HEAD);
        out.push(VERSION);
        out.extend_from_slice(&serial.to_be_bytes());
        count(nth, &mut out);
        count(all.len(), &mut out);
        out.extend_from_slice(part);
        out
    };
    let values = all.iter().enumerate().map(part).collect();
    (parts, values)
}

/// The bytes that those rows hold, asked for by their numbers.
///
/// # Errors
/// One is missing, or is of something else.
pub fn join<'v>(
    parts: &Parts,
    mut value: impl FnMut(u32) -> Option<&'v [u8]>,
) -> Result<Vec<u8>, Unreadable> {
    let mut bytes = Vec::new();
    for nth in 0..parts.count {
        let mut at = Reader(value(nth).ok_or(Unreadable)?);
        let is_it = at.u8()? == VERSION
            && at.u64()? == parts.serial
            && at.u32()? == nth
            && at.u32()? == parts.count;
        if !is_it {
            return Err(Unreadable);
        }
        bytes.extend_from_slice(at.0);
    }
    match digest::sha256(&bytes) == parts.digest {
        true => Ok(bytes),
        false => Err(Unreadable),
    }
}
