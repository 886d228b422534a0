//! A batch of one lane while messages are copied into it.

use std::cell::Cell;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::Timestamp as KafkaTimestamp;
use rdkafka::message::{BorrowedHeaders, BorrowedMessage, Headers, Message};

use super::cost::{self, cost};
use crate::kafka::buffer_pool::Spare;
use crate::kafka::messages::Work;
use crate::plan::Plan;
use crate::record::Reason;
use crate::record::batch::{At, HeaderAt, InBatch, Lane, Span, Timestamp};

/// Most records of a batch.
pub const RECORDS_MAX: usize = 1_000;
/// A batch of so many bytes is closed.
pub const BYTES_MAX: usize = 1 << 20;
/// A batch of that age is closed.
pub const AGE_MAX: Duration = Duration::from_millis(10);

/// An open batch.
pub struct OpenBatch {
    work: Work,
    records_max: usize,
    opened: Instant,
}

impl OpenBatch {
    /// An empty batch of at most `records_max`, in the vectors of an old one.
    pub fn new(
        (lane, epoch, seq): (Lane, u64, u64),
        plan: Arc<Plan>,
        records_max: usize,
        spare: Spare,
        now: Instant,
    ) -> Self {
        let (records, headers, bytes) = spare;
        OpenBatch {
            records_max: records_max.min(RECORDS_MAX),
            work: Work {
                batch: InBatch {
                    lane,
                    epoch,
                    seq,
                    plan,
                    records,
                    headers,
                    bytes,
                },
                condemned: None,
            },
            opened: now,
        }
    }

    /// Copies a message in; the client library would otherwise keep the whole
    /// answer of the broker alive. Returns the credit it takes.
    pub fn push(
        &mut self,
        message: &BorrowedMessage<'_>,
        headers: Option<&BorrowedHeaders>,
    ) -> u64 {
        let batch = &mut self.work.batch;
        let before = batch.bytes.len();
        let from = batch.headers.len();
        if let Some(headers) = headers {
            for header in headers.iter() {
                let name = append(&mut batch.bytes, header.key.as_bytes());
                let value = header.value.map(|v| append(&mut batch.bytes, v));
                batch.headers.push(HeaderAt { name, value });
            }
        }
        self.push_body(message, before, from)
    }

    /// Takes the one message whose headers cannot be read in, without them.
    pub fn push_unreadable(&mut self, message: &BorrowedMessage<'_>) -> u64 {
        self.work.condemned = Some(Reason::NotUtf8);
        let batch = &self.work.batch;
        let (before, from) = (batch.bytes.len(), batch.headers.len());
        self.push_body(message, before, from)
    }

    fn push_body(&mut self, message: &BorrowedMessage<'_>, before: usize, from: usize) -> u64 {
        let batch = &mut self.work.batch;
        let key = message.key().map(|k| append(&mut batch.bytes, k));
        let value = message.payload().map(|v| append(&mut batch.bytes, v));
        batch.records.push(At {
            offset: message.offset(),
            timestamp: match message.timestamp() {
                KafkaTimestamp::NotAvailable => Timestamp::None,
                KafkaTimestamp::CreateTime(ms) => Timestamp::Create(ms),
                KafkaTimestamp::LogAppendTime(ms) => Timestamp::Append(ms),
            },
            key,
            value,
            headers: (index(from), index(batch.headers.len())),
        });
        let (headers, bytes) = (batch.headers.len() - from, batch.bytes.len() - before);
        cost::contents(&batch.plan, 1, headers, bytes)
    }

    /// True when it should go on its way.
    pub fn is_full(&self) -> bool {
        self.work.batch.records.len() >= self.records_max
            || self.work.batch.bytes.len() >= BYTES_MAX
    }

    /// True when it waited long enough.
    pub fn is_old(&self, now: Instant) -> bool {
        now >= self.opened + AGE_MAX
    }

    /// Credit it took, from its opening on.
    pub fn cost(&self) -> u64 {
        cost(&self.work.batch)
    }

    /// Closes it.
    pub fn close(self) -> Work {
        self.work
    }
}

thread_local! {
    static READS_HEADER_NAMES: Cell<bool> = const { Cell::new(false) };
}

/// True while this thread reads the names of headers: a panic then is the
/// binding's way to say that one is not UTF-8, it is caught, and a panic hook
/// must let it pass.
pub fn reads_header_names() -> bool {
    READS_HEADER_NAMES.get()
}

/// The name of a header is not UTF-8.
pub struct Unreadable;

/// The headers of a message, if it has any. The client library parses them anew
/// whenever they are asked for, and its binding can only say by a panic that a
/// name is not UTF-8.
pub fn readable_headers<'m>(
    message: &'m BorrowedMessage<'_>,
) -> Result<Option<&'m BorrowedHeaders>, Unreadable> {
    let Some(headers) = message.headers() else {
        return Ok(None);
    };
    let read = || headers.iter().map(|h| h.key.len()).sum::<usize>();
    READS_HEADER_NAMES.set(true);
    let names = std::panic::catch_unwind(std::panic::AssertUnwindSafe(read));
    READS_HEADER_NAMES.set(false);
    names.map(|_| Some(headers)).map_err(|_| Unreadable)
}

fn append(bytes: &mut Vec<u8>, part: &[u8]) -> Span {
    let at = index(bytes.len());
    bytes.extend_from_slice(part);
    Span {
        at,
        len: index(part.len()),
    }
}

/// A batch closes at 1 MiB and a message is below 2 GiB.
fn index(n: usize) -> u32 {
    u32::try_from(n).expect("a batch is below 4 GiB")
}
