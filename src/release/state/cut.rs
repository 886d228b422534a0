//! The row that closes a window for good, before its rows leave.

use super::bytes::{Reader, Unreadable};

const VERSION: u8 = 1;

/// A window takes no more: what was counted in it until then, and nothing else, has rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// From when to when it is, milliseconds since 1970, the end exclusive.
    pub window: (i64, i64),
    /// The digest of all that was counted in it.
    pub digest: [u8; 32],
}

impl Cut {
    /// As bytes.
    pub fn to_bytes(self) -> Vec<u8> {
        let mut out = vec![VERSION];
        out.extend_from_slice(&self.window.0.to_be_bytes());
        out.extend_from_slice(&self.window.1.to_be_bytes());
        out.extend_from_slice(&self.digest);
        out
    }

    /// Reads them.
    ///
    /// # Errors
    /// They are no cut.
    pub fn read(bytes: &[u8]) -> Result<Cut, Unreadable> {
        let mut at = Reader(bytes);
        if at.u8()? != VERSION {
            return Err(Unreadable);
        }
        let cut = Cut {
            window: at.window()?,
            digest: at.array()?,
        };
        at.end()?;
        Ok(cut)
    }
}
