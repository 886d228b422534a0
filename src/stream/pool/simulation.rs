//! The pool and the machine of its outlet in a simulated world, under seeds: lanes that are
//! rebalanced, lost and read again, batches that overtake each other, members that are
//! killed, calls that fail and commits of which nobody knows, people who withdraw. Every
//! record is in one committed transaction, once: released, or counted; each release has
//! enough persons, and nothing waits without an end. Under a lease one member has all lanes,
//! knows everybody who was released before, and releases nobody twice.

mod drafts;
mod outlet;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use super::event::Progress;
use super::*;
use crate::kafka::outlet::event as told;
use crate::record::lane::NextOffset;
use crate::record::state_row::StateRow;
use crate::synthetic::random::Random;
pub(super) use drafts::{Content, Drafts, Record};
use outlet::Outlet;

const PARTITIONS: usize = 4;
const MEMBERS: usize = 2;
/// Least persons of a release.
const K: usize = 4;

/// One number decides everything.
struct Dice(Random);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.0.below(n as u64)).unwrap()
    }

    fn percent(&mut self, p: u64) -> bool {
        self.0.below(100) < p
    }
}

/// How far a member reads a lane.
struct Reading {
    partition: usize,
    /// Where it was assigned.
    start: i64,
    at: i64,
    seq: u64,
}

struct Member {
    pool: Pool<Drafts>,
    lanes: BTreeMap<Lane, Reading>,
    working: Vec<Filed<Vec<Record>>>,
    outlet: Outlet,
    epoch: u64,
    /// Where the lanes are read on from once the pool has let go of all.
    rewinds: Vec<(u64, Vec<told::RewindTo>)>,
    next_ticket: u64,
    /// Lanes that it is asked to give away.
    leaving: BTreeMap<Lane, u64>,
    /// What was remembered is asked for: nothing is read before it is known.
    asks: bool,
    /// Its intake hears of that rewind once it is.
    held_back: Option<u64>,
}

struct World {
    dice: Dice,
    now: Instant,
    closes: Closes,
    partitions: Vec<Vec<Record>>,
    committed: Vec<i64>,
    /// Who may commit a partition, and under which claim; `None`: nobody now.
    owner: Vec<Option<(usize, Lane)>>,
    members: Vec<Member>,
    claims: u64,
    withdrawn: BTreeSet<u8>,
    /// One member has all lanes.
    is_leased: bool,
    /// What is remembered, as it is committed, by key.
    remembered: BTreeMap<Vec<u8>, Vec<u8>>,
    /// Everybody who was released.
    people: BTreeSet<u8>,
    done: BTreeMap<(usize, i64), &'static str>,
    /// Releases and kills that there were, so that the test sees that it tries something.
    seen: Seen,
}

#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    releases: u64,
    released: u64,
    left_out: u64,
    unclean: u64,
    rewinds: u64,
    kills: u64,
    in_doubt: u64,
    resumed: u64,
}

impl World {
    fn new(seed: u64, short: Short, is_leased: bool) -> World {
        let mut dice = Dice(Random::new(seed));
        let partitions = (0..PARTITIONS).map(|partition| {
            let mut offset = 0;
            let count = dice.below(40);
            let records = (0..count).map(|_| {
                offset += 1 + dice.below(3) as i64;
                let who = match dice.percent(15) {
                    true => None,
                    // Of those who leave once there must be enough.
                    false => Some(dice.below(if is_leased { 60 } else { 9 }) as u8),
                };
                (partition, offset, who)
            });
            records.collect()
        });
        let partitions: Vec<Vec<Record>> = partitions.collect();
        let closes = Closes {
            records_max: 8 + dice.below(12),
            bytes_max: u64::MAX,
            delay_max: Duration::from_secs(5),
            short,
        };
        World {
            dice,
            now: Instant::now(),
            closes,
            committed: vec![0; PARTITIONS],
            owner: vec![None; PARTITIONS],
            members: (0..MEMBERS)
                .map(|_| Member::new(closes, is_leased))
                .collect(),
            claims: 0,
            withdrawn: BTreeSet::new(),
            is_leased,
            remembered: BTreeMap::new(),
            people: BTreeSet::new(),
            done: BTreeMap::new(),
            seen: Seen::default(),
            partitions,
        }
    }

