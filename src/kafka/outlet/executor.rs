//! Carries out what the machine decides, on a thread of its own: one thread
//! owns the producer, whose transaction calls block.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TryRecvError};
use rdkafka::consumer::BaseConsumer;

use super::event::{Arrival, BatchId, Effect, Event, Progresses, Published, Refused};
use super::fence::Fence;
use super::leaving::{Leaving, Recorded};
use super::machine::{Config, Machine, State};
use super::producer::Transactional;
use crate::consent::state::Decided;
use crate::kafka::backlog::Backlog;
use crate::kafka::batch_size::BatchSize;
use crate::kafka::claims::Claims;
use crate::kafka::client::Clients;
use crate::kafka::conditions::{Conditions, Part};
use crate::kafka::credit::Credit;
use crate::kafka::errors::Class;
use crate::kafka::intake::{Group, Liveness};
use crate::kafka::messages::{Rewind, ToOutlet};
use crate::kafka::sizes::Sizes;
use crate::kafka::startup::{self, Topology};
use crate::kafka::ways::{ReleaseWays, Ways};
use crate::pipeline::BufferPool;
use crate::pipeline::OutBatch;
use crate::pipeline::observer::TransactionEnd;
use crate::pipeline::observer::{Committed, ConsentFigure, FenceAt, Observer};
use crate::plan::Plan;
use crate::record::lane::{Lane, NextOffset};

/// Where committed offsets are read after a rebuild.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Offsets {
    /// From the group, as they must be.
    Group,
    /// From memory: the embedded cluster of the demo keeps none.
    Memory,
}

/// What the outlet's thread works with.
pub(crate) struct Outlet {
    /// How producers are made.
    pub(crate) clients: Clients,
    /// What the cluster said about the topics.
    pub(crate) topology: Topology,
    /// The plan in force.
    pub(crate) plan: Arc<Plan>,
    /// For metadata and offsets; it belongs to the intake.
    pub(crate) consumer: Weak<BaseConsumer<Group>>,
    /// Where committed offsets are read.
    pub(crate) offsets: Offsets,
    /// The largest record each destination takes, shared with the workers.
    pub(crate) sizes: Arc<Sizes>,
    /// To ask about the topics at once.
    pub(crate) refusals: Sender<()>,
    /// What the cluster says about the topics later.
    pub(crate) surveys: Receiver<Topology>,
    /// Shared with the intake.
    pub(crate) claims: Arc<Claims>,
    /// Shared with the intake.
    pub(crate) credit: Arc<Credit>,
    /// Shared with the intake.
    pub(crate) batch_size: Arc<BatchSize>,
    /// Shared with the intake.
    pub(crate) backlog: Arc<Backlog>,
    /// What is wrong.
    pub(crate) conditions: Arc<Conditions>,
    /// Signs of life.
    pub(crate) liveness: Arc<Liveness>,
    /// Who watches.
    pub(crate) observer: Arc<dyn Observer>,
    /// Messages to the outlet.
    pub(crate) inbox: Receiver<ToOutlet>,
    /// Rewinds for the intake.
    pub(crate) rewinds: Sender<Rewind>,
    /// Emptied vectors for the intake and the workers.
    pub(crate) pool: Arc<BufferPool>,
    /// What the one record of a batch comes to that the broker refuses.
    pub(crate) quarantine: Box<dyn FnMut(OutBatch, Refused) -> OutBatch + Send>,
    /// Whoever withdraws is stopped here; `None`: the policy follows no decisions.
    pub(crate) fence: Option<Fence>,
}

/// How the outlet ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// It was stopped.
    Stopped,
    /// Another process uses the instance's name.
    Twin,
}

/// What the machine knows by a name alone.
enum Sendable {
    /// A batch of one lane.
    Batch(Box<OutBatch>),
    /// A release.
    Release(Box<Leaving>),
}

impl Sendable {
    /// Bytes of memory that it was charged with.
    fn held(&self) -> u64 {
        match self {
            Sendable::Batch(batch) => batch.held(),
            Sendable::Release(release) => release.held,
        }
    }

    /// A release that could not be written down: nothing of it may leave.
    fn is_unrecorded(&self) -> bool {
        match self {
            Sendable::Batch(_) => false,
            Sendable::Release(release) => matches!(release.recorded, Recorded::Failed),
        }
    }

    /// By which version of people's decisions it was made, and who is in it.
    fn decided(&self) -> &Decided {
        match self {
            Sendable::Batch(batch) => &batch.decided,
            Sendable::Release(release) => &release.decided,
        }
    }
}

