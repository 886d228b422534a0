//! Veilstream: raw event topics in, sanitized topics out.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

#[cfg(feature = "kafka")]
pub mod admin;
pub mod consent;
pub mod crypto;
pub mod decode;
#[cfg(feature = "kafka")]
pub mod demo;
pub mod encode;
#[cfg(feature = "kafka")]
pub mod kafka;
pub mod keys;
#[cfg(test)]
mod pages;
pub mod pipeline;
pub mod policy;
pub mod record;
#[cfg(feature = "kafka")]
pub mod settings;
#[cfg(feature = "kafka")]
pub mod telemetry;
pub mod transform;
mod version;

pub use version::{BuildInfo, build_info};
