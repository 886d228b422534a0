//! Chosen records once more through the plan of today.
//!
//! The marker of a record stands in the transaction that holds what it became, so
//! the topic itself says what is done: whenever it is unclear how a transaction
//! ended, the writer is opened anew, which ends it, and the markers are read again.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use super::became::{self, Became, Item, Outcome, RefusedForms};
use super::done::Done;
use super::entry::Found;
use super::feed::{self, Feed};
use super::purge::{OFFSETS_MAX, mark};
use super::sealed::{self, Keys, Unopened};
use super::survey::{Partition, Survey};
use crate::kafka::errors::{Class, Failure};
use crate::kafka::quarantine_writer::{Mark, QuarantineWriter};
use crate::kafka::stored_topic::{Lying, StoredTopic};
use crate::pipeline::{Covered, ReleaseLog, Worker};
use crate::plan::Plan;
use crate::record::counts::Counts;
use crate::release::LeftOut;
use crate::schema::Bindings;

/// Most records of one transaction, where they leave as they come.
const RECORDS_MAX: usize = 1_000;
/// Most bytes of opened records of one transaction.
const BYTES_MAX: usize = 4 << 20;
/// The same where they leave together.
const RELEASE_BYTES_MAX: usize = 64 << 20;
/// Transactions that fail one after the other before it is given up.
const FAILURES_MAX: u32 = 30;

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
    /// Takes down what leaves together, before anything of it does.
    pub releases: &'r dyn ReleaseLog,
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
    /// Records that will never reach it, as was asked for.
    pub without: u64,
}

/// Records of one group that are replayed together.
#[derive(Default)]
struct Chunk {
    items: Vec<Item>,
    bytes: usize,
}