struct Running {
    outlet: Outlet,
    producer: Option<Transactional>,
    held: HashMap<BatchId, Sendable>,
    replies: HashMap<u64, Sender<bool>>,
    next_id: u64,
    decided: Instant,
    twin: bool,
    /// What is committed next, without transactions.
    offsets: Vec<(Lane, NextOffset)>,
    /// Nobody can send any more, and the machine knows.
    hung_up: bool,
    /// The batches of the open transaction.
    sent: Vec<BatchId>,
}

impl Outlet {
    /// Works until stopped.
    pub(crate) fn run(self, config: Config) -> Ended {
        let (mut machine, first) = Machine::start(config);
        let mut running = Running {
            outlet: self,
            producer: None,
            held: HashMap::new(),
            replies: HashMap::new(),
            next_id: 0,
            decided: Instant::now(),
            twin: false,
            offsets: Vec::new(),
            hung_up: false,
            sent: Vec::new(),
        };
        let mut answers: VecDeque<Event> = VecDeque::new();
        running.execute(first, &mut answers);
        while machine.state() != State::Stopped {
            let event = running.next(machine.deadline(), &mut answers);
            let effects = machine.step(event, Instant::now());
            running.execute(effects, &mut answers);
        }
        // Late batches and drains are answered, so that nobody waits for them.
        while let Ok(message) = running.outlet.inbox.try_recv() {
            let event = running.event(message);
            let effects = machine.step(event, Instant::now());
            running.execute(effects, &mut answers);
        }
        if running.twin {
            Ended::Twin
        } else {
            Ended::Stopped
        }
    }
}

impl Outlet {
    /// Largest record batch that any destination takes, and the largest that
    /// all of them take.
    fn message_limits(&self) -> (u64, u64) {
        let topics = startup::destinations(&self.plan).map(|t| &**t);
        self.topology.message_limits(topics)
    }
}

impl Running {
    /// What happened next. Messages come before the answer to a call: one that
    /// is repeated would otherwise keep the outlet deaf to a revocation or to
    /// the end for as long as it fails.
    fn next(&mut self, deadline: Option<Instant>, answers: &mut VecDeque<Event>) -> Event {
        if let Ok(later) = self.outlet.surveys.try_recv()
            && self.resize(&later)
        {
            return Event::Resized;
        }
        if answers.is_empty() {
            return self.receive(deadline);
        }
        match self.outlet.inbox.try_recv() {
            Ok(message) => self.event(message),
            Err(TryRecvError::Disconnected) if !self.hung_up => {
                self.hung_up = true;
                Event::Stop
            }
            Err(_) => answers.pop_front().expect("seen just now"),
        }
    }

    /// Takes over what the cluster says now. True when the producer has to be
    /// made anew for it.
    fn resize(&mut self, later: &Topology) -> bool {
        let outlet = &mut self.outlet;
        let before = outlet.message_limits();
        outlet.topology.refresh(later, true);
        outlet.sizes.change(&outlet.topology);
        outlet.message_limits() != before
    }

    /// What comes is made under another plan. True when the producer has to be
    /// made anew for its topics.
    fn replaced(&mut self, plan: Arc<Plan>, topology: &Topology) -> bool {
        let outlet = &mut self.outlet;
        let before = outlet.message_limits();
        outlet.topology.join(topology);
        outlet.sizes.change(&outlet.topology);
        outlet.plan = plan;
        outlet.message_limits() != before
    }

    fn receive(&mut self, deadline: Option<Instant>) -> Event {
        let message = match deadline {
            Some(at) => self.outlet.inbox.recv_deadline(at),
            None => self
                .outlet
                .inbox
                .recv()
                .map_err(|_| RecvTimeoutError::Disconnected),
        };
        match message {
            Ok(message) => self.event(message),
            Err(RecvTimeoutError::Timeout) => Event::Tick,
            Err(RecvTimeoutError::Disconnected) => Event::Stop,
        }
    }

