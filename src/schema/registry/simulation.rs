//! Lanes that read records of known, late, unknown and broken schemas while the registry
//! goes up and down, lanes are revoked and rewound and the policy is replaced: every record
//! is done with once and in order, none whose schema comes in time is refused.

use std::time::Duration;

use super::backoff::Chance;
use super::desk::{ASKED_MAX, Next};
use super::testing::{Plan, SECOND, Scene, key, lane};
use super::told::{How, Rules};
use super::trouble::Why;
use super::{Bound, Refusal};

/// What became of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Read,
    Refused(Refusal),
}

/// A lane as the intake has it.
#[derive(Default)]
struct Model {
    /// Schema ids of its records.
    records: Vec<u32>,
    /// The next record that is looked at.
    next: usize,
    /// As far as everything is done with.
    committed: usize,
    /// It waits for the schema of its next record.
    parked: Option<u32>,
    done: Vec<Fate>,
    claim: u64,
}

const KNOWN: u32 = 1;
const LATE: u32 = 200;
const UNUSABLE: u32 = 300;
const INVENTED: u32 = 10_000;

/// When a late schema is registered.
const REGISTERED_AFTER: Duration = Duration::from_secs(20);

struct World {
    scene: Scene,
    lanes: Vec<Model>,
    chance: Chance,
    plan: u32,
}

impl World {
    fn roll(&mut self, below: u32) -> u32 {
        (self.chance.part() * f64::from(below)) as u32
    }

    /// Every lane takes what it can.
    fn read(&mut self) {
        for partition in 0..self.lanes.len() {
            let bindings = self.scene.desk.bindings().clone();
            let model = &mut self.lanes[partition];
            while model.parked.is_none() && model.next < model.records.len() {
                let id = model.records[model.next];
                match bindings.get(&key(id)) {
                    Some(Bound::Ready(made)) => {
                        assert_eq!(made.plan, self.plan, "a binding belongs to one policy");
                        model.take(Fate::Read);
                    }
                    Some(Bound::Refused(refusal)) => model.take(Fate::Refused(*refusal)),
                    None => {
                        model.parked = Some(id);
                        let mut lane = lane(partition as i32);
                        lane.claim = model.claim;
                        self.scene.desk.ask(lane, key(id), self.scene.now);
                    }
                }
            }
        }
    }

    /// What the desk says reaches its lane, if it still waits for that.
    fn listen(&mut self) {
        while let Some(told) = self.scene.desk.told() {
            let model = &mut self.lanes[told.lane.partition as usize];
            assert_eq!(model.claim, told.lane.claim, "who has left is told nothing");
            let Some(id) = model.parked.take() else {
                panic!("who does not wait is told nothing");
            };
            assert_eq!(key(id), told.key);
            if told.how == How::GivenUp {
                model.take(Fate::Refused(Refusal::Unknown));
            }
        }
    }

    fn leave(&mut self, partition: usize) {
        let mut lane = lane(partition as i32);
        lane.claim = self.lanes[partition].claim;
        self.scene.desk.leave(&lane, self.scene.now);
        self.lanes[partition].parked = None;
    }

    /// Something happens to the house.
    fn disturb(&mut self) {
        let partition = self.roll(self.lanes.len() as u32) as usize;
        match self.roll(8) {
            // A rewind: the record is looked at anew.
            0 => {
                self.leave(partition);
                let model = &mut self.lanes[partition];
                model.next = model.committed;
                model.done.truncate(model.committed);
            }
            // A revocation: what was handed over is committed, and read on from there.
            1 => {
                self.leave(partition);
                let model = &mut self.lanes[partition];
                model.committed = model.next;
                model.claim += 1;
            }
            2 => {
                self.plan += 1;
                self.scene.desk.replace(Plan(self.plan), self.scene.now);
            }
            3 | 4 => {
                let all = [
                    Why::Status(401),
                    Why::Status(500),
                    Why::TimedOut,
                    Why::TooLarge,
                ];
                let which = self.roll(4) as usize;
                self.scene.registry.down = Some(all[which]);
            }
            5..=6 => self.scene.registry.down = None,
            _ => {
                for model in &mut self.lanes {
                    model.committed = model.next;
                }
            }
        }
    }

    fn is_done(&self) -> bool {
        self.lanes.iter().all(|m| m.next == m.records.len())
    }

