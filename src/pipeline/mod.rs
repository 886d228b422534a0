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
//!     let permitted = consent::permit(decoded, plan, gate, Now::at(0))?;
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

mod batch;
mod buffer_pool;
#[cfg(feature = "kafka")]
pub mod condition;
mod held;
mod listed;
#[cfg(feature = "kafka")]
pub(crate) mod observer;
mod quarantine;
mod tally;
mod unnamed;
mod worker;

pub use batch::{Destination, InBatch, OutBatch, OutBuffers, OutRecord, OutRecords};
pub use buffer_pool::BufferPool;
pub use held::Held;
pub use listed::{Listed, list};
pub use tally::Tally;
pub use unnamed::{UnnamedMembers, UnnamedPath, UnnamedPaths};
pub use worker::{SizeLimits, Worker};

use crate::record::lookups::Outage;
use crate::record::{Fetched, Reason, Refusal};
use crate::render::json::Json;
use crate::transform::stage::{self, Under};
use crate::{consent, decode};
use quarantine::Kept;
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
        quarantine::quarantine(fetched, reason.into(), kept, serving);
    }
    serving.finish(batch)
}

/// What a batch is gone through for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pass {
    /// What its actions look up is asked for; nothing is written or counted.
    Asks,
    /// It is written.
    Writes,
}

/// Every record of a batch, in order. One function for both passes: the stages
/// have one caller each, and stay a part of its loop.
#[inline(never)]
fn each(batch: &InBatch, pass: Pass, serving: &mut Serving) {
    for fetched in batch.raw.fetched() {
        if pass == Pass::Writes {
            serving.counts.received += 1;
            serving.counts.received_bytes += fetched.bytes_len() as u64;
        }
        match one(fetched, pass, serving) {
            // What is refused while it asks is refused again, and counts, when
            // it is written.
            Err(refusal) if pass == Pass::Writes => {
                quarantine::quarantine(fetched, refusal, Kept::Sealed, serving);
            }
            _ => {}
        }
    }
}

/// The life of a record.
fn one(fetched: Fetched<'_>, pass: Pass, serving: &mut Serving) -> Result<(), Refusal> {
    let Serving {
        plan,
        decoder,
        gate,
        transformer,
        now,
        outgoing,
        records,
        tally,
        counts,
        unnamed: sampler,
        ..
    } = serving;
    // Hostile bytes become a tape of what the plan names.
    let decoded = decode::decode(fetched, plan, decoder)?;
    let unnamed = decoded.unnamed();
    // Before anything is written: which outputs may have it?
    let permitted = consent::permit(decoded, plan, gate, *now)?;
    let under = Under::<Json>::plan(plan);
    if pass == Pass::Asks {
        stage::ask(permitted, &under, transformer);
        return Ok(());
    }
    // All of them get it, or none.
    let sanitized = stage::sanitize(permitted, &under, *now, transformer, outgoing)?;
    let listed: Listed<'_> = list(sanitized, records);
    listed.count(&outgoing.headers, tally, counts);
    counts.unnamed += unnamed;
    if unnamed > 0 && sampler.is_due() {
        sampler.look(fetched, plan);
    }
    Ok(())
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
        worker.serving().gate.begin_batch();
        worker.resolve()?;
    }
    Ok(())
}

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
