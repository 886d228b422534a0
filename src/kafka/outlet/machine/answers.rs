//! What an answer to a call means: the right half of the table.

use std::time::{Duration, Instant};

use super::{Machine, PATIENCE, REPEATS_MAX, State};
use crate::kafka::errors::{Class, Failure};
use crate::kafka::outlet::caution::Caution;
use crate::kafka::outlet::event::{Call, CallKind, Effect, Published, Start};
use crate::kafka::outlet::transaction::Transaction;
use crate::pipeline::observer::{Cause, TransactionEnd};
use crate::record::lane::{Lane, NextOffset};

impl Machine {
    pub(super) fn answered(
        &mut self,
        call: CallKind,
        result: Result<(), Failure>,
        took: Duration,
        now: Instant,
        fx: &mut Vec<Effect>,
    ) {
        let Some(asked) = self.outstanding.take_if(|asked| asked.kind() == call) else {
            debug_assert!(false, "an answer to {call:?}, which was not asked");
            return;
        };
        self.slow |= match call {
            CallKind::SendOffsets => took >= self.config.slow_offsets,
            CallKind::Commit | CallKind::Abort => took >= self.config.slow,
            _ => false,
        };
        match result {
            Ok(()) => {
                self.repeats = 0;
                self.succeeded(call, now, fx);
            }
            Err(failure) => self.failed(asked, failure, now, fx),
        }
    }

    fn succeeded(&mut self, call: CallKind, now: Instant, fx: &mut Vec<Effect>) {
        match call {
            CallKind::Create => self.call(Call::Init, fx),
            CallKind::Init => {
                // Whatever was open has ended now: only who has something to be
                // sent waits longer.
                self.slow = false;
                let starting = self.state == State::Start;
                self.serve_drains(fx, |m, d, lost| starting || !m.can_finish(d, lost));
                let lanes: Vec<Lane> = self.lanes.names().cloned().collect();
                if self.state == State::Rebuilding && !lanes.is_empty() {
                    self.call(Call::ReadCommitted(lanes), fx);
                } else {
                    // No lane of it is ours any more: nobody can tell.
                    if let Some(doubtful) = self.doubtful.take() {
                        fx.push(Effect::Discard(doubtful.ids()));
                    }
                    self.ready(fx);
                }
            }
            CallKind::ReadCommitted => unreachable!("answered by Event::Committed"),
            CallKind::Begin => {}
            CallKind::Deliver => {
                let open = self.open.as_ref().expect("Deliver has a transaction");
                let offsets: Vec<_> = open.offsets.iter().map(|(l, n)| (l.clone(), *n)).collect();
                if self.lost_any(open) {
                    self.enter(State::Lost);
                    self.call(Call::Abort, fx);
                } else if offsets.is_empty() {
                    // Its batches left with their lanes before they were sent.
                    self.call(Call::Commit, fx);
                } else {
                    self.call(Call::SendOffsets(offsets), fx);
                }
            }
            CallKind::SendOffsets => {
                let open = self.open.as_mut().expect("SendOffsets has a transaction");
                open.commit_called = true;
                self.call(Call::Commit, fx);
            }
            CallKind::Commit => {
                let open = self.open.take().expect("Commit has a transaction");
                self.publish(open, now, fx);
                self.goes(Caution::committed, fx);
                self.settled(fx);
                if self.slow {
                    self.rebuild(Cause::Slow, fx);
                } else {
                    self.enter(State::Idle);
                }
            }
            CallKind::Abort => {
                let open = self.open.take().expect("Abort has a transaction");
                fx.push(Effect::Discard(open.ids()));
                fx.push(Effect::Ended(TransactionEnd::Aborted));
                self.undone = true;
                self.serve_drains(fx, |_, _, _| true);
                match self.rebuild_after_abort.take() {
                    Some(cause) => self.rebuild(cause, fx),
                    None if self.slow => self.rebuild(Cause::Slow, fx),
                    None => self.rewind(fx),
                }
            }
        }
    }

