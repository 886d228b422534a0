//! The record that a value is bound to.

/// Where a record came from, for what holds for it and for no other.
#[derive(Clone, Copy, Debug)]
pub struct OfRecord<'a> {
    /// Its source topic.
    pub topic: &'a str,
    /// Its partition.
    pub partition: u32,
    /// Its offset.
    pub offset: u64,
    /// Which element of it, counted from 0, where records are taken apart: under a
    /// name that says so, since it lengthens the message.
    pub element: Option<u32>,
}

impl OfRecord<'_> {
    /// Appends it to a message: the topic behind its length in four bytes, then the
    /// numbers, big-endian. Frozen, with what is made of it.
    pub(super) fn append(&self, message: &mut Vec<u8>) {
        let len = u32::try_from(self.topic.len()).unwrap_or(u32::MAX);
        message.extend_from_slice(&len.to_be_bytes());
        message.extend_from_slice(self.topic.as_bytes());
        message.extend_from_slice(&self.partition.to_be_bytes());
        message.extend_from_slice(&self.offset.to_be_bytes());
        if let Some(element) = self.element {
            message.extend_from_slice(&element.to_be_bytes());
        }
    }
}
