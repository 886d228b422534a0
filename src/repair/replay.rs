//! Chosen records once more through the plan of today.
//!
//! The marker of a record stands in the transaction that holds what it became, so
//! the topic itself says what is done: whenever it is unclear how a transaction
//! ended, the writer is opened anew, which ends it, and the markers are read again.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use super::done::Done;
use super::entry::Found;
use super::feed::{self, Fed, Feed};
use super::pool::{self, Places, Pooled};
use super::purge::mark;
use super::sealed::{self, Keys, Unopened};
use super::survey::{Partition, Survey};
use crate::crypto::kdf::KeyHandle;
use crate::crypto::quarantine::Opened;
use crate::kafka::errors::{Class, Failure};
use crate::kafka::quarantine_writer::{Mark, QuarantineWriter, Release};
use crate::kafka::stored_topic::{Lying, StoredTopic};
use crate::pipeline::{self, InBatch, OutBatch, Worker};
use crate::plan::Plan;
use crate::record::Reason;
use crate::record::counts::Counts;
use crate::record::lane::Lane;
use crate::release::LeftOut;
use crate::schema::Bindings;

/// Most records of one transaction.
const RECORDS_MAX: usize = 1_000;
/// Most bytes of opened records of one transaction.
const BYTES_MAX: usize = 4 << 20;
/// Transactions that fail one after the other before it is given up.
const FAILURES_MAX: u32 = 30;

/// The same where records wait for a release: of all that are chosen together.
const POOLED_BYTES_MAX: usize = 128 << 20;

/// A replay.
pub struct Replay<'r> {
    /// Where the records lie.
    pub topic: &'r StoredTopic,
    /// The plan of today.
    pub plan: Arc<Plan>,
    /// The release groups of it, and whom of them a record is fed to.
    pub feed: &'r Feed,
    /// Sanitizes.
    pub worker: Worker,
    /// Opens.
    pub keys: &'r dyn Keys,
    /// Writes; `None`: nothing is written (`--dry-run`).
    pub writer: Option<QuarantineWriter>,
    /// Asks for the schemas that records name, before anything is done with them; `None`:
    /// they name none.
    pub schemas: Option<&'r mut Schemas<'r>>,
    /// Takes down what was opened, before anything is done with it.
    pub evidence: &'r mut dyn FnMut(&[Item]) -> Result<(), Failure>,
    /// Told to stop.
    pub stop: &'r dyn Fn() -> bool,
    /// Hears how many records are done.
    pub progress: &'r mut dyn FnMut(u64),
}

/// What is known of the schemas that records name.
pub type Schemas<'r> = dyn FnMut(&[Item]) -> Result<Arc<Bindings>, Failure> + 'r;

/// What a replay did, or with `--dry-run` would do.
#[derive(Debug)]
pub struct Replayed {
    /// How many records were replayed.
    pub records: u64,
    /// What they came to, by group.
    pub groups: Vec<CameTo>,
    /// Records that were not, and why: they stay as they were.
    pub not_replayed: BTreeMap<String, u64>,
    /// It was told to stop before the end.
    pub stopped: bool,
}

/// What records came to in one release group.
#[derive(Debug)]
pub struct CameTo {
    /// Counted under its plan.
    pub counts: Counts,
    /// Why records are in no release that waited for one.
    pub left_out: LeftOut,
    /// Records that were kept from it, as was asked for.
    pub without: u64,
}

/// One record, opened.
pub struct Item {
    /// The partition of the quarantine topic that it lies in.
    lies_in: i32,
    /// Where it lies there.
    offset: i64,
    tries: u32,
    /// Whom it is fed to.
    fed: Fed,
    /// Where it was read.
    partition: i32,
    source_offset: i64,
    /// What was read once.
    pub opened: Opened,
    /// What opened it.
    pub key: KeyHandle,
}

/// Records that are replayed together.
#[derive(Default)]
struct Chunk {
    items: Vec<Item>,
    bytes: usize,
}

/// What is written of them.
struct Prepared {
    batches: Vec<OutBatch>,
    releases: Vec<Release>,
    /// By group.
    came: Vec<CameTo>,
}

