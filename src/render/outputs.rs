//! What is known of the outputs of a binding, in whichever format it writes.

/// What is known of the outputs; `T` is what the format knows of one.
pub struct Outputs<'t, T> {
    /// By output.
    pub types: &'t [T],
    /// By output: what stands in front of each value; none: nothing.
    pub prefixes: &'t [Box<[u8]>],
}

impl<T> Outputs<'_, T> {
    /// Appends what stands in front of a value of that output.
    #[inline]
    pub(super) fn begin(self, output: usize, buf: &mut Vec<u8>) {
        if let Some(prefix) = self.prefixes.get(output) {
            buf.extend_from_slice(prefix);
        }
    }
}

impl<T> Clone for Outputs<'_, T> {
    #[inline]
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Outputs<'_, T> {}
