//! What the baselines need of cryptography, whoever provides it.

/// The three cryptographic actions of the reference workload; each appends its
/// result as ASCII text.
pub trait Crypto {
    /// The pseudonym of a text, 128 bits, base64url.
    fn pseudonym(&mut self, value: &str, out: &mut Vec<u8>);
    /// The token of a telephone number: its digits enciphered in place.
    fn token(&mut self, phone: &str, out: &mut Vec<u8>);
    /// A JSON text, sealed.
    fn seal(&mut self, json: &[u8], out: &mut Vec<u8>);
}
