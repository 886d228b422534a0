//! Keys as the command line names them.

use veilstream::keys::{self, KeyId, KeyName};

/// A key's name.
pub fn name(text: &str) -> Result<KeyName, String> {
    text.parse()
        .map_err(|error: keys::BadKeyName| error.to_string())
}

/// `NAME@VERSION`, as a policy pins a key.
pub fn version(text: &str) -> Result<KeyId, String> {
    let id = text
        .split_once('@')
        .map(|(name, version)| format!("{name}:{version}"));
    id.and_then(|id| id.parse().ok()).ok_or_else(|| {
        // As `veil keys ls` and envelopes write it.
        match text.parse::<KeyId>() {
            Ok(meant) => format!(
                "a command takes it as a policy pins it: write `{}`",
                pinned(&meant)
            ),
            Err(_) => {
                "one version of a key is `NAME@VERSION`, the version from 1: `contact@1`".to_owned()
            }
        }
    })
}

/// As a command line names it.
pub fn pinned(id: &KeyId) -> String {
    format!("{}@{}", id.name(), id.version())
}
