//! Why bytes are no message.

use crate::record::Reason;

/// Why bytes are no message of a schema. Carries no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// They are not what the schema says.
    #[error("the bytes are no message of the schema: {0}")]
    NotProtobuf(Fault),
    /// A text or a key is not UTF-8, named or not.
    #[error("a text is not UTF-8")]
    NotUtf8,
    /// A field that stands once stands twice, two members of one oneof are there, or a
    /// map has one key twice: what comes later could undo what came first.
    #[error("a field, a member of a oneof or a key is there twice")]
    DuplicateKey,
    /// Messages, lists and maps nest deeper than [`Limits::depth_max`](crate::decode::Limits::depth_max), or than 100.
    #[error("nested deeper than is read")]
    TooDeep,
    /// The value is longer than [`Limits::value_bytes_max`](crate::decode::Limits::value_bytes_max), or a key 64 KiB or longer.
    #[error("longer than is read")]
    TooLarge,
    /// More named values than [`Limits::tape_entries_max`](crate::decode::Limits::tape_entries_max).
    #[error("more values than are read")]
    TooComplex,
    /// An enum that somebody takes has a number without a name.
    #[error("an enum has no symbol of that number")]
    Symbol,
    /// A time outside of the years 1 to 9999, or with nanoseconds of more than a second.
    #[error("a time is outside of the years 1 to 9999")]
    Time,
}

impl Refused {
    /// The same, in one word of the closed list.
    pub fn reason(self) -> Reason {
        match self {
            Refused::NotProtobuf(_) => Reason::NotProtobuf,
            Refused::NotUtf8 => Reason::NotUtf8,
            Refused::DuplicateKey => Reason::DuplicateKey,
            Refused::TooDeep => Reason::TooDeep,
            Refused::TooLarge => Reason::TooLarge,
            Refused::TooComplex => Reason::TooComplex,
            Refused::Symbol => Reason::BadIdentifier,
            Refused::Time => Reason::BadTime,
        }
    }
}

/// What of the bytes is not as the schema says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// They end inside a value, or a length reaches behind the end of what is around it.
    #[error("they end inside a value")]
    Cut,
    /// A varint of more than 64 bits.
    #[error("a number has more than 64 bits")]
    Varint,
    /// A field of number 0, or of no known wire type.
    #[error("a tag is none")]
    Tag,
    /// A field lies there in another way than its type does.
    #[error("a field is not of the type that the schema says")]
    WireType,
    /// A group ends that was not begun.
    #[error("a group ends that was not begun")]
    Group,
    /// Elements of a list that is taken as one, or entries of a map, do not stand together.
    #[error("the elements of a list or a map do not stand together")]
    Scattered,
    /// A required field is not there.
    #[error("a required field is missing")]
    Required,
    /// A `google.protobuf.Value` that says nothing.
    #[error("a value of JSON is none")]
    Value,
}

impl From<Fault> for Refused {
    fn from(fault: Fault) -> Refused {
        Refused::NotProtobuf(fault)
    }
}
