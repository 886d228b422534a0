//! How far each lane is read, and what time it is in all of them.

use std::time::Instant;

use crate::record::lane::{Lane, NextOffset};
use crate::release::state::LaneAt;
use crate::stream::pool::{Book, Progress};

/// A clock of a producer may run so far ahead, in milliseconds.
pub(super) const AHEAD_MAX_MS: i64 = 5 * 60_000;

/// One claimed lane.
pub(super) struct Counted<B> {
    pub(super) book: Book<B>,
    /// What is committed of it, or was handed over to be.
    pub(super) next: Option<NextOffset>,
    /// What was committed of it when it was claimed.
    pub(super) start: Option<NextOffset>,
    /// The latest time of an event in it.
    latest_ms: i64,
    /// All that was in it then was read.
    read_by_ms: i64,
    /// It is so once so many batches have come.
    reads: Option<(u64, i64)>,
}

impl<B> Counted<B> {
    pub(super) fn new(number: u16, next: Option<NextOffset>) -> Counted<B> {
        Counted {
            book: Book::new(number),
            next,
            start: next,
            latest_ms: i64::MIN,
            read_by_ms: i64::MIN,
            reads: None,
        }
    }

    /// Goes on where the state says that it was.
    pub(super) fn resume(&mut self, at: &LaneAt) {
        self.latest_ms = at.latest_ms;
        self.read_by_ms = at.read_by_ms;
    }

    /// As the state has it; `None`: nothing of it is read.
    pub(super) fn at(&self, lane: &Lane) -> Option<LaneAt> {
        Some(LaneAt {
            topic: lane.topic.to_string(),
            partition: lane.partition,
            next: self.next?.get(),
            latest_ms: self.latest_ms,
            read_by_ms: self.read_by_ms,
        })
    }

    /// An event in it says that time. One far ahead says that it goes on, and no more.
    pub(super) fn saw(&mut self, at_ms: i64, now_ms: i64) {
        let at_ms = at_ms.min(now_ms.saturating_add(AHEAD_MAX_MS));
        self.latest_ms = self.latest_ms.max(at_ms);
    }

    /// Once so many batches have come, all that was in it at that time is read.
    pub(super) fn reads_by(&mut self, count: u64, at_ms: i64) {
        self.reads = Some((count, at_ms));
        self.look();
    }

    /// A batch was taken.
    pub(super) fn look(&mut self) {
        let Some((_, at_ms)) = self.reads.take_if(|(count, _)| self.book.has(*count)) else {
            return;
        };
        self.read_by_ms = self.read_by_ms.max(at_ms);
    }

    /// No event that comes in time, `late` allowed for, is older than `late` before that.
    pub(super) fn time_ms(&self) -> i64 {
        self.latest_ms.max(self.read_by_ms)
    }

    /// Hands over all that was taken; of one of which nothing was, that it stands where it
    /// did. `None`: nothing of it was ever read.
    pub(super) fn hand_over(&mut self, lane: &Lane) -> Option<Progress> {
        match self.book.hand_over(lane) {
            Some(progress) => {
                self.next = Some(progress.next);
                Some(progress)
            }
            None => self.stands(lane),
        }
    }

    /// That it stands where it did.
    pub(super) fn stands(&self, lane: &Lane) -> Option<Progress> {
        Some(self.book.stands(lane, self.next?))
    }

    /// Something was taken that is not handed over.
    pub(super) fn has_moved(&self) -> bool {
        self.book.can_pass()
    }

    /// Begins anew from there.
    pub(super) fn rewind(&mut self, next: Option<NextOffset>) -> impl Iterator<Item = B> {
        self.next = next;
        self.latest_ms = i64::MIN;
        self.read_by_ms = i64::MIN;
        self.reads = None;
        self.book.rewind()
    }

    /// Takes the next batch in order, if there is one.
    pub(super) fn take_next(
        &mut self,
        now: Instant,
        mut count: impl FnMut(u16, &B) -> Option<i64>,
        now_ms: i64,
    ) -> Option<Option<B>> {
        let next = self.book.next_in_order()?;
        let latest = next.batch.as_ref().and_then(|b| count(self.book.number, b));
        if let Some(at_ms) = latest {
            self.saw(at_ms, now_ms);
        }
        self.book.keep(&next, 0, now);
        self.look();
        Some(next.batch)
    }
}
