//! The types that formats with a schema give values: what an action is asked about before
//! there is a record.

use super::time::TimeKind;

/// What is known of a value beforehand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// Null, and nothing else.
    Null,
    /// A boolean.
    Bool,
    /// An integer of 32 bits.
    Int,
    /// An integer of 64 bits.
    Long,
    /// A binary number of 32 bits.
    Float,
    /// A binary number of 64 bits.
    Double,
    /// A decimal of at most `precision` digits, `scale` of them behind the point.
    Decimal {
        /// All digits.
        precision: u32,
        /// Digits behind the point.
        scale: u32,
    },
    /// Text.
    Text,
    /// One of a list of words.
    Symbol,
    /// A UUID.
    Uuid,
    /// A time.
    Time(TimeKind),
    /// Bytes that are no text.
    Bytes,
    /// An array in which no object stands.
    Scalars,
    /// An object, or an array with one inside.
    Whole,
}

impl std::fmt::Display for Type {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Type::Null => "null",
            Type::Bool => "a boolean",
            Type::Int => "an integer of 32 bits",
            Type::Long => "an integer of 64 bits",
            Type::Float => "a binary number of 32 bits",
            Type::Double => "a binary number of 64 bits",
            Type::Decimal { .. } => "a decimal",
            Type::Text => "text",
            Type::Symbol => "a word of a list",
            Type::Uuid => "a UUID",
            Type::Time(TimeKind::Date) => "a date",
            Type::Time(TimeKind::OfDay(_)) => "a time of day",
            Type::Time(TimeKind::Instant(_) | TimeKind::Local(_)) => "a date with a time of day",
            Type::Bytes => "bytes",
            Type::Scalars => "an array",
            Type::Whole => "an object, or an array that holds objects",
        })
    }
}

/// What an action gives for a value of some type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gives {
    /// The type of what it writes.
    pub ty: Given,
    /// It may write nothing.
    pub may_be_absent: bool,
}

/// The type of what an action writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Given {
    /// That of the value.
    Same,
    /// Null.
    Null,
    /// A boolean.
    Bool,
    /// An integer of 32 bits.
    Int,
    /// An integer of 64 bits.
    Long,
    /// A binary number of 64 bits.
    Double,
    /// Text.
    Text,
}

/// An action takes no value of some type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotTaken;
