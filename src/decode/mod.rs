//! Bytes to tape: one file a format.
//!
//! **In**: a [`Fetched`] record and the plan's automatons. **Out**: a
//! [`Decoded`] record, whose tape names what the plan names, or the
//! [`Reason`] why there is none. **Promises**: hostile input is expected; all
//! of it is validated, named or not, in bounded memory and linear time.
//! **Does not know**: what becomes of a value.

mod duplicates;
pub mod json;
mod learned_names;
mod limits;
mod scan;
pub(crate) mod unnamed;
mod ways;

use crate::plan::Plan;
use crate::plan::automaton::Automaton;
use crate::record::format::{JsonText, Reader};
use crate::record::tape::{Document, Entry, Opened, Tape};
use crate::record::{Fetched, Reason};
use json::{JsonDecoder, Opening};
pub use limits::Limits;

/// What a worker keeps from record to record to decode under one plan.
pub struct Decoder {
    value: JsonDecoder,
    value_tape: Tape,
    record_key: JsonDecoder,
    record_key_tape: Tape,
    limits: Limits,
}

/// A record whose value, and JSON record key, are fully validated. Made by
/// [`decode`] only.
pub struct Decoded<'a, R: Reader> {
    fetched: Fetched<'a>,
    value: Option<Document<'a, R>>,
    record_key: Option<Document<'a, R>>,
}

impl Decoder {
    /// Bytes that the tapes of one decoder may take under that plan. A tape that
    /// has grown stays so, for the next large record; it grows by doubling.
    pub fn tape_bytes_max(plan: &Plan, limits: &Limits) -> u64 {
        let tapes = 1 + u64::from(plan.record_key.is_some());
        let entries = limits.tape_entries_max.next_power_of_two();
        let (mut each, mut side) = (size_of::<Entry>(), 0);
        let key = plan.record_key.as_ref();
        if plan.value.opens_texts() || key.is_some_and(Automaton::opens_texts) {
            each += size_of::<u32>() + size_of::<Opened>();
            side = tapes * u64::from(limits.value_bytes_max.next_power_of_two());
        }
        tapes * u64::from(entries) * each as u64 + side
    }

    /// A decoder for records of one plan. `seed` must be drawn at random.
    pub fn new(seed: u64, limits: Limits) -> Decoder {
        Decoder {
            value: JsonDecoder::new(seed),
            value_tape: Tape::default(),
            record_key: JsonDecoder::new(seed),
            record_key_tape: Tape::default(),
            limits,
        }
    }
}

/// Reads value and JSON record key of a record. A null value is a tombstone,
/// a null key is absent: neither is an error here.
///
/// # Errors
/// What [`JsonDecoder::decode`] says of the value; `key_unreadable` when the
/// record key is no JSON object although the plan reads it as one.
pub fn decode<'a>(
    fetched: Fetched<'a>,
    plan: &Plan,
    decoder: &'a mut Decoder,
) -> Result<Decoded<'a, JsonText>, Reason> {
    let value = match fetched.value() {
        Some(bytes) => {
            let tape = &mut decoder.value_tape;
            let input = decoder
                .value
                .decode(bytes, &plan.value, &decoder.limits, tape)?;
            if !tape.pending.is_empty() {
                let opening = Opening {
                    automaton: &plan.value,
                    limits: &decoder.limits,
                    nothing: &plan.nothing,
                };
                decoder.value.open_texts(input, opening, tape)?;
            }
            ways::find(&plan.ways, &plan.value, input, tape);
            Some(Document { input, tape })
        }
        None => None,
    };
    let record_key = match (&plan.record_key, fetched.key()) {
        (Some(automaton), Some(bytes)) => {
            let tape = &mut decoder.record_key_tape;
            let input = decoder
                .record_key
                .decode(bytes, automaton, &decoder.limits, tape)
                .map_err(|_| Reason::KeyUnreadable)?;
            if !tape.pending.is_empty() {
                let opening = Opening {
                    automaton,
                    limits: &decoder.limits,
                    nothing: &plan.nothing,
                };
                let opened = decoder.record_key.open_texts(input, opening, tape);
                opened.map_err(|_| Reason::KeyUnreadable)?;
            }
            ways::find(&plan.record_key_ways, automaton, input, tape);
            Some(Document { input, tape })
        }
        _ => None,
    };
    Ok(Decoded {
        fetched,
        value,
        record_key,
    })
}

impl<'a, R: Reader> Decoded<'a, R> {
    /// One that a test has decoded itself.
    #[cfg(test)]
    pub(crate) fn made(fetched: Fetched<'a>, value: Document<'a, R>) -> Self {
        Decoded {
            fetched,
            value: Some(value),
            record_key: None,
        }
    }

    /// The raw record.
    pub fn fetched(&self) -> Fetched<'a> {
        self.fetched
    }

    /// The value; `None` is a tombstone.
    pub fn value(&self) -> Option<Document<'a, R>> {
        self.value
    }

    /// The record key, when the plan reads it as JSON and it is not null.
    pub fn record_key(&self) -> Option<Document<'a, R>> {
        self.record_key
    }

    /// Members of the value that nobody names.
    pub fn unnamed(&self) -> u64 {
        self.value.map_or(0, |v| u64::from(v.tape.unnamed))
    }
}
