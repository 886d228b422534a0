//! Which records of a partition are done with, and how a marker says so.

use std::collections::BTreeMap;

/// The header of a marker; its value is the text of a [`Done`].
pub const MARK: &str = "veil-done";

/// Offsets of one partition of a quarantine topic that are done with, as ranges.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// First offset of a range to its last; none touch.
    ranges: BTreeMap<i64, i64>,
}

impl Done {
    /// Adds one offset.
    pub fn add(&mut self, offset: i64) {
        self.add_range(offset, offset);
    }

    /// Adds everything of another.
    pub fn merge(&mut self, other: &Done) {
        for (first, last) in &other.ranges {
            self.add_range(*first, *last);
        }
    }

    /// True when that offset is done with.
    pub fn contains(&self, offset: i64) -> bool {
        let before = self.ranges.range(..=offset).next_back();
        before.is_some_and(|(_, last)| *last >= offset)
    }

    /// True when nothing is.
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// Reads the text of a marker: `3,5-9`, ascending.
    pub fn parse(text: &str) -> Option<Done> {
        let mut done = Done::default();
        for range in text.split(',') {
            let (first, last) = range.split_once('-').unwrap_or((range, range));
            let (first, last) = (offset(first)?, offset(last)?);
            if first > last {
                return None;
            }
            done.add_range(first, last);
        }
        Some(done)
    }

    fn add_range(&mut self, mut first: i64, mut last: i64) {
        // Everything that overlaps or touches becomes one.
        while let Some((from, to)) = self
            .ranges
            .range(..=last.saturating_add(1))
            .next_back()
            .map(|(from, to)| (*from, *to))
            .filter(|(_, to)| *to >= first.saturating_sub(1))
        {
            self.ranges.remove(&from);
            first = first.min(from);
            last = last.max(to);
        }
        self.ranges.insert(first, last);
    }
}

fn offset(text: &str) -> Option<i64> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

/// The text of a marker.
impl std::fmt::Display for Done {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (n, (first, last)) in self.ranges.iter().enumerate() {
            let comma = if n > 0 { "," } else { "" };
            match first == last {
                true => write!(f, "{comma}{first}")?,
                false => write!(f, "{comma}{first}-{last}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_marker_is_text_that_is_read_back() {
        let mut done = Done::default();
        for offset in [9, 3, 5, 6, 7, 8] {
            done.add(offset);
        }
        assert_eq!(done.to_string(), "3,5-9");
        assert_eq!(Done::parse("3,5-9"), Some(done));
        for wrong in [
            "",
            "x",
            "-1",
            "5-",
            "9-5",
            "1,,2",
            "1, 2",
            "+1",
            "99999999999999999999",
        ] {
            assert_eq!(Done::parse(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn it_is_the_set_that_was_put_in(
            ranges in prop::collection::vec((0_i64..60, 0_i64..9), 0..30),
        ) {
            let mut set = BTreeSet::new();
            let mut done = Done::default();
            for (first, len) in ranges {
                let mut other = Done::default();
                for offset in first..=first + len {
                    set.insert(offset);
                    other.add(offset);
                }
                done.merge(&other);
            }
            for offset in -1..80 {
                prop_assert_eq!(done.contains(offset), set.contains(&offset));
            }
            if !done.is_empty() {
                prop_assert_eq!(Done::parse(&done.to_string()), Some(done));
            }
        }
    }
}