    fn tell(&mut self, member: usize, event: Event<Drafts>) {
        let now = self.now;
        let effects = self.members[member].pool.step(event, now);
        for effect in effects {
            match effect {
                Effect::Pass(progress, content) => {
                    assert!(content.released.is_empty() && content.left_out.is_empty());
                    self.hand_over(member, progress, content);
                }
                Effect::Release(release) => {
                    self.hand_over(member, release.progress, release.content);
                }
                Effect::GiveBack(_) | Effect::Ended(_) => {}
                Effect::Drain(revoked) => {
                    self.seen.unclean += u64::from(!revoked.is_clean);
                    let drain = told::Event::Drain(drain(revoked));
                    self.members[member].outlet.inbox.push_back(drain);
                }
                Effect::Lost(revoked) => {
                    let lost = told::Event::Lost(drain(revoked));
                    self.members[member].outlet.inbox.push_back(lost);
                }
                Effect::Rewound(epoch) if self.is_leased => {
                    let own = &mut self.members[member];
                    (own.asks, own.held_back) = (true, Some(epoch));
                }
                Effect::Rewound(epoch) => self.read_again(member, epoch),
                Effect::Resumed(resumed) => {
                    resumed.expect("every row is one of this version");
                    self.resumed(member);
                }
            }
        }
        // Whatever waits has an end that is known, or says that it has none.
        let pool = &self.members[member].pool;
        assert!(pool.len() == 0 || pool.deadline().is_some() || pool.short_since().is_some());
    }

    /// Gives the partitions that nobody has to somebody.
    fn assign(&mut self) {
        for partition in 0..PARTITIONS {
            // A new owner waits for the outcome of what is pending over its offsets.
            let mut outlets = self.members.iter().map(|member| &member.outlet);
            let all = match self.is_leased {
                true => 0..PARTITIONS,
                false => partition..partition + 1,
            };
            let is_pending = outlets.any(|outlet| all.clone().any(|p| outlet.holds_offset_of(p)));
            let has_owner = all.clone().any(|p| self.owner[p].is_some());
            if is_pending || has_owner {
                continue;
            }
            let member = self.dice.below(MEMBERS);
            self.give(member, all);
        }
    }

    /// Gives those partitions to a member.
    fn give(&mut self, member: usize, all: std::ops::Range<usize>) {
        let mut lanes = Vec::new();
        for partition in all {
            self.claims += 1;
            let lane = Lane {
                topic: "raw".into(),
                partition: partition as i32,
                claim: self.claims,
            };
            self.owner[partition] = Some((member, lane.clone()));
            let start = self.committed[partition];
            let reading = Reading {
                partition,
                start,
                at: start,
                seq: 0,
            };
            let own = &mut self.members[member];
            own.lanes.insert(lane.clone(), reading);
            let starts = vec![(lane.clone(), Some(NextOffset::position(start)))];
            let claimed = told::Event::Claimed(starts);
            own.outlet.inbox.push_back(claimed);
            own.asks = self.is_leased;
            lanes.push(lane);
        }
        self.tell(member, Event::Claimed(lanes));
    }

    /// What is remembered as it is committed now is told.
    fn recall(&mut self, member: usize) {
        let row = |(key, value): (&Vec<u8>, &Vec<u8>)| StateRow {
            key: key.clone(),
            value: Some(value.clone()),
        };
        let rows = self.remembered.iter().map(row).collect();
        self.tell(member, Event::Resumed(rows));
    }

    /// The intake may read, from where the outlet said if something was given up.
    fn resumed(&mut self, member: usize) {
        self.seen.resumed += 1;
        let own = &mut self.members[member];
        own.asks = false;
        assert_eq!(
            own.pool.keeper().remembered(),
            self.people,
            "all of them, and no others"
        );
        if let Some(epoch) = own.held_back.take() {
            self.read_again(member, epoch);
        }
    }

    fn read(&mut self, member: usize) {
        let count = 1 + self.dice.below(4);
        let nth = self.dice.below(PARTITIONS);
        let own = &mut self.members[member];
        if own.asks {
            return;
        }
        let Some((lane, reading)) = own.lanes.iter_mut().nth(nth) else {
            return;
        };
        if own.leaving.contains_key(lane) {
            return;
        }
        let behind = self.partitions[reading.partition].iter();
        let behind = behind.filter(|(_, offset, _)| *offset >= reading.at);
        let batch: Vec<Record> = behind.take(count).copied().collect();
        let (Some(first), Some(last)) = (batch.first(), batch.last()) else {
            return;
        };
        reading.at = last.1 + 1;
        let filed = Filed {
            lane: lane.clone(),
            epoch: own.epoch,
            seq: reading.seq,
            first: first.1,
            next: NextOffset::after(last.1),
            batch: Some(batch),
        };
        reading.seq += 1;
        own.working.push(filed);
    }

