//! Windows that are over: cut, decided, released.

use super::restoring::add_spent;
use super::*;
use crate::plan::counting::Cells;
use crate::release::NotGranted;
use crate::release::state::{Cut, SPENT, cut_key, spent_key};
use std::collections::HashMap;

/// Most windows that are cut at one time.
const WINDOWS_MAX: usize = 64;
/// Windows in which nobody is have rows where cells are listed, but not more than so many
/// one after the other: a single record with a wrong time would bring them about.
const GAP_MAX: i64 = 1_000;

impl<T: Tally> Counter<T> {
    /// The time until which everything was read that comes in time; `None`: no lane is here.
    pub(super) fn time_ms(&self) -> Option<i64> {
        self.lanes.values().map(Counted::time_ms).min()
    }

    /// Cuts the windows that are over, by the clock and by what was read.
    pub(super) fn close_what_is_over(&mut self, now: Now, effects: &mut Vec<Effect<T>>) {
        let waits = !self.cuts.is_empty() || !self.revoked.is_empty() && !self.is_through();
        let Some(time_ms) = self.time_ms().filter(|_| self.is_known && !waits) else {
            return;
        };
        let over = self.over(time_ms.min(now.ms));
        // Whoever withdrew unseen, while nobody was here or who did was not known, goes now:
        // of what is cut nobody can be taken out.
        if over.is_empty() || !self.keep_who_may_stay(now) {
            return;
        }
        let lost: BTreeSet<Window> = self.windows.lost().collect();
        let topic = Arc::clone(&self.windows.output().topic);
        let mut cut = Vec::new();
        for window in over {
            let closed = self.windows.close(window);
            // It was told when it was lost.
            if lost.contains(&window) {
                continue;
            }
            if self.spent.has_met(self.windows.output(), window) {
                let parts = self.saved.remove(&window.0);
                let parts = 0..parts.map_or(0, |(_, parts)| parts.count);
                self.debris
                    .extend(parts.map(|nth| part_key(&topic, window, nth)));
                self.figures.add(Outcome::LeftBefore, 1);
                continue;
            }
            cut.push(closed);
        }
        self.save(&cut, now, effects);
        if !self.cuts.is_empty() {
            self.read_state(now, effects);
        }
    }

    /// The windows that are over at that time, rising. Where cells are listed those in
    /// which nobody is are there too, once there was a first one.
    fn over(&self, by_ms: i64) -> Vec<Window> {
        let is_over = |window: &Window| self.windows.is_over(window.1, by_ms);
        let known = self.windows.open().chain(self.windows.lost());
        let mut over: Vec<Window> = known.filter(is_over).collect();
        over.sort_unstable();
        let counting = self.windows.counting();
        let first = match self.closed_by_ms() {
            Some(by_ms) => counting.window_of(by_ms),
            None => over.first().copied(),
        };
        if let (Cells::Listed(_), Some(first)) = (&counting.cells, first) {
            let gap_ms = counting.window_ms.saturating_mul(GAP_MAX);
            let next = over.first().copied();
            let next = next.or_else(|| counting.window_of(by_ms.saturating_sub(gap_ms)));
            let first = match next {
                Some(next) if next.0.saturating_sub(first.0) > gap_ms => next,
                _ => first,
            };
            let each = (0..WINDOWS_MAX as i64).map(|n| {
                let from = first.0.saturating_add(n.saturating_mul(counting.window_ms));
                (from, from.saturating_add(counting.window_ms))
            });
            let is_new = |window: &Window| window.1 > self.windows.closed_by();
            over = each.filter(is_new).take_while(is_over).collect();
        }
        over.truncate(WINDOWS_MAX);
        over
    }

    /// The rows that say that a window is cut, and what it will spend.
    pub(super) fn cut_rows(&self, closed: &Closed) -> [StateRow; 2] {
        let (output, counting) = (self.windows.output(), self.windows.counting());
        let window = closed.window;
        let cut = Cut {
            window,
            digest: closed.cut,
        };
        let note = Spending::in_rows().note_of(output, counting, closed);
        [
            StateRow {
                key: cut_key(&output.topic, window),
                value: Some(cut.to_bytes()),
            },
            StateRow {
                key: spent_key(&counting.spends.name, &output.topic, window),
                value: Some(note.row()),
            },
        ]
    }

    /// Decides what becomes of the windows that are cut, as far as the rows have them: by
    /// what was written down before each of them, so that of two who spend of one budget at
    /// the same time both see who was first.
    pub(super) fn decide(
        &mut self,
        rows: &[StateRow],
        effects: &mut Vec<Effect<T>>,
    ) -> Result<(), String> {
        let (output, counting) = (self.windows.output(), self.windows.counting());
        let own = self.cuts.values().map(|cut| {
            let window = cut.closed.window;
            let key = spent_key(&counting.spends.name, &output.topic, window);
            (key, &cut.closed)
        });
        let own: HashMap<Vec<u8>, &Closed> = own.collect();
        let mut spent = Spending::in_rows();
        let mut decided: Vec<(i64, Result<(), NotGranted>)> = Vec::new();
        for row in rows.iter().filter(|row| row.key.starts_with(SPENT)) {
            let Some(value) = &row.value else { continue };
            // By whichever version it was cut.
            let closed = own.get(&row.key);
            let closed =
                closed.filter(|closed| Spending::is_row_of(value, output, counting, closed));
            if let Some(closed) = closed {
                let granted = spent.grants(output, counting, closed);
                let is_granted = granted.is_ok();
                decided.push((closed.window.0, granted));
                if !is_granted {
                    continue;
                }
            }
            add_spent(&mut spent, &row.key, value)?;
        }
        self.spent = spent;
        for (from, granted) in decided {
            self.release(from, granted, effects);
        }
        Ok(())
    }

    /// The rows of a window leave, or it is closed without any.
    fn release(
        &mut self,
        from: i64,
        granted: Result<(), NotGranted>,
        effects: &mut Vec<Effect<T>>,
    ) {
        let Some(Cutting { closed, parts }) = self.cuts.remove(&from) else {
            return;
        };
        let (output, counting) = (self.windows.output(), self.windows.counting());
        let topic = Arc::clone(&output.topic);
        let window = closed.window;
        let own = |window| spent_key(&counting.spends.name, &topic, window);
        let (outcome, rows) = match granted {
            Ok(()) => {
                let outlived = self.spent.outlived(output, counting, window.1);
                self.debris.extend(outlived.into_iter().map(own));
                (Outcome::Released, self.windows.rows(&closed))
            }
            Err(why) => {
                self.debris.push(own(window));
                let outcome = Outcome::from(&why);
                if let NotGranted::Smaller(smaller) = why {
                    self.smaller = Some(smaller);
                }
                (outcome, Vec::new())
            }
        };
        self.debris.push(cut_key(&topic, window));
        let gone = (0..parts.count).map(|nth| part_key(&topic, window, nth));
        self.debris.extend(gone);
        self.figures.add(outcome, 1);
        self.serial += 1;
        let leaves = Leaves {
            rows,
            ..Leaves::default()
        };
        let progress = self.stand();
        self.leave(progress, leaves, false, effects);
    }
}
