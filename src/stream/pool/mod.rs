//! The pool of a release group: records of many lanes wait here, between the workers and
//! the outlet, until they are enough to leave together.
//!
//! A pure machine, like the outlet: told what happens, it says what to do. What waits is
//! not committed: inputs wait, transactions never do. Whoever takes a lane over reads it
//! again from its last commit, so nothing is lost with a process, and nothing doubled.

mod book;
mod event;
mod keeper;
#[cfg(test)]
mod simulation;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use crate::plan::held::Short;
use crate::record::lane::Lane;
pub(super) use book::Book;
pub(crate) use event::{Effect, Event, Filed, Progress, Release, ReleaseId, Revoked, Through};
pub(crate) use keeper::Keeper;

/// When a release closes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Closes {
    /// So many records close it.
    pub(crate) records_max: usize,
    /// So many bytes close it.
    pub(crate) bytes_max: u64,
    /// So long its oldest record waits.
    pub(crate) delay_max: Duration,
    /// What becomes of too few then.
    pub(crate) short: Short,
}

/// How often progress of lanes of which nothing waits is passed on.
const PROGRESS_EVERY: Duration = Duration::from_secs(1);

/// The pool of one release group.
pub(crate) struct Pool<K: Keeper> {
    closes: Closes,
    keeper: K,
    lanes: BTreeMap<Lane, Book<K::Batch>>,
    /// Numbers of lanes, for whoever keeps records; none is given that is in use.
    next_lane: u16,
    epoch: u64,
    next_release: ReleaseId,
    /// What was tried in vain: not again before so many records wait.
    try_at: usize,
    /// Too few wait since then, longer than they should.
    short_since: Option<Instant>,
    /// Progress was passed on then.
    passed: Option<Instant>,
    /// Lanes that are being revoked, and until when they are waited for.
    revoked: Vec<Revoked>,
    /// No more comes behind that.
    through: Option<Through>,
}

impl<K: Keeper> Pool<K> {
    /// Nothing waits yet.
    pub(crate) fn new(closes: Closes, keeper: K) -> Pool<K> {
        Pool {
            closes,
            keeper,
            lanes: BTreeMap::new(),
            next_lane: 0,
            epoch: 0,
            next_release: 0,
            try_at: 0,
            short_since: None,
            passed: None,
            revoked: Vec::new(),
            through: None,
        }
    }

    /// Something happened; what to do, in order.
    pub(crate) fn step(&mut self, event: Event<K>, now: Instant) -> Vec<Effect<K>> {
        let mut effects = Vec::new();
        match event {
            Event::Resumed(rows) => {
                let resumed = self.keeper.resume(&rows);
                effects.push(Effect::Resumed(resumed));
            }
            Event::Claimed(lanes) => self.claim(lanes),
            Event::Filed(filed) => self.file(filed, now, &mut effects),
            Event::Drain(revoked) => self.revoked.push(revoked),
            Event::Lost(mut revoked) => {
                self.let_go(&mut revoked, false, &mut effects);
                effects.push(Effect::Lost(revoked));
            }
            Event::Rewound(epoch) => self.rewind(epoch, &mut effects),
            Event::Narrowed(people) => {
                self.keeper.forget(&people);
                self.look_again();
            }
            Event::Doubted => {
                // Of what was not taken yet somebody else asks whether it may leave.
                if self.lanes.values().any(Book::has_kept) {
                    let content = self.keeper.void();
                    self.hand_over(content, &mut effects);
                }
            }
            Event::CaughtUp(through) => self.through = Some(through),
            Event::Stop => self.end(now, &mut effects),
            Event::Tick => {}
        }
        self.answer(now, &mut effects);
        self.close(now, &mut effects);
        self.pass(now, &mut effects);
        effects
    }

    /// All that there is has come, and no more will: what waits still is too few.
    pub(crate) fn is_through(&self) -> bool {
        self.through.as_ref().is_some_and(|through| {
            let has_come = |(lane, count): (&Lane, &u64)| {
                self.lanes.get(lane).is_none_or(|book| book.has(*count))
            };
            // What was said before a lane was claimed says nothing of it.
            let is_told = |lane: &Lane| through.lanes.contains_key(lane);
            through.epoch == self.epoch
                && through.lanes.iter().all(has_come)
                && self.lanes.keys().all(is_told)
        })
    }

    /// Lanes of which nothing waits any more do not wait themselves.
    fn look_again(&mut self) {
        for book in self.lanes.values_mut() {
            if !self.keeper.has(book.number) {
                book.is_emptied();
            }
        }
    }

