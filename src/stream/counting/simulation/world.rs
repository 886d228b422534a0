//! The world: a source, the topic of the state, a group with one member that counts, and an
//! outlet that answers for it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::notes::{Became, Content, Notes, Record, person};
use crate::consent::state::Narrowings;
use crate::plan::Plan;
use crate::record::lane::{Lane, NextOffset};
use crate::record::state_row::StateRow;
use crate::release::Windows;
use crate::release::state::spent_key;
use crate::release::testing::counting_plan;
use crate::stream::counting::{Counter, Effect, Event, Now, Pace, ReadBy, ReadId};
use crate::stream::pool::{Filed, Progress, Revoked};
use crate::synthetic::random::Random;

const PARTITIONS: usize = 3;
pub(super) const MINUTE: i64 = 60_000;
/// 2026-03-01.
const FIRST: i64 = 20_513 * 86_400_000;
const LISTED: &str = "      by: { kind: keep }\n      count: records\n      \
    contribution: { cells: 2, per_cell: 2 }\n      epsilon: 0.5\n      keys: { list: [a, b, c] }\n";
const SELECTED: &str = "      by: { kind: keep }\n      count: records\n      \
    contribution: { cells: 2 }\n      epsilon: 8\n      delta: 1e-3\n      keys: select\n";
/// Spends so much that three of them leave nothing.
const OTHER: &str = "      by: { kind: keep }\n      count: records\n      \
    contribution: { cells: 2 }\n      epsilon: 8000\n      keys: { list: [a] }\n";

/// What is tried.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Way {
    pub(super) is_listed: bool,
    pub(super) others: bool,
    pub(super) damage: bool,
    pub(super) stuck: bool,
    /// Everything was written long before any of it is read.
    pub(super) stopped: bool,
}

pub(super) enum Handed {
    Leave(u64, Vec<Progress>, Content),
    Drain,
}

pub(super) struct Member {
    pub(super) counter: Counter<Notes>,
    /// By partition: lane, where it was assigned, where it reads, and the number of its
    /// next batch.
    pub(super) lanes: Vec<(Lane, i64, i64, u64)>,
    pub(super) working: Vec<Filed<Vec<Record>>>,
    pub(super) handed: VecDeque<Handed>,
    /// The intake's, the outlet's and the counter's.
    pub(super) epoch: u64,
    pub(super) outlet_epoch: u64,
    pub(super) counter_epoch: u64,
    pub(super) rewinds: VecDeque<u64>,
    pub(super) reads: Vec<ReadId>,
    pub(super) is_leaving: bool,
}

/// What leaves of a record.
type KeyAndValue = (Option<Vec<u8>>, Vec<u8>);

