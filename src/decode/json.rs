//! JSON text to tape: everything is validated, what is named is remembered.
//!
//! One pass, an explicit stack, no recursion, no allocation in steady state.
//! Whether a subtree is named or not, its structure, escapes, numbers, depth
//! and the names of its objects are checked alike (RFC 8259; names are unique
//! after unescaping, which the standard leaves open and we do not).

use std::hash::{BuildHasher, Hasher};

use super::scan::{blank, literal_end, number_end, string_end};
use super::seen::Seen;
use super::shapes::{self, Found, Shapes};
use crate::policy::automaton::{Automaton, DEAD, ROOT, WHOLE};
use crate::policy::plan::Limits;
use crate::record::Reason;
use crate::record::escape::unescape_into;
use crate::record::tape::{ELEMENT, ESCAPED, Entry, HOLDS_OBJECT, KEY_ESCAPED, Kind, Slot, Tape};

/// Names of members are shorter than this, in bytes as spelled.
const NAME_LIMIT: usize = 1 << 16;
/// A tape that grew beyond this many entries is given back after its record.
const TAPE_KEPT: usize = 4096;
/// No tape entry.
const NONE: u32 = u32::MAX;

/// Reads JSON texts under one automaton; keeps what it learned of their shapes.
pub struct JsonDecoder {
    stack: Vec<Frame>,
    shapes: Shapes,
    seen: Seen,
    /// Characters of a name that is spelled with escapes.
    name: String,
    /// Number of the object opened last; never used twice.
    objects: u64,
    hasher: foldhash::quality::FixedState,
    /// The name read last the long way: handed over here, because a result that
    /// is written in parts and read as one makes the processor wait.
    place: Place,
}

/// One open container.
#[derive(Clone, Copy)]
struct Frame {
    /// State of the container itself.
    state: Slot,
    /// Its tape entry, or [`NONE`].
    entry: u32,
    /// Objects: whose names these are. Arrays: where every element leads, if
    /// all lead to one state, else [`NONE`].
    shape: u32,
    /// Objects: the name seen last. Arrays: position of the element.
    last: u32,
    /// Objects: the name to expect next.
    expected: u32,
    /// Objects: 1 where a member that leads nowhere counts as unnamed.
    counts: u32,
    /// Objects: its number. Arrays: 0.
    object: u64,
    is_object: bool,
    /// An object stands somewhere inside.
    holds_object: bool,
}

impl Frame {
    /// What the top-level value stands in.
    const OUTSIDE: Frame = Frame {
        state: DEAD,
        entry: NONE,
        shape: NONE,
        last: 0,
        expected: shapes::NONE,
        counts: 0,
        object: 0,
        is_object: false,
        holds_object: false,
    };

    /// The object has that name next; refuses it when it has it already.
    #[inline(always)]
    fn take(&mut self, found: &Found) -> Result<(), Reason> {
        if found.twice {
            return Err(Reason::DuplicateKey);
        }
        self.last = found.entry;
        self.expected = found.next;
        Ok(())
    }
}

/// The name of the value to come.
#[derive(Clone, Copy, Default)]
struct Key {
    at: u32,
    len: u16,
    flags: u8,
}

/// A name that was read, and the place behind its colon.
#[derive(Clone, Copy, Default)]
struct Place {
    slot: Slot,
    key: Key,
    pos: usize,
}

impl JsonDecoder {
    /// A decoder that has learned nothing. `seed` keeps the hashes of names
    /// from those who write them; draw it at random.
    pub fn new(seed: u64) -> JsonDecoder {
        JsonDecoder {
            stack: Vec::new(),
            shapes: Shapes::default(),
            seen: Seen::default(),
            name: String::new(),
            objects: 0,
            hasher: foldhash::quality::FixedState::with_seed(seed),
            place: Place::default(),
        }
    }

