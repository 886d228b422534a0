//! Keys, pseudonyms, tokens, ciphertexts.
//!
//! **In**: a root key, the names that separate uses, and values. **Out**:
//! pseudonyms, tokens, envelopes, sealed quarantine records; and back, with keys.
//! **Promises**: the only room with the crates for it; keys do not print; no
//! nonce argument in public; every byte is specified in `docs/formats.md`.
//! **Does not know**: where keys come from, policies, Kafka; of formats only how
//! one opened value is shown as JSON.
#![expect(
    clippy::disallowed_types,
    reason = "this is the room with the ciphers, the keyed hashing and the key derivation"
)]

pub mod address;
mod base64url;
pub mod batch_entropy;
pub mod counting;
pub mod digest;
pub mod entropy;
pub mod envelope;
pub mod epoch;
mod ff1;
mod gcm;
pub mod kdf;
pub mod key_id;
pub mod keyed_hash;
pub mod link;
pub mod noise;
pub mod of_record;
pub mod plaintext;
pub mod pseudonym;
pub mod quarantine;
pub mod release_set;
pub mod salted;
pub mod sampler;
pub mod seal;
pub(crate) mod secret;
pub mod shift;
pub mod siv;
pub mod state_key;
pub mod subject_index;
pub mod token;
pub mod words;
#[cfg(feature = "key-files")]
pub(crate) mod wrap;

#[cfg(test)]
mod conformance;
#[cfg(test)]
mod separation;
#[cfg(test)]
mod standards;
#[cfg(test)]
mod vectors;
