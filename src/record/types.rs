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
    /// An integer of JSON.
    Integer,
    /// A number of JSON.
    Number,
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
    /// An array with an object inside.
    Objects,
    /// An object.
    Object,
}

impl std::fmt::Display for Type {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Type::Null => "null",
            Type::Bool => "a boolean",
            Type::Integer => "an integer",
            Type::Number => "a number",
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
            Type::Objects => "an array that holds objects",
            Type::Object => "an object",
        })
    }
}

/// What is written of a value of some type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gives {
    /// Bits of [`Given`]; none when nothing ever is.
    types: u8,
    /// It may be that nothing is.
    pub may_be_absent: bool,
}

impl Gives {
    /// Nothing, whatever the value.
    pub const NOTHING: Gives = Gives {
        types: 0,
        may_be_absent: true,
    };

    /// Always a value of that type.
    pub const fn one(given: Given) -> Gives {
        Gives {
            types: given.bit(),
            may_be_absent: false,
        }
    }

    /// Or one of that type.
    #[must_use]
    pub const fn with(self, given: Given) -> Gives {
        Gives {
            types: self.types | given.bit(),
            ..self
        }
    }

    /// Either of both.
    #[must_use]
    pub const fn or(self, other: Gives) -> Gives {
        Gives {
            types: self.types | other.types,
            may_be_absent: self.may_be_absent || other.may_be_absent,
        }
    }

    /// Or nothing.
    #[must_use]
    pub const fn or_nothing(self) -> Gives {
        Gives {
            may_be_absent: true,
            ..self
        }
    }

    /// Each type that it can be of; of integers the wider one.
    pub fn each(self) -> impl Iterator<Item = Given> {
        let has = move |given: Given| self.types & given.bit() != 0;
        let all = Given::ALL.into_iter().filter(move |given| has(*given));
        all.filter(move |given| *given != Given::Int || !has(Given::Long))
    }

    /// It is of the type of the value, and of no other.
    pub fn is_same(self) -> bool {
        self.types == Given::Same.bit()
    }
}

/// The type of what is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
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

impl Given {
    const ALL: [Given; 7] = [
        Given::Same,
        Given::Null,
        Given::Bool,
        Given::Int,
        Given::Long,
        Given::Double,
        Given::Text,
    ];

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// Why no value of some type is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotTaken {
    /// The action takes none.
    #[error("which its action does not take")]
    Type,
    /// It takes some, and writes numbers of the policy that are none of that type.
    #[error("and a number that its action is written with is none of that type")]
    Numbers,
    /// It takes some, and the policy says of their times that they are of another unit.
    #[error("and its `unit` is another one than that of the schema")]
    Unit,
}