impl Replay<'_> {
    /// Replays what the survey chose, in the order of the quarantine topic.
    ///
    /// # Errors
    /// The cluster does not let it; what was committed until then is done.
    pub fn run(mut self, survey: &Survey) -> Result<Replayed, Failure> {
        let mut replayed = Replayed {
            records: 0,
            groups: self.nothing_yet(),
            not_replayed: BTreeMap::new(),
            stopped: false,
        };
        let mut chunk = Chunk::default();
        for part in &survey.parts {
            if !self.partition(part, &mut chunk, &mut replayed)? {
                replayed.stopped = true;
                return Ok(replayed);
            }
            // Those that wait leave together, wherever they lie.
            if !self.feed.has_pools() {
                self.chunk(std::mem::take(&mut chunk), &mut replayed)?;
            }
        }
        self.chunk(chunk, &mut replayed)?;
        Ok(replayed)
    }

    fn nothing_yet(&self) -> Vec<CameTo> {
        let plans = self.feed.plans().iter();
        let nothing = plans.map(|plan| CameTo {
            counts: plan.counts(),
            left_out: LeftOut::default(),
            without: 0,
        });
        nothing.collect()
    }

    /// Reads the chosen records of a partition; whenever there are enough for a transaction,
    /// replays them. False: told to stop.
    fn partition(
        &mut self,
        part: &Partition,
        chunk: &mut Chunk,
        replayed: &mut Replayed,
    ) -> Result<bool, Failure> {
        let (Some(first), Some(last)) = (part.chosen.first(), part.chosen.last()) else {
            return Ok(true);
        };
        let (topic, stop) = (self.topic, self.stop);
        let (records_max, bytes_max) = match self.feed.has_pools() {
            true => (RECORDS_MAX.max(self.feed.records_max()), POOLED_BYTES_MAX),
            false => (RECORDS_MAX, BYTES_MAX),
        };
        topic.read(part.partition, (*first, last + 1), stop, |record| {
            if part.chosen.binary_search(&record.offset).is_err() {
                return Ok(ControlFlow::Continue(()));
            }
            match self.item(part.partition, record) {
                Ok(item) => {
                    chunk.bytes += record.value.len();
                    chunk.items.push(item);
                }
                Err(why) => replayed.not_replayed(why, 1),
            }
            if chunk.items.len() >= records_max || chunk.bytes >= bytes_max {
                self.chunk(std::mem::take(chunk), replayed)?;
                if stop() {
                    return Ok(ControlFlow::Break(()));
                }
            }
            Ok(ControlFlow::Continue(()))
        })
    }

    /// Opens a record of the topic, if the plan is for it.
    fn item(&self, lies_in: i32, record: &Lying<'_>) -> Result<Item, String> {
        let found = Found::read(record.headers(), record.at_ms, record.value.len());
        let Ok(Found::Entry(entry)) = found else {
            return Err("its headers changed since it was chosen".to_owned());
        };
        let (opened, key) =
            sealed::open(record.value, self.keys).map_err(|e: Unopened| e.to_string())?;
        if !self.plan.source.topics.iter().any(|t| **t == *opened.topic) {
            return Err("its topic is no source of the policy".to_owned());
        }
        // Whoever has the public key can seal what no topic ever held.
        let partition = i32::try_from(opened.partition).ok();
        let offset = i64::try_from(opened.offset).ok().filter(|o| *o < i64::MAX);
        let (Some(partition), Some(source_offset)) = (partition, offset) else {
            return Err("its coordinates are none that Kafka gives".to_owned());
        };
        Ok(Item {
            lies_in,
            offset: record.offset,
            fed: self.feed.of(&entry)?,
            partition,
            source_offset,
            tries: entry.tries,
            opened,
            key,
        })
    }

    /// Replays some records: all in one transaction, or, when the broker refuses one of them
    /// and none waits for a release, each in its own.
    fn chunk(&mut self, chunk: Chunk, replayed: &mut Replayed) -> Result<(), Failure> {
        let Chunk { items, .. } = chunk;
        (self.evidence)(&items)?;
        let (items, prepared) = self.prepare(items, RefusedForms::No, replayed)?;
        match self.together(&items, prepared, replayed) {
            Err(failure) if failure.class == Class::Record && !self.feed.has_pools() => {
                for item in items {
                    self.alone(item, replayed)?;
                }
                Ok(())
            }
            other => other,
        }
    }

    /// Replays one record; where the broker refuses what it became, it comes back
    /// to quarantine, and where it refuses that, its coordinates do.
    fn alone(&mut self, item: Item, replayed: &mut Replayed) -> Result<(), Failure> {
        let mut item = vec![item];
        let mut last = Ok(());
        for refused in [RefusedForms::No, RefusedForms::Sealed, RefusedForms::Bare] {
            let prepared;
            (item, prepared) = self.prepare(item, refused, replayed)?;
            last = self.together(&item, prepared, replayed);
            match &last {
                Err(failure) if failure.class == Class::Record => {}
                _ => return last,
            }
        }
        last
    }

    /// What becomes of the records. Those that would wait for a release of which there are
    /// too few stay in quarantine, for all groups: they have one marker.
    ///
    /// # Errors
    /// When something that the actions need cannot be had now.
    fn prepare(
        &mut self,
        mut items: Vec<Item>,
        refused: RefusedForms,
        replayed: &mut Replayed,
    ) -> Result<(Vec<Item>, Prepared), Failure> {
        loop {
            let too_few = match self.compose(&items, refused)? {
                Ok(prepared) => return Ok((items, prepared)),
                Err(too_few) => too_few,
            };
            let why = format!(
                "too few records or persons for a release of `{}`: choose more of them together, or wait until there are",
                too_few.topic
            );
            replayed.not_replayed(why, too_few.places.len() as u64);
            let mut place = 0..;
            items.retain(|_| place.next().is_none_or(|n| !too_few.places.contains(&n)));
        }
    }

    fn compose(
        &mut self,
        items: &[Item],
        refused: RefusedForms,
    ) -> Result<Result<Prepared, TooFew>, Failure> {
        let mut prepared = Prepared {
            batches: Vec::new(),
            releases: Vec::new(),
            came: self.nothing_yet(),
        };
        let bindings = match &mut self.schemas {
            Some(ask) if !items.is_empty() => Some(ask(items)?),
            _ => None,
        };
        for (at, plan) in self.feed.plans().iter().enumerate() {
            let came = &mut prepared.came[at];
            let without = items.iter().filter(|item| item.fed.without.contains(&at));
            came.without = without.count() as u64;
            let group = (at, plan, bindings.as_ref());
            let batches = sanitized(&mut self.worker, items, group, refused)?;
            if plan.waiting().is_some() && !batches.is_empty() {
                match pool::compose(plan, &batches)? {
                    Pooled::TooFew(places) => {
                        let topic = feed::name(plan).to_owned();
                        return Ok(Err(TooFew { topic, places }));
                    }
                    Pooled::Whole(composed) => {
                        (came.counts, came.left_out) = (composed.counts, composed.left_out);
                        prepared.releases.push(composed.release);
                    }
                }
            } else {
                let all = batches.iter();
                all.for_each(|(batch, _)| came.counts.add(&batch.counts));
            }
            prepared
                .batches
                .extend(batches.into_iter().map(|(batch, _)| batch));
        }
        Ok(Ok(prepared))
    }

    fn together(
        &mut self,
        items: &[Item],
        prepared: Prepared,
        replayed: &mut Replayed,
    ) -> Result<(), Failure> {
        let (topic, stop) = (self.topic, self.stop);
        let Some(first) = items.first() else {
            return Ok(());
        };
        let marked = (first.lies_in, first.offset);
        let own = items.iter().filter(|item| item.lies_in == first.lies_in);
        let last = own.map(|item| item.offset).max().unwrap_or(first.offset);
        if let Some(writer) = &mut self.writer {
            let mut failures = 0;
            while let Err(failure) = attempt(writer, &prepared, &marks(items), stop) {
                failures += 1;
                let again = matches!(
                    failure.class,
                    Class::Retriable
                        | Class::Abort
                        | Class::TimedOut
                        | Class::TxnState
                        | Class::Fatal
                        | Class::Unclear
                );
                if failure.class == Class::Record || !again || failures > FAILURES_MAX || stop() {
                    return Err(failure);
                }
                tracing::info!("{failure}; looking at what was committed, then once more");
                std::thread::sleep(Duration::from_millis(200));
                writer.open(stop)?;
                if is_done(topic, marked, last, stop)? {
                    break;
                }
            }
        }
        replayed.records += items.len() as u64;
        for (all, own) in replayed.groups.iter_mut().zip(&prepared.came) {
            all.counts.add(&own.counts);
            all.left_out.add_all(&own.left_out);
            all.without += own.without;
        }
        (self.progress)(replayed.records);
        Ok(())
    }
}

