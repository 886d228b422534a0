//! JSON text to tape: everything is validated, what is named is remembered.
//!
//! One pass, an explicit stack, no recursion, no allocation in steady state.
//! Whether a subtree is named or not, its structure, escapes, numbers, depth
//! and the names of its objects are checked alike (RFC 8259; names are unique
//! after unescaping, which the standard leaves open and we do not).

use std::hash::{BuildHasher, Hasher};

use super::scan::{blank, literal_end, number_end, string_end};
use super::seen::Seen;
use super::shapes::{self, Shapes};
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
        object: 0,
        is_object: false,
        holds_object: false,
    };
}

/// The name of the value to come.
#[derive(Clone, Copy, Default)]
struct Key {
    at: u32,
    len: u16,
    flags: u8,
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
            'behind: {
                let (kind, from, to, after) = match input.get(pos) {
                    Some(b'"') => {
                        let (end, escaped) = string_end(input, pos + 1).ok_or(Reason::NotJson)?;
                        key.flags |= u8::from(escaped) * ESCAPED;
                        (Kind::Text, pos + 1, end, end + 1)
                    }
                    Some(b'-' | b'0'..=b'9') => {
                        let end = number_end(input, pos).ok_or(Reason::NotJson)?;
                        (Kind::Number, pos, end, end)
                    }
                    Some(b't') => {
                        let end = literal_end(input, pos, b"true").ok_or(Reason::NotJson)?;
                        (Kind::True, pos, end, end)
                    }
                    Some(b'f') => {
                        let end = literal_end(input, pos, b"false").ok_or(Reason::NotJson)?;
                        (Kind::False, pos, end, end)
                    }
                    Some(b'n') => {
                        let end = literal_end(input, pos, b"null").ok_or(Reason::NotJson)?;
                        (Kind::Null, pos, end, end)
                    }
                    Some(b'{') => {
                        key.flags |= HOLDS_OBJECT;
                        let entry =
                            note(automaton, limits, tape, slot, Kind::Object, pos, pos, key)?;
                        self.open(&mut cur, limits)?;
                        self.objects += 1;
                        let shape = self.shape(slot, automaton);
                        cur = Frame {
                            state: slot,
                            entry,
                            shape,
                            last: shapes::NONE,
                            expected: self.shapes.open(shape),
                            object: self.objects,
                            is_object: true,
                            holds_object: true,
                        };
                        pos = blank(input, pos + 1);
                        if input.get(pos) == Some(&b'}') {
                            break 'behind;
                        }
                        (slot, key, pos) = self.member(&mut cur, input, pos, automaton)?;
                        if slot == DEAD && cur.state > WHOLE {
                            unnamed += 1;
                        }
                        continue 'value;
                    }
                    Some(b'[') => {
                        let entry =
                            note(automaton, limits, tape, slot, Kind::Array, pos, pos, key)?;
                        self.open(&mut cur, limits)?;
                        cur = Frame {
                            state: slot,
                            entry,
                            shape: automaton.every_element(slot).unwrap_or(NONE),
                            last: 0,
                            expected: shapes::NONE,
                            object: 0,
                            is_object: false,
                            holds_object: false,
                        };
                        pos = blank(input, pos + 1);
                        if input.get(pos) == Some(&b']') {
                            break 'behind;
                        }
                        (slot, key) = element(&cur, automaton);
                        continue 'value;
                    }
                    Some(b' ' | b'\n' | b'\r' | b'\t') => {
                        pos = blank(input, pos);
                        continue 'value;
                    }
                    _ => return Err(Reason::NotJson),
                };
                note(automaton, limits, tape, slot, kind, from, to, key)?;
                pos = after;
            }

            // Behind a value, or at the end of an empty container.
            loop {
                if cur.is_object && input.get(pos) == Some(&b',') {
                    (slot, key, pos) = self.member(&mut cur, input, pos + 1, automaton)?;
                    if slot == DEAD && cur.state > WHOLE {
                        unnamed += 1;
                    }
                    continue 'value;
                }
                pos = blank(input, pos);
                if self.stack.is_empty() {
                    break 'value;
                }
                match input.get(pos) {
                    Some(b',') if cur.is_object => continue,
                    Some(b',') => {
                        pos += 1;
                        cur.last += 1;
                        (slot, key) = element(&cur, automaton);
                        continue 'value;
                    }
                    Some(b'}') if cur.is_object => {}
                    Some(b']') if !cur.is_object => {}
                    _ => return Err(Reason::NotJson),
                }
                pos += 1;
                self.close(&mut cur, pos, tape);
            }
        }
        tape.unnamed = unnamed;
        if pos != input.len() {
            return Err(Reason::NotJson);
        }
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

    /// Reads a name and its colon at or behind `pos`: where the member leads,
    /// its name, and the place behind the colon.
    #[inline(always)]
    fn member(
        &mut self,
        cur: &mut Frame,
        input: &[u8],
        mut pos: usize,
        automaton: &Automaton,
    ) -> Result<(Slot, Key, usize), Reason> {
        pos = expect(input, pos, b'"')?;
        let (slot, key, end) =
            match self
                .shapes
                .guess(cur.shape, cur.expected, cur.object, input, pos)
            {
                Some(found) => {
                    if found.twice {
                        return Err(Reason::DuplicateKey);
                    }
                    cur.last = found.entry;
                    cur.expected = found.next;
                    let key = Key {
                        at: pos as u32,
                        len: found.len as u16,
                        flags: 0,
                    };
                    (found.child, key, pos + found.len)
                }
                None => self.unexpected_name(cur, input, pos, automaton)?,
            };
        Ok((slot, key, expect(input, end + 1, b':')?))
    }

    /// Reads a name that is not the one expected; learns it, if there is room.
    #[inline(never)]
    fn unexpected_name(
        &mut self,
        cur: &mut Frame,
        input: &[u8],
        start: usize,
        automaton: &Automaton,
    ) -> Result<(Slot, Key, usize), Reason> {
        let (end, escaped) = string_end(input, start).ok_or(Reason::NotJson)?;
        let raw = &input[start..end];
        if raw.len() >= NAME_LIMIT {
            return Err(Reason::TooLarge);
        }
        let key = Key {
            at: start as u32,
            len: raw.len() as u16,
            flags: u8::from(escaped) * KEY_ESCAPED,
        };
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
            if found.twice {
                return Err(Reason::DuplicateKey);
            }
            self.shapes.follow(cur.shape, cur.last, found.entry);
            cur.last = found.entry;
            cur.expected = found.next;
            return Ok((found.child, key, end));
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
        Ok((child, key, end))
    }
}

/// The place behind `byte`, which must come next but for white space.
#[inline(always)]
fn expect(input: &[u8], mut pos: usize, byte: u8) -> Result<usize, Reason> {
    if input.get(pos) != Some(&byte) {
        pos = blank(input, pos);
        if input.get(pos) != Some(&byte) {
            return Err(Reason::NotJson);
        }
    }
    Ok(pos + 1)
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
#[expect(clippy::too_many_arguments, reason = "the fields of one entry")]
fn note(
    automaton: &Automaton,
    limits: &Limits,
    tape: &mut Tape,
    slot: Slot,
    kind: Kind,
    from: usize,
    to: usize,
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
        start: from as u32,
        end: to as u32,
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
