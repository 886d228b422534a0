//! The schema of what leaves: the writer's, of which each place is what an output makes
//! of it.
//!
//! The same writer's schema and the same output give the same text, so consumers never
//! meet two spellings of one. What is not named is not in it, and its number is reserved:
//! no later field can be taken for it. Numbers stay, so that whoever reads the raw
//! schema reads what leaves too.

mod copied;
mod derived;
mod leaf;
mod numbers;
pub(in crate::schema) mod placed;
mod pruned;
mod shared;

use crate::record::types::{NotTaken, Type};

/// Why an output has no schema. Carries names of the schema, no data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// An action takes no value of this type.
    #[error("`{path}` is {ty}, {why}")]
    NotTaken {
        /// Where.
        path: String,
        /// What it is.
        ty: Type,
        /// What is not taken.
        why: NotTaken,
    },
    /// What is written to one place would have several types.
    #[error("what is written to `{path}` would be of several types; a place has one")]
    SeveralTypes {
        /// Where.
        path: String,
    },
    /// An element of a list may be nothing, and Protobuf has no null.
    #[error(
        "an element of `{path}` may be nothing, and Protobuf has no null: `gaps: remove` leaves it out"
    )]
    Gaps {
        /// Where.
        path: String,
    },
    /// A field would be null.
    #[error("`{path}` would be null, which Protobuf does not have: drop it")]
    Null {
        /// Where.
        path: String,
    },
    /// A wrapper is named, and its `value` is, by this output or another one.
    #[error("`{path}` is what its `value` is, and both are named: a record is read in one way")]
    TwoWays {
        /// Where.
        path: String,
    },
    /// A key that is no text would have another name.
    #[error("the keys of `{path}` are no texts: they keep their names")]
    KeyName {
        /// Where.
        path: String,
    },
    /// Two fields of a message would have one name.
    #[error("two fields at `{path}` would have one name")]
    SameName {
        /// Where.
        path: String,
    },
    /// The number that is made of a new name belongs to another field.
    #[error("the number of the new field `{path}` belongs to another one: give it another name")]
    SameNumber {
        /// Where.
        path: String,
    },
    /// More types than a schema may have, or nested deeper than is read.
    #[error("the schema of what leaves has more than 16,384 types, or nests deeper than 100")]
    TooLarge,
    /// What was derived does not read back as itself.
    #[error("the schema of what leaves cannot be written: {0}")]
    Unwritable(String),
}

#[cfg(test)]
#[path = "derive_tests.rs"]
mod tests;
