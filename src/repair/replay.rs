//! Chosen records once more through the plan of today.
//!
//! The marker of a record stands in the transaction that holds what it became, so
//! the topic itself says what is done: whenever it is unclear how a transaction
//! ended, the writer is opened anew, which ends it, and the markers are read again.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use super::done::Done;
use super::entry::{Entry, Found};
use super::purge::mark;
use super::sealed::{self, Keys, Unopened};
use super::survey::{Partition, Survey};
use crate::crypto::kdf::KeyHandle;
use crate::crypto::quarantine::Opened;
use crate::kafka::errors::{Class, Failure};
use crate::kafka::quarantine_writer::QuarantineWriter;
use crate::kafka::stored_topic::{Lying, StoredTopic};
use crate::pipeline::{self, InBatch, OutBatch, Worker};
use crate::plan::Plan;
use crate::record::Reason;
use crate::record::counts::Counts;
use crate::record::lane::Lane;
use crate::schema::Bindings;

/// Most records of one transaction.
const RECORDS_MAX: usize = 1_000;
/// Most bytes of opened records of one transaction.
const BYTES_MAX: usize = 4 << 20;
/// Transactions that fail one after the other before it is given up.
const FAILURES_MAX: u32 = 30;

/// A replay.
pub struct Replay<'r> {
    /// Where the records lie.
    pub topic: &'r StoredTopic,
    /// The plan of today.
    pub plan: Arc<Plan>,
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
    /// What the records came to, counted under the plan; `received` is how many
    /// were replayed.
    pub counts: Counts,
    /// Records that were not, and why: they stay as they were.
    pub not_replayed: BTreeMap<String, u64>,
    /// It was told to stop before the end.
    pub stopped: bool,
}

/// One record, opened.
pub struct Item {
    /// Where it lies in its partition of the quarantine topic.
    offset: i64,
    tries: u32,
    /// Where it was read.
    partition: i32,
    source_offset: i64,
    /// What was read once.
    pub opened: Opened,
    /// What opened it.
    pub key: KeyHandle,
}

