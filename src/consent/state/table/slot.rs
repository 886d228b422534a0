//! A place of the table, and the name by which it is found.

use crate::record::SubjectId;

/// So many rows, of so many shards each.
pub(super) const ROWS: usize = 128;

/// A person and their profile; 0: nobody stands there. 12 of the 16 bytes of the name: two
/// people of n are taken for each other by chance n × 2^-96.
#[derive(Clone, Copy, Default)]
pub(super) struct Slot {
    pub(super) first: u64,
    pub(super) then: u32,
    pub(super) profile: u32,
}

/// The name of a person as the table takes it apart.
#[derive(Clone, Copy)]
pub(super) struct Name {
    pub(super) first: u64,
    pub(super) then: u32,
}

impl Name {
    pub(super) fn of(who: SubjectId) -> Name {
        let bytes = u128::from_be_bytes(who.0);
        Name {
            first: (bytes >> 64) as u64,
            then: (bytes >> 32) as u32,
        }
    }

    /// Row and place in it: the first 14 bits.
    pub(super) fn shard(self) -> (usize, usize) {
        let at = (self.first >> 50) as usize;
        (at / ROWS, at % ROWS)
    }
}
