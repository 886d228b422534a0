//! The schema of what leaves: the writer's, of which each place is what an output makes
//! of it.
//!
//! The same writer's schema and the same output give the same text, so consumers never
//! meet two spellings of one. What is not named is not in it. A field that may be left
//! out, or that a reader could do without before, can be null.

mod derived;
mod leaf;
mod pruned;
mod shared;

pub(crate) use derived::Derived;

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
    /// Two branches of a union would become branches of one type.
    #[error("two branches of the union `{path}` would become one type with two meanings")]
    SameBranches {
        /// Where.
        path: String,
    },
    /// Two fields of a record would have one name.
    #[error("two fields at `{path}` would have one name")]
    SameName {
        /// Where.
        path: String,
    },
    /// The name of a field would be made, record by record.
    #[error(
        "`{path}` is a field of a record, whose name stands in its schema: only keys of a map can be made (`names`)"
    )]
    MadeName {
        /// Where.
        path: String,
    },
    /// More types than a schema may have.
    #[error("the schema of what leaves has more than 16,384 types")]
    TooLarge,
    /// The values are neither records nor maps.
    #[error("the schema is of no record")]
    NoRecord,
    /// What was derived does not read back as itself.
    #[error("the schema of what leaves cannot be written: names of two namespaces meet in it")]
    Unwritable,
}

#[cfg(test)]
#[path = "derive_tests.rs"]
mod tests;
mod writers_default;
