//! When an event was, and what time it is where it is worked on.

use super::Reason;
use super::timestamp::Timestamp;

/// What time it is, for everything that asks it of one batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    ms: i64,
    judges: bool,
}

impl Now {
    /// So many milliseconds since 1970.
    pub const fn at(ms: i64) -> Now {
        Now { ms, judges: true }
    }

    /// The same, where nothing is too late or too early: events are looked at, and not
    /// taken from a stream.
    #[must_use]
    pub const fn without_judging(self) -> Now {
        Now {
            judges: false,
            ..self
        }
    }

    /// Milliseconds since 1970.
    pub const fn ms(self) -> i64 {
        self.ms
    }

    /// True when events of any time are taken.
    pub const fn takes_any(self) -> bool {
        !self.judges
    }
}

/// Which time of an event counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeOf {
    /// The record's timestamp.
    Record,
    /// A value of the record: a place in the plan's list of times.
    Value(u16),
}

/// The times of one record.
#[derive(Clone, Copy, Debug)]
pub struct EventTimes<'a> {
    /// The record's timestamp.
    pub timestamp: Timestamp,
    /// What the values say that the plan reads, milliseconds since 1970, or why they
    /// say nothing; `None`: they are not asked, and the timestamp stands for all.
    pub read: Option<&'a [Result<i64, Reason>]>,
}

impl EventTimes<'_> {
    /// Of an event that is no record: the time that is known of it, if any is.
    pub fn outside(at_ms: Option<i64>) -> EventTimes<'static> {
        EventTimes {
            timestamp: at_ms.map_or(Timestamp::None, Timestamp::Create),
            read: None,
        }
    }

    /// When the event was, milliseconds since 1970.
    ///
    /// # Errors
    /// `epoch_out_of_window` when the record says no such time; why a value is none.
    #[inline]
    pub fn of(&self, of: TimeOf) -> Result<i64, Reason> {
        match (of, self.read) {
            (TimeOf::Value(n), Some(read)) => {
                let read = read.get(usize::from(n)).copied();
                read.unwrap_or(Err(Reason::EpochOutOfWindow))
            }
            _ => self.timestamp.millis().ok_or(Reason::EpochOutOfWindow),
        }
    }
}
