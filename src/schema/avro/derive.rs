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

use crate::record::tape::Slot;
use crate::record::types::{Gives, NotTaken, Type};
use crate::schema::json::Json;

/// What one output makes of the places that a plan names.
pub trait Fields {
    /// What is made of a value in that state.
    fn at(&self, state: Slot) -> Made<'_>;
    /// True when elements that yield nothing leave no gap in the array in that state.
    fn removes_gaps(&self, _array: Slot) -> bool {
        false
    }
    /// True where the names of members that lead to values in that state are made.
    fn makes_names(&self, _state: Slot) -> bool {
        false
    }
}

/// What is made of a value.
pub enum Made<'f> {
    /// Nothing, of it or of what is inside.
    Nothing,
    /// Something of what is inside; of a value that holds none of it, these fields.
    Inside(&'f [Leaf<'f>]),
    /// These fields, at least one.
    Leaves(&'f [Leaf<'f>]),
    /// Of records of one type one value, and of those of another what is inside: a place
    /// has one type, so neither.
    Torn,
}

/// A field that an output makes of a value.
pub struct Leaf<'f> {
    /// Its name; `None`: that of the value.
    pub name: Option<&'f str>,
    /// What is written of a value of a type: by its action, on an error, by another case
    /// or for records of another type.
    pub gives: &'f dyn Fn(Type) -> Result<Gives, NotTaken>,
    /// The states of the values that it is made of, where they are several: it stands
    /// where the first of them does.
    pub parts: &'f [Slot],
    /// The value leaves as it is, and what is said of it holds of what leaves.
    pub is_kept: bool,
    /// What was done to it, for the attribute `veil`: no names of keys, no versions.
    pub said: &'f Json,
}

/// What the schema of an output says of itself.
#[derive(Clone, Copy)]
pub struct Head<'h> {
    /// Name of the policy.
    pub policy: &'h str,
    /// Namespace in place of the writer's; needed where a registry knows schemas by
    /// their names, so that the clean one is no version of the raw one.
    pub namespace: Option<&'h str>,
}

/// Why an output has no schema. Carries names of the schema, no data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// An action takes no value of this type.
    #[error("`{path}` is {ty}, which its action does not take")]
    NotTaken {
        /// Where.
        path: String,
        /// What it is.
        ty: Type,
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
