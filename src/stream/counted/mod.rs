//! The thread of a release group whose records are counted: between its workers and its
//! outlet, as that of [`held`](super::held) is of others.
//!
//! What is counted lives in memory and, saved now and then, in the topic of the state, from
//! which whoever takes the lease goes on.

mod tallies;
#[cfg(test)]
mod tests;

use std::time::{Duration, Instant};

use crossbeam_channel::{at, never, select};

use super::beside::Content;
use super::counting::{Counter, Effect, Event, Now, Outcome, Pace, ReadId};
use super::held::{HeldGroup, now_ms};
use super::pool::{Filed, Progress, Revoked, Through};
use super::revocations::Revocations;
use crate::crypto::state_key::StateKey;
use crate::kafka::conditions::Part;
use crate::kafka::messages::{Rewind, ToOutlet};
use crate::kafka::outlet::event::Gathered;
use crate::pipeline::observer::{CountFigures, CountsNow};
use crate::plan::counting::Counting;
use crate::release::Windows;
use tallies::Tallies;

/// What is counted is looked at so often, for whoever watches.
const LOOK: Duration = Duration::from_secs(1);
/// What is counted is saved at least so often.
const SAVE_EVERY: Duration = Duration::from_secs(600);
/// And so often in each window.
const SAVES: u32 = 12;
/// Of the bytes that may be under way, those that may wait to be saved.
const BESIDE: u64 = 8;

struct Running {
    group: HeldGroup,
    counter: Counter<Tallies>,
    key: StateKey,
    epoch: u64,
    revocations: Revocations,
    /// On its way to the intake.
    rewind: Option<Rewind>,
    /// The reading of the state that was asked for last.
    asked: ReadId,
    /// What the credit was charged for what waits to be saved.
    charged: u64,
    told_full: bool,
    ended: bool,
}

/// How often what is counted is saved.
fn save_every(counting: &Counting) -> Duration {
    let window = Duration::from_millis(counting.window_ms.unsigned_abs());
    SAVE_EVERY.min(window / SAVES).max(LOOK)
}

/// Works until told to stop, or nobody tells it anything any more.
pub(super) fn run(group: HeldGroup) {
    let windows = Windows::new(&group.plan, 0);
    let (windows, lease) = windows
        .zip(group.plan.lease())
        .expect("started for such a plan alone");
    let pace = Pace {
        save_every: save_every(windows.counting()),
        windows_bytes_max: group.memory_max,
        beside_bytes_max: group.credit_bytes / BESIDE,
    };
    let mut running = Running {
        key: StateKey::new(&lease.key),
        counter: Counter::new(
            pace,
            windows,
            Tallies::new(&group.plan, group.visible.clone()),
        ),
        group,
        epoch: 0,
        revocations: Revocations::default(),
        rewind: None,
        asked: 0,
        charged: 0,
        told_full: false,
        ended: false,
    };
    let mut looked = Instant::now();
    while !running.ended {
        let Some(event) = running.next(looked + LOOK) else {
            return;
        };
        running.step(event);
        running.group.liveness.keeps(Instant::now());
        if looked.elapsed() >= LOOK {
            looked = Instant::now();
            running.tell();
        }
    }
}

impl Running {
    /// What happened next; `None`: nobody is left to tell it.
    fn next(&mut self, look: Instant) -> Option<Event<Tallies>> {
        loop {
            let due = self.counter.deadline().map_or(look, |due| due.min(look));
            let due = at(due);
            let recall = self.group.recall.as_ref();
            let recalled = recall.map_or_else(never, |recall| recall.answers().clone());
            let event = select! {
                recv(self.group.inbox) -> message => self.event(message.ok()?),
                recv(self.group.rewinds) -> rewind => match rewind {
                    Ok(rewind) => Some(self.rewound(rewind)),
                    // An outlet that ended; the intake hears of it elsewhere.
                    Err(_) => {
                        self.group.rewinds = never();
                        None
                    }
                },
                recv(recalled) -> recalled => match (recalled, &self.group.recall) {
                    (Ok(recalled), Some(recall)) => {
                        let rows = recall.hear(recalled);
                        rows.map(|rows| Event::State(self.asked, Ok(rows)))
                    }
                    // Its thread failed, which ends the stream; until then nothing leaves.
                    _ => {
                        self.group.recall = None;
                        None
                    }
                },
                recv(due) -> _ => Some(Event::Tick),
            };
            if event.is_some() {
                return event;
            }
        }
    }

