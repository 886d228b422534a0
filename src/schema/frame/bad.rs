//! Why a frame cannot be read.

/// What stands around a value cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadFrame {
    /// The value ends before its schema is said.
    #[error("the value ends inside its prefix")]
    Cut,
    /// The prefix begins with other bytes.
    #[error("the value has no prefix of this framing")]
    Magic,
    /// A header that says the schema has another length or kind, or stands twice.
    #[error("a header that says the schema is not as it must be")]
    Header,
    /// More than 8 message indexes, a negative one, or one longer than it need be.
    #[error("the message indexes cannot be read")]
    Indexes,
}
