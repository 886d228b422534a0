//! What an output makes of the places of a writer's schema, in the words that the formats
//! derive the schema of what leaves by.

use super::json::Json;
use crate::record::tape::Slot;
use crate::record::types::{Gives, NotTaken, Type};

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
    /// True of keys of records: what stands in each of them does so under its derived type
    /// too, and needs no null to be added by.
    fn are_of_keys(&self) -> bool {
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
