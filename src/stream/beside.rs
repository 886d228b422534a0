//! What leaves of a lane besides records that wait or are counted, and all that leaves
//! together.

use std::sync::Arc;

use crate::consent::state::Decided;
use crate::crypto::entropy::OsEntropy;
use crate::crypto::state_key::StateKey;
use crate::kafka::outlet::event::Progress;
use crate::kafka::outlet::leaving::{Counted, Leaving, Plain, Recorded, Refusal};
use crate::pipeline::observer::{CountFigures, ReleaseFigures};
use crate::pipeline::{Destination, OutBatch, OutRecord};
use crate::plan::Plan;
use crate::record::counts::Counts;
use crate::record::lane::Lane;
use crate::record::state_row::StateRow;
use crate::record::timestamp::OutTimestamp;

/// What leaves of a lane besides its records.
pub(super) struct Beside {
    lane: Lane,
    pub(super) counts: Counts,
    oldest_ms: Option<i64>,
    pub(super) refused: Vec<Refusal>,
    /// Records that somebody withdrew while they waited.
    pub(super) withdrawn: u64,
}

/// What leaves together.
pub(super) struct Content {
    pub(super) records: Vec<Plain>,
    pub(super) refused: Vec<Refusal>,
    /// It comes to nothing: what it stands for is read again.
    pub(super) is_void: bool,
    /// By which version of people's decisions it was made, and who is in it.
    pub(super) decided: Decided,
    /// What the group remembers of it, to be sealed.
    pub(super) rows: Vec<StateRow>,
    pub(super) counts: Vec<Counted>,
    /// Bytes of memory that it takes.
    pub(super) held: u64,
    /// `None`: nothing waited.
    pub(super) figures: Option<ReleaseFigures>,
    /// `None`: nothing is counted.
    pub(super) counted: Option<CountFigures>,
}

impl Beside {
    /// Nothing yet of the lane of that batch.
    pub(super) fn new(batch: &OutBatch, plan: &Plan) -> Beside {
        Beside {
            lane: batch.lane.clone(),
            counts: plan.counts(),
            oldest_ms: None,
            refused: Vec::new(),
            withdrawn: 0,
        }
    }

    /// Topic and partition of its lane.
    pub(super) fn partition(&self) -> (&str, i32) {
        (&self.lane.topic, self.lane.partition)
    }

    /// Keeps what leaves beside of a batch.
    pub(super) fn take(&mut self, batch: &OutBatch) {
        self.counts.add(&batch.counts);
        let oldest = self.oldest_ms.into_iter().chain(batch.raw().oldest_ms());
        self.oldest_ms = oldest.min();
        let all = batch.records().iter();
        self.refused
            .extend(all.filter_map(|record| refused(batch, record)));
    }

    /// Bytes of memory of the records that were refused.
    pub(super) fn bytes(&self) -> u64 {
        let refused = self.refused.iter();
        let each = refused.map(|refused| refused.record.len() + size_of::<Refusal>() as u64);
        each.sum()
    }
}

impl Content {
    /// On its way to the outlet; what the group remembers of it is sealed by `key`.
    pub(super) fn leaving(
        self,
        (plan, epoch): (&Arc<Plan>, u64),
        progress: Vec<Progress>,
        key: Option<&StateKey>,
    ) -> Leaving {
        let sealed = |row: StateRow| {
            let value = row.value.zip(key);
            let value = value.map(|(value, key)| key.seal(&row.key, &value, &mut OsEntropy));
            StateRow {
                key: row.key,
                value,
            }
        };
        let rows = match key {
            Some(_) => self.rows.into_iter().map(sealed).collect(),
            None => self.rows,
        };
        Leaving {
            plan: Arc::clone(plan),
            epoch,
            progress,
            records: self.records,
            refused: self.refused,
            is_void: self.is_void,
            decided: self.decided,
            rows,
            counts: self.counts,
            held: self.held,
            figures: self.figures,
            counted: self.counted,
            recorded: Recorded::Nowhere,
        }
    }

    /// Counts what leaves of a lane.
    pub(super) fn add(&mut self, own: Beside) {
        let topic = &own.lane.topic;
        match self.counts.iter_mut().find(|c| c.topic == *topic) {
            Some(known) => {
                known.counts.add(&own.counts);
                known.oldest_ms = known.oldest_ms.into_iter().chain(own.oldest_ms).min();
            }
            None => self.counts.push(Counted {
                topic: Arc::clone(topic),
                counts: own.counts,
                oldest_ms: own.oldest_ms,
            }),
        }
    }
}

/// A record that was refused, out of the buffers of its batch.
fn refused(batch: &OutBatch, record: &OutRecord) -> Option<Refusal> {
    let Destination::Quarantine(_) = record.destination else {
        return None;
    };
    let owned = |(name, value): (&[u8], Option<&[u8]>)| (name.to_vec(), value.map(<[u8]>::to_vec));
    Some(Refusal {
        partition: batch.lane.partition,
        record: Plain {
            at_ms: match record.timestamp {
                OutTimestamp::Now => None,
                OutTimestamp::Millis(ms) => Some(ms),
            },
            key: record.key.map(|key| batch.bytes(key).to_vec()),
            value: record
                .value
                .map_or_else(Vec::new, |value| batch.bytes(value).to_vec()),
            headers: batch.headers(record).map(owned).collect(),
        },
    })
}
