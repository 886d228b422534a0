//! What is drawn at each start.

use crate::admin::Token;
use crate::crypto::entropy::{Entropy, NoEntropy, OsEntropy};

/// Bytes of each: nobody guesses 128 bits.
const BYTES: usize = 16;

/// The token of the page, and the mark by which it knows its own styles.
pub struct Secrets {
    token: String,
    nonce: String,
}

impl Secrets {
    /// Drawn from the operating system.
    ///
    /// # Errors
    /// When that has no random bytes.
    pub fn draw() -> Result<Secrets, NoEntropy> {
        Ok(Secrets {
            token: drawn()?,
            nonce: drawn()?,
        })
    }

    /// What stands behind the `#` of the page's address, which no browser sends.
    pub fn fragment(&self) -> &str {
        &self.token
    }

    pub(super) fn token(&self) -> Token {
        Token::new(self.token.as_bytes())
    }

    pub(super) fn nonce(&self) -> &str {
        &self.nonce
    }
}

fn drawn() -> Result<String, NoEntropy> {
    let mut bytes = [0; BYTES];
    OsEntropy.try_fill(&mut bytes)?;
    Ok(bytes.iter().map(|b| format!("{b:02x}")).collect())
}
