//! What a row of the topic of decisions changes.

use std::sync::Arc;

use crate::consent::state::{Applied, By, Decision, Full, Is, Key, Table, TheirValues, Value};
use crate::decode::Limits;
use crate::kafka::decision_writer::of_person;
use crate::kafka::state::follower::Row;
use crate::plan::Plan;
use crate::plan::live::{LiveConsent, StateFormat};

/// What a row says of one category.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Heard<'a> {
    /// The category.
    pub(super) category: &'a str,
    /// What it is now.
    pub(super) applied: Applied,
    /// Where it was decided.
    pub(super) by: By,
}

/// How the rows of a topic are read.
pub(super) trait Rows: Send {
    /// Takes a row over; the topic has so many partitions. Says what it heard, and returns
    /// false when the row cannot be read: then what it might have said is a denial, if it
    /// is known whose it is.
    ///
    /// # Errors
    /// There is no room for it.
    fn take(
        &mut self,
        table: &mut Table,
        row: &Row<'_>,
        partitions: i32,
        hear: &mut dyn FnMut(Heard<'_>),
    ) -> Result<bool, Full>;
}

/// Rows as [`Statement`](crate::consent::state::Statement) writes them: one for each person
/// and category.
///
/// All of one person lie in one partition, so that the last of them is known. One that lies
/// elsewhere, because partitions were added or somebody places them otherwise, may be older
/// than what lies where it should: it denies, and grants nothing.
pub(super) struct Statements {
    /// A grant without an end of its own ends so long after it was given.
    pub(super) expires_ms: Option<i64>,
    /// The clock, for rows of which the topic does not say when they came.
    pub(super) now_ms: fn() -> i64,
}

impl Rows for Statements {
    fn take(
        &mut self,
        table: &mut Table,
        row: &Row<'_>,
        partitions: i32,
        hear: &mut dyn FnMut(Heard<'_>),
    ) -> Result<bool, Full> {
        let key = Key::read(row.key);
        let is_placed = key.is_none_or(|k| of_person(&k.who.text(), partitions) == row.partition);
        if !is_placed && !Value::read(row.value, None).denies() {
            return Ok(false);
        }
        let known_ms = row.appended_ms.unwrap_or_else(self.now_ms);
        let applied = table.apply(row.key, row.value, self.expires_ms, known_ms)?;
        let Some(Key { category, .. }) = key else {
            return Ok(false);
        };
        let by = row.value.map_or(By::Other, By::stated);
        hear(Heard {
            category,
            applied,
            by,
        });
        let is_readable = !matches!(
            applied,
            Applied::BadKey
                | Applied::Said {
                    is: Is::Unreadable,
                    ..
                }
        );
        Ok(is_placed && is_readable)
    }
}

/// Rows as somebody else writes them: the key is the identifier of a person, the value all
/// that they decided.
pub(super) struct Theirs {
    plan: Arc<Plan>,
    values: TheirValues,
    expires_ms: Option<i64>,
    now_ms: fn() -> i64,
}

impl Theirs {
    /// As that plan reads them.
    pub(super) fn new(plan: &Arc<Plan>, now_ms: fn() -> i64) -> Theirs {
        Theirs {
            plan: Arc::clone(plan),
            values: TheirValues::new(rand::random(), Limits::default()),
            expires_ms: plan.live.as_ref().and_then(|live| live.expires_ms),
            now_ms,
        }
    }
}

impl Rows for Theirs {
    fn take(
        &mut self,
        table: &mut Table,
        row: &Row<'_>,
        _partitions: i32,
        hear: &mut dyn FnMut(Heard<'_>),
    ) -> Result<bool, Full> {
        let Some(LiveConsent {
            format: StateFormat::Json(theirs),
            ..
        }) = &self.plan.live
        else {
            return Ok(false);
        };
        let kind = &self.plan.subjects[theirs.kind];
        let named = std::str::from_utf8(row.key).map(|key| kind.named(key));
        let Ok(Ok(Some(who))) = named else {
            return Ok(false);
        };
        let now_ms = (self.now_ms)();
        let reads = &theirs.reads;
        let read = row.value.map(|v| self.values.read(reads, v, now_ms));
        // What cannot be read may be a withdrawal of anything.
        let is_readable = read != Some(None);
        let (granted, denied) = match read {
            None => (0, 0),
            Some(None) => (0, u64::MAX),
            Some(Some(bits)) => bits,
        };
        let since_ms = row.appended_ms.unwrap_or(now_ms);
        let until_ms = self.expires_ms.map(|ms| since_ms.saturating_add(ms));
        for (bit, category) in reads.categories.iter().enumerate() {
            let has = |bits: u64| bits >> bit & 1 == 1;
            let (decision, is) = match (has(granted), has(denied)) {
                (_, true) if !is_readable => (Some(Decision::Denied), Is::Unreadable),
                (_, true) => (Some(Decision::Denied), Is::Denied),
                (true, false) => (Some(Decision::Granted { until_ms }), Is::Granted),
                (false, false) => (None, Is::Silent),
            };
            let narrows = table.decide(who, category, decision)?;
            hear(Heard {
                category,
                applied: Applied::Said { is, narrows },
                by: By::Cmp,
            });
        }
        Ok(is_readable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consent::state::Statement;
    use crate::record::SubjectId;

    const WHO: SubjectId = SubjectId([9; 16]);
    const AT_MS: i64 = 1_772_323_200_000;

    fn statements(expires_ms: Option<i64>) -> Statements {
        let now_ms = || AT_MS;
        Statements { expires_ms, now_ms }
    }

    struct Topic {
        table: Table,
        rows: Statements,
    }

    impl Topic {
        fn take(&mut self, key: &[u8], value: Option<&[u8]>, partition: i32) -> bool {
            let row = Row {
                topic: 0,
                partition,
                appended_ms: Some(AT_MS),
                key,
                value,
            };
            self.rows
                .take(&mut self.table, &row, 8, &mut |_| {})
                .unwrap()
        }

        fn bits(&mut self) -> (u64, u64) {
            let now = self.table.publish(AT_MS);
            now.bits(now.of(WHO).profile, &["Ads".to_owned()], AT_MS)
        }
    }

    fn value(granted: bool) -> Vec<u8> {
        let statement = Statement::new(granted, AT_MS, By::Page);
        statement.value().unwrap().into_bytes()
    }

    #[test]
    fn a_row_in_a_wrong_partition_denies_and_grants_nothing() {
        let mut topic = Topic {
            table: Table::default(),
            rows: statements(None),
        };
        let key = Statement::key(WHO, "Ads").unwrap();
        let right = of_person(&WHO.text(), 8);
        let wrong = (right + 1) % 8;
        let (granted, denied) = (value(true), value(false));
        assert!(!topic.take(key.as_bytes(), Some(&granted), wrong));
        assert_eq!(topic.bits(), (0, 0));
        assert!(topic.take(key.as_bytes(), Some(&granted), right));
        assert_eq!(topic.bits(), (1, 0));
        assert!(!topic.take(key.as_bytes(), Some(&denied), wrong));
        assert_eq!(topic.bits(), (0, 1));
        // Neither does it make anybody silent.
        assert!(!topic.take(key.as_bytes(), None, wrong));
        assert_eq!(topic.bits(), (0, 1));
        assert!(topic.take(key.as_bytes(), None, right));
        assert_eq!(topic.bits(), (0, 0));
    }

    #[test]
    fn what_cannot_be_read_is_told() {
        let mut topic = Topic {
            table: Table::default(),
            rows: statements(None),
        };
        let key = Statement::key(WHO, "Ads").unwrap();
        let right = of_person(&WHO.text(), 8);
        assert!(!topic.take(b"nobody", Some(&value(true)), 0));
        assert!(!topic.take(key.as_bytes(), Some(b"{"), right));
        assert_eq!(topic.bits(), (0, 1));
    }

    #[test]
    fn a_grant_of_the_future_ends_as_if_it_were_of_the_time_it_came() {
        let day = 86_400_000;
        let key = Statement::key(WHO, "Ads").unwrap();
        let future = Statement::new(true, AT_MS + 27_000 * day, By::Import);
        let future = future.value().unwrap();
        for appended_ms in [Some(AT_MS), None] {
            let mut table = Table::default();
            let row = Row {
                topic: 0,
                partition: of_person(&WHO.text(), 8),
                appended_ms,
                key: key.as_bytes(),
                value: Some(future.as_bytes()),
            };
            let taken = statements(Some(day)).take(&mut table, &row, 8, &mut |_| {});
            assert_eq!(taken, Ok(true));
            let now = table.publish(AT_MS);
            let bits = |at_ms| now.bits(now.of(WHO).profile, &["Ads".to_owned()], at_ms);
            assert_eq!(bits(AT_MS + day - 1), (1, 0));
            assert_eq!(bits(AT_MS + day).0, 0);
        }
    }
}
