//! A batch of one lane on its way in and out: the unit of work of the pipeline.

use std::sync::Arc;

use super::Reason;
use super::counts::Counts;
use crate::plan::Plan;

/// One assigned partition, and which assignment of it: a partition that left
/// and came back is another lane, and nothing of the old one is sent.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Lane {
    /// Source topic.
    pub topic: Arc<str>,
    /// Source partition.
    pub partition: i32,
    /// Number of the assignment.
    pub claim: u64,
}

/// The offset to commit: one past the last record done (kafka rule R3). Made
/// in one place, from the offset of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NextOffset(i64);

impl NextOffset {
    /// The offset after that record's.
    pub const fn after(offset: i64) -> Self {
        NextOffset(offset + 1)
    }

    /// A position, which already is a next offset.
    pub const fn position(position: i64) -> Self {
        NextOffset(position)
    }

    /// As Kafka wants it.
    pub const fn get(self) -> i64 {
        self.0
    }
}

/// A span of a batch's bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// First byte.
    pub at: u32,
    /// Number of bytes.
    pub len: u32,
}

impl Span {
    /// The bytes themselves.
    pub fn of(self, bytes: &[u8]) -> &[u8] {
        &bytes[self.at as usize..][..self.len as usize]
    }
}

/// Kafka's timestamp of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timestamp {
    /// The record has none.
    None,
    /// Set by the producer, milliseconds since 1970.
    Create(i64),
    /// Set by the broker, milliseconds since 1970.
    Append(i64),
}

impl Timestamp {
    /// Milliseconds since 1970.
    pub const fn millis(self) -> Option<i64> {
        match self {
            Timestamp::None => None,
            Timestamp::Create(ms) | Timestamp::Append(ms) => Some(ms),
        }
    }
}

/// One header of a record in a batch.
#[derive(Clone, Copy, Debug)]
pub struct HeaderAt {
    /// Its name.
    pub name: Span,
    /// Its value; `None` is Kafka's null.
    pub value: Option<Span>,
}

/// One raw record in a batch; `None` is Kafka's null.
#[derive(Clone, Copy, Debug)]
pub struct At {
    /// Its offset (`apply`: line number from 0).
    pub offset: i64,
    /// Its timestamp.
    pub timestamp: Timestamp,
    /// Its key.
    pub key: Option<Span>,
    /// Its value; `None` is a tombstone.
    pub value: Option<Span>,
    /// Its headers: `headers[from..to]` of the batch.
    pub headers: (u32, u32),
}

/// Raw records of one lane, in order.
pub struct InBatch {
    /// Whose they are.
    pub lane: Lane,
    /// Which pass over the lane: a rewind starts a new one.
    pub epoch: u64,
    /// Gapless number within lane and epoch.
    pub seq: u64,
    /// The plan they are to be sanitized under.
    pub plan: Arc<Plan>,
    /// The records.
    pub records: Vec<At>,
    /// Their headers.
    pub headers: Vec<HeaderAt>,
    /// Their keys, values and headers.
    pub bytes: Vec<u8>,
}

impl InBatch {
    /// A batch without records, the first of its lane.
    pub fn new(lane: Lane, plan: Arc<Plan>) -> InBatch {
        InBatch {
            lane,
            epoch: 0,
            seq: 0,
            plan,
            records: Vec::new(),
            headers: Vec::new(),
            bytes: Vec::new(),
        }
    }

    /// Copies a record to the end; its parts as in [`At`], headers as name and
    /// value.
    ///
    /// # Panics
    /// When the batch would hold 4 GiB.
    pub fn push<'r>(
        &mut self,
        offset: i64,
        timestamp: Timestamp,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: impl IntoIterator<Item = (&'r [u8], Option<&'r [u8]>)>,
    ) {
        let narrow = |n: usize| u32::try_from(n).expect("a batch is below 4 GiB");
        let bytes = &mut self.bytes;
        let mut put = |part: &[u8]| {
            let at = narrow(bytes.len());
            bytes.extend_from_slice(part);
            narrow(bytes.len());
            Span {
                at,
                len: narrow(part.len()),
            }
        };
        let (key, value) = (key.map(&mut put), value.map(&mut put));
        let from = narrow(self.headers.len());
        self.headers
            .extend(headers.into_iter().map(|(name, value)| HeaderAt {
                name: put(name),
                value: value.map(&mut put),
            }));
        self.records.push(At {
            offset,
            timestamp,
            key,
            value,
            headers: (from, narrow(self.headers.len())),
        });
    }

    /// Bytes of memory that its vectors hold.
    pub fn held(&self) -> u64 {
        held(&self.records) + held(&self.headers) + held(&self.bytes)
    }
}

/// Bytes of memory that a vector holds, whatever is in it.
pub(crate) fn held<T>(vec: &Vec<T>) -> u64 {
    (vec.capacity() * size_of::<T>()) as u64
}

/// Clear bytes never print themselves.
impl std::fmt::Debug for InBatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "InBatch({:?} epoch {} seq {}: {} records, {} bytes)",
            self.lane,
            self.epoch,
            self.seq,
            self.records.len(),
            self.bytes.len()
        )
    }
}

/// Where a record of an [`OutBatch`] goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Destination {
    /// The output of that place in `Plan::outputs`.
    Output(u16),
    /// The quarantine topic, for that reason.
    Quarantine(Reason),
}

/// The timestamp an outgoing record gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutTimestamp {
    /// The time of writing.
    Now,
    /// Milliseconds since 1970.
    Millis(i64),
}

/// One record to be written.
#[derive(Clone, Copy, Debug)]
pub struct OutAt {
    /// Where to.
    pub destination: Destination,
    /// Offset of the source record it comes from.
    pub source_offset: i64,
    /// Its timestamp.
    pub timestamp: OutTimestamp,
    /// Its key.
    pub key: Option<Span>,
    /// Its value.
    pub value: Option<Span>,
    /// Its headers: `headers[from..to]` of the batch.
    pub headers: (u32, u32),
}

/// What a batch became. Only the `encode` stage puts records into it, out of
/// `Sanitized` ones; everything the outlet sends comes from here.
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
    /// Records to write, in input order; several outputs of one record stand
    /// side by side.
    pub(crate) records: Vec<OutAt>,
    /// Their headers.
    pub(crate) headers: Vec<HeaderAt>,
    /// Their bytes.
    pub(crate) bytes: Vec<u8>,
    /// What happened, to be published when the transaction commits.
    pub counts: Counts,
    /// The raw batch, given back for its buffers and for quarantine by record.
    pub input: InBatch,
}

impl OutBatch {
    /// Records to write, in input order.
    pub fn records(&self) -> &[OutAt] {
        &self.records
    }

    /// The bytes of a span.
    pub fn bytes(&self, span: Span) -> &[u8] {
        span.of(&self.bytes)
    }

    /// The headers of a record, in order.
    pub fn headers(&self, record: &OutAt) -> impl Iterator<Item = (&[u8], Option<&[u8]>)> {
        self.headers[record.headers.0 as usize..record.headers.1 as usize]
            .iter()
            .map(|h| (h.name.of(&self.bytes), h.value.map(|v| v.of(&self.bytes))))
    }

    /// Bytes of memory that it holds, the raw batch and its figures included.
    pub fn held(&self) -> u64 {
        let own = held(&self.records) + held(&self.headers) + held(&self.bytes);
        let fixed = size_of::<OutBatch>() as u64 + Counts::held_for(&self.plan);
        fixed + own + self.input.held()
    }

    /// Bytes to be written.
    pub fn bytes_len(&self) -> usize {
        self.bytes.len()
    }
}
