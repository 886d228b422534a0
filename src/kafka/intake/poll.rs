//! The poll thread: `Unassigned → Running ⇄ Starved → Paused → Running`,
//! rebalances from inside any of them, `Stopping` last.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crossbeam_channel::Receiver;
use rdkafka::Offset;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use rdkafka::message::BorrowedMessage;

use super::assigned_lanes::Taken;
use super::group::{Group, Membership, SLICE};
use super::missing_offsets;
use super::open_batch::settle;
use crate::kafka::conditions::Part;
use crate::kafka::errors::{self, Class};
use crate::kafka::messages::{End, Rewind, ToOutlet};
use crate::kafka::outlet::event::Gathered;
use crate::pipeline::BufferPool;
use crate::pipeline::observer::{ConsentFigure, HeldUp};
use crate::record::lane::Lane;

/// Longest wait in one poll while nothing is half done: a stop is seen so late.
const IDLE_POLL: Duration = Duration::from_millis(400);
/// The same while a lane waits for a schema: its answer is seen so late.
const PARKED_POLL: Duration = Duration::from_millis(20);
/// Between two looks after what is no message, while messages come.
const LOOK: Duration = Duration::from_millis(10);
/// Between two looks after partitions that were added, and until when all was read.
const WIDEN: Duration = Duration::from_secs(1);
/// So long without credit, and the partitions are paused; until then the
/// prefetched messages are kept.
const STARVED_MAX: Duration = Duration::from_secs(1);

/// The poll thread's own.
pub struct Intake {
    pub(super) consumer: Arc<BaseConsumer<Group>>,
    pub(super) group: Arc<Group>,
    rewinds: Receiver<Rewind>,
    pool: Arc<BufferPool>,
    /// Some partition's end was seen.
    eof: bool,
    /// Some partition's offset does not exist.
    out_of_range: bool,
    /// Until when it was told that the partitions are paused.
    paused_told: Option<Instant>,
    /// Batches wait for decisions that they may have overtaken.
    settles: bool,
    /// When what was decided was asked for last, while that bars the partitions.
    asked: Option<Instant>,
    /// With `--once`: what was told to be all that there is.
    pub(super) told: Mutex<Option<Gathered>>,
    /// What the desk of schemas has said so far was heard.
    pub(super) heard: u64,
    /// Some lane waits for a schema.
    is_parked: bool,
    /// When it was looked last whether there are partitions more than this member has.
    widened: Instant,
}

impl Intake {
    /// Over a consumer that has not subscribed yet.
    pub(crate) fn new(
        consumer: Arc<BaseConsumer<Group>>,
        rewinds: Receiver<Rewind>,
        pool: Arc<BufferPool>,
    ) -> Self {
        let group = consumer.context().clone();
        Intake {
            consumer,
            group,
            rewinds,
            pool,
            eof: false,
            out_of_range: false,
            paused_told: None,
            settles: false,
            asked: None,
            told: Mutex::default(),
            heard: u64::MAX,
            is_parked: false,
            widened: Instant::now(),
        }
    }

    /// The member of the group that it is.
    pub(crate) fn group(&self) -> &Arc<Group> {
        &self.group
    }

    /// Reads until told to stop, or with `--once` until everything that was
    /// there at assignment is committed.
    pub(crate) fn run(mut self) -> End {
        let topics: Vec<Arc<str>> = match &self.group.shared.lease {
            None => self.group.locked().plan.source.topics.clone(),
            Some(lease) => vec![Arc::clone(&lease.topic)],
        };
        let names: Vec<&str> = topics.iter().map(|t| &**t).collect();
        let end = match self.consumer.subscribe(&names) {
            Ok(()) => self.read(),
            Err(error) => End::Unavailable {
                what: format!("`{}` cannot be subscribed to: {error}", names.join("`, `")),
            },
        };
        if end != End::Done {
            self.leave(false);
            return end;
        }
        let shared = &self.group.shared;
        let is_early = shared.once && shared.stopping.load(Ordering::Relaxed);
        match self.leave(true) {
            false => End::uncommitted(),
            true if is_early => End::stopped_early(),
            true => End::Done,
        }
    }

