//! The whole path of a record, in one function.
//!
//! **In**: a batch of raw records of one lane. **Out**: a batch of what may be
//! written, with progress and figures. **Promises**: every record is, for each
//! output, written, withheld or quarantined; for all of its outputs or for
//! none; in input order; without I/O but the look-ups before the first record is
//! written, and with no clock, randomness or store but the worker's.
//! **Does not know**: Kafka's client, files, threads, the policy's text.
//!
//! # The stages cannot be skipped
//!
//! Each stage consumes what the one before it made, and nothing else makes it:
//!
//! ```
//! use veilstream::consent::state::Snapshot;
//! use veilstream::consent::{self, Gate};
//! use veilstream::decode::{self, Decoder};
//! use veilstream::pipeline::{self, Listed, OutRecords};
//! use veilstream::render::json::Json;
//! use veilstream::plan::Plan;
//! use veilstream::record::event_time::Now;
//! use veilstream::record::{Fetched, Refusal};
//! use veilstream::transform::stage::{self, Outgoing, Transformer, Under};
//!
//! fn one<'a>(
//!     fetched: Fetched<'a>,
//!     plan: &Plan,
//!     (decoder, gate): (&'a mut Decoder, &'a mut Gate),
//!     transformer: &'a mut Transformer,
//!     (out, records): (&mut Outgoing, &mut OutRecords),
//! ) -> Result<Listed<'a>, Refusal> {
//!     let decoded = decode::decode(fetched, plan, decoder)?;
//!     let state = Snapshot::unknown();
//!     let permitted = consent::permit(decoded, plan, &state, gate, Now::at(0))?;
//!     let sanitized = stage::sanitize(permitted, &Under::<Json>::plan(plan), Now::at(0), transformer, out)?;
//!     Ok(pipeline::list(sanitized, records))
//! }
//! ```
//!
//! The same without the gate does not compile: what was decoded is not permitted.
//!
//! ```compile_fail,E0308
//! use veilstream::consent::{self, Gate};
//! use veilstream::decode::{self, Decoder};
//! use veilstream::pipeline::{self, Listed, OutRecords};
//! use veilstream::render::json::Json;
//! use veilstream::plan::Plan;
//! use veilstream::record::event_time::Now;
//! use veilstream::record::{Fetched, Refusal};
//! use veilstream::transform::stage::{self, Outgoing, Transformer, Under};
//!
//! fn one<'a>(
//!     fetched: Fetched<'a>,
//!     plan: &Plan,
//!     (decoder, gate): (&'a mut Decoder, &'a mut Gate),
//!     transformer: &'a mut Transformer,
//!     (out, records): (&mut Outgoing, &mut OutRecords),
//! ) -> Result<Listed<'a>, Refusal> {
//!     let decoded = decode::decode(fetched, plan, decoder)?;
//!     let sanitized = stage::sanitize(decoded, &Under::<Json>::plan(plan), Now::at(0), transformer, out)?;
//!     Ok(pipeline::list(sanitized, records))
//! }
//! ```

mod bare;
mod batch;
mod buffer_pool;
mod by_schema;
mod cloud_event;
#[cfg(feature = "kafka")]
pub mod condition;
mod held;
mod listed;
#[cfg(feature = "kafka")]
pub(crate) mod observer;
mod pass;
mod quarantine;
mod rest;
mod schema_key;
mod shown;
mod tally;
mod unnamed;
mod worker;

pub use batch::{Destination, InBatch, OutBatch, OutBuffers, OutRecord, OutRecords};
pub use buffer_pool::BufferPool;
pub use held::Held;
pub use listed::{Listed, list};
#[cfg(feature = "kafka")]
pub use observer::{Covered, Onlooker, ReleaseFigures, ReleaseLog, ReleasedClasses};
pub use tally::Tally;
pub use unnamed::{UnnamedMembers, UnnamedPath, UnnamedPaths};
pub use worker::{SizeLimits, Worker};

use std::sync::Arc;

use crate::plan::Format;
use crate::record::format::Prefixes;
use crate::record::lookups::Outage;
use crate::record::{Fetched, Reason, Refusal};
use crate::render::json::Json;
use crate::transform::key_record::KeyPen;
use crate::transform::stage::{self, Under};
use crate::{consent, decode};
use decode::Split;
use pass::Pass;
pub use quarantine::GROUP_HEADER;
use quarantine::{Kept, Refused};
use schema_key::SchemaKey;
use worker::Serving;

/// Sanitizes a batch under its own plan.
///
/// # Errors
/// The batch itself, when something that its actions need cannot be had now:
/// nothing of it was written, and it is to be tried again.
///
/// # Panics
/// When the batch holds no record.
pub fn sanitize(batch: InBatch, worker: &mut Worker) -> Result<OutBatch, Box<Held>> {
    worker.begin(&batch);
    if let Err(outage) = make_ready(&batch, worker) {
        worker.put_off();
        return Err(Box::new(Held { batch, outage }));
    }
    let serving = worker.serving();
    each(&batch, Pass::Writes, serving);
    Ok(serving.finish(batch))
}

