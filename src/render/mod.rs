//! The formats' pens: one file a format.
//!
//! **In**: one value at a time, as an action gives it or as the input has it.
//! **Out**: its bytes at the end of a buffer. **Promises**: what is written is
//! well-formed, whatever characters a value holds.
//! **Does not know**: policies, plans, how a value was protected.

pub mod avro;
pub mod bare;
pub mod json;
pub mod outputs;
pub mod plain;
#[cfg(feature = "protobuf")]
pub mod protobuf;
