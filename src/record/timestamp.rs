//! Timestamps of records, as they come and as they go.

/// Kafka's timestamp of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timestamp {
    /// The record has none.
    None,
    /// Set by the producer, milliseconds since 1970.
    Create(i64),
    /// Set by the broker, milliseconds since 1970.
    Append(i64),
}

impl Timestamp {
    /// Milliseconds since 1970.
    pub const fn millis(self) -> Option<i64> {
        match self {
            Timestamp::None => None,
            Timestamp::Create(ms) | Timestamp::Append(ms) => Some(ms),
        }
    }
}

/// The timestamp an outgoing record gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutTimestamp {
    /// The time of writing.
    Now,
    /// Milliseconds since 1970.
    Millis(i64),
}
