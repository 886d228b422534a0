//! Whether records flow or could flow, and if not, why.

use std::sync::{Mutex, PoisonError};

/// Shared by the pipeline, which sets it, and `/readyz`, which shows it.
#[derive(Debug)]
pub struct Readiness(Mutex<Option<String>>);

impl Readiness {
    /// Not ready, for that reason.
    pub fn new(why: &str) -> Self {
        Readiness(Mutex::new(Some(why.to_owned())))
    }

    /// Records flow or could flow.
    pub fn ready(&self) {
        *self.lock() = None;
    }

    /// They cannot. `why` is what an operator can act on; never a value.
    pub fn not_ready(&self, why: &str) {
        *self.lock() = Some(why.to_owned());
    }

    /// Why not; `None` when ready.
    pub fn why_not(&self) -> Option<String> {
        self.lock().clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
