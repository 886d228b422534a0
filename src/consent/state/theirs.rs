//! A topic of decisions that somebody else writes: one record a person, whose value holds
//! all that they decided.

use crate::consent::signals;
use crate::decode::{Decoder, Limits, decode};
use crate::plan::Plan;
use crate::record::event_time::Now;
use crate::record::lane::Lane;
use crate::record::raw::{Raw, RawBuffers};
use crate::record::timestamp::Timestamp;

/// Reads such values.
pub struct TheirValues {
    decoder: Decoder,
    text: String,
    scratch: signals::Scratch,
    lane: Lane,
    buffers: RawBuffers,
}

impl TheirValues {
    /// A reader of values of one plan. `seed` must be drawn at random.
    pub fn new(seed: u64, limits: Limits) -> TheirValues {
        TheirValues {
            decoder: Decoder::new(seed, limits),
            text: String::new(),
            scratch: signals::Scratch::default(),
            lane: Lane {
                topic: "".into(),
                partition: 0,
                claim: 0,
            },
            buffers: RawBuffers::default(),
        }
    }

    /// The categories of `reads` that a value grants, and those that it denies, as bits by
    /// their places; `now_ms`: milliseconds since 1970, by which a signal has its age.
    /// `None`: it cannot be read, or a part of it cannot that says something of consent.
    pub fn read(&mut self, reads: &Plan, value: &[u8], now_ms: i64) -> Option<(u64, u64)> {
        let buffers = std::mem::take(&mut self.buffers);
        let mut raw = Raw::within(self.lane.clone(), buffers);
        raw.push(0, Timestamp::None, None, Some(value), std::iter::empty());
        let read = self.bits(reads, &raw, now_ms);
        self.buffers = raw.into_buffers();
        read
    }

    fn bits(&mut self, reads: &Plan, raw: &Raw, now_ms: i64) -> Option<(u64, u64)> {
        let fetched = raw.fetched().next()?;
        let decoded = decode(fetched, reads, &mut self.decoder).ok()?;
        let record = signals::Heard {
            value: decoded.value()?,
            fetched,
            now: Now::at(now_ms),
        };
        let (mut granted, mut denied) = (0, 0);
        let (text, scratch) = (&mut self.text, &mut self.scratch);
        scratch.bad = Default::default();
        signals::heard(
            &record,
            &reads.signals,
            text,
            scratch,
            &mut granted,
            &mut denied,
        );
        let is_bad = scratch.bad.iter().any(|n| *n > 0);
        (!is_bad).then_some((granted & !denied, denied))
    }
}
