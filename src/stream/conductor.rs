//! The thread that starts the others of a stream, and sees them end.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};

use super::counted;
use super::group::{Watching, misplaced};
use super::held::HeldGroup;
use super::holding::Holding;
use super::in_force::InForce;
use super::recall::{IsOwn, Recall, Unopened};
use super::room;
use super::state::{ConsentState, Start};
use super::work::Bench;
use super::{Cluster, End, StreamConfig, StreamError};
use crate::crypto::entropy::OsEntropy;
use crate::crypto::noise::Draws;
use crate::kafka::backlog::Backlog;
use crate::kafka::batch_size::BatchSize;
use crate::kafka::claims::Claims;
use crate::kafka::client::Clients;
use crate::kafka::conditions::{Conditions, Part};
use crate::kafka::credit::Credit;
use crate::kafka::delivery::Delivery;
use crate::kafka::ends::Ends;
use crate::kafka::errors;
use crate::kafka::group_watch::Next;
use crate::kafka::intake::{Consumer, Group, Intake, Liveness, Membership, SchemaDesk};
use crate::kafka::lease::Lease;
use crate::kafka::messages::{Rewind, ToOutlet};
use crate::kafka::outlet::event::Refused;
use crate::kafka::outlet::executor::{Ended, Offsets, Outlet};
use crate::kafka::outlet::fence::Fence;
use crate::kafka::outlet::machine;
use crate::kafka::sizes::Sizes;
use crate::kafka::startup::{self, NotYet, Topology};
use crate::kafka::state::topics::{self, StateTopics};
use crate::kafka::topology_watch::{self, TopologyWatch};
use crate::kafka::vital::Vital;
use crate::pipeline::BufferPool;
use crate::pipeline::observer::Observer;
use crate::pipeline::{OutBatch, Worker, quarantine, quarantine_bare, sanitize};
use crate::plan::Plan;
use crate::plan::counting::Counting;
use crate::plan::lease;
use crate::plan::live::LiveConsent;
use crate::record::Reason;
use crate::release::Earlier;
use crate::release::state::counted_rows;

/// Leaving the group may take so long.
const LEAVE_MAX: Duration = Duration::from_secs(5);

/// Brokers forget committed offsets of topics that a group does not subscribe to, after
/// seven days unless told otherwise.
const RECOMMIT_EVERY: Duration = Duration::from_secs(3_600);

/// A broker is silent that answers so much later than it must.
const SILENT: Duration = Duration::from_secs(30);

/// Fenced twice within this time, an instance with a name has a twin; once may
/// be the echo of its own earlier membership.
const TWIN_WITHIN: Duration = Duration::from_secs(60);

/// The thread that starts the others and sees them end.
pub(super) struct Conductor {
    pub(super) config: StreamConfig,
    pub(super) clients: Clients,
    pub(super) in_force: Arc<InForce>,
    pub(super) observer: Arc<dyn Observer>,
    pub(super) conditions: Arc<Conditions>,
    pub(super) liveness: Arc<Liveness>,
    pub(super) asked_to_stop: Arc<AtomicBool>,
    pub(super) stopping: Arc<AtomicBool>,
    /// Starts the others, and knows why the stream must end.
    pub(super) vital: Vital,
    pub(super) watching: Watching,
    /// What people decided, once it is followed.
    pub(super) state: OnceLock<ConsentState>,
    /// Where schemas are asked for, where records name them.
    pub(super) schemas: Option<Arc<SchemaDesk>>,
}

/// What came of the look at the group before it is joined.
enum Entry {
    /// Nothing stands in the way.
    Free,
    /// It was told to stop.
    Stopped,
    /// Somebody else has the group.
    Barred(End),
}

impl Conductor {
    pub(super) fn run(self) -> End {
        let end = self.conduct_until_the_end();
        // What was its reason to stop says more than what the threads say that stopped.
        let end = self.vital.verdict().unwrap_or(end);
        self.in_force.end();
        if let Some(state) = self.state.get() {
            state.end();
        }
        if let Some(schemas) = &self.schemas {
            schemas.end();
        }
        end
    }

