//! The outlet as a pure state machine: `step(event, now) → effects`.
//!
//! Invariants, each named by the test that holds it: I1 to I7 and I9 in
//! `simulation`, the bytes of I5 in `kafka::credit` and the intake, I8 in the
//! properties of `pipeline`.
//! - **I1** Offsets in a transaction cover only records whose outputs,
//!   withholdings and quarantine are in it or in an earlier committed one.
//! - **I2** Per lane `seq` is gapless; progress never falls within an epoch.
//! - **I3** Nothing of an older epoch or claim is sent.
//! - **I4** When a revocation is answered, no open transaction holds anything
//!   of its lanes.
//! - **I5** Bytes in flight stay within the credit, one record, and what batches
//!   grew in work: every batch is published or discarded exactly once.
//! - **I6** A count is visible only if its transaction committed.
//! - **I7** One plan per transaction.
//! - **I8** For each output: in = written + withheld + quarantined.
//! - **I9** Within one output partition the records of one lane keep their order, unless
//!   they leave in releases, whose order says nothing.
//! - **I10** What holds something of several lanes is sent whole, or read again whole.
//!
//! Each way from state to state is a row, and a test holds that there is no other.
//! A call that may be repeated is, without leaving its state, up to 30 times.
//!
//! | state | on | does | then |
//! |---|---|---|---|
//! | Start | the producer is initialised | – | Idle |
//! | Start | create or init fails | waits, tries again | Start |
//! | Start | stop; the instance's name is taken | answers revocations | Stopped |
//! | Idle | a batch in order, no wait after a failure, and nothing holds it | begin | Open |
//! | Idle | what is committed must be committed again, though nothing moved | begin | Open |
//! | Idle | the topics take other sizes | gives the producer up | Rebuilding |
//! | Idle | something of several lanes was dropped because one of them left | rewinds | Idle |
//! | Idle | stop | – | Stopped |
//! | Idle | a revocation all of whose batches are sent, or lost, or overdue, or during a wait or a hold | answers it | Idle |
//! | Open | a batch in order | sends it | Open |
//! | Open | age, records, bytes, another plan, a careful lane, a release, stop; all that was gathered, or all of a revocation, is sent | deliver | Committing |
//! | Open | a revocation that waits for batches | sends on | Draining |
//! | Open | a revocation past its deadline; begin fails, the producer stays | abort | Aborting |
//! | Open | a lane that it holds is lost | abort | Lost |
//! | Open | begin fails, or has no clear answer | gives the producer up | Rebuilding |
//! | Open | the instance's name is taken | gives the producer up | Stopped |
//! | Draining | as Open | as Open | Draining, Committing, Aborting, Lost |
//! | Committing | delivered, then offsets sent | offsets, commit | Committing |
//! | Committing | committed | publishes | Idle |
//! | Committing | committed, and an answer was slow | publishes, gives the producer up | Rebuilding |
//! | Committing | a record, a right, a topic or a claim is refused; the fence says no | abort | Aborting |
//! | Committing | a lane that it holds is lost before its offsets are sent | abort | Lost |
//! | Committing | no clear answer | gives the producer up: the group's offsets will tell | Rebuilding |
//! | Committing | the instance's name is taken | gives the producer up | Stopped |
//! | Aborting, Lost | aborted | answers revocations, rewinds | Idle |
//! | Aborting, Lost | aborted, and an answer was slow or a topic was missing; the abort fails | gives the producer up | Rebuilding |
//! | Aborting, Lost | the instance's name is taken | gives the producer up | Stopped |
//! | Rebuilding | a call fails | waits, tries again from a new producer | Rebuilding |
//! | Rebuilding | the producer is initialised, **then** the group's offsets are read | publishes or discards what was in doubt; rewinds when anything sent came to nothing, or the offsets are not ours | Idle |
//! | Rebuilding | stop; the instance's name is taken | answers revocations | Stopped |
//! | Stopped | anything | discards batches, answers revocations | Stopped |
//!
//! Refused because of a record: after two refusals over the same first offset
//! the lane goes one batch a transaction and in halves, until the one record is
//! known and quarantined; but half a release is none: it is tried again whole, later and
//! later. Stopped at the fence, because somebody in it withdrew:
//! the transactions that follow are smaller ([`super::caution`]). A named instance that is fenced waits for the group's
//! word before it takes its id back; one whose name was taken ends.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::caution::Caution;
use super::event::{Arrival, Call, Drain, Effect, Event, Gathered};
use super::lanes::{Lanes, NotTaken};
use super::transaction::Transaction;
use crate::kafka::batch_size::BatchSize;
use crate::kafka::errors::{Class, Failure};
use crate::pipeline::observer::Cause;
use crate::record::lane::{Lane, NextOffset};

