//! The bytes of scalars that were read before: what they say, and how they are written
//! anew (Protocol Buffers, "Encoding").

use super::node::{Scalar, WireType};

/// The value of a varint that was read before; of no bytes 0.
pub(crate) fn varint(bytes: &[u8]) -> u64 {
    let bits = bytes.iter().rev();
    bits.fold(0, |value, byte| (value << 7) | u64::from(byte & 0x7f))
}

/// The 32 bits that a reader of that type takes of a varint.
pub(crate) fn low(value: u64) -> i32 {
    let [a, b, c, d, ..] = value.to_le_bytes();
    i32::from_le_bytes([a, b, c, d])
}

pub(crate) fn zigzag(value: u64) -> i64 {
    (value >> 1).cast_signed() ^ (value & 1).cast_signed().wrapping_neg()
}

/// True when the bytes of a scalar are its default: 0, nothing, false. Negative zero is
/// another number.
pub(crate) fn is_default(scalar: Scalar, raw: &[u8]) -> bool {
    match (scalar, scalar.wire()) {
        (Scalar::Int32 | Scalar::Uint32 | Scalar::Sint32, _) => low(varint(raw)) == 0,
        (_, WireType::Varint) => varint(raw) == 0,
        (_, WireType::Sized) => raw.is_empty(),
        _ => raw.iter().all(|byte| *byte == 0),
    }
}

/// The bytes of a number of those types that are zero with a sign, as those of the one without:
/// the two are one number.
pub(crate) fn without_zero_sign(scalar: Scalar, raw: &[u8]) -> &[u8] {
    let Some((sign, rest)) = raw.split_last() else {
        return raw;
    };
    let is_negative_zero = *sign == 0x80 && rest.iter().all(|byte| *byte == 0);
    match scalar {
        Scalar::Double if is_negative_zero => &[0; 8],
        Scalar::Float if is_negative_zero => &[0; 4],
        _ => raw,
    }
}

/// True when the bytes of a varint are those that its value is written as: what a
/// reader of that type does not look at would leave with it.
pub(crate) fn is_shortest(scalar: Scalar, raw: &[u8]) -> bool {
    let value = varint(raw);
    taken(scalar, value) == value && (raw.len() == 1 || raw.last() != Some(&0))
}

/// What a reader of that type takes of a varint.
fn taken(scalar: Scalar, value: u64) -> u64 {
    match scalar {
        Scalar::Bool => u64::from(value != 0),
        Scalar::Int32 => i64::from(low(value)).cast_unsigned(),
        Scalar::Uint32 | Scalar::Sint32 => u64::from(low(value).cast_unsigned()),
        _ => value,
    }
}

/// Appends a scalar by its bytes, in the fewest that say the same; of a text or bytes
/// with the length in front. No bytes are the default.
pub(crate) fn write_anew(scalar: Scalar, raw: &[u8], out: &mut Vec<u8>) {
    match scalar.wire() {
        WireType::Varint => write_varint(taken(scalar, varint(raw)), out),
        WireType::Four if raw.is_empty() => out.extend_from_slice(&[0; 4]),
        WireType::Eight if raw.is_empty() => out.extend_from_slice(&[0; 8]),
        WireType::Sized => {
            write_varint(raw.len() as u64, out);
            out.extend_from_slice(raw);
        }
        _ => out.extend_from_slice(raw),
    }
}

/// Appends a number, 7 bits a byte ("Base 128 Varints").
#[inline]
pub(crate) fn write_varint(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Writes the length of all that stands behind the byte at `at` there, and moves it where
/// the length takes more than that byte: by how much.
#[inline]
pub(crate) fn fill_len(at: usize, out: &mut Vec<u8>) -> usize {
    let len = out.len() - at - 1;
    match len {
        0..0x80 => {
            out[at] = len as u8;
            0
        }
        _ => widen(at, len, out),
    }
}

#[cold]
#[inline(never)]
fn widen(at: usize, len: usize, out: &mut Vec<u8>) -> usize {
    let more = varint_len(len as u64) - 1;
    let end = out.len();
    out.resize(end + more, 0);
    out.copy_within(at + 1..end, at + 1 + more);
    let mut left = len;
    for place in &mut out[at..at + more] {
        *place = (left & 0x7f) as u8 | 0x80;
        left >>= 7;
    }
    out[at + more] = left as u8;
    more
}

/// How many bytes a number takes.
#[inline]
pub(crate) fn varint_len(value: u64) -> usize {
    let bits = 64 - (value | 1).leading_zeros();
    bits.div_ceil(7) as usize
}
