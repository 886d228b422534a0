//! What the open transaction holds.

use std::collections::BTreeMap;
use std::time::Instant;

use super::event::{Arrival, BatchId};
use crate::plan::PlanId;
use crate::record::lane::{Lane, NextOffset};

/// The open transaction.
#[derive(Debug)]
pub struct Transaction {
    /// Its batches, in the order sent.
    pub batches: Vec<Arrival>,
    /// The offsets it will commit.
    pub offsets: BTreeMap<Lane, NextOffset>,
    /// Records read.
    pub records: u64,
    /// Bytes to be written.
    pub bytes: u64,
    /// When it was begun.
    pub opened: Instant,
    /// Its one plan.
    pub plan: Option<PlanId>,
    /// `commit` was called: it may have taken effect whatever was answered.
    pub commit_called: bool,
}

impl Transaction {
    /// An empty one.
    pub fn new(opened: Instant) -> Self {
        Transaction {
            batches: Vec::new(),
            offsets: BTreeMap::new(),
            records: 0,
            bytes: 0,
            opened,
            plan: None,
            commit_called: false,
        }
    }

    /// Takes a batch in.
    pub fn add(&mut self, batch: Arrival) {
        debug_assert!(self.takes_plan(batch.plan), "one plan a transaction");
        self.plan = self.plan.or(batch.plan);
        self.records += u64::from(batch.records);
        self.bytes += batch.bytes;
        self.offsets.insert(batch.lane.clone(), batch.next);
        self.batches.push(batch);
    }

    /// True when a batch of that plan may come in.
    pub fn takes_plan(&self, plan: Option<PlanId>) -> bool {
        self.plan.is_none() || plan.is_none() || self.plan == plan
    }

    /// True when it holds something of that lane.
    pub fn holds(&self, lane: &Lane) -> bool {
        self.offsets.contains_key(lane)
    }

    /// Its batches' names.
    pub fn ids(&self) -> Vec<BatchId> {
        self.batches.iter().map(|b| b.id).collect()
    }
}