impl Replayed {
    fn not_replayed(&mut self, why: String, records: u64) {
        *self.not_replayed.entry(why).or_default() += records;
    }
}

/// Records of which there are too few for a release.
struct TooFew {
    topic: String,
    places: BTreeSet<usize>,
}

/// What becomes of the records that are fed to a group, a batch for each run of one lane and
/// number of tries.
///
/// # Errors
/// When something that the actions need cannot be had now.
fn sanitized(
    worker: &mut Worker,
    items: &[Item],
    (at, plan, bindings): (usize, &Arc<Plan>, Option<&Arc<Bindings>>),
    refused: RefusedForms,
) -> Result<Vec<(OutBatch, Places)>, Failure> {
    let own = items.iter().enumerate();
    let own: Vec<(usize, &Item)> = own.filter(|(_, i)| i.fed.to.contains(&at)).collect();
    let place = |i: &Item| (i.partition, i.tries, i.fed.to.first() == Some(&at));
    let alike = |(_, a): &(usize, &Item), (_, b): &(usize, &Item)| {
        a.opened.topic == b.opened.topic && place(a) == place(b)
    };
    let runs = own.chunk_by(alike);
    let made = runs.map(|run| {
        let mut batch = raw(plan, run);
        // What nobody can read comes back once.
        batch.keeps_unread = run[0].1.fed.to.first() == Some(&at);
        batch.bindings = bindings.cloned();
        let reason = Reason::RefusedByBroker;
        let made = match refused {
            RefusedForms::No => pipeline::sanitize(batch, worker)
                .map_err(|held| Failure::new(Class::Fatal, held.outage.to_string()))?,
            RefusedForms::Sealed => pipeline::quarantine(batch, reason, worker),
            RefusedForms::Bare => pipeline::quarantine_bare(batch, reason, worker),
        };
        let places = run.iter();
        let places = places.map(|(n, item)| ((item.source_offset, item.opened.element), *n));
        Ok((made, places.collect()))
    });
    made.collect()
}

