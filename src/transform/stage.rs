//! The stage: a permitted record becomes a sanitized one, for all its outputs
//! or for none.

use super::counted::{self, Waits};
use super::field_outcome::FieldOutcome;
use super::key_record::{self, KeyPen};
use super::metadata;
use super::state::{Coordinates, Scratch, WorkerState, finish_jobs};
use super::walk::Walk;
use super::{ask, condition};
use crate::action::Cx;
use crate::consent::Permitted;
use crate::crypto::batch_entropy::BatchEntropy;
use crate::crypto::seal::BatchSeal;
use crate::plan::reading::Reading;
use crate::plan::{Plan, RecordKey, TableId};
use crate::record::event_time::Now;
use crate::record::format::{Format, Prefixes, Reader};
use crate::record::lookups::{LookedUp, Lookups, Outage};
use crate::record::raw::HeaderAt;
use crate::record::span::Span;
use crate::record::tape::Document;
use crate::record::timestamp::OutTimestamp;
use crate::record::value::View;
use crate::record::{Fetched, Reason, Refusal, Verdict};

/// What records of one shape are sanitized under: a plan, and how it reads and
/// writes them.
pub struct Under<'p, F: Format> {
    /// The plan.
    pub plan: &'p Plan,
    /// What each slot of the tape means.
    pub reading: &'p Reading,
    /// What the outputs are written with.
    pub schemas: F::Schemas<'p>,
    /// What the key of the record in work is written with, where it leaves as a record.
    key: KeyPen<'p>,
}

impl<'p, F: Format> Under<'p, F> {
    /// A reading of the plan, and what its outputs are written with.
    pub fn new(plan: &'p Plan, reading: &'p Reading, schemas: F::Schemas<'p>) -> Self {
        Under {
            plan,
            reading,
            schemas,
            key: KeyPen::JSON,
        }
    }

    /// The same for a record whose key that pen writes.
    #[must_use]
    pub fn with_key(self, key: KeyPen<'p>) -> Self {
        Under { key, ..self }
    }
}

impl<'p, F: for<'t> Format<Schemas<'t> = Prefixes<'t>>> Under<'p, F> {
    /// The plan's own reading, in a format that needs no schema.
    pub fn plan(plan: &'p Plan) -> Self {
        Under::new(plan, &plan.reading, Prefixes::NONE)
    }
}

/// What a worker keeps from record to record to transform under one plan.
pub struct Transformer {
    scratch: Scratch,
    work: WorkerState,
    /// What the record says of when it was.
    times: Vec<Result<i64, Reason>>,
    /// By output: the largest record it takes, in bytes.
    record_bytes_max: Vec<u64>,
    rendered: Vec<Rendered>,
    waits: Vec<Waits>,
}

/// Where the outgoing bytes of a batch grow.
#[derive(Default)]
pub struct Outgoing {
    /// Keys, values and headers.
    pub bytes: Vec<u8>,
    /// Headers, pointing into `bytes`.
    pub headers: Vec<HeaderAt>,
}

/// A record of which nothing clear is left but what the policy keeps. Made by
/// [`sanitize`] only.
pub struct Sanitized<'a> {
    fetched: Fetched<'a>,
    verdict: Verdict,
    rendered: &'a [Rendered],
    waits: &'a [Waits],
    fields: &'a [FieldOutcome],
}

/// What one output gets.
#[derive(Clone, Copy)]
pub struct Rendered {
    /// Its place in `Plan::outputs`.
    pub output: u16,
    /// Its key.
    pub key: Option<Span>,
    /// Its value; `None` is a tombstone.
    pub value: Option<Span>,
    /// Its headers: `headers[from..to]` of the outgoing bytes.
    pub headers: (u32, u32),
    /// Its timestamp.
    pub timestamp: OutTimestamp,
    /// It does not leave by itself: a place in what is known of those that wait
    /// ([`Sanitized::waits`]).
    pub waits: Option<u16>,
    /// What became of its fields: `fields[from..to]` of the record.
    fields: (usize, usize),
}

