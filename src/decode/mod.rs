//! Bytes to tape: one file a format.
//!
//! **In**: a [`Fetched`] record and the plan's automatons. **Out**: a
//! [`Decoded`] record, whose tape names what the plan names, or the
//! [`Reason`] why there is none. **Promises**: hostile input is expected; all
//! of it is validated, named or not, in bounded memory and linear time.
//! **Does not know**: what becomes of a value.

pub mod avro;
pub mod bare;
mod duplicates;
pub mod json;
mod learned_names;
mod limits;
#[cfg(feature = "protobuf")]
pub mod protobuf;
mod scan;
pub mod shower;
mod split;
pub(crate) mod unnamed;
mod ways;

use crate::plan::Plan;
use crate::plan::automaton::Automaton;
use crate::record::bare::Bare;
use crate::record::format::{JsonText, Reader};
use crate::record::tape::{Document, Entry, Opened, Tape};
use crate::record::value::SpellJson;
use crate::record::{Fetched, Reason};
use crate::schema;
use avro::{Avro, AvroDecoder, Record};
use bare::OneLeaf;
use json::{JsonDecoder, Opening};
pub use limits::Limits;
#[cfg(feature = "protobuf")]
use protobuf::{Message, Protobuf, ProtobufDecoder};
pub(crate) use split::{Split, element, split};

/// What a worker keeps from record to record to decode under one plan.
pub struct Decoder {
    value: JsonDecoder,
    avro: AvroDecoder,
    #[cfg(feature = "protobuf")]
    protobuf: ProtobufDecoder,
    value_tape: Tape,
    record_key: JsonDecoder,
    record_key_tape: Tape,
    /// Made when the first record is taken apart.
    apart: Option<Box<split::Apart>>,
    seed: u64,
    limits: Limits,
}

/// A record whose value, and JSON record key, are fully validated. Made by
/// [`decode`] only.
pub struct Decoded<'a, R: Reader> {
    fetched: Fetched<'a>,
    value: Option<Document<'a, R>>,
    record_key: Option<Document<'a, JsonText>>,
    /// Which element of the raw record it is.
    element: Option<u32>,
}

impl Decoder {
    /// Bytes that the tapes of one decoder may take under that plan. A tape that
    /// has grown stays so, for the next large record; it grows by doubling.
    pub fn tape_bytes_max(plan: &Plan, limits: &Limits) -> u64 {
        // A record that is taken apart has one, and each of its elements by turns.
        let values = 1 + u64::from(plan.split.is_some());
        // A key of a format that has schemas lies on one as it came, and as the JSON that says
        // the same on another.
        let by_schema = plan.source.key_format.is_some();
        let keys = u64::from(plan.record_key.is_some()) + u64::from(by_schema);
        let tapes = values + keys;
        let entries = limits.tape_entries_max.next_power_of_two();
        let (mut each, mut side) = (size_of::<Entry>(), 0);
        let key = plan.record_key.as_ref();
        if plan.value.opens_texts() || key.is_some_and(Automaton::opens_texts) {
            each += size_of::<u32>() + size_of::<Opened>();
            side = tapes * u64::from(limits.value_bytes_max.next_power_of_two());
        }
        tapes * u64::from(entries) * each as u64 + side
    }

    /// True when a JSON value of so many bytes is refused before anything is read of it,
    /// under each plan.
    pub(crate) fn is_too_long(&self, bytes: usize) -> bool {
        bytes > self.limits.value_bytes_max as usize
    }

    /// A decoder for records of one plan. `seed` must be drawn at random.
    pub fn new(seed: u64, limits: Limits) -> Decoder {
        Decoder {
            value: JsonDecoder::new(seed),
            avro: AvroDecoder::new(seed),
            #[cfg(feature = "protobuf")]
            protobuf: ProtobufDecoder::new(seed),
            value_tape: Tape::default(),
            record_key: JsonDecoder::new(seed),
            record_key_tape: Tape::default(),
            apart: None,
            seed,
            limits,
        }
    }
}

/// Reads value and JSON record key of a record. A null value is a tombstone,
/// a null key is absent: neither is an error here.
///
/// # Errors
/// What [`JsonDecoder::decode`] says of the value; `wrong_type` for a record that the
/// plan takes apart (`split`) and that is not one of its elements; `key_unreadable` when the
/// record key is no JSON object although the plan reads it as one.
pub fn decode<'a>(
    fetched: Fetched<'a>,
    plan: &Plan,
    decoder: &'a mut Decoder,
) -> Result<Decoded<'a, JsonText>, Reason> {
    let element = fetched.element();
    let value = match fetched.value() {
        // The record as a whole is none that an output may have.
        Some(_) if plan.split.is_some() && element.is_none() => return Err(Reason::WrongType),
        Some(bytes) => {
            let tape = &mut decoder.value_tape;
            let input = decoder
                .value
                .decode(bytes, &plan.value, &decoder.limits, tape)?;
            decoder.look(input, plan)?;
            if let Some(split) = plan.split.as_ref().filter(|split| split.lifts) {
                split::lift_single(split, &mut decoder.value_tape);
            }
            let tape = &decoder.value_tape;
            Some(Document { input, tape })
        }
        None => None,
    };
    let key_tape = &mut decoder.record_key_tape;
    let record_key = (decoder.record_key).key_on(key_tape, fetched, plan, &decoder.limits)?;
    Ok(Decoded {
        fetched,
        value,
        record_key,
        element,
    })
}