    fn event(&mut self, message: ToOutlet) -> Event {
        self.next_id += 1;
        let id = self.next_id;
        match message {
            ToOutlet::Claimed(starts) => Event::Claimed(starts),
            ToOutlet::Gathered(gathered) => Event::Gathered(gathered),
            ToOutlet::Batch(batch) => {
                let lane = batch.lane.clone();
                let arrival = Arrival {
                    id,
                    epoch: batch.epoch,
                    progress: Progresses::of_batch(lane, batch.seq, batch.first, batch.next),
                    records: u32::try_from(batch.raw().len()).unwrap_or(u32::MAX),
                    bytes: batch.bytes_len() as u64,
                    plan: Some(batch.plan.id),
                };
                self.held.insert(id, Sendable::Batch(batch));
                Event::Arrived(arrival)
            }
            ToOutlet::Release(mut release) => {
                let progress = std::mem::take(&mut release.progress);
                let Some(progress) = Progresses::of_several(progress) else {
                    // Of no lane: there is nothing to commit.
                    self.outlet.credit.give(release.held);
                    return Event::Tick;
                };
                let arrival = Arrival {
                    id,
                    epoch: release.epoch,
                    progress,
                    records: release.read(),
                    bytes: release.bytes_len(),
                    plan: Some(release.plan.id),
                };
                self.held.insert(id, Sendable::Release(release));
                Event::Arrived(arrival)
            }
            // Only who keeps records waiting is to know.
            ToOutlet::CaughtUp(_) | ToOutlet::Taken(_) | ToOutlet::ReadBy(_) => Event::Tick,
            ToOutlet::Position {
                lane,
                epoch,
                seq,
                next,
            } => Event::Arrived(Arrival {
                id,
                epoch,
                progress: Progresses::of_batch(lane, seq, next.get(), next),
                records: 0,
                bytes: 0,
                plan: None,
            }),
            ToOutlet::Drain {
                mut drain,
                lost,
                reply,
            } => {
                drain.ticket = id;
                self.replies.insert(id, reply);
                if lost {
                    Event::Lost(drain)
                } else {
                    Event::Drain(drain)
                }
            }
            ToOutlet::Replaced { plan, topology } => match self.replaced(plan, &topology) {
                true => Event::Resized,
                false => Event::Tick,
            },
            ToOutlet::Held(held) => Event::Held(held),
            ToOutlet::Stop => Event::Stop,
        }
    }

    fn execute(&mut self, effects: Vec<Effect>, answers: &mut VecDeque<Event>) {
        for effect in effects {
            match effect {
                Effect::Call(call) => answers.push_back(self.call(call)),
                Effect::Send { id, refused } => self.send(id, refused),
                Effect::Publish(published) => self.publish(&published),
                Effect::Discard(ids) => self.release(&ids),
                Effect::Rewind { epoch, lanes } => {
                    // A closed intake reads no more anyway.
                    let _ = self.outlet.rewinds.send(Rewind { epoch, lanes });
                }
                Effect::BatchRecordsMax(records) => self.outlet.batch_size.set(records),
                Effect::Drained { ticket, clean } => {
                    if let Some(reply) = self.replies.remove(&ticket) {
                        // Nobody may be waiting any more.
                        let _ = reply.send(clean);
                    }
                }
                Effect::Ended(outcome) => {
                    if outcome != TransactionEnd::Committed {
                        self.outlet.observer.on_transaction(outcome, Duration::ZERO);
                    }
                }
                Effect::Rebuild(cause) => {
                    tracing::info!(cause = cause.as_str(), "the producer is replaced");
                    self.outlet.observer.on_rebuild(cause);
                }
                Effect::Trouble(Some(failure)) => {
                    let conditions = &self.outlet.conditions;
                    match failure.class {
                        Class::Retriable => conditions.awaits(Part::Outlet, failure.what),
                        _ => conditions.put(Part::Outlet, failure.what),
                    }
                }
                Effect::Trouble(None) => self.outlet.conditions.clear(Part::Outlet),
                Effect::Twin => {
                    self.twin = true;
                    let conditions = &self.outlet.conditions;
                    conditions.put(
                        Part::Outlet,
                        "fenced by an instance of the same name: give every instance a name of its own",
                    );
                }
                Effect::Close => {
                    if let Some(producer) = self.producer.take() {
                        producer.let_go();
                    }
                }
            }
        }
    }

    fn send(&mut self, id: BatchId, refused: Option<Refused>) {
        match refused {
            Some(how) => self.refuse(id, how),
            None => self.decide_anew_if_stopped(id),
        }
        if self.is_stopped_release(id) {
            return self.sent.push(id);
        }
        self.sent.push(id);
        let (Some(sendable), Some(producer)) = (self.held.get(&id), &self.producer) else {
            return;
        };
        let topology = &self.outlet.topology;
        match sendable {
            Sendable::Batch(batch) => {
                let ways = Ways::new(&batch.plan, &batch.lane, topology);
                for record in batch.records() {
                    let (topic, partition) = ways.of(batch, record);
                    producer.send(batch, record, topic, partition);
                }
            }
            Sendable::Release(release) => {
                let ways = ReleaseWays::new(&release.plan, topology);
                let now_ms = now_ms();
                for record in &release.records {
                    let (topic, partition) = ways.of(record.key.as_deref());
                    producer.send_plain(record, topic, partition, now_ms);
                }
                for refused in &release.refused {
                    let (topic, partition) = ways.of_refused(refused.partition);
                    producer.send_plain(&refused.record, topic, partition, now_ms);
                }
                for row in &release.rows {
                    let (topic, partition) = ways.of_row();
                    producer.send_row(row, topic, partition);
                }
            }
        }
    }