impl Transformer {
    /// A transformer; what it works with belongs to its worker.
    pub fn new(seal: BatchSeal, entropy: BatchEntropy, looked_up: LookedUp) -> Transformer {
        Transformer {
            scratch: Scratch::default(),
            work: WorkerState::new(seal, entropy, looked_up),
            times: Vec::new(),
            record_bytes_max: Vec::new(),
            rendered: Vec::new(),
            waits: Vec::new(),
        }
    }

    /// The same transformer, for outputs that take no more than that: key,
    /// value and headers of one record, in bytes, by output.
    pub fn with_record_bytes_max(mut self, by_output: &[u64]) -> Transformer {
        self.record_bytes_max = by_output.to_vec();
        self
    }

    /// Forgets seed and derived keys of the last batch, and what was made ready
    /// for it.
    pub fn begin_batch(&mut self) {
        self.work.seal.begin_batch();
        self.work.entropy.begin_batch();
        self.work.looked_up.begin_batch();
    }

    /// Draws the random bytes that the batch is to have.
    ///
    /// # Errors
    /// When there are none.
    pub fn draw(&mut self) -> Result<(), Outage> {
        let drawn = self.work.entropy.draw();
        drawn.map_err(|none| Outage::new(none.to_string()))
    }

    /// Has everything answered that [`ask`] asked for.
    ///
    /// # Errors
    /// When it cannot be now, or could not be asked for.
    pub fn resolve(&mut self, lookups: &mut dyn Lookups) -> Result<(), Outage> {
        let is_well = self.work.entropy.is_well();
        is_well.map_err(|none| Outage::new(none.to_string()))?;
        self.work.looked_up.resolve(lookups)
    }

    /// Does the work that was put off to the end of the batch.
    pub fn finish_batch(&mut self, plan: &Plan, bytes: &mut [u8]) {
        let work = &mut self.work;
        finish_jobs(plan, &mut work.jobs, bytes, &mut work.seal);
    }
}

/// Asks for everything that the actions of the record look up, before any
/// record of the batch is written. It takes the record, as [`sanitize`] does: lent
/// to both it would have to stand in memory, which costs each event 0.5 percent.
#[cold]
#[inline(never)]
pub fn ask<F: Format>(
    permitted: Permitted<'_, F::Reader>,
    under: &Under<'_, F>,
    transformer: &mut Transformer,
) {
    let plan = under.plan;
    let verdict = permitted.verdict();
    let coordinates = Coordinates::of(&permitted, &[]);
    transformer.scratch.around.clear();
    let scratch = &mut transformer.scratch;
    let asking = &mut transformer.work.asking(&coordinates);
    for (n, output) in plan.outputs.iter().enumerate() {
        let permits = verdict.is_permitted(n);
        if !permits && !verdict.is_clearing(n) {
            continue;
        }
        if let Some(RecordKey::Fields(id)) = output.key {
            let json = permitted.record_key();
            key_record::ask::<F>((plan, id), under.key, json, asking, scratch);
        }
        ask::around::<F>(plan, output, &permitted, permits, asking);
        if let Some(document) = permitted.value().filter(|_| permits) {
            condition::answer::<F>(output, &permitted, scratch, asking.text);
            let (table, walk) = walk(under, n, permitted.column(), document);
            walk.ask(0, table, asking, scratch);
        }
    }
}

