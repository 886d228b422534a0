//! `email_gmail@1` and `email_plus@1`: addresses that lead to one mailbox as one
//! value, as far as the provider says so (Gmail: dots and `+tag`) or the author of
//! the policy does (`+tag` everywhere).

use crate::record::Reason;

/// Which spellings of a local part are one mailbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mailbox {
    /// `email@1`: each is its own.
    AsWritten,
    /// `email_gmail@1`: at gmail.com and googlemail.com, which are one, dots and what
    /// follows a `+` do not count.
    Gmail,
    /// `email_plus@1`: that, and what follows a `+` nowhere counts.
    Plus,
}

impl Mailbox {
    /// Rewrites the canonical address that `out` holds from `at` on.
    ///
    /// # Errors
    /// [`Reason::BadIdentifier`] where nothing is left of the local part.
    pub(super) fn reduce(self, at: usize, out: &mut Vec<u8>) -> Result<(), Reason> {
        if self == Mailbox::AsWritten {
            return Ok(());
        }
        let address = &out[at..];
        let local_len = memchr::memchr(b'@', address).unwrap_or(address.len());
        let (local, domain) = address.split_at(local_len);
        let plus = memchr::memchr(b'+', local);
        if matches!(domain, b"@gmail.com" | b"@googlemail.com") {
            let mut kept = at;
            for from in at..at + plus.unwrap_or(local_len) {
                if out[from] != b'.' {
                    out[kept] = out[from];
                    kept += 1;
                }
            }
            out.truncate(kept);
            out.extend_from_slice(b"@gmail.com");
            if kept == at {
                return Err(Reason::BadIdentifier);
            }
        } else if let (Mailbox::Plus, Some(plus @ 1..)) = (self, plus) {
            out.drain(at + plus..at + local_len);
        }
        Ok(())
    }
}
