//! One record as many: each element of a list in it by itself.
//!
//! The record is read once. Of its tape, that of an element is made by leaving the
//! other elements out: what is around the list, with the element where the list was,
//! under the name of the list.

use super::json::{JsonDecoder, answer};
use super::{Decoded, Decoder};
use crate::plan::Plan;
use crate::plan::automaton::Automaton;
use crate::plan::split::Split as Planned;
use crate::record::format::JsonText;
use crate::record::tape::{Document, ELEMENT, Entry, KEY_ESCAPED, Kind, READ, Tape};
use crate::record::{Fetched, Reason};

/// All elements of a record, each with what is around the list, are at most so many
/// times the record: what is around may be some 60 times an element.
const GROWTH_MAX: u64 = 64;

/// A record that is taken apart. Made by [`split`] only.
pub(crate) struct Split<'a> {
    fetched: Fetched<'a>,
    input: &'a str,
    record_key: Option<&'a str>,
    elements: u32,
    unnamed: u64,
}

/// What a decoder keeps to take records apart.
pub(super) struct Apart {
    json: JsonDecoder,
    /// Of the whole record.
    tape: Tape,
    /// Where the list stands on it.
    list: u32,
    /// The element that is made next, and the one that was made last.
    next: u32,
    last: u32,
}

/// Reads the whole record. Its elements are made one after the other, by
/// [`element`].
///
/// # Errors
/// As [`decode`](super::decode) of a record; `wrong_type` when there is no list,
/// `too_complex` when it has more than `limits.split_max` elements, `too_large` when
/// all elements, each with what is around the list, are more bytes than one record may
/// be, or than 64 times the record.
///
/// # Panics
/// When the plan takes no record apart, or the record has no value.
pub(crate) fn split<'a>(
    fetched: Fetched<'a>,
    plan: &Plan,
    decoder: &mut Decoder,
) -> Result<Split<'a>, Reason> {
    let planned = plan.split.as_ref().expect("records are taken apart");
    let bytes = fetched.value().expect("a tombstone is no list");
    let seed = decoder.seed;
    let apart = decoder.apart.get_or_insert_with(|| {
        Box::new(Apart {
            json: JsonDecoder::new(seed),
            tape: Tape::default(),
            list: 0,
            next: 0,
            last: 0,
        })
    });
    let (automaton, limits, tape) = (&planned.automaton, &decoder.limits, &mut apart.tape);
    let input = match planned.around {
        None => apart
            .json
            .decode_list(bytes, (automaton, planned.list), limits, tape)?,
        Some(_) => apart.json.decode(bytes, automaton, limits, tape)?,
    };
    let mut entries = (0..).zip(&tape.entries);
    let list = entries.find(|(_, entry)| entry.slot == planned.list);
    let (at, list) = list.ok_or(Reason::WrongType)?;
    if list.kind != Kind::Array {
        return Err(Reason::WrongType);
    }
    let mut elements = 0_u32;
    let mut next = at + 1;
    while next < list.next {
        next = tape.entries[next as usize].next;
        elements += 1;
    }
    if elements > limits.split_max {
        return Err(Reason::TooComplex);
    }
    // What is around the list, key and headers too, comes with each element: without
    // this, a few bytes in the list would multiply a record.
    let all = fetched.bytes_len() as u64;
    let own = u64::from(list.end - list.start);
    let apart_len = (all - own).saturating_mul(u64::from(elements)) + own;
    if apart_len > u64::from(limits.value_bytes_max) || apart_len > GROWTH_MAX * all {
        return Err(Reason::TooLarge);
    }
    (apart.list, apart.next, apart.last) = (at, at + 1, at);
    let unnamed = u64::from(tape.unnamed);
    let key_tape = &mut decoder.record_key_tape;
    let record_key = decoder.record_key.key(fetched, plan, limits, key_tape)?;
    Ok(Split {
        fetched,
        input,
        record_key,
        elements,
        unnamed,
    })
}

impl Split<'_> {
    /// How many elements there are.
    pub(crate) fn len(&self) -> u32 {
        self.elements
    }

    /// Members of the whole record that nobody names.
    pub(crate) fn unnamed(&self) -> u64 {
        self.unnamed
    }

    /// The record that the element made last is, as text: all of the whole one, with
    /// the element in place of the list.
    pub(crate) fn text(&self, decoder: &Decoder) -> Vec<u8> {
        let apart = decoder.apart.as_ref().expect("a record was taken apart");
        let of = |at: u32| {
            let entry = &apart.tape.entries[at as usize];
            // The span of a text is its inside.
            let quote = u32::from(entry.kind == Kind::Text);
            (entry.start - quote) as usize..(entry.end + quote) as usize
        };
        let (list, element) = (of(apart.list), of(apart.last));
        let is_all = apart.list == 0;
        let before = if is_all {
            ""
        } else {
            &self.input[..list.start]
        };
        let behind = if is_all { "" } else { &self.input[list.end..] };
        [before, &self.input[element], behind].concat().into_bytes()
    }
}

