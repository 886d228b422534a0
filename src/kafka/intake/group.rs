//! This member of the consumer group: what an assignment, a revocation and a
//! loss do. The client library calls in from inside `poll`.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crossbeam_channel::Sender;
use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext, RebalanceProtocol};
use rdkafka::error::KafkaError;
use rdkafka::statistics::Statistics;
use rdkafka::types::RDKafkaRespErr;
use rdkafka::{Offset, TopicPartitionList};

use super::assigned_lanes::{AssignedLanes, Claimed, parked};
use super::liveness::Liveness;
use super::missing_offsets;
use super::schema_desk::SchemaDesk;
use super::unbegun::Unbegun;
use crate::kafka::backlog::Backlog;
use crate::kafka::batch_size::BatchSize;
use crate::kafka::claims::Claims;
use crate::kafka::client_log;
use crate::kafka::conditions::{Conditions, Part};
use crate::kafka::credit::Credit;
use crate::kafka::errors;
use crate::kafka::lease::Lease;
use crate::kafka::messages::{ToOutlet, Work};
use crate::kafka::outlet::event::{Drain, Start};
use crate::kafka::state::progress::Progress;
use crate::pipeline::observer::{Change, Observer};
use crate::plan::Plan;
use crate::record::lane::{Lane, NextOffset};

/// One answer of the cluster is waited for this long; stop is checked between.
pub(super) const SLICE: Duration = Duration::from_secs(1);
/// So long partitions that were assigned wait for what people decided; then they are taken
/// on and not read until it is known.
const KNOWN_WITHIN: Duration = Duration::from_secs(30);

/// What a member of the group needs.
pub struct Membership {
    /// Where claims and drains go.
    pub(crate) to_outlet: Sender<ToOutlet>,
    /// Where batches go.
    pub(crate) to_workers: Sender<Work>,
    /// Shared with the outlet.
    pub(crate) claims: Arc<Claims>,
    /// Shared with the outlet.
    pub(crate) credit: Arc<Credit>,
    /// Shared with the outlet.
    pub(crate) batch_size: Arc<BatchSize>,
    /// Shared with the outlet.
    pub(crate) backlog: Arc<Backlog>,
    /// As of when it is known what people decided, where that is followed.
    pub(crate) state: Option<Arc<Progress>>,
    /// Where schemas are asked for, where records name them.
    pub(crate) schemas: Option<Arc<SchemaDesk>>,
    /// By what the members agree on who reads all partitions, where one of them does.
    pub(crate) lease: Option<Arc<Lease>>,
    /// Where it is asked for the ends of partitions.
    pub(crate) to_ends: Sender<Vec<Lane>>,
    /// What is wrong.
    pub(crate) conditions: Arc<Conditions>,
    /// Signs of life.
    pub(crate) liveness: Arc<Liveness>,
    /// Set once, when the stream is to end.
    pub(crate) stopping: Arc<AtomicBool>,
    /// Who watches.
    pub(crate) observer: Arc<dyn Observer>,
    /// Longest wait for the outlet in a revocation.
    pub(crate) drain_deadline: Duration,
    /// The name of this instance, if it has one.
    pub(crate) instance: Option<String>,
    /// Read up to the ends found at assignment.
    pub(crate) once: bool,
    /// A group that has never committed begins at the end of the source.
    pub(crate) from_end: bool,
    /// Longest wait of a record for others to be handed over with.
    pub(crate) gather: Duration,
    /// Told, when there is room, that the group was rebalanced.
    pub(crate) rebalanced: Sender<()>,
    /// A member that the group left without partitions for so long has none
    /// because there are more members than partitions.
    pub(crate) settled_after: Duration,
    /// A broker that owes an answer for so long does not answer.
    pub(crate) silent_after: Duration,
}

impl Membership {
    /// A batch goes to the workers.
    pub(super) fn hand_over(&self, work: Work) {
        self.backlog.handed_over(&work.batch.raw);
        // A worker that is gone means that the stream ends.
        let _ = self.to_workers.send(work);
    }
}

/// The context of the consumer.
pub struct Group {
    /// The lanes; locked by the poll thread, also from inside its callbacks.
    pub(super) assigned_lanes: Mutex<AssignedLanes>,
    pub(super) shared: Membership,
    /// Looks in a row that found no connection.
    pub(super) unconnected: AtomicU32,
    /// The same that found a leader silent.
    pub(super) silent: AtomicU32,
    /// What was assigned before the group has begun.
    pub(super) unbegun: Mutex<Unbegun>,
}

impl Group {
    /// A member without lanes.
    pub(crate) fn new(plan: Arc<Plan>, shared: Membership) -> Self {
        Group {
            assigned_lanes: Mutex::new(AssignedLanes::new(plan, shared.batch_size.clone())),
            shared,
            unconnected: AtomicU32::new(0),
            silent: AtomicU32::new(0),
            unbegun: Mutex::default(),
        }
    }