    fn conduct_until_the_end(&self) -> End {
        let mut fenced_at: Option<Instant> = None;
        loop {
            let Some((plan, topology)) = self.check_topics() else {
                return self.stopped();
            };
            if fenced_at.is_none() {
                self.warn_of_brokers();
            }
            match self.follow(&plan) {
                Ok(true) => {}
                Ok(false) => return self.stopped(),
                Err(error) => {
                    let what = error.to_string();
                    return End::Unavailable { what };
                }
            }
            if let Some(end) = self.bind_ahead(&plan) {
                return end;
            }
            match self.enter() {
                Entry::Free => {}
                Entry::Stopped => return self.stopped(),
                Entry::Barred(end) => return end,
            }
            self.conditions.clear(Part::Startup);
            let end = self
                .conduct(&plan, topology)
                .unwrap_or_else(|error| End::Unavailable {
                    what: error.to_string(),
                });
            if self.vital.verdict().is_some() {
                return end;
            }
            let now = Instant::now();
            let again = fenced_at.is_some_and(|at| now.duration_since(at) <= TWIN_WITHIN);
            if !matches!(end, End::Fenced { .. }) || again {
                return end;
            }
            fenced_at = Some(now);
            self.conditions.begin();
            if !self.begin_again() {
                return self.stopped();
            }
            self.conditions.put(
                Part::Startup,
                "fenced by an instance of the same name: joining once more",
            );
        }
    }

    /// The end of a stream that was told to stop while it read nothing.
    pub(super) fn stopped(&self) -> End {
        match self.config.once {
            true => End::stopped_early(),
            false => End::Done,
        }
    }

    /// It was told to end.
    pub(super) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// Takes back that the threads were told to end. False when it was the
    /// handle that told them, or there is a reason to end. Each sets its own mark first and
    /// this one looks at it last, so that neither misses the other.
    fn begin_again(&self) -> bool {
        self.stopping.store(false, Ordering::SeqCst);
        let asked = self.asked_to_stop.load(Ordering::SeqCst) || self.vital.verdict().is_some();
        if asked {
            self.stopping.store(true, Ordering::SeqCst);
        }
        !asked
    }

    /// Once, of brokers that lack what the promises lean on.
    fn warn_of_brokers(&self) {
        if self.config.cluster == Cluster::Kafka
            && let Some(warning) = startup::verification(&self.clients)
        {
            tracing::warn!("{warning}");
        }
    }

    /// Asks the cluster until it agrees with the plan. `None`: told to stop.
    fn check_topics(&self) -> Option<(Arc<Plan>, Topology)> {
        let mut wait = Duration::from_millis(250);
        loop {
            if self.stopping.load(Ordering::Relaxed) {
                return None;
            }
            self.liveness.beat(Instant::now());
            let plan = self.in_force.plan();
            match look(&self.clients, &plan, self.config.cluster) {
                Ok((topology, warnings)) => {
                    warnings.iter().for_each(|w| tracing::warn!("{w}"));
                    return Some((plan, topology));
                }
                Err(not_yet) => self.conditions.put(Part::Startup, not_yet.to_string()),
            }
            self.pause(wait);
            wait = (wait * 2).min(Duration::from_secs(10));
        }
    }

    /// Follows what people decide, where the plan does, and waits until all is known that
    /// was decided before now. False: told to stop.
    fn follow(&self, plan: &Arc<Plan>) -> Result<bool, StreamError> {
        let Some(live) = &plan.live else {
            return Ok(true);
        };
        if self.state.get().is_none() {
            let Some(topics) = self.check_state_topics(plan, live) else {
                return Ok(false);
            };
            let start = Start {
                clients: &self.clients,
                plan,
                topics: &topics,
                config: &self.config.state,
                observer: &self.observer,
                conditions: &self.conditions,
                vital: &self.vital,
            };
            let state = ConsentState::start(&start, live)?;
            // One conductor, one thread: nobody else sets it.
            let _ = self.state.set(state);
        }
        let since = Instant::now();
        self.conditions
            .awaits(Part::Startup, "waiting until what people decided is known");
        let state = self.state.get().expect("set just now");
        state.progress.ask();
        while !state.is_known(since) {
            if self.stopping.load(Ordering::Relaxed) {
                return Ok(false);
            }
            self.liveness.beat(Instant::now());
        }
        Ok(true)
    }

