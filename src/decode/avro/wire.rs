//! The bytes of a record, and what is read of them one after the other.

use super::refused::Fault;

/// Bytes, and how far they are read.
pub(super) struct Wire<'r> {
    bytes: &'r [u8],
    at: usize,
}

impl<'r> Wire<'r> {
    pub(super) fn new(bytes: &'r [u8]) -> Self {
        Wire { bytes, at: 0 }
    }

    pub(super) fn bytes(&self) -> &'r [u8] {
        self.bytes
    }

    /// The place of the next byte.
    #[inline]
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// How many bytes are left.
    #[inline]
    pub(super) fn left(&self) -> usize {
        self.bytes.len() - self.at
    }

    #[inline]
    pub(super) fn take(&mut self, len: usize) -> Result<&'r [u8], Fault> {
        let taken = self.bytes[self.at..].get(..len).ok_or(Fault::Cut)?;
        self.at += len;
        Ok(taken)
    }

    #[inline]
    pub(super) fn skip(&mut self, len: usize) -> Result<(), Fault> {
        self.take(len).map(drop)
    }

    pub(super) fn boolean(&mut self) -> Result<bool, Fault> {
        match self.take(1)? {
            [0] => Ok(false),
            [1] => Ok(true),
            _ => Err(Fault::Boolean),
        }
    }

    /// A varint in zigzag, of 64 bits, in as few bytes as it takes.
    #[inline]
    pub(super) fn long(&mut self) -> Result<i64, Fault> {
        match self.bytes.get(self.at) {
            Some(&byte) if byte < 0x80 => {
                self.at += 1;
                Ok(unzigzag(u64::from(byte)))
            }
            _ => self.longer(),
        }
    }

    fn longer(&mut self) -> Result<i64, Fault> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = *self.bytes.get(self.at).ok_or(Fault::Cut)?;
            self.at += 1;
            if shift == 63 && byte > 1 {
                return Err(Fault::Varint);
            }
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                // A last byte of nothing but zeros says nothing.
                return match byte {
                    0 if shift > 0 => Err(Fault::Varint),
                    _ => Ok(unzigzag(value)),
                };
            }
        }
        Err(Fault::Varint)
    }

    /// The same, of 32 bits.
    #[inline]
    pub(super) fn int(&mut self) -> Result<(), Fault> {
        let value = self.long()?;
        i32::try_from(value).map(drop).map_err(|_| Fault::Varint)
    }

    /// A length, of no more bytes than are left.
    #[inline]
    pub(super) fn length(&mut self) -> Result<usize, Fault> {
        let length = usize::try_from(self.long()?).map_err(|_| Fault::Length)?;
        if length > self.left() {
            return Err(Fault::Cut);
        }
        Ok(length)
    }
}

fn unzigzag(value: u64) -> i64 {
    (value >> 1).cast_signed() ^ (value & 1).cast_signed().wrapping_neg()
}

/// The value of a varint that was read before.
pub(super) fn varint(bytes: &[u8]) -> i64 {
    let bits = bytes.iter().rev();
    unzigzag(bits.fold(0, |value, byte| (value << 7) | u64::from(byte & 0x7f)))
}

/// Most texts of events are short and plain.
#[inline]
pub(in crate::decode) fn is_utf8(text: &[u8]) -> bool {
    let (words, rest) = text.as_chunks::<8>();
    let mut bits = words
        .iter()
        .fold(0, |bits, word| bits | u64::from_le_bytes(*word));
    bits |= rest.iter().fold(0, |bits, byte| bits | u64::from(*byte));
    bits & 0x8080_8080_8080_8080 == 0 || simdutf8::basic::from_utf8(text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// By the specification's words: zigzag, then 7 bits a byte, least first.
    fn written(value: i64) -> Vec<u8> {
        let mut left = (value.cast_unsigned() << 1) ^ (value >> 63).cast_unsigned();
        let mut out = Vec::new();
        while left >= 0x80 {
            out.push((left & 0x7f) as u8 | 0x80);
            left >>= 7;
        }
        out.push(left as u8);
        out
    }

    #[test]
    fn numbers_are_those_of_the_specification() {
        // "Primitive Types" of the specification.
        for (value, bytes) in [
            (0, &[0x00][..]),
            (-1, &[0x01]),
            (1, &[0x02]),
            (-2, &[0x03]),
            (2, &[0x04]),
            (-64, &[0x7f]),
            (64, &[0x80, 0x01]),
        ] {
            assert_eq!(Wire::new(bytes).long(), Ok(value));
            assert_eq!(varint(bytes), value);
        }
    }

    #[test]
    fn no_number_has_two_spellings() {
        for bytes in [
            &[0x80, 0x00][..],
            &[0x82, 0x80, 0x00],
            &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02],
            &[0x80; 10],
        ] {
            assert_eq!(Wire::new(bytes).long(), Err(Fault::Varint));
        }
        assert_eq!(Wire::new(&[0x80; 9]).long(), Err(Fault::Cut));
        assert_eq!(
            Wire::new(&written(i64::from(i32::MAX) + 1)).int(),
            Err(Fault::Varint)
        );
        assert_eq!(Wire::new(&[0x01]).length(), Err(Fault::Length));
        assert_eq!(Wire::new(&[0x04, 0]).length(), Err(Fault::Cut));
        assert_eq!(Wire::new(&[2]).boolean(), Err(Fault::Boolean));
    }

    proptest! {
        #[test]
        fn every_number_reads_back(value: i64) {
            let bytes = written(value);
            let mut wire = Wire::new(&bytes);
            prop_assert_eq!(wire.long(), Ok(value));
            prop_assert_eq!(wire.left(), 0);
            prop_assert_eq!(varint(&bytes), value);
        }

        #[test]
        fn texts_are_judged_as_the_library_does(bytes: Vec<u8>) {
            prop_assert_eq!(is_utf8(&bytes), std::str::from_utf8(&bytes).is_ok());
        }
    }
}
