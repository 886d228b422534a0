//! What the open transaction holds.

use std::collections::BTreeMap;
use std::time::Instant;

use super::event::{Arrival, BatchId};
use crate::plan::PlanId;
use crate::record::lane::{Lane, NextOffset};

/// The open transaction.
#[derive(Debug)]
pub(crate) struct Transaction {
    /// Its batches, in the order sent.
    pub(crate) batches: Vec<Arrival>,
    /// The offsets it will commit.
    pub(crate) offsets: BTreeMap<Lane, NextOffset>,
    /// Records read.
    pub(crate) records: u64,
    /// Bytes to be written.
    pub(crate) bytes: u64,
    /// When it was begun.
    pub(crate) opened: Instant,
    /// Its one plan.
    pub(crate) plan: Option<PlanId>,
    /// `commit` was called: it may have taken effect whatever was answered.
    pub(crate) commit_called: bool,
}

impl Transaction {
    /// An empty one.
    pub(crate) fn new(opened: Instant) -> Self {
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
    pub(crate) fn add(&mut self, batch: Arrival) {
        debug_assert!(self.takes_plan(batch.plan), "one plan a transaction");
        self.plan = self.plan.or(batch.plan);
        self.records += u64::from(batch.records);
        self.bytes += batch.bytes;
        for progress in batch.progress.iter() {
            self.offsets.insert(progress.lane.clone(), progress.next);
        }
        self.batches.push(batch);
    }

    /// True when a batch of that plan may come in.
    pub(crate) fn takes_plan(&self, plan: Option<PlanId>) -> bool {
        self.plan.is_none() || plan.is_none() || self.plan == plan
    }

    /// True when it commits offsets alone.
    pub(crate) fn is_bare(&self) -> bool {
        self.batches.is_empty() && !self.offsets.is_empty()
    }

    /// True when it holds something of that lane.
    pub(crate) fn holds(&self, lane: &Lane) -> bool {
        self.offsets.contains_key(lane)
    }

    /// Its batches' names.
    pub(crate) fn ids(&self) -> Vec<BatchId> {
        self.batches.iter().map(|b| b.id).collect()
    }
}
