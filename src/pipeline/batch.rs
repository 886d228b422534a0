//! A batch of one lane on its way in and out: the unit of work of the pipeline.

use std::sync::Arc;

use crate::consent::state::Decided;
use crate::plan::Plan;
use crate::record::Reason;
use crate::record::counts::Counts;
use crate::record::lane::{Lane, NextOffset};
use crate::record::raw::{HeaderAt, Raw, held};
use crate::record::span::Span;
use crate::record::timestamp::OutTimestamp;
use crate::schema::Bindings;
use crate::schema::binding::Binding;
use crate::transform::counted::Waits;
use crate::transform::stage::Sanitized;

/// Raw records of one lane, and what they are to be sanitized under.
pub struct InBatch {
    /// The records.
    pub raw: Raw,
    /// Which pass over the lane: a rewind starts a new one.
    pub epoch: u64,
    /// Gapless number within lane and epoch.
    pub seq: u64,
    /// The plan they are to be sanitized under.
    pub plan: Arc<Plan>,
    /// How often these records were in quarantine before.
    pub tries: u32,
    /// What cannot be read goes to quarantine, also where another release group of the
    /// policy sends it there when both read it: that one is not given these records.
    pub keeps_unread: bool,
    /// What is known of the schemas that they were written under; `None`: what the
    /// plan itself says of one.
    pub bindings: Option<Arc<Bindings>>,
}

impl InBatch {
    /// A batch without records, the first of its lane.
    pub fn new(lane: Lane, plan: Arc<Plan>) -> InBatch {
        InBatch {
            raw: Raw::new(lane),
            epoch: 0,
            seq: 0,
            plan,
            tries: 0,
            keeps_unread: false,
            bindings: None,
        }
    }
}

/// Where a record of an [`OutBatch`] goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Destination {
    /// The output of that place in `Plan::outputs`.
    Output(u16),
    /// The release of that output that it waits for, or the counts that it goes into: it
    /// does not leave by itself, and its value is none that may leave.
    Held(u16),
    /// The quarantine topic, for that reason.
    Quarantine(Reason),
}

/// One record to be written.
#[derive(Clone, Copy, Debug)]
pub struct OutRecord {
    /// Where to.
    pub destination: Destination,
    /// Offset of the source record it comes from.
    pub source_offset: i64,
    /// Which element of that record it comes from, where a sample was taken apart.
    pub source_element: Option<u32>,
    /// Its timestamp.
    pub timestamp: OutTimestamp,
    /// Its key.
    pub key: Option<Span>,
    /// Its value.
    pub value: Option<Span>,
    /// Its headers: `headers[from..to]` of the batch.
    pub(crate) headers: (u32, u32),
}

/// The records that a batch lists. Only what is sanitized or quarantined gets
/// in: there is one maker for each.
#[derive(Default)]
pub struct OutRecords {
    list: Vec<OutRecord>,
    /// Of each that is held, in order: what is known beside its value.
    waits: Vec<Waits>,
}

impl OutRecords {
    /// Lists what each output gets of a record.
    pub(super) fn list(&mut self, sanitized: &Sanitized<'_>) {
        let fetched = sanitized.fetched();
        let (source_offset, source_element) = (fetched.offset(), fetched.element());
        self.waits.extend_from_slice(sanitized.waits());
        let list = &mut self.list;
        list.extend(sanitized.rendered().iter().map(|r| OutRecord {
            destination: match r.waits {
                None => Destination::Output(r.output),
                Some(_) => Destination::Held(r.output),
            },
            source_offset,
            source_element,
            timestamp: r.timestamp,
            key: r.key,
            value: r.value,
            headers: r.headers,
        }));
    }

    /// Lists a record again, as it is shown.
    pub(super) fn push_shown(&mut self, record: OutRecord) {
        self.list.push(record);
    }

    /// Lists a quarantined record: `value` is what is sealed of it, empty for a
    /// bare one, `headers` say why and where it was.
    pub(super) fn quarantine(
        &mut self,
        reason: Reason,
        source_offset: i64,
        value: Span,
        headers: (u32, u32),
    ) {
        self.list.push(OutRecord {
            destination: Destination::Quarantine(reason),
            source_offset,
            source_element: None,
            timestamp: OutTimestamp::Now,
            key: None,
            value: Some(value),
            headers,
        });
    }
}

impl OutRecords {
    fn held(&self) -> u64 {
        held(&self.list) + held(&self.waits)
    }
}