    /// Asks the cluster until the topics of consent are as they must be. `None`: told to
    /// stop.
    fn check_state_topics(&self, plan: &Plan, live: &LiveConsent) -> Option<StateTopics> {
        let mut wait = Duration::from_millis(250);
        loop {
            if self.stopping.load(Ordering::Relaxed) {
                return None;
            }
            self.liveness.beat(Instant::now());
            match topics::check(&self.clients, plan, live) {
                Ok(found) => {
                    found.warnings.iter().for_each(|w| tracing::warn!("{w}"));
                    return Some(found);
                }
                Err(not_yet) => self.conditions.put(Part::Startup, not_yet.to_string()),
            }
            self.pause(wait);
            wait = (wait * 2).min(Duration::from_secs(10));
        }
    }

    /// Looks who is in the group before it is joined, as long as that is not clear.
    fn enter(&self) -> Entry {
        // The embedded cluster describes no group.
        if self.config.cluster == Cluster::Mock {
            return Entry::Free;
        }
        loop {
            if self.stopping.load(Ordering::Relaxed) {
                return Entry::Stopped;
            }
            self.liveness.beat(Instant::now());
            let (next, note) = self.watching.look(false);
            let wait = match next {
                Next::Go(_) => return Entry::Free,
                Next::Leave(strangers) => return Entry::Barred(misplaced(strangers)),
                Next::Wait(wait) => wait,
            };
            if let Some(what) = note {
                self.conditions.put(Part::Startup, what);
            }
            self.pause(wait);
        }
    }

