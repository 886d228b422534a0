//! A body: a scope that an action opens below its value.

use crate::language::written::Node;

/// What is inside the value of an action that names fields of its own there.
#[derive(Clone, Copy)]
pub struct Body<'a> {
    /// What is done to it.
    pub(crate) kind: BodyKind,
    /// Its fields, which the policy reads under the rules of an output's own.
    pub(crate) fields: &'a Node,
}

/// What is done to a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyKind {
    /// It is written aside as JSON text, and the action takes that text whole:
    /// what is sealed opens without the schema that it came under.
    Sealed,
}
