//! A change of a keyring, and that it is recorded.

use super::super::{Failure, audited, keyring};
use veilstream::audit::Audit;
use veilstream::keys::Change;

/// Carries out a change that the audit log knows of, and lets it know the end.
///
/// # Errors
/// When the keyring, or the end in the log, cannot be written.
pub fn write(change: Change, audit: Audit) -> Result<(), Failure> {
    match change.write() {
        Ok(_) => audited::end(audit, true, 0),
        Err(error) => {
            // What went wrong is what must be said, not that its end is missing too.
            let _ = audited::end(audit, false, 0);
            Err(keyring::failure(&error))
        }
    }
}