    /// Sleeps, unless told to stop.
    fn pause(&self, wait: Duration) {
        let until = Instant::now() + wait;
        while Instant::now() < until && !self.stopping.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(25));
        }
    }

    fn conduct(&self, plan: &Arc<Plan>, topology: Topology) -> Result<End, StreamError> {
        let (to_outlet, inbox) = unbounded();
        let (to_workers, work) = unbounded();
        let (rewinds, rewound) = unbounded();
        let claims = Arc::new(Claims::default());
        let credit = Arc::new(Credit::new(self.clients.memory.credit));
        let batch_size = Arc::new(BatchSize::default());
        let backlog = Arc::new(Backlog::default());
        let (to_ends, assigned) = unbounded();
        let memory = &self.clients.memory;
        self.observer.on_room(memory.workers, memory.credit);
        let pool = Arc::new(BufferPool::new(memory.spares));
        let lease = plan
            .lease()
            .map(|lease| Arc::new(Lease::new(lease.topic.clone())));
        if let Some(lease) = &lease {
            lease.hear(&topology, plan.source.topics.iter());
        }
        let queue = self.clients.memory.producer_queue;
        let sizes = Arc::new(Sizes::new(plan, &topology, queue));
        let path = (inbox, rewinds);
        let shared = (&credit, &pool, &sizes);
        let (inbox, rewinds) = self.keep_waiting(plan, path, shared, lease.as_ref())?;
        let rebalanced = match self.config.cluster {
            Cluster::Kafka => self.watching.begin()?,
            // It describes no group.
            Cluster::Mock => bounded(1).0,
        };
        let membership = Membership {
            to_outlet: to_outlet.clone(),
            to_workers,
            claims: claims.clone(),
            credit: credit.clone(),
            batch_size: batch_size.clone(),
            backlog: backlog.clone(),
            state: self.state.get().map(|state| state.progress.clone()),
            schemas: self.schemas.clone(),
            lease: lease.clone(),
            to_ends,
            conditions: self.conditions.clone(),
            liveness: self.liveness.clone(),
            stopping: self.stopping.clone(),
            observer: self.observer.clone(),
            drain_deadline: self.config.drain_deadline,
            instance: self.config.instance.clone(),
            once: self.config.once,
            from_end: self.config.from_end,
            gather: self.clients.pacing.gather,
            rebalanced,
            settled_after: self.settled_after(),
            silent_after: SILENT + self.clients.fetch_wait(),
        };
        let group = Group::new(plan.clone(), membership);
        let consumer: Arc<Consumer> = Arc::new(
            self.clients
                .consumer()
                .create_with_context(group)
                .map_err(|e| StreamError::Client(errors::in_words(&e)))?,
        );
        let holding = Arc::new(Holding::new(self.conditions.clone()));
        let workers = self.workers(Bench {
            work: work.clone(),
            pool: pool.clone(),
            to_outlet: to_outlet.clone(),
            credit: credit.clone(),
            sizes: sizes.clone(),
            observer: self.observer.clone(),
            holding: holding.clone(),
            onlooker: self.config.onlooker.clone(),
        })?;
        let (refusals, surveys) = self.look_again(topology.clone(), lease)?;
        let ends = Ends {
            clients: self.clients.clone(),
            backlog: backlog.clone(),
            observer: self.observer.clone(),
            assigned,
            every: counting(plan).map(asks_for_ends),
        };
        self.vital.spawn("veil-ends", move || ends.run())?;
        let outlet = Outlet {
            clients: self.clients.clone(),
            topology,
            plan: plan.clone(),
            consumer: Arc::downgrade(&consumer),
            offsets: match self.config.cluster {
                Cluster::Kafka => Offsets::Group,
                Cluster::Mock => Offsets::Memory,
            },
            sizes: sizes.clone(),
            refusals,
            surveys,
            claims,
            credit,
            batch_size,
            backlog: backlog.clone(),
            conditions: self.conditions.clone(),
            liveness: self.liveness.clone(),
            observer: self.observer.clone(),
            inbox,
            rewinds,
            pool: pool.clone(),
            quarantine: quarantine_refused(sizes.clone()),
            fence: self.state.get().map(|state| {
                let visible = state.visible.clone();
                Fence::new(visible, decide_anew(self.worker(), sizes.clone()))
            }),
        };
        if let Some(state) = self.state.get() {
            state.hold.listen(to_outlet.clone());
        }
        let timing = self.timing();
        let stopping = self.stopping.clone();
        let outlet = self.vital.spawn("veil-outlet", move || {
            let ended = outlet.run(timing);
            // A twin ends the intake as well.
            stopping.store(true, Ordering::Relaxed);
            ended
        })?;
        let intake = Intake::new(consumer.clone(), rewound, pool);
        let group = intake.group();
        let listening = self.in_force.listen(plan, group, to_outlet.clone(), sizes);
        let read = self.vital.spawn("veil-intake", move || intake.run());
        let read = read
            .map_err(StreamError::from)
            .and_then(|intake| intake.join().map_err(|_| panicked("intake")));
        let seen = see_out(read, &to_outlet, outlet);
        drop(listening);
        if let Some(state) = self.state.get() {
            state.hold.deafen();
        }
        // What is held has nobody to go to any more, and is read again.
        holding.end();
        let (read, wrote) = seen?;
        drop(to_outlet);
        // Its drop leaves the group, and has no time limit of its own.
        let (leaving, left) = bounded::<()>(0);
        Vital::default().spawn("veil-leave", move || {
            drop(consumer);
            drop(leaving);
        })?;
        // Whether it left or the time is over: the group forgets it either way.
        let _ = left.recv_timeout(LEAVE_MAX);
        for worker in workers.into_iter().filter(JoinHandle::is_finished) {
            worker.join().map_err(|_| panicked("worker"))?;
        }
        Ok(match wrote {
            Ended::Twin => End::Fenced {
                instance: self.config.instance.clone().unwrap_or_default(),
            },
            Ended::Stopped => read,
        })
    }

    /// Where the outlet hears from and rewinds to: the pool, where records of the plan wait,
    /// which then hears and rewinds in its place.
    fn keep_waiting(
        &self,
        plan: &Arc<Plan>,
        (inbox, to_intake): (Receiver<ToOutlet>, Sender<Rewind>),
        (credit, buffers, sizes): (&Arc<Credit>, &Arc<BufferPool>, &Arc<Sizes>),
        lease: Option<&Arc<Lease>>,
    ) -> Result<(Receiver<ToOutlet>, Sender<Rewind>), StreamError> {
        if plan.waiting().is_none() {
            return Ok((inbox, to_intake));
        }
        let words = Draws::fresh(&mut OsEntropy)?;
        let recall = match plan.lease().zip(lease) {
            Some(lease) => Some(self.recall(plan, lease)?),
            None => None,
        };
        let (to_outlet, handed_over) = unbounded();
        let (to_pool, rewinds) = unbounded();
        let group = HeldGroup {
            plan: plan.clone(),
            inbox,
            to_outlet,
            rewinds,
            to_intake,
            credit: credit.clone(),
            credit_bytes: self.clients.memory.credit,
            memory_for: self.memory_for(plan),
            buffers: buffers.clone(),
            conditions: self.conditions.clone(),
            observer: self.observer.clone(),
            vital: self.vital.clone(),
            liveness: self.liveness.clone(),
            recall,
            memory_max: self.config.state.bytes_max,
            visible: self.state.get().map(|state| state.visible.clone()),
            decide: decide_anew(self.worker(), sizes.clone()),
            log: self.config.release_log.clone(),
        };
        match counting(plan) {
            Some(_) => self
                .vital
                .spawn("veil-counter", move || counted::run(group))?,
            None => self.vital.spawn("veil-pool", move || group.run(words))?,
        };
        Ok((handed_over, to_pool))
    }

    /// Says what `memory` would do for what waits.
    fn memory_for(&self, plan: &Plan) -> Box<dyn Fn(u64) -> Option<u64> + Send> {
        let (config, tables) = (self.config.clone(), plan.reading.held());
        Box::new(move |bytes| {
            let own = room::memory_for(bytes, tables)?;
            Some(config.memory_of_all(own))
        })
    }

    /// What reads back whom the output of the plan released, or what it counted.
    fn recall(
        &self,
        plan: &Plan,
        lease: (&lease::Lease, &Arc<Lease>),
    ) -> Result<Recall, StreamError> {
        let output = plan.waiting().expect("what waits remembers");
        let own: (IsOwn, Unopened) = match output.counting {
            // What does not open is lost, and costs its window.
            Some(_) => (Box::new(counted_rows(&output.topic)), Unopened::Empty),
            None => {
                let prefix = Earlier::prefix(&output.topic);
                let is_own = move |key: &[u8]| key.starts_with(prefix.as_bytes());
                (Box::new(is_own), Unopened::Awaited)
            }
        };
        Recall::start(&self.clients, lease, (&self.conditions, &self.vital), own)
    }

    /// The thread that asks about the topics again: it is told of refusals, and
    /// ends when nobody can refuse any more.
    fn look_again(
        &self,
        known: Topology,
        lease: Option<Arc<Lease>>,
    ) -> Result<(Sender<()>, Receiver<Topology>), StreamError> {
        let (refusals, causes) = bounded(1);
        let (answers, surveys) = unbounded();
        let (clients, in_force) = (self.clients.clone(), self.in_force.clone());
        let cluster = self.config.cluster;
        let conditions = self.conditions.clone();
        let survey = TopologyWatch {
            known,
            ask: move || {
                let plan = in_force.plan();
                let (topology, _) = look(&clients, &plan, cluster)?;
                if let Some(lease) = &lease {
                    lease.hear(&topology, plan.source.topics.iter());
                }
                Ok(topology)
            },
            tell: move |problem| match problem {
                Some(what) => conditions.put(Part::Topics, what),
                None => conditions.clear(Part::Topics),
            },
            every: topology_watch::EVERY,
            again: topology_watch::AGAIN,
            pause: topology_watch::PAUSE,
            causes,
            answers,
        };
        self.vital.spawn("veil-survey", move || survey.run())?;
        Ok((refusals, surveys))
    }

    fn workers(&self, bench: Bench) -> Result<Vec<JoinHandle<()>>, StreamError> {
        let mut threads = Vec::new();
        for n in 0..self.clients.memory.workers {
            let bench = bench.clone();
            let mut worker = self.worker();
            if let Some(unnamed) = &self.config.unnamed {
                worker = worker.with_unnamed(unnamed);
            }
            let name = format!("veil-worker-{n}");
            threads.push(self.vital.spawn(&name, move || bench.run(worker))?);
        }
        Ok(threads)
    }

    /// One that decides as all of them do.
    fn worker(&self) -> Worker {
        let mut worker = Worker::of_the_system().with_input_limits(self.config.limits);
        if let Some(stores) = &self.config.stores {
            worker = worker.with_lookups(stores.open());
        }
        if let Some(state) = self.state.get() {
            worker = worker.with_consent(Box::new(state.visible.clone()));
        }
        worker
    }

    /// A group that moves partitions here does so within that time: their owner
    /// drains, and every member hears of it by its next heartbeat.
    fn settled_after(&self) -> Duration {
        let heartbeat = Duration::from_millis(self.clients.timeouts.heartbeat_ms);
        self.config.drain_deadline + 2 * heartbeat + Duration::from_secs(1)
    }

    fn timing(&self) -> machine::Config {
        // What is answered later than this may be answered twice.
        // Without transactions nothing can be ended by an answer that comes again.
        let slow = match self.clients.delivery {
            Delivery::ExactlyOnce => {
                Duration::from_millis(self.clients.timeouts.retry_backoff_ms) * 3 / 4
            }
            Delivery::AtLeastOnce => Duration::MAX,
        };
        machine::Config {
            commit_interval: self.clients.pacing.transaction,
            records_max: self.config.commit_records,
            bytes_max: self.config.commit_bytes,
            slow,
            slow_offsets: slow.min(Duration::from_millis(400)),
            named: self.config.instance.is_some(),
            releases: self.in_force.plan().waiting().is_some(),
            recommit_every: self.in_force.plan().lease().map(|_| RECOMMIT_EVERY),
            fenced_pause: Duration::from_millis(self.clients.timeouts.heartbeat_ms + 1_000),
            ..machine::Config::default()
        }
    }
}

