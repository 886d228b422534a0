//! Numbers and texts as bytes, big-endian, and back: whatever the bytes say, no more is
//! taken than there is.

/// Why bytes are no state of counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is no state of counts, or one of a later version")]
pub struct Unreadable;

/// Bytes that are read from the front.
pub(super) struct Reader<'b>(pub(super) &'b [u8]);

impl<'b> Reader<'b> {
    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Unreadable> {
        let (array, rest) = self.0.split_first_chunk().ok_or(Unreadable)?;
        self.0 = rest;
        Ok(*array)
    }

    pub(super) fn bytes(&mut self, len: usize) -> Result<&'b [u8], Unreadable> {
        let (bytes, rest) = self.0.split_at_checked(len).ok_or(Unreadable)?;
        self.0 = rest;
        Ok(bytes)
    }

    pub(super) fn u8(&mut self) -> Result<u8, Unreadable> {
        self.array().map(|[byte]| byte)
    }

    pub(super) fn u16(&mut self) -> Result<u16, Unreadable> {
        self.array().map(u16::from_be_bytes)
    }

    pub(super) fn u32(&mut self) -> Result<u32, Unreadable> {
        self.array().map(u32::from_be_bytes)
    }

    pub(super) fn i32(&mut self) -> Result<i32, Unreadable> {
        self.array().map(i32::from_be_bytes)
    }

    pub(super) fn u64(&mut self) -> Result<u64, Unreadable> {
        self.array().map(u64::from_be_bytes)
    }

    pub(super) fn i64(&mut self) -> Result<i64, Unreadable> {
        self.array().map(i64::from_be_bytes)
    }

    /// From when to when, the end behind the begin.
    pub(super) fn window(&mut self) -> Result<(i64, i64), Unreadable> {
        let window = (self.i64()?, self.i64()?);
        (window.0 < window.1).then_some(window).ok_or(Unreadable)
    }

    /// That is a text of u32 bytes.
    pub(super) fn long(&mut self) -> Result<&'b [u8], Unreadable> {
        let len = usize::try_from(self.u32()?).map_err(|_| Unreadable)?;
        self.bytes(len)
    }

    /// Nothing follows.
    pub(super) fn end(&self) -> Result<(), Unreadable> {
        self.0.is_empty().then_some(()).ok_or(Unreadable)
    }
}

/// So many, as u32.
pub(super) fn count(of: usize, out: &mut Vec<u8>) {
    let count = u32::try_from(of).expect("less than 2^32 are kept in memory");
    out.extend_from_slice(&count.to_be_bytes());
}

/// The bytes, with their length before them.
pub(super) fn long(of: &[u8], out: &mut Vec<u8>) {
    count(of.len(), out);
    out.extend_from_slice(of);
}
