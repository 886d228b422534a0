//! Avro: the text of a schema to an arena, and to what reads records of it.

mod fingerprint;
pub mod node;
pub mod parse;
mod print;
pub mod program;
#[cfg(test)]
pub(crate) mod testing;