    fn failed(&mut self, asked: Call, failure: Failure, now: Instant, fx: &mut Vec<Effect>) {
        let call = asked.kind();
        if failure.class == Class::Twin {
            return self.twin(fx);
        }
        if failure.class == Class::Retriable && self.repeats < REPEATS_MAX && !self.stop {
            self.repeats += 1;
            // One that is replaced while all is well may have to wait for the end
            // of its last transaction.
            let lasts = self.trouble.is_some() || self.repeats >= PATIENCE;
            if call == CallKind::Init && lasts {
                self.tell(Some(&failure), fx);
            }
            self.call(asked, fx);
            return;
        }
        self.repeats = 0;
        match call {
            CallKind::Create | CallKind::Init => {
                if failure.class == Class::Fenced && self.is_twin(now) {
                    return self.twin(fx);
                }
                self.back_off(failure.class, now);
                self.tell(Some(&failure), fx);
            }
            CallKind::ReadCommitted => unreachable!("answered by Event::Committed"),
            CallKind::Abort => self.give_up(&failure, now, fx),
            CallKind::Begin | CallKind::Deliver | CallKind::SendOffsets | CallKind::Commit => {
                match failure.class {
                    Class::Twin
                    | Class::Retriable
                    | Class::Fatal
                    | Class::TimedOut
                    | Class::TxnState
                    | Class::Unclear
                    | Class::Fenced => self.give_up(&failure, now, fx),
                    Class::Abort
                    | Class::Record
                    | Class::Authorization
                    | Class::MissingTopic
                    | Class::Unclaimed
                    | Class::Narrowed => self.abort(&failure, now, fx),
                }
            }
        }
    }

    /// The producer survives; its transaction does not.
    fn abort(&mut self, failure: &Failure, now: Instant, fx: &mut Vec<Effect>) {
        match failure.class {
            Class::Record => {
                let open = self.open.as_ref().expect("a refused transaction is open");
                let is_outage = match (self.config.releases, open.batches.first()) {
                    (true, Some(release)) => self.lanes.refuse_whole(release),
                    _ => self.lanes.refuse(&open.batches),
                };
                if is_outage {
                    self.back_off(failure.class, now);
                }
                self.tell(is_outage.then_some(failure), fx);
            }
            Class::Unclaimed => {}
            // Decided anew at once, and no trouble.
            Class::Narrowed => self.goes(Caution::stopped, fx),
            _ => {
                self.back_off(failure.class, now);
                self.tell_unless_passing(failure, fx);
            }
        }
        if failure.class == Class::MissingTopic {
            self.rebuild_after_abort = Some(Cause::MissingTopic);
        }
        self.enter(State::Aborting);
        self.call(Call::Abort, fx);
    }

    /// More or less carefully than before, after that.
    fn goes(&mut self, after: fn(&mut Caution), fx: &mut Vec<Effect>) {
        let before = self.caution.batch_records_max();
        after(&mut self.caution);
        let records_max = self.caution.batch_records_max();
        if records_max != before {
            fx.push(Effect::BatchRecordsMax(records_max));
        }
    }

    /// The producer does not survive.
    fn give_up(&mut self, failure: &Failure, now: Instant, fx: &mut Vec<Effect>) {
        if failure.class == Class::Fenced && self.is_twin(now) {
            return self.twin(fx);
        }
        self.back_off(failure.class, now);
        self.tell_unless_passing(failure, fx);
        let cause = match failure.class {
            Class::Fenced => Cause::Fenced,
            Class::MissingTopic => Cause::MissingTopic,
            _ => Cause::Failed,
        };
        self.rebuild(cause, fx);
    }

    /// A commit that a rebalance crossed is tried again at once, under the new
    /// generation; it is no trouble before that fails as well.
    fn tell_unless_passing(&mut self, failure: &Failure, fx: &mut Vec<Effect>) {
        if !failure.is_of_rebalance || self.failures > 1 {
            self.tell(Some(failure), fx);
        }
    }

