//! A stream: the path of a record with threads around it.
//!
//! ```text
//! intake ─raw batches→ N workers ─sanitized batches→ outlet
//!    ↑────────── rewinds, buffers and credit ──────────┘
//! ```
//! One stream is one release group: one consumer group, one transactional id.
//! A process may run several ([`Groups`]). Between the workers and the outlet of a group
//! whose records wait stands their pool.
//!
//! **In**: a plan, how the stream runs, and who watches.
//! **Out**: a [`Handle`]: its health, and in the end why it ended.
//! **Promises**: the outlet never waits for the intake, and the intake for the
//! outlet only inside a revocation, with a deadline; told to stop, it ends within
//! its own; a cluster that cannot be reached is waited for.
//! **Does not know**: the policy's text and how a record is sanitized, files, HTTP.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

use crate::crypto::entropy::NoEntropy;
use crate::decode::{Decoder, Limits};
use crate::kafka::client::{Clients, Identity};
use crate::kafka::conditions::{Conditions, Part};
use crate::kafka::delivery::Delivery;
use crate::kafka::intake::{Liveness, SchemaDesk};
use crate::kafka::memory::{self, Memory, MemoryError};
use crate::kafka::pacing::{LATENCY_DEFAULT, Pacing};
use crate::kafka::properties::{Properties, PropertyError};
use crate::kafka::startup::NotYet;
use crate::kafka::vital::Vital;
use crate::pipeline::UnnamedMembers;
use crate::pipeline::condition::{Condition, Standing};
use crate::pipeline::observer::{Observer, Onlooker, ReleaseLog};
use crate::plan::Plan;
use crate::schema::registry::NotUsable;
use conductor::Conductor;
use group::Watching;
use in_force::InForce;

pub use crate::kafka::messages::End;
pub use groups::{GroupProbe, Groups, NextGroups};
pub use in_force::{NotTaken, Successor};
pub use release_settings::{ReleaseSettings, Unfit};
pub use room::Room;
pub use schemas::RegistryConfig;
pub use state::StateConfig;
pub use stores::Stores;

/// A poll thread silent for so long is not well.
const POLL_AGE_MAX: Duration = Duration::from_secs(30);

/// What keeps records waiting looks at them each second: silent for so long it is held up.
const KEPT_AGE_MAX: Duration = Duration::from_secs(30);

/// A call of the outlet that takes so long commits nothing meanwhile.
const ANSWER_MAX: Duration = Duration::from_secs(5);

/// Records of a release that are put into classes in a millisecond, at least.
const COMPOSED_A_MS: u64 = 80;

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
    /// Caps on hostile input.
    pub limits: Limits,
    /// Properties of the cluster, `bootstrap.servers` among them.
    pub properties: Properties,
    /// Worker threads; `None`: as many as cores and memory allow.
    pub workers: Option<usize>,
    /// Memory budget in bytes; `None`: 256 MiB, or what fits the container.
    pub memory_bytes: Option<u64>,
    /// Of how many bytes for all groups that is a part; `None`: it is all of it.
    pub memory_of: Option<u64>,
    /// What is said of single release groups.
    pub releases: ReleaseSettings,
    /// When the group starts for the first time, without any committed offset, it begins at
    /// the end of the source.
    pub from_end: bool,
    /// From a record's arrival at the broker to its sanitized form being committed.
    pub latency: Duration,
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
    /// How often a record may reach an output.
    pub delivery: Delivery,
    /// What answers the look-ups of the policy's actions, if any look up.
    pub stores: Option<Stores>,
    /// How long members may run under different texts of the policy.
    pub rollout_max: Duration,
    /// Where the members are told that nobody names; `None`: nowhere.
    pub unnamed: Option<Arc<UnnamedMembers>>,
    /// Who looks at what leaves; `None`: nobody.
    pub onlooker: Option<Arc<dyn Onlooker>>,
    /// Where releases are written down before they leave; `None`: nowhere.
    pub release_log: Option<Arc<dyn ReleaseLog>>,
    /// Where what people decided is kept, where the policy follows it.
    pub state: StateConfig,
    /// How schemas are had, where records name them by id.
    pub registry: Option<RegistryConfig>,
}