    fn rewound(&mut self, rewind: Rewind) -> Event<Tallies> {
        self.epoch = rewind.epoch;
        let lanes = rewind.lanes.iter().map(|to| (to.lane.clone(), to.to));
        let event = Event::Rewound(rewind.epoch, lanes.collect());
        self.rewind = Some(rewind);
        event
    }

    /// What a message is to the counter; `None`: nothing, and it was passed on.
    fn event(&mut self, message: ToOutlet) -> Option<Event<Tallies>> {
        Some(match message {
            ToOutlet::Claimed(starts) => {
                self.group.pass_on(ToOutlet::Claimed(starts.clone()));
                Event::Claimed(starts)
            }
            ToOutlet::Batch(batch) => {
                let batch = self.group.as_decided_by_now(batch)?;
                Event::Filed(Filed::of_batch(batch))
            }
            ToOutlet::Position {
                lane,
                epoch,
                seq,
                next,
            } => Event::Filed(Filed::of_position(lane, epoch, seq, next)),
            ToOutlet::ReadBy(read) => Event::ReadBy(read),
            ToOutlet::CaughtUp(Gathered { lanes, epoch }) => Event::CaughtUp(Through {
                lanes: lanes.into_iter().collect(),
                epoch,
            }),
            ToOutlet::Drain { drain, lost, reply } => {
                let revoked = self.revocations.take(drain, reply);
                match lost {
                    true => Event::Lost(revoked),
                    false => Event::Drain(revoked),
                }
            }
            ToOutlet::Stop => Event::Stop,
            ToOutlet::Taken(taken) => {
                // What is counted is asked for when its lanes come.
                if let Some(recall) = &mut self.group.recall {
                    recall.noted(taken);
                }
                return None;
            }
            ToOutlet::Gathered(_) => return None,
            message @ (ToOutlet::Release(_) | ToOutlet::Replaced { .. } | ToOutlet::Held(_)) => {
                self.group.pass_on(message);
                return None;
            }
        })
    }

    fn step(&mut self, event: Event<Tallies>) {
        // Whoever withdrew is taken out before anything is counted or cut.
        if let Some(narrowed) = self.counter.tally_mut().narrowed() {
            self.step_with(narrowed);
        }
        self.step_with(event);
    }

    fn step_with(&mut self, event: Event<Tallies>) {
        let now = Now {
            at: Instant::now(),
            ms: now_ms(),
        };
        let effects = self.counter.step(event, now);
        let handed_over: u64 = effects.iter().map(held).sum();
        let waits = self.counter.beside_bytes();
        // Before anything of it can be given back.
        let credit = &self.group.credit;
        credit.true_up(self.charged, waits + handed_over);
        self.charged = waits;
        for effect in effects {
            self.carry_out(effect);
        }
    }

    fn carry_out(&mut self, effect: Effect<Tallies>) {
        match effect {
            Effect::Leave(progress, content) => self.leave(progress, content),
            Effect::GiveBack(batch) => self.group.give_back(batch),
            Effect::ReadState(id) => {
                self.asked = id;
                // Windows are decided while all goes on.
                let is_awaited = !self.counter.is_known();
                if let Some(recall) = &mut self.group.recall {
                    recall.ask(is_awaited);
                }
            }
            Effect::Known => {
                self.group.conditions.clear(Part::Memory);
                // What the counter holds back it sends itself.
                let _ = self.group.recall.as_mut().map(|recall| recall.resumed());
            }
            Effect::Drain(revoked) => self.answer(revoked, false),
            Effect::Lost(revoked) => self.answer(revoked, true),
            Effect::Rewound(epoch) => {
                if let Some(rewind) = self.rewind.take_if(|rewind| rewind.epoch == epoch) {
                    // A closed intake reads no more anyway.
                    let _ = self.group.to_intake.send(rewind);
                }
            }
            Effect::Ended(uncounted) => {
                if uncounted > 0 {
                    let topic = self.group.topic();
                    tracing::info!(topic = %topic, "{uncounted} records of `{topic}` were counted and not saved: they are read again at the next start");
                }
                self.group.pass_on(ToOutlet::Stop);
                self.ended = true;
            }
        }
    }

