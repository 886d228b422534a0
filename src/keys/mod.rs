//! Where keys come from.
/// One entry of a keyring.
pub struct KeyEntry {}
/// Why a key cannot be used.
#[derive(Debug)]
pub struct KeyError {}
