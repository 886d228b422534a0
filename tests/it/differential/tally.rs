//! What decoder and judge said, counted.

use std::collections::BTreeMap;

use veilstream::record::Reason;

use super::oracle::Outcome;

/// What was said how often.
#[derive(Default)]
pub struct Tally {
    pub documents: u64,
    accepted: u64,
    numbers: u64,
    entries: u64,
    refused: BTreeMap<Reason, u64>,
    disagreed: BTreeMap<Reason, u64>,
}

impl Tally {
    pub fn add(&mut self, outcome: Outcome) {
        self.documents += 1;
        match outcome {
            Outcome::Accepted { numbers, entries } => {
                self.accepted += 1;
                self.entries += entries;
                self.numbers += u64::from(numbers);
            }
            Outcome::Refused(reason) => *self.refused.entry(reason).or_default() += 1,
            Outcome::Disagreed(reason) => *self.disagreed.entry(reason).or_default() += 1,
        }
    }

    pub fn with(mut self, other: Tally) -> Tally {
        self.documents += other.documents;
        self.accepted += other.accepted;
        self.numbers += other.numbers;
        self.entries += other.entries;
        for (mine, theirs) in [
            (&mut self.refused, other.refused),
            (&mut self.disagreed, other.disagreed),
        ] {
            for (reason, count) in theirs {
                *mine.entry(reason).or_default() += count;
            }
        }
        self
    }

    /// Each answer came often enough for the agreement to mean something.
    pub fn assert_that_it_says_something(&self) {
        let share = self.accepted * 100 / self.documents;
        assert!((30..=60).contains(&share), "{share} % accepted");
        assert!(self.entries > 4 * self.accepted, "{} entries", self.entries);
        assert!(
            self.numbers * 200 > self.documents,
            "{} odd numbers",
            self.numbers
        );
        for (counts, reason, per_million) in [
            (&self.refused, Reason::NotJson, 100_000),
            (&self.refused, Reason::NotUtf8, 10_000),
            (&self.disagreed, Reason::DuplicateKey, 10_000),
            (&self.disagreed, Reason::NotAnObject, 5_000),
            (&self.disagreed, Reason::TooDeep, 5_000),
            (&self.disagreed, Reason::TooLarge, 2_000),
            (&self.disagreed, Reason::TooComplex, 2_000),
        ] {
            let count = counts.get(&reason).copied().unwrap_or(0);
            let least = self.documents * per_million / 1_000_000;
            assert!(
                count >= least,
                "{reason}: {count}, at least {least} expected"
            );
        }
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{:>10} documents", self.documents)?;
        writeln!(f, "{:>10} accepted by both", self.accepted)?;
        let (entries, numbers) = (self.entries, self.numbers);
        writeln!(
            f,
            "{entries:>10} entries on their tapes, all as they must be"
        )?;
        writeln!(
            f,
            "{numbers:>10} with numbers that serde_json cannot represent"
        )?;
        for (reason, count) in &self.refused {
            writeln!(f, "{count:>10} refused by both: {reason}")?;
        }
        for (reason, count) in &self.disagreed {
            writeln!(f, "{count:>10} refused by us alone: {reason}")?;
        }
        writeln!(
            f,
            "         0 accepted by us alone: the first would have ended the run"
        )
    }
}
