//! Faults of the program over a schema: such a schema is unusable, and the stream goes on.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

thread_local! {
    static CATCHES: Cell<bool> = const { Cell::new(false) };
}

/// True while this thread does what may fail on a schema: a panic then is caught, and a panic
/// hook must let it pass.
pub fn catches() -> bool {
    CATCHES.get()
}

/// What `work` makes of a schema; it must leave nothing half done.
///
/// # Errors
/// Its own, or that it panicked.
pub(super) fn caught<T>(work: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    CATCHES.set(true);
    let made = catch_unwind(AssertUnwindSafe(work));
    CATCHES.set(false);
    let fault = || Err("the program fails on it; this is a fault of the program".to_owned());
    made.unwrap_or_else(|_| fault())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_error_and_ends_nothing() {
        assert_eq!(caught(|| Ok(catches())), Ok(true));
        assert!(!catches());
        let failed = caught(|| Ok([1, 2].iter().position(|n| *n == 3).expect("none")));
        assert!(failed.is_err_and(|why| why.contains("fault of the program")));
        assert!(!catches());
    }
}
