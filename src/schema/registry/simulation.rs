//! Lanes that read records of known, late, unknown, broken and incompatible schemas while
//! the registry goes up and down, refuses and is registered at by hand, lanes are revoked
//! and rewound, the stream stops and the policy is replaced: every question is answered
//! once, to who asked it, and no schema that comes in time is refused.
//!
//! What becomes of records in between, with the lanes that the program reads by, is
//! simulated where those are (`kafka/intake`).

use std::collections::HashMap;

use super::backoff::Chance;
use super::binder::Key;
use super::desk::Next;
use super::testing::lot::{Lot, Script, Seen, assert_all_seen, rules, seeds};
use super::testing::{Plan, Scene, key, lane};
use super::told::How;
use super::{Bound, Refusal};
use crate::record::lane::Lane;

/// A lane that reads its records in order, and waits where a schema is not known.
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
    /// Why each record is not read; `None`: it is.
    came: Vec<Option<Refusal>>,
    claim: u64,
}

struct World {
    scene: Scene,
    script: Script,
    lanes: Vec<Model>,
    /// What was asked, by whom, and not answered yet.
    open: HashMap<Lane, Key>,
    chance: Chance,
    plan: u32,
}

impl World {
    fn new(seed: u64) -> World {
        let mut chance = Chance(seed);
        let mut roll = |below: u32| (chance.part() * f64::from(below)) as u32;
        let rules = rules(&mut roll);
        let lanes = (0..1 + roll(6)).map(|partition| {
            let record = |_| Lot::any(&mut roll, has_enemy(partition as usize), &rules);
            Model {
                records: (0..40).map(record).collect(),
                claim: 1,
                ..Model::default()
            }
        });
        let lanes = lanes.collect();
        let mut scene = Scene::new(rules);
        World {
            script: Script::new(rules, &mut scene),
            scene,
            lanes,
            open: HashMap::new(),
            chance,
            plan: 1,
        }
    }

    fn roll(&mut self, below: u32) -> u32 {
        (self.chance.part() * f64::from(below)) as u32
    }

    fn lane(&self, partition: usize) -> Lane {
        let mut lane = lane(partition as i32);
        lane.claim = self.lanes[partition].claim;
        lane
    }

    /// Every lane takes what it can.
    fn read(&mut self) {
        for partition in 0..self.lanes.len() {
            let bindings = self.scene.desk.bindings().clone();
            let lane = self.lane(partition);
            let model = &mut self.lanes[partition];
            while model.parked.is_none() && model.next < model.records.len() {
                let id = model.records[model.next];
                match bindings.get(&key(id)) {
                    Some(Bound::Ready(made)) => {
                        assert_eq!(made.plan, self.plan, "a binding belongs to one policy");
                        model.take(None);
                    }
                    Some(Bound::Refused(refusal)) => model.take(Some(*refusal)),
                    None => {
                        model.parked = Some(id);
                        self.open.insert(lane.clone(), key(id));
                        self.scene.desk.ask(lane.clone(), key(id), self.scene.now);
                    }
                }
            }
        }
    }

    /// What the desk says reaches its lane.
    fn listen(&mut self) {
        while let Some(told) = self.scene.desk.told() {
            let asked = self.open.remove(&told.lane);
            assert_eq!(asked, Some(told.key), "the answer to no open question");
            let model = &mut self.lanes[told.lane.partition as usize];
            model.parked = None;
            if told.how == How::GivenUp {
                self.script.saw("a lane gives up");
                model.take(Some(Refusal::Unknown));
            }
        }
    }

    fn leave(&mut self, partition: usize) {
        let lane = self.lane(partition);
        self.scene.desk.leave(&lane, self.scene.now);
        self.open.remove(&lane);
        self.lanes[partition].parked = None;
    }

    /// A revocation: what was handed over is committed, and read on from there.
    fn revoke(&mut self, partition: usize) {
        self.leave(partition);
        let model = &mut self.lanes[partition];
        model.committed = model.next;
        model.claim += 1;
    }