/// The batch with each element of the records that its plan takes apart as a record
/// of its own, which comes to the same: what a sample is looked at by. Records that
/// cannot be taken apart, and those without elements, stay as they are.
pub fn elements(batch: InBatch, worker: &Worker) -> InBatch {
    let plan = Arc::clone(&batch.plan);
    if plan.split.is_none() {
        return batch;
    }
    let mut decoder = worker.decoder();
    let InBatch {
        raw, epoch, seq, ..
    } = batch;
    let mut singly = InBatch::new(raw.lane().clone(), Arc::clone(&plan));
    (singly.epoch, singly.seq, singly.tries) = (epoch, seq, batch.tries);
    let mut push = |fetched: Fetched<'_>, element, value: Option<&[u8]>| {
        let (offset, at) = (fetched.offset(), fetched.timestamp());
        let (key, headers) = (fetched.key(), fetched.headers());
        singly
            .raw
            .push_element((offset, element), at, key, value, headers);
    };
    for fetched in raw.fetched() {
        let is_one = fetched.element().is_some() || fetched.value().is_none();
        let split = (!is_one).then(|| decode::split(fetched, &plan, &mut decoder));
        match split {
            Some(Ok(split)) if split.len() > 0 => {
                for n in 0..split.len() {
                    // What is refused of it is so again when it is looked at.
                    let _ = decode::element(&split, n, &plan, &mut decoder);
                    push(fetched, Some(n), Some(&split.text(&decoder)));
                }
            }
            _ => push(fetched, fetched.element(), fetched.value()),
        }
    }
    singly
}

/// Quarantines every record of a batch for one reason: what a record comes to
/// that the broker refuses for good.
///
/// # Panics
/// When the batch holds no record.
pub fn quarantine(batch: InBatch, reason: Reason, worker: &mut Worker) -> OutBatch {
    quarantine_all(batch, reason, Kept::Sealed, worker)
}

/// As [`quarantine`], but of each record only where it was: what a record comes
/// to whose quarantined form is refused as well.
///
/// # Panics
/// When the batch holds no record.
pub fn quarantine_bare(batch: InBatch, reason: Reason, worker: &mut Worker) -> OutBatch {
    quarantine_all(batch, reason, Kept::Nothing, worker)
}

fn quarantine_all(batch: InBatch, reason: Reason, kept: Kept, worker: &mut Worker) -> OutBatch {
    let serving = worker.begin(&batch);
    for fetched in batch.raw.fetched() {
        serving.counts.received += 1;
        serving.counts.received_bytes += fetched.bytes_len() as u64;
        let whole = Refused::whole(fetched);
        quarantine::quarantine(whole, reason.into(), kept, serving);
    }
    serving.finish(batch)
}

/// Every record of a batch, in order; of one that is taken apart every element. One
/// function for both passes: the stages have one caller each, and stay a part of its
/// loop.
#[inline(never)]
fn each(batch: &InBatch, pass: Pass, serving: &mut Serving) {
    let splits = batch.plan.split.is_some();
    let bindings = serving.bindings.as_ref();
    let has_schema = batch.plan.source.key_format.is_some();
    let reads_keys = has_schema && bindings.is_some_and(|b| b.are_by_id());
    let mut key = schema_key::Room::default();
    for fetched in batch.raw.fetched() {
        if pass == Pass::Writes {
            serving.counts.received_bytes += fetched.bytes_len() as u64;
        }
        // An element that comes by itself, and a tombstone, are one record.
        let is_one = !splits || fetched.element().is_some() || fetched.value().is_none();
        let split = match is_one {
            true => None,
            false => match apart(fetched, pass, serving) {
                Some(split) => Some(split),
                None => continue,
            },
        };
        let mut refused = 0;
        let parts = split.as_ref().map_or(1, Split::len);
        for n in 0..parts {
            if pass == Pass::Writes {
                serving.counts.received += 1;
            }
            let part = split.as_ref().map(|split| (split, n));
            let done = match reads_keys {
                false => one(fetched, part, KeyPen::JSON, pass, serving),
                true => keyed(fetched, part, pass, serving, &mut key),
            };
            match done {
                // What is refused while it asks is refused again, and counts, when
                // it is written.
                Err(refusal) if pass == Pass::Writes => {
                    refused += 1;
                    let refused = Refused::of(fetched, split.as_ref(), n, &serving.decoder);
                    quarantine::quarantine(refused, refusal, Kept::Sealed, serving);
                }
                _ => {}
            }
        }
        if let (Some(split), true) = (&split, pass == Pass::Writes && refused < parts) {
            tell_unnamed((fetched, split.unnamed()), serving);
        }
    }
}