/// As [`decode`] of a value that was written as Avro: `record` is made of its bytes, and
/// of the program of its schema under the plan.
///
/// # Errors
/// What [`AvroDecoder::decode`] says of the value, in one word; `key_unreadable` as
/// [`decode`].
pub fn decode_avro<'a>(
    fetched: Fetched<'a>,
    record: &'a Record<'a>,
    plan: &Plan,
    decoder: &'a mut Decoder,
) -> Result<Decoded<'a, Avro>, Reason> {
    let value = match fetched.value() {
        None => None,
        Some(_) => {
            let tape = &mut decoder.value_tape;
            decoder.avro.record(record, &decoder.limits, tape)?;
            if !tape.pending.is_empty() {
                let opening = Opening {
                    automaton: &plan.value,
                    limits: &decoder.limits,
                    nothing: &plan.nothing,
                };
                let spelled = |entry: &Entry| record.spelled(entry);
                decoder.value.open_texts(&spelled, opening, tape)?;
            }
            for way in &plan.ways {
                let input = record;
                let found = ways::find(way, &plan.value, &Document::<Avro> { input, tape });
                found.set(tape);
            }
            Some(Document {
                input: record,
                tape: &decoder.value_tape,
            })
        }
    };
    let key_tape = &mut decoder.record_key_tape;
    let record_key = (decoder.record_key).key_on(key_tape, fetched, plan, &decoder.limits)?;
    Ok(Decoded {
        fetched,
        value,
        record_key,
        element: None,
    })
}

/// The same of a value that was written as Protobuf.
///
/// # Errors
/// What [`ProtobufDecoder::decode`] says of the value, in one word; `key_unreadable` as
/// [`decode`].
#[cfg(feature = "protobuf")]
pub fn decode_protobuf<'a>(
    fetched: Fetched<'a>,
    message: &'a Message<'a>,
    plan: &Plan,
    decoder: &'a mut Decoder,
) -> Result<Decoded<'a, Protobuf>, Reason> {
    let value = match fetched.value() {
        None => None,
        Some(_) => {
            let tape = &mut decoder.value_tape;
            decoder.protobuf.message(message, &decoder.limits, tape)?;
            Some(Document {
                input: message,
                tape: &decoder.value_tape,
            })
        }
    };
    let key_tape = &mut decoder.record_key_tape;
    let record_key = (decoder.record_key).key_on(key_tape, fetched, plan, &decoder.limits)?;
    Ok(Decoded {
        fetched,
        value,
        record_key,
        element: None,
    })
}

/// As [`decode`] of a value that has no parts.
///
/// # Errors
/// What [`bare::read`] says of the value; `key_unreadable` as [`decode`].
pub fn decode_bare<'a>(
    fetched: Fetched<'a>,
    bare: Bare,
    plan: &Plan,
    decoder: &'a mut Decoder,
) -> Result<Decoded<'a, OneLeaf>, Reason> {
    let value = match fetched.value() {
        None => None,
        Some(bytes) => {
            let tape = &mut decoder.value_tape;
            let input = bare::read(bytes, bare, &plan.value, &decoder.limits, tape)?;
            Some(Document {
                input,
                tape: &decoder.value_tape,
            })
        }
    };
    let key_tape = &mut decoder.record_key_tape;
    let record_key = (decoder.record_key).key_on(key_tape, fetched, plan, &decoder.limits)?;
    Ok(Decoded {
        fetched,
        value,
        record_key,
        element: None,
    })
}

/// Reads a record key which is Avro, of those bytes under that program: into `anew` goes the key
/// with zeros that have no sign, `tape` is of that, and to `json` the JSON that says what it
/// says is appended.
///
/// # Errors
/// `key_unreadable`: it is no record of that schema, or something in it has no text.
pub fn avro_key(
    (bytes, program): (&[u8], &schema::avro::program::Program),
    decoder: &mut Decoder,
    tape: &mut Tape,
    (anew, json): (&mut Vec<u8>, &mut Vec<u8>),
) -> Result<(), Reason> {
    let unreadable = |_| Reason::KeyUnreadable;
    let record = Record::new(bytes, program);
    let read = decoder.avro.record(&record, &decoder.limits, tape);
    read.map_err(|_| Reason::KeyUnreadable)?;
    let from = json.len();
    let signs = record.spell_json_and_signs(&tape.entries[0], json);
    let signs = signs.map_err(unreadable)?;
    anew.extend_from_slice(bytes);
    if signs.is_empty() {
        return Ok(());
    }
    for sign in signs {
        anew[sign] = 0;
    }
    // Nothing is longer or shorter, so the tape is of it as well.
    json.truncate(from);
    let spelled = Record::new(anew, program).spell_json(&tape.entries[0], json);
    spelled.map_err(unreadable)
}