    fn read(&mut self) -> End {
        let mut now = Instant::now();
        let mut checked = now;
        // Since when some batch may be open. A turn for each record: what it
        // need not ask for, a lock or the time, it does not ask for.
        let mut filling: Option<Instant> = None;
        // Nothing was there at the last look.
        let mut dry = false;
        self.settles = !settle(&self.group.locked().plan).is_zero();
        loop {
            if self.group.shared.stopping.load(Ordering::Relaxed) {
                return End::Done;
            }
            while let Ok(rewind) = self.rewinds.try_recv() {
                self.rewind(&rewind);
            }
            if self.group.shared.credit.left() <= 0 && !self.group.locked().paused {
                self.starve();
                filling = None;
                continue;
            }
            let left = filling.map_or(IDLE_POLL, |since| self.left(now.duration_since(since)));
            let left = match self.settles {
                true => left.min(self.release()),
                false => left,
            };
            self.listen();
            let left = match self.is_parked {
                true => left.min(PARKED_POLL),
                false => left,
            };
            let wait = if filling.is_some() && !dry {
                Duration::ZERO
            } else {
                left
            };
            let polled = self.consumer.poll(wait);
            now = Instant::now();
            self.group.shared.liveness.beat(now);
            match polled {
                Some(Ok(message)) => {
                    self.is_parked |= self.take(&message, now);
                    filling.get_or_insert(now);
                    dry = false;
                }
                Some(Err(error)) => {
                    if let Some(end) = self.failed(&error) {
                        return end;
                    }
                }
                // A look without waiting costs less; only where nothing is there
                // the open batches wait for more.
                None => dry = true,
            }
            // Of all lanes at once: what is handed over together is written
            // together and committed in one transaction.
            if filling.is_some_and(|since| self.left(now.duration_since(since)).is_zero()) {
                self.group.hand_over_all();
                filling = None;
                dry = false;
            }
            // Asked of the lanes: where one always has more, something is filling.
            if self.eof && !self.group.locked().is_filling() {
                self.eof = false;
                self.positions();
            }
            if now.duration_since(checked) >= LOOK {
                checked = now;
                if let Some(end) = self.look_after() {
                    return end;
                }
            }
        }
    }

    /// What must be done now and then.
    fn look_after(&mut self) -> Option<End> {
        let group = &self.group;
        let now = Instant::now();
        let shared = &group.shared;
        shared.observer.on_under_way(shared.credit.in_use());
        let mut assigned_lanes = group.locked();
        group.settle(&mut assigned_lanes, now);
        if let Some(told) = self.paused_told {
            let time = now.duration_since(told);
            shared.observer.on_held_up(HeldUp::Paused, time);
            self.paused_told = assigned_lanes.paused.then_some(now);
        }
        let seeks = assigned_lanes.lanes.iter().any(|l| l.seek.is_some());
        if let (Some(moment), Some(state)) = (assigned_lanes.barred, &shared.state) {
            if state.covers(moment) {
                assigned_lanes.barred = None;
            } else if self.asked.is_none_or(|at| now.duration_since(at) >= SLICE) {
                self.asked = Some(now);
                state.ask();
            }
        }
        self.settles = !settle(&assigned_lanes.plan).is_zero();
        if self.settles {
            let settling = ConsentFigure::Settling(assigned_lanes.settling());
            shared.observer.on_consent(settling);
        }
        let is_known = shared.lease.as_ref().is_none_or(|lease| lease.is_known());
        let is_barred = assigned_lanes.barred.is_some() || !is_known;
        let is_free = !is_barred && shared.credit.is_half_free();
        if assigned_lanes.paused && is_free {
            let list = assigned_lanes.to_resume(true);
            if self.consumer.resume(&list).is_ok() {
                assigned_lanes.paused = false;
                assigned_lanes.resumed(&list);
            }
        }
        if let Some(schemas) = &shared.schemas {
            self.is_parked = assigned_lanes.is_parked();
            if self.is_parked {
                // It is known why nothing of it arrives.
                shared.liveness.message(now);
            }
            schemas.tell(&shared.conditions, &*shared.observer);
        }
        drop(assigned_lanes);
        if seeks {
            self.seek();
        }
        self.resume();
        self.group.begin(&self.consumer);
        let lease = self.group.shared.lease.clone();
        if let Some(lease) = lease.filter(|_| now >= self.widened + WIDEN) {
            self.widened = now;
            self.widen(&lease);
            self.tell_what_is_read();
        }
        if self.out_of_range {
            self.out_of_range = !self.halt();
        }
        let shared = &self.group.shared;
        shared.liveness.tell(&shared.conditions);
        if let Some(what) = self.group.cannot_begin() {
            return Some(End::Unavailable { what });
        }
        if shared.once { self.through() } else { None }
    }

