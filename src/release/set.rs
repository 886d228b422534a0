//! Which records a release holds, and nothing of what they say.

use std::fmt::Write as _;

use super::compose::Released;
use crate::crypto::release_set::{SetKey, SetMark};

impl Released {
    /// The mark of which records are in it: in rising order a line for each, of source topic,
    /// partition, offset and which of the records of that offset, tabs between them. Each
    /// place of a record begins with a lane; `lane` says which partition of which topic that
    /// is.
    pub fn set<'l>(&self, key: &SetKey, lane: impl Fn(u16) -> (&'l str, i32)) -> SetMark {
        let mut places: Vec<(&str, i32, i64, u32)> = self
            .records
            .iter()
            .map(|record| {
                let (from, offset, nth) = record.place;
                let (topic, partition) = lane(from);
                (topic, partition, offset, nth)
            })
            .collect();
        places.sort_unstable();
        let mut text = String::with_capacity(32 * places.len());
        for (topic, partition, offset, nth) in places {
            writeln!(text, "{topic}\t{partition}\t{offset}\t{nth}")
                .expect("writing to memory cannot fail");
        }
        key.mark(text.as_bytes())
    }
}
