//! A part of a buffer.

/// A span of a batch's bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// First byte.
    pub(crate) at: u32,
    /// Number of bytes.
    pub(crate) len: u32,
}

impl Span {
    /// The bytes from `from` to `to`; `None` where a place is beyond 4 GiB.
    pub(crate) fn between(from: usize, to: usize) -> Option<Span> {
        let end = u32::try_from(to).ok()?;
        let at = u32::try_from(from).ok()?;
        let len = end.checked_sub(at)?;
        Some(Span { at, len })
    }

    /// The bytes themselves.
    pub(crate) fn of(self, bytes: &[u8]) -> &[u8] {
        &bytes[self.at as usize..][..self.len as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_no_spans_beyond_32_bits_and_none_that_end_before_they_begin() {
        let last = u32::MAX as usize;
        assert_eq!(Span::between(3, 5), Some(Span { at: 3, len: 2 }));
        assert_eq!(Span::between(last, last).map(|s| s.len), Some(0));
        assert_eq!(Span::between(last, last + 1), None);
        assert_eq!(Span::between(5, 3), None);
    }
}