    /// Fills `tape` with what `automaton` names in `input`, which must be one
    /// JSON text whose top level is an object. Returns the input as text.
    ///
    /// # Errors
    /// `too_large`, `not_utf8`, `not_json`, `duplicate_key`, `too_deep`,
    /// `too_complex`, `not_an_object`. The tape means nothing then.
    pub fn decode<'a>(
        &mut self,
        input: &'a [u8],
        automaton: &Automaton,
        limits: &Limits,
        tape: &mut Tape,
    ) -> Result<&'a str, Reason> {
        if input.len() > limits.value_bytes_max as usize {
            return Err(Reason::TooLarge);
        }
        if tape.entries.capacity() > TAPE_KEPT {
            tape.entries.clear();
            tape.entries.shrink_to(TAPE_KEPT);
        }
        let text = simdutf8::basic::from_utf8(input).map_err(|_| Reason::NotUtf8)?;
        self.stack.clear();
        self.seen.clear();
        self.shapes.settle();
        tape.entries.clear();
        tape.reads.clear();
        tape.reads.resize(automaton.reads_len(), Tape::ABSENT);
        self.value(input, automaton, limits, tape)?;
        Ok(text)
    }

    /// The whole text.
    fn value(
        &mut self,
        input: &[u8],
        automaton: &Automaton,
        limits: &Limits,
        tape: &mut Tape,
    ) -> Result<(), Reason> {
        let mut pos = blank(input, 0);
        let is_object = input.get(pos) == Some(&b'{');
        let mut slot = if is_object { ROOT } else { DEAD };
        let mut key = Key::default();
        let mut cur = Frame::OUTSIDE;
        let mut unnamed = 0;

        'value: loop {
            // What stands at `pos` is a value: to `slot`, under `key`.
            let start = pos;
            'behind: {
                let (kind, quote) = match input.get(pos).copied().unwrap_or(END) {
                    b'"' => {
                        let (end, escaped) = string_end(input, pos + 1).ok_or(Reason::NotJson)?;
                        key.flags |= u8::from(escaped) * ESCAPED;
                        pos = end + 1;
                        (Kind::Text, 1)
                    }
                    b'-' | b'0'..=b'9' => {
                        pos = number_end(input, pos).ok_or(Reason::NotJson)?;
                        (Kind::Number, 0)
                    }
                    b'{' => {
                        key.flags |= HOLDS_OBJECT;
                        let entry =
                            note(automaton, limits, tape, slot, Kind::Object, (pos, pos), key)?;
                        self.open(&mut cur, limits)?;
                        cur = self.object(slot, entry, automaton);
                        pos = blank(input, pos + 1);
                        if input.get(pos) == Some(&b'}') {
                            break 'behind;
                        }
                        self.member(&mut cur, input, pos, automaton)?;
                        Place { slot, key, pos } = self.place;
                        unnamed += u32::from(slot == DEAD) & cur.counts;
                        continue 'value;
                    }
                    b'[' => {
                        let entry =
                            note(automaton, limits, tape, slot, Kind::Array, (pos, pos), key)?;
                        self.open(&mut cur, limits)?;
                        cur = array(slot, entry, automaton);
                        pos = blank(input, pos + 1);
                        if input.get(pos) == Some(&b']') {
                            break 'behind;
                        }
                        (slot, key) = element(&cur, automaton);
                        continue 'value;
                    }
                    b't' => {
                        pos = literal_end(input, pos, b"true").ok_or(Reason::NotJson)?;
                        (Kind::True, 0)
                    }
                    b'f' => {
                        pos = literal_end(input, pos, b"false").ok_or(Reason::NotJson)?;
                        (Kind::False, 0)
                    }
                    b'n' => {
                        pos = literal_end(input, pos, b"null").ok_or(Reason::NotJson)?;
                        (Kind::Null, 0)
                    }
                    b' ' | b'\n' | b'\r' | b'\t' => {
                        pos = blank(input, pos);
                        continue 'value;
                    }
                    _ => return Err(Reason::NotJson),
                };
                let span = (start + quote, pos - quote);
                note(automaton, limits, tape, slot, kind, span, key)?;
            }

            // Behind a value, or at the end of an empty container.
            loop {
                match input.get(pos).copied().unwrap_or(END) {
                    b',' if cur.is_object => {
                        pos += 1;
                        break;
                    }
                    b',' if !self.stack.is_empty() => {
                        pos += 1;
                        cur.last += 1;
                        (slot, key) = element(&cur, automaton);
                        continue 'value;
                    }
                    b'}' if cur.is_object => {
                        pos += 1;
                        self.close(&mut cur, pos, tape);
                    }
                    b']' if !cur.is_object && !self.stack.is_empty() => {
                        pos += 1;
                        self.close(&mut cur, pos, tape);
                    }
                    b' ' | b'\n' | b'\r' | b'\t' => pos = blank(input, pos),
                    _ if self.stack.is_empty() && pos == input.len() => break 'value,
                    _ => return Err(Reason::NotJson),
                }
            }
            if let Some(found) = self.shapes.guess(cur.expected, cur.object, input, pos) {
                cur.take(&found)?;
                slot = found.child;
                key.at = pos as u32 + 1;
                key.len = found.len;
                key.flags = 0;
                pos += usize::from(found.len) + shapes::AROUND;
            } else {
                self.member(&mut cur, input, pos, automaton)?;
                Place { slot, key, pos } = self.place;
            }
            unnamed += u32::from(slot == DEAD) & cur.counts;
        }
        tape.unnamed = unnamed;
        if !is_object {
            return Err(Reason::NotAnObject);
        }
        Ok(())
    }

    /// Puts the container so far aside; `cur` is about to be the one inside it.
    #[inline(always)]
    fn open(&mut self, cur: &mut Frame, limits: &Limits) -> Result<(), Reason> {
        if self.stack.len() >= limits.depth_max as usize {
            return Err(Reason::TooDeep);
        }
        self.stack.push(*cur);
        Ok(())
    }

    /// The frame of an object that begins.
    #[inline(always)]
    fn object(&mut self, slot: Slot, entry: u32, automaton: &Automaton) -> Frame {
        self.objects += 1;
        let shape = self.shape(slot, automaton);
        Frame {
            state: slot,
            entry,
            shape,
            last: shapes::NONE,
            expected: self.shapes.open(shape),
            counts: u32::from(slot > WHOLE),
            object: self.objects,
            is_object: true,
            holds_object: true,
        }
    }

    /// Ends the innermost container at `end`.
    #[inline(always)]
    fn close(&mut self, cur: &mut Frame, end: usize, tape: &mut Tape) {
        if cur.is_object {
            self.seen.close(cur.object);
        }
        if cur.entry != NONE {
            let next = tape.entries.len() as u32;
            let entry = &mut tape.entries[cur.entry as usize];
            entry.end = end as u32;
            entry.next = next;
            if cur.holds_object {
                entry.flags |= HOLDS_OBJECT;
            }
        }
        let holds_object = cur.holds_object;
        *cur = self.stack.pop().expect("the container was opened");
        cur.holds_object |= holds_object;
    }

    /// Whose names an object's names are: those of its state. Unnamed objects
    /// go by their depth, so that no object shares a shape with one inside it.
    #[inline(always)]
    fn shape(&self, state: Slot, automaton: &Automaton) -> u32 {
        if state > WHOLE {
            state
        } else {
            (automaton.states_len() + 2 * self.stack.len()) as u32 + state
        }
    }

    /// Reads a name and its colon at or behind `pos`, expected or not; learns
    /// it, if there is room. Leaves what it found in `self.place`.
    #[inline(never)]
    fn member(
        &mut self,
        cur: &mut Frame,
        input: &[u8],
        pos: usize,
        automaton: &Automaton,
    ) -> Result<(), Reason> {
        let pos = blank(input, pos);
        if let Some(found) = self.shapes.guess(cur.expected, cur.object, input, pos) {
            cur.take(&found)?;
            self.place = Place {
                slot: found.child,
                key: Key {
                    at: pos as u32 + 1,
                    len: found.len,
                    flags: 0,
                },
                pos: pos + usize::from(found.len) + shapes::AROUND,
            };
            return Ok(());
        }
        if input.get(pos) != Some(&b'"') {
            return Err(Reason::NotJson);
        }
        let start = pos + 1;
        let (end, escaped) = string_end(input, start).ok_or(Reason::NotJson)?;
        let colon = blank(input, end + 1);
        if input.get(colon) != Some(&b':') {
            return Err(Reason::NotJson);
        }
        let raw = &input[start..end];
        if raw.len() >= NAME_LIMIT {
            return Err(Reason::TooLarge);
        }
        let key = Key {
            at: start as u32,
            len: raw.len() as u16,
            flags: u8::from(escaped) * KEY_ESCAPED,
        };
        let slot = self.name(cur, input, key, automaton)?;
        self.place = Place {
            slot,
            key,
            pos: colon + 1,
        };
        Ok(())
    }

    /// Where the name leads that `key` says the place of; refuses it when the
    /// object has it already.
    fn name(
        &mut self,
        cur: &mut Frame,
        input: &[u8],
        key: Key,
        automaton: &Automaton,
    ) -> Result<Slot, Reason> {
        let start = key.at as usize;
        let raw = &input[start..][..usize::from(key.len)];
        let escaped = key.flags & KEY_ESCAPED != 0;
        self.name.clear();
        if escaped {
            let raw = std::str::from_utf8(raw).expect("the whole input is UTF-8");
            unescape_into(raw, &mut self.name);
        }
        let name = if escaped { self.name.as_bytes() } else { raw };
        let mut hasher = self.hasher.build_hasher();
        hasher.write(name);
        let hash = hasher.finish();

        if let Some(found) = self.shapes.find(cur.shape, hash, name, cur.object) {
            let last = cur.last;
            cur.take(&found)?;
            self.shapes.follow(cur.shape, last, found.entry);
            return Ok(found.child);
        }
        let child = automaton.member(cur.state, name);
        match self.shapes.learn(cur.shape, hash, name, child, cur.object) {
            Some(entry) => {
                self.shapes.follow(cur.shape, cur.last, entry);
                cur.last = entry;
                cur.expected = shapes::NONE;
            }
            None => self
                .seen
                .insert(
                    cur.object,
                    hash,
                    input,
                    start,
                    raw.len(),
                    escaped.then_some(name),
                )
                .map_err(|_| Reason::DuplicateKey)?,
        }
        Ok(child)
    }
}