/// The next element of a record that [`split`] has read, as a record of its own.
///
/// # Errors
/// `too_complex` and `too_large` of the texts in it that are opened; `not_an_object`
/// when the record is a list, and the element no object.
///
/// # Panics
/// When there is no next one, or `split` was not the last that `decoder` has read.
pub(crate) fn element<'d>(
    split: &Split<'d>,
    number: u32,
    plan: &Plan,
    decoder: &'d mut Decoder,
) -> Result<Decoded<'d, JsonText>, Reason> {
    let planned = plan.split.as_ref().expect("records are taken apart");
    let apart = decoder.apart.as_mut().expect("a record was taken apart");
    let at = apart.next;
    apart.last = at;
    apart.next = apart.tape.entries[at as usize].next;
    let tape = &mut decoder.value_tape;
    single(&apart.tape, (apart.list, at), tape);
    if apart.list == 0 && tape.entries[0].kind != Kind::Object {
        return Err(Reason::NotAnObject);
    }
    answer_all(&plan.value, tape);
    decoder.look(split.input, plan)?;
    if planned.lifts {
        lift(apart_list(decoder), &mut decoder.value_tape);
    }
    let record_key = split.record_key.map(|input| Document {
        input,
        tape: &decoder.record_key_tape,
    });
    Ok(Decoded {
        fetched: split.fetched,
        value: Some(Document {
            input: split.input,
            tape: &decoder.value_tape,
        }),
        record_key,
        element: Some(number),
    })
}

fn apart_list(decoder: &Decoder) -> u32 {
    decoder.apart.as_ref().map_or(0, |apart| apart.list)
}

/// Makes the tape of one element: of `whole`, the element at `at` alone of the list at
/// `list`.
fn single(whole: &Tape, (list, at): (u32, u32), tape: &mut Tape) {
    let all = &*whole.entries;
    let (holds, one) = (&all[list as usize], &all[at as usize]);
    let entries = &mut tape.entries;
    entries.clear();
    tape.opened.clear();
    tape.unnamed = 0;
    let behind = list + (one.next - at);
    let moved = |next: u32| next - holds.next + behind;
    entries.extend_from_slice(&all[..list as usize]);
    for around in &mut *entries {
        if around.next > list {
            around.next = moved(around.next);
            // As it stands it holds the other elements too; the compiler lets no
            // action have it whole, and so nobody could.
            around.end = around.start;
        }
    }
    let own = all[at as usize..one.next as usize].iter();
    entries.extend(own.map(|entry| Entry {
        next: entry.next - at + list,
        ..*entry
    }));
    entries.extend(all[holds.next as usize..].iter().map(|entry| Entry {
        next: moved(entry.next),
        ..*entry
    }));
    let (name, named) = (
        holds.flags & (KEY_ESCAPED | ELEMENT),
        &mut entries[list as usize],
    );
    named.key_at = holds.key_at;
    named.key_len = holds.key_len;
    named.flags = named.flags & !(KEY_ESCAPED | ELEMENT) | name;
}

/// Finds again what is read of the values on the tape.
fn answer_all(automaton: &Automaton, tape: &mut Tape) {
    tape.reads.clear();
    tape.reads.resize(automaton.reads_len(), Tape::ABSENT);
    tape.pending.clear();
    tape.more.clear();
    tape.unreadable.clear();
    for at in 0..tape.entries.len() {
        let Entry {
            slot, kind, flags, ..
        } = tape.entries[at];
        if flags & READ != 0 {
            let place = u32::try_from(at).expect("a tape has at most 2^24 entries");
            answer(automaton, tape, slot, place, kind);
        }
    }
}

/// Lifts what was read as one element already.
pub(super) fn lift_single(planned: &Planned, tape: &mut Tape) {
    let at = tape.entries.iter().position(|e| e.slot == planned.element);
    if let Some(at) = at {
        lift(
            u32::try_from(at).expect("a tape has at most 2^24 entries"),
            tape,
        );
    }
}

/// Makes the members of the object at tape entry `at` those of the one around it. It
/// itself stands behind the record then, where reads find it and no walk does. What is
/// no object stays.
fn lift(at: u32, tape: &mut Tape) {
    let end = tape.entries[0].next;
    if tape.entries[at as usize].kind != Kind::Object {
        return;
    }
    let own = at as usize..end as usize;
    tape.entries[own].rotate_left(1);
    let last = end - 1;
    for entry in &mut tape.entries[..last as usize] {
        entry.next -= u32::from(entry.next > at);
    }
    tape.entries[last as usize].next = end;
    let moved = |place: &mut u32| {
        *place = match *place {
            place if place == at => last,
            place if place > at && place < end => place - 1,
            place => place,
        };
    };
    tape.reads.iter_mut().for_each(moved);
    tape.more.iter_mut().for_each(|(_, place)| moved(place));
    tape.opened.iter_mut().for_each(|o| moved(&mut o.entry));
}
