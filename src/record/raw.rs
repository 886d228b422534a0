//! Raw records of one lane, in one piece of memory.

use super::lane::Lane;
use super::span::Span;
use super::timestamp::Timestamp;

/// One header of a record in a batch.
#[derive(Clone, Copy, Debug)]
pub struct HeaderAt {
    /// Its name.
    pub(crate) name: Span,
    /// Its value; `None` is Kafka's null.
    pub(crate) value: Option<Span>,
}

/// One raw record in a batch; `None` is Kafka's null.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RawRecord {
    /// Its offset (`apply`: line number from 0).
    pub(super) offset: i64,
    /// Its timestamp.
    pub(super) timestamp: Timestamp,
    /// Its key.
    pub(super) key: Option<Span>,
    /// Its value; `None` is a tombstone.
    pub(super) value: Option<Span>,
    /// Its headers: `headers[from..to]` of the batch.
    pub(super) headers: (u32, u32),
    /// It is one element of a record that was taken apart before: which.
    pub(super) element: Option<u32>,
}

/// Raw records of one lane, in order.
pub struct Raw {
    pub(super) lane: Lane,
    pub(super) vectors: RawBuffers,
}

/// The vectors of raw records, to be used again.
#[derive(Default)]
pub struct RawBuffers {
    pub(super) records: Vec<RawRecord>,
    pub(super) headers: Vec<HeaderAt>,
    /// Keys, values and headers.
    pub(super) bytes: Vec<u8>,
}

impl RawBuffers {
    /// Bytes of memory that they hold.
    pub fn held(&self) -> u64 {
        held(&self.records) + held(&self.headers) + held(&self.bytes)
    }
}

impl Raw {
    /// No records of that lane.
    pub(crate) fn new(lane: Lane) -> Raw {
        Raw::within(lane, RawBuffers::default())
    }

    /// No records of that lane, in vectors that were used before.
    pub fn within(lane: Lane, vectors: RawBuffers) -> Raw {
        Raw { lane, vectors }
    }

    /// Copies a record to the end; its parts as in `RawRecord`, headers as
    /// name and value.
    ///
    /// # Panics
    /// When all of it would be 4 GiB: whoever fills a batch closes it long
    /// before, and a message is below 2 GiB.
    pub fn push<'r>(
        &mut self,
        offset: i64,
        timestamp: Timestamp,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: impl IntoIterator<Item = (&'r [u8], Option<&'r [u8]>)>,
    ) {
        self.push_element((offset, None), timestamp, key, value, headers);
    }

    /// As [`Raw::push`], of a record that is element number `element`, counted from 0,
    /// of the one at that offset (`source.split`): all of that one, with the element
    /// in place of its list.
    ///
    /// # Panics
    /// As [`Raw::push`].
    pub fn push_element<'r>(
        &mut self,
        (offset, element): (i64, Option<u32>),
        timestamp: Timestamp,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: impl IntoIterator<Item = (&'r [u8], Option<&'r [u8]>)>,
    ) {
        const WIDE: &str = "raw records of a batch are below 4 GiB";
        let vectors = &mut self.vectors;
        let bytes = &mut vectors.bytes;
        let mut put = |part: &[u8]| {
            let at = bytes.len();
            bytes.extend_from_slice(part);
            Span::between(at, bytes.len()).expect(WIDE)
        };
        let (key, value) = (key.map(&mut put), value.map(&mut put));
        let from = vectors.headers.len();
        vectors
            .headers
            .extend(headers.into_iter().map(|(name, value)| HeaderAt {
                name: put(name),
                value: value.map(&mut put),
            }));
        let place = |n: usize| u32::try_from(n).expect(WIDE);
        vectors.records.push(RawRecord {
            offset,
            timestamp,
            key,
            value,
            headers: (place(from), place(vectors.headers.len())),
            element,
        });
    }

    /// Whose they are.
    pub(crate) fn lane(&self) -> &Lane {
        &self.lane
    }

    /// How many records.
    pub fn len(&self) -> usize {
        self.vectors.records.len()
    }

    /// True when there is none.
    pub fn is_empty(&self) -> bool {
        self.vectors.records.is_empty()
    }

    /// Bytes of all keys, values and headers.
    pub fn bytes_len(&self) -> usize {
        self.vectors.bytes.len()
    }

    /// How many headers all records have together.
    pub fn headers_len(&self) -> usize {
        self.vectors.headers.len()
    }

    /// Offsets of the first and the last record; `None` when there is none.
    pub(crate) fn offsets(&self) -> Option<(i64, i64)> {
        let records = &self.vectors.records;
        Some((records.first()?.offset, records.last()?.offset))
    }

    /// The timestamp of the first record, in milliseconds since 1970.
    pub fn first_ms(&self) -> Option<i64> {
        self.vectors.records.first()?.timestamp.millis()
    }

    /// The oldest timestamp, in milliseconds since 1970, if a record has one.
    pub fn oldest_ms(&self) -> Option<i64> {
        let records = self.vectors.records.iter();
        records.filter_map(|r| r.timestamp.millis()).min()
    }

    /// Bytes of memory that its vectors hold.
    pub fn held(&self) -> u64 {
        self.vectors.held()
    }

    /// The vectors, emptied.
    pub fn into_buffers(self) -> RawBuffers {
        let mut vectors = self.vectors;
        vectors.records.clear();
        vectors.headers.clear();
        vectors.bytes.clear();
        vectors
    }
}

/// Bytes of memory that a vector holds, whatever is in it.
pub fn held<T>(vec: &Vec<T>) -> u64 {
    (vec.capacity() * size_of::<T>()) as u64
}

/// Clear bytes never print themselves.
impl std::fmt::Debug for Raw {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Raw({:?}: {} records, {} bytes)",
            self.lane,
            self.len(),
            self.bytes_len()
        )
    }
}
