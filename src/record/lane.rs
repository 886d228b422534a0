//! Where a record comes from, and how far its partition is read.

use std::sync::Arc;

/// One assigned partition, and which assignment of it: a partition that left
/// and came back is another lane, and nothing of the old one is sent.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Lane {
    /// Source topic.
    pub topic: Arc<str>,
    /// Source partition.
    pub partition: i32,
    /// Number of the assignment.
    pub claim: u64,
}

/// The offset to commit: one past the last record done (kafka rule R3). Made
/// in one place, from the offset of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NextOffset(i64);

impl NextOffset {
    /// The offset after that record's.
    pub(crate) const fn after(offset: i64) -> Self {
        NextOffset(offset + 1)
    }

    /// A position, which already is a next offset.
    pub const fn position(position: i64) -> Self {
        NextOffset(position)
    }

    /// As Kafka wants it.
    pub const fn get(self) -> i64 {
        self.0
    }
}
