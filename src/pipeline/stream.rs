//! A stream: the path of a record with threads around it.
//!
//! ```text
//! intake ─raw batches→ N workers ─sanitized batches→ outlet
//!    ↑────────── rewinds, buffers and credit ──────────┘
//! ```
//! One stream is one release group: one consumer group, one transactional id.
//! A process may run several. The outlet never waits for the intake; the
//! intake waits for the outlet only inside a revocation, with a deadline.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded, unbounded};
use rdkafka::error::KafkaError;

use super::observer::Observer;
use super::{OutBuffers, SizeLimits, Worker, quarantine, sanitize};
use crate::kafka::claims::Claims;
use crate::kafka::client::{Clients, Identity};
use crate::kafka::credit::Credit;
use crate::kafka::exchange::{ToOutlet, Work};
use crate::kafka::intake::{Consumer, Group, Intake, Membership, Pulse};
use crate::kafka::memory::{self, Memory, MemoryError};
use crate::kafka::outlet::executor::{Ended, Offsets, Outlet, weight};
use crate::kafka::outlet::machine;
use crate::kafka::properties::{Properties, PropertyError};
use crate::kafka::startup::{self, NotYet, Topology};
use crate::kafka::trouble::{Board, Part};
use crate::policy::plan::Plan;

pub use crate::kafka::exchange::End;

/// A poll thread silent for so long is not well.
const POLL_AGE_MAX: Duration = Duration::from_secs(30);

/// Fenced twice within this time, an instance with a name has a twin; once may
/// be the echo of its own earlier membership.
const TWIN_WITHIN: Duration = Duration::from_secs(60);

/// Emptied vectors and buffers kept for the next batch.
const SPARES: usize = 64;

/// Which cluster a stream talks to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cluster {
    /// Apache Kafka.
    Kafka,
    /// The client library's embedded one: it keeps no transactional offsets
    /// and knows no topic settings. For looking only.
    Mock,
}

/// How a stream runs.
#[derive(Clone, Debug)]
pub struct StreamConfig {
    /// Consumer group.
    pub group: String,
    /// Name of this instance, unique in its group; `None`: a random one.
    pub instance: Option<String>,
    /// Properties of the cluster, `bootstrap.servers` among them.
    pub properties: Properties,
    /// Worker threads; `None`: as many as cores and memory allow.
    pub workers: Option<usize>,
    /// Memory budget in bytes; `None`: 256 MiB, or what fits the container.
    pub memory_bytes: Option<u64>,
    /// Oldest age of an open transaction.
    pub commit_interval: Duration,
    /// Most records read in one transaction.
    pub commit_records: u64,
    /// Most bytes written in one transaction.
    pub commit_bytes: u64,
    /// Longest wait for what is under way when partitions are revoked.
    pub drain_deadline: Duration,
    /// From being told to stop to the end, at most.
    pub stop_deadline: Duration,
    /// End when everything is committed that was there at assignment.
    pub once: bool,
    /// Which cluster this is.
    pub cluster: Cluster,
}

impl StreamConfig {
    /// A stream of that group with the defaults.
    pub fn new(group: impl Into<String>, properties: Properties) -> Self {
        StreamConfig {
            group: group.into(),
            instance: None,
            properties,
            workers: None,
            memory_bytes: None,
            commit_interval: Duration::from_millis(100),
            commit_records: 10_000,
            commit_bytes: 16 << 20,
            drain_deadline: Duration::from_secs(5),
            stop_deadline: Duration::from_millis(9_500),
            once: false,
            cluster: Cluster::Kafka,
        }
    }
}

