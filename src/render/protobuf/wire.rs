//! Tags, and lengths that are filled in once they are known.

use crate::record::jobs::Jobs;
use crate::schema::protobuf::node::WireType;
use crate::schema::protobuf::scalar::fill_len;
pub(super) use crate::schema::protobuf::scalar::{varint_len, write_varint};
use crate::schema::protobuf::typed::Tag;

/// That of a field of that number.
pub(super) const fn tag(number: u32, wire: WireType) -> Tag {
    Tag::new(number, wire)
}

#[inline]
pub(super) fn write_tag(tag: Tag, buf: &mut Vec<u8>) {
    write_varint(tag.raw().into(), buf);
}

#[inline]
pub(super) fn write_len(len: usize, buf: &mut Vec<u8>) {
    write_varint(len as u64, buf);
}

/// Keeps a byte free for a length, and its place.
#[inline]
pub(super) fn hold(buf: &mut Vec<u8>) -> u32 {
    let at = u32::try_from(buf.len()).expect("a batch stays below 4 GiB");
    buf.push(0);
    at
}

/// Writes the length of all that stands behind that place into it.
#[inline]
pub(super) fn fill(at: u32, buf: &mut Vec<u8>, jobs: &mut Jobs) {
    let at = at as usize;
    let more = fill_len(at, buf);
    if more > 0 {
        jobs.shift(at + 1, more);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_as_long_as_it_need_be() {
        for len in [0usize, 1, 127, 128, 300, 16_383, 16_384, 2_097_152] {
            let mut buf = b"before".to_vec();
            let at = hold(&mut buf);
            let body: Vec<u8> = (0..len).map(|n| n as u8).collect();
            buf.extend_from_slice(&body);
            fill(at, &mut buf, &mut Jobs::default());
            let mut expected = b"before".to_vec();
            write_len(len, &mut expected);
            assert_eq!(expected.len(), 6 + varint_len(len as u64));
            expected.extend_from_slice(&body);
            assert!(buf == expected, "{len}");
        }
        assert_eq!(varint_len(u64::MAX), 10);
    }
}