/// What the one output of a plan counts, if it does.
fn counting(plan: &Plan) -> Option<&Counting> {
    plan.waiting()?.counting.as_deref()
}

/// It is asked so often where partitions end, since windows close by it: often beside what
/// may be late.
fn asks_for_ends(counting: &Counting) -> Duration {
    let late = Duration::from_millis(counting.late_ms.unsigned_abs());
    (late / 4).clamp(Duration::from_secs(1), Duration::from_secs(15))
}

/// Quarantines the record of a batch that the broker refuses, in the batch's
/// own buffers.
fn quarantine_refused(sizes: Arc<Sizes>) -> Box<dyn FnMut(OutBatch, Refused) -> OutBatch + Send> {
    let mut worker = Worker::of_the_system();
    Box::new(move |batch, how| {
        let (input, buffers) = batch.into();
        worker.take_back(buffers);
        worker.set_limits(sizes.now());
        match how {
            Refused::Sealed => quarantine(input, Reason::RefusedByBroker, &mut worker),
            Refused::Bare => quarantine_bare(input, Reason::RefusedByBroker, &mut worker),
        }
    })
}

/// Decides a batch anew, in its own buffers.
fn decide_anew(
    mut worker: Worker,
    sizes: Arc<Sizes>,
) -> Box<dyn FnMut(OutBatch) -> Option<OutBatch> + Send> {
    Box::new(move |batch| {
        let (input, buffers) = batch.into();
        worker.take_back(buffers);
        worker.set_limits(sizes.now());
        match sanitize(input, &mut worker) {
            Ok(decided) => Some(decided),
            Err(held) => {
                tracing::debug!("a batch cannot be decided anew: {}", held.outage.text());
                None
            }
        }
    })
}

