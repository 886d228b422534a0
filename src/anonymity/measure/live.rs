//! How alone people stand in a stream, by a sample of classes and not of records: who is
//! alone in a sample of records need not be alone at all.

use std::collections::{BTreeMap, BTreeSet};

/// Classes that are kept.
const CLASSES: usize = 4_096;
/// Persons that are kept of a class.
const PEOPLE: usize = 32;
/// Pairs of class and person that are kept to tell how many there are.
const PAIRS: usize = 16_384;

/// The classes with the smallest keyed hashes, each with those of its persons, at most
/// 1.5 MB of them; and the smallest hashes of pairs, by which these are counted (Bar-Yossef
/// et al., "Counting distinct elements in a data stream", 2002). Exact below as many
/// classes and pairs.
#[derive(Default)]
pub struct Live {
    classes: BTreeMap<u64, Vec<u64>>,
    pairs: BTreeSet<u64>,
    /// Something was put out, so the kept ones are a sample.
    is_sample: bool,
    is_sample_of_pairs: bool,
}

/// What the sample says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figures {
    /// How many classes there are.
    pub classes: f64,
    /// How many persons, counted once in each class.
    pub people: f64,
    /// The share of these who are alone in their class.
    pub unique: f64,
    /// The share of these in classes of fewer than 5, 10 and 20.
    pub below: [f64; 3],
    /// The average risk: classes / persons.
    pub average: f64,
    /// Nothing was estimated.
    pub is_exact: bool,
}

impl Live {
    /// A record, by keyed hashes: of its quasi-identifiers, of its person, and of both
    /// together. Whoever has no key can neither choose what is kept nor read it.
    pub fn see(&mut self, class: u64, person: u64, both: u64) {
        // Most pairs were seen, or are beyond the largest that is kept.
        let full = self.pairs.len() == PAIRS;
        if !(full && self.pairs.last().is_some_and(|last| both > *last)) {
            let is_new = self.pairs.insert(both);
            if is_new && full {
                self.pairs.pop_last();
                self.is_sample_of_pairs = true;
            }
        } else {
            self.is_sample_of_pairs = true;
        }
        let full = self.classes.len() == CLASSES;
        let largest = self.classes.last_key_value().map(|(last, _)| *last);
        if full && largest.is_some_and(|last| class > last) {
            self.is_sample = true;
            return;
        }
        let is_new = !self.classes.contains_key(&class);
        let people = self.classes.entry(class).or_default();
        if people.len() < PEOPLE && !people.contains(&person) {
            people.push(person);
        }
        if is_new && full {
            self.classes.pop_last();
            self.is_sample = true;
        }
    }

    /// What it says so far; `None` before the first record.
    pub fn figures(&self) -> Option<Figures> {
        let (largest, _) = self.classes.last_key_value()?;
        // The k-th smallest of n even hashes lies at k/n on the mean.
        let estimate = |kept: usize, largest: u64| {
            (kept as f64 - 1.0) / ((largest as f64 + 1.0) / 2_f64.powi(64))
        };
        let classes = match self.is_sample {
            true => estimate(self.classes.len(), *largest),
            false => self.classes.len() as f64,
        };
        let people = match self.is_sample_of_pairs {
            true => estimate(self.pairs.len(), *self.pairs.last()?),
            false => self.pairs.len() as f64,
        };
        let share_below = |size: usize| {
            let small = self
                .classes
                .values()
                .map(Vec::len)
                .filter(|len| *len < size);
            let of_class = small.sum::<usize>() as f64 / self.classes.len() as f64;
            (of_class * classes / people).min(1.0)
        };
        Some(Figures {
            classes,
            people,
            unique: share_below(2),
            below: [5, 10, 20].map(share_below),
            average: (classes / people).min(1.0),
            is_exact: !self.is_sample && !self.is_sample_of_pairs,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::anonymity::testing::SplitMix;
    use crate::crypto::sampler::RandomWords;

    /// A hash that nothing is known of.
    fn hash(of: u64, seed: u64) -> u64 {
        SplitMix(of.wrapping_mul(0x5851_f42d_4c95_7f2d) ^ seed).word()
    }

    /// Classes of 1, 2, 3, … persons as in long tails, with the share that is alone.
    fn stream(classes: u64) -> (Vec<(u64, u64)>, f64) {
        let mut records = Vec::new();
        let mut alone = 0;
        for class in 0..classes {
            // Half have one, a quarter two, and so on.
            let size = u64::from((hash(class, 7) | 1 << 40).trailing_zeros()) + 1;
            alone += u64::from(size == 1);
            records.extend((0..size).map(|person| (class, class * 64 + person)));
        }
        let share = alone as f64 / records.len() as f64;
        (records, share)
    }

    fn figures(records: &[(u64, u64)], seed: u64) -> Figures {
        let mut live = Live::default();
        for (class, person) in records {
            let both = hash(hash(*class, seed) ^ person, seed + 1);
            live.see(hash(*class, seed), hash(*person, seed + 2), both);
        }
        live.figures().unwrap()
    }

    #[test]
    fn few_classes_are_counted_exactly() {
        let (mut records, alone) = stream(4_000);
        // Repeats change nothing.
        records.extend(records.clone());
        let own = figures(&records, 1);
        assert!(own.is_exact);
        assert_eq!(own.classes, 4_000.0);
        assert_eq!(own.people, records.len() as f64 / 2.0);
        assert!((own.unique - alone).abs() < 1e-12);
        assert_eq!(own.average, own.classes / own.people);
        assert_eq!(Live::default().figures(), None);
    }

    #[test]
    fn many_are_estimated_without_bias() {
        let (records, alone) = stream(50_000);
        let average = 50_000.0 / records.len() as f64;
        let tries = 24;
        let (mut of_alone, mut of_average) = (Vec::new(), Vec::new());
        for seed in 0..tries {
            let own = figures(&records, seed * 10);
            assert!(!own.is_exact);
            of_alone.push(own.unique - alone);
            of_average.push(own.average - average);
        }
        let mean = |of: &[f64]| of.iter().sum::<f64>() / of.len() as f64;
        let spread = |of: &[f64]| (of.iter().map(|x| x * x).sum::<f64>() / of.len() as f64).sqrt();
        // 1/√4096 and 1/√16384 together are 1.7 % of a figure.
        for (of, true_one) in [(&of_alone, alone), (&of_average, average)] {
            assert!(spread(of) < 0.035 * true_one, "{}", spread(of) / true_one);
            assert!(mean(of).abs() < 0.012 * true_one, "{}", mean(of) / true_one);
        }
    }

    #[test]
    fn there_is_a_bound_to_what_is_kept() {
        let mut live = Live::default();
        for person in 0..100_000 {
            live.see(hash(person % 3, 1), hash(person, 2), hash(person, 3));
        }
        assert_eq!(live.pairs.len(), PAIRS);
        assert!(live.classes.values().all(|people| people.len() == PEOPLE));
        let own = live.figures().unwrap();
        assert_eq!(own.classes, 3.0);
        assert!(
            (own.people / 100_000.0 - 1.0).abs() < 0.04,
            "{}",
            own.people
        );
    }
}
