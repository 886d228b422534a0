//! How much longer a value can become.

/// Most bytes that what is written is longer than what was read, both as JSON text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Growth {
    /// For each three bytes of the value.
    pub(crate) for_three: u32,
    /// For each value.
    pub(crate) for_each: u32,
}

impl Growth {
    /// So many bytes, however long the value is.
    pub(crate) fn by(bytes: usize) -> Growth {
        Growth {
            for_three: 0,
            for_each: u32::try_from(bytes).unwrap_or(u32::MAX),
        }
    }

    /// Most bytes of what a value of so many becomes.
    #[cfg(test)]
    pub(crate) fn most(self, bytes: usize) -> u64 {
        let more = (bytes as u64 * u64::from(self.for_three)).div_ceil(3);
        bytes as u64 + more + u64::from(self.for_each)
    }
}
