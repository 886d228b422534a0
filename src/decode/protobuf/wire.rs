//! The bytes of a message, and what is read of them one after the other (Protocol
//! Buffers, "Encoding").

use super::refused::Fault;
use crate::schema::protobuf::node::{Scalar, WireType};
pub(super) use crate::schema::protobuf::scalar::{is_default, is_shortest, low, varint, zigzag};

/// Bytes, how far they are read, and where what is read now must end.
#[derive(Clone, Copy)]
pub(super) struct Wire<'r> {
    bytes: &'r [u8],
    at: usize,
    end: usize,
    /// Some number since this was last asked was longer than it need be.
    padded: bool,
}

impl<'r> Wire<'r> {
    /// Those from `at` to `end`.
    pub(super) fn new(bytes: &'r [u8], at: usize, end: usize) -> Self {
        Wire {
            bytes,
            at,
            end,
            padded: false,
        }
    }

    pub(super) fn bytes(&self) -> &'r [u8] {
        self.bytes
    }

    /// The place of the next byte.
    #[inline]
    pub(super) fn at(&self) -> usize {
        self.at
    }

    #[inline]
    pub(super) fn is_at_end(&self) -> bool {
        self.at == self.end
    }

    /// Goes on at `at`, up to `end`.
    #[inline]
    pub(super) fn go(&mut self, at: usize, end: usize) {
        (self.at, self.end) = (at, end);
    }

    pub(super) fn end(&self) -> usize {
        self.end
    }

    /// True when a number since the last question was longer than it need be: it could
    /// carry what nobody named.
    #[inline]
    pub(super) fn was_padded(&mut self) -> bool {
        std::mem::take(&mut self.padded)
    }

    #[inline]
    pub(super) fn take(&mut self, len: usize) -> Result<&'r [u8], Fault> {
        let taken = self.bytes[self.at..self.end].get(..len).ok_or(Fault::Cut)?;
        self.at += len;
        Ok(taken)
    }

    /// A number of 64 bits, 7 a byte.
    #[inline]
    pub(super) fn varint(&mut self) -> Result<u64, Fault> {
        match self.bytes[..self.end].get(self.at) {
            Some(&byte) if byte < 0x80 => {
                self.at += 1;
                Ok(u64::from(byte))
            }
            _ => self.longer(),
        }
    }

    fn longer(&mut self) -> Result<u64, Fault> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = *self.bytes[..self.end].get(self.at).ok_or(Fault::Cut)?;
            self.at += 1;
            if shift == 63 && byte > 1 {
                return Err(Fault::Varint);
            }
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                self.padded |= byte == 0;
                return Ok(value);
            }
        }
        Err(Fault::Varint)
    }

    /// The number of a field and how it lies there.
    #[inline]
    pub(super) fn tag(&mut self) -> Result<(u32, WireType), Fault> {
        let tag = u32::try_from(self.varint()?).map_err(|_| Fault::Tag)?;
        let wire = match tag & 7 {
            0 => WireType::Varint,
            1 => WireType::Eight,
            2 => WireType::Sized,
            3 => WireType::Group,
            4 => WireType::GroupEnd,
            5 => WireType::Four,
            _ => return Err(Fault::Tag),
        };
        match tag >> 3 {
            0 => Err(Fault::Tag),
            number => Ok((number, wire)),
        }
    }

    /// A length of no more bytes than are left, and where they end.
    #[inline]
    pub(super) fn sized(&mut self) -> Result<usize, Fault> {
        let len = usize::try_from(self.varint()?).map_err(|_| Fault::Cut)?;
        match len <= self.end - self.at {
            true => Ok(self.at + len),
            false => Err(Fault::Cut),
        }
    }

    /// True when a length of nothing comes next.
    pub(super) fn is_empty_ahead(&self) -> bool {
        let mut ahead = *self;
        ahead.sized().is_ok_and(|end| end == ahead.at())
    }

    /// Passes over a scalar; the place of its bytes, without the length of a text.
    #[inline]
    pub(super) fn scalar(&mut self, scalar: Scalar) -> Result<(usize, usize), Fault> {
        let mut start = self.at;
        match scalar.wire() {
            WireType::Varint => drop(self.varint()?),
            WireType::Eight => drop(self.take(8)?),
            WireType::Four => drop(self.take(4)?),
            _ => {
                let end = self.sized()?;
                (start, self.at) = (self.at, end);
            }
        }
        Ok((start, self.at))
    }

    /// The bytes of a value whose tag was read, without what says where they end.
    pub(super) fn content(
        &mut self,
        field: (u32, WireType),
        groups: &mut Vec<u32>,
    ) -> Result<(usize, usize), Fault> {
        if field.1 == WireType::Sized {
            let end = self.sized()?;
            let start = std::mem::replace(&mut self.at, end);
            return Ok((start, end));
        }
        let start = self.at;
        self.skip(field, groups, usize::MAX)?;
        let mut end = self.at;
        if field.1 == WireType::Group {
            // Not the tag that ends it, which may be longer than it need be.
            let mut inside = Wire::new(self.bytes, start, end);
            loop {
                end = inside.at;
                let field = inside.tag()?;
                if field.1 == WireType::GroupEnd {
                    break;
                }
                inside.skip(field, groups, usize::MAX)?;
            }
        }
        Ok((start, end))
    }

    /// Passes over the value of a field of that number, whatever it is. `groups` are
    /// those that are open in it; it must be empty and is so again. False: they nest
    /// deeper than `depth`.
    pub(super) fn skip(
        &mut self,
        (number, wire): (u32, WireType),
        groups: &mut Vec<u32>,
        depth: usize,
    ) -> Result<bool, Fault> {
        groups.clear();
        let mut next = (number, wire);
        loop {
            match next.1 {
                WireType::Varint => drop(self.varint()?),
                WireType::Eight => drop(self.take(8)?),
                WireType::Four => drop(self.take(4)?),
                WireType::Sized => self.at = self.sized()?,
                WireType::Group if groups.len() >= depth => return Ok(false),
                WireType::Group => groups.push(next.0),
                WireType::GroupEnd => match groups.pop() {
                    Some(begun) if begun == next.0 => {}
                    _ => return Err(Fault::Group),
                },
            }
            if groups.is_empty() {
                return Ok(true);
            }
            next = self.tag()?;
        }
    }
}