/// Where the outlet stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)]
pub(crate) enum State {
    Start,
    Idle,
    Open,
    Draining,
    Committing,
    Aborting,
    Lost,
    Rebuilding,
    Stopped,
}

/// Limits and timing.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    /// Oldest age of an open transaction.
    pub(crate) commit_interval: Duration,
    /// Most records read in one transaction.
    pub(crate) records_max: u64,
    /// Most bytes written in one transaction.
    pub(crate) bytes_max: u64,
    /// What comes are releases: each is one transaction, and none is cut.
    pub(crate) releases: bool,
    /// What is committed is committed again after so long: the brokers forget offsets of
    /// topics that the group does not subscribe to. `None`: it subscribes to all.
    pub(crate) recommit_every: Option<Duration>,
    /// Most records of a batch, and the least that they are cut down to while people
    /// withdraw.
    pub(crate) batch_records: (u32, u32),
    /// A commit or abort that takes longer may be answered twice.
    pub(crate) slow: Duration,
    /// The same for sending offsets.
    pub(crate) slow_offsets: Duration,
    /// The instance has a name, so that being fenced twice means a twin.
    pub(crate) named: bool,
    /// Within this time.
    pub(crate) twin_within: Duration,
    /// A named instance whose producer was fenced waits so long before it takes
    /// the id back: by then the group has told the older of two twins apart.
    pub(crate) fenced_pause: Duration,
    /// First wait after repeated failures; doubles.
    pub(crate) back_off_min: Duration,
    /// Longest wait.
    pub(crate) back_off_max: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            commit_interval: Duration::from_millis(100),
            records_max: 10_000,
            bytes_max: 16 << 20,
            releases: false,
            recommit_every: None,
            batch_records: (BatchSize::MOST, 100),
            slow: Duration::from_millis(75),
            slow_offsets: Duration::from_millis(75),
            named: false,
            twin_within: Duration::from_secs(60),
            fenced_pause: Duration::from_secs(4),
            back_off_min: Duration::from_millis(250),
            back_off_max: Duration::from_secs(10),
        }
    }
}

/// Repeats of one call before the producer is given up.
const REPEATS_MAX: u32 = 30;

/// So soon after lanes were claimed what is committed of them is committed again.
const RECOMMIT_SOON: Duration = Duration::from_secs(60);

/// So many repeats, of a second each at most, before it is told that a producer
/// that worked is not initialised again.
const PATIENCE: u32 = 5;

/// The machine.
pub(crate) struct Machine {
    config: Config,
    state: State,
    epoch: u64,
    lanes: Lanes,
    caution: Caution,
    /// Nothing is begun.
    held: bool,
    open: Option<Transaction>,
    /// A transaction whose commit may have taken effect; the group's offsets
    /// will tell.
    doubtful: Option<Transaction>,
    drains: Vec<(Drain, bool)>,
    /// The intake waits for more only from here on.
    gathered: Option<Gathered>,
    outstanding: Option<Call>,
    repeats: u32,
    not_before: Option<Instant>,
    failures: u32,
    /// A call of this producer was slow.
    slow: bool,
    /// The topics take other sizes than this producer was made for.
    resized: bool,
    rebuild_after_abort: Option<Cause>,
    /// Something sent in this epoch came to nothing, or may have.
    undone: bool,
    /// Something of several lanes was dropped with one of them: what follows it in the
    /// others is not sent before they are read again.
    missed: bool,
    fenced_at: Option<Instant>,
    /// When what is committed is committed again.
    recommit_at: Option<Instant>,
    stop: bool,
    trouble: Option<Failure>,
    /// Every way from state to state that it went.
    #[cfg(test)]
    pub(super) ways: std::collections::BTreeSet<(State, State)>,
}

impl Machine {
    /// A machine in `Start`, and its first effects.
    pub(crate) fn start(config: Config) -> (Machine, Vec<Effect>) {
        let (most, least) = config.batch_records;
        let mut machine = Machine {
            caution: Caution::new(most, least),
            held: false,
            config,
            state: State::Start,
            epoch: 0,
            lanes: Lanes::default(),
            open: None,
            doubtful: None,
            drains: Vec::new(),
            gathered: None,
            outstanding: None,
            repeats: 0,
            not_before: None,
            failures: 0,
            slow: false,
            resized: false,
            rebuild_after_abort: None,
            undone: false,
            missed: false,
            fenced_at: None,
            recommit_at: None,
            stop: false,
            trouble: None,
            #[cfg(test)]
            ways: std::collections::BTreeSet::new(),
        };
        let mut fx = Vec::new();
        let starting = Failure::new(Class::Retriable, "transactions are being initialised");
        machine.tell(Some(&starting), &mut fx);
        machine.call(Call::Create, &mut fx);
        (machine, fx)
    }