    /// Takes a message in; true: its lane waits for its schema.
    fn take(&self, message: &BorrowedMessage<'_>, now: Instant) -> bool {
        let mut assigned_lanes = self.group.locked();
        self.group.shared.liveness.message(now);
        // Of the connection it says nothing: it may have been fetched long ago.
        for part in [Part::Source, Part::Progress] {
            self.group.shared.conditions.clear(part);
        }
        let send = |work| self.group.shared.hand_over(work);
        match assigned_lanes.take(message, now, || self.pool.raw(), send) {
            Taken::Nothing => false,
            Taken::In(credit) => {
                self.group.shared.credit.take(credit);
                false
            }
            Taken::Parked(lane, key) => {
                self.park(lane, key);
                true
            }
        }
    }

    /// How long what is gathered since then may wait for more: whole milliseconds,
    /// as the client library's binding spins through a part of one.
    fn left(&self, age: Duration) -> Duration {
        let left = self.group.shared.gather.saturating_sub(age).as_millis();
        Duration::from_millis(u64::try_from(left).unwrap_or(u64::MAX))
    }

    /// Sends on their way those batches that waited long enough; how long until the next
    /// have.
    fn release(&self) -> Duration {
        let now = Instant::now();
        let next = self.group.release(now);
        let left = next.map_or(IDLE_POLL, |at| at.saturating_duration_since(now));
        // Whole milliseconds, and no look after nothing.
        Duration::from_millis(u64::try_from(left.as_millis()).map_or(1, |ms| ms.max(1)))
    }

    /// No credit: everything half done goes on its way, then wait without
    /// polling, which keeps the prefetched messages; after a second pause.
    fn starve(&mut self) {
        let since = Instant::now();
        let mut told = since;
        let mut tell = |shared: &Membership| {
            let now = Instant::now();
            let time = now.duration_since(std::mem::replace(&mut told, now));
            shared.observer.on_held_up(HeldUp::Starved, time);
            shared.observer.on_under_way(shared.credit.in_use());
            shared.liveness.beat(now);
        };
        self.group.hand_over_all();
        while !self.group.shared.credit.wait(Duration::from_millis(10)) {
            tell(&self.group.shared);
            // What waits holds the credit that is waited for.
            if self.settles {
                self.group.release(Instant::now());
            }
            if self.group.shared.stopping.load(Ordering::Relaxed) {
                return;
            }
            while let Ok(rewind) = self.rewinds.try_recv() {
                self.rewind(&rewind);
            }
            if since.elapsed() >= STARVED_MAX {
                let mut assigned_lanes = self.group.locked();
                let list = assigned_lanes.list(|_| Some(Offset::Invalid));
                if list.count() == 0 || self.consumer.pause(&list).is_ok() {
                    assigned_lanes.paused = true;
                    self.paused_told = Some(Instant::now());
                }
                return;
            }
        }
        tell(&self.group.shared);
    }

