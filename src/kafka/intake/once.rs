//! `--once`: read what was there at assignment, then end.

use std::sync::{Arc, PoisonError};

use rdkafka::consumer::Consumer;

use super::group::SLICE;
use super::poll::Intake;
use crate::kafka::messages::{End, ToOutlet};
use crate::kafka::outlet::event::Gathered;
use crate::record::lane::NextOffset;

impl Intake {
    /// The end, once everything that was there at assignment is committed. What
    /// a halted partition holds cannot be: that is no success.
    pub(super) fn through(&self) -> Option<End> {
        if self.group.is_unbegun() {
            return None;
        }
        if !self.group.locked().is_filling() {
            self.positions();
        }
        let assigned_lanes = self.group.locked();
        let mut open = assigned_lanes
            .lanes
            .iter()
            .filter(|lane| lane.halted.is_none());
        let done = assigned_lanes.assigned
            && open.all(|lane| {
                let (low, end) = lane.bounds.unwrap_or_default();
                let progress = self.group.shared.claims.progress(&lane.lane);
                progress.map_or(low, NextOffset::get) >= end
            });
        let halted = assigned_lanes.halted();
        let is_read = !assigned_lanes.is_filling() && assigned_lanes.is_read();
        let gathered = (is_read && !done).then(|| assigned_lanes.gathered());
        drop(assigned_lanes);
        if let Some(gathered) = gathered {
            self.tell_that_all_is_read(gathered);
        }
        if !done {
            return None;
        }
        self.name_others();
        Some(match halted {
            None => End::Done,
            Some(what) => End::Unavailable { what },
        })
    }

    /// Whoever keeps records waiting for more waits no longer.
    fn tell_that_all_is_read(&self, gathered: Gathered) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.as_ref() != Some(&gathered) {
            *told = Some(gathered.clone());
            // An outlet that is gone means that the stream ends.
            let _ = self
                .group
                .shared
                .to_outlet
                .send(ToOutlet::CaughtUp(gathered));
        }
    }

    /// Partitions that other members read are left to them.
    fn name_others(&self) {
        let topics: Vec<Arc<str>> = self.group.locked().plan.source.topics.clone();
        for topic in &topics {
            let metadata = match self.consumer.fetch_metadata(Some(topic), SLICE) {
                Ok(metadata) => metadata,
                Err(error) => {
                    tracing::warn!(topic = %topic, "partitions left to other members of the group cannot be named: {error}");
                    continue;
                }
            };
            let mut assigned_lanes = self.group.locked();
            let all = metadata.topics().iter().flat_map(|t| t.partitions());
            let others: Vec<i32> = all
                .map(|p| p.id())
                .filter(|p| assigned_lanes.find(topic, *p).is_none())
                .collect();
            if !others.is_empty() {
                tracing::info!(topic = %topic, partitions = ?others, "left to other members of the group");
            }
        }
    }
}
