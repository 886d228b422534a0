//! What a sample came to under a policy, from the very batches that were written.
//!
//! Counts are those of the pipeline, so they are exact. What needs a look into the
//! bytes (nulls, examples, paths that nobody named) is taken from a part of a long
//! sample, and the report says from how much.

mod called;
mod examples;
mod facts;
mod findings;
mod gather;
mod instead;
mod json;
mod kinds;
mod page;

pub use facts::{
    Explained, FieldShown, NeverMatched, OutputShown, RefusedShown, UNNAMED_MAX, Unnamed, Waits,
};
pub use gather::{Evidence, FIRST, ONE_OF};
pub use instead::Instead;
