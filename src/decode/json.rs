//! JSON text to tape: everything is validated, what is named is remembered.
//!
//! One pass, an explicit stack, no recursion, no allocation in steady state.
//! Whether a subtree is named or not, its structure, escapes, numbers, depth
//! and the names of its objects are checked alike (RFC 8259; names are unique
//! after unescaping, which the standard leaves open and we do not).

mod member;
mod opened;
mod reader;
mod resume;

pub(crate) use self::opened::Opening;
use self::resume::{Frame, Next, Resume};
use super::Limits;
use super::duplicates::Duplicates;
use super::learned_names::{self, LearnedNames, MemberMeaning};
use super::scan::{
    END, blank, broken_string, byte, is_blank, literal_end, number_end, plain_string_end,
    special_string_end,
};
use crate::plan::automaton::{Automaton, DEAD, ROOT, WHOLE};
use crate::record::Reason;
use crate::record::tape::{ELEMENT, ESCAPED, Entry, HOLDS_OBJECT, Kind, READ, Slot, Tape};

/// Names of members are shorter than this, in bytes as spelled.
const NAME_LIMIT: u32 = 1 << 16;
/// Longer texts are refused whatever the limits say: places are 32 bits wide,
/// and so are those a little behind the end.
const INPUT_LIMIT: usize = 1 << 31;
/// No tape entry.
const NONE: u32 = u32::MAX;

/// Reads JSON texts under one automaton; keeps what it learned of their shapes.
pub struct JsonDecoder {
    /// The open containers, innermost last.
    stack: Vec<Frame>,
    learned: LearnedNames,
    seen: Duplicates,
    /// Characters of a name that is spelled with escapes.
    name: String,
    /// Number of the object opened last; never used twice.
    objects: u64,
    resume: Resume,
}

/// The characters of a text of that input as they are spelled, and its state.
pub(crate) fn spelled<'i>(input: &'i str) -> impl Fn(&Entry) -> (&'i str, Slot) {
    |entry| {
        let characters = &input[entry.start as usize..entry.end as usize];
        (characters, entry.slot)
    }
}

/// What the input is read under.
#[derive(Clone, Copy)]
struct Rules<'p> {
    automaton: &'p Automaton,
    limits: &'p Limits,
}

impl JsonDecoder {
    /// A decoder that has learned nothing. `seed` keeps the hashes of names
    /// from those who write them; draw it at random.
    pub fn new(seed: u64) -> JsonDecoder {
        JsonDecoder {
            stack: Vec::new(),
            learned: LearnedNames::new(seed),
            seen: Duplicates::default(),
            name: String::new(),
            objects: 0,
            resume: Resume {
                object: 0,
                leads: MemberMeaning::default(),
                names: 0,
                at: 0,
                pos: 0,
            },
        }
    }

