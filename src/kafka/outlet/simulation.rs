//! The machine in a simulated world, under seeds: a broker that answers, fails,
//! keeps silent about what it did, and times transactions out; an intake and
//! workers that reorder; another member that takes partitions over; people who
//! withdraw. At the end every record is in the log once, in order, and counted once
//! at most; and whoever withdrew was never permitted by a transaction that passed its
//! fence later.

mod broker;
mod members;
mod people;
mod releases;
mod withdrawals;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::event::*;
use super::machine::{Config, Machine, State};
use super::told;
use crate::kafka::errors::{Class, Failure};
use crate::plan::PlanId;
use crate::record::lane::{Lane, NextOffset};
use crate::synthetic::random::Random;

/// One number decides everything.
struct Dice(Random);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.0.below(n as u64)).unwrap()
    }

    fn percent(&mut self, p: u64) -> bool {
        self.0.below(100) < p
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }
}

/// A source partition and what became of it.
#[derive(Default)]
struct Partition {
    /// Offsets of its records, with gaps, and the position behind its last marker.
    records: Vec<i64>,
    end: i64,
    /// The broker refuses these, and these even sealed.
    poison: BTreeSet<i64>,
    stubborn: BTreeSet<i64>,
    /// What a `read_committed` reader of the output sees.
    log: Vec<i64>,
    committed: Option<i64>,
}

/// The intake's side of a claimed lane.
struct Reading {
    lane: Lane,
    start: Option<NextOffset>,
    at: i64,
    seq: u64,
    pace: Option<Pace>,
}

struct Batch {
    lane: Lane,
    epoch: u64,
    seq: u64,
    offsets: Vec<i64>,
    plan: PlanId,
    decided: people::Decided,
}

/// The broker's view of our producer's transaction.
#[derive(Default)]
struct Staged {
    records: Vec<(i32, i64)>,
    decided: Vec<people::Decided>,
    offsets: BTreeMap<i32, i64>,
    /// It was told to commit and nobody saw the answer; it will, or will not.
    fate: Option<bool>,
}

struct World {
    dice: Dice,
    now: Instant,
    machine: Machine,
    partitions: Vec<Partition>,
    people: people::People,
    /// Faults and rebalances happen.
    wild: bool,

    epoch: u64,
    plan: PlanId,
    claims: u64,
    reading: Vec<Reading>,
    /// Partitions of the other member.
    other: BTreeSet<i32>,
    batch_records_max: usize,
    rewinds: VecDeque<(u64, Vec<RewindTo>)>,
    /// In a revocation: its ticket, lanes, deadline.
    callback: Option<(u64, Vec<Lane>, Instant)>,
    /// How far each of its lanes was read.
    read_to: Vec<(i32, i64)>,
    workers: Vec<Arrival>,
    inbox: VecDeque<Event>,

    asked: Option<Call>,
    staged: Option<Staged>,
    refusal: bool,
    /// A late copy of a call may arrive while this producer lives.
    straggler: bool,

    held: BTreeMap<BatchId, Batch>,
    /// What stands between the workers and the machine; `None`: nothing.
    gathering: Option<releases::Gathering>,
    next_id: BatchId,
    sent: Vec<BatchId>,
    last_sent: BTreeMap<Lane, (u64, u64)>,
    published: BTreeSet<(i32, i64)>,
    /// Revocations that were answered as clean.
    cleanly: u64,
}

