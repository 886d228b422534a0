//! What a simulated pool keeps: records that say nothing but whose they are.

use std::collections::BTreeSet;

use super::K;
use crate::record::SubjectId;
use crate::record::state_row::StateRow;
use crate::release::{Earlier, NoRow};
use crate::stream::pool::Keeper;

/// A record: where it stands, and whose it is; `None`: it waits for nothing (quarantined,
/// not selected).
pub(in crate::stream::pool) type Record = (usize, i64, Option<u8>);

/// What became of records in one transaction.
#[derive(Clone, Debug, Default)]
pub(in crate::stream::pool) struct Content {
    pub(in crate::stream::pool) released: Vec<Record>,
    pub(in crate::stream::pool) left_out: Vec<Record>,
    pub(super) beside: Vec<Record>,
    /// It comes to nothing.
    pub(super) is_void: bool,
    /// Who is in it, where that is remembered.
    pub(super) rows: Vec<StateRow>,
}

/// Keeps records that say nothing but whose they are.
#[derive(Default)]
pub(in crate::stream::pool) struct Drafts {
    waiting: Vec<(u16, Record)>,
    beside: Vec<(u16, Record)>,
    withdrawn: BTreeSet<u8>,
    earlier: Option<Earlier>,
}

/// Nobody leaves twice within so long, in milliseconds: for ever, here.
pub(super) const ONCE_PER_MS: i64 = 86_400_000;

impl Drafts {
    /// What remembers whom it released.
    pub(super) fn that_remember() -> Drafts {
        Drafts {
            earlier: Some(Earlier::new("out", ONCE_PER_MS)),
            ..Drafts::default()
        }
    }

    /// Everybody who is remembered.
    pub(super) fn remembered(&self) -> BTreeSet<u8> {
        let is_held = |who: &u8| self.earlier.iter().any(|earlier| earlier.holds(id(*who)));
        (0..u8::MAX).filter(is_held).collect()
    }

    fn waits(&self, (_, _, who): &Record) -> bool {
        let is_before = |who: u8| self.earlier.as_ref().is_some_and(|e| e.holds(id(who)));
        who.is_some_and(|who| !self.withdrawn.contains(&who) && !is_before(who))
    }
}

fn id(who: u8) -> SubjectId {
    SubjectId([who; 16])
}

impl Keeper for Drafts {
    type Batch = Vec<Record>;
    type Content = Content;
    type Person = u8;

    fn resume(&mut self, rows: &[StateRow]) -> Result<(), NoRow> {
        self.earlier
            .as_mut()
            .map_or(Ok(()), |earlier| earlier.resume(rows))
    }

    fn is_full(&self) -> bool {
        false
    }

    fn take(&mut self, lane: u16, batch: &Vec<Record>) -> usize {
        let waits = |record: &&Record| self.waits(record);
        let (waiting, beside): (Vec<&Record>, Vec<&Record>) = batch.iter().partition(waits);
        self.waiting.extend(waiting.iter().map(|r| (lane, **r)));
        self.beside.extend(beside.iter().map(|r| (lane, **r)));
        waiting.len()
    }

    fn len(&self) -> usize {
        self.waiting.len()
    }

    fn bytes(&self) -> u64 {
        self.waiting.len() as u64
    }

    fn release(&mut self) -> Option<Content> {
        let people: BTreeSet<u8> = self.waiting.iter().filter_map(|(_, r)| r.2).collect();
        if people.len() < K {
            return None;
        }
        let ids: Vec<SubjectId> = people.iter().map(|who| id(*who)).collect();
        let rows = self.earlier.as_mut().map(|earlier| earlier.note(&ids));
        Some(Content {
            is_void: false,
            rows: rows.unwrap_or_default(),
            released: self.waiting.drain(..).map(|(_, r)| r).collect(),
            left_out: Vec::new(),
            beside: self.beside.drain(..).map(|(_, r)| r).collect(),
        })
    }

    fn leave_out(&mut self) -> Content {
        Content {
            released: Vec::new(),
            left_out: self.waiting.drain(..).map(|(_, r)| r).collect(),
            is_void: false,
            rows: Vec::new(),
            beside: self.beside.drain(..).map(|(_, r)| r).collect(),
        }
    }

    fn beside(&mut self, lanes: &[u16]) -> Content {
        let own = self.beside.extract_if(.., |(of, _)| lanes.contains(of));
        Content {
            beside: own.map(|(_, r)| r).collect(),
            ..Content::default()
        }
    }

    fn drop_lane(&mut self, lane: u16) -> usize {
        let before = self.waiting.len();
        self.waiting.retain(|(of, _)| *of != lane);
        self.beside.retain(|(of, _)| *of != lane);
        before - self.waiting.len()
    }

    fn void(&mut self) -> Content {
        Content {
            is_void: true,
            ..self.leave_out()
        }
    }

    fn is_at_fault(&self) -> bool {
        false
    }

    fn forget(&mut self, people: &[u8]) {
        self.withdrawn.extend(people);
        let gone = self
            .waiting
            .extract_if(.., |(_, r)| r.2.is_some_and(|who| people.contains(&who)));
        self.beside.extend(gone);
    }

    fn has(&self, lane: u16) -> bool {
        self.waiting.iter().any(|(of, _)| *of == lane)
    }
}