/// The same of a record key which is Protobuf, of those bytes under that program: into
/// `ordered` goes the key in the one way that there is for all that say the same
/// ([`Message::in_order`]), and `tape` is of that.
///
/// # Errors
/// As [`avro_key`].
#[cfg(feature = "protobuf")]
pub fn protobuf_key(
    (bytes, program): (&[u8], &schema::protobuf::program::Program),
    decoder: &mut Decoder,
    tape: &mut Tape,
    (ordered, json): (&mut Vec<u8>, &mut Vec<u8>),
) -> Result<(), Reason> {
    let Decoder {
        protobuf, limits, ..
    } = decoder;
    let mut read = |message: &Message<'_>| {
        let read = protobuf.message(message, limits, tape);
        read.map_err(|_| Reason::KeyUnreadable)
    };
    let message = Message::new(bytes, program);
    read(&message)?;
    message.in_order(ordered);
    let message = Message::new(ordered, program);
    if *ordered != bytes {
        read(&message)?;
    }
    let spelled = message.spell_whole(json);
    spelled.map_err(|_| Reason::KeyUnreadable)
}

impl Decoder {
    /// Opens the texts on the tape of the value, and looks for what is read of it.
    fn look(&mut self, input: &str, plan: &Plan) -> Result<(), Reason> {
        let tape = &mut self.value_tape;
        if !tape.pending.is_empty() {
            let opening = Opening {
                automaton: &plan.value,
                limits: &self.limits,
                nothing: &plan.nothing,
            };
            self.value
                .open_texts(&json::spelled(input), opening, tape)?;
        }
        for way in &plan.ways {
            let found = ways::find(way, &plan.value, &Document::<JsonText> { input, tape });
            found.set(tape);
        }
        Ok(())
    }
}

impl JsonDecoder {
    /// The record key on that tape, where the plan reads it as JSON and it is there.
    ///
    /// # Errors
    /// `key_unreadable` when it is no JSON object.
    #[inline]
    fn key_on<'a>(
        &mut self,
        tape: &'a mut Tape,
        fetched: Fetched<'a>,
        plan: &Plan,
        limits: &Limits,
    ) -> Result<Option<Document<'a, JsonText>>, Reason> {
        let input = self.key(fetched, plan, limits, tape)?;
        Ok(input.map(|input| Document { input, tape }))
    }

    /// Reads the record key, where the plan reads it as JSON and it is there.
    ///
    /// # Errors
    /// `key_unreadable` when it is no JSON object.
    fn key<'a>(
        &mut self,
        fetched: Fetched<'a>,
        plan: &Plan,
        limits: &Limits,
        tape: &mut Tape,
    ) -> Result<Option<&'a str>, Reason> {
        let (Some(automaton), Some(bytes)) = (&plan.record_key, fetched.key()) else {
            return Ok(None);
        };
        let input = self
            .decode(bytes, automaton, limits, tape)
            .map_err(|_| Reason::KeyUnreadable)?;
        if !tape.pending.is_empty() {
            let opening = Opening {
                automaton,
                limits,
                nothing: &plan.nothing,
            };
            let opened = self.open_texts(&json::spelled(input), opening, tape);
            opened.map_err(|_| Reason::KeyUnreadable)?;
        }
        for way in &plan.record_key_ways {
            let found = ways::find(way, automaton, &Document::<JsonText> { input, tape });
            found.set(tape);
        }
        Ok(Some(input))
    }
}

impl<'a, R: Reader> Decoded<'a, R> {
    /// One that a test has decoded itself.
    #[cfg(test)]
    pub(crate) fn made(fetched: Fetched<'a>, value: Document<'a, R>) -> Self {
        Decoded {
            fetched,
            value: Some(value),
            record_key: None,
            element: None,
        }
    }

    /// The raw record.
    pub fn fetched(&self) -> Fetched<'a> {
        self.fetched
    }

    /// Which element of the raw record it is, where records are taken apart.
    pub fn element(&self) -> Option<u32> {
        self.element
    }

    /// The value; `None` is a tombstone.
    pub fn value(&self) -> Option<Document<'a, R>> {
        self.value
    }

    /// The record key, when the plan reads it as JSON and it is not null.
    pub fn record_key(&self) -> Option<Document<'a, JsonText>> {
        self.record_key
    }

    /// Members of the value that nobody names.
    pub fn unnamed(&self) -> u64 {
        self.value.map_or(0, |v| u64::from(v.tape.unnamed))
    }
}