impl World {
    /// `releases`: batches leave together, many lanes in one.
    fn new(seed: u64, releases: bool) -> World {
        let mut dice = Dice(Random::new(seed));
        let partitions = (0..2 + dice.below(2)).map(|_| {
            let mut p = Partition::default();
            let mut at = 0;
            for _ in 0..20 + dice.below(40) {
                at += 1 + i64::from(dice.percent(20)) * 2;
                p.records.push(at);
                // Of a release nothing is cut out.
                if !releases && dice.percent(2) {
                    p.poison.insert(at);
                    if dice.percent(30) {
                        p.stubborn.insert(at);
                    }
                }
            }
            p.end = at + 1 + i64::from(dice.percent(50));
            p
        });
        let partitions: Vec<Partition> = partitions.collect();
        let (machine, first) = Machine::start(Config {
            records_max: 25,
            batch_records: (8, 1),
            releases,
            ..Config::default()
        });
        let mut world = World {
            dice,
            now: Instant::now(),
            machine,
            other: BTreeSet::new(),
            partitions,
            people: people::People::new(),
            wild: true,
            epoch: 0,
            plan: PlanId::draw(),
            claims: 0,
            reading: Vec::new(),
            batch_records_max: 8,
            rewinds: VecDeque::new(),
            callback: None,
            read_to: Vec::new(),
            workers: Vec::new(),
            inbox: VecDeque::new(),
            asked: None,
            staged: None,
            refusal: false,
            straggler: false,
            held: BTreeMap::new(),
            gathering: releases.then(Default::default),
            next_id: 0,
            sent: Vec::new(),
            last_sent: BTreeMap::new(),
            published: BTreeSet::new(),
            cleanly: 0,
        };
        world.take(first);
        for partition in 0..world.partitions.len() {
            world.assign(i32::try_from(partition).unwrap());
        }
        world
    }

    fn of(&mut self, partition: i32) -> &mut Partition {
        &mut self.partitions[usize::try_from(partition).unwrap()]
    }

    fn step(&mut self, event: Event) {
        let effects = self.machine.step(event, self.now);
        self.take(effects);
    }

    fn take(&mut self, effects: Vec<Effect>) {
        let count = effects.len();
        for (i, effect) in effects.into_iter().enumerate() {
            match effect {
                Effect::Call(call) => {
                    assert_eq!(i + 1, count, "a call is the last effect");
                    assert!(self.asked.replace(call).is_none(), "one call at a time");
                }
                Effect::Send { id, refused } => {
                    for id in self.batches_of(id) {
                        self.sent(id, refused);
                    }
                }
                Effect::Publish(published) => {
                    let all = published.batches.iter();
                    let all: Vec<_> = all.flat_map(|id| self.taken_apart(*id)).collect();
                    for id in all {
                        let Some(batch) = self.held.remove(&id) else {
                            panic!("batch {id} was released before");
                        };
                        for offset in batch.offsets {
                            let p =
                                &self.partitions[usize::try_from(batch.lane.partition).unwrap()];
                            assert!(p.log.contains(&offset), "I6: counted and not committed");
                            assert!(
                                self.published.insert((batch.lane.partition, offset)),
                                "I6: counted twice"
                            );
                        }
                    }
                }
                Effect::Discard(ids) => {
                    let all: Vec<_> = ids.iter().flat_map(|id| self.discarded(*id)).collect();
                    for id in all {
                        assert!(
                            self.held.remove(&id).is_some(),
                            "I5: batch {id} released twice"
                        );
                    }
                }
                Effect::Rewind { epoch, lanes } => {
                    self.nothing_waits(epoch);
                    self.rewinds.push_back((epoch, lanes));
                }
                Effect::BatchRecordsMax(records) => self.batch_records_max = records as usize,
                Effect::Drained { ticket, clean } => self.drained(ticket, clean),
                Effect::Twin => panic!("no instance is named here"),
                Effect::Ended(_) | Effect::Rebuild(_) | Effect::Trouble(_) | Effect::Close => {}
            }
        }
    }

    fn drained(&mut self, ticket: u64, clean: bool) {
        let Some((_, lanes, deadline)) = self.callback.take_if(|c| c.0 == ticket) else {
            return;
        };
        if clean {
            self.cleanly += 1;
            for (partition, at) in std::mem::take(&mut self.read_to) {
                let committed = self.of(partition).committed.unwrap_or(0);
                assert!(committed >= at, "called clean, and not committed");
            }
        }
        if self.now < deadline {
            let open = self.staged.as_ref().is_some_and(|s| {
                s.records
                    .iter()
                    .any(|(p, _)| lanes.iter().any(|l| l.partition == *p))
            });
            assert!(
                !open,
                "I4: a revocation returned with records of its lanes in a transaction"
            );
        }
        self.other.extend(lanes.iter().map(|l| l.partition));
    }