/// Why a stream is refused before it starts.
#[derive(Debug, thiserror::Error)]
pub enum StreamError {
    /// A property of the client library.
    #[error("{0}")]
    Property(#[from] PropertyError),
    /// The memory budget.
    #[error("{0}")]
    Memory(#[from] MemoryError),
    /// Where is the cluster?
    #[error("no broker is named: set `bootstrap.servers` (`-X bootstrap.servers=HOST:PORT`)")]
    NoBroker,
    /// The consumer cannot be made.
    #[error("the client refuses its configuration{0}")]
    Client(String),
    /// A thread cannot be made.
    #[error("the system gives no thread: {0}")]
    Thread(#[from] std::io::Error),
}

/// Whether a stream works, and if not, why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Health {
    /// Records flow, or would.
    Ready,
    /// One sentence for each thing that is wrong, with its next step.
    NotReady(Vec<Arc<str>>),
}

/// Asks a running stream for its health, from any thread.
#[derive(Clone)]
pub struct Probe {
    board: Arc<Board>,
    pulse: Arc<Pulse>,
}

impl Probe {
    /// The health now.
    pub fn health(&self) -> Health {
        let mut why = self.board.notes();
        let age = self.pulse.age();
        if why.is_empty() && age > POLL_AGE_MAX {
            why.push(
                format!(
                    "nothing was polled for {} s; restart this instance",
                    age.as_secs()
                )
                .into(),
            );
        }
        if why.is_empty() {
            Health::Ready
        } else {
            Health::NotReady(why)
        }
    }
}

/// A running stream.
pub struct Handle {
    probe: Probe,
    memory: Memory,
    asked_to_stop: Arc<AtomicBool>,
    stopping: Arc<AtomicBool>,
    stopped_at: Mutex<Option<Instant>>,
    stop_deadline: Duration,
    end: Receiver<End>,
}

impl Handle {
    /// Tells the stream to finish what is under way and end. Again: no more.
    pub fn stop(&self) {
        // In this order: see `Conductor::begin_again`.
        self.asked_to_stop.store(true, Ordering::SeqCst);
        self.stopping.store(true, Ordering::SeqCst);
        self.stopped_at
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get_or_insert_with(Instant::now);
    }

    /// The health now.
    pub fn health(&self) -> Health {
        self.probe.health()
    }

    /// For asking from elsewhere.
    pub fn probe(&self) -> Probe {
        self.probe.clone()
    }

    /// How the memory budget was divided.
    pub fn memory(&self) -> &Memory {
        &self.memory
    }

    /// Waits for the end. After [`Handle::stop`] at most the stop deadline:
    /// then whatever is open times out at the broker, and nothing is lost.
    pub fn wait(&self) -> End {
        loop {
            let deadline = self
                .stopped_at
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .map(|at| at + self.stop_deadline);
            match self.end.recv_timeout(Duration::from_millis(50)) {
                Ok(end) => return end,
                Err(RecvTimeoutError::Disconnected) => {
                    return End::Unavailable {
                        what: "a thread of the stream failed".to_owned(),
                    };
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
            if deadline.is_some_and(|at| Instant::now() >= at) {
                return End::Unavailable {
                    what:
                        "the brokers did not answer in time; what was not committed is read again"
                            .to_owned(),
                };
            }
        }
    }
}

/// Starts streams.
pub struct Stream;

impl Stream {
    /// Starts the threads of a stream. Problems of the cluster do not end it:
    /// they are told by [`Handle::health`] and tried again.
    ///
    /// # Errors
    /// The configuration cannot work, whatever the cluster says.
    pub fn start(
        config: StreamConfig,
        plan: Arc<Plan>,
        observer: Arc<dyn Observer>,
    ) -> Result<Handle, StreamError> {
        let millis = |d: Duration| u64::try_from(d.as_millis()).unwrap_or(u64::MAX);
        let timeouts = config.properties.timeouts(
            millis(config.drain_deadline),
            millis(config.commit_interval),
        )?;
        let memory = Memory::plan(
            config.memory_bytes,
            memory::container_limit(),
            config.workers,
            plan.limits.value_bytes_max,
        )?;
        if config.properties.value("bootstrap.servers").is_none() {
            return Err(StreamError::NoBroker);
        }
        let clients = Clients {
            identity: Identity::new(&config.group, config.instance.as_deref()),
            properties: config.properties.clone(),
            timeouts,
            memory,
        };
        clients.check()?;
        let board = Arc::new(Board::default());
        board.put(Part::Startup, "starting");
        let pulse = Arc::new(Pulse::default());
        let stopping = Arc::new(AtomicBool::new(false));
        let asked_to_stop = Arc::new(AtomicBool::new(false));
        let (to_handle, end) = bounded(1);
        let handle = Handle {
            probe: Probe {
                board: board.clone(),
                pulse: pulse.clone(),
            },
            memory,
            asked_to_stop: asked_to_stop.clone(),
            stopping: stopping.clone(),
            stopped_at: Mutex::new(None),
            stop_deadline: config.stop_deadline,
            end,
        };
        let conductor = Conductor {
            config,
            clients,
            plan,
            observer,
            board,
            pulse,
            asked_to_stop,
            stopping,
        };
        spawn("veil-stream", move || {
            // The handle may be gone: then nobody asks for the end.
            let _ = to_handle.send(conductor.run());
        })?;
        Ok(handle)
    }
}

/// The thread that starts the others and sees them end.
struct Conductor {
    config: StreamConfig,
    clients: Clients,
    plan: Arc<Plan>,
    observer: Arc<dyn Observer>,
    board: Arc<Board>,
    pulse: Arc<Pulse>,
    asked_to_stop: Arc<AtomicBool>,
    stopping: Arc<AtomicBool>,
}

impl Conductor {
    fn run(self) -> End {
        let mut fenced_at: Option<Instant> = None;
        loop {
            let Some(topology) = self.survey() else {
                return End::Done;
            };
            self.board.clear(Part::Startup);
            let end = self
                .conduct(topology)
                .unwrap_or_else(|error| End::Unavailable {
                    what: error.to_string(),
                });
            let now = Instant::now();
            let again = fenced_at.is_some_and(|at| now.duration_since(at) <= TWIN_WITHIN);
            if !matches!(end, End::Fenced { .. }) || again {
                return end;
            }
            fenced_at = Some(now);
            if !self.begin_again() {
                return End::Done;
            }
            self.board.put(
                Part::Startup,
                "fenced by an instance of the same name: joining once more",
            );
        }
    }

    /// Takes back that the threads were told to end. False when it was the
    /// handle that told them. The handle sets its own mark first and this one
    /// looks at it last, so that neither misses the other.
    fn begin_again(&self) -> bool {
        self.stopping.store(false, Ordering::SeqCst);
        let asked = self.asked_to_stop.load(Ordering::SeqCst);
        if asked {
            self.stopping.store(true, Ordering::SeqCst);
        }
        !asked
    }

    /// Asks the cluster until it agrees with the plan. `None`: told to stop.
    fn survey(&self) -> Option<Topology> {
        let mut wait = Duration::from_millis(250);
        loop {
            if self.stopping.load(Ordering::Relaxed) {
                return None;
            }
            self.pulse.beat();
            let answer = startup::topics(&self.clients, &self.plan).and_then(|mut topology| {
                if self.config.cluster == Cluster::Kafka {
                    startup::limits(&self.clients, &self.plan, &mut topology)?;
                }
                Ok(topology)
            });
            match answer {
                Ok(topology) => return Some(topology),
                Err(NotYet(what)) => self.board.put(Part::Startup, what),
            }
            let until = Instant::now() + wait;
            while Instant::now() < until && !self.stopping.load(Ordering::Relaxed) {
                std::thread::sleep(Duration::from_millis(25));
            }
            wait = (wait * 2).min(Duration::from_secs(10));
        }
    }

    fn conduct(&self, topology: Topology) -> Result<End, StreamError> {
        let (to_outlet, inbox) = unbounded();
        let (to_workers, work) = unbounded();
        let (rewinds, rewound) = unbounded();
        let (spares, spare) = bounded(SPARES);
        let (buffers, buffer) = bounded(SPARES);
        let claims = Arc::new(Claims::default());
        let credit = Arc::new(Credit::new(self.clients.memory.credit));
        let membership = Membership {
            to_outlet: to_outlet.clone(),
            to_workers,
            claims: claims.clone(),
            credit: credit.clone(),
            board: self.board.clone(),
            pulse: self.pulse.clone(),
            stopping: self.stopping.clone(),
            observer: self.observer.clone(),
            drain_deadline: self.config.drain_deadline,
            instance: self.config.instance.clone(),
            once: self.config.once,
        };
        let group = Group::new(self.plan.clone(), membership);
        let consumer: Arc<Consumer> = Arc::new(
            self.clients
                .consumer()
                .create_with_context(group)
                .map_err(|e| StreamError::Client(words(&e)))?,
        );
        let limits = Arc::new(size_limits(&self.plan, &topology));
        let workers = self.workers(&work, &buffer, &to_outlet, &credit, &limits)?;
        let outlet = Outlet {
            clients: self.clients.clone(),
            topology,
            plan: self.plan.clone(),
            consumer: Arc::downgrade(&consumer),
            offsets: match self.config.cluster {
                Cluster::Kafka => Offsets::Group,
                Cluster::Mock => Offsets::Memory,
            },
            limits,
            claims,
            credit,
            board: self.board.clone(),
            observer: self.observer.clone(),
            inbox,
            rewinds,
            spares,
            buffers,
        };
        let timing = self.timing();
        let stopping = self.stopping.clone();
        let outlet = spawn("veil-outlet", move || {
            let ended = outlet.run(timing);
            // A twin ends the intake as well.
            stopping.store(true, Ordering::Relaxed);
            ended
        })?;
        let intake = Intake::new(consumer.clone(), rewound, spare);
        let intake = spawn("veil-intake", move || intake.run())?;
        drop(to_outlet);

        let read = intake.join().map_err(|_| panicked("intake"))?;
        let wrote = outlet.join().map_err(|_| panicked("outlet"))?;
        // Its drop leaves the group, and has no time limit of its own.
        let left = spawn("veil-leave", move || drop(consumer))?;
        for worker in workers {
            worker.join().map_err(|_| panicked("worker"))?;
        }
        left.join().map_err(|_| panicked("leave"))?;
        Ok(match wrote {
            Ended::Twin => End::Fenced {
                instance: self.config.instance.clone().unwrap_or_default(),
            },
            Ended::Stopped => read,
        })
    }

    fn workers(
        &self,
        work: &Receiver<Work>,
        buffers: &Receiver<OutBuffers>,
        to_outlet: &Sender<ToOutlet>,
        credit: &Arc<Credit>,
        limits: &Arc<SizeLimits>,
    ) -> Result<Vec<JoinHandle<()>>, StreamError> {
        let mut threads = Vec::new();
        for n in 0..self.clients.memory.workers {
            let (work, buffers, to_outlet) = (work.clone(), buffers.clone(), to_outlet.clone());
            let (credit, observer) = (credit.clone(), self.observer.clone());
            let mut worker = Worker::of_the_system().with_limits(limits.clone());
            threads.push(spawn(&format!("veil-worker-{n}"), move || {
                for Work { batch, condemned } in work {
                    let begun = Instant::now();
                    let records = batch.records.len();
                    let taken = crate::kafka::intake::price(&batch);
                    buffers.try_iter().for_each(|b| worker.take_back(b));
                    let done = match condemned {
                        Some(reason) => quarantine(batch, reason, &mut worker),
                        None => sanitize(batch, &mut worker),
                    };
                    credit.true_up(taken, weight(&done));
                    observer.on_batch(records, begun.elapsed());
                    if to_outlet.send(ToOutlet::Batch(Box::new(done))).is_err() {
                        return;
                    }
                }
            })?);
        }
        Ok(threads)
    }

    fn timing(&self) -> machine::Config {
        // What is answered later than this may be answered twice.
        let slow = Duration::from_millis(self.clients.timeouts.retry_backoff_ms) * 3 / 4;
        machine::Config {
            commit_interval: self.config.commit_interval,
            records_max: self.config.commit_records,
            bytes_max: self.config.commit_bytes,
            slow,
            slow_offsets: slow.min(Duration::from_millis(400)),
            named: self.config.instance.is_some(),
            fenced_pause: Duration::from_millis(self.clients.timeouts.heartbeat_ms + 1_000),
            ..machine::Config::default()
        }
    }
}

/// The largest record each destination takes.
fn size_limits(plan: &Plan, topology: &Topology) -> SizeLimits {
    SizeLimits {
        outputs: plan
            .outputs
            .iter()
            .map(|o| topology.record_max(&o.topic))
            .collect(),
        quarantine: plan
            .quarantine
            .as_ref()
            .map_or(0, |q| topology.record_max(&q.topic)),
    }
}

fn spawn<T: Send + 'static>(
    name: &str,
    run: impl FnOnce() -> T + Send + 'static,
) -> Result<JoinHandle<T>, StreamError> {
    Ok(std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(run)?)
}

fn panicked(who: &str) -> StreamError {
    StreamError::Thread(std::io::Error::other(format!("the {who} thread failed")))
}

/// The code of an error; its own text may hold a property's value.
fn words(error: &KafkaError) -> String {
    error
        .rdkafka_error_code()
        .map_or_else(String::new, |code| format!(": {code}"))
}

#[cfg(test)]
#[expect(
    clippy::disallowed_types,
    reason = "the tests read and write with a plain client"
)]
mod tests;
