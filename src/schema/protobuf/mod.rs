//! Protobuf: texts of schemas to an arena, to what reads messages of it, and to the
//! schema of what leaves.

pub(crate) mod bare;
pub mod compile;
pub mod derive;
pub mod encode;
mod listed;
mod met;
pub mod node;
mod poses;
mod print;
pub mod program;
pub(crate) mod scalar;
pub mod tags;
#[cfg(test)]
pub(crate) mod testing;
pub mod typed;