    fn sent(&mut self, id: BatchId, refused: Option<Refused>) {
        self.decide_anew_if_narrowed(id);
        let batch = &self.held[&id];
        assert_eq!(
            batch.epoch,
            self.machine.epoch(),
            "I3: sent from an older epoch"
        );
        let is_newest =
            |r: &Reading| r.lane.partition != batch.lane.partition || r.lane == batch.lane;
        assert!(
            self.reading.iter().all(is_newest),
            "I3: sent from an older claim"
        );
        let expected = match self.last_sent.get(&batch.lane) {
            Some((epoch, seq)) if *epoch == batch.epoch => seq + 1,
            _ => 0,
        };
        assert_eq!(batch.seq, expected, "I2: a gap in the lane");
        self.last_sent
            .insert(batch.lane.clone(), (batch.epoch, batch.seq));
        let one_plan = self.sent.iter().all(|other| {
            let other = &self.held[other];
            other.plan == batch.plan || other.offsets.is_empty() || batch.offsets.is_empty()
        });
        assert!(one_plan, "I7: two plans in a transaction");
        assert!(
            refused.is_none() || batch.offsets.len() == 1,
            "only one record is refused at a time"
        );
        let partition = batch.lane.partition;
        let p = &self.partitions[usize::try_from(partition).unwrap()];
        for offset in &batch.offsets {
            self.refusal |= match refused {
                None => p.poison.contains(offset),
                Some(Refused::Sealed) => p.stubborn.contains(offset),
                Some(Refused::Bare) => false,
            };
        }
        let staged = self.staged.as_mut().expect("sent inside a transaction");
        if refused.is_none() {
            staged.decided.push(batch.decided.clone());
        }
        staged
            .records
            .extend(batch.offsets.iter().map(|o| (partition, *o)));
        self.sent.push(id);
    }

    fn turn(&mut self) {
        match self.dice.below(12) {
            0..=3 => self.answer(),
            4..=5 => self.read(),
            6..=7 if !self.workers.is_empty() => {
                let which = self.dice.below(self.workers.len());
                let arrival = self.workers.swap_remove(which);
                self.decide(arrival.id);
                match self.gathering {
                    None => self.inbox.push_back(Event::Arrived(arrival)),
                    Some(_) => self.gather(arrival),
                }
            }
            8 => self.rewind(),
            9 => {
                self.now += Duration::from_millis(1 + self.dice.0.below(60));
                self.step(Event::Tick);
            }
            10 if self.gathering.is_some() && self.dice.percent(60) => self.release(),
            10 if self.gathering.is_none() && self.dice.percent(30) => {
                self.inbox.push_back(Event::Gathered(Gathered {
                    lanes: self
                        .reading
                        .iter()
                        .map(|r| (r.lane.clone(), r.seq))
                        .collect(),
                    epoch: self.epoch,
                }))
            }
            10 if self.wild && self.dice.percent(6) => {
                let lost = self.dice.percent(30);
                self.revoke(lost);
            }
            // Where records wait, a policy is taken over by a restart.
            10 if self.wild && self.gathering.is_none() && self.dice.percent(3) => {
                self.plan = PlanId::draw();
            }
            10 if self.wild && self.dice.percent(4) => self.hold(),
            11 if self.wild && self.dice.percent(50) => self.somebody_decides(),
            10 if self.wild && self.dice.percent(2) => self.step(Event::Resized),
            10 if self.wild && self.dice.percent(3) => self.now += Duration::from_secs(6),
            _ => self.other_works(),
        }
        self.return_from_callback();
        if let Some(event) = self.inbox.pop_front() {
            self.step(event);
        }
    }

    fn is_done(&self) -> bool {
        let at_rest = self.partitions.iter().zip(0..).all(|(p, n)| {
            let committed = p.committed == Some(p.end);
            committed && self.reading.iter().any(|r| r.lane.partition == n)
        });
        at_rest && self.held.is_empty() && self.machine.state() == State::Idle
    }

