//! stub
/// The public key records are quarantined to.
pub struct PublicKey {}
