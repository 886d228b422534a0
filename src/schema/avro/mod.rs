//! Avro: the text of a schema to an arena, to what reads records of it, and to the
//! schema of what leaves.

pub mod container;
pub mod derive;
pub mod encode;
pub mod files;
mod fingerprint;
mod listed;
mod met;
pub mod node;
pub mod parse;
pub(in crate::schema) mod placed;
mod print;
pub mod program;
pub mod shadowed;
pub mod tags;
#[cfg(test)]
pub(crate) mod testing;
pub mod typed;
