//! The members of the group in the simulated world: our intake, and another one.

use super::*;

impl World {
    pub(super) fn assign(&mut self, partition: i32) {
        // A new owner waits for the outcome of what is pending over its offsets.
        if self
            .staged
            .as_ref()
            .is_some_and(|s| s.offsets.contains_key(&partition))
        {
            return;
        }
        self.other.remove(&partition);
        self.claims += 1;
        let lane = Lane {
            topic: Arc::from("raw"),
            partition,
            claim: self.claims,
        };
        let start = self.of(partition).committed.map(NextOffset::position);
        self.reading.push(Reading {
            lane: lane.clone(),
            start,
            at: start.map_or(0, NextOffset::get),
            seq: 0,
            pace: None,
        });
        self.inbox.push_back(Event::Claimed(vec![(lane, start)]));
    }

    pub(super) fn read(&mut self) {
        if self.callback.is_some() || self.reading.is_empty() {
            return;
        }
        let which = self.dice.below(self.reading.len());
        let size = (1 + self.dice.below(8)).min(self.batch_records_max);
        let (epoch, plan) = (self.epoch, self.plan);
        let r = &mut self.reading[which];
        let p = &self.partitions[usize::try_from(r.lane.partition).unwrap()];
        let size = match r.pace {
            Some(pace) if r.at < pace.until.get() => size.min(pace.records as usize),
            _ => size,
        };
        let offsets: Vec<i64> = p
            .records
            .iter()
            .copied()
            .filter(|o| *o >= r.at)
            .take(size)
            .collect();
        let next = match offsets.last() {
            Some(last) => last + 1,
            None if r.at < p.end => p.end,
            None => return,
        };
        self.next_id += 1;
        let arrival = Arrival {
            id: self.next_id,
            epoch,
            progress: Progresses::of_batch(
                r.lane.clone(),
                r.seq,
                offsets.first().copied().unwrap_or(next),
                NextOffset::position(next),
            ),
            records: u32::try_from(offsets.len()).unwrap(),
            bytes: 10,
            plan: (!offsets.is_empty()).then_some(plan),
        };
        let batch = Batch {
            lane: r.lane.clone(),
            epoch,
            seq: r.seq,
            offsets,
            plan,
            decided: people::Decided::default(),
        };
        r.at = next;
        r.seq += 1;
        self.held.insert(self.next_id, batch);
        self.workers.push(arrival);
    }

    pub(super) fn rewind(&mut self) {
        if self.callback.is_some() {
            return;
        }
        let Some((epoch, lanes)) = self.rewinds.pop_front() else {
            return;
        };
        self.epoch = epoch;
        for r in &mut self.reading {
            let told = lanes.iter().find(|to| to.lane == r.lane);
            let to = told.and_then(|to| to.to).or(r.start);
            r.at = to.map_or(0, NextOffset::get);
            r.pace = told.and_then(|to| to.pace);
            r.seq = 0;
        }
    }

    pub(super) fn revoke(&mut self, lost: bool) {
        if self.callback.is_some() || self.reading.is_empty() {
            return;
        }
        let count = if lost {
            self.reading.len()
        } else {
            1 + self.dice.below(self.reading.len())
        };
        let gone: Vec<Reading> = self.reading.drain(..count).collect();
        let mut lanes: Vec<(Lane, u64)> = gone.iter().map(|r| (r.lane.clone(), r.seq)).collect();
        self.read_to = gone.iter().map(|r| (r.lane.partition, r.at)).collect();
        if self.gathering.is_some() {
            self.let_go(&mut lanes, lost);
        }
        let deadline = self.now + Duration::from_secs(5);
        self.next_id += 1;
        let drain = Drain {
            ticket: self.next_id,
            lanes: lanes.clone(),
            epoch: self.epoch,
            deadline,
        };
        let names: Vec<Lane> = lanes.into_iter().map(|(l, _)| l).collect();
        if lost {
            self.other.extend(names.iter().map(|l| l.partition));
        }
        self.callback = Some((self.next_id, names, deadline));
        self.inbox.push_back(if lost {
            Event::Lost(drain)
        } else {
            Event::Drain(drain)
        });
    }

    /// The revocation returns: by its answer, or past its deadline.
    pub(super) fn return_from_callback(&mut self) {
        if let Some((_, lanes, deadline)) = self
            .callback
            .take_if(|c| self.now > c.2 + Duration::from_millis(500))
        {
            assert!(self.now > deadline);
            self.other.extend(lanes.iter().map(|l| l.partition));
        }
    }

    pub(super) fn is_ours(&self, lane: &Lane) -> bool {
        let revoking = self.callback.as_ref().is_some_and(|(_, lanes, _)| {
            lanes.contains(lane) && !self.other.contains(&lane.partition)
        });
        revoking || self.reading.iter().any(|r| r.lane == *lane)
    }

    /// The other member works, exactly once, on what it owns.
    pub(super) fn other_works(&mut self) {
        let owned: Vec<i32> = self.other.iter().copied().collect();
        for partition in owned {
            let pending = self
                .staged
                .as_ref()
                .is_some_and(|s| s.offsets.contains_key(&partition));
            let in_callback = self
                .callback
                .as_ref()
                .is_some_and(|c| c.1.iter().any(|l| l.partition == partition));
            if !pending && self.dice.percent(30) {
                let p = self.of(partition);
                let at = p.committed.unwrap_or(0);
                let next: Vec<i64> = p
                    .records
                    .iter()
                    .copied()
                    .filter(|o| *o >= at)
                    .take(3)
                    .collect();
                if let Some(last) = next.last() {
                    p.committed = Some(last + 1);
                    p.log.extend(next);
                }
            }
            if !pending && !in_callback && self.dice.percent(20) {
                self.assign(partition);
            }
        }
    }
}