    pub(super) fn locked(&self) -> MutexGuard<'_, AssignedLanes> {
        self.assigned_lanes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends everything on its way.
    pub(super) fn close(&self, assigned_lanes: &mut AssignedLanes) {
        assigned_lanes.close(|work| self.shared.hand_over(work));
    }

    /// The same, and tells the outlet that nothing more is to be waited for.
    pub(super) fn hand_over_all(&self) {
        let mut assigned_lanes = self.locked();
        self.close(&mut assigned_lanes);
        let gathered = assigned_lanes.gathered();
        // An outlet that is gone means that the stream ends.
        let _ = self.shared.to_outlet.send(ToOutlet::Gathered(gathered));
    }

    /// Sends on their way those batches that waited long enough for decisions; when the
    /// next ones have.
    pub(super) fn release(&self, now: Instant) -> Option<Instant> {
        let mut assigned_lanes = self.locked();
        if assigned_lanes.release(now, |work| self.shared.hand_over(work)) {
            let gathered = assigned_lanes.gathered();
            let _ = self.shared.to_outlet.send(ToOutlet::Gathered(gathered));
        }
        assigned_lanes.settled_next()
    }

    /// What is read from now on is done under that plan; what is open is closed
    /// first.
    pub(crate) fn replace(&self, plan: Arc<Plan>) {
        let mut assigned_lanes = self.locked();
        self.close(&mut assigned_lanes);
        if let Some(schemas) = &self.shared.schemas {
            schemas.bind_to(&plan);
        }
        assigned_lanes.replace(plan);
    }

    /// Tells the outlet to finish with lanes and waits for its answer, at most
    /// until the deadline. True when everything was committed.
    pub(super) fn drain(&self, lanes: Vec<(Lane, u64)>, epoch: u64, lost: bool) -> bool {
        if lanes.is_empty() {
            return true;
        }
        let deadline = Instant::now() + self.shared.drain_deadline;
        let (reply, answer) = crossbeam_channel::bounded(1);
        let drain = Drain {
            ticket: 0,
            lanes,
            epoch,
            deadline,
        };
        let told = self
            .shared
            .to_outlet
            .send(ToOutlet::Drain { drain, lost, reply });
        // Lanes that are lost are not waited for: their claims are released, so
        // nothing of them is committed, and a member that lingers here may be
        // told by its own late heartbeat that it is its own twin.
        if told.is_err() || lost {
            return false;
        }
        // The outlet gives up at the deadline; its last abort may take a moment.
        let clean = answer.recv_deadline(deadline + Duration::from_millis(500));
        clean.unwrap_or(false)
    }

    /// True when everything is known here that anybody decided before now. Who owned the
    /// lanes before knew no more when they gave them up; with less they would permit here
    /// what was withheld there. Waits for it for a while.
    fn knows_what_was_decided(&self, state: &Progress, now: Instant) -> bool {
        state.ask();
        while now.elapsed() < KNOWN_WITHIN && !self.shared.stopping.load(Ordering::Relaxed) {
            self.shared.liveness.beat(Instant::now());
            if state.wait_for(now, SLICE) {
                return true;
            }
            let what = "partitions are here: waiting until what people decided is known";
            self.shared.conditions.awaits(Part::Assignment, what);
        }
        false
    }

    fn assign(&self, consumer: &BaseConsumer<Group>, list: &TopicPartitionList) {
        match self.assigned_by(consumer, list) {
            Some(all) => self.take_over(consumer, &all, all.count() > 0),
            // Stopping: the assignment is answered, and given back at once.
            None => take_on(consumer, &TopicPartitionList::new()),
        }
    }

