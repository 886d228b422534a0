//! A batch of one lane while messages are copied into it.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rdkafka::Timestamp as KafkaTimestamp;
use rdkafka::message::{Headers, Message};

use super::cost::{self, cost};
use crate::kafka::messages::Work;
use crate::pipeline::InBatch;
use crate::plan::Plan;
use crate::record::Reason;
use crate::record::lane::Lane;
use crate::record::raw::{Raw, RawBuffers};
use crate::record::timestamp::Timestamp;
use crate::schema::Bindings;

/// A batch of so many bytes is closed.
pub(crate) const BYTES_MAX: usize = 1 << 20;

/// How long records wait for decisions under that plan.
pub(crate) fn settle(plan: &Plan) -> Duration {
    let ms = plan.live.as_ref().map_or(0, |live| live.settle_ms);
    Duration::from_millis(u64::try_from(ms).unwrap_or(0))
}

/// An open batch.
pub(crate) struct OpenBatch {
    work: Work,
    records_max: usize,
    /// How long a record waits for decisions that it may have overtaken.
    settle: Duration,
    /// When the last of its records has waited so long.
    settled_at: Option<Instant>,
}

impl OpenBatch {
    /// An empty batch of at most `records_max`, in the vectors of an old one. `bindings`:
    /// what is known of the schemas of its records, where they name them.
    pub(crate) fn new(
        (lane, epoch, seq): (Lane, u64, u64),
        (plan, bindings): (Arc<Plan>, Option<Arc<Bindings>>),
        records_max: usize,
        spare: RawBuffers,
    ) -> Self {
        OpenBatch {
            records_max,
            settle: settle(&plan),
            settled_at: None,
            work: Work {
                batch: InBatch {
                    raw: Raw::within(lane, spare),
                    epoch,
                    seq,
                    plan,
                    tries: 0,
                    keeps_unread: false,
                    bindings,
                },
                condemned: None,
            },
        }
    }

    /// Copies a message in; the client library would otherwise keep the whole
    /// answer of the broker alive. Returns the credit it takes.
    pub(crate) fn push<M: Message>(&mut self, message: &M, headers: Option<&M::Headers>) -> u64 {
        if !self.settle.is_zero() {
            self.waits_for(message);
        }
        let InBatch { raw, plan, .. } = &mut self.work.batch;
        let (headers_before, bytes_before) = (raw.headers_len(), raw.bytes_len());
        let headers = headers.into_iter().flat_map(|all| all.iter());
        raw.push(
            message.offset(),
            match message.timestamp() {
                KafkaTimestamp::NotAvailable => Timestamp::None,
                KafkaTimestamp::CreateTime(ms) => Timestamp::Create(ms),
                KafkaTimestamp::LogAppendTime(ms) => Timestamp::Append(ms),
            },
            message.key(),
            message.payload(),
            headers.map(|h| (h.key.as_bytes(), h.value)),
        );
        let headers = raw.headers_len() - headers_before;
        cost::contents(plan, 1, headers, raw.bytes_len() - bytes_before)
    }

    /// Takes the one message whose headers cannot be read in, without them.
    pub(crate) fn push_unreadable<M: Message>(&mut self, message: &M) -> u64 {
        self.work.condemned = Some(Reason::NotUtf8);
        self.push(message, None)
    }

    /// True of a batch whose records are read as `bindings` say.
    pub(crate) fn is_under(&self, bindings: &Arc<Bindings>) -> bool {
        let own = self.work.batch.bindings.as_ref();
        own.is_some_and(|own| Arc::ptr_eq(own, bindings))
    }

    /// True when it should go on its way.
    pub(crate) fn is_full(&self) -> bool {
        self.work.batch.raw.len() >= self.records_max
            || self.work.batch.raw.bytes_len() >= BYTES_MAX
    }

    /// From when the broker took it in, where it says so, so that a backlog does not wait;
    /// else, and at most, from now on.
    fn waits_for<M: Message>(&mut self, message: &M) {
        let waits = match message.timestamp() {
            KafkaTimestamp::CreateTime(_) | KafkaTimestamp::NotAvailable => self.settle,
            KafkaTimestamp::LogAppendTime(ms) => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH);
                let now_ms = since.map_or(i64::MAX, |d| d.as_millis() as i64);
                let age = u64::try_from(now_ms.saturating_sub(ms)).unwrap_or(0);
                self.settle.saturating_sub(Duration::from_millis(age))
            }
        };
        let at = Instant::now() + waits;
        self.settled_at = Some(self.settled_at.map_or(at, |before| before.max(at)));
    }

    /// Until when it must wait; `None`: it need not.
    pub(crate) fn settled_at(&self) -> Option<Instant> {
        self.settled_at
    }

    /// Credit it took, from its opening on.
    pub(crate) fn cost(&self) -> u64 {
        cost(&self.work.batch)
    }

    /// Closes it.
    pub(crate) fn close(self) -> Work {
        self.work
    }
}
