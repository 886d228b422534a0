//! What is known of the outputs of a binding, in whichever format it writes.

use crate::record::format::Prefixes;

/// What is known of the outputs; `T` is what the format knows of one.
pub struct Outputs<'t, T> {
    /// By output.
    pub types: &'t [T],
    /// What stands in front of each value.
    pub prefixes: Prefixes<'t>,
}

impl<T> Clone for Outputs<'_, T> {
    #[inline]
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Outputs<'_, T> {}
