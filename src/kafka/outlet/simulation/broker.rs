//! The broker of the simulated world.

use super::*;

impl World {
    pub(super) fn apply(&mut self, staged: Staged) {
        for (partition, offset) in staged.records {
            let log = &mut self.of(partition).log;
            assert!(
                log.last().is_none_or(|last| *last < offset),
                "I9: a record behind a later one of its lane"
            );
            log.push(offset);
        }
        for (partition, next) in staged.offsets {
            let p = self.of(partition);
            assert!(
                p.committed.is_none_or(|c| c <= next),
                "I2: the group's offset fell"
            );
            let covered = p.records.iter().filter(|at| **at < next);
            assert!(
                covered.eq(p.log.iter().filter(|at| **at < next)),
                "I1: an offset covers a record that is not written"
            );
            p.committed = Some(next);
        }
    }

    pub(super) fn class(&mut self, of: &[Class]) -> Result<(), Class> {
        Err(self.dice.pick(of))
    }

    pub(super) fn answer(&mut self) {
        let Some(call) = self.asked.take() else {
            return;
        };
        let fails = self.wild && self.dice.percent(12);
        let kind = call.kind();
        let result = match call {
            Call::ReadCommitted(lanes) => {
                let answer = if fails {
                    let class =
                        self.dice
                            .pick(&[Class::Retriable, Class::Unclear, Class::Authorization]);
                    Err(Failure::new(class, "offsets"))
                } else {
                    assert!(
                        self.staged.is_none(),
                        "offsets are read after pending transactions ended"
                    );
                    let of = |l: &Lane| {
                        let p = &self.partitions[usize::try_from(l.partition).unwrap()];
                        (l.clone(), p.committed.map(NextOffset::position))
                    };
                    Ok(lanes.iter().map(of).collect())
                };
                return self.step(Event::Committed(answer));
            }
            Call::Create if fails => self.class(&[Class::Fatal, Class::Unclear]),
            Call::Create => {
                self.straggler = false;
                Ok(())
            }
            Call::Init if fails => self.class(&[
                Class::Retriable,
                Class::Fenced,
                Class::TimedOut,
                Class::Authorization,
            ]),
            Call::Init => {
                // A pending transaction ends first: one way or the other.
                if let Some(staged) = self.staged.take_if(|s| s.fate == Some(true)) {
                    self.apply(staged);
                }
                self.staged = None;
                Ok(())
            }
            Call::Begin if fails => self.class(&[Class::Fatal, Class::TxnState, Class::Retriable]),
            Call::Begin => {
                assert!(
                    !self.straggler,
                    "a producer with an unanswered call went on"
                );
                assert!(self.staged.is_none(), "two transactions at once");
                self.staged = Some(Staged::default());
                self.refusal = false;
                self.sent.clear();
                Ok(())
            }
            Call::Deliver if self.refusal => Err(Class::Record),
            Call::Deliver if fails => self.class(&[
                Class::Abort,
                Class::Authorization,
                Class::MissingTopic,
                Class::Fatal,
                Class::Fenced,
            ]),
            Call::Deliver => Ok(()),
            Call::SendOffsets(offsets) => self.send_offsets(&offsets, fails),
            Call::Commit => self.commit(fails),
            Call::Abort => {
                let applied = self.staged.as_ref().is_none_or(|s| s.fate == Some(true));
                if applied {
                    Err(Class::TxnState)
                } else if fails {
                    self.class(&[
                        Class::Fatal,
                        Class::Retriable,
                        Class::TimedOut,
                        Class::Fenced,
                    ])
                } else {
                    self.staged = None;
                    Ok(())
                }
            }
        };
        let slow = self.wild && self.dice.percent(5);
        if slow
            && matches!(
                kind,
                CallKind::SendOffsets | CallKind::Commit | CallKind::Abort
            )
        {
            self.straggler = true;
        }
        self.step(Event::Answer {
            call: kind,
            result: result.map_err(|class| Failure::new(class, class.as_str())),
            took: Duration::from_millis(if slow { 90 } else { 2 }),
        });
    }

    pub(super) fn send_offsets(
        &mut self,
        offsets: &[(Lane, NextOffset)],
        fails: bool,
    ) -> Result<(), Class> {
        if !offsets.iter().all(|(lane, _)| self.is_ours(lane)) {
            return Err(Class::Unclaimed);
        }
        if !self.passes_the_fence() {
            return Err(Class::Narrowed);
        }
        let taken = !fails || self.dice.percent(50);
        if taken {
            let staged = self.staged.as_mut().expect("a transaction is open");
            staged.offsets = offsets
                .iter()
                .map(|(l, n)| (l.partition, n.get()))
                .collect();
        }
        if fails {
            return self.class(&[
                Class::Retriable,
                Class::Abort,
                Class::TimedOut,
                Class::TxnState,
                Class::Fenced,
            ]);
        }
        Ok(())
    }

    pub(super) fn commit(&mut self, fails: bool) -> Result<(), Class> {
        let fate = self.staged.as_ref().and_then(|s| s.fate);
        if fails {
            let class = self.dice.pick(&[
                Class::Retriable,
                Class::Abort,
                Class::TimedOut,
                Class::Fatal,
                Class::Fenced,
                Class::TxnState,
                Class::Unclear,
            ]);
            if class != Class::Abort && fate.is_none() {
                let will = self.dice.percent(50);
                self.staged.as_mut().expect("a transaction is open").fate = Some(will);
            }
            return Err(if class == Class::Abort && fate == Some(true) {
                Class::TxnState
            } else {
                class
            });
        }
        let staged = self.staged.take().expect("a transaction is open");
        self.people.visible.ended();
        self.apply(staged);
        Ok(())
    }
}
