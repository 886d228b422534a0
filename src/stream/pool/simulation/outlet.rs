//! The outlet of a member: the machine itself, and a broker that answers it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::*;
use crate::kafka::errors::{Class, Failure};
use crate::kafka::outlet::event::{Arrival, BatchId, Call, CallKind, Progresses};
use crate::kafka::outlet::machine::{Config, Machine};

/// What leaves in one: how far it brings its lanes, and its records.
type Leaving = (Vec<Progress>, Content);

pub(super) struct Outlet {
    machine: Machine,
    /// From the pool, in order.
    pub(super) inbox: VecDeque<told::Event>,
    asked: Option<Call>,
    held: BTreeMap<BatchId, Leaving>,
    next_id: BatchId,
    /// Of the open transaction.
    sent: Vec<BatchId>,
    offsets: Vec<(Lane, NextOffset)>,
    /// Took effect, and nobody was told.
    committed: BTreeSet<BatchId>,
}

impl Outlet {
    pub(super) fn new() -> Outlet {
        let (machine, first) = Machine::start(Config {
            releases: true,
            ..Config::default()
        });
        let mut outlet = Outlet {
            machine,
            inbox: VecDeque::new(),
            asked: None,
            held: BTreeMap::new(),
            next_id: 0,
            sent: Vec::new(),
            offsets: Vec::new(),
            committed: BTreeSet::new(),
        };
        for effect in first {
            if let told::Effect::Call(call) = effect {
                outlet.asked = Some(call);
            }
        }
        outlet
    }

    /// An offset of that partition waits for the end of its transaction.
    pub(super) fn holds_offset_of(&self, partition: usize) -> bool {
        let mut pending = self.offsets.iter();
        pending.any(|(lane, _)| usize::try_from(lane.partition) == Ok(partition))
    }
}

impl World {
    pub(super) fn hand_over(&mut self, member: usize, progress: Vec<Progress>, content: Content) {
        let own = &mut self.members[member];
        let outlet = &mut own.outlet;
        outlet.next_id += 1;
        let id = outlet.next_id;
        let all = [&content.released, &content.left_out, &content.beside];
        let records = all.map(|records| records.len()).iter().sum::<usize>();
        let arrival = Arrival {
            id,
            epoch: own.pool.epoch,
            progress: Progresses::of_several(progress.clone()).expect("of some lane"),
            records: u32::try_from(records).unwrap(),
            bytes: 10,
            plan: None,
        };
        outlet.held.insert(id, (progress, content));
        outlet.inbox.push_back(told::Event::Arrived(arrival));
    }

    pub(super) fn step(&mut self, member: usize, event: told::Event) {
        let now = self.now;
        let own = &mut self.members[member];
        let effects = own.outlet.machine.step(event, now);
        for effect in effects {
            let outlet = &mut self.members[member].outlet;
            match effect {
                told::Effect::Call(call) => {
                    assert!(outlet.asked.replace(call).is_none(), "one call at a time");
                }
                told::Effect::Send { id, refused } => {
                    assert_eq!(refused, None, "of a release nothing is cut");
                    assert!(outlet.sent.is_empty(), "one release a transaction");
                    outlet.sent.push(id);
                }
                told::Effect::Publish(published) => {
                    for id in published.batches {
                        assert!(outlet.held.remove(&id).is_some(), "it ends twice");
                        assert!(outlet.committed.remove(&id), "I6: told and not committed");
                    }
                }
                told::Effect::Discard(ids) => {
                    for id in ids {
                        assert!(outlet.held.remove(&id).is_some(), "it ends twice");
                        // Where no lane of it is ours any more nobody can tell.
                        outlet.committed.remove(&id);
                    }
                }
                told::Effect::Rewind { epoch, lanes } => {
                    // In its own time: the pool hears of it later.
                    self.members[member].rewinds.push((epoch, lanes));
                }
                told::Effect::Drained { ticket, .. } => self.given_away(member, ticket),
                told::Effect::Twin => panic!("no instance is named here"),
                told::Effect::BatchRecordsMax(_)
                | told::Effect::Ended(_)
                | told::Effect::Rebuild(_)
                | told::Effect::Trouble(_)
                | told::Effect::Close => {}
            }
        }
    }

    fn given_away(&mut self, member: usize, ticket: u64) {
        let own = &mut self.members[member];
        let gone: Vec<Lane> = own
            .leaving
            .extract_if(.., |_, of| *of == ticket)
            .map(|(lane, _)| lane)
            .collect();
        for lane in gone {
            if let Some(reading) = own.lanes.remove(&lane) {
                self.owner[reading.partition] = None;
            }
        }
    }

