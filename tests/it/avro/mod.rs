//! Avro, from outside: what becomes of schemas, and what is read of bytes that others
//! wrote.

mod containers;
mod damaged;
pub mod derived;
mod goldens;
mod read;