    /// When [`Event::Tick`] is due; `None`: nothing waits for a time.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        let release = match self.short_since {
            // It waits for more, and nothing that the clock brings.
            Some(_) if self.closes.short == Short::Hold => None,
            _ if self.keeper.is_full() => None,
            _ => self.oldest().map(|since| since + self.closes.delay_max),
        };
        let passes = self.lanes.values().any(Book::can_pass);
        let pass = passes.then(|| self.passed.map(|at| at + PROGRESS_EVERY));
        let revoked = self.revoked.iter().map(|revoked| revoked.deadline);
        release
            .into_iter()
            .chain(pass.flatten())
            .chain(revoked)
            .min()
    }

    /// Too few wait since then, longer than `max_delay`; `None`: all is well.
    pub(crate) fn short_since(&self) -> Option<Instant> {
        self.short_since
    }

    /// How many records wait.
    pub(crate) fn len(&self) -> usize {
        self.keeper.len()
    }

    /// What keeps them.
    pub(crate) fn keeper(&self) -> &K {
        &self.keeper
    }

    /// The same, to be told what time it is.
    pub(crate) fn keeper_mut(&mut self) -> &mut K {
        &mut self.keeper
    }

    /// True when it has lanes.
    pub(crate) fn has_lanes(&self) -> bool {
        !self.lanes.is_empty()
    }

    fn claim(&mut self, lanes: Vec<Lane>) {
        let mut in_use: BTreeSet<u16> = self.lanes.values().map(|book| book.number).collect();
        for lane in lanes {
            // They come round again: partitions move for as long as the process runs.
            while in_use.contains(&self.next_lane) {
                assert!(in_use.len() <= usize::from(u16::MAX), "too many lanes");
                self.next_lane = self.next_lane.wrapping_add(1);
            }
            in_use.insert(self.next_lane);
            self.lanes.insert(lane, Book::new(self.next_lane));
            self.next_lane = self.next_lane.wrapping_add(1);
        }
    }

    fn file(&mut self, filed: Filed<K::Batch>, now: Instant, effects: &mut Vec<Effect<K>>) {
        let book = self.lanes.get_mut(&filed.lane);
        let book = book.filter(|_| filed.epoch == self.epoch);
        let Some(book) = book else {
            return effects.extend(filed.batch.map(Effect::GiveBack));
        };
        if let Err(twice) = book.park(filed) {
            return effects.extend(twice.map(Effect::GiveBack));
        }
        while let Some(next) = book.next_in_order() {
            let waits = match &next.batch {
                Some(batch) => self.keeper.take(book.number, batch),
                None => 0,
            };
            book.keep(&next, waits, now);
            effects.extend(next.batch.map(Effect::GiveBack));
        }
        // One that came may wait in the place of another.
        self.look_again();
    }

    /// The oldest record that waits came then.
    pub(crate) fn oldest(&self) -> Option<Instant> {
        self.lanes.values().filter_map(Book::oldest).min()
    }

    /// Closes the release if it is time.
    fn close(&mut self, now: Instant, effects: &mut Vec<Effect<K>>) {
        let ends = self.is_through() && self.short_since.is_none();
        let waiting = self.keeper.len();
        if waiting == 0 {
            self.short_since = None;
            return;
        }
        let is_full =
            waiting >= self.closes.records_max || self.keeper.bytes() >= self.closes.bytes_max;
        let is_late = self
            .oldest()
            .is_some_and(|since| now >= since + self.closes.delay_max);
        let may_try = ends || waiting >= self.try_at || is_late && self.short_since.is_none();
        if !(is_full || is_late || ends) || !may_try || self.keeper.is_full() {
            return;
        }
        match self.keeper.release() {
            Some(content) => self.hand_over(content, effects),
            None if self.closes.short == Short::Suppress
                && (is_late || ends)
                && !self.keeper.is_at_fault() =>
            {
                let content = self.keeper.leave_out();
                self.hand_over(content, effects);
            }
            None => {
                // Composing costs as much as it did: not for each record again.
                self.try_at = waiting + waiting / 8 + 1;
                if is_late || ends {
                    self.short_since.get_or_insert(now);
                }
            }
        }
    }

    /// All that waited leaves as one, with the progress of all its lanes.
    fn hand_over(&mut self, content: K::Content, effects: &mut Vec<Effect<K>>) {
        let books = self.lanes.iter_mut();
        let progress = books
            .filter_map(|(lane, book)| book.hand_over(lane))
            .collect();
        let id = self.next_release;
        self.next_release += 1;
        self.try_at = 0;
        self.short_since = None;
        effects.push(Effect::Release(Release {
            id,
            progress,
            content,
        }));
    }

    /// Progress of lanes of which nothing waits: a rare type of record must not keep their
    /// offsets back.
    fn pass(&mut self, now: Instant, effects: &mut Vec<Effect<K>>) {
        if self.passed.is_some_and(|at| now < at + PROGRESS_EVERY) {
            return;
        }
        let before = effects.len();
        self.pass_all_of(|_| true, effects);
        if effects.len() > before {
            self.passed = Some(now);
        }
    }

    /// Passes on the progress of those of these lanes of which nothing waits, all as one:
    /// each thing that is handed over is a transaction.
    fn pass_all_of(&mut self, which: impl Fn(&Lane) -> bool, effects: &mut Vec<Effect<K>>) {
        let books = self.lanes.iter_mut();
        let passing = books.filter(|(lane, book)| which(lane) && book.can_pass());
        let (numbers, progress): (Vec<u16>, Vec<Progress>) = passing
            .filter_map(|(lane, book)| Some((book.number, book.hand_over(lane)?)))
            .unzip();
        if !progress.is_empty() {
            effects.push(Effect::Pass(progress, self.keeper.beside(&numbers)));
        }
    }

    /// Answers revocations of which everything has come, or that cannot wait longer: what
    /// can leave does, the rest of the revoked lanes is dropped, and read by who has them
    /// next.
    fn answer(&mut self, now: Instant, effects: &mut Vec<Effect<K>>) {
        let waiting = std::mem::take(&mut self.revoked);
        let (answered, waits): (Vec<_>, Vec<_>) = waiting.into_iter().partition(|revoked| {
            let has_come = |(lane, count): (&Lane, &u64)| {
                self.lanes.get(lane).is_none_or(|book| book.has(*count))
            };
            let is_old = revoked.epoch != self.epoch;
            now >= revoked.deadline || is_old || revoked.lanes.iter().all(has_come)
        });
        self.revoked = waits;
        for mut revoked in answered {
            let own = revoked.lanes.keys();
            let mut own = own.filter_map(|lane| self.lanes.get(lane)?.oldest());
            if own.next().is_some()
                && let Some(content) = self.keeper.release()
            {
                self.hand_over(content, effects);
            }
            self.let_go(&mut revoked, true, effects);
            effects.push(Effect::Drain(revoked));
        }
    }

    /// Lets lanes go, with what waits of them, and says how far each was handed over.
    /// `passes`: progress of those of which nothing waits is, first.
    fn let_go(&mut self, revoked: &mut Revoked, passes: bool, effects: &mut Vec<Effect<K>>) {
        if passes {
            self.pass_all_of(|lane| revoked.lanes.contains_key(lane), effects);
        }
        for (lane, count) in &mut revoked.lanes {
            let Some(book) = self.lanes.remove(lane) else {
                continue;
            };
            revoked.is_clean &= book.is_handed_over();
            *count = book.handed();
            revoked.dropped += self.keeper.drop_lane(book.number);
            effects.extend(book.into_parked().map(Effect::GiveBack));
        }
        self.look_again();
        if self.keeper.len() == 0 {
            self.short_since = None;
        }
        self.try_at = 0;
    }

    /// All is void: what waits is dropped, and read again.
    fn rewind(&mut self, epoch: u64, effects: &mut Vec<Effect<K>>) {
        self.epoch = epoch;
        self.try_at = 0;
        self.short_since = None;
        self.through = None;
        for book in self.lanes.values_mut() {
            self.keeper.drop_lane(book.number);
            effects.extend(book.rewind().map(Effect::GiveBack));
        }
        effects.push(Effect::Rewound(epoch));
    }

    /// What can leave has left; what waits still is read again at the next start.
    fn end(&mut self, now: Instant, effects: &mut Vec<Effect<K>>) {
        if self.keeper.len() > 0
            && let Some(content) = self.keeper.release()
        {
            self.hand_over(content, effects);
        }
        let mut all = Revoked {
            ticket: 0,
            lanes: self.lanes.keys().map(|lane| (lane.clone(), 0)).collect(),
            epoch: self.epoch,
            deadline: now,
            is_clean: true,
            dropped: 0,
        };
        self.let_go(&mut all, true, effects);
        effects.push(Effect::Ended(all.dropped));
    }
}