/// Reads a record that is taken apart; `None`: it cannot be, and as a whole is
/// quarantined.
#[cold]
#[inline(never)]
fn apart<'a>(fetched: Fetched<'a>, pass: Pass, serving: &mut Serving) -> Option<Split<'a>> {
    let split = decode::split(fetched, &serving.plan, &mut serving.decoder);
    if pass == Pass::Writes {
        match &split {
            Ok(split) => {
                serving.counts.split += 1;
                serving.counts.split_empty += u64::from(split.len() == 0);
            }
            Err(reason) => {
                serving.counts.received += 1;
                let whole = Refused::whole(fetched);
                quarantine::quarantine(whole, (*reason).into(), Kept::Sealed, serving);
            }
        }
    }
    split.ok()
}

/// The record with its key, which names a schema, as the JSON that says the same; and then
/// as [`one`].
#[cold]
#[inline(never)]
fn keyed(
    fetched: Fetched<'_>,
    part: Option<(&Split<'_>, u32)>,
    pass: Pass,
    serving: &mut Serving,
    room: &mut schema_key::Room,
) -> Result<(), Refusal> {
    let bindings = serving.bindings.as_ref();
    let key = bindings.map_or(Ok(None), |bindings| SchemaKey::of(fetched, bindings))?;
    let Some(key) = key else {
        return one(fetched, part, KeyPen::JSON, pass, serving);
    };
    let plan = Arc::clone(&serving.plan);
    let key = key.read(&mut serving.decoder, room)?;
    let leaves = key.leaves(&plan);
    one(
        fetched.with_key(key.json),
        part,
        leaves.pen(),
        pass,
        serving,
    )
}

/// The life of a record, or of an element of one that is taken apart.
fn one(
    fetched: Fetched<'_>,
    part: Option<(&Split<'_>, u32)>,
    key: KeyPen<'_>,
    pass: Pass,
    serving: &mut Serving,
) -> Result<(), Refusal> {
    if serving.plan.source.type_header.is_some() {
        cloud_event::check(fetched, &serving.plan)?;
    }
    if let Format::Bare(bare) = serving.plan.source.format {
        return bare::one(fetched, bare, pass, serving);
    }
    // A record without a value is read as no format.
    let named = serving.bindings.is_some() && fetched.value().is_some();
    if named && !serving.plan.source.format.is_json() {
        return by_schema::one(fetched, key, pass, serving);
    }
    let Serving {
        plan,
        decoder,
        gate,
        state,
        transformer,
        now,
        outgoing,
        records,
        tally,
        counts,
        bindings,
        ..
    } = serving;
    let (fetched, schemas) = match bindings {
        Some(bindings) if named => by_schema::unframed(fetched, bindings)?,
        _ => (fetched, Prefixes::NONE),
    };
    // Hostile bytes become a tape of what the plan names.
    let decoded = match part {
        None => decode::decode(fetched, plan, decoder)?,
        Some((split, n)) => decode::element(split, n, plan, decoder)?,
    };
    let unnamed = decoded.unnamed();
    // Before anything is written: which outputs may have it?
    let permitted = consent::permit(decoded, plan, state, gate, *now)?;
    let under = Under::<Json>::new(plan, &plan.reading, schemas).with_key(key);
    if pass == Pass::Asks {
        stage::ask(permitted, &under, transformer);
        return Ok(());
    }
    // All of them get it, or none.
    let sanitized = stage::sanitize(permitted, &under, *now, transformer, outgoing)?;
    let listed: Listed<'_> = list(sanitized, records);
    listed.count(&outgoing.headers, tally, counts);
    if unnamed > 0 {
        tell_unnamed((fetched, unnamed), serving);
    }
    Ok(())
}

/// Counts the members of a record that nobody names, and looks at those of a few.
#[inline]
fn tell_unnamed((fetched, unnamed): (Fetched<'_>, u64), serving: &mut Serving) {
    serving.counts.unnamed += unnamed;
    if unnamed > 0 && serving.unnamed.is_due() {
        serving.unnamed.look(fetched, &serving.plan);
    }
}

/// What the actions of a batch ask for, before its first record is written:
/// what can fail, fails here.
fn make_ready(batch: &InBatch, worker: &mut Worker) -> Result<(), Outage> {
    let asks = batch.plan.asks;
    if asks.entropy {
        worker.serving().transformer.draw()?;
    }
    if asks.look_ups {
        each(batch, Pass::Asks, worker.serving());
        // What it saw of signals is seen again.
        let serving = worker.serving();
        serving.gate.begin_batch(serving.state.version());
        worker.resolve()?;
    }
    Ok(())
}

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
