//! Names that do not come as expected: out of order, long, spelled with escapes,
//! or seen for the first time.

use super::resume::Next;
use super::{JsonDecoder, NAME_LIMIT, read};
use crate::decode::learned_names::{self, Found, MemberMeaning, Name};
use crate::decode::scan::{blank, broken_string, byte, string_end};
use crate::plan::automaton::{Automaton, DEAD, WHOLE};
use crate::record::Reason;
use crate::record::escape::unescape_into;
use crate::record::tape::KEY_ESCAPED;

impl JsonDecoder {
    /// Reads a name and its colon at `start`, where no short name stands that was
    /// expected; learns it, if there is room. Leaves what it found in `self.resume`.
    #[inline(never)]
    pub(super) fn member(
        &mut self,
        next: Next,
        input: &[u8],
        start: u32,
        automaton: &Automaton,
    ) -> Result<(), Reason> {
        let object = next.object;
        self.resume.at = start + 1;
        self.resume.set_next(next);
        if let Some(name) = self.learned.short_at(input, start) {
            // The value can be looked at while its name is looked up.
            self.resume.pos = start + name.chars.len() as u32 + learned_names::AROUND;
            let shape = self.stack.last().expect("members stand in objects").shape;
            let Some(found) = self.learned.find(shape, &name, object) else {
                let place = (start as usize + 1, name.chars.len());
                self.resume.leads = self.unknown(&name, input, place, false, automaton)?;
                return Ok(());
            };
            self.learned.follow(shape, next.last(), found.entry);
            return self.known(found, object);
        }
        let long = self
            .learned
            .guess_long(next.expected(), object, input, start);
        let Some(found) = long else {
            return self.any_member(input, start, automaton);
        };
        self.resume.pos = start + found.leads.len() + learned_names::AROUND;
        self.known(found, object)
    }

    /// Leaves where a name that was found leads.
    #[inline]
    fn known(&mut self, found: Found, object: u64) -> Result<(), Reason> {
        if found.twice {
            return Err(Reason::DuplicateKey);
        }
        self.resume.leads = found.leads;
        self.resume
            .set_next(Next::new(object, found.entry, found.next));
        Ok(())
    }

    /// As [`JsonDecoder::member`], for a name that is long, or spelled with
    /// escapes or blanks. `self.resume` holds what is next.
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
        let found = string_end(input, start + 1);
        let (end, escaped) = found.ok_or_else(|| broken_string(input, start + 1))?;
        let colon = blank(input, end + 1);
        if byte(input, colon) != b':' {
            return Err(Reason::NotJson);
        }
        let len = end - start - 1;
        if len >= NAME_LIMIT {
            return Err(Reason::TooLarge);
        }
        let raw = &input[start as usize + 1..end as usize];
        let mut spelled = std::mem::take(&mut self.name);
        let chars = match escaped {
            false => raw,
            true => {
                let raw = std::str::from_utf8(raw).expect("the whole input is UTF-8");
                spelled.clear();
                unescape_into(raw, &mut spelled);
                spelled.as_bytes()
            }
        };
        let name = self.learned.name(chars);
        let shape = self.stack.last().expect("members stand in objects").shape;
        let object = self.resume.object;
        let leads = match self.learned.find(shape, &name, object) {
            Some(found) => {
                self.learned
                    .follow(shape, self.resume.next().last(), found.entry);
                self.known(found, object).map(|()| found.leads)
            }
            None => {
                let place = (start as usize + 1, raw.len());
                self.unknown(&name, input, place, escaped, automaton)
            }
        };
        self.name = spelled;
        self.resume.leads = leads?.with_len(len).with(u8::from(escaped) * KEY_ESCAPED);
        self.resume.pos = colon + 1;
        Ok(())
    }

    /// Where a name leads that nobody has learned, which is learned if there is
    /// room. `place`: where it stands in the input, and its length there.
    fn unknown(
        &mut self,
        name: &Name<'_>,
        input: &[u8],
        (at, len): (usize, usize),
        escaped: bool,
        automaton: &Automaton,
    ) -> Result<MemberMeaning, Reason> {
        let frame = self.stack.last().expect("members stand in objects");
        let (state, shape) = (frame.state, frame.shape);
        let (object, before) = (self.resume.object, self.resume.next().last());
        let child = automaton.member(state, name.chars);
        let unnamed = child == DEAD && state > WHOLE;
        let leads = MemberMeaning::new(child, name.chars.len(), read(child, automaton), unnamed);
        let learned = self.learned.learn(shape, name, leads, object);
        let last = learned.unwrap_or(learned_names::NONE);
        self.resume
            .set_next(Next::new(object, last, learned_names::NONE));
        match learned {
            Some(entry) => self.learned.follow(shape, before, entry),
            None => self
                .seen
                .insert(
                    object,
                    name.hash,
                    input,
                    at,
                    len,
                    escaped.then_some(name.chars),
                )
                .map_err(|_| Reason::DuplicateKey)?,
        }
        Ok(leads)
    }
}
