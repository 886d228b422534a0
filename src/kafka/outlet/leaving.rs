//! A release on its way: records of many lanes that leave together.

use std::sync::Arc;

use super::event::Progress;
use crate::consent::state::Decided;
use crate::pipeline::observer::{CountFigures, ReleaseFigures, ReleaseLog, Released};
use crate::plan::Plan;
use crate::record::counts::Counts;
use crate::record::state_row::StateRow;

/// Records that leave together, and how far that brings their lanes: all of it in one
/// transaction, or none.
pub(crate) struct Leaving {
    /// The plan that made it; it has one output.
    pub(crate) plan: Arc<Plan>,
    /// Which pass over the lanes.
    pub(crate) epoch: u64,
    /// One of each lane of which something is in it, or was left out.
    pub(crate) progress: Vec<Progress>,
    /// For the output, in an order that says nothing of theirs.
    pub(crate) records: Vec<Plain>,
    /// For the quarantine: what was refused of the same lanes.
    pub(crate) refused: Vec<Refusal>,
    /// It is not to be sent: what it stands for is decided anew, once it was read again.
    pub(crate) is_void: bool,
    /// By which version of people's decisions it was made, and who is in it.
    pub(crate) decided: Decided,
    /// For the topic of what the group remembers, sealed.
    pub(crate) rows: Vec<StateRow>,
    /// What happened to the records of these lanes, by source topic.
    pub(crate) counts: Vec<Counted>,
    /// Bytes of memory that it was charged with.
    pub(crate) held: u64,
    /// What is told of it once it is committed; `None`: nothing waited, and only progress
    /// is made.
    pub(crate) figures: Option<ReleaseFigures>,
    /// What is told of windows, once it is committed; `None`: nothing is counted.
    pub(crate) counted: Option<CountFigures>,
    /// What a log of releases has of it.
    pub(crate) recorded: Recorded,
}

/// What a log of releases has of one.
pub(crate) enum Recorded {
    /// There is none, or it is none that is written down.
    Nowhere,
    /// This one has it, under that number.
    As(Arc<dyn ReleaseLog>, u64),
    /// It could not be written down: it is not to be sent, but read again.
    Failed,
}

/// A record as it is written.
pub(crate) struct Plain {
    /// Its timestamp; `None`: that of the release, whole seconds.
    pub(crate) at_ms: Option<i64>,
    /// Its key.
    pub(crate) key: Option<Vec<u8>>,
    /// Its value.
    pub(crate) value: Vec<u8>,
    /// Its headers, in order.
    pub(crate) headers: Vec<Header>,
}

/// A header: name and value.
pub(crate) type Header = (Vec<u8>, Option<Vec<u8>>);

/// A record that was refused, sealed.
pub(crate) struct Refusal {
    /// The partition that it was read from.
    pub(crate) partition: i32,
    /// Sealed, and the headers that say why and where it was.
    pub(crate) record: Plain,
}

/// What happened to records of one source topic.
pub(crate) struct Counted {
    /// The topic.
    pub(crate) topic: Arc<str>,
    /// What happened.
    pub(crate) counts: Counts,
    /// When the oldest of them was written, milliseconds since 1970.
    pub(crate) oldest_ms: Option<i64>,
}

impl Leaving {
    /// Records that were read for it.
    pub(crate) fn read(&self) -> u32 {
        let read: u64 = self.counts.iter().map(|c| c.counts.received).sum();
        u32::try_from(read).unwrap_or(u32::MAX)
    }

    /// Bytes to be written.
    pub(crate) fn bytes_len(&self) -> u64 {
        let refused = self.refused.iter().map(|refused| &refused.record);
        let records = self.records.iter().chain(refused).map(Plain::len);
        let rows = self.rows.iter().map(StateRow::len);
        records.chain(rows).sum()
    }

    /// What is told of it, once it is committed.
    pub(crate) fn released(&self) -> Option<Released<'_>> {
        let figures = self.figures.as_ref()?;
        let topic = &self.plan.outputs.first()?.topic;
        Some(Released { topic, figures })
    }

    /// It is committed: whoever has it written down writes that, too.
    pub(crate) fn has_left(&self) {
        if let Recorded::As(log, number) = &self.recorded {
            log.left(*number);
        }
    }

    /// What is told of its windows, once it is committed.
    pub(crate) fn counted(&self) -> Option<(&str, &CountFigures)> {
        let topic = &self.plan.outputs.first()?.topic;
        Some((topic, self.counted.as_ref()?))
    }
}

impl Plain {
    /// Bytes of key, value and headers.
    pub(crate) fn len(&self) -> u64 {
        let headers = self.headers.iter();
        let headers = headers.map(|(name, value)| name.len() + value.as_ref().map_or(0, Vec::len));
        let key = self.key.as_ref().map_or(0, Vec::len);
        (key + self.value.len() + headers.sum::<usize>()) as u64
    }
}
