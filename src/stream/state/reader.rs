//! The thread that follows the topic of decisions and makes versions of what it says.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::Receiver;

use super::canary::Canary;
use super::hold::Hold;
use super::keeper::Keeper;
use super::rows::Rows;
use super::staleness::{Currency, Staleness};
use crate::consent::state::{Applied, Full, Is, Table};
use crate::kafka::client::Clients;
use crate::kafka::conditions::{Conditions, Part};
use crate::kafka::state::ends::Answer;
use crate::kafka::state::follower::{Fit, Got, Row, fit};
use crate::kafka::state::following::{Following, Heard, Start};
use crate::kafka::state::progress::Progress;
use crate::pipeline::observer::{ConsentFigure, Observer};

/// Rows of one version at most, and the time that they are gathered.
const ROWS_MAX: u32 = 5_000;
const GATHER: Duration = Duration::from_millis(5);
/// One wait for a row: what the cluster says of the ends is seen so late.
const IDLE: Duration = Duration::from_millis(25);
/// Between two looks after what is no row.
const LOOK: Duration = Duration::from_millis(100);
/// Between two counts of everybody.
const COUNT: Duration = Duration::from_secs(10);
/// The place of the topic of decisions among those followed; the topic of canaries
/// follows it, where there is one.
const DECISIONS: usize = 0;
const WEEK_MS: i64 = 7 * 86_400_000;
/// 1 January 1970 was a Thursday.
const TO_MONDAY_MS: i64 = 3 * 86_400_000;

/// What the thread works with.
pub(super) struct Reader {
    pub(super) clients: Clients,
    pub(super) topics: Vec<Arc<str>>,
    pub(super) rows: Box<dyn Rows>,
    pub(super) categories: Vec<String>,
    pub(super) table: Table,
    pub(super) progress: Arc<Progress>,
    pub(super) answers: Receiver<Answer>,
    pub(super) staleness: Staleness,
    pub(super) hold: Arc<Hold>,
    pub(super) conditions: Arc<Conditions>,
    pub(super) observer: Arc<dyn Observer>,
    pub(super) stopping: Arc<AtomicBool>,
    pub(super) keeper: Option<Keeper>,
    pub(super) canary: Option<Canary>,
    /// Most bytes that the table may take.
    pub(super) bytes_max: u64,
    /// Milliseconds since 1970.
    pub(super) now_ms: fn() -> i64,
}

/// How far it is.
struct Reading {
    following: Following,
    /// Rows that are taken over and not visible.
    unseen: u32,
    /// Everything that was there at the start is visible.
    is_loaded: bool,
    /// Rows there were when it began, and how many of them were taken over.
    to_load: u64,
    loaded: u64,
    /// What is known was thrown away, and is not there again yet.
    is_reloading: bool,
    full: Option<Arc<str>>,
    currency: Currency,
    held_told: Instant,
    week: i64,
    looked: Instant,
    counted: Option<Instant>,
}

impl Reader {
    /// Follows until it is told to end.
    pub(super) fn run(mut self) {
        let now = Instant::now();
        let mut at = Reading {
            following: Following::new(&self.clients, &self.topics),
            unseen: 0,
            is_loaded: false,
            to_load: 0,
            loaded: 0,
            is_reloading: false,
            full: None,
            currency: Currency::Held,
            held_told: now,
            week: week((self.now_ms)()),
            looked: now,
            counted: None,
        };
        self.hold.set(true);
        self.progress.ask();
        while !self.stopping.load(Ordering::Relaxed) {
            while let Ok(answer) = self.answers.try_recv() {
                self.answered(answer, &mut at);
            }
            self.read(&mut at);
            let now = Instant::now();
            if now.duration_since(at.looked) >= LOOK {
                at.looked = now;
                self.look_after(now, &mut at);
            }
        }
        self.end(at);
    }

    /// The cluster said where the topics begin and end.
    fn answered(&mut self, answer: Answer, at: &mut Reading) {
        match at.following.answered(answer) {
            Heard::Noted => {}
            Heard::Doubted => self.progress.ask(),
            Heard::Wider => tracing::warn!(
                "the topic of decisions has more partitions than before: whose decisions lie in another one by now are denied until they are written again"
            ),
            Heard::Lost(why) => self.start_over(why, at),
            Heard::Begins(start) => self.begin(start, at),
            Heard::Void(why, start) => {
                self.start_over(why, at);
                self.begin(start, at);
            }
        }
        self.arrive(at);
    }