    /// Takes partitions on, from where the group committed them. `is_lease`: they came with
    /// the lease of the group, if it has one.
    pub(super) fn take_over(
        &self,
        consumer: &BaseConsumer<Group>,
        list: &TopicPartitionList,
        is_lease: bool,
    ) {
        let now = Instant::now();
        if self.has_begun(consumer, list) == Some(false) {
            // The assignment is answered; what is assigned is taken on once it has.
            self.keep_unbegun(list, is_lease);
            return take_on(consumer, &TopicPartitionList::new());
        }
        let state = self.shared.state.as_ref().filter(|_| list.count() > 0);
        let barred = state.is_some_and(|state| !self.knows_what_was_decided(state, now));
        let mut assigned_lanes = self.locked();
        if barred {
            assigned_lanes.barred = Some(now);
            assigned_lanes.paused = true;
        }
        let assigned = self.starts(consumer, list).map(|starts| {
            let mut claimed: Vec<Start> = Vec::new();
            for (topic, partition, start, bounds) in starts {
                let named = assigned_lanes.claim(&topic, partition, start);
                let lane = assigned_lanes
                    .find(&topic, partition)
                    .expect("claimed just now");
                lane.bounds = bounds;
                // An offset behind the end would look like everything done.
                lane.halted = start
                    .zip(bounds)
                    .and_then(|(at, bounds)| missing_offsets::reason(&named.0, at, bounds));
                claimed.push(named);
            }
            claimed
        });
        let Some(claimed) = assigned else {
            // Stopping: the assignment is answered, and given back at once.
            take_on(consumer, &TopicPartitionList::new());
            return;
        };
        self.shared.claims.claim(claimed.iter().cloned());
        if let Some(lease) = self.shared.lease.as_ref().filter(|_| is_lease) {
            // After the offsets, which are only told when every transaction that holds one
            // has ended: what was remembered with them is found from here on.
            assigned_lanes.paused = true;
            let _ = self.shared.to_outlet.send(ToOutlet::Taken(lease.take()));
        }
        let with_offsets = assigned_lanes.list(|lane| {
            let new = claimed.iter().any(|(l, _)| *l == lane.lane);
            new.then(|| {
                lane.start
                    .map_or(Offset::Beginning, |s| Offset::Offset(s.get()))
            })
        });
        self.shared.backlog.claim(claimed.iter().cloned());
        for (lane, start) in &claimed {
            tracing::info!(topic = %lane.topic, partition = lane.partition, start = start.map(NextOffset::get), "partition assigned");
        }
        if !claimed.is_empty() {
            let lanes = claimed.iter().map(|(lane, _)| lane.clone()).collect();
            // Without an answer the figures come later.
            let _ = self.shared.to_ends.send(lanes);
            // A closed outlet means that the stream ends.
            let _ = self.shared.to_outlet.send(ToOutlet::Claimed(claimed));
        }
        take_on(consumer, &with_offsets);
        let paused = assigned_lanes.paused;
        let still =
            assigned_lanes.list(|l| (paused || l.stands_still()).then_some(Offset::Invalid));
        if still.count() > 0 {
            let _ = consumer.pause(&still);
        }
        missing_offsets::tell(&assigned_lanes, &self.shared.conditions);
        let stands_by = assigned_lanes.assigned && assigned_lanes.empty_since.is_none();
        assigned_lanes.assigned = true;
        if !assigned_lanes.lanes.is_empty() {
            assigned_lanes.empty_since = None;
            self.shared.conditions.clear(Part::Assignment);
        } else if !stands_by {
            // The first answer to a member that joins is often this one: what it
            // gets has to be given up by others first.
            assigned_lanes.empty_since.get_or_insert_with(Instant::now);
            let what = "the group has assigned no partition yet: it may be moving some here";
            self.shared.conditions.awaits(Part::Assignment, what);
        }
    }

    /// Without partitions, and for so long that it stays so: it stands by.
    pub(super) fn settle(&self, assigned_lanes: &mut AssignedLanes, now: Instant) {
        let settled = assigned_lanes
            .empty_since
            .is_some_and(|since| now.duration_since(since) >= self.shared.settled_after);
        if settled {
            assigned_lanes.empty_since = None;
            tracing::info!("the group has no partition for this instance: it stands by");
            self.shared.conditions.clear(Part::Assignment);
        }
    }

    /// Committed offsets, and with `--once` the bounds, of partitions that are
    /// not ours yet. `None`: told to stop meanwhile.
    #[allow(clippy::type_complexity)]
    fn starts(
        &self,
        consumer: &BaseConsumer<Group>,
        list: &TopicPartitionList,
    ) -> Option<Vec<(String, i32, Option<NextOffset>, Option<(i64, i64)>)>> {
        if list.count() == 0 {
            return Some(Vec::new());
        }
        let committed = self.insist("reading the group's offsets", || {
            let answer = consumer.committed_offsets(list.clone(), SLICE)?;
            for element in answer.elements() {
                element.error()?;
            }
            Ok(answer)
        })?;
        let mut starts = Vec::new();
        for element in committed.elements() {
            let start = match element.offset() {
                Offset::Offset(next) => Some(NextOffset::position(next)),
                _ => None,
            };
            let (topic, partition) = (element.topic().to_owned(), element.partition());
            let bounds = if self.shared.once {
                let ask = || consumer.fetch_watermarks(&topic, partition, SLICE);
                Some(self.insist("reading the end of a partition", ask)?)
            } else {
                None
            };
            starts.push((topic, partition, start, bounds));
        }
        Some(starts)
    }

    /// Asks until there is an answer or the stream stops.
    pub(super) fn insist<T>(
        &self,
        what: &str,
        ask: impl Fn() -> Result<T, KafkaError>,
    ) -> Option<T> {
        loop {
            self.shared.liveness.beat(Instant::now());
            if self.shared.stopping.load(Ordering::Relaxed) {
                return None;
            }
            match ask() {
                Ok(answer) => {
                    self.shared.conditions.clear(Part::Source);
                    return Some(answer);
                }
                Err(error) => {
                    self.shared
                        .conditions
                        .put(Part::Source, errors::of_call(what, &error).what);
                    std::thread::sleep(Duration::from_millis(100));
                }
            }
        }
    }