    fn leave(&mut self, progress: Vec<Progress>, content: Content) {
        if let Some(figures) = &content.counted {
            self.tell_of_windows(figures);
        }
        let by = (&self.group.plan, self.epoch);
        let leaving = content.leaving(by, progress, Some(&self.key));
        self.group.pass_on(ToOutlet::Release(Box::new(leaving)));
    }

    /// The outlet answers once what was handed over is committed.
    fn answer(&mut self, revoked: Revoked, lost: bool) {
        if let Some(message) = self.revocations.handed_over(revoked, lost) {
            self.group.pass_on(message);
        }
    }

    /// Says what does not leave, and why.
    fn tell_of_windows(&self, figures: &CountFigures) {
        let topic = self.group.topic();
        let of = |outcome: Outcome| figures.windows[outcome as usize];
        let released = of(Outcome::Released);
        if released > 0 {
            tracing::info!(topic = %topic, windows = released, rows = figures.rows, "a window of `{topic}` leaves");
        }
        let spent = of(Outcome::BudgetSpent);
        if spent > 0 {
            tracing::error!(topic = %topic, windows = spent, "the budget of the period is spent: a window of `{topic}` has no rows; a higher budget is a weaker promise to the people counted");
        }
        let smaller = of(Outcome::SmallerBudget);
        if smaller > 0 {
            let why = self.counter.smaller().map(ToString::to_string);
            let why = why.unwrap_or_default();
            tracing::error!(topic = %topic, windows = smaller, "a window of `{topic}` has no rows: {why}; give the budget one `epsilon` and `per` in all versions of the policy, or wait");
        }
        let late = of(Outcome::LateWindow);
        if late > 0 {
            tracing::error!(topic = %topic, windows = late, "a window of `{topic}` has no rows: later ones of its budget left before it, and the budget does not bear it beside them");
        }
        let before = of(Outcome::LeftBefore);
        if before > 0 {
            tracing::error!(topic = %topic, windows = before, "a window of `{topic}` has no rows: it, or one that overlaps it, left before");
        }
        let lost = of(Outcome::StateLost);
        if lost > 0 {
            tracing::error!(topic = %topic, windows = lost, "a window of `{topic}` has no rows: what was counted in it is lost; the topic of the state was changed, or the policy, or its key `state`, or offsets were moved");
        }
    }

    /// Says how it stands with what is counted.
    fn tell(&mut self) {
        let group = &self.group;
        let topic = group.topic();
        let bytes = self.counter.windows_bytes();
        let overdue_ms = self.counter.overdue_ms(now_ms());
        let now = CountsNow {
            open: self.counter.open_windows(),
            bytes,
            overdue: Duration::from_millis(overdue_ms.unsigned_abs()),
        };
        group.observer.on_counting(topic, now);
        let conditions = &group.conditions;
        if let Some(why) = self.counter.trouble() {
            conditions.put(
                Part::Memory,
                format!("nothing of `{topic}` can be counted or leave: {why}"),
            );
            self.told_full = true;
        } else if self.counter.is_full() {
            let max = group.memory_max;
            conditions.put(
                Part::Memory,
                format!(
                    "the open windows of `{topic}` take {bytes} bytes of memory, and `state_memory` is {max}: nothing more is counted before one closes; raise it and restart"
                ),
            );
            self.told_full = true;
        } else if self.counter.is_known() && std::mem::take(&mut self.told_full) {
            conditions.clear(Part::Memory);
        }
    }
}

/// Bytes that were handed over.
fn held(effect: &Effect<Tallies>) -> u64 {
    match effect {
        Effect::Leave(_, content) => content.held,
        _ => 0,
    }
}