    /// Begins to read: where an earlier run ended, or at the beginning.
    fn begin(&mut self, start: Start, at: &mut Reading) {
        let mut positions = start.first();
        let bounds = &start.bounds;
        let found = self.keeper.as_ref().filter(|_| !at.is_loaded);
        if let Some(found) = found.and_then(|keeper| keeper.found((self.now_ms)())) {
            let kept = vec![found.positions];
            match fit(&kept, &bounds[..1]) {
                Fit::Fits => {
                    self.table.take_over(found.table);
                    positions[DECISIONS].clone_from(&kept[0]);
                    tracing::info!(people = self.table.people(), "consent state found again");
                }
                Fit::MorePartitions | Fit::Outside => tracing::warn!(
                    "the kept consent state is not used: its topic is another one by now"
                ),
            }
        }
        // Of the canaries only the next ones count.
        for (positions, bounds) in positions.iter_mut().zip(bounds).skip(1) {
            *positions = bounds.iter().map(|(_, end)| *end).collect();
        }
        let ahead = |(at, (_, end)): (&i64, &(i64, i64))| u64::try_from(end - at).unwrap_or(0);
        let decisions = positions[DECISIONS].iter().zip(&bounds[DECISIONS]);
        at.to_load = decisions.map(ahead).sum();
        at.loaded = 0;
        at.following.begin(start, positions);
    }

    /// What is known is not what the topic says: nothing of it counts any more.
    fn start_over(&mut self, why: &str, at: &mut Reading) {
        tracing::error!("the consent state is read anew from the beginning of its topic: {why}");
        // In this order: until it is known again, nothing new is begun, and whatever is
        // decided all the same is denied.
        self.hold.set(true);
        at.is_reloading = true;
        self.table.start_over();
        self.table.set_current(false);
        self.publish(at);
        at.following.give_up();
        at.full = None;
    }

    /// Takes rows over and makes a version of them.
    fn read(&mut self, at: &mut Reading) {
        let following = &mut at.following;
        let (Some(positions), None) = (following.positions(), &at.full) else {
            return std::thread::sleep(IDLE);
        };
        let partitions = i32::try_from(positions[DECISIONS].len()).unwrap_or(i32::MAX);
        let mut since = None;
        loop {
            let wait = if since.is_some() {
                Duration::ZERO
            } else {
                IDLE
            };
            let (mut seen, is_loaded) = (Seen::default(), at.is_loaded);
            let (rows, table, canary) = (&mut self.rows, &mut self.table, &mut self.canary);
            let observer = &*self.observer;
            let got = following.next(wait, &mut |row| {
                if row.topic != DECISIONS {
                    seen.lag = canary.as_mut().and_then(|c| c.seen(row.key, row.value));
                    return;
                }
                seen.is_decision = true;
                seen.full = take(&mut **rows, table, row, partitions, is_loaded, observer).err();
            });
            if let Some(lag) = seen.lag {
                self.observer.on_consent(ConsentFigure::Lag(lag));
            }
            if let Some(Full) = seen.full {
                at.full = Some(format!("{Full}: the rest of the topic cannot be held").into());
                break;
            }
            at.unseen += u32::from(seen.is_decision);
            at.loaded += u64::from(seen.is_decision);
            match got {
                Got::Row => {}
                Got::Nothing | Got::Trouble(_) => break,
                Got::Gone => {
                    let why = "an offset that it must read next is gone";
                    self.start_over(why, at);
                    self.progress.ask();
                    return;
                }
            }
            let since = since.get_or_insert_with(Instant::now);
            if at.unseen >= ROWS_MAX || since.elapsed() >= GATHER {
                break;
            }
        }
        self.arrive(at);
    }

