//! Why texts are no schema.

/// Why texts are no schema. Carries names, places and text of the schema, no data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// More than [`FILES_MAX`](super::source::FILES_MAX) files.
    #[error("it has {0} files: 64 are read")]
    TooManyFiles(usize),
    /// More than [`TEXT_BYTES_MAX`](super::source::TEXT_BYTES_MAX).
    #[error("its files have {0} bytes: 4,194,304 are read")]
    TooManyBytes(usize),
    /// More words, signs, strings and comments in all its files, or as much in descriptors, than
    /// a parser is given.
    #[error(
        "its files hold {0} words, signs and comments, or as much in descriptors: 100,000 are read"
    )]
    TooManyWords(usize),
    /// More than [`NODES_MAX`](crate::schema::protobuf::node::NODES_MAX).
    #[error(
        "the message, with all that it refers to, has more than 16,384 types, fields, symbols and reserved ranges"
    )]
    TooLarge,
    /// A place at which a file nests deeper than is read.
    #[error("{0}: it nests deeper than 100 levels")]
    TooDeep(String),
    /// A place, and the bytes of the name that stands there, with those of what it stands in.
    #[error("{0}: a name of {1} bytes, with those of what it stands in: 512 are read")]
    LongName(String, usize),
    /// A file cannot be read.
    #[error("{0}")]
    Unreadable(String),
    /// A file that is imported, at a place, and is not there.
    #[error("{0}: the import `{1}` is not among the files")]
    NoImport(String, String),
    /// A file of the language's editions, which came behind proto3.
    #[error("`{0}` has an `edition`, or another syntax: files of proto2 and proto3 are read")]
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