    /// Where it stands.
    pub(crate) const fn state(&self) -> State {
        self.state
    }

    /// The epoch whose batches it takes.
    #[cfg(test)]
    pub(crate) const fn epoch(&self) -> u64 {
        self.epoch
    }

    /// When [`Event::Tick`] is wanted at the latest.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        let age = match (&self.open, self.outstanding.is_none()) {
            (Some(open), true) => Some(open.opened + self.config.commit_interval),
            _ => None,
        };
        let drains = self.drains.iter().map(|(d, _)| d.deadline);
        let may_begin = self.state == State::Idle && !self.held;
        let recommit = self.recommit_at.filter(|_| may_begin);
        let all = drains.chain(age).chain(recommit);
        all.chain(self.not_before).min()
    }

    /// What to do about an event.
    pub(crate) fn step(&mut self, event: Event, now: Instant) -> Vec<Effect> {
        let mut fx = Vec::new();
        match event {
            Event::Claimed(starts) => {
                self.lanes.claim(starts);
                let soon = self.config.recommit_every.map(|_| now + RECOMMIT_SOON);
                self.recommit_at = soon;
            }
            Event::Arrived(batch) => self.arrived(batch, &mut fx),
            Event::Gathered(gathered) => self.gathered = Some(gathered),
            Event::Drain(drain) => self.drains.push((drain, false)),
            Event::Lost(drain) => self.drains.push((drain, true)),
            Event::Resized => self.resized = true,
            Event::Held(held) => self.held = held,
            Event::Stop => self.stop = true,
            Event::Tick => {}
            Event::Answer { call, result, took } => {
                // Before it asks again: a call is the last effect of its step.
                self.serve_while_unready(now, &mut fx);
                self.answered(call, result, took, now, &mut fx);
            }
            Event::Committed(answer) => {
                self.serve_while_unready(now, &mut fx);
                self.read_committed(answer, now, &mut fx);
            }
        }
        self.advance(now, &mut fx);
        fx
    }

    fn arrived(&mut self, batch: Arrival, fx: &mut Vec<Effect>) {
        let not_taken = if batch.epoch == self.epoch && self.state != State::Stopped {
            self.lanes.arrive(batch).err()
        } else {
            Some(NotTaken {
                id: batch.id,
                is_missed: false,
            })
        };
        if let Some(not_taken) = not_taken {
            self.discard(&[not_taken], fx);
        }
    }

    /// Gives up what was never sent.
    fn discard(&mut self, dropped: &[NotTaken], fx: &mut Vec<Effect>) {
        self.missed |= dropped.iter().any(|not_taken| not_taken.is_missed);
        if !dropped.is_empty() {
            fx.push(Effect::Discard(dropped.iter().map(|d| d.id).collect()));
        }
    }

    /// Everything that can be done without waiting for an answer.
    fn advance(&mut self, now: Instant, fx: &mut Vec<Effect>) {
        if self.not_before.is_some_and(|at| at <= now) {
            self.not_before = None;
        }
        if self.state == State::Stopped {
            self.serve_drains(fx, |_, _, _| true);
            return;
        }
        self.serve_while_unready(now, fx);
        if self.outstanding.is_some() {
            return;
        }
        match self.state {
            State::Start | State::Rebuilding => self.advance_rebuilding(fx),
            State::Idle => self.advance_idle(now, fx),
            State::Open | State::Draining => self.advance_open(now, fx),
            State::Committing | State::Aborting | State::Lost | State::Stopped => {}
        }
    }

    /// Without a producer that works, drains are answered as soon as nothing of
    /// ours can be pending at the broker and nothing of theirs will be sent, else
    /// at their deadline: a call that is repeated may keep the machine here for
    /// long.
    fn serve_while_unready(&mut self, now: Instant, fx: &mut Vec<Effect>) {
        let initialised = matches!(self.outstanding, Some(Call::ReadCommitted(_)));
        match self.state {
            State::Start => self.serve_drains(fx, |_, _, _| true),
            State::Rebuilding => self.serve_drains(fx, |m, d, lost| {
                now >= d.deadline || initialised && !m.can_finish(d, lost)
            }),
            _ => {}
        }
    }

    /// Something that was handed over in this epoch is not committed, and will not be.
    const fn is_behind(&self) -> bool {
        self.undone || self.missed
    }

    /// The new producer will send what a drain waits for.
    fn can_finish(&self, drain: &Drain, lost: bool) -> bool {
        !lost && !self.is_behind() && !self.is_done(drain)
    }

    /// Between two attempts at a producer.
    fn advance_rebuilding(&mut self, fx: &mut Vec<Effect>) {
        if self.stop {
            self.stopped(fx);
        } else if self.not_before.is_none() {
            self.resized = false;
            self.call(Call::Create, fx);
        }
    }

    fn advance_idle(&mut self, now: Instant, fx: &mut Vec<Effect>) {
        // During an outage nothing can be sent: what waits is read again by
        // the next owner.
        let outage = self.not_before.is_some() || self.held;
        self.serve_drains(fx, |m, d, lost| {
            m.is_done(d) || outage || lost || now >= d.deadline
        });
        if self.stop {
            self.stopped(fx);
        } else if self.missed {
            self.rewind(fx);
        } else if self.resized {
            self.rebuild(Cause::Resized, fx);
            self.advance(now, fx);
        } else if !outage && let Some(offsets) = self.recommits(now) {
            let mut open = Transaction::new(now);
            open.offsets = offsets;
            self.open = Some(open);
            self.enter(State::Open);
            self.call(Call::Begin, fx);
        } else if !outage && self.lanes.front().is_some() {
            self.open = Some(Transaction::new(now));
            self.enter(State::Open);
            self.call(Call::Begin, fx);
        } else if self.has_gathered() {
            self.gathered = None;
        }
    }

    /// What is to be committed again now, though nothing of it moved.
    fn recommits(&mut self, now: Instant) -> Option<BTreeMap<Lane, NextOffset>> {
        let every = self.config.recommit_every?;
        self.recommit_at.take_if(|at| *at <= now)?;
        self.recommit_at = Some(now + every);
        let offsets: BTreeMap<_, _> = self.lanes.committed().collect();
        Some(offsets).filter(|offsets| !offsets.is_empty())
    }

    fn advance_open(&mut self, now: Instant, fx: &mut Vec<Effect>) {
        let held = |open: &Option<Transaction>, d: &Drain| {
            open.as_ref()
                .is_some_and(|t| d.lanes.iter().any(|(lane, _)| t.holds(lane)))
        };
        let lost = self
            .drains
            .iter()
            .any(|(d, lost)| *lost && held(&self.open, d));
        let overdue = self.drains.iter().any(|(d, _)| now >= d.deadline);
        if lost || overdue {
            self.enter(if lost { State::Lost } else { State::Aborting });
            self.call(Call::Abort, fx);
            return;
        }
        // Lost lanes of which nothing was sent need no abort.
        self.serve_drains(fx, |_, _, lost| lost);
        let full = self.fill(fx);
        let drained = self.drains.iter().any(|(d, _)| self.is_done(d));
        let open = self.open.as_ref().expect("Open has a transaction");
        let due = now >= open.opened + self.config.commit_interval;
        let gathered = self.has_gathered();
        let full = full || open.is_bare();
        if full || drained || gathered || due || self.stop {
            self.gathered = self.gathered.take().filter(|_| !gathered);
            self.enter(State::Committing);
            self.call(Call::Deliver, fx);
        } else {
            let draining = !self.drains.is_empty();
            self.enter(if draining {
                State::Draining
            } else {
                State::Open
            });
        }
    }

    /// Sends what waits. True when the transaction is full.
    fn fill(&mut self, fx: &mut Vec<Effect>) -> bool {
        // What waits may follow what was dropped.
        if self.missed {
            return true;
        }
        let open = self.open.as_mut().expect("Open has a transaction");
        while let Some(next) = self.lanes.front() {
            let careful = self.config.releases || self.lanes.is_careful(next);
            // A mere position is nobody's.
            let cautious = self.caution.is_careful() && open.records > 0;
            if !open.takes_plan(next.plan) || (careful && !open.batches.is_empty()) || cautious {
                return true;
            }
            fx.push(Effect::Send {
                id: next.id,
                refused: self.lanes.refused(next),
            });
            open.add(self.lanes.pop().expect("its front was seen"));
            let full =
                open.records >= self.config.records_max || open.bytes >= self.config.bytes_max;
            let alone = careful || self.caution.is_careful() && open.records > 0;
            if alone || full {
                return true;
            }
        }
        false
    }

    fn rewind(&mut self, fx: &mut Vec<Effect>) {
        self.epoch += 1;
        self.undone = false;
        self.missed = false;
        let (lanes, void) = self.lanes.rewind();
        if !void.is_empty() {
            fx.push(Effect::Discard(void));
        }
        fx.push(Effect::Rewind {
            epoch: self.epoch,
            lanes,
        });
        self.enter(State::Idle);
    }

    /// Everything of a drain's lanes has come, or never will, and was sent.
    fn is_done(&self, drain: &Drain) -> bool {
        self.is_sent(drain.epoch, &drain.lanes)
    }

    /// The same of what the intake gathered last.
    fn has_gathered(&self) -> bool {
        self.gathered
            .as_ref()
            .is_some_and(|g| self.is_sent(g.epoch, &g.lanes))
    }

    fn is_sent(&self, epoch: u64, lanes: &[(Lane, u64)]) -> bool {
        let arrived = |(lane, count): &(Lane, u64)| self.lanes.arrived(lane, *count);
        let came = epoch < self.epoch || lanes.iter().all(arrived);
        came && !self.lanes.waits_for(lanes.iter().map(|l| &l.0))
    }

    fn lost_any(&self, open: &Transaction) -> bool {
        self.drains
            .iter()
            .any(|(d, lost)| *lost && d.lanes.iter().any(|(lane, _)| open.holds(lane)))
    }

    /// Answers drains while no transaction holds anything of their lanes.
    fn serve_drains(
        &mut self,
        fx: &mut Vec<Effect>,
        which: impl Fn(&Machine, &Drain, bool) -> bool,
    ) {
        let all = std::mem::take(&mut self.drains);
        for (drain, lost) in all {
            if which(self, &drain, lost) {
                // Before the first producer only what was never handed over is
                // done; later, when all of it was sent and nothing that was sent
                // in this epoch was lost.
                let untouched = drain.lanes.iter().all(|(_, count)| *count == 0);
                let done = match self.state {
                    State::Start => untouched,
                    _ => drain.epoch == self.epoch && !self.is_behind() && self.is_done(&drain),
                };
                let clean = !lost && done;
                self.answer_drain(&drain, clean, fx);
            } else {
                self.drains.push((drain, lost));
            }
        }
    }

    fn answer_drain(&mut self, drain: &Drain, clean: bool, fx: &mut Vec<Effect>) {
        let dropped = self.lanes.forget(drain.lanes.iter().map(|l| &l.0));
        self.discard(&dropped, fx);
        fx.push(Effect::Drained {
            ticket: drain.ticket,
            clean,
        });
    }

    fn is_twin(&mut self, now: Instant) -> bool {
        let again = self
            .fenced_at
            .replace(now)
            .is_some_and(|before| now.saturating_duration_since(before) <= self.config.twin_within);
        again && self.config.named
    }

    fn twin(&mut self, fx: &mut Vec<Effect>) {
        fx.push(Effect::Twin);
        self.stopped(fx);
    }

    fn stopped(&mut self, fx: &mut Vec<Effect>) {
        self.abandon(fx);
        self.serve_drains(fx, |_, _, _| true);
        let (_, mut void) = self.lanes.rewind();
        void.extend(self.doubtful.take().iter().flat_map(Transaction::ids));
        if !void.is_empty() {
            fx.push(Effect::Discard(void));
        }
        fx.push(Effect::Close);
        self.enter(State::Stopped);
    }

    /// The first failure is tried again at once; then the wait doubles. What
    /// somebody has to put right first waits at least a second.
    fn back_off(&mut self, class: Class, now: Instant) {
        self.failures = self.failures.saturating_add(1);
        let doublings = self.failures.saturating_sub(2).min(16);
        let mut wait = match self.failures {
            1 => Duration::ZERO,
            _ => self.config.back_off_min * (1 << doublings),
        };
        if matches!(class, Class::Authorization | Class::MissingTopic) {
            wait = wait.max(Duration::from_secs(1));
        }
        if class == Class::Fenced && self.config.named {
            wait = wait.max(self.config.fenced_pause);
        }
        let wait = wait.min(self.config.back_off_max);
        self.not_before = (!wait.is_zero()).then(|| now + wait);
    }

    fn tell(&mut self, trouble: Option<&Failure>, fx: &mut Vec<Effect>) {
        if self.trouble.as_ref() != trouble {
            self.trouble = trouble.cloned();
            fx.push(Effect::Trouble(self.trouble.clone()));
        }
    }

    fn enter(&mut self, state: State) {
        #[cfg(test)]
        self.ways.insert((self.state, state));
        self.state = state;
    }

    fn call(&mut self, call: Call, fx: &mut Vec<Effect>) {
        debug_assert!(self.outstanding.is_none(), "one call at a time");
        fx.push(Effect::Call(call.clone()));
        self.outstanding = Some(call);
    }
}

mod answers;
#[cfg(test)]
mod tests;