    fn revoke(&self, consumer: &BaseConsumer<Group>, list: &TopicPartitionList, lost: bool) {
        let were_unbegun = self.drop_unbegun(list);
        let list = &self.revoked_by(consumer, list);
        let mut assigned_lanes = self.locked();
        if !lost {
            self.close(&mut assigned_lanes);
        }
        let epoch = assigned_lanes.epoch;
        let (gone, unsent) = assigned_lanes.remove(list);
        missing_offsets::tell(&assigned_lanes, &self.shared.conditions);
        if assigned_lanes.lanes.is_empty() && (lost || were_unbegun || !gone.is_empty()) {
            assigned_lanes.assigned = false;
            assigned_lanes.empty_since = None;
            let what = "the partitions were given up: waiting for what the group assigns next";
            self.shared.conditions.awaits(Part::Assignment, what);
        }
        self.shared.credit.give(unsent);
        if let Some(schemas) = &self.shared.schemas {
            schemas.leave(parked(&gone));
        }
        let lanes: Vec<(Lane, u64)> = gone
            .iter()
            .map(|l: &Claimed| (l.lane.clone(), l.handed_over))
            .collect();
        if lost {
            // Somebody else may own them already: from here on no offset of
            // them is sent.
            self.shared.claims.release(lanes.iter().map(|l| &l.0));
        }
        let clean = self.drain(lanes.clone(), epoch, lost);
        self.shared.claims.release(lanes.iter().map(|l| &l.0));
        self.shared.backlog.release(lanes.iter().map(|l| &l.0));
        for (lane, _) in &lanes {
            self.shared
                .observer
                .on_lane_gone(&lane.topic, lane.partition);
            tracing::info!(topic = %lane.topic, partition = lane.partition, lost, clean, "partition given up");
        }
        give_up(consumer, list);
    }
}

impl ConsumerContext for Group {
    fn rebalance(
        &self,
        consumer: &BaseConsumer<Self>,
        err: RDKafkaRespErr,
        list: &mut TopicPartitionList,
    ) {
        self.shared.liveness.beat(Instant::now());
        let change = match err {
            RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS => {
                self.assign(consumer, list);
                Change::Assigned
            }
            _ if consumer.assignment_lost() => {
                self.revoke(consumer, list, true);
                Change::Lost
            }
            _ => {
                self.revoke(consumer, list, false);
                Change::Revoked
            }
        };
        self.shared
            .observer
            .on_rebalance(change, self.locked().lanes.len());
        self.shared.liveness.beat(Instant::now());
        // Full: the look that it asks for is ahead. Closed: nobody looks.
        let _ = self.shared.rebalanced.try_send(());
    }
}

impl ClientContext for Group {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, line: &str) {
        client_log::say(level, facility, line);
    }

    fn error(&self, error: KafkaError, _reason: &str) {
        // The same error comes out of `poll`, where it is handled.
        tracing::trace!("{error}");
    }

    fn stats(&self, statistics: Statistics) {
        self.figures(&statistics);
    }
}

/// Adds partitions, or none, to what is read.
fn take_on(consumer: &BaseConsumer<Group>, list: &TopicPartitionList) {
    let done = match consumer.rebalance_protocol() {
        RebalanceProtocol::Eager => consumer.assign(list),
        RebalanceProtocol::Cooperative | RebalanceProtocol::None => {
            consumer.incremental_assign(list)
        }
    };
    if let Err(error) = done {
        tracing::warn!("an assignment was refused: {error}");
    }
}

/// Those of these that the client library reads: it takes back no other, and then none.
fn still_there(consumer: &BaseConsumer<Group>, list: &TopicPartitionList) -> TopicPartitionList {
    let assigned = consumer.assignment().unwrap_or_default();
    let mut there = TopicPartitionList::new();
    for element in list.elements() {
        let (topic, partition) = (element.topic(), element.partition());
        if assigned.find_partition(topic, partition).is_some() {
            there.add_partition(topic, partition);
        }
    }
    there
}

/// Takes partitions away from what is read.
fn give_up(consumer: &BaseConsumer<Group>, list: &TopicPartitionList) {
    let list = &still_there(consumer, list);
    let done = match consumer.rebalance_protocol() {
        RebalanceProtocol::Eager => consumer.unassign(),
        RebalanceProtocol::Cooperative | RebalanceProtocol::None => {
            consumer.incremental_unassign(list)
        }
    };
    if let Err(error) = done {
        tracing::warn!("a revocation was refused: {error}");
    }
}
