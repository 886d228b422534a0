//! Where salts, nonces of key files and ephemeral keys come from.

/// A source of uniformly random, unpredictable bytes.
pub trait Entropy: Send {
    /// Fills `out` entirely.
    fn fill(&mut self, out: &mut [u8]);
}

/// The operating system's random source. There is no user-space generator in
/// between: one would repeat itself after a cloned or restored machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct OsEntropy;

impl Entropy for OsEntropy {
    /// # Panics
    /// When the operating system has no random source: then nothing may be
    /// sealed, and the process ends before anything is written.
    fn fill(&mut self, out: &mut [u8]) {
        getrandom::fill(out).expect("the operating system gives random bytes");
    }
}
