//! Veilstream: raw event topics in, sanitized topics out.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod crypto;
#[cfg(feature = "kafka")]
pub mod kafka;
pub mod keys;
pub mod policy;
pub mod record;
pub mod transform;
