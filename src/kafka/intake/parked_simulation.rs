//! Lanes that read records of known, late, unknown, broken and incompatible schemas, with
//! the desk, a registry that goes up and down, refuses and is registered at by hand, a
//! client library that seeks, pauses and tells where it is, and an outlet that commits and
//! rewinds: while lanes are revoked, lost, rewound and paused, the policy is replaced and
//! the stream begun anew, every record is done with once and in order, and what leaves is
//! read under the schema that it names.

mod cluster;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use super::assigned_lanes::AssignedLanes;
use crate::pipeline::testing::worker;
use crate::pipeline::{OutBatch, Worker};
use crate::plan::Plan;
use crate::record::Reason;
use crate::record::lane::{Lane, NextOffset};
use crate::schema::KnownById;
use crate::schema::registry::testing::lot::{Lot, Script, Seen, assert_all_seen, rules, seeds};
use crate::schema::registry::testing::{Scene, plan_by_id};
use crate::schema::registry::{How, Key, PlanBinder, Refusal, Told};

/// No frame at all.
const BROKEN: u32 = 1 << 30;
/// So many houses where nobody says another number.
const FEW: u64 = 100;

/// After so many turns nothing more happens to the house.
const QUIET_AFTER: u32 = 2_500;

/// A record of a partition.
#[derive(Clone, Copy)]
struct Row {
    offset: i64,
    schema: u32,
    n: i64,
}

/// What became of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Read,
    Refused(Reason),
}

/// A partition, at the broker and in the client library.
struct Partition {
    rows: Vec<Row>,
    /// Behind the last record, and what ended its transaction.
    end: i64,
    committed: i64,
    done: Vec<(i64, Fate)>,
    /// What the library has of it, while it is assigned.
    reader: Option<Reader>,
}

struct Reader {
    /// The next record that it hands over, at this offset or behind it.
    at: i64,
    /// Where it says to be; `None`: it does not say so since it sought.
    says: Option<i64>,
    is_paused: bool,
    lane: Lane,
    /// What the outlet has of it, by number; `None`: nothing but a position.
    pending: VecDeque<(u64, NextOffset, Option<OutBatch>)>,
    /// The number that the outlet expects.
    expected: u64,
}

/// What the desk is asked, in the order that it was.
enum Asked {
    Ask(Lane, Key),
    Leave(Lane),
    Replace(Arc<Plan>),
}

struct World {
    scene: Scene<PlanBinder>,
    script: Script,
    partitions: Vec<Partition>,
    lanes: AssignedLanes,
    plan: Arc<Plan>,
    asked: VecDeque<Asked>,
    /// What the desk published: the plan's number, what is known, who is told.
    said: (u64, Arc<KnownById>),
    told: Vec<Told>,
    epoch: u64,
    credit: u64,
    worker: Worker,
    dice: u64,
    parked: u32,
}

impl World {
    fn new(seed: u64) -> World {
        let plan = plan_by_id("n: keep", "");
        let mut dice = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut roll = |below| rolled(&mut dice, below);
        let (rules, count) = (rules(&mut roll), 1 + roll(4));
        let partition = |n| {
            let mut offset = 0;
            let rows = (0..40).map(|_| {
                // The ends of transactions stand between them.
                offset += 1 + i64::from(roll(3) == 0);
                let schema = match roll(14) {
                    0 => BROKEN,
                    _ => Lot::any(&mut roll, has_enemy(n), &rules),
                };
                let n = offset * 7;
                Row { offset, schema, n }
            });
            let rows: Vec<Row> = rows.collect();
            Partition {
                end: rows.last().map_or(0, |row| row.offset + 2),
                rows,
                committed: 0,
                done: Vec::new(),
                reader: None,
            }
        };
        let partitions = (0..count as usize).map(partition).collect();
        let mut scene = Scene::of(PlanBinder(plan.clone()), rules);
        World {
            script: Script::new(rules, &mut scene),
            partitions,
            lanes: AssignedLanes::new(plan.clone(), Arc::default()),
            said: (plan.id.number(), scene.desk.bindings().clone()),
            scene,
            plan,
            asked: VecDeque::new(),
            told: Vec::new(),
            epoch: 0,
            credit: 0,
            worker: worker(),
            dice,
            parked: 0,
        }
    }

    fn roll(&mut self, below: u32) -> u32 {
        rolled(&mut self.dice, below)
    }

    fn now(&self) -> Instant {
        self.scene.now
    }

    /// A partition by chance.
    fn any(&mut self) -> usize {
        let count = u32::try_from(self.partitions.len()).expect("few");
        self.roll(count) as usize
    }

    /// The stream ends, and begins anew.
    fn stop(&mut self) {
        let all: Vec<usize> = (0..self.partitions.len()).collect();
        self.revoke(&all, false);
        assert_eq!(self.credit, 0, "nothing is under way");
        self.lanes = AssignedLanes::new(self.plan.clone(), Arc::default());
        self.epoch = 0;
    }

    fn reload(&mut self) {
        let fields = ["n: keep", "n: keep, more: drop"][self.roll(2) as usize];
        self.plan = plan_by_id(fields, "");
        self.close();
        self.asked.push_back(Asked::Replace(self.plan.clone()));
        self.lanes.replace(self.plan.clone());
    }