impl Replay<'_> {
    /// Replays what the survey chose, in the order of the quarantine topic; what leaves
    /// together behind all else.
    ///
    /// # Errors
    /// The cluster does not let it; what was committed until then is done.
    pub fn run(mut self, survey: &Survey) -> Result<Replayed, Failure> {
        let plans = self.feed.plans();
        let nothing = plans.iter().map(|plan| CameTo {
            counts: plan.counts(),
            left_out: LeftOut::default(),
            without: 0,
        });
        let mut replayed = Replayed {
            records: 0,
            groups: nothing.collect(),
            not_replayed: BTreeMap::new(),
            stopped: false,
        };
        let mut chunks: Vec<Chunk> = plans.iter().map(|_| Chunk::default()).collect();
        for part in &survey.parts {
            if !self.partition(part, &mut chunks, &mut replayed)? {
                replayed.stopped = true;
                return Ok(replayed);
            }
            for (group, chunk) in chunks.iter_mut().enumerate() {
                // Those that wait leave together, wherever they lie.
                if plans[group].waiting().is_none() {
                    self.chunk(group, std::mem::take(chunk), &mut replayed)?;
                }
            }
        }
        for (group, chunk) in chunks.into_iter().enumerate() {
            self.chunk(group, chunk, &mut replayed)?;
        }
        Ok(replayed)
    }

    /// Reads the chosen records of a partition; whenever there are enough of a group for a
    /// transaction, replays them. False: told to stop.
    fn partition(
        &mut self,
        part: &Partition,
        chunks: &mut [Chunk],
        replayed: &mut Replayed,
    ) -> Result<bool, Failure> {
        let (Some(first), Some(last)) = (part.chosen.first(), part.chosen.last()) else {
            return Ok(true);
        };
        let (topic, stop) = (self.topic, self.stop);
        topic.read(part.partition, (*first, last + 1), stop, |record| {
            if part.chosen.binary_search(&record.offset).is_err() {
                return Ok(ControlFlow::Continue(()));
            }
            let item = match self.item(part.partition, record) {
                Ok(item) => item,
                Err(why) => {
                    replayed.not_replayed(why, 1);
                    return Ok(ControlFlow::Continue(()));
                }
            };
            let group = item.fed.to;
            let chunk = &mut chunks[group];
            chunk.bytes += record.value.len();
            chunk.items.push(item);
            if chunk.is_full(&self.feed.plans()[group]) {
                self.chunk(group, std::mem::take(chunk), replayed)?;
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
        // What is fed to nobody is not opened.
        let fed = self.feed.of(&entry)?;
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
            fed,
            partition,
            source_offset,
            tries: entry.tries,
            opened,
            key,
        })
    }

    /// Replays some records of a group: all in one transaction, or, when the broker refuses
    /// one of them and none leaves together with others, each in its own.
    fn chunk(
        &mut self,
        group: usize,
        chunk: Chunk,
        replayed: &mut Replayed,
    ) -> Result<(), Failure> {
        let Chunk { items, .. } = chunk;
        if items.is_empty() {
            return Ok(());
        }
        (self.evidence)(&items)?;
        let (items, became) = self.became(group, items, RefusedForms::No, replayed)?;
        match self.together(group, &items, &became, replayed) {
            Err(failure) if failure.class == Class::Record && became.release.is_none() => {
                for item in items {
                    self.alone(group, item, replayed)?;
                }
                Ok(())
            }
            other => other,
        }
    }

    /// Replays one record; where the broker refuses what it became, it comes back
    /// to quarantine, and where it refuses that, its coordinates do.
    fn alone(&mut self, group: usize, item: Item, replayed: &mut Replayed) -> Result<(), Failure> {
        let mut item = vec![item];
        let mut last = Ok(());
        for refused in [RefusedForms::No, RefusedForms::Sealed, RefusedForms::Bare] {
            let became;
            (item, became) = self.became(group, item, refused, replayed)?;
            last = self.together(group, &item, &became, replayed);
            match &last {
                Err(failure) if failure.class == Class::Record => {}
                _ => return last,
            }
        }
        last
    }

    /// What becomes of the records, and of which: those that would wait for a release of
    /// which there are too few stay in quarantine.
    ///
    /// # Errors
    /// When something that the actions need cannot be had now.
    fn became(
        &mut self,
        group: usize,
        mut items: Vec<Item>,
        refused: RefusedForms,
        replayed: &mut Replayed,
    ) -> Result<(Vec<Item>, Became), Failure> {
        let plan = &self.feed.plans()[group];
        let bindings = match &mut self.schemas {
            Some(ask) => Some(ask(&items)?),
            None => None,
        };
        loop {
            let under = (plan, bindings.as_ref());
            let too_few = match became::became(&mut self.worker, &items, under, refused)? {
                Outcome::Whole(became) => return Ok((items, *became)),
                Outcome::TooFew(places) => places,
            };
            let why = format!(
                "too few records or persons for a release of `{}`: choose more of them together, or wait until there are",
                feed::name(plan)
            );
            replayed.not_replayed(why, too_few.len() as u64);
            let mut place = 0..;
            items.retain(|_| place.next().is_none_or(|at| !too_few.contains(&at)));
        }
    }

    fn together(
        &mut self,
        group: usize,
        items: &[Item],
        became: &Became,
        replayed: &mut Replayed,
    ) -> Result<(), Failure> {
        let Some(first) = items.first() else {
            return Ok(());
        };
        if self.writer.is_some() {
            let number = self.taken_down(items, became)?;
            self.written(items, became, first)?;
            if let Some(number) = number {
                self.releases.left(number);
            }
        }
        replayed.records += items.len() as u64;
        let came = &mut replayed.groups[group];
        came.counts.add(&became.counts);
        came.left_out.add_all(&became.left_out);
        for without in items.iter().flat_map(|item| &item.fed.without) {
            replayed.groups[*without].without += 1;
        }
        (self.progress)(replayed.records);
        Ok(())
    }

    /// Takes down what leaves together: under which number, if anything does.
    ///
    /// # Errors
    /// It cannot be written down: then nothing of it leaves.
    fn taken_down(&self, items: &[Item], became: &Became) -> Result<Option<u64>, Failure> {
        let Some((release, figures)) = &became.release else {
            return Ok(None);
        };
        let mut read: BTreeMap<i32, (i64, i64)> = BTreeMap::new();
        for item in items {
            let of = read.entry(item.lies_in).or_insert((item.offset, 0));
            *of = (of.0.min(item.offset), of.1.max(item.offset + 1));
        }
        let topic = self.topic.name();
        let covered = read.into_iter().map(|(partition, (from, to))| Covered {
            topic,
            partition,
            from,
            to,
        });
        let covered: Vec<Covered<'_>> = covered.collect();
        let number = self.releases.composed(&release.plan, figures, &covered);
        let number = number.map_err(|why| {
            let topic = feed::name(&release.plan);
            let what =
                format!("a release of `{topic}` cannot be written down, and does not leave: {why}");
            Failure::new(Class::Fatal, what)
        })?;
        Ok(Some(number))
    }

    /// Writes all of it in one transaction, with the markers that it is done with. Whatever
    /// of it is committed, all is.
    fn written(&mut self, items: &[Item], became: &Became, first: &Item) -> Result<(), Failure> {
        let (topic, stop) = (self.topic, self.stop);
        let Some(writer) = &mut self.writer else {
            return Ok(());
        };
        let own = items.iter().filter(|item| item.lies_in == first.lies_in);
        let last = own.map(|item| item.offset).max().unwrap_or(first.offset);
        let mut failures = 0;
        while let Err(failure) = attempt(writer, became, &marks(items), stop) {
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
            if is_done(topic, (first.lies_in, first.offset), last, stop)? {
                break;
            }
        }
        Ok(())
    }
}

impl Chunk {
    /// It is enough for a transaction under that plan.
    fn is_full(&self, plan: &Plan) -> bool {
        let held = plan.waiting().and_then(|output| output.held.as_ref());
        let (records_max, bytes_max) = match held {
            Some(held) => (held.records_max as usize, RELEASE_BYTES_MAX),
            None => (RECORDS_MAX, BYTES_MAX),
        };
        self.items.len() >= records_max || self.bytes >= bytes_max
    }
}

impl Replayed {
    fn not_replayed(&mut self, why: String, records: u64) {
        *self.not_replayed.entry(why).or_default() += records;
    }
}

/// That these are done with, in each partition that some lie in.
fn marks(items: &[Item]) -> Vec<Mark> {
    let mut lying: BTreeMap<i32, Vec<i64>> = BTreeMap::new();
    for item in items {
        lying.entry(item.lies_in).or_default().push(item.offset);
    }
    let marks = lying.iter().flat_map(|(partition, all)| {
        let some = all.chunks(OFFSETS_MAX);
        some.map(|offsets| mark(*partition, offsets))
    });
    marks.collect()
}

fn attempt(
    writer: &mut QuarantineWriter,
    became: &Became,
    marks: &[Mark],
    stop: &dyn Fn() -> bool,
) -> Result<(), Failure> {
    if !writer.is_open() {
        writer.open(stop)?;
    }
    let release = became.release.as_ref().map(|(release, _)| release);
    writer.transact(&became.batches, release, marks)
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
