//! The key of links: read again when its keyring is another one, so that they end with the
//! version that sealed them.

use crate::cli::people::Sealer;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;
use veilstream::crypto::link::LinkKey;
use veilstream::keys::KeyHandle;

/// How often the keyring is looked at.
const LOOK: Duration = Duration::from_secs(2);

/// The key that seals and opens links now.
pub(super) struct Links {
    now: Mutex<Arc<LinkKey>>,
}

/// What tells that a file is another one.
type Face = Option<(u64, u64, i64, i64)>;

impl Links {
    /// Of that version alone.
    pub(super) fn fixed(key: &KeyHandle) -> Arc<Links> {
        let now = Mutex::new(Arc::new(LinkKey::new(key)));
        Arc::new(Links { now })
    }

    /// Of the newest version there is, and of the next one within seconds of its making.
    ///
    /// # Errors
    /// The system gives no thread.
    pub(super) fn followed(key: &KeyHandle, sealer: Sealer) -> std::io::Result<Arc<Links>> {
        let links = Links::fixed(key);
        let followed = Arc::downgrade(&links);
        let sealing = key.id.clone();
        tracing::info!(version = %sealing, "links are sealed and opened by this version alone");
        let mut version = sealing.version();
        std::thread::Builder::new()
            .name("veil-links".to_owned())
            .spawn(move || {
                let mut seen = face(&sealer.keyring);
                while let Some(links) = awaited(&followed) {
                    let face = face(&sealer.keyring);
                    if face == seen {
                        continue;
                    }
                    seen = face;
                    links.look(&sealer, &mut version);
                }
            })?;
        Ok(links)
    }

    /// What seals and opens links now.
    pub(super) fn now(&self) -> Arc<LinkKey> {
        Arc::clone(&self.now.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn look(&self, sealer: &Sealer, version: &mut u32) {
        match sealer.newest() {
            Ok(key) if key.id.version() == *version => {}
            Ok(key) => {
                let made = Arc::new(LinkKey::new(&key));
                *self.now.lock().unwrap_or_else(PoisonError::into_inner) = made;
                *version = key.id.version();
                tracing::info!(version = %key.id, "all links that were made before have ended");
            }
            Err(failure) => tracing::error!(
                why = %failure.line(),
                "the keyring is another one and cannot be used: links stay those of the version before"
            ),
        }
    }
}

/// After a while, unless nobody needs them any more.
fn awaited(links: &Weak<Links>) -> Option<Arc<Links>> {
    std::thread::sleep(LOOK);
    links.upgrade()
}

fn face(path: &Path) -> Face {
    let file = path.metadata().ok()?;
    Some((file.ino(), file.len(), file.mtime(), file.mtime_nsec()))
}
