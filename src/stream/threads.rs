//! How the threads of a stream are made.

use std::thread::JoinHandle;

use super::StreamError;

/// Starts a thread of that name.
///
/// # Errors
/// The system gives none.
pub(super) fn spawn<T: Send + 'static>(
    name: &str,
    run: impl FnOnce() -> T + Send + 'static,
) -> Result<JoinHandle<T>, StreamError> {
    Ok(std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(run)?)
}
