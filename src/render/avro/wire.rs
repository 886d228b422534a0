//! Numbers and lengths as they stand on the wire (Apache Avro 1.12, "Binary Encoding").

use crate::record::append::append;
use crate::schema::avro::typed::Branch;

/// The number of a branch, where the place is a union.
#[inline]
pub(super) fn write_branch(branch: Branch, buf: &mut Vec<u8>) {
    if let Some(number) = branch.number() {
        write_long(number.into(), buf);
    }
}

/// A number in zigzag, 7 bits a byte ("Primitive Types").
#[inline]
pub(super) fn write_long(value: i64, buf: &mut Vec<u8>) {
    let mut left = (value.cast_unsigned() << 1) ^ (value >> 63).cast_unsigned();
    while left >= 0x80 {
        buf.push((left & 0x7f) as u8 | 0x80);
        left >>= 7;
    }
    buf.push(left as u8);
}

/// A length, or a count.
pub(super) fn write_len(len: usize, buf: &mut Vec<u8>) {
    write_long(i64::try_from(len).expect("no memory is as long"), buf);
}

/// Bytes, with their length in front.
pub(super) fn write_text(text: &[u8], buf: &mut Vec<u8>) {
    write_len(text.len(), buf);
    append(text, buf);
}