fn raw(plan: &Arc<Plan>, run: &[(usize, &Item)]) -> InBatch {
    let (_, first) = run[0];
    let lane = Lane {
        topic: first.opened.topic.as_str().into(),
        partition: first.partition,
        claim: 0,
    };
    let mut batch = InBatch::new(lane, Arc::clone(plan));
    batch.tries = first.tries;
    for (_, item) in run {
        let opened = &item.opened;
        let headers = opened.headers.iter();
        batch.raw.push_element(
            (item.source_offset, opened.element),
            opened.timestamp,
            opened.key.as_ref().map(|k| k.as_slice()),
            opened.value.as_ref().map(|v| v.as_slice()),
            headers.map(|(name, value)| (name.as_slice(), value.as_ref().map(|v| &v[..]))),
        );
    }
    batch
}

/// That these are done with, in each partition that some lie in.
fn marks(items: &[Item]) -> Vec<Mark> {
    let mut lying: BTreeMap<i32, Vec<i64>> = BTreeMap::new();
    for item in items {
        lying.entry(item.lies_in).or_default().push(item.offset);
    }
    let marks = lying.iter();
    marks.map(|(partition, at)| mark(*partition, at)).collect()
}

/// What the broker refused of a record.
#[derive(Clone, Copy)]
enum RefusedForms {
    /// Nothing yet.
    No,
    /// What the record became.
    Sealed,
    /// Its quarantined form as well.
    Bare,
}

fn attempt(
    writer: &mut QuarantineWriter,
    prepared: &Prepared,
    marks: &[Mark],
    stop: &dyn Fn() -> bool,
) -> Result<(), Failure> {
    if !writer.is_open() {
        writer.open(stop)?;
    }
    writer.transact(&prepared.batches, &prepared.releases, marks)
}

/// True when a marker says that the records of one transaction are done with:
/// where one of them is, all are. Markers stand behind what they mark, so behind the `last`
/// of its partition.
fn is_done(
    topic: &StoredTopic,
    (partition, first): (i32, i64),
    last: i64,
    stop: &dyn Fn() -> bool,
) -> Result<bool, Failure> {
    let mut done = Done::default();
    let end = topic.bounds(partition)?.end;
    let whole = topic.read(partition, (last + 1, end), stop, |record| {
        let found = Found::read(record.headers(), record.at_ms, record.value.len());
        if let Ok(Found::Done(marked)) = found {
            done.merge(&marked);
        }
        Ok(ControlFlow::Continue(()))
    })?;
    if !whole {
        return Err(Failure::new(
            Class::Unclear,
            "stopped before it was known whether the last records were committed; nothing is lost: \
             run it again",
        ));
    }
    Ok(done.contains(first))
}
