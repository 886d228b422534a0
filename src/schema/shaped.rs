//! Schemas, as far as the paths of a policy go through them.

mod avro;
mod jsonschema;
#[cfg(feature = "protobuf")]
mod protobuf;
mod step;

pub(crate) use step::step_on;

/// A schema, as far as paths go through it.
pub trait Shaped {
    /// A place in it.
    type At: Copy + Ord + std::hash::Hash;
    /// The record.
    fn root(&self) -> Self::At;
    /// What stands there.
    fn inside(&self, at: Self::At) -> Inside<Self::At>;
    /// Whatever a record says stands there, and `*` does not name it.
    fn is_open(&self, _at: Self::At) -> bool {
        false
    }
    /// A value can be of one of several types, and the schema names each of them.
    fn unites(&self) -> bool {
        false
    }
}

/// What stands at a place of a schema.
pub enum Inside<A> {
    /// Null.
    Null,
    /// The same: one of few values, all of which the schema says.
    Few,
    /// Nothing that a path goes on in.
    Nothing,
    /// The same: a text, in which JSON may stand.
    Text,
    /// Whatever the record says.
    Anything,
    /// One of these.
    Either(Vec<A>),
    /// Fields, each with the names that it is known by.
    Fields(Vec<(Vec<String>, A)>),
    /// Elements.
    Elements(A),
    /// Members, whose names are data.
    Members(A),
}
