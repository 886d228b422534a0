//! How alone somebody stands in a table, in figures for people: floats, and nothing is
//! decided by them.
//!
//! A table is columns of codes, equal codes for equal values, one row a person. None of
//! these figures says that a table is anonymous: each holds for the columns that were
//! looked at, and for who knows nothing else.

mod classes;
pub mod live;
mod people;
pub mod points;
mod risk;
pub mod unique;
mod values;

pub use classes::Classes;
pub use people::{Of, People};
pub use risk::Risk;
pub use values::Values;

#[cfg(test)]
mod tests;