    fn work(&mut self, member: usize) {
        let len = self.members[member].working.len();
        if len > 0 {
            let nth = self.dice.below(len);
            let filed = self.members[member].working.swap_remove(nth);
            self.tell(member, Event::Filed(filed));
        }
    }

    /// All is void: what is read goes on from where the outlet said.
    fn read_again(&mut self, member: usize, epoch: u64) {
        self.seen.rewinds += 1;
        let own = &mut self.members[member];
        // Of several only the last is heard of, where they are held back.
        let at = own.rewinds.iter().position(|(of, _)| *of == epoch);
        let at = at.expect("it was told");
        assert!(at == 0 || self.is_leased);
        let (_, lanes) = own.rewinds.drain(..=at).next_back().expect("it is there");
        own.epoch = epoch;
        for (lane, reading) in &mut own.lanes {
            let told = lanes.iter().find(|to| to.lane == *lane);
            let to = told.and_then(|to| to.to).map(NextOffset::get);
            reading.at = to.unwrap_or(reading.start);
            reading.seq = 0;
        }
    }

    fn commit(&mut self, progress: &[Progress], content: &Content) {
        let people: BTreeSet<u8> = content.released.iter().filter_map(|r| r.2).collect();
        if !content.released.is_empty() {
            assert!(people.len() >= K, "{people:?}");
            self.seen.releases += 1;
        }
        if self.is_leased {
            for who in &people {
                assert!(self.people.insert(*who), "{who} is released twice");
            }
            for row in &content.rows {
                let value = row.value.clone().expect("nobody's time is over");
                let before = self.remembered.insert(row.key.clone(), value);
                assert_eq!(before, None, "a row takes the place of another");
            }
        }
        self.seen.released += content.released.len() as u64;
        self.seen.left_out += content.left_out.len() as u64;
        let all = [
            ("released", &content.released),
            ("left out", &content.left_out),
            ("beside", &content.beside),
        ];
        for (what, records) in all {
            for (partition, offset, _) in records {
                let before = self.done.insert((*partition, *offset), what);
                assert_eq!(before, None, "{what}: {partition} {offset}");
            }
        }
        for progress in progress {
            let partition = progress.lane.partition as usize;
            // All that lies before it is accounted for, and nothing behind it.
            let from = self.committed[partition];
            assert!(progress.next.get() > from);
            for (_, offset, _) in &self.partitions[partition] {
                let is_done = self.done.contains_key(&(partition, *offset));
                assert_eq!(
                    is_done,
                    *offset < progress.next.get(),
                    "{partition} {offset}"
                );
            }
            self.committed[partition] = progress.next.get();
        }
    }

    fn rebalance(&mut self, member: usize) {
        let own = &mut self.members[member];
        let free = own.lanes.iter();
        let free = free.filter(|(lane, _)| !own.leaving.contains_key(lane));
        let count = if self.is_leased { PARTITIONS } else { 2 };
        let lanes: BTreeMap<Lane, u64> =
            free.take(count).map(|(l, r)| (l.clone(), r.seq)).collect();
        if lanes.is_empty() {
            return;
        }
        own.next_ticket += 1;
        let revoked = Revoked {
            ticket: own.next_ticket,
            epoch: own.epoch,
            deadline: self.now + Duration::from_secs(1),
            is_clean: true,
            dropped: 0,
            lanes,
        };
        if self.dice.percent(30) {
            // The group has gone on without it: somebody else has them now.
            for lane in revoked.lanes.keys() {
                let own = &mut self.members[member];
                own.leaving.remove(lane);
                if let Some(reading) = own.lanes.remove(lane) {
                    self.owner[reading.partition] = None;
                }
            }
            return self.tell(member, Event::Lost(revoked));
        }
        let ticket = revoked.ticket;
        let leaving = revoked.lanes.keys().map(|lane| (lane.clone(), ticket));
        own.leaving.extend(leaving);
        self.tell(member, Event::Drain(revoked));
    }