    /// Something happens to the house.
    fn disturb(&mut self) {
        let partition = self.roll(self.lanes.len() as u32) as usize;
        match self.roll(9) {
            // A rewind: what was not committed is looked at anew.
            0 => {
                self.leave(partition);
                let model = &mut self.lanes[partition];
                model.next = model.committed;
                model.came.truncate(model.committed);
            }
            1 => self.revoke(partition),
            // A stop is a revocation of all.
            2 => {
                (0..self.lanes.len()).for_each(|partition| self.revoke(partition));
                assert_eq!(self.scene.desk.waiting(), 0);
            }
            3 => {
                self.plan += 1;
                self.scene.desk.replace(Plan(self.plan), self.scene.now);
            }
            4..8 => {
                let chance = &mut self.chance;
                let mut roll = |below: u32| (chance.part() * f64::from(below)) as u32;
                self.script.disturb(&mut self.scene.registry, &mut roll);
            }
            _ => {
                for model in &mut self.lanes {
                    model.committed = model.next;
                }
            }
        }
    }

    /// Until everything is read; asserts on the way.
    fn run(&mut self) {
        for turn in 0.. {
            self.listen();
            self.read();
            // Who asks for what is known by then is told at once.
            self.listen();
            assert_eq!(
                self.scene.desk.waiting(),
                self.open.len(),
                "who waits asked"
            );
            if self.lanes.iter().all(|m| m.next == m.records.len()) {
                return;
            }
            assert!(turn < 400_000, "somebody waits for ever");
            // Long enough: from then on nothing happens any more but what was begun.
            if turn >= 3_000 {
                self.script.calm(&mut self.scene.registry);
            } else if self.roll(6) == 0 {
                self.disturb();
            }
            self.script.step(&mut self.scene);
        }
    }
}

impl Model {
    fn take(&mut self, came: Option<Refusal>) {
        self.came.push(came);
        self.next += 1;
    }
}

/// A lane in three has one: a producer that invents schemas.
fn has_enemy(partition: usize) -> bool {
    partition % 3 == 1
}

#[test]
fn every_question_is_answered_once_and_no_schema_that_comes_in_time_is_refused() {
    let mut seen = Seen::new();
    let (mut late, cases) = (0, seeds(FEW));
    for seed in 0..cases {
        let mut world = World::new(seed);
        world.run();
        assert!(world.open.is_empty(), "seed {seed}");
        let rules = world.script.rules;
        for (partition, model) in world.lanes.iter().enumerate() {
            assert_eq!(model.records.len(), model.came.len());
            for (id, came) in model.records.iter().zip(&model.came) {
                let (lot, has_enemy) = (Lot::of(*id), has_enemy(partition));
                let is_right = lot.may_come_to(*came, has_enemy, &rules);
                let at = || format!("seed {seed}, lane {partition}: {id}, {lot:?}, is {came:?}");
                assert!(is_right, "{}", at());
                late += u64::from(lot == Lot::Late && came.is_none());
            }
        }
        for (what, times) in world.script.seen {
            *seen.entry(what).or_default() += times;
        }
    }
    assert_all_seen(&seen);
    assert!(late > cases * 3, "{late} records of late schemas were read");
    println!("{cases} houses, {seen:?}");
}

/// So many where nobody says another number.
const FEW: u64 = 300;

#[test]
fn a_stop_in_the_middle_leaves_nothing_that_was_not_done() {
    // Who comes after the stop begins with the parked record.
    let mut world = World::new(1);
    world.lanes[0].records.insert(0, 200);
    world.read();
    assert_eq!(world.lanes[0].parked, Some(200));
    (0..world.lanes.len()).for_each(|partition| world.revoke(partition));
    assert_eq!(
        (world.lanes[0].committed, world.scene.desk.waiting()),
        (0, 0)
    );
    assert!(matches!(
        world.scene.desk.next(world.scene.now),
        Next::Wait(_)
    ));
    world.run();
    assert_eq!(world.lanes[0].came[0], None);
}
