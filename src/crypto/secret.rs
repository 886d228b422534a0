//! Key bytes that do not print, copy or serialise, and are zeroed when dropped.

use zeroize::Zeroize;

/// `N` secret bytes in one heap place: moving the wrapper moves a pointer, so
/// no copy stays behind on a stack.
///
/// ```compile_fail
/// # use veilstream::crypto::secret::Secret;
/// fn copy(key: &Secret<32>) -> Secret<32> {
///     key.clone() // a secret is never cloned
/// }
/// ```
pub(crate) struct Secret<const N: usize>(Box<[u8; N]>);

impl<const N: usize> Secret<N> {
    /// Boxes first, then lets `fill` write the bytes in place.
    pub(crate) fn fill(fill: impl FnOnce(&mut [u8; N])) -> Self {
        let mut secret = Secret(Box::new([0; N]));
        fill(&mut secret.0);
        secret
    }

    /// As [`Secret::fill`], for a `fill` that can fail.
    ///
    /// # Errors
    /// What `fill` returns; the bytes written so far are zeroed.
    pub(crate) fn try_fill<E>(fill: impl FnOnce(&mut [u8; N]) -> Result<(), E>) -> Result<Self, E> {
        let mut secret = Secret(Box::new([0; N]));
        fill(&mut secret.0)?;
        Ok(secret)
    }

    /// The bytes, for the one computation that needs them.
    pub(crate) const fn expose(&self) -> &[u8; N] {
        &self.0
    }
}

impl<const N: usize> Drop for Secret<N> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl<const N: usize> std::fmt::Debug for Secret<N> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Secret(.. {N} bytes)")
    }
}
