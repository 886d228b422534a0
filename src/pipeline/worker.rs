//! A worker: what one thread keeps from batch to batch.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use super::Tally;
use super::batch::{InBatch, OutBatch, OutBuffers, OutRecords};
use super::unnamed::{Sampler, Sketch, UnnamedMembers};
use crate::consent::Gate;
use crate::consent::state::{ConsentSource, Snapshot};
use crate::crypto::batch_entropy::BatchEntropy;
use crate::crypto::entropy::{Entropy, OsEntropy};
use crate::crypto::quarantine::Sealer;
use crate::crypto::seal::BatchSeal;
use crate::decode::{Decoder, Limits};
use crate::plan::{Format, Plan};
use crate::record::Reason;
use crate::record::counts::Counts;
use crate::record::event_time::Now;
use crate::record::lookups::{Answers, LookedUp, Lookups, Outage, Requests};
use crate::schema::registry::framings;
use crate::schema::writer::Writer;
use crate::schema::{Bindings, Bound, by_fingerprint};
use crate::transform::stage::{Outgoing, Transformer};

/// Tapes, scratch, learned shapes, salts: everything that [`super::sanitize`]
/// uses besides the batch. One for each thread; in steady state no record
/// allocates.
pub struct Worker {
    entropy: Box<dyn MakeEntropy>,
    now_ms: Box<dyn Fn() -> i64 + Send>,
    /// Events are looked at, and none is too late.
    takes_any_time: bool,
    spare: Option<OutBuffers>,
    limits: Arc<SizeLimits>,
    input_limits: Limits,
    lookups: Option<Box<dyn Lookups>>,
    consent: Option<Box<dyn ConsentSource>>,
    unnamed: Option<Arc<Mutex<Sketch>>>,
    serving: Option<Serving>,
}

/// The largest record that each topic takes: key, value and headers together, in
/// bytes; by name, so that they hold whatever plan a batch brings. What would be
/// larger is quarantined as `too_large`; what is too large for the quarantine as
/// well leaves its headers there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SizeLimits(BTreeMap<Arc<str>, u64>);

impl SizeLimits {
    /// What the topic takes; one that nothing is known of has no limit.
    pub(crate) fn of(&self, topic: &str) -> u64 {
        self.0.get(topic).copied().unwrap_or(u64::MAX)
    }

    /// Every topic that something is known of, with what it takes.
    pub fn iter(&self) -> impl Iterator<Item = (&Arc<str>, u64)> {
        self.0.iter().map(|(topic, max)| (topic, *max))
    }
}

impl FromIterator<(Arc<str>, u64)> for SizeLimits {
    fn from_iter<I: IntoIterator<Item = (Arc<str>, u64)>>(topics: I) -> SizeLimits {
        SizeLimits(topics.into_iter().collect())
    }
}

/// What a worker keeps while it serves one plan.
pub(super) struct Serving {
    pub(crate) plan: Arc<Plan>,
    /// What the plan itself says of the schema of its source, if it has one.
    own: Option<Arc<Bindings>>,
    /// What is known of the schemas of the batch in work; `None`: its values are JSON.
    pub(crate) bindings: Option<Arc<Bindings>>,
    pub(crate) decoder: Decoder,
    pub(crate) gate: Gate,
    /// What people decided elsewhere: one version for the batch in work.
    pub(crate) state: Arc<Snapshot>,
    pub(crate) transformer: Transformer,
    pub(crate) sealer: Sealer,
    /// The largest record that the quarantine takes.
    pub(crate) quarantine_max: u64,
    /// Of the batch in work.
    pub now: Now,
    /// How often the records of the batch in work were in quarantine before.
    pub tries: u32,
    /// What of it cannot be read goes to quarantine in any case.
    pub keeps_unread: bool,
    pub outgoing: Outgoing,
    pub records: OutRecords,
    pub tally: Tally,
    pub counts: Counts,
    pub unnamed: Sampler,
}

/// Buffers above this many bytes are given back to the allocator: a batch for
/// sixteen outputs fits. Of a stream's buffers its memory budget keeps less,
/// unless it is above 3 GiB.
const BYTES_KEPT: usize = 32 << 20;

