//! Which way a value is turned, and how far it has come.

/// How far `Tokenizer::begin` came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Begun {
    /// The value is absent (`phone` only: empty or a sentinel).
    Absent,
    /// The token is made.
    Made,
    /// The token, all of it ASCII without `"`, `\` and control characters, is
    /// made by `Tokenizer::finish`.
    Waits {
        /// Bytes of the token.
        len: usize,
        /// How many of them are enciphered digits.
        digits: usize,
    },
}

#[derive(Clone, Copy)]
pub(super) enum Direction {
    Encipher,
    Decipher,
}