    /// Gives the producer up, with the transaction it may hold.
    pub(super) fn rebuild(&mut self, cause: Cause, fx: &mut Vec<Effect>) {
        self.abandon(fx);
        self.rebuild_after_abort = None;
        fx.push(Effect::Rebuild(cause));
        self.enter(State::Rebuilding);
    }

    pub(super) fn abandon(&mut self, fx: &mut Vec<Effect>) {
        let Some(open) = self.open.take() else {
            return;
        };
        fx.push(Effect::Ended(TransactionEnd::Abandoned));
        self.undone = true;
        if open.commit_called {
            self.doubtful = Some(open);
        } else {
            fx.push(Effect::Discard(open.ids()));
        }
    }

    pub(super) fn read_committed(
        &mut self,
        answer: Result<Vec<Start>, Failure>,
        now: Instant,
        fx: &mut Vec<Effect>,
    ) {
        let Some(asked) = self
            .outstanding
            .take_if(|asked| asked.kind() == CallKind::ReadCommitted)
        else {
            debug_assert!(false, "offsets that were not asked for");
            return;
        };
        let committed = match answer {
            Ok(committed) => committed,
            Err(failure) if failure.class == Class::Twin => return self.twin(fx),
            Err(failure) => {
                self.tell(Some(&failure), fx);
                if self.stop {
                    self.stopped(fx);
                } else if failure.class == Class::Retriable {
                    self.call(asked, fx);
                } else {
                    self.back_off(failure.class, now);
                }
                return;
            }
        };
        if let Some(doubtful) = self.doubtful.take() {
            // All of it was committed or nothing: any lane still ours tells. A
            // lane that left may have been moved on by its next owner.
            let mut witnesses = doubtful
                .offsets
                .iter()
                .filter(|(lane, _)| self.lanes.holds(lane))
                .peekable();
            // Of one that moves nothing no offset tells: it is found out by reading again.
            let moves = doubtful.offsets.iter();
            let moves = moves.filter(|(lane, next)| self.lanes.is_behind(lane, **next));
            let took_effect = moves.count() > 0
                && witnesses.peek().is_some()
                && witnesses.all(|(lane, next)| {
                    let found = committed.iter().find(|(l, _)| l == lane);
                    found.and_then(|(_, c)| *c).is_some_and(|c| c >= *next)
                });
            if took_effect {
                self.publish(doubtful, now, fx);
            } else {
                fx.push(Effect::Discard(doubtful.ids()));
            }
        }
        for (lane, next) in &committed {
            self.undone |= self.lanes.correct(lane, *next);
        }
        self.ready(fx);
    }

    /// The producer works and nothing of it is open.
    fn ready(&mut self, fx: &mut Vec<Effect>) {
        // What the next transaction must show to be over stays told until then.
        let shown_by_commit = self.trouble.as_ref().is_some_and(|t| {
            matches!(
                t.class,
                Class::Authorization | Class::MissingTopic | Class::Record
            )
        });
        if !shown_by_commit || self.state == State::Start {
            self.tell(None, fx);
        }
        // A producer that was replaced between two transactions goes on where
        // the other ended.
        if self.state == State::Rebuilding && self.undone {
            self.rewind(fx);
        } else {
            self.enter(State::Idle);
        }
    }

    /// All is well.
    fn settled(&mut self, fx: &mut Vec<Effect>) {
        self.failures = 0;
        self.not_before = None;
        self.tell(None, fx);
    }

    fn publish(&mut self, done: Transaction, now: Instant, fx: &mut Vec<Effect>) {
        let lanes: Vec<(Lane, NextOffset)> =
            done.offsets.iter().map(|(l, n)| (l.clone(), *n)).collect();
        for (lane, next) in &lanes {
            self.lanes.commit(lane, *next);
        }
        fx.push(Effect::Publish(Published {
            batches: done.ids(),
            lanes,
            open: now.saturating_duration_since(done.opened),
        }));
        fx.push(Effect::Ended(TransactionEnd::Committed));
    }
}
