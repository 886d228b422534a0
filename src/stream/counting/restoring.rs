//! Going on where the state says: after lanes were claimed, and after everything that was
//! not committed has become void.

use super::*;
use crate::release::AHEAD_MAX_MS;
use crate::release::state::{Cut, SPENT, cut_key, join, spent_key};
use std::collections::HashMap;

/// The rows of a reading by their keys.
type ByKey<'r> = HashMap<&'r [u8], &'r [u8]>;

impl<T: Tally> Counter<T> {
    pub(super) fn claim(
        &mut self,
        lanes: Vec<(Lane, Option<NextOffset>)>,
        now: Now,
        effects: &mut Vec<Effect<T>>,
    ) {
        let mut in_use: BTreeSet<u16> = self.lanes.values().map(|own| own.book.number).collect();
        for (lane, next) in lanes {
            // They come round again: partitions move for as long as the process runs.
            while in_use.contains(&self.next_lane) {
                assert!(in_use.len() <= usize::from(u16::MAX), "too many lanes");
                self.next_lane = self.next_lane.wrapping_add(1);
            }
            in_use.insert(self.next_lane);
            let mut own = Counted::new(self.next_lane, next);
            if self.is_known && !self.resumes(&lane, &mut own) {
                self.lose_all(now);
            }
            self.lanes.insert(lane, own);
        }
        if !self.is_known && !self.lanes.is_empty() {
            self.read_state(now, effects);
        }
    }

    /// Goes on with a lane where the state has it; false: that is not where it stands.
    fn resumes(&mut self, lane: &Lane, own: &mut Counted<T::Batch>) -> bool {
        let at = self
            .resting
            .remove(&(Arc::clone(&lane.topic), lane.partition));
        if let Some(at) = &at {
            own.resume(at);
        }
        at.map(|at| at.next) == own.next.map(NextOffset::get)
    }

    /// The state was read.
    pub(super) fn state(
        &mut self,
        id: ReadId,
        rows: Result<Vec<StateRow>, String>,
        now: Now,
        effects: &mut Vec<Effect<T>>,
    ) {
        if self.reading.take_if(|(asked, _)| *asked == id).is_none() {
            return;
        }
        let read = rows.and_then(|rows| match self.is_known {
            true => self.decide(&rows, effects),
            false => self.restore(&rows, now, effects),
        });
        self.trouble = read.err();
        let is_missing = !self.is_known && !self.lanes.is_empty() || !self.cuts.is_empty();
        if is_missing {
            let wait = if self.trouble.is_some() {
                ASK_AGAIN
            } else {
                READ_AGAIN
            };
            self.read_at = Some(now.at + wait);
        }
    }

    /// Goes on as those rows say.
    fn restore(
        &mut self,
        rows: &[StateRow],
        now: Now,
        effects: &mut Vec<Effect<T>>,
    ) -> Result<(), String> {
        self.spent = all_spent(rows)?;
        let by_key: ByKey<'_> = rows
            .iter()
            .filter_map(|row| Some((&row.key[..], row.value.as_deref()?)))
            .collect();
        let output = self.windows.output();
        let topic = Arc::clone(&output.topic);
        let floor = self.spent.last_of(output).unwrap_or(i64::MIN);
        let head = by_key
            .get(&head_key(&topic)[..])
            .map(|head| Head::read(head));
        self.windows.close_by(floor, i64::MIN);
        self.is_known = true;
        match head {
            Some(Ok(head)) => self.resume(head, &topic, &by_key, now),
            Some(Err(_)) => self.lose_all(now),
            // Offsets without a state are of something else.
            None if self.lanes.values().any(|own| own.next.is_some()) => self.lose_all(now),
            None => {}
        }
        // Who withdrew since it was saved; before a window is cut it is asked again.
        let _ = self.keep_who_may_stay(now);
        self.saved_at = Some(now.at);
        effects.push(Effect::Known);
        if let Some(epoch) = self.rewound.take() {
            effects.push(Effect::Rewound(epoch));
        }
        match self.cuts.is_empty() {
            true => Ok(()),
            false => self.decide(rows, effects),
        }
    }