/// Renders the record for every output that may have it, at the end of `out`.
/// `now`: for records without a timestamp, and for what may not come too late.
///
/// # Errors
/// The first reason why some field cannot be protected, with its place; `out` is
/// as before: all outputs get the record, or none does.
pub fn sanitize<'a, F: Format>(
    permitted: Permitted<'a, F::Reader>,
    under: &Under<'_, F>,
    now: Now,
    transformer: &'a mut Transformer,
    out: &mut Outgoing,
) -> Result<Sanitized<'a>, Refusal> {
    let before = (out.bytes.len(), out.headers.len());
    transformer.rendered.clear();
    transformer.waits.clear();
    transformer.scratch.fields.clear();
    transformer.scratch.frames.clear();
    transformer.scratch.marks.clear();
    transformer.scratch.refused = None;
    let mut verdict = permitted.verdict();
    let all = render_all(&permitted, under, now, &mut verdict, transformer, out);
    transformer.scratch.made.clear();
    if let Err(refusal) = all {
        out.bytes.truncate(before.0);
        out.headers.truncate(before.1);
        transformer.work.jobs.truncate(before.0);
        return Err(refusal);
    }
    Ok(Sanitized {
        fetched: permitted.fetched(),
        verdict,
        rendered: &transformer.rendered,
        waits: &transformer.waits,
        fields: &transformer.scratch.fields,
    })
}

/// Bytes of a record as the destination counts them.
pub(crate) fn size(key: Option<Span>, value: Option<Span>, headers: &[HeaderAt]) -> u64 {
    /// Lengths of a header's name and value, as varints.
    const HEADER_FRAMING: u64 = 10;
    let len = |span: Option<Span>| span.map_or(0, |s| u64::from(s.len));
    let headers = headers
        .iter()
        .map(|h| HEADER_FRAMING + u64::from(h.name.len) + len(h.value));
    len(key) + len(value) + headers.sum::<u64>()
}

fn render_all<F: Format>(
    permitted: &Permitted<'_, F::Reader>,
    under: &Under<'_, F>,
    now: Now,
    verdict: &mut Verdict,
    transformer: &mut Transformer,
    out: &mut Outgoing,
) -> Result<(), Refusal> {
    if verdict.is_empty() {
        return Ok(());
    }
    let Transformer {
        scratch,
        work,
        times,
        record_bytes_max,
        rendered,
        waits,
    } = transformer;
    if !under.plan.times.is_empty() {
        read_times(permitted, under.plan, &mut work.text, times);
    }
    let coordinates = Coordinates::of(permitted, times);
    let cx = &mut work.cx(&coordinates, now);
    for n in 0..under.plan.outputs.len() {
        if !verdict.is_permitted(n) && !verdict.is_clearing(n) {
            continue;
        }
        let made = render(permitted, under, n, verdict, cx, scratch, out)
            .map_err(|reason| Refusal::at(reason, n, scratch.refused))?;
        let Some(mut made) = made else {
            verdict.nothing_to_clear(n);
            continue;
        };
        let output = &under.plan.outputs[n];
        if output.waits() {
            made.waits = u16::try_from(waits.len()).ok();
            waits.push(counted::waits(permitted, under.plan, output, cx));
        }
        let headers = &out.headers[made.headers.0 as usize..];
        let size = size(made.key, made.value, headers);
        if record_bytes_max.get(n).is_some_and(|max| size > *max) {
            return Err(Refusal::at(Reason::TooLarge, n, None));
        }
        rendered.push(made);
    }
    Ok(())
}

/// The times of the record by which its actions choose epochs, milliseconds since
/// 1970; one that is not there is outside of every window.
#[inline(never)]
fn read_times<R: Reader>(
    record: &Permitted<'_, R>,
    plan: &Plan,
    text: &mut String,
    times: &mut Vec<Result<i64, Reason>>,
) {
    times.clear();
    times.extend(plan.times.iter().map(|time| {
        let view = record.value().and_then(|value| value.read(time.read));
        let view = view.filter(|view| !matches!(view, View::Null));
        let seconds = time
            .unit
            .seconds(view.ok_or(Reason::EpochOutOfWindow)?, text)?;
        seconds.checked_mul(1_000).ok_or(Reason::EpochOutOfWindow)
    }));
}

