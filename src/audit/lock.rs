//! Waiting for the log while another process writes to it.

use std::fs::TryLockError;
use std::io::ErrorKind;
use std::time::Duration;

/// How long another process may hold the log.
const PATIENCE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(2);

/// Tries until it has the lock.
pub(super) fn wait_for(
    mut lock: impl FnMut() -> Result<(), TryLockError>,
) -> Result<(), std::io::Error> {
    let mut waited = Duration::ZERO;
    loop {
        match lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::Error(error)) => return Err(error),
            Err(TryLockError::WouldBlock) if waited < PATIENCE => {
                std::thread::sleep(PAUSE);
                waited += PAUSE;
            }
            Err(TryLockError::WouldBlock) => {
                return Err(std::io::Error::new(
                    ErrorKind::WouldBlock,
                    "another process has held it for ten seconds",
                ));
            }
        }
    }
}
