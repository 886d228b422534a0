//! Whether records flow or could flow, and if not, why.

use std::sync::{Mutex, PoisonError};

/// Says what is wrong, one sentence each that an operator can act on, never a
/// value; empty: ready.
pub type WhyNot = dyn Fn() -> Vec<String> + Send;

/// Asked by `/readyz`. Not ready until somebody is named who can answer.
pub struct Readiness(Mutex<Option<Box<WhyNot>>>);

impl Readiness {
    /// Nobody knows yet.
    pub const fn new() -> Self {
        Readiness(Mutex::new(None))
    }

    /// From now on `why_not` is asked.
    pub fn ask(&self, why_not: impl Fn() -> Vec<String> + Send + 'static) {
        *self.lock() = Some(Box::new(why_not));
    }

    /// What is wrong; empty: ready.
    pub fn why_not(&self) -> Vec<String> {
        match &*self.lock() {
            Some(why_not) => why_not(),
            None => vec!["starting".to_owned()],
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Box<WhyNot>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Readiness {
    fn default() -> Self {
        Self::new()
    }
}
