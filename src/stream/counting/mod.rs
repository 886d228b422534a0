//! What counts the records of an output with `aggregate`: between the workers and the
//! outlet, where the pool is of others.
//!
//! A pure machine, like the outlet: told what happens, it says what to do. Records are
//! counted as they come, and their offsets committed with what was counted, so whoever takes
//! over goes on from there. Two transactions close a window. The first one **cuts** it: it
//! takes no more, what was counted in it is saved with its digest, and what it will spend
//! is written down. Only when that is read back it is decided whether the budget bears
//! it, by the order in which all who spend of it wrote; then the second one has its rows.
//! Whoever takes over between the two makes the same rows of the same cut.

mod closing;
mod event;
mod figures;
mod lanes;
mod restoring;
#[cfg(test)]
mod simulation;
mod tally;
#[cfg(test)]
mod tests;
mod withdrawing;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::record::lane::{Lane, NextOffset};
use crate::record::state_row::StateRow;
use crate::release::state::{Head, Kept, KeptAs, LaneAt, Parts, head_key, part_key, split};
use crate::release::{Closed, Smaller, Spending, Windows};
use crate::stream::pool::{Filed, Progress, Revoked, Through};
pub(crate) use event::{Effect, Event, Now, Pace, ReadBy, ReadId};
pub(crate) use figures::{Figures, Outcome};
use lanes::Counted;
pub(crate) use tally::{Leaves, Stays, Taken, Tally};

/// What is not there yet is read again after so long.
const READ_AGAIN: Duration = Duration::from_millis(250);
/// What cannot be had is asked for again after so long.
const ASK_AGAIN: Duration = Duration::from_secs(5);
/// A revocation is answered so long before its deadline, whatever is not decided by then.
const ANSWER_BEFORE: Duration = Duration::from_millis(1_000);

type Window = (i64, i64);

/// Counts the records of one output.
pub(crate) struct Counter<T: Tally> {
    pace: Pace,
    tally: T,
    windows: Windows,
    lanes: BTreeMap<Lane, Counted<T::Batch>>,
    /// Partitions that the state knows and nobody claims here.
    resting: BTreeMap<(Arc<str>, i32), LaneAt>,
    /// Numbers of lanes, for the tally; none is given that is in use.
    next_lane: u16,
    epoch: u64,
    /// What is counted is what the state and the offsets say, and what came since.
    is_known: bool,
    serial: u64,
    /// The parts that open windows were saved in last.
    saved: BTreeMap<i64, (Window, Parts)>,
    /// Windows that are cut, and not decided.
    cuts: BTreeMap<i64, Cutting>,
    /// Rows of the state that nobody needs any more.
    debris: Vec<Vec<u8>>,
    /// What all windows have spent, as it was read last, and what was written since.
    spent: Spending,
    /// The sizes of the budget, where a window had no rows for the smaller one.
    smaller: Option<Box<Smaller>>,
    /// What became of windows, and was not handed over yet.
    figures: Figures,
    /// The reading of the state that is under way, and since when; or when one is due.
    reading: Option<(ReadId, Instant)>,
    read_at: Option<Instant>,
    next_read: ReadId,
    /// Why the state cannot be had.
    trouble: Option<String>,
    saved_at: Option<Instant>,
    /// Records that were counted since.
    unsaved: u64,
    revoked: Vec<Revoked>,
    through: Option<Through>,
    /// The intake waits for that.
    rewound: Option<u64>,
}

/// A window that is cut.
struct Cutting {
    closed: Closed,
    parts: Parts,
}

impl<T: Tally> Counter<T> {
    /// Nothing is known yet.
    pub(crate) fn new(pace: Pace, windows: Windows, tally: T) -> Counter<T> {
        Counter {
            pace,
            tally,
            windows,
            lanes: BTreeMap::new(),
            resting: BTreeMap::new(),
            next_lane: 0,
            epoch: 0,
            is_known: false,
            serial: 0,
            saved: BTreeMap::new(),
            cuts: BTreeMap::new(),
            debris: Vec::new(),
            spent: Spending::in_rows(),
            smaller: None,
            figures: Figures::default(),
            reading: None,
            read_at: None,
            next_read: 0,
            trouble: None,
            saved_at: None,
            unsaved: 0,
            revoked: Vec::new(),
            through: None,
            rewound: None,
        }
    }