    fn rewind(&mut self, rewind: &Rewind) {
        let rewound = self.group.locked().rewind(rewind);
        self.group.shared.backlog.rewound();
        self.group.shared.credit.give(rewound.thrown_away);
        if let Some(schemas) = &self.group.shared.schemas {
            schemas.leave(rewound.left);
        }
        self.seek();
        self.resume();
    }

    /// Tells the outlet of the positions that lie behind the last records.
    pub(super) fn positions(&self) {
        let Ok(positions) = self.consumer.position() else {
            return;
        };
        let mut assigned_lanes = self.group.locked();
        for element in positions.elements() {
            let Offset::Offset(at) = element.offset() else {
                continue;
            };
            let moved = assigned_lanes.position(element.topic(), element.partition(), at);
            if let Some(position) = moved {
                let _ = self.group.shared.to_outlet.send(position);
            }
        }
    }

    /// An error event. `Some` when the stream cannot go on.
    fn failed(&mut self, error: &KafkaError) -> Option<End> {
        match error {
            // It names no topic: a hint to look at every position.
            KafkaError::PartitionEOF(_) => self.eof = true,
            KafkaError::MessageConsumptionFatal(Code::FencedInstanceId) => {
                let instance = self.group.shared.instance.clone().unwrap_or_default();
                return Some(End::Fenced { instance });
            }
            KafkaError::MessageConsumptionFatal(code) => {
                return Some(End::Unavailable {
                    what: format!("the consumer failed for good: {code}"),
                });
            }
            other => {
                let code = errors::code_of(other);
                match code {
                    Code::AutoOffsetReset | Code::OffsetOutOfRange => self.out_of_range = true,
                    Code::PollExceeded => {
                        tracing::warn!("polled too late: the group took the partitions away")
                    }
                    _ => self.note(code, other),
                }
            }
        }
        None
    }

    fn note(&self, code: Code, error: &KafkaError) {
        let failure = errors::of_call("reading", error);
        let part = match failure.class {
            Class::Authorization if code == Code::Authentication => Part::Connection,
            Class::Authorization | Class::MissingTopic => Part::Source,
            _ => Part::Connection,
        };
        let lasting = part == Part::Source
            || matches!(
                code,
                Code::AllBrokersDown | Code::Authentication | Code::SSL | Code::Resolve
            );
        if lasting {
            self.group.shared.conditions.put(part, failure.what);
        } else {
            tracing::debug!("{}", failure.what);
        }
    }

    /// Finishes what is under way and leaves the group; a member that failed
    /// for good has nothing to finish. False when something was under way and is
    /// not committed.
    fn leave(self, finish: bool) -> bool {
        let group = &self.group;
        let mut assigned_lanes = group.locked();
        group.close(&mut assigned_lanes);
        if let Some(schemas) = &group.shared.schemas {
            schemas.leave(assigned_lanes.parked());
        }
        let lanes: Vec<(Lane, u64)> = assigned_lanes
            .lanes
            .drain(..)
            .map(|l| (l.lane, l.handed_over))
            .collect();
        let epoch = assigned_lanes.epoch;
        missing_offsets::tell(&assigned_lanes, &group.shared.conditions);
        drop(assigned_lanes);
        let ending = "the stream is ending";
        group.shared.conditions.awaits(Part::Assignment, ending);
        let mut clean = true;
        if finish {
            clean = group.drain(lanes.clone(), epoch, false);
            tracing::info!(clean, "drained");
        }
        group.shared.claims.release(lanes.iter().map(|l| &l.0));
        let _ = group.shared.to_outlet.send(ToOutlet::Stop);
        self.consumer.unsubscribe();
        clean
    }
}
