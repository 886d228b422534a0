//! Which records of a quarantine topic are meant.

use super::entry::Entry;
use crate::record::Reason;

/// A choice among quarantined records: all that fit every part; an empty part
/// fits all.
#[derive(Clone, Debug, Default)]
pub struct Choice {
    /// Reasons.
    pub reasons: Vec<Reason>,
    /// Fields, as the policy writes them.
    pub fields: Vec<String>,
    /// Outputs.
    pub outputs: Vec<String>,
    /// Source topics.
    pub topics: Vec<String>,
    /// Places in the quarantine topic.
    pub places: Vec<OffsetRange>,
    /// Quarantined at this time or later, milliseconds since 1970.
    pub since_ms: Option<i64>,
    /// Quarantined before this time, milliseconds since 1970.
    pub until_ms: Option<i64>,
}

/// Offsets of one partition of a quarantine topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OffsetRange {
    /// The partition.
    pub partition: i32,
    /// The first offset.
    pub first: i64,
    /// The last.
    pub last: i64,
}

impl Choice {
    /// True when it means everything.
    pub fn is_everything(&self) -> bool {
        let empty = [
            self.reasons.is_empty(),
            self.fields.is_empty(),
            self.outputs.is_empty(),
            self.topics.is_empty(),
            self.places.is_empty(),
            self.since_ms.is_none(),
            self.until_ms.is_none(),
        ];
        empty.iter().all(|empty| *empty)
    }

    /// True when the record at that place of the quarantine topic is meant. One
    /// without a timestamp is not, where a time is asked for.
    pub fn fits(&self, entry: &Entry, partition: i32, offset: i64) -> bool {
        let named = |wanted: &[String], name: Option<&String>| {
            wanted.is_empty() || name.is_some_and(|n| wanted.contains(n))
        };
        let here =
            |o: &OffsetRange| o.partition == partition && (o.first..=o.last).contains(&offset);
        (self.reasons.is_empty() || self.reasons.contains(&entry.reason))
            && named(&self.fields, entry.field.as_ref())
            && named(&self.outputs, entry.output.as_ref())
            && named(&self.topics, Some(&entry.topic))
            && (self.places.is_empty() || self.places.iter().any(here))
            && self
                .since_ms
                .is_none_or(|t| entry.at_ms.is_some_and(|at| at >= t))
            && self
                .until_ms
                .is_none_or(|t| entry.at_ms.is_some_and(|at| at < t))
    }
}

impl std::str::FromStr for OffsetRange {
    type Err = &'static str;

    /// `PARTITION:OFFSET` or `PARTITION:FIRST-LAST`.
    fn from_str(text: &str) -> Result<OffsetRange, Self::Err> {
        const FORM: &str = "expected PARTITION:OFFSET or PARTITION:FIRST-LAST";
        let (partition, offsets) = text.split_once(':').ok_or(FORM)?;
        let (first, last) = offsets.split_once('-').unwrap_or((offsets, offsets));
        let number = |text: &str| text.parse::<u64>().ok().and_then(|n| i64::try_from(n).ok());
        let offsets = OffsetRange {
            partition: partition.parse::<u16>().map_err(|_| FORM)?.into(),
            first: number(first).ok_or(FORM)?,
            last: number(last).ok_or(FORM)?,
        };
        (offsets.first <= offsets.last)
            .then_some(offsets)
            .ok_or(FORM)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> Entry {
        Entry {
            reason: Reason::WrongType,
            topic: "raw".into(),
            partition: 0,
            element: None,
            group: None,
            offset: 5,
            output: Some("clean".into()),
            field: Some("a.b".into()),
            action: Some("mask".into()),
            tries: 1,
            at_ms: Some(1_000),
            is_sealed: true,
        }
    }

    #[test]
    fn every_part_narrows_the_choice() {
        type Narrow = fn(&mut Choice);
        let cases: [(Narrow, Narrow); 7] = [
            (
                |c| c.reasons = vec![Reason::NotJson, Reason::WrongType],
                |c| c.reasons = vec![Reason::NotJson],
            ),
            (
                |c| c.fields = vec!["a.b".into()],
                |c| c.fields = vec!["a".into()],
            ),
            (
                |c| c.outputs = vec!["clean".into()],
                |c| c.outputs = vec!["raw".into()],
            ),
            (
                |c| c.topics = vec!["raw".into()],
                |c| c.topics = vec!["clean".into()],
            ),
            (
                |c| c.places = vec!["1:7-9".parse().unwrap()],
                |c| c.places = vec!["0:7-9".parse().unwrap(), "1:9".parse().unwrap()],
            ),
            (|c| c.since_ms = Some(1_000), |c| c.since_ms = Some(1_001)),
            (|c| c.until_ms = Some(1_001), |c| c.until_ms = Some(1_000)),
        ];
        assert!(Choice::default().is_everything());
        for (n, (fits, fits_not)) in cases.into_iter().enumerate() {
            let mut choice = Choice::default();
            fits(&mut choice);
            assert!(
                choice.fits(&entry(), 1, 8) && !choice.is_everything(),
                "{n}"
            );
            let mut choice = Choice::default();
            fits_not(&mut choice);
            assert!(!choice.fits(&entry(), 1, 8), "{n}");
        }
        let whole = Entry {
            output: None,
            field: None,
            at_ms: None,
            ..entry()
        };
        let mut choice = Choice::default();
        assert!(choice.fits(&whole, 1, 8));
        choice.until_ms = Some(i64::MAX);
        assert!(!choice.fits(&whole, 1, 8));
    }

    #[test]
    fn places_are_read_or_refused() {
        let read = |text: &str| {
            text.parse::<OffsetRange>()
                .ok()
                .map(|o| (o.partition, o.first, o.last))
        };
        assert_eq!(read("0:5"), Some((0, 5, 5)));
        assert_eq!(read("2:5-9"), Some((2, 5, 9)));
        for wrong in [
            "",
            "5",
            "0:",
            "0:9-5",
            "-1:5",
            "0:5-",
            "x:1",
            "0:99999999999999999999",
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