impl StreamConfig {
    /// A stream of that group with the defaults.
    pub fn new(group: impl Into<String>, properties: Properties) -> Self {
        StreamConfig {
            limits: Limits::default(),
            group: group.into(),
            instance: None,
            properties,
            workers: None,
            memory_bytes: None,
            memory_of: None,
            releases: ReleaseSettings::default(),
            from_end: false,
            latency: LATENCY_DEFAULT,
            commit_records: 10_000,
            commit_bytes: 16 << 20,
            drain_deadline: Duration::from_secs(5),
            stop_deadline: Duration::from_millis(9_500),
            once: false,
            cluster: Cluster::Kafka,
            delivery: Delivery::ExactlyOnce,
            stores: None,
            rollout_max: Duration::from_secs(600),
            unnamed: None,
            onlooker: None,
            release_log: None,
            state: StateConfig::default(),
            registry: None,
        }
    }
}

impl StreamConfig {
    /// The clients of such a stream with that plan: every property, timeout and
    /// queue is checked, and nobody is asked.
    ///
    /// # Errors
    /// The configuration cannot work, whatever the cluster says.
    pub fn clients(&self, plan: &Plan) -> Result<Clients, StreamError> {
        let clients = self.clients_of_all(plan)?;
        self.can_wait(plan, &clients)?;
        Ok(clients)
    }

    /// The same of a policy whose outputs are several groups: for questions about all of its
    /// topics.
    ///
    /// # Errors
    /// As [`StreamConfig::clients`], but for what only running them takes.
    pub fn clients_of_all(&self, plan: &Plan) -> Result<Clients, StreamError> {
        if plan.source.format.is_by_id() && self.registry.is_none() {
            return Err(StreamError::NoRegistry);
        }
        let millis = |d: Duration| u64::try_from(d.as_millis()).unwrap_or(u64::MAX);
        let pacing = Pacing::new(self.latency);
        let mut timeouts = self
            .properties
            .timeouts(millis(self.drain_deadline), millis(pacing.transaction))?;
        if plan.waiting().is_some() {
            timeouts.of_releases(&self.properties);
        }
        let memory = self.memory(plan)?;
        if self.properties.value("bootstrap.servers").is_none() {
            return Err(PropertyError::NoBroker.into());
        }
        let clients = Clients {
            identity: Identity::new(&self.group, self.instance.as_deref()).of_policy(plan),
            properties: self.properties.clone(),
            timeouts,
            memory,
            delivery: self.delivery,
            pacing,
        };
        clients.check()?;
        Ok(clients)
    }

    fn memory(&self, plan: &Plan) -> Result<Memory, StreamError> {
        Ok(Memory::plan(
            self.memory_bytes,
            self.limit_beside_tables([plan]),
            self.workers,
            self.limits.value_bytes_max,
            plan.reading.held(),
            Decoder::tape_bytes_max(plan, &self.limits),
        )?)
    }

