//! Records of the world, and what a simulated counter takes them by.

use std::collections::BTreeSet;

use crate::record::SubjectId;
use crate::record::state_row::StateRow;
use crate::release::{ToCount, WhyLeftOut, Windows};

use crate::stream::counting::{Leaves, Outcome, Stays, Taken, Tally};

#[derive(Clone, Debug)]
pub(super) struct Record {
    pub(super) partition: usize,
    pub(super) offset: i64,
    pub(super) written_ms: i64,
    pub(super) who: Option<u8>,
    pub(super) at_ms: Option<i64>,
    pub(super) cell: &'static [u8],
}

/// What became of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Became {
    Counted,
    LeftOut(WhyLeftOut),
    Withheld,
}

#[derive(Clone, Default)]
pub(super) struct Content {
    pub(super) rows: Vec<(Option<Vec<u8>>, Vec<u8>)>,
    pub(super) state: Vec<StateRow>,
    pub(super) windows: [u64; Outcome::ALL.len()],
    pub(super) beside: Vec<(Record, Became)>,
    pub(super) withdrawn: BTreeSet<u8>,
}

#[derive(Default)]
pub(super) struct Notes {
    pub(super) beside: Vec<(u16, Record, Became)>,
    pub(super) withdrawn: BTreeSet<u8>,
    /// Nobody knows at present who withdrew.
    pub(super) is_doubtful: bool,
}

pub(super) fn person(who: u8) -> SubjectId {
    SubjectId([who; 16])
}

pub(super) fn to_count(record: &Record) -> ToCount<'_> {
    ToCount {
        person: record.who.map(person),
        at_ms: record.at_ms,
        written_ms: Some(record.written_ms),
        amount: Some(1),
        cell: record.cell,
        named: &[],
    }
}

impl Tally for Notes {
    type Batch = Vec<Record>;
    type Content = Content;

    fn take(
        &mut self,
        lane: u16,
        batch: &Vec<Record>,
        windows: &mut Windows,
        now_ms: i64,
    ) -> Taken {
        let mut taken = Taken::default();
        for record in batch {
            taken.records += 1;
            let became = match record.who {
                Some(who) if self.withdrawn.contains(&who) => Became::Withheld,
                _ => {
                    let told = to_count(record).tells_ms(now_ms);
                    taken.latest_ms = taken.latest_ms.max(told);
                    windows.take(to_count(record), Some(now_ms));
                    let why = windows.take_left_out().each().next();
                    why.map_or(Became::Counted, |(why, _)| Became::LeftOut(why))
                }
            };
            self.beside.push((lane, record.clone(), became));
        }
        taken
    }

    fn bytes(&self) -> u64 {
        self.beside.len() as u64
    }

    fn content(&mut self, leaves: Leaves, beside: bool) -> Content {
        let rows = leaves.rows.into_iter().map(|row| (row.key, row.value));
        let beside = match beside {
            true => std::mem::take(&mut self.beside),
            false => Vec::new(),
        };
        Content {
            rows: rows.collect(),
            state: leaves.state,
            windows: leaves.figures.windows,
            beside: beside.into_iter().map(|(_, r, b)| (r, b)).collect(),
            withdrawn: self.withdrawn.clone(),
        }
    }

    fn drop_lane(&mut self, lane: u16) {
        self.beside.retain(|(of, ..)| *of != lane);
    }

    fn stays(&self, _: i64) -> Stays<'_> {
        match self.is_doubtful {
            true => Stays::Unknown,
            false => Stays::Of(Box::new(|who, _| !self.withdrawn.contains(&who.0[0]))),
        }
    }
}