    /// Something happened; what to do, in order.
    pub(crate) fn step(&mut self, event: Event<T>, now: Now) -> Vec<Effect<T>> {
        let mut effects = Vec::new();
        match event {
            Event::Claimed(lanes) => self.claim(lanes, now, &mut effects),
            Event::Filed(filed) => self.file(filed, &mut effects),
            Event::ReadBy(read) => self.read_by(read),
            Event::State(id, rows) => self.state(id, rows, now, &mut effects),
            Event::Narrowed(people) => self.narrow(&people, now),
            Event::Drain(revoked) => self.revoked.push(revoked),
            Event::Lost(revoked) => self.lose_lanes(revoked, now, &mut effects),
            Event::Rewound(epoch, lanes) => self.rewind(epoch, lanes, now, &mut effects),
            Event::CaughtUp(through) => self.through = Some(through),
            Event::Stop => self.end(&mut effects),
            Event::Tick => {}
        }
        self.take(now, &mut effects);
        self.close_what_is_over(now, &mut effects);
        self.save_if_due(now, &mut effects);
        self.answer(now, &mut effects);
        self.read_if_due(now, &mut effects);
        effects
    }

    /// When [`Event::Tick`] is due beside the one of every second; `None`: not before.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        let saves = self.saved_at.filter(|_| self.is_known && self.is_unsaved());
        let saves = saves.map(|at| at + self.pace.save_every);
        let revoked = self.revoked.iter();
        let revoked = revoked.filter_map(|revoked| revoked.deadline.checked_sub(ANSWER_BEFORE));
        saves.into_iter().chain(revoked).chain(self.read_at).min()
    }

    /// What is counted is known.
    pub(crate) fn is_known(&self) -> bool {
        self.is_known
    }

    /// Why the state cannot be had; `None`: it can, as far as is known.
    pub(crate) fn trouble(&self) -> Option<&str> {
        self.trouble.as_deref()
    }

    /// The sizes that the budget had, where a window had no rows for the smaller one last.
    pub(crate) fn smaller(&self) -> Option<&Smaller> {
        self.smaller.as_deref()
    }

    /// True when open windows have all the memory that they may: no more is counted until
    /// some close.
    pub(crate) fn is_full(&self) -> bool {
        self.windows.bytes() >= self.pace.windows_bytes_max
    }

    /// Bytes of memory that open windows take, about.
    pub(crate) fn windows_bytes(&self) -> u64 {
        self.windows.bytes()
    }

    /// How many windows are open.
    pub(crate) fn open_windows(&self) -> usize {
        self.windows.open().count() + self.cuts.len()
    }

    /// For how long the first window that is open should have been closed by the clock,
    /// milliseconds.
    pub(crate) fn overdue_ms(&self, now_ms: i64) -> i64 {
        let cut = self.cuts.values().map(|cut| cut.closed.window);
        let first = cut.chain(self.windows.open()).map(|(_, to)| to).min();
        let late_ms = self.windows.counting().late_ms;
        let due = first.map(|to| to.saturating_add(late_ms));
        due.map_or(0, |due| now_ms.saturating_sub(due).max(0))
    }

    /// The end of the last window that was closed, milliseconds since 1970; `None`: none was.
    pub(crate) fn closed_by_ms(&self) -> Option<i64> {
        Some(self.windows.closed_by()).filter(|by| *by > i64::MIN)
    }

    /// What takes the batches apart, to be asked what is new.
    pub(crate) fn tally_mut(&mut self) -> &mut T {
        &mut self.tally
    }

    /// Bytes of what leaves beside.
    pub(crate) fn beside_bytes(&self) -> u64 {
        self.tally.bytes()
    }

    /// All that there is has come, and is saved.
    pub(crate) fn is_through(&self) -> bool {
        self.through.as_ref().is_some_and(|through| {
            let has_come = |(lane, count): (&Lane, &u64)| {
                self.lanes.get(lane).is_none_or(|own| own.book.has(*count))
            };
            let is_told = |lane: &Lane| through.lanes.contains_key(lane);
            through.epoch == self.epoch
                && through.lanes.iter().all(has_come)
                && self.lanes.keys().all(is_told)
        })
    }

    fn file(&mut self, filed: Filed<T::Batch>, effects: &mut Vec<Effect<T>>) {
        let own = self.lanes.get_mut(&filed.lane);
        let Some(own) = own.filter(|_| filed.epoch == self.epoch) else {
            return effects.extend(filed.batch.map(Effect::GiveBack));
        };
        if let Err(twice) = own.book.park(filed) {
            effects.extend(twice.map(Effect::GiveBack));
        }
    }

    fn read_by(&mut self, read: ReadBy) {
        for (lane, count, at_ms) in read.lanes {
            if let Some(own) = self
                .lanes
                .get_mut(&lane)
                .filter(|_| read.epoch == self.epoch)
            {
                own.reads_by(count, at_ms);
            }
        }
    }

    /// Counts what has come in order, as long as there is room.
    fn take(&mut self, now: Now, effects: &mut Vec<Effect<T>>) {
        if !self.is_known {
            return;
        }
        let (tally, windows) = (&mut self.tally, &mut self.windows);
        let bytes_max = self.pace.windows_bytes_max;
        for own in self.lanes.values_mut() {
            while windows.bytes() < bytes_max {
                let mut records = 0;
                let mut count = |lane, batch: &T::Batch| {
                    let taken = tally.take(lane, batch, windows, now.ms);
                    records += taken.records;
                    taken.latest_ms
                };
                let Some(batch) = own.take_next(now.at, &mut count) else {
                    break;
                };
                self.unsaved += records;
                effects.extend(batch.map(Effect::GiveBack));
            }
        }
        if self.is_through() {
            self.lanes
                .values_mut()
                .for_each(|own| own.reads_by(0, now.ms));
        }
    }

    /// Something is not as it was when it was saved last.
    fn is_unsaved(&self) -> bool {
        let mut open = self.windows.open();
        self.lanes.values().any(Counted::has_moved) || open.any(|w| self.windows.is_changed(w.0))
    }

    fn save_if_due(&mut self, now: Now, effects: &mut Vec<Effect<T>>) {
        if !self.is_known || self.lanes.is_empty() || !self.is_unsaved() {
            return;
        }
        let since = self.saved_at.map(|at| now.at.saturating_duration_since(at));
        let is_time = since.is_none_or(|since| since >= self.pace.save_every);
        let is_much = self.tally.bytes() >= self.pace.beside_bytes_max;
        if is_time || is_much || self.is_through() {
            self.save(&[], now, effects);
        }
    }

    /// Saves what is counted, and cuts these windows with it.
    fn save(&mut self, cut: &[Closed], now: Now, effects: &mut Vec<Effect<T>>) {
        self.serial += 1;
        let topic = Arc::clone(&self.windows.output().topic);
        let mut state: Vec<StateRow> = Vec::new();
        let changed: Vec<Window> = self.windows.open().collect();
        for window in changed {
            if !self.windows.is_changed(window.0) {
                continue;
            }
            let bytes = self.windows.save(window.0).expect("it is open");
            let parts = self.put_parts(&topic, window, &bytes, &mut state);
            self.saved.insert(window.0, (window, parts));
        }
        for closed in cut {
            let window = closed.window;
            let bytes = self.windows.save_closed(closed);
            let parts = self.put_parts(&topic, window, &bytes, &mut state);
            self.saved.remove(&window.0);
            state.extend(self.cut_rows(closed));
            let closed = closed.clone();
            self.cuts.insert(window.0, Cutting { closed, parts });
        }
        let progress = self.hand_over();
        self.leave(
            progress,
            Leaves {
                state,
                ..Leaves::default()
            },
            true,
            effects,
        );
        self.saved_at = Some(now.at);
        self.unsaved = 0;
    }

    /// The rows that hold those bytes, and the ends of those that held more before.
    fn put_parts(
        &mut self,
        topic: &str,
        window: Window,
        bytes: &[u8],
        state: &mut Vec<StateRow>,
    ) -> Parts {
        let (parts, values) = split(bytes, self.serial);
        for (nth, value) in (0..).zip(values) {
            state.push(StateRow {
                key: part_key(topic, window, nth),
                value: Some(value),
            });
        }
        let before = self
            .saved
            .get(&window.0)
            .map_or(0, |(_, parts)| parts.count);
        let gone = parts.count..before;
        self.debris
            .extend(gone.map(|nth| part_key(topic, window, nth)));
        parts
    }

    fn hand_over(&mut self) -> Vec<Progress> {
        let lanes = self.lanes.iter_mut();
        lanes
            .filter_map(|(lane, own)| own.hand_over(lane))
            .collect()
    }

    /// That all lanes stand where they did.
    fn stand(&self) -> Vec<Progress> {
        let lanes = self.lanes.iter();
        lanes.filter_map(|(lane, own)| own.stands(lane)).collect()
    }

    /// Hands over what leaves, with the head that says which rows of the state are whole.
    fn leave(
        &mut self,
        progress: Vec<Progress>,
        mut leaves: Leaves,
        beside: bool,
        effects: &mut Vec<Effect<T>>,
    ) {
        if progress.is_empty() {
            // Nothing was ever read: there is nothing to say, and nobody to fence it.
            return;
        }
        let gone = std::mem::take(&mut self.debris).into_iter();
        leaves
            .state
            .extend(gone.map(|key| StateRow { key, value: None }));
        leaves.state.push(StateRow {
            key: head_key(&self.windows.output().topic),
            value: Some(self.head().to_bytes()),
        });
        leaves.figures = std::mem::take(&mut self.figures);
        leaves.figures.rows = leaves.rows.len() as u64;
        let content = self.tally.content(leaves, beside);
        effects.push(Effect::Leave(progress, content));
    }

    fn head(&self) -> Head {
        let open = self.saved.values();
        let open = open.map(|(window, parts)| (*window, KeptAs::Open(*parts)));
        let cut = self.cuts.values();
        let cut = cut.map(|cut| (cut.closed.window, KeptAs::Cut(cut.parts)));
        let lost = self.windows.lost().map(|window| (window, KeptAs::Lost));
        let windows = open.chain(cut).chain(lost);
        let mut windows: Vec<Kept> = windows
            .map(|(window, kept)| Kept { window, kept })
            .collect();
        windows.sort_unstable_by_key(|kept| kept.window);
        let own = self.lanes.iter().filter_map(|(lane, own)| own.at(lane));
        Head {
            policy: self.windows.plan().digest,
            serial: self.serial,
            closed_by: self.windows.closed_by(),
            lost_by: self.windows.lost_by(),
            lanes: own.chain(self.resting.values().cloned()).collect(),
            windows,
        }
    }

    /// Answers revocations of which everything has come, or that cannot wait longer.
    fn answer(&mut self, now: Now, effects: &mut Vec<Effect<T>>) {
        let waiting = std::mem::take(&mut self.revoked);
        for mut revoked in waiting {
            let has_come = |(lane, count): (&Lane, &u64)| {
                self.lanes.get(lane).is_none_or(|own| own.book.has(*count))
            };
            let is_old = revoked.epoch != self.epoch || !self.is_known;
            let is_late = now.at + ANSWER_BEFORE >= revoked.deadline;
            // What is cut may leave still.
            let is_done = revoked.lanes.iter().all(has_come) && self.cuts.is_empty();
            if !(is_old || is_late || is_done) {
                self.revoked.push(revoked);
                continue;
            }
            if self.is_known && self.is_unsaved() {
                self.save(&[], now, effects);
            }
            self.let_go(&mut revoked, now, effects);
            effects.push(Effect::Drain(revoked));
        }
    }

    fn end(&mut self, effects: &mut Vec<Effect<T>>) {
        let unsaved = self.unsaved;
        self.forget();
        self.lanes.clear();
        effects.push(Effect::Ended(unsaved));
    }

    fn read_if_due(&mut self, now: Now, effects: &mut Vec<Effect<T>>) {
        if self.reading.is_none() && self.read_at.is_some_and(|at| at <= now.at) {
            self.read_state(now, effects);
        }
    }

    /// What the state says from now on is waited for, and nothing that was asked before.
    fn read_state(&mut self, now: Now, effects: &mut Vec<Effect<T>>) {
        self.next_read += 1;
        self.reading = Some((self.next_read, now.at));
        self.read_at = None;
        effects.push(Effect::ReadState(self.next_read));
    }
}
