//! Why texts are no schema.

/// Why texts are no schema. Carries names and text of the schema, no data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// More than [`FILES_MAX`](super::FILES_MAX) files, [`TEXT_BYTES_MAX`](super::TEXT_BYTES_MAX) or [`NODES_MAX`](crate::schema::protobuf::node::NODES_MAX).
    #[error("the schema is larger than is read: 64 files, 4 MiB of text, 16,384 fields")]
    TooLarge,
    /// A file nests deeper than is read.
    #[error("`{0}` nests deeper than 100 levels")]
    TooDeep(String),
    /// A file cannot be read.
    #[error("{0}")]
    Unreadable(String),
    /// A file of the language's editions, which came behind proto3.
    #[error("`{0}` has an `edition`: files of proto2 and proto3 are read")]
    Edition(String),
    /// `Which::Only` of a file with no message, or with several.
    #[error(
        "the file has {0} messages{1}: name one of them with `message` (`--message` of a command)"
    )]
    NotOne(usize, String),
    /// There is no such message.
    #[error("the file has no message `{0}`")]
    NoSuchMessage(String),
    /// There is no message at those positions.
    #[error("the file has no message at the positions that the record names")]
    NoSuchPath,
    /// A message of another meaning has the name of one of Google's.
    #[error("`{0}` is not what google/protobuf says that it is")]
    NotGoogles(String),
    /// Values are of a type that is no record.
    #[error("values of `{0}` are no records")]
    NoRecord(String),
}
