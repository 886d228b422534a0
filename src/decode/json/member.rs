//! Names that do not come as expected: out of order, long, spelled with escapes,
//! or seen for the first time.

use super::place::Next;
use super::{JsonDecoder, NAME_LIMIT, read};
use crate::decode::scan::{blank, byte, string_end};
use crate::decode::shapes::{self, Found, Leads};
use crate::policy::automaton::{Automaton, DEAD, WHOLE};
use crate::record::Reason;
use crate::record::escape::unescape_into;
use crate::record::tape::KEY_ESCAPED;

impl JsonDecoder {
    /// Reads a name and its colon at or behind `pos`, expected or not; learns
    /// it, if there is room. Leaves what it found in `self.place`.
    #[inline(never)]
    pub(super) fn member(
        &mut self,
        next: Next,
        input: &[u8],
        pos: u32,
        automaton: &Automaton,
    ) -> Result<(), Reason> {
        let start = blank(input, pos);
        let object = next.object;
        self.place.at = start + 1;
        self.place.set_next(next);
        let expected = match start > pos {
            true => self.shapes.guess(next.expected(), object, input, start),
            false => None,
        };
        let found = match expected {
            Some(found) => Some(found),
            None => match self.shapes.short_at(input, start) {
                Some(name) => {
                    // The value can be looked at while its name is looked up.
                    self.place.pos = start + name.chars.len() as u32 + shapes::AROUND;
                    let shape = self.stack.last().expect("members stand in objects").shape;
                    let found = self.shapes.find(shape, &name, object);
                    let Some(found) = found else {
                        return self.any_member(input, start, automaton);
                    };
                    self.shapes.follow(shape, next.last(), found.entry);
                    return self.known(found, object);
                }
                None => self
                    .shapes
                    .guess_long(next.expected(), object, input, start),
            },
        };
        let Some(found) = found else {
            return self.any_member(input, start, automaton);
        };
        self.place.pos = start + found.leads.len() + shapes::AROUND;
        self.known(found, object)
    }

    /// Leaves where a name that was found leads.
    #[inline(always)]
    fn known(&mut self, found: Found, object: u64) -> Result<(), Reason> {
        if found.twice {
            return Err(Reason::DuplicateKey);
        }
        self.place.leads = found.leads;
        self.place
            .set_next(Next::new(object, found.entry, found.next));
        Ok(())
    }

    /// As [`JsonDecoder::member`], for a name that is long, spelled with
    /// escapes or blanks, or not known. `self.place` holds what is next.
    #[inline(never)]
    fn any_member(
        &mut self,
        input: &[u8],
        start: u32,
        automaton: &Automaton,
    ) -> Result<(), Reason> {
        if byte(input, start) != b'"' {
            return Err(Reason::NotJson);
        }
        let (end, escaped) = string_end(input, start + 1).ok_or(Reason::NotJson)?;
        let colon = blank(input, end + 1);
        if byte(input, colon) != b':' {
            return Err(Reason::NotJson);
        }
        let len = end - start - 1;
        if len >= NAME_LIMIT {
            return Err(Reason::TooLarge);
        }
        let raw = &input[start as usize + 1..end as usize];
        let chars = match escaped {
            false => raw,
            true => {
                let raw = std::str::from_utf8(raw).expect("the whole input is UTF-8");
                self.name.clear();
                unescape_into(raw, &mut self.name);
                self.name.as_bytes()
            }
        };
        let name = self.shapes.name(chars);
        let frame = self.stack.last().expect("members stand in objects");
        let object = self.place.object;
        let before = self.place.next().last();
        let leads = match self.shapes.find(frame.shape, &name, object) {
            Some(found) if found.twice => return Err(Reason::DuplicateKey),
            Some(found) => {
                self.shapes.follow(frame.shape, before, found.entry);
                self.place
                    .set_next(Next::new(object, found.entry, found.next));
                found.leads
            }
            None => {
                let child = automaton.member(frame.state, chars);
                let unnamed = child == DEAD && frame.state > WHOLE;
                let leads = Leads::new(child, chars.len(), read(child, automaton), unnamed);
                let learned = self.shapes.learn(frame.shape, &name, leads, object);
                self.place.set_next(Next::new(
                    object,
                    learned.unwrap_or(shapes::NONE),
                    shapes::NONE,
                ));
                match learned {
                    Some(entry) => self.shapes.follow(frame.shape, before, entry),
                    None => {
                        let (at, len) = (start as usize + 1, raw.len());
                        let chars = escaped.then_some(chars);
                        self.seen
                            .insert(object, name.hash, input, at, len, chars)
                            .map_err(|_| Reason::DuplicateKey)?;
                    }
                }
                leads
            }
        };
        self.place.leads = leads.with_len(len).with(u8::from(escaped) * KEY_ESCAPED);
        self.place.pos = colon + 1;
        Ok(())
    }
}