    /// Makes what was taken over visible, and says how far it is then.
    fn arrive(&mut self, at: &mut Reading) {
        // While it loads, nobody looks.
        if at.unseen > 0 && (at.is_loaded || at.following.is_there()) {
            self.publish(at);
        }
        if at.unseen > 0 {
            return;
        }
        while let Some(asked) = at.following.take_reached() {
            if !at.is_loaded {
                at.is_loaded = true;
                // Also where there was nothing to load.
                self.table.publish((self.now_ms)());
                tracing::info!(people = self.table.people(), "consent state loaded");
            }
            if at.is_reloading {
                at.is_reloading = false;
                self.table.set_current(true);
                self.table.publish((self.now_ms)());
            }
            self.progress.is_current(asked);
        }
    }

    fn publish(&mut self, at: &mut Reading) {
        let now_ms = (self.now_ms)();
        at.week = week(now_ms);
        self.table.publish(now_ms);
        at.unseen = 0;
        for withdrawn_ms in self.table.take_done() {
            let late_ms = u64::try_from(now_ms.saturating_sub(withdrawn_ms)).unwrap_or(0);
            let late = Duration::from_millis(late_ms);
            self.observer
                .on_consent(ConsentFigure::WithdrawalDelay(late));
        }
    }

    fn look_after(&mut self, now: Instant, at: &mut Reading) {
        let now_ms = (self.now_ms)();
        // On Monday grants may have ended.
        if at.is_loaded && week(now_ms) != at.week {
            self.publish(at);
        }
        if let Some(canary) = self.canary.as_mut().filter(|_| at.is_loaded) {
            canary.tick(now);
        }
        if at
            .counted
            .is_none_or(|then| now.duration_since(then) >= COUNT)
        {
            at.counted = Some(now);
            self.count(now_ms, at);
        }
        self.judge(now, at);
        let table = &mut self.table;
        if let (Some(keeper), Some(positions)) = (&mut self.keeper, at.following.positions())
            && at.is_loaded
            && at.unseen == 0
        {
            keeper.tick(now, now_ms, || {
                (table.visible().now(), positions[DECISIONS].clone())
            });
        }
    }

    fn count(&mut self, now_ms: i64, at: &mut Reading) {
        let (people, bytes) = (self.table.people(), self.table.bytes());
        let known = ConsentFigure::Known { people, bytes };
        self.observer.on_consent(known);
        for category in &self.categories {
            let (granted, denied) = self.table.standing(category, now_ms);
            self.observer.on_consent(ConsentFigure::Standing {
                category,
                granted,
                denied,
            });
        }
        if bytes > self.bytes_max && at.full.is_none() {
            let (mib, max) = (bytes >> 20, self.bytes_max >> 20);
            // As much as is there by now for what is read, and a third more for what comes.
            let share = u128::from(at.to_load.max(at.loaded)) * 4 / 3;
            let fits = u128::from(bytes) * share / u128::from(at.loaded.max(1));
            let fits = (fits >> 20).max(u128::from(mib) * 4 / 3) + 1;
            at.full = Some(format!(
                "the table of {people} people takes {mib} MiB, and `state_memory` gives it {max} MiB: {fits} MiB would do; nothing more is read"
            ).into());
        }
    }

    /// Whether it may be decided by, for whoever decides and for who asks.
    fn judge(&mut self, now: Instant, at: &mut Reading) {
        let as_of = self.progress.as_of().filter(|_| at.is_loaded);
        let judged = match self.staleness.judge(now, as_of) {
            Currency::Current if at.is_reloading => Currency::Held,
            judged => judged,
        };
        let before = std::mem::replace(&mut at.currency, judged);
        if before == Currency::Held && at.is_loaded {
            let held = now.duration_since(at.held_told);
            self.observer.on_consent(ConsentFigure::Held(held));
        }
        at.held_told = now;
        let is_stale = judged != Currency::Current;
        self.observer.on_consent(ConsentFigure::Stale(is_stale));
        if judged != before && at.is_loaded {
            // What is denied for it is denied from the next version on, and only then
            // does anything begin again.
            let denies = judged == Currency::Denied || at.is_reloading;
            self.table.set_current(!denies);
            self.publish(at);
        }
        self.hold.set(judged == Currency::Held);
        let conditions = &self.conditions;
        match judged {
            Currency::Current => conditions.clear(Part::Consent),
            _ if !at.is_loaded => {
                let why = at.full.as_ref().or(at.following.trouble());
                match why {
                    Some(what) => conditions.put(Part::Consent, Arc::clone(what)),
                    None => conditions.awaits(Part::Consent, loading(at.loaded, at.to_load)),
                }
            }
            _ => {
                let age = as_of.map_or(0, |as_of| now.duration_since(as_of).as_secs());
                let why = at.full.as_ref().or(at.following.trouble());
                let why = why.map_or(String::new(), |why| format!(": {why}"));
                let what = match judged {
                    Currency::Held => "nothing is written",
                    _ => "what needs consent is withheld",
                };
                let age = told(age);
                conditions.put(
                    Part::Consent,
                    format!(
                        "what people decided has not been known for {age} s or more, so {what}{why}"
                    ),
                );
            }
        }
    }

