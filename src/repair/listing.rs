//! Quarantined records counted by what they have in common.

use std::collections::BTreeMap;

use super::entry::Entry;
use crate::record::Reason;

/// What records have in common that were refused alike.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Common {
    /// Why.
    pub reason: Reason,
    /// The output that refused them.
    pub output: Option<String>,
    /// The field of that output.
    pub field: Option<String>,
    /// Source topic.
    pub topic: String,
}

/// Records refused alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What they have in common.
    pub common: Common,
    /// How many.
    pub records: u64,
    /// The first of them was quarantined at, milliseconds since 1970.
    pub oldest_ms: Option<i64>,
    /// The last of them was.
    pub newest_ms: Option<i64>,
}

impl Common {
    /// Of a quarantined record.
    pub(super) fn of(entry: &Entry) -> Common {
        Common {
            reason: entry.reason,
            output: entry.output.clone(),
            field: entry.field.clone(),
            topic: entry.topic.clone(),
        }
    }
}

/// Counts records as they come.
#[derive(Clone, Debug, Default)]
pub(super) struct Listing(BTreeMap<Common, Row>);

impl Listing {
    /// Counts a record that was quarantined at `at_ms`.
    pub fn add(&mut self, common: &Common, at_ms: Option<i64>) {
        if !self.0.contains_key(common) {
            let row = Row {
                common: common.clone(),
                records: 0,
                oldest_ms: at_ms,
                newest_ms: at_ms,
            };
            self.0.insert(common.clone(), row);
        }
        let row = self.0.get_mut(common).expect("just put there");
        row.records += 1;
        row.oldest_ms = row.oldest_ms.into_iter().chain(at_ms).min();
        row.newest_ms = row.newest_ms.max(at_ms);
    }

    /// The rows, the largest first.
    pub fn rows(self) -> Vec<Row> {
        let mut rows: Vec<Row> = self.0.into_values().collect();
        rows.sort_by_key(|row| std::cmp::Reverse(row.records));
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_refused_alike_are_one_row_the_largest_first() {
        let common = |field: &str| Common {
            reason: Reason::WrongType,
            output: Some("clean".into()),
            field: Some(field.into()),
            topic: "raw".into(),
        };
        let mut listing = Listing::default();
        for (field, at) in [("a", Some(5)), ("b", Some(9)), ("b", None), ("b", Some(2))] {
            listing.add(&common(field), at);
        }
        let row = |field, records, oldest_ms, newest_ms| Row {
            common: common(field),
            records,
            oldest_ms: Some(oldest_ms),
            newest_ms: Some(newest_ms),
        };
        assert_eq!(listing.rows(), [row("b", 3, 2, 9), row("a", 1, 5, 5)]);
    }
}
