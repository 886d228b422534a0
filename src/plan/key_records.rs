//! Record keys that leave as records (`key: { fields: … }`): what is written of the
//! members of the keys that come in.

use super::reading::{OutputReading, Reading};
use super::{KeyWrite, OnError, Output, TableId};
use crate::record::ids::FieldId;

/// How the record key of an output is made.
pub enum RecordKey {
    /// Of the values of some places, as text.
    Made(KeyWrite),
    /// As a record, of the members of the one that came in.
    Fields(KeyRecordId),
}

/// Place in [`KeyRecords::outputs`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyRecordId(pub u16);

/// The keys that leave as records.
pub struct KeyRecords {
    /// One for each output that has such keys: its topic, how its schema is called, and
    /// what is written by the one role table that there is. Fields are counted with those
    /// of the output itself.
    pub outputs: Vec<Output>,
    /// Of each of them, the fields of which something must be written: without one of them
    /// keys that tell records apart would be one.
    pub(crate) needed: Vec<Vec<FieldId>>,
    /// What each state of the keys' automaton means to each of them.
    pub(crate) reading: Reading,
}

impl KeyRecords {
    /// The role table of all of them.
    pub(crate) const TABLE: TableId = TableId(0);

    /// What is written of the keys of one output.
    pub(crate) fn of(&self, id: KeyRecordId) -> (&Output, &OutputReading) {
        let at = usize::from(id.0);
        (&self.outputs[at], self.reading.output(at))
    }

    /// The fields of such an output that may not be left out: all but those that
    /// `on_error: drop_field` leaves out and those that are dropped anyway.
    pub(crate) fn needed(output: &Output) -> Vec<FieldId> {
        let writes = output.leaves.iter().flat_map(|leaf| &leaf.writes);
        let needed = writes.filter(|w| !w.drops && !matches!(w.on_error, OnError::DropField));
        needed.map(|write| write.field).collect()
    }

    /// The fields of that output that something must be written of.
    pub(crate) fn needed_by(&self, id: KeyRecordId) -> &[FieldId] {
        &self.needed[usize::from(id.0)]
    }
}