    fn resume(&mut self, head: Head, topic: &str, rows: &ByKey<'_>, now: Now) {
        self.serial = head.serial;
        self.resting = head
            .lanes
            .into_iter()
            .map(|at| ((Arc::from(&*at.topic), at.partition), at))
            .collect();
        let mut lanes = std::mem::take(&mut self.lanes);
        let mut all_stand = true;
        for (lane, own) in &mut lanes {
            all_stand &= self.resumes(lane, own);
        }
        self.lanes = lanes;
        self.windows.close_by(head.closed_by, head.lost_by);
        let is_other = head.policy != self.windows.plan().digest;
        for Kept { window, kept } in head.windows {
            let parts = match kept {
                KeptAs::Open(parts) | KeptAs::Cut(parts) => Some(parts),
                KeptAs::Lost => None,
            };
            let value = |nth| rows.get(&part_key(topic, window, nth)[..]).copied();
            let bytes = parts
                .filter(|_| !is_other)
                .and_then(|p| join(&p, value).ok());
            let is_there = match (kept, bytes) {
                (KeptAs::Open(parts), Some(bytes)) => self.reopen(window, parts, &bytes),
                (KeptAs::Cut(parts), Some(bytes)) => {
                    let cut = rows.get(&cut_key(topic, window)[..]);
                    self.recut(window, parts, &bytes, cut.copied())
                }
                (KeptAs::Lost, _) => {
                    self.windows.lose(window);
                    true
                }
                (KeptAs::Open(_) | KeptAs::Cut(_), None) => false,
            };
            if !is_there {
                let is_cut = matches!(kept, KeptAs::Cut(_));
                self.lose(window, parts, is_cut, topic);
            }
        }
        if !all_stand {
            self.lose_all(now);
        }
    }

    fn reopen(&mut self, window: Window, parts: Parts, bytes: &[u8]) -> bool {
        let is_it = self.windows.restore(bytes) == Ok(window);
        if is_it {
            self.saved.insert(window.0, (window, parts));
        }
        is_it
    }

    fn recut(&mut self, window: Window, parts: Parts, bytes: &[u8], cut: Option<&[u8]>) -> bool {
        let cut = cut.and_then(|cut| Cut::read(cut).ok());
        let closed = self.windows.closed(bytes).ok();
        let closed = closed.filter(|closed| {
            let digest = closed.cut;
            closed.window == window && cut == Some(Cut { window, digest })
        });
        let Some(closed) = closed else {
            return false;
        };
        self.cuts.insert(window.0, Cutting { closed, parts });
        true
    }

    /// What was counted in a window is lost. Of one that was cut it stays written down what
    /// it would have spent: nobody knows whether its rows left.
    fn lose(&mut self, window: Window, parts: Option<Parts>, is_cut: bool, topic: &str) {
        if !is_cut {
            self.windows.lose(window);
        }
        self.saved.remove(&window.0);
        let parts = 0..parts.map_or(0, |parts| parts.count);
        self.debris
            .extend(parts.map(|nth| part_key(topic, window, nth)));
        if is_cut {
            self.debris.push(cut_key(topic, window));
        }
        self.figures.add(Outcome::StateLost, 1);
    }

    /// What was counted before is not what offsets say: of all windows that may have been
    /// begun nothing is known.
    pub(super) fn lose_all(&mut self, now: Now) {
        let topic = Arc::clone(&self.windows.output().topic);
        let saved = std::mem::take(&mut self.saved).into_values();
        for (window, parts) in saved.collect::<Vec<_>>() {
            self.lose(window, Some(parts), false, &topic);
        }
        let unsaved: Vec<Window> = self.windows.open().collect();
        self.figures.add(Outcome::StateLost, unsaved.len() as u64);
        // No record that was read says a later time than the clock of its reader, but for
        // what a clock may run ahead.
        let latest = now.ms.saturating_add(AHEAD_MAX_MS);
        let by_ms = self
            .windows
            .counting()
            .window_of(latest)
            .map_or(latest, |w| w.1);
        if self.windows.closed_by() < by_ms && self.figures == Figures::default() {
            self.figures.add(Outcome::StateLost, 1);
        }
        self.windows.close_by(by_ms, by_ms);
    }