impl Replay<'_> {
    /// Replays what the survey chose, in the order of the quarantine topic.
    ///
    /// # Errors
    /// The cluster does not let it; what was committed until then is done.
    pub fn run(mut self, survey: &Survey) -> Result<Replayed, Failure> {
        let mut replayed = Replayed {
            counts: self.plan.counts(),
            not_replayed: BTreeMap::new(),
            stopped: false,
        };
        for part in &survey.parts {
            let whole = self.partition(part, &mut replayed)?;
            if !whole {
                replayed.stopped = true;
                break;
            }
        }
        Ok(replayed)
    }

    fn partition(&mut self, part: &Partition, replayed: &mut Replayed) -> Result<bool, Failure> {
        let (Some(first), Some(last)) = (part.chosen.first(), part.chosen.last()) else {
            return Ok(true);
        };
        let (topic, stop) = (self.topic, self.stop);
        let mut items: Vec<Item> = Vec::new();
        let mut bytes = 0;
        let whole = topic.read(part.partition, (*first, last + 1), stop, |record| {
            if part.chosen.binary_search(&record.offset).is_err() {
                return Ok(ControlFlow::Continue(()));
            }
            match self.item(record) {
                Ok(item) => {
                    bytes += record.value.len();
                    items.push(item);
                }
                Err(why) => *replayed.not_replayed.entry(why).or_default() += 1,
            }
            if items.len() >= RECORDS_MAX || bytes >= BYTES_MAX {
                bytes = 0;
                self.chunk(part.partition, std::mem::take(&mut items), replayed)?;
                if stop() {
                    return Ok(ControlFlow::Break(()));
                }
            }
            Ok(ControlFlow::Continue(()))
        })?;
        if whole {
            self.chunk(part.partition, items, replayed)?;
        }
        Ok(whole)
    }

    /// Opens a record of the topic, if the plan is for it.
    fn item(&self, record: &Lying<'_>) -> Result<Item, String> {
        let found = Found::read(record.headers(), record.at_ms, record.value.len());
        let Ok(Found::Entry(Entry { tries, .. })) = found else {
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
            offset: record.offset,
            partition,
            source_offset,
            tries,
            opened,
            key,
        })
    }

    /// Replays some records of a partition: all in one transaction, or, when the
    /// broker refuses one of them, each in its own.
    fn chunk(
        &mut self,
        partition: i32,
        items: Vec<Item>,
        replayed: &mut Replayed,
    ) -> Result<(), Failure> {
        (self.evidence)(&items)?;
        match self.together(partition, &items, RefusedForms::No, replayed) {
            Err(failure) if failure.class == Class::Record => {
                for item in &items {
                    self.alone(partition, item, replayed)?;
                }
                Ok(())
            }
            other => other,
        }
    }

    /// Replays one record; where the broker refuses what it became, it comes back
    /// to quarantine, and where it refuses that, its coordinates do.
    fn alone(
        &mut self,
        partition: i32,
        item: &Item,
        replayed: &mut Replayed,
    ) -> Result<(), Failure> {
        let item = std::slice::from_ref(item);
        let mut last = Ok(());
        for refused in [RefusedForms::No, RefusedForms::Sealed, RefusedForms::Bare] {
            last = self.together(partition, item, refused, replayed);
            match &last {
                Err(failure) if failure.class == Class::Record => {}
                _ => return last,
            }
        }
        last
    }

    fn together(
        &mut self,
        partition: i32,
        items: &[Item],
        refused: RefusedForms,
        replayed: &mut Replayed,
    ) -> Result<(), Failure> {
        let (Some(first), Some(last)) = (items.first(), items.last()) else {
            return Ok(());
        };
        let range = (first.offset, last.offset);
        let batches = self.sanitize(items, refused)?;
        let offsets: Vec<i64> = items.iter().map(|item| item.offset).collect();
        let (topic, stop) = (self.topic, self.stop);
        if let Some(writer) = &mut self.writer {
            let mut failures = 0;
            while let Err(failure) = attempt(writer, &batches, mark(partition, &offsets), stop) {
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
                if is_done(topic, partition, range, stop)? {
                    break;
                }
            }
        }
        for batch in &batches {
            replayed.counts.add(&batch.counts);
        }
        (self.progress)(replayed.counts.received);
        Ok(())
    }

    /// What becomes of the records, a batch for each run of one lane and number of
    /// tries.
    ///
    /// # Errors
    /// When something that the actions need cannot be had now.
    fn sanitize(
        &mut self,
        items: &[Item],
        refused: RefusedForms,
    ) -> Result<Vec<OutBatch>, Failure> {
        let alike = |a: &Item, b: &Item| {
            let place = |i: &Item| (i.partition, i.tries);
            a.opened.topic == b.opened.topic && place(a) == place(b)
        };
        let bindings = match &mut self.schemas {
            Some(ask) => Some(ask(items)?),
            None => None,
        };
        let runs = items.chunk_by(alike);
        runs.map(|run| {
            let mut batch = self.batch(run);
            batch.bindings.clone_from(&bindings);
            match refused {
                RefusedForms::No => pipeline::sanitize(batch, &mut self.worker)
                    .map_err(|held| Failure::new(Class::Fatal, held.outage.to_string())),
                RefusedForms::Sealed => {
                    let reason = Reason::RefusedByBroker;
                    Ok(pipeline::quarantine(batch, reason, &mut self.worker))
                }
                RefusedForms::Bare => {
                    let reason = Reason::RefusedByBroker;
                    Ok(pipeline::quarantine_bare(batch, reason, &mut self.worker))
                }
            }
        })
        .collect()
    }

    fn batch(&self, run: &[Item]) -> InBatch {
        let first = &run[0];
        let lane = Lane {
            topic: first.opened.topic.as_str().into(),
            partition: first.partition,
            claim: 0,
        };
        let mut batch = InBatch::new(lane, Arc::clone(&self.plan));
        batch.tries = first.tries;
        for Item {
            opened,
            source_offset,
            ..
        } in run
        {
            let headers = opened.headers.iter();
            batch.raw.push_element(
                (*source_offset, opened.element),
                opened.timestamp,
                opened.key.as_ref().map(|k| k.as_slice()),
                opened.value.as_ref().map(|v| v.as_slice()),
                headers.map(|(name, value)| (name.as_slice(), value.as_ref().map(|v| &v[..]))),
            );
        }
        batch
    }
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
    batches: &[OutBatch],
    mark: crate::kafka::quarantine_writer::Mark,
    stop: &dyn Fn() -> bool,
) -> Result<(), Failure> {
    if !writer.is_open() {
        writer.open(stop)?;
    }
    writer.transact(batches, &[mark])
}

/// True when a marker says that the records of one transaction are done with:
/// where one of them is, all are. Markers stand behind what they mark.
fn is_done(
    topic: &StoredTopic,
    partition: i32,
    (first, last): (i64, i64),
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