    /// Something happens to the house.
    fn disturb(&mut self) {
        let n = self.any();
        match self.roll(11) {
            0 => self.rewind(),
            1 => self.revoke(&[n], false),
            2 => self.revoke(&[n], true),
            3 => self.stop(),
            4 => self.reload(),
            5..9 => {
                let dice = &mut self.dice;
                let mut roll = |below| rolled(dice, below);
                self.script.disturb(&mut self.scene.registry, &mut roll);
            }
            9 => {
                // No credit: all are paused.
                self.lanes.paused = true;
                (0..self.partitions.len()).for_each(|n| self.pause(n, true));
            }
            _ => self.go_on(),
        }
    }

    /// There is credit again.
    fn go_on(&mut self) {
        self.lanes.paused = false;
        let list = self.lanes.to_resume(true);
        self.resume(&list);
    }

    /// The desk's thread goes a step on.
    fn desk(&mut self) {
        let now = self.scene.now;
        while let Some(asked) = self.asked.pop_front() {
            match asked {
                Asked::Ask(lane, key) => self.scene.desk.ask(lane, key, now),
                Asked::Leave(lane) => self.scene.desk.leave(&lane, now),
                Asked::Replace(plan) => {
                    self.said.0 = plan.id.number();
                    self.scene.desk.replace(PlanBinder(plan), now);
                }
            }
        }
        self.script.step(&mut self.scene);
        self.said.1 = self.scene.desk.bindings().clone();
        self.told
            .extend(std::iter::from_fn(|| self.scene.desk.told()));
    }

    /// What the desk published is heard.
    fn listen(&mut self) {
        let now = self.now();
        self.lanes.learn(&self.said);
        for told in std::mem::take(&mut self.told) {
            if told.how == How::GivenUp {
                self.script.saw("a lane gives up");
            }
            self.lanes.told(&told, now);
        }
    }

    fn is_done(&self) -> bool {
        let is_done = |p: &Partition| p.committed == p.end;
        self.partitions.iter().all(is_done)
    }

    /// Until everything is done with.
    fn run(&mut self) {
        for turn in 0.. {
            assert!(turn < 400_000, "somebody waits for ever");
            if turn < QUIET_AFTER {
                if self.roll(25) == 0 {
                    self.disturb();
                }
            } else {
                self.script.calm(&mut self.scene.registry);
                if turn == QUIET_AFTER {
                    self.go_on();
                }
            }
            let n = self.any();
            match self.roll(12) {
                0 => self.close(),
                1 => self.positions(),
                2 => {
                    let most = 1 + self.roll(3);
                    self.commit(n, most);
                }
                3 => self.seek_and_resume(),
                4 => self.assign(n),
                5 | 6 => self.desk(),
                7 => self.listen(),
                _ => self.poll(n),
            }
            if turn > QUIET_AFTER && self.is_done() {
                break;
            }
        }
        self.stop();
        assert_eq!(
            self.scene.desk.waiting(),
            usize::from(!self.asked.is_empty())
        );
    }
}

/// xorshift64, Marsaglia 2003.
fn rolled(dice: &mut u64, below: u32) -> u32 {
    *dice ^= *dice << 13;
    *dice ^= *dice >> 7;
    *dice ^= *dice << 17;
    ((*dice >> 33) % u64::from(below)) as u32
}

/// A lane in three has one: a producer that invents schemas.
fn has_enemy(partition: usize) -> bool {
    partition % 3 == 1
}

#[test]
fn no_record_is_lost_doubled_reordered_or_refused_without_a_cause() {
    let (mut parked, mut seen) = (0, Seen::new());
    let cases = seeds(FEW);
    for seed in 0..cases {
        let mut world = World::new(seed);
        world.run();
        parked += u64::from(world.parked);
        let rules = world.script.rules;
        for (n, partition) in world.partitions.iter().enumerate() {
            let offsets = |rows: &[Row]| rows.iter().map(|row| row.offset).collect::<Vec<_>>();
            let done: Vec<i64> = partition.done.iter().map(|(at, _)| *at).collect();
            assert_eq!(done, offsets(&partition.rows), "seed {seed}, partition {n}");
            for (row, (_, fate)) in partition.rows.iter().zip(&partition.done) {
                let came = |reason: Reason| Refusal::ALL.into_iter().find(|r| r.reason() == reason);
                let is_right = match (row.schema, *fate) {
                    (BROKEN, fate) => fate == Fate::Refused(Reason::BadFrame),
                    (id, Fate::Read) => Lot::of(id).may_come_to(None, has_enemy(n), &rules),
                    (id, Fate::Refused(reason)) => came(reason).is_some_and(|refusal| {
                        Lot::of(id).may_come_to(Some(refusal), has_enemy(n), &rules)
                    }),
                };
                let (id, at) = (row.schema, row.offset);
                assert!(
                    is_right,
                    "seed {seed}, {n}/{at}: {id} is {fate:?}, {rules:?}"
                );
            }
        }
        for (what, times) in world.script.seen {
            *seen.entry(what).or_default() += times;
        }
    }
    assert!(parked > cases * 3, "{parked}");
    assert_all_seen(&seen);
    println!("{cases} houses, parked {parked} times, {seen:?}");
}