    /// Everything that is not committed is void: what is counted is as the state says.
    pub(super) fn rewind(
        &mut self,
        epoch: u64,
        lanes: Vec<(Lane, Option<NextOffset>)>,
        now: Now,
        effects: &mut Vec<Effect<T>>,
    ) {
        self.epoch = epoch;
        self.forget();
        let from: HashMap<Lane, Option<NextOffset>> = lanes.into_iter().collect();
        for (lane, own) in &mut self.lanes {
            self.tally.drop_lane(own.book.number);
            let next = from.get(lane).copied().flatten();
            let next = next.or(own.start);
            effects.extend(own.rewind(next).map(Effect::GiveBack));
        }
        self.rewound = Some(epoch);
        match self.lanes.is_empty() {
            true => effects.extend(self.rewound.take().map(Effect::Rewound)),
            false => self.read_state(now, effects),
        }
    }

    /// Forgets what is counted.
    pub(super) fn forget(&mut self) {
        self.windows = self.windows.anew();
        self.resting.clear();
        self.saved.clear();
        self.cuts.clear();
        self.debris.clear();
        self.spent = Spending::in_rows();
        self.figures = Figures::default();
        self.is_known = false;
        self.reading = None;
        self.read_at = None;
        self.saved_at = None;
        self.unsaved = 0;
        self.through = None;
    }

    pub(super) fn lose_lanes(
        &mut self,
        mut revoked: Revoked,
        now: Now,
        effects: &mut Vec<Effect<T>>,
    ) {
        self.let_go(&mut revoked, now, effects);
        effects.push(Effect::Lost(revoked));
    }

    /// Lets lanes go, and says how far each was handed over.
    pub(super) fn let_go(&mut self, revoked: &mut Revoked, now: Now, effects: &mut Vec<Effect<T>>) {
        let mut is_whole = true;
        for (lane, count) in &mut revoked.lanes {
            let Some(own) = self.lanes.remove(lane) else {
                continue;
            };
            let is_clean = own.book.is_handed_over();
            revoked.is_clean &= is_clean;
            *count = own.book.handed();
            is_whole &= !own.has_moved();
            if let Some(at) = own.at(lane) {
                self.resting
                    .insert((Arc::clone(&lane.topic), lane.partition), at);
            }
            self.tally.drop_lane(own.book.number);
            effects.extend(own.book.into_parked().map(Effect::GiveBack));
        }
        if self.lanes.is_empty() {
            self.forget();
            // Nobody is left to read anything again.
            effects.extend(self.rewound.take().map(Effect::Rewound));
        } else if !is_whole && self.is_known {
            // Others count on; what is counted has records in it that somebody else reads.
            self.lose_all(now);
        }
    }
}

/// What all windows have spent.
///
/// # Errors
/// A row cannot be read: then nobody knows what may leave.
fn all_spent(rows: &[StateRow]) -> Result<Spending, String> {
    let mut spent = Spending::in_rows();
    for row in rows.iter().filter(|row| row.key.starts_with(SPENT)) {
        let Some(value) = &row.value else { continue };
        add_spent(&mut spent, &row.key, value)?;
    }
    Ok(spent)
}

pub(super) fn add_spent(spent: &mut Spending, key: &[u8], value: &[u8]) -> Result<(), String> {
    let unreadable = || {
        format!(
            "what was spent of budgets cannot be read (`{}`): it was written by a later version, under another key, or by somebody else",
            String::from_utf8_lossy(key)
        )
    };
    let of = spent.add_row(value).map_err(|_| unreadable())?;
    match spent_key(&of.budget, &of.output, of.window) == key {
        true => Ok(()),
        false => Err(unreadable()),
    }
}