    fn kill(&mut self, member: usize) {
        self.seen.kills += 1;
        let dead = std::mem::replace(
            &mut self.members[member],
            Member::new(self.closes, self.is_leased),
        );
        for reading in dead.lanes.values() {
            self.owner[reading.partition] = None;
        }
        // What people decided is read before anything else.
        let withdrawn = self.withdrawn.iter().copied().collect();
        self.tell(member, Event::Narrowed(withdrawn));
    }

    fn turn(&mut self, faults: bool) {
        let member = self.dice.below(MEMBERS);
        match self.dice.below(100) {
            0..30 => self.read(member),
            30..33 if self.members[member].asks => self.recall(member),
            30..65 => self.work(member),
            65..85 => self.settle(member, faults),
            85..92 => {
                self.now += Duration::from_millis(self.dice.below(900) as u64);
                for member in 0..MEMBERS {
                    self.tell(member, Event::Tick);
                    self.step(member, told::Event::Tick);
                }
            }
            92..95 => self.assign(),
            95..97 if faults => self.rebalance(member),
            97 if faults => self.kill(member),
            99 if faults => self.tell(member, Event::Doubted),
            98 if self.members[member].asks => self.recall(member),
            98 if faults => {
                let who = self.dice.below(9) as u8;
                self.withdrawn.insert(who);
                (0..MEMBERS).for_each(|member| self.tell(member, Event::Narrowed(vec![who])));
            }
            _ => {}
        }
    }

    fn is_done(&self) -> bool {
        let ends = self.partitions.iter().zip(&self.committed);
        ends.into_iter()
            .all(|(records, at)| records.last().is_none_or(|last| last.1 < *at))
    }

    fn run(mut self) -> Seen {
        self.assign();
        for _ in 0..600 {
            self.turn(true);
        }
        let mut turns = 0;
        while !self.is_done() {
            self.turn(false);
            turns += 1;
            let rests = turns > 4_000;
            if rests && self.closes.short == Short::Hold {
                // Too few for ever: each pool that keeps some says so.
                let pools = self.members.iter().map(|member| &member.pool);
                assert!(
                    pools
                        .filter(|pool| pool.len() > 0)
                        .all(|pool| pool.short_since().is_some())
                );
                break;
            }
            assert!(turns < 40_000, "it does not end");
        }
        self.seen
    }
}

impl Member {
    fn new(closes: Closes, remembers: bool) -> Member {
        let drafts = match remembers {
            true => Drafts::that_remember(),
            false => Drafts::default(),
        };
        Member {
            pool: Pool::new(closes, drafts),
            lanes: BTreeMap::new(),
            working: Vec::new(),
            outlet: Outlet::new(),
            epoch: 0,
            rewinds: Vec::new(),
            next_ticket: 0,
            leaving: BTreeMap::new(),
            asks: false,
            held_back: None,
        }
    }
}

fn drain(revoked: Revoked) -> told::Drain {
    told::Drain {
        ticket: revoked.ticket,
        lanes: revoked.lanes.into_iter().collect(),
        epoch: revoked.epoch,
        deadline: revoked.deadline + Duration::from_secs(1),
    }
}

/// What there was in so many worlds.
fn tried(is_leased: bool) -> Seen {
    let mut all = Seen::default();
    for seed in 0..1_500 {
        let short = match seed % 2 {
            0 => Short::Suppress,
            _ => Short::Hold,
        };
        let seen = World::new(seed, short, is_leased).run();
        all.releases += seen.releases;
        all.released += seen.released;
        all.left_out += seen.left_out;
        all.unclean += seen.unclean;
        all.rewinds += seen.rewinds;
        all.kills += seen.kills;
        all.in_doubt += seen.in_doubt;
        all.resumed += seen.resumed;
    }
    println!("{all:?}");
    all
}

#[test]
fn every_record_leaves_once_or_is_counted_and_no_release_is_too_small() {
    let all = tried(false);
    assert!(all.releases > 3_000 && all.released > 20_000, "{all:?}");
    assert!(all.left_out > 100 && all.unclean > 100, "{all:?}");
    assert!(all.rewinds > 300 && all.kills > 1_000, "{all:?}");
    assert!(all.in_doubt > 100, "{all:?}");
}

#[test]
fn under_a_lease_nobody_is_released_twice_and_nobody_who_was_is_forgotten() {
    let all = tried(true);
    assert!(all.releases > 1_500 && all.released > 15_000, "{all:?}");
    assert!(all.rewinds > 300 && all.kills > 1_000, "{all:?}");
    assert!(all.in_doubt > 50 && all.resumed > 3_000, "{all:?}");
}
