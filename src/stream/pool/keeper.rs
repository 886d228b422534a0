//! What a pool has its records kept by.

use crate::record::state_row::StateRow;
use crate::release::NoRow;

/// What keeps the records that wait, and composes a release of them.
pub(crate) trait Keeper {
    /// A batch as the workers made it.
    type Batch;
    /// What leaves together.
    type Content;
    /// A person.
    type Person;

    /// What was remembered of everybody, as it was committed: takes the place of what is
    /// known.
    ///
    /// # Errors
    /// It says nothing that can be read: nobody may be released.
    fn resume(&mut self, rows: &[StateRow]) -> Result<(), NoRow>;
    /// True when what a release of all that waits must remember has no room: it waits, and
    /// is not left out either.
    fn is_full(&self) -> bool;
    /// Takes the records of a batch of that lane, called so here, that wait; what leaves
    /// beside them, refused records sealed for the quarantine and counts, it keeps too, by
    /// lane. Returns how many of them wait.
    fn take(&mut self, lane: u16, batch: &Self::Batch) -> usize;
    /// How many records wait.
    fn len(&self) -> usize;
    /// Bytes of memory that they take.
    fn bytes(&self) -> u64;
    /// Composes a release of all that waits; `None`: they are too few, or of too few
    /// persons, and wait on.
    fn release(&mut self) -> Option<Self::Content>;
    /// All that waits is left out and counted; what leaves is that count, and what was kept
    /// beside it.
    fn leave_out(&mut self) -> Self::Content;
    /// What leaves of lanes of which nothing waits: what was kept beside.
    fn beside(&mut self, lanes: &[u16]) -> Self::Content;
    /// Forgets what is of a lane. Returns how many of its records waited.
    fn drop_lane(&mut self, lane: u16) -> usize;
    /// Takes out the records of these people, who withdrew; they are counted as withheld.
    fn forget(&mut self, people: &[Self::Person]);
    /// Whether what waits may leave is not known any more: what is handed over in its place
    /// comes to nothing, and all of it is read again.
    fn void(&mut self) -> Self::Content;
    /// What waits cannot be composed, because of a fault: it must not be left out for that.
    fn is_at_fault(&self) -> bool;
    /// True when records of that lane wait.
    fn has(&self, lane: u16) -> bool;
}
