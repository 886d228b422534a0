//! What this build is: shown by `veil version`, `/version` and `veil_build_info`.

/// What was built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BuildInfo {
    /// The crate's version.
    pub version: &'static str,
    /// The sidecar is in.
    pub(crate) kafka: bool,
    /// TLS and SASL to the broker are in.
    pub(crate) tls: bool,
}

/// This build.
pub const fn build_info() -> BuildInfo {
    BuildInfo {
        version: env!("CARGO_PKG_VERSION"),
        kafka: cfg!(feature = "kafka"),
        tls: cfg!(feature = "tls"),
    }
}

impl BuildInfo {
    /// The optional parts that are in, as one text: `kafka, tls` or `none`.
    pub const fn features(&self) -> &'static str {
        match (self.kafka, self.tls) {
            (true, true) => "kafka, tls",
            (true, false) => "kafka",
            (false, _) => "none",
        }
    }

    /// One JSON object.
    pub fn to_json(&self) -> String {
        serde_json::json!({
            "name": "veil",
            "version": self.version,
            "features": { "kafka": self.kafka, "tls": self.tls },
        })
        .to_string()
    }
}
