//! Where salts, nonces of key files and ephemeral keys come from.

/// A source of uniformly random, unpredictable bytes.
pub trait Entropy: Send {
    /// Fills `out` entirely.
    ///
    /// # Panics
    /// When the source gives none: nothing may be sealed then.
    fn fill(&mut self, out: &mut [u8]);

    /// The same, for who can wait. A source that cannot fail need not say so.
    ///
    /// # Errors
    /// When the source gives none; what stands in `out` then is not random.
    fn try_fill(&mut self, out: &mut [u8]) -> Result<(), NoEntropy> {
        self.fill(out);
        Ok(())
    }
}

/// The source of randomness gives none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the operating system gives no random bytes; look at what keeps this process from `getrandom`"
)]
pub struct NoEntropy;

/// The operating system's random source. There is no user-space generator in
/// between: one would repeat itself after a cloned or restored machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct OsEntropy;

impl Entropy for OsEntropy {
    /// # Panics
    /// When the operating system has no random source: then nothing may be
    /// sealed, and the process ends before anything is written.
    fn fill(&mut self, out: &mut [u8]) {
        self.try_fill(out)
            .expect("the operating system gives random bytes");
    }

    fn try_fill(&mut self, out: &mut [u8]) -> Result<(), NoEntropy> {
        getrandom::fill(out).map_err(|_| NoEntropy)
    }
}
