//! One lane of a pool: its batches in order, and how far it was handed over.

use std::collections::BTreeMap;
use std::time::Instant;

use super::event::{Filed, Progress};
use crate::record::lane::{Lane, NextOffset};

/// A claimed lane.
pub(in crate::stream) struct Book<B> {
    /// How whoever keeps records calls it.
    pub(in crate::stream) number: u16,
    /// Number of the next batch in order, within the epoch.
    next_seq: u64,
    /// Batches that came too early.
    parked: BTreeMap<u64, Filed<B>>,
    /// What was taken in order and not handed over.
    kept: Option<Kept>,
    /// The first number that was not handed over.
    handed: u64,
}

struct Kept {
    first: i64,
    next: NextOffset,
    /// When the oldest record that waits came; `None`: none does.
    oldest: Option<Instant>,
}

impl<B> Book<B> {
    pub(in crate::stream) fn new(number: u16) -> Book<B> {
        Book {
            number,
            next_seq: 0,
            parked: BTreeMap::new(),
            kept: None,
            handed: 0,
        }
    }

    /// Puts a batch in its place; `Err`: it came before.
    pub(in crate::stream) fn park(&mut self, filed: Filed<B>) -> Result<(), Option<B>> {
        if filed.seq < self.next_seq || self.parked.contains_key(&filed.seq) {
            return Err(filed.batch);
        }
        self.parked.insert(filed.seq, filed);
        Ok(())
    }

    /// The next batch in order, if it has come.
    pub(in crate::stream) fn next_in_order(&mut self) -> Option<Filed<B>> {
        let next = self.parked.remove(&self.next_seq)?;
        self.next_seq += 1;
        Some(next)
    }

    /// A batch was taken, and so many of its records wait.
    pub(in crate::stream) fn keep(&mut self, filed: &Filed<B>, waits: usize, now: Instant) {
        let came = (waits > 0).then_some(now);
        let kept = self.kept.get_or_insert(Kept {
            first: filed.first,
            next: filed.next,
            oldest: None,
        });
        kept.next = filed.next;
        kept.oldest = kept.oldest.or(came);
    }

    /// When the oldest of its records that wait came.
    pub(in crate::stream) fn oldest(&self) -> Option<Instant> {
        self.kept.as_ref()?.oldest
    }

    /// True when it is further than was handed over.
    pub(super) fn has_kept(&self) -> bool {
        self.kept.is_some()
    }

    /// True when it is further than was handed over, and nothing of it waits.
    pub(in crate::stream) fn can_pass(&self) -> bool {
        self.kept.as_ref().is_some_and(|kept| kept.oldest.is_none())
    }

    /// True when its first `count` batches have come.
    pub(in crate::stream) fn has(&self, count: u64) -> bool {
        self.next_seq >= count
    }

    /// True when nothing that came of it is left here.
    pub(in crate::stream) fn is_handed_over(&self) -> bool {
        self.kept.is_none() && self.parked.is_empty()
    }

    /// How many batches were handed over.
    pub(in crate::stream) fn handed(&self) -> u64 {
        self.handed
    }

    /// Hands over all that was kept; `None`: nothing was.
    pub(in crate::stream) fn hand_over(&mut self, lane: &Lane) -> Option<Progress> {
        let kept = self.kept.take()?;
        let seqs = self.handed..self.next_seq;
        self.handed = self.next_seq;
        Some(Progress {
            lane: lane.clone(),
            seqs,
            first: kept.first,
            next: kept.next,
        })
    }

    /// That it stands at that offset, and nothing of it is handed over.
    pub(in crate::stream) fn stands(&self, lane: &Lane, next: NextOffset) -> Progress {
        Progress {
            lane: lane.clone(),
            seqs: self.handed..self.handed,
            first: next.get(),
            next,
        }
    }

    /// Nobody of it waits any more: they were taken out.
    pub(in crate::stream) fn is_emptied(&mut self) {
        if let Some(kept) = &mut self.kept {
            kept.oldest = None;
        }
    }

    /// Begins anew; what was parked goes back.
    pub(in crate::stream) fn rewind(&mut self) -> impl Iterator<Item = B> {
        self.next_seq = 0;
        self.handed = 0;
        self.kept = None;
        let parked = std::mem::take(&mut self.parked).into_values();
        parked.filter_map(|filed| filed.batch)
    }

    /// The batches that came too early.
    pub(in crate::stream) fn into_parked(self) -> impl Iterator<Item = B> {
        self.parked.into_values().filter_map(|filed| filed.batch)
    }
}