/// Stands for the end of the input; no value and no punctuation.
const END: u8 = 0;

/// The frame of an array that begins.
#[inline(always)]
fn array(slot: Slot, entry: u32, automaton: &Automaton) -> Frame {
    Frame {
        state: slot,
        entry,
        shape: automaton.every_element(slot).unwrap_or(NONE),
        ..Frame::OUTSIDE
    }
}

/// Where the element to come leads; it has no name.
#[inline(always)]
fn element(array: &Frame, automaton: &Automaton) -> (Slot, Key) {
    let slot = match array.shape {
        NONE => automaton.element(array.state, array.last),
        every => every,
    };
    let key = Key {
        flags: ELEMENT,
        ..Key::default()
    };
    (slot, key)
}

/// Adds an entry for a value that somebody reads; its place, or [`NONE`].
/// Containers get their end when they close.
#[inline(always)]
fn note(
    automaton: &Automaton,
    limits: &Limits,
    tape: &mut Tape,
    slot: Slot,
    kind: Kind,
    (start, end): (usize, usize),
    key: Key,
) -> Result<u32, Reason> {
    if slot <= WHOLE {
        return Ok(NONE);
    }
    let place = tape.entries.len();
    if place >= limits.tape_entries_max as usize {
        return Err(Reason::TooComplex);
    }
    if automaton.is_read(slot) {
        for read in automaton.reads(slot) {
            tape.reads[usize::from(*read)] = place as u32;
        }
    }
    tape.entries.push(Entry {
        slot,
        start: start as u32,
        end: end as u32,
        next: place as u32 + 1,
        key_at: key.at,
        key_len: key.len,
        kind,
        flags: key.flags,
    });
    Ok(place as u32)
}

#[cfg(test)]
#[path = "json_tests.rs"]
mod tests;