    fn run(&mut self, seed: u64) {
        for _ in 0..1_500 {
            self.turn();
        }
        self.wild = false;
        self.inbox.push_back(Event::Held(false));
        let mut turns = 0;
        while !self.is_done() {
            turns += 1;
            assert!(
                turns < 200_000,
                "seed {seed}: no end in sight: {:?}, asked {:?}",
                self.machine.state(),
                self.asked
            );
            self.turn();
        }
        for (n, p) in self.partitions.iter().enumerate() {
            assert_eq!(
                p.log, p.records,
                "seed {seed}: lost, doubled or reordered in partition {n}"
            );
        }
    }
}

/// What many worlds came to, taken together.
#[derive(Default)]
struct Seen {
    counted: usize,
    cleanly: u64,
    decided_anew: u64,
    stopped: u64,
    releases: u64,
    missed: u64,
    ways: BTreeSet<told::Way>,
}

impl Seen {
    fn add(&mut self, other: Seen) {
        self.counted += other.counted;
        self.cleanly += other.cleanly;
        self.decided_anew += other.decided_anew;
        self.stopped += other.stopped;
        self.releases += other.releases;
        self.missed += other.missed;
        self.ways.extend(other.ways);
    }
}

fn run_all(seeds: impl Iterator<Item = u64>, releases: bool) -> Seen {
    let mut seen = Seen::default();
    for seed in seeds {
        let run = std::panic::catch_unwind(|| {
            let mut world = World::new(seed, releases);
            world.run(seed);
            let gathering = world.gathering.unwrap_or_default();
            let ways = world.machine.ways.into_iter();
            Seen {
                counted: world.published.len(),
                cleanly: world.cleanly,
                decided_anew: world.people.decided_anew,
                stopped: world.people.stopped,
                releases: gathering.releases,
                missed: gathering.missed,
                ways: ways.filter(|(from, to)| from != to).collect(),
            }
        });
        seen.add(run.unwrap_or_else(|_| panic!("seed {seed}; repeat with VEIL_SEED={seed}")));
    }
    seen
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "a test asks its environment for one seed"
)]
fn nothing_is_lost_doubled_or_reordered_and_no_withdrawal_passed_over_under_any_seed() {
    // One seed, to see one run again.
    if let Some(seed) = std::env::var("VEIL_SEED").ok().and_then(|s| s.parse().ok()) {
        run_all(std::iter::once(seed), false);
        return;
    }
    let seen = run_all(0..2_000, false);
    assert!(seen.counted > 0 && seen.cleanly > 0);
    assert!(seen.decided_anew > 0 && seen.stopped > 0);
    // Here nothing stops the machine, and no lanes are lost while others are being
    // revoked: see its own tests.
    let mut told = told::ways();
    told.retain(|way| way.1 != State::Stopped && *way != (State::Draining, State::Lost));
    let ways = seen.ways;
    assert!(
        ways.is_subset(&told),
        "not in the table: {:?}",
        &ways - &told
    );
    assert!(ways == told, "never gone: {:?}", &told - &ways);
}

/// The same under a million seeds, on every core.
#[test]
#[ignore = "takes half an hour"]
fn nothing_is_lost_doubled_or_reordered_under_a_million_seeds() {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let each = (0..cores)
            .map(|n| scope.spawn(move || run_all((n as u64..1_000_000).step_by(cores), false)));
        let each: Vec<_> = each.collect();
        for seen in each {
            let seen = seen.join().expect("no seed shows anything");
            assert!(seen.stopped > 0 && seen.decided_anew > 0);
        }
    });
}

/// The book behind the fence is no decoration: without the fence it tells.
#[test]
fn without_the_fence_withdrawals_are_passed_over() {
    let passed_over = |seed: &u64| {
        let seed = *seed;
        let run = std::panic::catch_unwind(|| {
            let mut world = World::new(seed, false);
            world.people.is_fenced = false;
            world.run(seed);
        });
        run.is_err_and(|why| {
            why.downcast_ref::<&str>()
                .is_some_and(|w| w.starts_with("W1"))
        })
    };
    let found = (0..100).filter(passed_over).count();
    assert!(found > 10, "{found} of 100");
}
