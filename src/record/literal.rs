//! A scalar that a policy spells.

/// A scalar the policy spells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Literal {
    /// `true`, `false`.
    Bool(bool),
    /// A number, by its text in JSON's grammar; compared by value.
    Number(String),
    /// Text.
    Text(String),
}
