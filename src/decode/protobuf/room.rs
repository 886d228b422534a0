//! What a decoder has in hand.

use super::frame::Frame;
use crate::decode::duplicates::Duplicates;

/// What is kept from message to message so that nothing is allocated.
#[derive(Default)]
pub(super) struct Room {
    /// The open messages, innermost last.
    pub(super) stack: Vec<Frame>,
    /// Which fields of them were seen: 64 a word.
    pub(super) bits: Vec<u64>,
    /// Keys of the open maps.
    pub(super) seen: Duplicates,
    /// Groups that are open in a field that is passed over.
    pub(super) groups: Vec<u32>,
    /// The text of a key that is none.
    pub(super) key: String,
}

impl Room {
    pub(super) fn clear(&mut self) {
        self.stack.clear();
        self.bits.clear();
        self.bits.shrink_to(4096);
        self.seen.clear();
    }
}
