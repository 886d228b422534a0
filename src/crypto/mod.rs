//! Keys, pseudonyms, tokens, ciphertexts: the only room with the crypto crates.
pub mod quarantine;
pub mod seal;
