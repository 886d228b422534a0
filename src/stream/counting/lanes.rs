//! How far each lane is read, and what time it is in all of them.

use std::time::Instant;

use crate::record::lane::{Lane, NextOffset};
use crate::release::state::LaneAt;
use crate::stream::pool::{Book, Progress};

/// One claimed lane.
pub(super) struct Counted<B> {
    pub(super) book: Book<B>,
    /// What is committed of it, or was handed over to be.
    pub(super) next: Option<NextOffset>,
    /// What was committed of it when it was claimed.
    pub(super) start: Option<NextOffset>,
    /// What time it is in it, by all that was taken.
    clock: Clock,
    /// The same by what was handed over: whoever goes on from there reads the rest again, and
    /// closes nothing over it.
    handed: Clock,
    /// It is so once so many batches have come.
    reads: Option<(u64, i64)>,
}

/// What time it is in a lane.
#[derive(Clone, Copy)]
struct Clock {
    /// The latest time that a record of it tells.
    latest_ms: i64,
    /// All that was in it then was read.
    read_by_ms: i64,
}

impl Clock {
    /// Nothing of it was read.
    const UNKNOWN: Clock = Clock {
        latest_ms: i64::MIN,
        read_by_ms: i64::MIN,
    };
}

impl<B> Counted<B> {
    pub(super) fn new(number: u16, next: Option<NextOffset>) -> Counted<B> {
        Counted {
            book: Book::new(number),
            next,
            start: next,
            clock: Clock::UNKNOWN,
            handed: Clock::UNKNOWN,
            reads: None,
        }
    }

    /// Goes on where the state says that it was.
    pub(super) fn resume(&mut self, at: &LaneAt) {
        self.clock = Clock {
            latest_ms: at.latest_ms,
            read_by_ms: at.read_by_ms,
        };
        self.handed = self.clock;
    }

    /// As the state has it; `None`: nothing of it is read.
    pub(super) fn at(&self, lane: &Lane) -> Option<LaneAt> {
        let clock = match self.has_moved() {
            true => self.handed,
            false => self.clock,
        };
        Some(LaneAt {
            topic: lane.topic.to_string(),
            partition: lane.partition,
            next: self.next?.get(),
            latest_ms: clock.latest_ms,
            read_by_ms: clock.read_by_ms,
        })
    }

    /// A record of it tells that time.
    pub(super) fn saw(&mut self, at_ms: i64) {
        self.clock.latest_ms = self.clock.latest_ms.max(at_ms);
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
        self.clock.read_by_ms = self.clock.read_by_ms.max(at_ms);
    }

    /// No event that comes in time, `late` allowed for, is older than `late` before that.
    pub(super) fn time_ms(&self) -> i64 {
        self.clock.latest_ms.max(self.clock.read_by_ms)
    }

    /// Hands over all that was taken; of one of which nothing was, that it stands where it
    /// did. `None`: nothing of it was ever read.
    pub(super) fn hand_over(&mut self, lane: &Lane) -> Option<Progress> {
        self.handed = self.clock;
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
        self.clock = Clock::UNKNOWN;
        self.handed = Clock::UNKNOWN;
        self.reads = None;
        self.book.rewind()
    }

    /// Takes the next batch in order, if there is one.
    pub(super) fn take_next(
        &mut self,
        now: Instant,
        mut count: impl FnMut(u16, &B) -> Option<i64>,
    ) -> Option<Option<B>> {
        let next = self.book.next_in_order()?;
        let latest = next.batch.as_ref().and_then(|b| count(self.book.number, b));
        if let Some(at_ms) = latest {
            self.saw(at_ms);
        }
        self.book.keep(&next, 0, now);
        self.look();
        Some(next.batch)
    }
}