    /// Until everything is read; asserts on the way.
    fn run(&mut self) {
        let mut quiet_from = 0;
        for turn in 0.. {
            self.listen();
            self.read();
            if self.is_done() {
                return;
            }
            let passed = self.scene.passed();
            if passed >= REGISTERED_AFTER {
                (LATE..LATE + 5).for_each(|id| self.scene.registry.has(id, "late"));
            }
            // Long enough: from now on nothing happens any more but what was begun.
            if turn < 3_000 && self.roll(6) == 0 {
                self.disturb();
                quiet_from = turn;
            } else if turn == 3_000 {
                self.scene.registry.down = None;
            }
            assert!(turn < quiet_from + 400_000, "somebody waits for ever");
            match self.scene.desk.next(self.scene.now) {
                Next::Call(call) => {
                    let outcome = self.scene.registry.answer(&call);
                    let slow = matches!(self.scene.registry.down, Some(Why::TimedOut));
                    self.scene.now += if slow { SECOND * 10 } else { self.scene.takes };
                    self.scene
                        .desk
                        .answered(outcome, &self.scene.url, self.scene.now);
                }
                Next::More => {}
                Next::Wait(until) => {
                    let most = self.scene.now + Duration::from_millis(700);
                    let until = until.map_or(most, |until| until.min(most));
                    self.scene.now = until.max(self.scene.now);
                }
            }
            assert!(self.scene.desk.waiting() <= self.lanes.len());
            assert!(self.scene.desk.asked_for() <= ASKED_MAX);
        }
    }
}

impl Model {
    fn take(&mut self, fate: Fate) {
        self.done.push(fate);
        self.next += 1;
        assert_eq!(self.done.len(), self.next, "each record once, and in order");
    }
}

fn world(seed: u64) -> World {
    let mut world = World {
        scene: Scene::new(Rules::default()),
        lanes: Vec::new(),
        chance: Chance(seed),
        plan: 1,
    };
    (KNOWN..KNOWN + 20).for_each(|id| world.scene.registry.has(id, "known"));
    (UNUSABLE..UNUSABLE + 3).for_each(|id| world.scene.registry.has(id, "unusable"));
    for partition in 0..1 + world.roll(6) {
        let records = (0..40).map(|_| match world.roll(12) {
            0 => LATE + world.roll(5),
            1 => UNUSABLE + world.roll(3),
            // A lane in three has an enemy.
            2 if partition % 3 == 1 => INVENTED + world.roll(5_000),
            _ => KNOWN + world.roll(20),
        });
        let records = records.collect();
        world.lanes.push(Model {
            records,
            claim: 1,
            ..Model::default()
        });
    }
    world
}

#[test]
fn no_record_is_lost_doubled_reordered_or_refused_without_a_cause() {
    let cases = if cfg!(debug_assertions) { 60 } else { 3_000 };
    for seed in 0..cases {
        let mut world = world(seed);
        world.run();
        for (partition, model) in world.lanes.iter().enumerate() {
            for (id, fate) in model.records.iter().zip(&model.done) {
                let expected = match *id {
                    LATE.. if *id >= INVENTED => *fate == Fate::Refused(Refusal::Unknown),
                    UNUSABLE.. => *fate == Fate::Refused(Refusal::Unusable),
                    // Late: refused only where invented ones had used up some wait.
                    LATE.. => *fate == Fate::Read || world.lanes.len() > 1,
                    _ => *fate == Fate::Read,
                };
                assert!(expected, "seed {seed}, lane {partition}: {id} is {fate:?}");
            }
        }
    }
}

#[test]
fn a_stop_in_the_middle_leaves_nothing_that_was_not_done() {
    // As a stop is a revocation of all lanes: what is committed is what was handed over,
    // and who comes next begins with the parked record.
    let mut world = world(1);
    world.lanes[0].records.insert(0, LATE);
    world.read();
    assert_eq!(world.lanes[0].parked, Some(LATE));
    for partition in 0..world.lanes.len() {
        world.leave(partition);
        world.lanes[partition].committed = world.lanes[partition].next;
    }
    assert_eq!(
        (world.lanes[0].committed, world.scene.desk.waiting()),
        (0, 0)
    );
    assert!(matches!(
        world.scene.desk.next(world.scene.now),
        Next::Wait(_)
    ));
    world.run();
    assert_eq!(world.lanes[0].done[0], Fate::Read);
}