    /// Fills `tape` with what `automaton` names in `input`, which must be one
    /// JSON text whose top level is an object. Returns the input as text.
    ///
    /// # Errors
    /// `too_large`, `not_utf8`, `not_json`, `bad_text`, `duplicate_key`, `too_deep`,
    /// `too_complex`, `not_an_object`. The tape means nothing then.
    pub fn decode<'a>(
        &mut self,
        input: &'a [u8],
        automaton: &Automaton,
        limits: &Limits,
        tape: &mut Tape,
    ) -> Result<&'a str, Reason> {
        match self.decode_under(input, Rules { automaton, limits }, tape, (ROOT, false))? {
            (text, true) => Ok(text),
            (_, false) => Err(Reason::NotAnObject),
        }
    }

    /// As [`JsonDecoder::decode`], of a text whose top level is an array in state
    /// `list`.
    ///
    /// # Errors
    /// As there, and `wrong_type` when it is no array.
    pub(crate) fn decode_list<'a>(
        &mut self,
        input: &'a [u8],
        (automaton, list): (&Automaton, Slot),
        limits: &Limits,
        tape: &mut Tape,
    ) -> Result<&'a str, Reason> {
        match self.decode_under(input, Rules { automaton, limits }, tape, (list, true))? {
            (text, true) if tape.entries[0].kind == Kind::Array => Ok(text),
            _ => Err(Reason::WrongType),
        }
    }

    /// The input as text, and whether its top level is one of those that are taken.
    fn decode_under<'a>(
        &mut self,
        input: &'a [u8],
        rules: Rules<'_>,
        tape: &mut Tape,
        top: (Slot, bool),
    ) -> Result<(&'a str, bool), Reason> {
        let limit = rules.limits.value_bytes_max as usize;
        if input.len() > limit.min(INPUT_LIMIT) {
            return Err(Reason::TooLarge);
        }
        let text = simdutf8::basic::from_utf8(input).map_err(|_| Reason::NotUtf8)?;
        self.stack.clear();
        self.seen.clear();
        self.learned.settle();
        tape.entries.clear();
        tape.reads.clear();
        tape.reads.resize(rules.automaton.reads_len(), Tape::ABSENT);
        tape.unnamed = 0;
        tape.pending.clear();
        tape.opened.clear();
        tape.more.clear();
        tape.unreadable.clear();
        Ok((text, self.value(input, rules, tape, top)?))
    }

    /// The whole text, whose top level leads to `root` if it is an object; an
    /// array, too, where those are taken. Whether it was one of them.
    ///
    /// Members that come as expected, with scalars in them, are what this loop
    /// is made for; everything else is a call.
    fn value(
        &mut self,
        input: &[u8],
        rules: Rules<'_>,
        tape: &mut Tape,
        (root, takes_arrays): (Slot, bool),
    ) -> Result<bool, Reason> {
        let Rules { automaton, limits } = rules;
        let mut pos = blank(input, 0);
        let first = byte(input, pos);
        let is_taken = first == b'{' || (takes_arrays && first == b'[');
        let root = if is_taken { root } else { DEAD };
        let mut leads = MemberMeaning::new(root, 0, read(root, automaton), false);
        let mut at = 0;
        let mut next = Next::OUTSIDE;
        // What ends the innermost container; outside of all the input ends.
        let mut bracket = END;
        let mut unnamed = 0;

        'value: loop {
            // What stands at `pos` is a value.
            'name: {
                let first = byte(input, pos);
                if first == b'"' {
                    let start = pos + 1;
                    let end = match plain_string_end(input, start) {
                        Ok(end) => end,
                        Err(special) => {
                            let end = special_string_end(input, special);
                            let (end, escaped) = end.ok_or_else(|| broken_string(input, start))?;
                            leads = leads.with(u8::from(escaped) * ESCAPED);
                            end
                        }
                    };
                    pos = end + 1;
                    if leads.child() > WHOLE {
                        note(automaton, limits, tape, Kind::Text, (start, end), leads, at)?;
                    }
                } else if first.is_ascii_digit() || first == b'-' {
                    let start = pos;
                    pos = number_end(input, start).ok_or(Reason::NotJson)?;
                    if leads.child() > WHOLE {
                        note(
                            automaton,
                            limits,
                            tape,
                            Kind::Number,
                            (start, pos),
                            leads,
                            at,
                        )?;
                    }
                } else {
                    match first {
                        b'{' => {
                            self.object(leads, (at, pos), next, bracket, rules, tape)?;
                            next = self.resume.next();
                            bracket = b'}';
                            pos = blank(input, pos + 1);
                            if byte(input, pos) != b'}' {
                                break 'name;
                            }
                        }
                        b'[' => {
                            self.array(leads, (at, pos), next, bracket, rules, tape)?;
                            leads = self.resume.leads;
                            next = self.resume.next();
                            bracket = b']';
                            pos = blank(input, pos + 1);
                            if byte(input, pos) != b']' {
                                continue 'value;
                            }
                        }
                        _ if is_blank(first) => {
                            pos += 1;
                            continue 'value;
                        }
                        _ => {
                            let start = pos;
                            let kind;
                            (kind, pos) = literal(input, start).ok_or(Reason::NotJson)?;
                            if leads.child() > WHOLE {
                                note(automaton, limits, tape, kind, (start, pos), leads, at)?;
                            }
                        }
                    }
                }

                // Behind a value, or at the end of an empty container.
                if byte(input, pos) == b',' && bracket == b'}' {
                    pos += 1;
                } else {
                    bracket = self.behind(next, bracket, input, pos, automaton, tape)?;
                    Resume { leads, pos, .. } = self.resume;
                    next = self.resume.next();
                    match bracket {
                        END => break 'value,
                        b']' => continue 'value,
                        _ => {}
                    }
                }
            }

            // What stands at `pos` is a name.
            let found = loop {
                match self.learned.guess(next.expected(), next.object, input, pos) {
                    None if is_blank(byte(input, pos)) => pos += 1,
                    found => break found,
                }
            };
            if let Some(found) = found {
                if found.twice {
                    return Err(Reason::DuplicateKey);
                }
                leads = found.leads;
                at = pos + 1;
                pos += leads.len() + learned_names::AROUND;
                next = Next::new(next.object, next.expected(), found.next);
            } else {
                self.member(next, input, pos, automaton)?;
                Resume { leads, at, pos, .. } = self.resume;
                next = self.resume.next();
            }
            unnamed += leads.unnamed();
        }
        tape.unnamed = unnamed;
        Ok(is_taken)
    }

    /// Opens the object at `pos`; what is expected in it is left in `self.resume`.
    #[inline(never)]
    fn object(
        &mut self,
        leads: MemberMeaning,
        (at, pos): (u32, u32),
        around: Next,
        bracket: u8,
        rules: Rules<'_>,
        tape: &mut Tape,
    ) -> Result<(), Reason> {
        let Rules { automaton, limits } = rules;
        let state = leads.child();
        let leads = leads.with(HOLDS_OBJECT);
        let entry = note(automaton, limits, tape, Kind::Object, (pos, pos), leads, at)?;
        let shape = match state > WHOLE {
            true if automaton.is_endless(state) => {
                let depth = self.stack.len() as u32;
                self.learned
                    .endless(state, depth, automaton.states_len() as u32)
            }
            true => state,
            false => self.inside(around, bracket, automaton),
        };
        self.open(
            Frame {
                state,
                entry,
                shape,
                inside: shape,
                bracket,
                around_object: around.object,
                around_names: around.names,
            },
            limits,
        )?;
        self.objects += 1;
        let first = self.learned.open(shape);
        self.resume
            .set_next(Next::new(self.objects, learned_names::NONE, first));
        Ok(())
    }

    /// Opens the array at `pos`; where its first element leads is left in
    /// `self.resume`.
    #[inline(never)]
    fn array(
        &mut self,
        leads: MemberMeaning,
        (at, pos): (u32, u32),
        around: Next,
        bracket: u8,
        rules: Rules<'_>,
        tape: &mut Tape,
    ) -> Result<(), Reason> {
        let Rules { automaton, limits } = rules;
        let state = leads.child();
        let entry = note(automaton, limits, tape, Kind::Array, (pos, pos), leads, at)?;
        let frame = Frame {
            state,
            entry,
            shape: automaton.every_element(state).unwrap_or(NONE),
            inside: self.inside(around, bracket, automaton),
            bracket,
            around_object: around.object,
            around_names: around.names,
        };
        self.open(frame, limits)?;
        self.resume.leads = element(&frame, 0, automaton);
        self.resume
            .set_next(Next::new(self.objects, 0, learned_names::NONE));
        Ok(())
    }

    #[inline]
    fn open(&mut self, frame: Frame, limits: &Limits) -> Result<(), Reason> {
        if self.stack.len() >= limits.depth_max as usize {
            return Err(Reason::TooDeep);
        }
        self.stack.push(frame);
        Ok(())
    }

    /// Whose names the names of an unnamed object are, if one stands where the
    /// next value does. Those of the name that it stands under, so that no
    /// object shares a shape with one inside it: a name belongs to one shape.
    #[inline]
    fn inside(&self, next: Next, bracket: u8, automaton: &Automaton) -> u32 {
        let states = automaton.states_len() as u32;
        match self.stack.last() {
            Some(_) if bracket == b'}' && next.last() != learned_names::NONE => {
                states + 2 * next.last()
            }
            Some(array) if bracket == b']' => array.inside,
            // Under no name, or one that there was no room for: by depth.
            _ => states + 2 * self.stack.len() as u32 + 1,
        }
    }

    /// Ends containers up to the comma that goes on, or up to the end of the
    /// input. What ends the container that goes on, and in `self.resume` the
    /// place behind the comma and what comes there: an element, or a name.
    #[inline(never)]
    fn behind(
        &mut self,
        mut next: Next,
        mut bracket: u8,
        input: &[u8],
        mut pos: u32,
        automaton: &Automaton,
        tape: &mut Tape,
    ) -> Result<u8, Reason> {
        loop {
            let behind = byte(input, pos);
            if behind == b',' && bracket != END {
                self.resume.pos = pos + 1;
                if bracket == b']' {
                    let array = self.stack.last().expect("an array is open");
                    // The position, in the lower half.
                    next.names += 1;
                    self.resume.leads = element(array, next.last(), automaton);
                }
                self.resume.set_next(next);
                return Ok(bracket);
            }
            if behind == bracket {
                let Some(frame) = self.stack.pop() else {
                    // A zero byte is no end.
                    return match (pos as usize) < input.len() {
                        true => Err(Reason::NotJson),
                        false => Ok(END),
                    };
                };
                pos += 1;
                if bracket == b'}' {
                    self.seen.close(next.object);
                }
                if frame.entry != NONE {
                    let behind = tape.entries.len() as u32;
                    let entry = &mut tape.entries[frame.entry as usize];
                    entry.end = pos;
                    entry.next = behind;
                    if self.objects != next.object {
                        entry.flags |= HOLDS_OBJECT;
                    }
                }
                next = Next {
                    object: frame.around_object,
                    names: frame.around_names,
                };
                bracket = frame.bracket;
                continue;
            }
            if !is_blank(behind) {
                return Err(Reason::NotJson);
            }
            pos = blank(input, pos);
        }
    }
}

