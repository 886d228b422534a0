//! Why bytes are no record.

use crate::record::Reason;

/// Why bytes are no record of a schema. Carries no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// They are not what the schema says.
    #[error("the bytes are no record of the schema: {0}")]
    NotAvro(Fault),
    /// A text or a key is not UTF-8, named or not.
    #[error("a text is not UTF-8")]
    NotUtf8,
    /// A map has one key twice.
    #[error("a map has one key twice")]
    DuplicateKey,
    /// Records, maps and arrays nest deeper than [`Limits::depth_max`](crate::decode::Limits::depth_max).
    #[error("nested deeper than is read")]
    TooDeep,
    /// The value is longer than [`Limits::value_bytes_max`](crate::decode::Limits::value_bytes_max), or a key 64 KiB or longer.
    #[error("longer than is read")]
    TooLarge,
    /// More named values than [`Limits::tape_entries_max`](crate::decode::Limits::tape_entries_max), or as many that take no byte.
    #[error("more values than are read")]
    TooComplex,
    /// The value is of a branch that is neither a record nor a map.
    #[error("the value is neither a record nor a map")]
    NotAnObject,
}

impl Refused {
    /// The same, in one word of the closed list.
    pub fn reason(self) -> Reason {
        match self {
            Refused::NotAvro(_) => Reason::NotAvro,
            Refused::NotUtf8 => Reason::NotUtf8,
            Refused::DuplicateKey => Reason::DuplicateKey,
            Refused::TooDeep => Reason::TooDeep,
            Refused::TooLarge => Reason::TooLarge,
            Refused::TooComplex => Reason::TooComplex,
            Refused::NotAnObject => Reason::NotAnObject,
        }
    }
}

/// What of the bytes is not as the schema says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// They end inside a value, or a length reaches behind their end.
    #[error("they end inside a value")]
    Cut,
    /// Something stands behind the record.
    #[error("more stands behind it")]
    Trailing,
    /// A varint of more than 64 bits (32 of an int), or longer than it need be.
    #[error("a number is not in its shortest form, or out of its range")]
    Varint,
    /// A boolean that is neither 0 nor 1.
    #[error("a boolean is neither 0 nor 1")]
    Boolean,
    /// A union has no such branch.
    #[error("a union has no such branch")]
    Branch,
    /// An enum has no such symbol.
    #[error("an enum has no such symbol")]
    Symbol,
    /// A length below nothing.
    #[error("a length is below nothing")]
    Length,
    /// A block has more elements than there is room for, or not the size that it says.
    #[error("a block is not what it says")]
    Block,
}

impl From<Fault> for Refused {
    fn from(fault: Fault) -> Refused {
        Refused::NotAvro(fault)
    }
}
