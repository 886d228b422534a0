//! Veilstream: raw event topics in, sanitized topics out.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod consent;
pub mod crypto;
pub mod decode;
pub mod encode;
pub mod keys;
pub mod pipeline;
pub mod policy;
pub mod record;
pub mod transform;