impl Worker {
    /// A worker that draws salts and seeds from `entropy` and takes the time
    /// (milliseconds since 1970) from `now_ms`.
    pub fn new<E: Entropy + Clone + 'static>(
        entropy: E,
        now_ms: impl Fn() -> i64 + Send + 'static,
    ) -> Worker {
        Worker {
            entropy: Box::new(entropy),
            now_ms: Box::new(now_ms),
            takes_any_time: false,
            spare: None,
            limits: Arc::default(),
            input_limits: Limits::default(),
            lookups: None,
            consent: None,
            unnamed: None,
            serving: None,
        }
    }

    /// The same worker, for events of at most that size and depth.
    pub fn with_input_limits(mut self, limits: Limits) -> Worker {
        self.input_limits = limits;
        self
    }

    /// The same worker, for events that are looked at and not taken from a stream:
    /// none is too late or too early for its epoch.
    pub fn for_events_of_any_time(mut self) -> Worker {
        self.takes_any_time = true;
        self
    }

    /// The same worker, at that time: milliseconds since 1970.
    pub fn at(mut self, now_ms: i64) -> Worker {
        self.now_ms = Box::new(move || now_ms);
        self
    }

    /// The same worker, whose actions may look up. Without, a batch of a plan
    /// that looks up is held.
    pub fn with_lookups(mut self, lookups: Box<dyn Lookups>) -> Worker {
        self.lookups = Some(lookups);
        self
    }

    /// The same worker, which asks there what people decided elsewhere, once for each
    /// batch. Without, that is not known, and outputs that need consent get nothing of a
    /// plan that asks (`consent_stale`).
    pub fn with_consent(mut self, source: Box<dyn ConsentSource>) -> Worker {
        self.consent = Some(source);
        self
    }

    /// The same worker, which tells there of the members that nobody names.
    pub fn with_unnamed(mut self, found: &UnnamedMembers) -> Worker {
        self.unnamed = Some(found.sketch());
        self
    }

    /// From the next batch on the destinations take no more than that.
    pub fn set_limits(&mut self, limits: Arc<SizeLimits>) {
        if self.limits != limits {
            self.limits = limits;
            self.serving = None;
        }
    }

    /// A worker with the operating system's randomness and clock.
    pub fn of_the_system() -> Worker {
        Worker::new(OsEntropy, || {
            let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
            since.map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX))
        })
    }

    /// Takes the buffers of a delivered batch, of whichever worker, for the next
    /// batch.
    pub fn take_back(&mut self, buffers: OutBuffers) {
        if buffers.bytes.capacity() <= BYTES_KEPT {
            self.spare = Some(buffers);
        }
    }

    /// A decoder as its own, for whoever only looks.
    pub(super) fn decoder(&self) -> Decoder {
        let mut seed = [0; 8];
        self.entropy.fresh().fill(&mut seed);
        Decoder::new(u64::from_ne_bytes(seed), self.input_limits)
    }

    /// Makes ready for a batch.
    pub(super) fn begin(&mut self, batch: &InBatch) -> &mut Serving {
        let plan = &batch.plan;
        let buffers = self.spare.take().unwrap_or_default();
        let now = Now::at((self.now_ms)());
        let now = match self.takes_any_time {
            true => now.without_judging(),
            false => now,
        };
        let serving = match self.serving.take() {
            Some(serving) if serving.plan.id == plan.id => serving,
            _ => self.serve(plan),
        };
        let serving = self.serving.insert(serving);
        serving.transformer.begin_batch();
        serving.sealer.begin_batch();
        if plan.live.is_some()
            && let Some(source) = &self.consent
        {
            serving.state = source.now();
        }
        serving.gate.take_back(buffers.decided);
        serving.gate.begin_batch(serving.state.version());
        serving.tally.begin_batch();
        serving.now = now;
        serving.tries = batch.tries;
        serving.keeps_unread = batch.keeps_unread;
        serving.bindings = batch.bindings.as_ref().or(serving.own.as_ref()).cloned();
        serving.records = buffers.records;
        serving.outgoing = Outgoing {
            bytes: buffers.bytes,
            headers: buffers.headers,
        };
        serving.counts = buffers.counts;
        if serving.counts.has_room(plan.fields_by_output()) {
            serving.counts.clear();
        } else {
            serving.counts = plan.counts();
        }
        serving
    }

    /// Has everything answered that the batch asked for.
    ///
    /// # Errors
    /// When it cannot be now.
    pub(super) fn resolve(&mut self) -> Result<(), Outage> {
        let serving = self.serving.as_mut().expect("a batch has begun");
        match &mut self.lookups {
            Some(lookups) => serving.transformer.resolve(&mut **lookups),
            None => serving.transformer.resolve(&mut NoStore),
        }
    }

    /// The batch that has begun is held: keeps the buffers for the next one.
    pub(super) fn put_off(&mut self) {
        let serving = self.serving();
        serving.transformer.begin_batch();
        let buffers = serving.hand_out();
        self.take_back(buffers);
    }

    /// What serves the batch that has begun.
    pub(super) fn serving(&mut self) -> &mut Serving {
        self.serving.as_mut().expect("a batch has begun")
    }

    fn serve(&mut self, plan: &Arc<Plan>) -> Serving {
        let mut seed = [0; 8];
        self.entropy.fill(&mut seed);
        let max = |topic: &Arc<str>| self.limits.of(topic);
        let outputs: Vec<u64> = plan.outputs.iter().map(|o| max(&o.topic)).collect();
        let quarantine = plan.quarantine.as_ref();
        Serving {
            plan: Arc::clone(plan),
            own: own(plan),
            bindings: None,
            decoder: Decoder::new(u64::from_ne_bytes(seed), self.input_limits),
            gate: Gate::default(),
            state: Arc::new(Snapshot::unknown()),
            transformer: Transformer::new(
                self.entropy.batch_seal(),
                self.entropy.batch_entropy(),
                LookedUp::new(u64::from_ne_bytes(seed)),
            )
            .with_record_bytes_max(&outputs),
            sealer: self.entropy.sealer(),
            quarantine_max: quarantine.map_or(u64::MAX, |q| max(&q.topic)),
            now: Now::at(0),
            tries: 0,
            keeps_unread: false,
            outgoing: Outgoing::default(),
            records: OutRecords::default(),
            tally: Tally::default(),
            counts: Counts::default(),
            unnamed: Sampler::new(self.unnamed.as_ref(), plan, u64::from_ne_bytes(seed)),
        }
    }
}

