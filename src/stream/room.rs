//! How much may wait for a release in the memory of its group.

use std::fmt;

use crate::kafka::memory;
use crate::plan::held::Held;
use crate::release::Waiting;

/// A value of so many bytes is what people picture as a record.
const USUAL_BYTES: u64 = 500;

/// What may wait for a release of one output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// Bytes of memory for all of it.
    pub bytes: u64,
    /// Bytes that a record takes beside what leaves of it.
    each: u64,
}

/// Bytes of what may wait, of those that may be under way: the rest is for what is read
/// meanwhile, and for a release on its way. Never more than a transaction can hold that goes
/// on within half of its time, at 10 MB/s.
pub(super) fn waiting_bytes_max(credit: u64) -> u64 {
    (credit / 2).min(Waiting::BYTES_MAX)
}

impl Room {
    /// Of an output whose group may have so many bytes under way.
    pub(super) fn of(credit: u64, held: &Held) -> Room {
        Room {
            bytes: waiting_bytes_max(credit),
            each: Waiting::bytes_beside(held),
        }
    }

    /// How many records may wait if so many bytes leave of each.
    pub fn records(&self, value_bytes: u64) -> u64 {
        self.bytes / (self.each + value_bytes)
    }

    /// Bytes of the group's memory in which so many records have room, of whose values that
    /// many bytes leave; `None`: in no memory. `plan_bytes` as of [`memory::Memory::plan`].
    pub(super) fn memory_for(
        &self,
        records: u64,
        value_bytes: u64,
        plan_bytes: u64,
    ) -> Option<u64> {
        memory_for(records * (self.each + value_bytes), plan_bytes)
    }
}

/// Bytes of a group's memory in which so many bytes may wait; `None`: in no memory.
pub(super) fn memory_for(waiting_bytes: u64, plan_bytes: u64) -> Option<u64> {
    let has_room = waiting_bytes <= Waiting::BYTES_MAX;
    has_room.then(|| memory::that_gives(2 * waiting_bytes, plan_bytes))
}

/// As `50MiB may wait: 190000 records at most, 69000 of 500 bytes each`.
impl fmt::Display for Room {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}MiB may wait: {} records at most, {} of {USUAL_BYTES} bytes each",
            self.bytes >> 20,
            self.records(0),
            self.records(USUAL_BYTES)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::memory::Memory;

    #[test]
    fn a_pool_leaves_within_half_of_its_transaction_whatever_the_memory() {
        assert_eq!(waiting_bytes_max(10 << 20), 5 << 20);
        let most = waiting_bytes_max(u64::MAX);
        assert!(most / 10_000_000 < 30, "{most}");
    }

    #[test]
    fn the_memory_that_is_named_has_room_and_a_little_less_has_not() {
        let credit = |budget| {
            Memory::plan(Some(budget), None, Some(1), 1, 3 << 20, 1)
                .unwrap()
                .credit
        };
        for waits in [1 << 20, 50 << 20, 200 << 20] {
            let needed = memory_for(waits, 3 << 20).unwrap();
            assert!(waiting_bytes_max(credit(needed)) >= waits);
            assert!(waiting_bytes_max(credit(needed - (2 << 20))) < waits);
        }
        assert_eq!(memory_for(1 << 30, 0), None);
    }
}
