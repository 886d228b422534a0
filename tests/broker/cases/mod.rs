//! The cases, one file a promise.
//!
//! In: the fixture, the traffic, the checker. Out: a verdict each. Promises:
//! what `main.rs` says. Does not know: anything inside `veil`.

mod danger;
mod fixture;
