//! Record keys that leave as records (`key: { fields: … }`): what is written of the
//! members of the keys that come in.

use super::reading::{OutputReading, Reading};
use super::{KeyWrite, Output, TableId};

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
}
