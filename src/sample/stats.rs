//! What is known of the values at one path.

use super::asked::Asked;
use super::distinct::{Budget, Count, Distinct};
use super::words::{Listed, Words};
use crate::detect::{COUNT, DETECTORS, Kinds, Scalar};
use foldhash::quality::FixedState;
use std::hash::BuildHasher;

/// Counts of one path. Holds no value.
#[derive(Clone, Default)]
pub struct Stats {
    /// The record that was counted last.
    last: u64,
    records: u64,
    kinds: Kinds,
    nulls: u64,
    objects: u64,
    arrays: u64,
    hits: [u64; COUNT],
    asked: Asked,
    distinct: Distinct,
    words: Words,
    chars_max: u64,
    negative: bool,
}

impl Stats {
    /// Records that have the path at all.
    pub fn records(&self) -> u64 {
        self.records
    }

    /// Values of every kind, several a record where the path leads through arrays.
    pub fn values(&self) -> u64 {
        self.scalars() + self.nulls + self.objects + self.arrays
    }

    /// Texts, numbers and booleans.
    pub fn scalars(&self) -> u64 {
        self.kinds.looked_at() + self.kinds.booleans
    }

    /// Scalars by kind.
    pub fn kinds(&self) -> Kinds {
        self.kinds
    }

    /// Nulls.
    pub fn nulls(&self) -> u64 {
        self.nulls
    }

    /// Objects.
    pub fn objects(&self) -> u64 {
        self.objects
    }

    /// Arrays.
    pub fn arrays(&self) -> u64 {
        self.arrays
    }

    /// Distinct scalars; 42 and "42" are two.
    pub fn distinct(&self) -> Count {
        self.distinct.count()
    }

    /// How many scalars each of the detectors takes.
    pub fn hits(&self) -> &[u64; COUNT] {
        &self.hits
    }

    /// Characters of the longest text.
    pub fn chars_max(&self) -> u64 {
        self.chars_max
    }

    /// Some number is below zero.
    pub fn has_negative(&self) -> bool {
        self.negative
    }

    /// The values themselves, for a member that says what kind of event it is and
    /// has a few short words that come again and again; else none.
    pub fn words(&self) -> Option<Listed<'_>> {
        self.words.list(self.scalars())
    }

    /// Words may be kept here.
    pub(super) fn naming() -> Stats {
        Stats {
            words: Words::wanted(),
            ..Stats::default()
        }
    }

    fn seen(&mut self, record: u64) {
        self.records += u64::from(self.last != record);
        self.last = record;
    }

    pub(super) fn null(&mut self, record: u64) {
        self.seen(record);
        self.nulls += 1;
    }

    pub(super) fn object(&mut self, record: u64) {
        self.seen(record);
        self.objects += 1;
    }

    pub(super) fn array(&mut self, record: u64) {
        self.seen(record);
        self.arrays += 1;
    }

    pub(super) fn boolean(
        &mut self,
        value: bool,
        record: u64,
        hash: &FixedState,
        left: &mut Budget,
    ) {
        self.seen(record);
        self.kinds.booleans += 1;
        self.words.spoil();
        self.distinct.add(hash.hash_one(value), left);
    }

    pub(super) fn scalar(
        &mut self,
        value: Scalar<'_>,
        record: u64,
        hash: &FixedState,
        left: &mut Budget,
    ) {
        self.seen(record);
        let (tag, text) = match value {
            Scalar::Text(text) => {
                self.kinds.texts += 1;
                self.chars_max = self.chars_max.max(text.chars().count() as u64);
                (b's', text)
            }
            Scalar::Number(text) => {
                match text.contains(['.', 'e', 'E']) {
                    true => self.kinds.fractions += 1,
                    false => self.kinds.integers += 1,
                }
                self.negative |= text.starts_with('-');
                (b'n', text)
            }
        };
        let hash = hash.hash_one((tag, text));
        self.distinct.add(hash, left);
        let mut looks_personal = tag != b's';
        for nth in self.asked.takers(value, hash).each() {
            self.hits[nth] += 1;
            looks_personal |= DETECTORS[nth].category.is_some();
        }
        if !looks_personal {
            self.words.add(text, record);
        }
    }

    /// Takes over what is known of another path.
    pub(super) fn merge(&mut self, other: Stats, left: &mut Budget) {
        self.records = self.records.max(other.records);
        self.last = self.last.max(other.last);
        self.kinds.texts += other.kinds.texts;
        self.kinds.integers += other.kinds.integers;
        self.kinds.fractions += other.kinds.fractions;
        self.kinds.booleans += other.kinds.booleans;
        self.nulls += other.nulls;
        self.objects += other.objects;
        self.arrays += other.arrays;
        for (hits, more) in self.hits.iter_mut().zip(other.hits) {
            *hits += more;
        }
        self.distinct.merge(other.distinct, left);
        self.words.spoil();
        self.chars_max = self.chars_max.max(other.chars_max);
        self.negative |= other.negative;
    }

    /// Which kind of value is the most frequent, as a number.
    pub(super) fn mostly(&self) -> usize {
        let numbers = self.kinds.integers + self.kinds.fractions;
        let counts = [
            self.kinds.texts,
            numbers,
            self.kinds.booleans,
            self.objects,
            self.arrays,
        ];
        (0..counts.len()).max_by_key(|at| counts[*at]).unwrap_or(0)
    }
}
