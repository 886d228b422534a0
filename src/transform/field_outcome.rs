//! What became of a field, to be counted.

use crate::record::Note;
use crate::record::counts::FieldCounts;
use crate::record::ids::FieldId;

/// What became of one field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Presence {
    /// The action wrote a value.
    Written,
    /// The action yielded nothing.
    Absent,
    /// `on_error: drop_field` left the field out.
    DroppedOnError,
    /// `on_error: { replace: … }` put a constant in its place.
    ReplacedOnError,
}

/// What became of which field, or what was said of its value. In one word, because every field of every record
/// leaves one, and whether two records fared alike is seen by comparing the lists.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct FieldOutcome(u32);

impl FieldOutcome {
    /// Of the field at that place in `Output::fields`.
    #[inline]
    pub(super) fn new(field: FieldId, outcome: Presence) -> FieldOutcome {
        debug_assert!(field.0 < 1 << 29, "a policy is at most a mebibyte");
        FieldOutcome(field.0 << 3 | outcome as u32)
    }

    /// What its action said of a value of that field, which has an outcome besides.
    pub(super) fn noted(field: FieldId, note: Note) -> FieldOutcome {
        let outcome = match note {
            Note::Other => Self::OTHER,
            Note::AcceptedHash => Self::ACCEPTED_HASH,
        };
        FieldOutcome(field.0 << 3 | outcome)
    }

    const OTHER: u32 = 4;
    const ACCEPTED_HASH: u32 = 5;

    /// Counts it, for so many records.
    pub(crate) fn count(self, records: u64, fields: &mut [FieldCounts]) {
        let counts = &mut fields[(self.0 >> 3) as usize];
        const ABSENT: u32 = Presence::Absent as u32;
        const DROPPED_ON_ERROR: u32 = Presence::DroppedOnError as u32;
        const REPLACED_ON_ERROR: u32 = Presence::ReplacedOnError as u32;
        let count = match self.0 & 7 {
            ABSENT => &mut counts.absent,
            DROPPED_ON_ERROR => &mut counts.dropped_on_error,
            REPLACED_ON_ERROR => &mut counts.replaced_on_error,
            Self::OTHER => &mut counts.other,
            Self::ACCEPTED_HASH => &mut counts.accepted_hashed,
            _ => &mut counts.written,
        };
        *count += records;
    }

    /// The action of that field wrote a value.
    pub(super) fn is_written(self, field: FieldId) -> bool {
        self == FieldOutcome::new(field, Presence::Written)
    }

    /// True when both lists are the same, looked at without an early end, many
    /// words at a time.
    pub(crate) fn all_equal(these: &[FieldOutcome], those: &[FieldOutcome]) -> bool {
        let differences = |all, (a, b): (&FieldOutcome, &FieldOutcome)| all | (a.0 ^ b.0);
        these.len() == those.len() && these.iter().zip(those).fold(0, differences) == 0
    }
}