/// The schema that the plan names, bound to it.
fn own(plan: &Plan) -> Option<Arc<Bindings>> {
    if plan.source.format.is_by_id() {
        // Nothing is known of any of them until a batch brings it.
        return Some(Arc::new(Bindings::by_id(
            framings(&plan.source),
            Arc::default(),
        )));
    }
    if let Format::AvroByFingerprint(files) = &plan.source.format {
        return Some(Arc::new(by_fingerprint::bindings(files, plan)));
    }
    if plan.source.format.is_json() || plan.source.format.is_bare() {
        // Nothing stands around it, and what it is it says itself.
        return None;
    }
    let writer = Writer::of(&plan.source.format)?.ok();
    let binding = writer.and_then(|writer| writer.bind(plan).ok());
    let bound = match binding {
        Some(binding) => Bound::Ready(Arc::new(binding)),
        // A plan is not made where this fails.
        None => Bound::Refused(Reason::SchemaUnusable),
    };
    Some(Arc::new(Bindings::of_file(bound)))
}

impl Serving {
    /// The batch is done: does what was put off and hands everything out.
    pub(super) fn finish(&mut self, input: InBatch) -> OutBatch {
        self.transformer
            .finish_batch(&self.plan, &mut self.outgoing.bytes);
        self.tally.settle(&mut self.counts);
        self.gate.settle(&mut self.counts);
        let made = self.hand_out();
        OutBatch::new(input, made)
    }

    fn hand_out(&mut self) -> OutBuffers {
        OutBuffers {
            records: std::mem::take(&mut self.records),
            headers: std::mem::take(&mut self.outgoing.headers),
            bytes: std::mem::take(&mut self.outgoing.bytes),
            counts: std::mem::take(&mut self.counts),
            decided: self.gate.decided(),
        }
    }
}

/// Stands where no store is to be had.
struct NoStore;

impl Lookups for NoStore {
    fn resolve(&mut self, _: &Requests, _: &mut Answers) -> Result<(), Outage> {
        Err(Outage::new(
            "the policy looks values up, and no store answers here",
        ))
    }
}

/// A source of randomness that gives each of its users one of its own.
trait MakeEntropy: Entropy {
    fn batch_seal(&self) -> BatchSeal;
    fn batch_entropy(&self) -> BatchEntropy;
    fn sealer(&self) -> Sealer;
    fn fresh(&self) -> Box<dyn Entropy>;
}

impl<E: Entropy + Clone + 'static> MakeEntropy for E {
    fn batch_seal(&self) -> BatchSeal {
        BatchSeal::new(self.clone())
    }

    fn batch_entropy(&self) -> BatchEntropy {
        BatchEntropy::new(self.clone())
    }

    fn sealer(&self) -> Sealer {
        Sealer::new(self.clone())
    }

    fn fresh(&self) -> Box<dyn Entropy> {
        Box::new(self.clone())
    }
}
