//! A word and where it stands.

use crate::language::finding::Span;

/// A word and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Spelled<T = String> {
    /// The word.
    pub(crate) value: T,
    /// Where it stands.
    pub(crate) span: Span,
}