pub(super) struct World {
    pub(super) dice: Random,
    pub(super) way: Way,
    pub(super) plan: Arc<Plan>,
    pub(super) other: Arc<Plan>,
    pub(super) began: Instant,
    /// Since then, and how far the wall clock is off.
    pub(super) passed_ms: i64,
    pub(super) jump_ms: i64,
    pub(super) partitions: Vec<Vec<Record>>,
    pub(super) committed: Vec<Option<i64>>,
    /// Everything that was committed to the topic of the state, in order.
    pub(super) log: Vec<StateRow>,
    pub(super) member: Option<Member>,
    pub(super) claims: u64,
    pub(super) withdrawn: BTreeSet<u8>,
    pub(super) became: BTreeMap<(usize, i64), (Record, Became)>,
    /// By the begin of a window that was cut: what its rows must be.
    pub(super) expected: BTreeMap<i64, Vec<KeyAndValue>>,
    pub(super) released: BTreeSet<i64>,
    pub(super) damaged: bool,
    pub(super) others: i64,
    pub(super) seen: Seen,
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Seen {
    pub(super) released: u64,
    pub(super) refused: u64,
    pub(super) lost: u64,
    pub(super) counted: u64,
    pub(super) left_out: u64,
    /// Of them those that came late.
    pub(super) late: u64,
    pub(super) kills: u64,
    /// Of them between the cut of a window and its rows.
    pub(super) between: u64,
    pub(super) rewinds: u64,
    pub(super) in_doubt: u64,
}

impl Seen {
    pub(super) fn add(&mut self, other: Seen) {
        self.released += other.released;
        self.refused += other.refused;
        self.lost += other.lost;
        self.counted += other.counted;
        self.left_out += other.left_out;
        self.late += other.late;
        self.kills += other.kills;
        self.between += other.between;
        self.rewinds += other.rewinds;
        self.in_doubt += other.in_doubt;
    }
}

impl World {
    pub(super) fn new(seed: u64, way: Way) -> World {
        let mut dice = Random::new(seed);
        let cells: [&[u8]; 3] = [br#"{"kind":"a"}"#, br#"{"kind":"b"}"#, br#"{"kind":"c"}"#];
        let partitions = (0..PARTITIONS).map(|partition| {
            let (mut offset, mut written_ms) = (-1, FIRST);
            let count = if partition == 2 { dice.below(30) } else { 60 };
            let records = (0..count).map(|_| {
                offset += 1 + dice.below(3) as i64;
                written_ms += dice.below(8_000) as i64;
                let at_ms = match dice.below(100) {
                    0..3 => None,
                    3..6 => Some(written_ms + 20 * MINUTE),
                    6..12 => Some(written_ms - 3 * MINUTE),
                    _ => Some(written_ms - dice.below(40_000) as i64),
                };
                Record {
                    partition,
                    offset,
                    written_ms,
                    who: (dice.below(100) > 4).then(|| dice.below(9) as u8),
                    at_ms,
                    cell: cells[dice.below(3) as usize],
                }
            });
            records.collect()
        });
        let partitions: Vec<Vec<Record>> = partitions.collect();
        let counts = if way.is_listed { LISTED } else { SELECTED };
        // As much as one window a minute spends in thirty days.
        let budget = if way.is_listed { "21600" } else { "345600" };
        let budget = if way.others { "24003" } else { budget };
        let counts = if way.others { LISTED } else { counts };
        World {
            dice,
            way,
            plan: counting_plan("out", "1m", "30s", budget, counts),
            other: counting_plan("other", "1d", "2h", "240000", OTHER),
            began: Instant::now(),
            passed_ms: 0,
            jump_ms: 0,
            partitions,
            committed: vec![None; PARTITIONS],
            log: Vec::new(),
            member: None,
            claims: 0,
            withdrawn: BTreeSet::new(),
            became: BTreeMap::new(),
            expected: BTreeMap::new(),
            released: BTreeSet::new(),
            damaged: false,
            others: 0,
            seen: Seen::default(),
        }
    }

    pub(super) fn now(&self) -> Now {
        let passed = u64::try_from(self.passed_ms).unwrap();
        Now {
            at: self.began + Duration::from_millis(passed),
            ms: FIRST + self.passed_ms + self.jump_ms,
        }
    }

    /// What a partition holds by now.
    fn there(&self, partition: usize) -> &[Record] {
        let by_ms = FIRST + self.passed_ms;
        let all = &self.partitions[partition];
        let count = all.iter().take_while(|r| r.written_ms <= by_ms).count();
        &all[..count]
    }

    pub(super) fn tell(&mut self, event: Event<Notes>) {
        let now = self.now();
        let Some(member) = &mut self.member else {
            return;
        };
        for effect in member.counter.step(event, now) {
            match effect {
                Effect::Leave(progress, content) => {
                    let leave = Handed::Leave(member.counter_epoch, progress, content);
                    member.handed.push_back(leave);
                }
                Effect::GiveBack(_) | Effect::Ended(_) | Effect::Known => {}
                Effect::ReadState(id) => member.reads.push(id),
                Effect::Drain(_) | Effect::Lost(_) => {
                    member.handed.push_back(Handed::Drain);
                }
                Effect::Rewound(epoch) => {
                    self.seen.rewinds += 1;
                    member.epoch = epoch;
                    for (lane, start, at, seq) in &mut member.lanes {
                        let partition = usize::try_from(lane.partition).unwrap();
                        *at = self.committed[partition].unwrap_or(*start);
                        *seq = 0;
                    }
                }
            }
        }
    }

    /// Somebody takes the lease.
    fn take_over(&mut self) {
        let windows = Windows::new(&self.plan, 0).unwrap();
        let pace = Pace {
            save_every: Duration::from_secs(5),
            windows_bytes_max: u64::MAX,
            beside_bytes_max: 1_000,
        };
        self.claims += 1;
        let lanes: Vec<(Lane, i64, i64, u64)> = (0..PARTITIONS)
            .map(|partition| {
                let lane = Lane {
                    topic: "raw".into(),
                    partition: partition as i32,
                    claim: self.claims,
                };
                let at = self.committed[partition].unwrap_or(0);
                (lane, at, at, 0)
            })
            .collect();
        let notes = Notes {
            withdrawn: self.withdrawn.clone(),
            ..Notes::default()
        };
        let starts = lanes.iter().zip(&self.committed);
        let starts = starts.map(|((lane, ..), at)| (lane.clone(), at.map(NextOffset::position)));
        let starts = starts.collect();
        self.member = Some(Member {
            counter: Counter::new(pace, windows, notes),
            lanes,
            working: Vec::new(),
            handed: VecDeque::new(),
            epoch: 0,
            outlet_epoch: 0,
            counter_epoch: 0,
            rewinds: VecDeque::new(),
            reads: Vec::new(),
            is_leaving: false,
        });
        self.tell(Event::Claimed(starts));
    }

    fn read(&mut self) {
        let nth = self.dice.below(PARTITIONS as u64) as usize;
        let count = 1 + self.dice.below(5) as usize;
        if self.way.stuck && nth == 1 {
            return;
        }
        let there: Vec<Record> = self.there(nth).to_vec();
        let Some(member) = self.member.as_mut().filter(|m| !m.is_leaving) else {
            return;
        };
        let (lane, _, at, seq) = &mut member.lanes[nth];
        let batch: Vec<Record> = there
            .into_iter()
            .filter(|r| r.offset >= *at)
            .take(count)
            .collect();
        let (Some(first), Some(last)) = (batch.first(), batch.last()) else {
            return;
        };
        *at = last.offset + 1;
        let filed = Filed {
            lane: lane.clone(),
            epoch: member.epoch,
            seq: *seq,
            first: first.offset,
            next: NextOffset::after(last.offset),
            batch: Some(batch),
        };
        *seq += 1;
        member.working.push(filed);
    }

    fn work(&mut self) {
        let len = self.member.as_ref().map_or(0, |m| m.working.len());
        if len > 0 {
            let nth = self.dice.below(len as u64) as usize;
            let filed = self.member.as_mut().unwrap().working.swap_remove(nth);
            self.tell(Event::Filed(filed));
        }
    }

    /// Tells which lanes are read to their ends.
    fn ends(&mut self) {
        let ends: Vec<i64> = (0..PARTITIONS)
            .map(|p| self.there(p).last().map_or(0, |r| r.offset + 1))
            .collect();
        let at_ms = self.now().ms;
        let Some(member) = &self.member else { return };
        let own = member.lanes.iter().zip(ends);
        let own = own.filter(|((_, _, at, _), end)| at >= end);
        let read = ReadBy {
            lanes: own
                .map(|((lane, _, _, seq), _)| (lane.clone(), *seq, at_ms))
                .collect(),
            epoch: member.epoch,
        };
        self.tell(Event::ReadBy(read));
    }

    /// Of each key the last row, in the order in which they were written.
    pub(super) fn state(&self) -> Vec<StateRow> {
        let mut last: BTreeMap<&[u8], usize> = BTreeMap::new();
        for (at, row) in self.log.iter().enumerate() {
            last.insert(&row.key, at);
        }
        let mut kept: Vec<usize> = last.into_values().collect();
        kept.sort_unstable();
        let rows = kept.into_iter().map(|at| self.log[at].clone());
        rows.filter(|row| row.value.is_some()).collect()
    }

    fn serve_read(&mut self, faults: bool) {
        let away = faults && self.dice.below(100) < 10;
        let Some(member) = &mut self.member else {
            return;
        };
        if member.reads.is_empty() {
            return;
        }
        let id = member.reads.remove(0);
        let rows = match away {
            true => Err("away".to_owned()),
            false => Ok(self.state()),
        };
        self.tell(Event::State(id, rows));
    }

    /// Another output spends of the same budget.
    fn other(&mut self) {
        let mut windows = Windows::new(&self.other, 0).unwrap();
        let from = FIRST - 86_400_000 * (1 + self.others);
        self.others += 1;
        let closed = windows.close((from, from + 86_400_000));
        let (output, counting) = (windows.output(), windows.counting());
        let note = crate::release::Spending::in_rows().note_of(output, counting, &closed);
        self.log.push(StateRow {
            key: spent_key("t", "other", closed.window),
            value: Some(note.row()),
        });
    }

    /// A row of the state is damaged, or gone.
    fn damage(&mut self) {
        let rows = self.state();
        let rows: Vec<&StateRow> = rows.iter().filter(|r| !r.key.starts_with(b"b/")).collect();
        if rows.is_empty() {
            return;
        }
        let nth = self.dice.below(rows.len() as u64) as usize;
        let mut row = rows[nth].clone();
        match self.dice.below(3) {
            0 => row.value = None,
            1 => row.value = Some(Vec::new()),
            _ => {
                let value = row.value.as_mut().unwrap();
                if value.is_empty() {
                    return;
                }
                let at = self.dice.below(value.len() as u64) as usize;
                // What is sealed cannot be changed where a seal would not show it: the head
                // has no digest of its own.
                match row.key.starts_with(b"h/") {
                    true => value.truncate(at),
                    false => value[at] ^= 1,
                }
            }
        }
        self.damaged = true;
        self.log.push(row);
    }

    fn drain(&mut self, is_lost: bool) {
        let now = self.now();
        let Some(member) = self.member.as_mut().filter(|m| !m.is_leaving) else {
            return;
        };
        member.is_leaving = true;
        let lanes = member
            .lanes
            .iter()
            .map(|(lane, _, _, seq)| (lane.clone(), *seq));
        let revoked = Revoked {
            ticket: 1,
            lanes: lanes.collect(),
            epoch: member.epoch,
            deadline: now.at + Duration::from_secs(4),
            is_clean: true,
            dropped: 0,
        };
        match is_lost {
            true => {
                self.tell(Event::Lost(revoked));
                self.member = None;
            }
            false => self.tell(Event::Drain(revoked)),
        }
    }

    fn kill(&mut self) {
        self.seen.kills += u64::from(self.member.is_some());
        let is_between = self
            .expected
            .keys()
            .any(|from| !self.released.contains(from));
        self.seen.between += u64::from(self.member.is_some() && is_between);
        self.member = None;
    }

    fn turn(&mut self, faults: bool) {
        match self.dice.below(100) {
            0..25 => self.read(),
            25..50 => self.work(),
            50..70 => self.outlet(faults),
            70..78 => self.serve_read(faults),
            78..90 => {
                self.passed_ms += self.dice.below(3_000) as i64;
                self.tell(Event::Tick);
            }
            90..94 => self.ends(),
            94..96 if self.member.is_none() => self.take_over(),
            96 if faults => match self.dice.below(7) {
                0 => self.kill(),
                1 => self.drain(false),
                2 => self.drain(true),
                3 => self.jump_ms = -(self.dice.below(200_000) as i64),
                4 => self.jump_ms = 0,
                5 => self.doubt(),
                _ => {
                    let who = self.dice.below(60) as u8;
                    self.withdrawn.insert(who);
                    if let Some(member) = &mut self.member {
                        member.counter.tally.withdrawn.insert(who);
                    }
                    // Sometimes nobody says so: it is found before the window is cut.
                    if self.dice.below(3) > 0 {
                        self.tell(Event::Narrowed(vec![Narrowings::short(person(who))]));
                    }
                }
            },
            97 if faults => self.kill_at_the_cut(),
            98 if self.way.others && self.others < 3 && self.dice.below(5) == 0 => self.other(),
            99 if faults && self.way.damage && self.dice.below(20) == 0 => self.damage(),
            _ => {}
        }
    }

    /// It is not known any more who withdrew, or it is again.
    fn doubt(&mut self) {
        if let Some(member) = &mut self.member {
            let is_doubtful = &mut member.counter.tally.is_doubtful;
            *is_doubtful = !*is_doubtful;
        }
    }

    /// Kills more often where it hurts.
    fn kill_at_the_cut(&mut self) {
        let is_between = self
            .expected
            .keys()
            .any(|from| !self.released.contains(from));
        if is_between && self.dice.below(2) == 0 {
            self.kill();
        }
    }

    pub(super) fn run(mut self) -> Seen {
        if self.way.stopped {
            self.passed_ms = 40 * MINUTE;
        }
        self.take_over();
        for _ in 0..3_000 {
            self.turn(true);
        }
        self.jump_ms = 0;
        if let Some(member) = &mut self.member {
            member.counter.tally.is_doubtful = false;
        }
        let until_ms = 10 * MINUTE;
        let mut turns = 0;
        while !(self.passed_ms > until_ms && self.is_done()) && turns < 6_000 {
            self.turn(false);
            turns += 1;
        }
        if !self.way.stuck {
            assert!(self.is_done(), "it does not end: {:?}", self.seen);
        }
        self.seen
    }

    /// Everything is read, and no window that is over is open.
    fn is_done(&self) -> bool {
        let ends = self.partitions.iter().zip(&self.committed);
        let is_read = ends.into_iter().all(|(records, at)| {
            records
                .last()
                .is_none_or(|last| at.is_some_and(|at| last.offset < at))
        });
        let member = self.member.as_ref();
        let counted = self.became.values().filter(|(_, b)| *b == Became::Counted);
        let latest = counted.filter_map(|(r, _)| r.at_ms).max().unwrap_or(0);
        let closed_by = member
            .and_then(|m| m.counter.closed_by_ms())
            .unwrap_or(i64::MIN);
        let is_empty = member.is_some_and(|m| m.handed.is_empty() && m.counter.cuts.is_empty());
        is_read && closed_by > latest && is_empty
    }
}