    /// One thing happens at the outlet of a member: it hears of something, or is answered;
    /// or its pool hears of a rewind.
    pub(super) fn settle(&mut self, member: usize, faults: bool) {
        let heard = self.members[member].pool.epoch;
        let rewind = self.members[member].rewinds.iter();
        let rewind = rewind.map(|(epoch, _)| *epoch).find(|epoch| *epoch > heard);
        let choice = self.dice.below(3);
        if let (Some(epoch), 0) = (rewind, choice) {
            return self.tell(member, Event::Rewound(epoch));
        }
        let outlet = &mut self.members[member].outlet;
        match outlet.asked.take() {
            Some(call) if choice == 1 || outlet.inbox.is_empty() => {
                self.answer(member, call, faults);
            }
            asked => {
                outlet.asked = asked;
                if let Some(event) = outlet.inbox.pop_front() {
                    self.step(member, event);
                }
            }
        }
    }

    fn answer(&mut self, member: usize, call: Call, faults: bool) {
        let fails = faults && self.dice.percent(8);
        let kind = call.kind();
        let result = match call {
            Call::ReadCommitted(lanes) => {
                let committed = |lane: &Lane| {
                    let at = self.committed[usize::try_from(lane.partition).unwrap()];
                    (lane.clone(), Some(NextOffset::position(at)))
                };
                let answer = lanes.iter().map(committed).collect();
                return self.step(member, told::Event::Committed(Ok(answer)));
            }
            Call::SendOffsets(offsets) => self.send_offsets(member, offsets, fails),
            Call::Commit => self.commits(member, fails),
            Call::Begin | Call::Abort if !fails => {
                let outlet = &mut self.members[member].outlet;
                outlet.sent.clear();
                outlet.offsets.clear();
                Ok(())
            }
            Call::Init => {
                // Whatever was open has ended.
                let outlet = &mut self.members[member].outlet;
                outlet.sent.clear();
                outlet.offsets.clear();
                if fails { Err(Class::TimedOut) } else { Ok(()) }
            }
            Call::Deliver if fails => {
                let classes = [Class::Abort, Class::Fatal, Class::Record];
                Err(classes[self.dice.below(classes.len())])
            }
            Call::Create | Call::Begin | Call::Abort if fails => Err(Class::Fatal),
            Call::Create | Call::Begin | Call::Abort | Call::Deliver => Ok(()),
        };
        let slow = faults && self.dice.percent(4);
        let took = match kind {
            CallKind::SendOffsets | CallKind::Commit | CallKind::Abort if slow => 90,
            _ => 2,
        };
        self.step(
            member,
            told::Event::Answer {
                call: kind,
                result: result.map_err(|class| Failure::new(class, class.as_str())),
                took: Duration::from_millis(took),
            },
        );
    }

    fn send_offsets(
        &mut self,
        member: usize,
        offsets: Vec<(Lane, NextOffset)>,
        fails: bool,
    ) -> Result<(), Class> {
        let is_ours = |(lane, _): &(Lane, NextOffset)| {
            let owner = &self.owner[usize::try_from(lane.partition).unwrap()];
            owner.as_ref() == Some(&(member, lane.clone()))
        };
        if !offsets.iter().all(is_ours) {
            return Err(Class::Unclaimed);
        }
        let own = &self.members[member].outlet;
        if own.sent.iter().any(|id| own.held[id].1.is_void) {
            return Err(Class::Narrowed);
        }
        if fails {
            return Err(Class::Abort);
        }
        self.members[member].outlet.offsets = offsets;
        Ok(())
    }

    /// It takes effect, or does not; when it fails nobody knows which.
    fn commits(&mut self, member: usize, fails: bool) -> Result<(), Class> {
        let takes_effect = !fails || self.dice.percent(50);
        self.seen.in_doubt += u64::from(fails);
        let outlet = &mut self.members[member].outlet;
        let (sent, offsets) = (
            std::mem::take(&mut outlet.sent),
            std::mem::take(&mut outlet.offsets),
        );
        if takes_effect {
            for id in sent {
                let outlet = &mut self.members[member].outlet;
                let (progress, content) = outlet.held[&id].clone();
                let own = progress.iter().map(|p| (p.lane.clone(), p.next));
                let mut own: Vec<_> = own.collect();
                own.sort();
                assert_eq!(own, offsets, "what it holds is what it commits");
                outlet.committed.insert(id);
                self.commit(&progress, &content);
            }
        }
        if fails { Err(Class::TimedOut) } else { Ok(()) }
    }
}