/// What a batch became: everything the outlet sends comes from here.
pub struct OutBatch {
    /// Whose it is.
    pub lane: Lane,
    /// See [`InBatch::epoch`].
    pub epoch: u64,
    /// See [`InBatch::seq`].
    pub seq: u64,
    /// Offset of the first record read.
    pub first: i64,
    /// Progress of the lane once this is committed.
    pub next: NextOffset,
    /// The plan that made it.
    pub plan: Arc<Plan>,
    /// What happened, to be published when the transaction commits.
    pub counts: Counts,
    /// By which version of people's decisions it was decided, and who is in it: whoever
    /// withdraws before it is committed must not leave so.
    pub decided: Decided,
    /// In input order; several outputs of one record stand side by side.
    records: OutRecords,
    headers: Vec<HeaderAt>,
    bytes: Vec<u8>,
    /// Given back for its buffers, and for quarantine by record.
    input: InBatch,
}

/// Buffers of a batch that was delivered, to be used again.
#[derive(Default)]
pub struct OutBuffers {
    pub(super) records: OutRecords,
    pub(super) headers: Vec<HeaderAt>,
    pub(super) bytes: Vec<u8>,
    pub(super) counts: Counts,
    pub(super) decided: Decided,
}

impl OutBuffers {
    /// Bytes of memory that they hold; their figures, a few hundred bytes, are
    /// left out.
    pub fn held(&self) -> u64 {
        self.records.held() + held(&self.headers) + held(&self.bytes) + held(&self.decided.who)
    }
}

impl OutBatch {
    /// What became of `input` under its plan.
    ///
    /// # Panics
    /// When the input holds no record.
    pub(super) fn new(input: InBatch, made: OutBuffers) -> OutBatch {
        let (first, last) = input
            .raw
            .offsets()
            .expect("a batch holds at least one record");
        OutBatch {
            lane: input.raw.lane().clone(),
            epoch: input.epoch,
            seq: input.seq,
            first,
            next: NextOffset::after(last),
            plan: Arc::clone(&input.plan),
            counts: made.counts,
            decided: made.decided,
            records: made.records,
            headers: made.headers,
            bytes: made.bytes,
            input,
        }
    }

    /// Records to write, in input order.
    pub fn records(&self) -> &[OutRecord] {
        &self.records.list
    }

    /// Of each record that is [`Destination::Held`], in order: what is known beside its
    /// value.
    pub fn waits(&self) -> &[Waits] {
        &self.records.waits
    }

    /// The bytes of a span.
    pub fn bytes(&self, span: Span) -> &[u8] {
        span.of(&self.bytes)
    }

    /// The headers of a record, in order.
    pub fn headers(&self, record: &OutRecord) -> impl Iterator<Item = (&[u8], Option<&[u8]>)> {
        self.headers[record.headers.0 as usize..record.headers.1 as usize]
            .iter()
            .map(|h| (h.name.of(&self.bytes), h.value.map(|v| v.of(&self.bytes))))
    }

    /// The schema that values of that output are written under, where the batch says
    /// what its records were written under.
    pub fn schema(&self, output: u16) -> Option<&str> {
        Some(&self.binding()?.schemas[usize::from(output)])
    }

    /// What its records were read by, where the batch says what they were written under.
    pub fn binding(&self) -> Option<&Binding> {
        let bindings = self.input.bindings.as_ref()?;
        let binding = bindings.of_all().ok()?;
        Some(binding)
    }

    /// What it was made from.
    pub(super) fn input(&self) -> &InBatch {
        &self.input
    }

    /// The bytes that spans are of.
    pub(super) fn all_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The headers of all records.
    pub(super) fn all_headers(&self) -> &[HeaderAt] {
        &self.headers
    }

    /// The raw records it was made from.
    pub fn raw(&self) -> &Raw {
        &self.input.raw
    }

    /// Bytes of memory that it holds, the raw batch and its figures included.
    pub fn held(&self) -> u64 {
        let own = self.records.held() + held(&self.headers) + held(&self.bytes);
        let own = own + held(&self.decided.who);
        let fixed = size_of::<OutBatch>() as u64 + self.plan.counts_held();
        fixed + own + self.input.raw.held()
    }

    /// The bytes of all records, one after the other.
    #[cfg(test)]
    pub(super) fn bytes_of_all(&self) -> &[u8] {
        &self.bytes
    }

    /// Bytes to be written.
    pub fn bytes_len(&self) -> usize {
        self.bytes.len()
    }
}

impl From<OutBatch> for (InBatch, OutBuffers) {
    /// The batch is delivered, or void: its input, and the buffers for
    /// [`Worker::take_back`](super::Worker::take_back), emptied.
    fn from(batch: OutBatch) -> Self {
        let mut buffers = OutBuffers {
            records: batch.records,
            headers: batch.headers,
            bytes: batch.bytes,
            counts: batch.counts,
            decided: batch.decided,
        };
        buffers.records.list.clear();
        buffers.records.waits.clear();
        buffers.headers.clear();
        buffers.bytes.clear();
        (batch.input, buffers)
    }
}