    /// What is left of the container's memory beside the tables of what people decided and of
    /// whom outputs released, which come on top: of a container they take the same share as
    /// all else. `None`: it has no limit.
    fn limit_beside_tables<'p>(&self, plans: impl IntoIterator<Item = &'p Plan>) -> Option<u64> {
        let tables_of = |plan: &Plan| {
            let remember = plan.outputs.iter().filter(|output| output.lease.is_some());
            u64::from(plan.live.is_some()) + remember.count() as u64
        };
        let tables: u64 = plans.into_iter().map(tables_of).sum();
        let bytes = self.state.bytes_max.saturating_mul(tables);
        let all = memory::container_limit()?;
        Some(all.saturating_sub(bytes / 3 * 5))
    }

    /// What may wait for a release of the output of that plan, of a group that runs so;
    /// `None`: nothing does.
    ///
    /// # Errors
    /// The memory does not fit.
    pub fn room(&self, plan: &Plan) -> Result<Option<Room>, StreamError> {
        let Some(held) = plan.waiting().and_then(|output| output.held.as_ref()) else {
            return Ok(None);
        };
        Ok(Some(Room::of(self.memory(plan)?.credit, held)))
    }

    /// Of how much memory for all groups this one has that many bytes, in MiB.
    fn memory_of_all(&self, own: u64) -> u64 {
        let (part, all) = match (self.memory_bytes, self.memory_of) {
            (Some(part), Some(all)) => (u128::from(part).max(1), u128::from(all)),
            _ => (1, 1),
        };
        let needed = (u128::from(own) * all).div_ceil(part);
        // Shares are of whole hundredths of the memory.
        u64::try_from((needed + 100).div_ceil(1 << 20)).unwrap_or(u64::MAX)
    }

    /// Records of the plan may wait here for what they wait for.
    fn can_wait(&self, plan: &Plan, clients: &Clients) -> Result<(), StreamError> {
        let Some(output) = plan.waiting() else {
            return Ok(());
        };
        let topic = || Arc::clone(&output.topic);
        if output.remembers() && output.lease.is_none() {
            return Err(StreamError::Remembers(topic()));
        }
        if output.counting.is_some() && plan.live.is_some() && plan.source.subject.len() != 1 {
            return Err(StreamError::CountsBesideDecisions(topic()));
        }
        if self.delivery != Delivery::ExactlyOnce {
            return Err(StreamError::WaitsTwice(topic()));
        }
        if plan.outputs.len() > 1 {
            return Err(StreamError::Mixed(topic()));
        }
        let Some(held) = &output.held else {
            return Ok(());
        };
        let room = Room::of(clients.memory.credit, held);
        if u64::from(held.records_min) > room.records(0) {
            let tables = plan.reading.held();
            let would_do = room.memory_for(held.records_min.into(), 0, tables);
            return Err(StreamError::Pool {
                topic: topic(),
                records: held.records_min,
                room: room.records(0),
                would_do: would_do.map(|own| self.memory_of_all(own)),
            });
        }
        let drain_ms = u64::try_from(self.drain_deadline.as_millis()).unwrap_or(u64::MAX);
        let most = drain_ms.saturating_mul(COMPOSED_A_MS) / 4;
        if held.classes.is_some() && u64::from(held.records_max) > most {
            return Err(StreamError::Composes {
                topic: topic(),
                records: held.records_max,
                needed_ms: (u64::from(held.records_max) * 4).div_ceil(COMPOSED_A_MS),
                most,
            });
        }
        Ok(())
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
    /// What cannot be protected would be lost: its offset is committed.
    #[error(
        "the policy has no quarantine: a record that cannot be protected must have a place to go; add `quarantine: {{ topic: …, key: … }}`"
    )]
    NoQuarantine,
    /// Whoever withdraws must be found in what is counted, where one person stands alone.
    #[error(
        "the records of `{0}` are counted, the policy follows what people decide (`consent.state`), and `source.subject` names several places of persons: of who withdraws at one of them nothing would be found that is counted by another; name one place, keep this output in a policy of its own without `consent.state`, or run `veil apply` on files of the source"
    )]
    CountsBesideDecisions(Arc<str>),
    /// Who remembers whom it released must have all records of a person.
    #[error(
        "`{0}` remembers persons, which takes a key that seals what it knows of them: make one with `veil keys new` and add `state: {{ ref: \"file:keyring.json#state\" }}` to `keys` of the policy; or run `veil apply` on files of the source"
    )]
    Remembers(Arc<str>),
    /// Its release could be written twice.
    #[error(
        "a release of `{0}` that is written twice puts the same persons into two classes: use `delivery: exactly_once`"
    )]
    WaitsTwice(Arc<str>),
    /// Each has a transaction, and a pace, of its own.
    #[error(
        "the records of `{0}` wait for a release: a stream of them has no other output, and several streams make a group of them"
    )]
    Mixed(Arc<str>),
    /// What a release takes does not fit.
    #[error(
        "a release of `{topic}` takes {records} records at least, and {room} have room in memory while they wait; {}",
        way_out(*would_do, *room)
    )]
    Pool {
        /// The output.
        topic: Arc<str>,
        /// What a release takes at least.
        records: u32,
        /// How many records may wait at most.
        room: u64,
        /// The `memory` that they would fit into, in MiB; `None`: none.
        would_do: Option<u64>,
    },
    /// Partitions could not be given up in time.
    #[error(
        "a release of `{topic}` of up to {records} records takes too long to compose while partitions are given up: set `drain_deadline_ms` to {needed_ms}, or write `max_records: {most}` at most"
    )]
    Composes {
        /// The output.
        topic: Arc<str>,
        /// Most records of a release.
        records: u32,
        /// The deadline that would do, in milliseconds.
        needed_ms: u64,
        /// What may be composed within the deadline.
        most: u64,
    },
    /// What is said of single groups.
    #[error("{0}")]
    Releases(#[from] Unfit),
    /// Who answers look-ups?
    #[error("the policy looks values up and no store is named: no batch could ever be sanitized")]
    NoStore,
    /// Who has the schemas?
    #[error(
        "records of the source name their schemas by id, and no registry is named: write `registry: {{ urls: [\"https://registry.example:8081\"] }}` into the settings; where all records have one schema, name its file in the policy: `source: {{ schema: {{ file: … }} }}`"
    )]
    NoRegistry,
    /// The registry cannot be asked as it is named.
    #[error("{0}")]
    Registry(#[from] NotUsable),
    /// The consumer cannot be made.
    #[error("no client can be made: {0}")]
    Client(String),
    /// Nothing draws the order in which records leave.
    #[error("a release cannot be shuffled: {0}")]
    NoEntropy(#[from] NoEntropy),
    /// A thread cannot be made.
    #[error("the system gives no thread: {0}")]
    Thread(#[from] std::io::Error),
}

fn way_out(would_do: Option<u64>, room: u64) -> String {
    match would_do {
        Some(memory) => format!(
            "set `memory` to {memory}MiB, give it more of it by `release.share`, or write a smaller `pool`"
        ),
        None => format!("no memory would do: write a `pool` of {room} at most"),
    }
}

/// Asks a running stream how it stands, from any thread.
#[derive(Clone)]
pub struct Probe {
    conditions: Arc<Conditions>,
    liveness: Arc<Liveness>,
}

impl Probe {
    /// What must hold for records to flow, each with its standing now. When all
    /// are met, records flow or could.
    pub fn conditions(&self) -> Vec<Condition> {
        let mut list = self.conditions.list();
        let waited = self.liveness.unanswered();
        let outlet = list
            .iter_mut()
            .find(|c| c.name == Part::Outlet.as_str() && c.standing == Standing::Met);
        if let (Some(outlet), true) = (outlet, waited > ANSWER_MAX) {
            let waited = waited.as_secs();
            let what = format!("the cluster has not answered the outlet for {waited} s");
            outlet.standing = Standing::Awaited(what.into());
        }
        let age = self.liveness.age();
        // Whatever else is wrong explains a silence better.
        let well = list.iter().all(|c| c.standing == Standing::Met);
        let standing = if well && age > POLL_AGE_MAX {
            let silent = age.as_secs();
            let what = format!("nothing was polled for {silent} s; restart this instance");
            Standing::Failed(what.into())
        } else {
            Standing::Met
        };
        list.push(Condition {
            name: "polling",
            standing,
        });
        let kept = self.liveness.kept_age().unwrap_or_default();
        if well && kept > KEPT_AGE_MAX {
            let release = list.iter_mut().find(|c| c.name == Part::Release.as_str());
            let silent = kept.as_secs();
            let what = format!(
                "what waits or is counted was not looked at for {silent} s: is the disk of the audit log there? Else restart this instance"
            );
            if let Some(release) = release {
                release.standing = Standing::Failed(what.into());
            }
        }
        list
    }

    /// What stops no record and is not as it should be in the group.
    pub fn note(&self) -> Option<String> {
        self.conditions.noted()
    }

    /// The same of the schemas of what leaves.
    pub fn note_of_schemas(&self) -> Option<String> {
        self.conditions.noted_of_schemas()
    }
}

/// A running stream.
pub struct Handle {
    in_force: Arc<InForce>,
    observer: Arc<dyn Observer>,
    clients: Clients,
    cluster: Cluster,
    limits: Limits,
    has_stores: bool,
    schemas: Option<Arc<SchemaDesk>>,
    /// What the tapes of a worker may take: the memory was divided for that.
    tape_bytes: u64,
    probe: Probe,
    asked_to_stop: Arc<AtomicBool>,
    stopping: Arc<AtomicBool>,
    /// Gone when it was asked to stop, which whoever waits hears of.
    until_stopped: Mutex<Option<Sender<()>>>,
    stopped: Receiver<()>,
    stopped_at: OnceLock<Instant>,
    stop_deadline: Duration,
    end: Receiver<End>,
}

impl Handle {
    /// Tells the stream to finish what is under way and end. Again: no more.
    pub fn stop(&self) {
        // In this order: see `Conductor::begin_again`.
        self.asked_to_stop.store(true, Ordering::SeqCst);
        self.stopping.store(true, Ordering::SeqCst);
        let mut until_stopped = self
            .until_stopped
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if until_stopped.take().is_some() {
            let _ = self.stopped_at.set(Instant::now());
        }
    }

    /// Looks whether another plan can take the place of the one in force: it
    /// reads the same topics, fits into memory beside it, and the cluster agrees
    /// with it. Waits for answers of the cluster, some seconds at most for each.
    ///
    /// # Errors
    /// Why not.
    pub fn look_at(&self, plan: Arc<Plan>) -> Result<Successor, NotTaken> {
        if self.asked_to_stop.load(Ordering::SeqCst) {
            return Err(NotTaken::Ending);
        }
        self.reads_as(&plan)?;
        let now = self.in_force.plan();
        if !state::is_followed_alike(&now, &plan) {
            return Err(NotTaken::Restart(
                "where and how consent is followed (`consent.state`, `rights.key`)",
            ));
        }
        if plan.quarantine.is_none() {
            return Err(NotTaken::Unusable(StreamError::NoQuarantine.to_string()));
        }
        if plan.waiting().is_some() || now.waiting().is_some() {
            return Err(NotTaken::Restart(
                "an output whose records wait for a release",
            ));
        }
        if plan.asks.look_ups && !self.has_stores {
            return Err(NotTaken::Unusable(StreamError::NoStore.to_string()));
        }
        if plan.source.format.is_by_id() != now.source.format.is_by_id() {
            return Err(NotTaken::Restart(
                "whether records name their schemas by id (`source.value`, `source.schema`)",
            ));
        }
        if plan.source.ids != now.source.ids {
            return Err(NotTaken::Restart(
                "whose ids records name their schemas by (`source.schema.framing`)",
            ));
        }
        if let Some(complaint) = self.schemas.as_ref().and_then(|desk| desk.tries(&plan)) {
            return Err(NotTaken::Unusable(complaint));
        }
        if Decoder::tape_bytes_max(&plan, &self.limits) > self.tape_bytes {
            return Err(NotTaken::Restart("that record keys are read as JSON"));
        }
        self.in_force.fits(&plan)?;
        let (topology, warnings) = conductor::look(&self.clients, &plan, self.cluster)
            .map_err(|not_yet: NotYet| NotTaken::Cluster(not_yet.to_string()))?;
        Ok(Successor {
            plan,
            topology,
            warnings,
        })
    }

    /// The plan reads what the one in force reads, as a member of the same group.
    fn reads_as(&self, plan: &Plan) -> Result<(), NotTaken> {
        let now = self.in_force.plan();
        let topics =
            |plan: &Plan| -> BTreeSet<Arc<str>> { plan.source.topics.iter().cloned().collect() };
        if topics(&now) != topics(plan) {
            return Err(NotTaken::Restart("what is read (`source.topics`)"));
        }
        if now.name != plan.name {
            return Err(NotTaken::Restart(
                "the policy's name, which makes the group,",
            ));
        }
        Ok(())
    }

    /// Puts a plan in force: records that are read from now on are done under it,
    /// those that were read before under the one before.
    ///
    /// # Errors
    /// The stream is ending.
    pub fn replace(&self, successor: &Successor) -> Result<(), NotTaken> {
        if self.asked_to_stop.load(Ordering::SeqCst) {
            return Err(NotTaken::Ending);
        }
        self.in_force.replace(successor)?;
        self.observer.on_plan(&successor.plan);
        Ok(())
    }

    /// For asking how it stands, from elsewhere too.
    pub fn probe(&self) -> Probe {
        self.probe.clone()
    }

    /// Waits for the end. After [`Handle::stop`] at most the stop deadline:
    /// then whatever is open times out at the broker, and nothing is lost.
    pub fn wait(&self) -> End {
        let unavailable = |what: &str| End::Unavailable {
            what: what.to_owned(),
        };
        let failed = || unavailable("a thread of the stream failed");
        crossbeam_channel::select! {
            recv(self.end) -> end => return end.unwrap_or_else(|_| failed()),
            recv(self.stopped) -> _ => {}
        }
        let stopped_at = *self.stopped_at.get_or_init(Instant::now);
        match self.end.recv_deadline(stopped_at + self.stop_deadline) {
            Ok(end) => end,
            Err(RecvTimeoutError::Disconnected) => failed(),
            Err(RecvTimeoutError::Timeout) => unavailable(
                "the brokers did not answer in time; what was not committed is read again",
            ),
        }
    }
}

/// Starts streams.
pub struct Stream;

impl Stream {
    /// Starts the threads of a stream. Problems of the cluster do not end it:
    /// they are told by [`Probe::conditions`] and tried again.
    ///
    /// # Errors
    /// The configuration cannot work, whatever the cluster says.
    pub fn start(
        config: StreamConfig,
        plan: Arc<Plan>,
        observer: Arc<dyn Observer>,
    ) -> Result<Handle, StreamError> {
        if plan.quarantine.is_none() {
            return Err(StreamError::NoQuarantine);
        }
        if plan.asks.look_ups && config.stores.is_none() {
            return Err(StreamError::NoStore);
        }
        let clients = config.clients(&plan)?;
        let stopping = Arc::new(AtomicBool::new(false));
        let vital = Vital::of(&stopping);
        let schemas = schemas::desk(config.registry.as_ref(), &plan, &vital)?;
        let conditions = Arc::new(Conditions::default());
        let liveness = Arc::new(Liveness::default());
        let asked_to_stop = Arc::new(AtomicBool::new(false));
        let (to_handle, end) = bounded(1);
        let (until_stopped, stopped) = bounded(0);
        let in_force = Arc::new(InForce::new(plan.clone(), clients.memory.tables));
        let handle = Handle {
            in_force: in_force.clone(),
            observer: observer.clone(),
            clients: clients.clone(),
            cluster: config.cluster,
            limits: config.limits,
            has_stores: config.stores.is_some(),
            schemas: schemas.clone(),
            tape_bytes: Decoder::tape_bytes_max(&plan, &config.limits),
            probe: Probe {
                conditions: conditions.clone(),
                liveness: liveness.clone(),
            },
            asked_to_stop: asked_to_stop.clone(),
            stopping: stopping.clone(),
            until_stopped: Mutex::new(Some(until_stopped)),
            stopped,
            stopped_at: OnceLock::new(),
            stop_deadline: config.stop_deadline,
            end,
        };
        let conductor = Conductor {
            watching: Watching::new(
                &clients,
                &observer,
                &conditions,
                &in_force,
                &vital,
                config.rollout_max,
            ),
            config,
            clients,
            in_force,
            observer,
            conditions,
            liveness,
            asked_to_stop,
            stopping,
            vital: vital.clone(),
            state: OnceLock::new(),
            schemas,
        };
        vital.spawn("veil-stream", move || {
            // The handle may be gone: then nobody asks for the end.
            let _ = to_handle.send(conductor.run());
        })?;
        Ok(handle)
    }
}

mod beside;
mod conductor;
mod counted;
mod counting;
mod group;
mod groups;
mod held;
mod holding;
mod in_force;
mod pool;
mod recall;
mod release_settings;
mod revocations;
mod room;
mod schemas;
mod standing;
mod state;
mod stores;
mod work;

#[cfg(test)]
#[expect(
    clippy::disallowed_types,
    reason = "the tests read and write with a plain client"
)]
mod schemas_tests;
#[cfg(test)]
#[expect(
    clippy::disallowed_types,
    reason = "the tests read and write with a plain client"
)]
mod tests;