    fn end(mut self, at: Reading) {
        if let Some(canary) = &self.canary {
            canary.end();
        }
        let (Some(keeper), Some(positions)) = (self.keeper.take(), at.following.positions()) else {
            return;
        };
        if at.is_loaded && at.unseen == 0 && at.full.is_none() {
            let snapshot = self.table.visible().now();
            keeper.end((self.now_ms)(), &snapshot, &positions[DECISIONS]);
        }
    }
}

/// What one look showed.
#[derive(Default)]
struct Seen {
    is_decision: bool,
    lag: Option<Duration>,
    full: Option<Full>,
}

/// Takes a row over, and tells of it once everything before it is known.
fn take(
    rows: &mut dyn Rows,
    table: &mut Table,
    row: &Row<'_>,
    partitions: i32,
    is_loaded: bool,
    observer: &dyn Observer,
) -> Result<(), Full> {
    let mut withdrawn = false;
    let readable = rows.take(table, row, partitions, &mut |heard| {
        let Applied::Said { is, narrows } = heard.applied else {
            return;
        };
        if !is_loaded {
            return;
        }
        let category = heard.category;
        let by = heard.by;
        observer.on_consent(ConsentFigure::Decision { category, is, by });
        if narrows && is != Is::Granted {
            withdrawn = true;
            observer.on_consent(ConsentFigure::Withdrawal { category });
        }
    })?;
    if !readable {
        observer.on_consent(ConsentFigure::BadRecord);
    }
    if let (true, Some(appended_ms)) = (withdrawn, row.appended_ms) {
        table.withdrawn(appended_ms);
    }
    Ok(())
}

fn week(now_ms: i64) -> i64 {
    now_ms.saturating_add(TO_MONDAY_MS).div_euclid(WEEK_MS)
}

/// How long something lasts, in seconds, as it is told: each change is a line of the log,
/// and an outage of an hour is not to be hundreds.
fn told(seconds: u64) -> u64 {
    seconds.checked_ilog2().map_or(0, |n| 1 << n)
}

/// How far it is, in millions where there are millions.
fn loading(loaded: u64, to_load: u64) -> String {
    let millions = |n: u64| n as f64 / 1e6;
    match to_load {
        0..1_000_000 => format!("{} of {to_load} records", loaded.min(to_load)),
        _ => format!(
            "{:.1} of {:.1} million records",
            millions(loaded.min(to_load)),
            millions(to_load)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_far_it_is_is_said_in_round_figures() {
        assert_eq!(loading(7, 1_200), "7 of 1200 records");
        assert_eq!(
            loading(8_140_000, 10_020_000),
            "8.1 of 10.0 million records"
        );
        // Rows that came meanwhile are none of those that it waits for.
        assert_eq!(loading(1_300, 1_200), "1200 of 1200 records");
    }

    #[test]
    fn what_lasts_is_told_a_dozen_times_in_an_hour() {
        assert_eq!([0, 1, 2, 3, 31, 32, 33].map(told), [0, 1, 2, 2, 16, 32, 32]);
        let mut all: Vec<u64> = (0..3_600).map(told).collect();
        all.dedup();
        assert_eq!(all.len(), 13);
    }

    #[test]
    fn weeks_turn_on_monday() {
        let monday = 1_772_409_600_000;
        assert_ne!(week(monday - 1), week(monday));
        assert_eq!(week(monday), week(monday + WEEK_MS - 1));
    }
}