    /// A batch in which somebody withdrew since it was decided is decided anew before
    /// anything of it is sent.
    fn decide_anew_if_stopped(&mut self, id: BatchId) {
        let (Some(Sendable::Batch(batch)), Some(fence)) =
            (self.held.get(&id), &mut self.outlet.fence)
        else {
            return;
        };
        if !fence.stops(&batch.decided) {
            return;
        }
        let figure = ConsentFigure::FenceHit(FenceAt::Send);
        self.outlet.observer.on_consent(figure);
        let Some(Sendable::Batch(batch)) = self.held.remove(&id) else {
            return;
        };
        let before = batch.held();
        match fence.decide_anew(*batch) {
            Some(batch) => {
                self.outlet.credit.true_up(before, batch.held());
                self.held.insert(id, Sendable::Batch(Box::new(batch)));
            }
            // It is read again, and what it held is free.
            None => self.outlet.credit.give(before),
        }
    }

    /// True of a release in which somebody withdrew since it was composed, that is void, or that
    /// could not be written down: nothing of it is sent, its transaction is not committed, and
    /// what it was made of is read again and decided anew.
    fn is_stopped_release(&mut self, id: BatchId) -> bool {
        if self.held.get(&id).is_some_and(Sendable::is_unrecorded) {
            return true;
        }
        let (Some(Sendable::Release(release)), Some(fence)) =
            (self.held.get(&id), &mut self.outlet.fence)
        else {
            return false;
        };
        if !release.is_void && !fence.stops(&release.decided) {
            return false;
        }
        fence.misses_one();
        let figure = ConsentFigure::FenceHit(FenceAt::Send);
        self.outlet.observer.on_consent(figure);
        true
    }

    /// What passed the fence is over, one way or the other: whoever withdrew meanwhile
    /// waits no longer.
    pub(super) fn passed_is_over(&self) {
        let Some(fence) = &self.outlet.fence else {
            return;
        };
        let now_ms = now_ms();
        for withdrawn_ms in fence.ended() {
            let late = u64::try_from(now_ms.saturating_sub(withdrawn_ms)).unwrap_or(0);
            let figure = ConsentFigure::WithdrawalDelay(Duration::from_millis(late));
            self.outlet.observer.on_consent(figure);
        }
    }

    /// Replaces a batch of one record by its quarantined form.
    fn refuse(&mut self, id: BatchId, how: Refused) {
        // Of a release nothing is refused alone.
        let Some(Sendable::Batch(batch)) = self.held.remove(&id) else {
            return;
        };
        let before = batch.held();
        let batch = (self.outlet.quarantine)(*batch, how);
        self.outlet.credit.true_up(before, batch.held());
        self.held.insert(id, Sendable::Batch(Box::new(batch)));
    }

    fn publish(&mut self, published: &Published) {
        self.outlet.claims.committed(&published.lanes);
        if let Some(producer) = &self.producer {
            producer.rest();
        }
        self.outlet.backlog.committed(&published.lanes);
        let observer = &self.outlet.observer;
        observer.on_transaction(TransactionEnd::Committed, published.open);
        for done in published.batches.iter().filter_map(|id| self.held.get(id)) {
            match done {
                Sendable::Batch(batch) => observer.on_commit(&Committed {
                    plan: &batch.plan,
                    topic: &batch.lane.topic,
                    counts: &batch.counts,
                    oldest_ms: batch.raw().oldest_ms(),
                }),
                Sendable::Release(release) => {
                    for counted in &release.counts {
                        observer.on_commit(&Committed {
                            plan: &release.plan,
                            topic: &counted.topic,
                            counts: &counted.counts,
                            oldest_ms: counted.oldest_ms,
                        });
                    }
                    release.has_left();
                    if let Some(released) = release.released() {
                        observer.on_release(&released);
                    }
                    if let Some((topic, figures)) = release.counted() {
                        observer.on_counted(topic, figures);
                    }
                }
            }
        }
        self.release(&published.batches);
    }

    /// The batches are done with: their credit and their vectors go back.
    fn release(&mut self, ids: &[BatchId]) {
        for done in ids.iter().filter_map(|id| self.held.remove(id)) {
            self.outlet.credit.give(done.held());
            if let Sendable::Batch(batch) = done {
                let (input, buffers) = (*batch).into();
                self.outlet.pool.give(input, buffers);
            }
        }
    }
}

/// Milliseconds since 1970.
fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX))
}

mod calls;