/// The walk over a record of that column for output number `n`, and the role table
/// it begins under.
#[inline]
fn walk<'w, 'd, F: Format>(
    under: &Under<'w, F>,
    n: usize,
    column: usize,
    document: Document<'d, F::Reader>,
) -> (TableId, Walk<'w, 'd, F>) {
    let Under {
        plan,
        reading,
        schemas,
        ..
    } = *under;
    let output = &plan.outputs[n];
    let table = output.by_type[column].expect("selected, so it has a table");
    let walk = Walk {
        plan,
        output,
        reading: reading.output(n),
        types: F::types(schemas, n, usize::from(table.0)),
        document,
    };
    (table, walk)
}

/// What output number `n` gets; `None`: a tombstone that would clear nothing.
#[inline]
fn render<F: Format>(
    permitted: &Permitted<'_, F::Reader>,
    under: &Under<'_, F>,
    n: usize,
    verdict: &Verdict,
    cx: &mut Cx<'_>,
    scratch: &mut Scratch,
    out: &mut Outgoing,
) -> Result<Option<Rendered>, Reason> {
    let plan = under.plan;
    let output = &plan.outputs[n];
    let permits = verdict.is_permitted(n);
    let bytes = &mut out.bytes;
    let fields_at = scratch.fields.len();
    let needs_key = permits && output.forward_tombstones;
    let key = match &output.key {
        Some(RecordKey::Made(write)) => {
            let record = (permitted, needs_key);
            metadata::key::<F>((plan, output), write, record, cx, scratch, bytes)?
        }
        Some(RecordKey::Fields(id)) => {
            let (at, json) = (bytes.len(), permitted.record_key());
            let made = key_record::write::<F>((plan, *id), under.key, json, cx, scratch, bytes)?;
            match made {
                true => Some(Span::between(at, bytes.len()).ok_or(Reason::TooLarge)?),
                false if needs_key => return Err(Reason::KeyUnreadable),
                false => None,
            }
        }
        None => None,
    };
    let headers_at = out.headers.len();
    let mut value = None;
    if let Some(document) = permitted.value().filter(|_| permits) {
        condition::answer::<F>(output, permitted, scratch, cx.text);
        let (table, walk) = walk(under, n, permitted.column(), document);
        let at = bytes.len();
        F::begin(under.schemas, n, bytes);
        walk.render(0, table, cx, scratch, bytes)?;
        value = Some(Span::between(at, bytes.len()).ok_or(Reason::TooLarge)?);
    } else if key.is_none() {
        // A tombstone says which key is gone; without one it says nothing.
        if permits {
            return Err(Reason::KeyUnreadable);
        }
        scratch.fields.truncate(fields_at);
        return Ok(None);
    }
    let headers = &mut out.headers;
    if permits {
        metadata::headers::<F>(plan, output, permitted, cx, scratch, bytes, headers)?;
    }
    metadata::stamp(output, bytes, headers)?;
    // Spans and targets are 32 bits wide.
    if u32::try_from(bytes.len()).is_err() {
        return Err(Reason::TooLarge);
    }
    let record = permitted.fetched().timestamp();
    Ok(Some(Rendered {
        output: u16::try_from(n).expect("at most 64 outputs"),
        key,
        value,
        headers: (headers_at as u32, out.headers.len() as u32),
        timestamp: metadata::timestamp(output.timestamp, record, cx.now.ms())?,
        waits: None,
        fields: (fields_at, scratch.fields.len()),
    }))
}

impl<'a> Sanitized<'a> {
    /// The raw record, for its coordinates.
    pub fn fetched(&self) -> Fetched<'a> {
        self.fetched
    }

    /// What was decided, clearing tombstones without a key taken back.
    pub fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// What each output gets, in the order of the plan.
    pub fn rendered(&self) -> &'a [Rendered] {
        self.rendered
    }

    /// What is known beside the value of those that wait, by [`Rendered::waits`].
    pub fn waits(&self) -> &'a [Waits] {
        self.waits
    }

    /// What became of the fields of one output.
    pub fn fields(&self, rendered: &Rendered) -> &'a [FieldOutcome] {
        &self.fields[rendered.fields.0..rendered.fields.1]
    }
}