/// What the cluster says about the topics, and what is to be warned of.
pub(super) fn look(
    clients: &Clients,
    plan: &Plan,
    cluster: Cluster,
) -> Result<(Topology, Vec<String>), NotYet> {
    match cluster {
        Cluster::Kafka => startup::check_topics(clients, plan),
        Cluster::Mock => Ok((startup::topics(clients, plan)?, Vec::new())),
    }
}

/// Waits for the outlet's end. An intake that could not start or failed has not
/// told the outlet that nothing more comes.
fn see_out(
    read: Result<End, StreamError>,
    to_outlet: &Sender<ToOutlet>,
    outlet: JoinHandle<Ended>,
) -> Result<(End, Ended), StreamError> {
    if read.is_err() {
        // It may have ended before.
        let _ = to_outlet.send(ToOutlet::Stop);
    }
    let wrote = outlet.join().map_err(|_| panicked("outlet"))?;
    Ok((read?, wrote))
}

fn panicked(who: &str) -> StreamError {
    StreamError::Thread(std::io::Error::other(format!("the {who} thread failed")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_intake_that_failed_leaves_no_outlet_behind() {
        let (to_outlet, inbox) = unbounded();
        let outlet = Vital::default().spawn("outlet", move || match inbox.recv() {
            Ok(ToOutlet::Stop) => Ended::Stopped,
            _ => Ended::Twin,
        });
        let seen = see_out(Err(panicked("intake")), &to_outlet, outlet.unwrap());
        assert!(seen.is_err_and(|e| e.to_string().contains("intake")));
        assert!(to_outlet.send(ToOutlet::Stop).is_err(), "its inbox is gone");
    }
}