/// [`READ`] when a value in that state answers a read of the plan.
#[inline]
fn read(slot: Slot, automaton: &Automaton) -> u8 {
    u8::from(automaton.is_read(slot)) * READ
}

/// Where the element at that position leads; it has no name.
#[inline]
fn element(array: &Frame, position: u32, automaton: &Automaton) -> MemberMeaning {
    let slot = match array.shape {
        NONE => automaton.element(array.state, position),
        every => every,
    };
    MemberMeaning::new(slot, 0, ELEMENT | read(slot, automaton), false)
}

/// `true`, `false` or `null`, and the place behind it.
#[inline(never)]
fn literal(input: &[u8], pos: u32) -> Option<(Kind, u32)> {
    match byte(input, pos) {
        b't' => Some((Kind::True, literal_end(input, pos, b"true")?)),
        b'f' => Some((Kind::False, literal_end(input, pos, b"false")?)),
        b'n' => Some((Kind::Null, literal_end(input, pos, b"null")?)),
        _ => None,
    }
}

/// Adds an entry for a value that somebody reads; its place, or [`NONE`].
/// Containers get their end when they close. `at`: of the name, if it has one.
#[inline]
fn note(
    automaton: &Automaton,
    limits: &Limits,
    tape: &mut Tape,
    kind: Kind,
    (start, end): (u32, u32),
    leads: MemberMeaning,
    at: u32,
) -> Result<u32, Reason> {
    let slot = leads.child();
    if slot <= WHOLE {
        return Ok(NONE);
    }
    let place = tape.entries.len() as u32;
    if place >= limits.tape_entries_max {
        return Err(Reason::TooComplex);
    }
    let flags = leads.flags();
    if flags & READ != 0 {
        answer(automaton, tape, slot, place, kind);
    }
    tape.entries.push(Entry {
        slot,
        start,
        end,
        next: place + 1,
        key_at: if flags & ELEMENT == 0 { at } else { 0 },
        key_len: leads.len() as u16,
        kind,
        flags,
    });
    Ok(place)
}

/// The value at that place of the tape answers the reads of its state, or is a
/// text to be opened.
#[inline(never)]
pub(super) fn answer(automaton: &Automaton, tape: &mut Tape, slot: Slot, place: u32, kind: Kind) {
    if kind == Kind::Text && automaton.text(slot) != DEAD {
        tape.pending.push(place);
    }
    for read in automaton.reads(slot) {
        tape.reads[usize::from(*read)] = place;
    }
}

#[cfg(test)]
#[path = "json_tests.rs"]
mod tests;
