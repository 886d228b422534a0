//! What was chosen is done with, and what lies before the first record that is
//! not is cut off.

use super::done::Done;
use super::done::MARK;
use super::survey::{Partition, Survey};
use crate::kafka::errors::Failure;
use crate::kafka::quarantine_writer::{Mark, QuarantineWriter};
use crate::kafka::stored_topic::StoredTopic;

/// What a purge did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Purged {
    /// Records that are done with now.
    pub marked: u64,
    /// By partition: everything before this offset is deleted.
    pub cut: Vec<(i32, i64)>,
}

/// Offsets that one marker names at most: its text stays below 20 KiB.
pub(super) const OFFSETS_MAX: usize = 1_000;

/// Marks what the survey chose as done with, then cuts each partition up to its
/// first record that is not. Kafka deletes from the front only: what is done with
/// behind that record stays until it is.
///
/// # Errors
/// The cluster does not let it; what was marked until then stays so.
pub fn purge(
    topic: &StoredTopic,
    survey: &Survey,
    writer: &mut QuarantineWriter,
    stop: &dyn Fn() -> bool,
) -> Result<Purged, Failure> {
    let mut purged = Purged::default();
    for part in &survey.parts {
        for offsets in part.chosen.chunks(OFFSETS_MAX) {
            if !writer.is_open() {
                writer.open(stop)?;
            }
            // Said twice, a marker says the same: an answer that never came
            // needs no look.
            writer.transact(&[], None, &[mark(part.partition, offsets)])?;
            purged.marked += offsets.len() as u64;
        }
    }
    purged.cut = survey.parts.iter().filter_map(cut_at).collect();
    if !purged.cut.is_empty() {
        topic.cut(&purged.cut)?;
    }
    Ok(purged)
}

/// The marker that says of these offsets of a partition that they are done with.
pub(super) fn mark(partition: i32, offsets: &[i64]) -> Mark {
    let mut done = Done::default();
    offsets.iter().for_each(|offset| done.add(*offset));
    Mark {
        partition,
        name: MARK,
        text: done.to_string(),
    }
}

/// Up to where a partition may be cut once everything chosen is done with.
fn cut_at(part: &Partition) -> Option<(i32, i64)> {
    let at = part.left.unwrap_or(part.end);
    (at > part.first).then_some((part.partition, at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partition_is_cut_before_its_first_record_that_is_not_done_with() {
        let part = |left, first, end| Partition {
            partition: 2,
            first,
            end,
            done: Done::default(),
            chosen: Vec::new(),
            left,
        };
        assert_eq!(cut_at(&part(Some(7), 3, 9)), Some((2, 7)));
        assert_eq!(cut_at(&part(None, 3, 9)), Some((2, 9)));
        assert_eq!(cut_at(&part(Some(3), 3, 9)), None);
        assert_eq!(cut_at(&part(None, 3, 3)), None, "an empty partition");
    }
}
