//! Texts that hold JSON: opened once the record around them was read, for all
//! outputs, onto the same tape.

use super::{JsonDecoder, Rules};
use crate::decode::Limits;
use crate::plan::automaton::Automaton;
use crate::record::escape::unescape_into;
use crate::record::tape::{ESCAPED, Entry, Opened, Slot, Tape};
use crate::record::{Nothing, Reason};

/// Room for characters that stays from record to record.
const SIDE_KEPT_BYTES: usize = 1 << 20;

/// What the texts of one record are opened under.
#[derive(Clone, Copy)]
pub(crate) struct Opening<'p> {
    pub(crate) automaton: &'p Automaton,
    pub(crate) limits: &'p Limits,
    pub(crate) nothing: &'p Nothing,
}

impl JsonDecoder {
    /// Opens the texts that are pending on `tape`, and those that they hold.
    /// `outer`: the characters of one that lies in no other, as they are spelled, and its
    /// state. What is empty, or a word for nothing,
    /// is not opened; what is no object and no array, or cannot be read, is marked
    /// with its reason. Characters are never more bytes than what spells them, and
    /// texts lie in each other as deep as the plan says, so what is opened is a few
    /// times the record at most.
    ///
    /// # Errors
    /// `too_complex` and `too_large`, which are the record's.
    pub(crate) fn open_texts<'i>(
        &mut self,
        outer: &dyn Fn(&Entry) -> (&'i str, Slot),
        opening: Opening<'_>,
        tape: &mut Tape,
    ) -> Result<(), Reason> {
        let unnamed = tape.unnamed;
        if tape.side.capacity() > SIDE_KEPT_BYTES {
            tape.side = String::new();
        }
        tape.side.clear();
        let mut next = 0;
        while let Some(place) = tape.pending.get(next).copied() {
            next += 1;
            self.open_text(outer, place, opening, tape)?;
        }
        tape.unnamed = unnamed;
        Ok(())
    }

    fn open_text<'i>(
        &mut self,
        outer: &dyn Fn(&Entry) -> (&'i str, Slot),
        place: u32,
        opening: Opening<'_>,
        tape: &mut Tape,
    ) -> Result<(), Reason> {
        let Opening {
            automaton, limits, ..
        } = opening;
        let entry = tape.entries[place as usize];
        let within = |o| &tape.characters(o)[entry.start as usize..entry.end as usize];
        let (raw, state) = match tape.around(place) {
            Some(around) => (within(around), entry.slot),
            None => outer(&entry),
        };
        let mut characters = std::mem::take(&mut self.name);
        characters.clear();
        match entry.flags & ESCAPED {
            0 => characters.push_str(raw),
            _ => unescape_into(raw, &mut characters),
        }
        let at = tape.side.len();
        let is_nothing = opening.nothing.is(characters.trim().as_bytes());
        if !is_nothing {
            tape.side.push_str(&characters);
        }
        self.name = characters;
        if is_nothing {
            return Ok(());
        }
        if tape.side.len() > limits.value_bytes_max as usize {
            return Err(Reason::TooLarge);
        }
        let (root, pending) = (tape.entries.len(), tape.pending.len());
        let side = std::mem::take(&mut tape.side);
        let depth = automaton.depth(state);
        let limits = Limits {
            depth_max: limits.depth_max.saturating_sub(depth),
            ..*limits
        };
        let rules = Rules {
            automaton,
            limits: &limits,
        };
        self.stack.clear();
        self.seen.clear();
        self.learned.settle();
        let leads = (automaton.text(state), true);
        let read = self.value(&side.as_bytes()[at..], rules, tape, leads);
        let end = side.len();
        tape.side = side;
        let refused = match read {
            Ok(true) => None,
            Ok(false) => Some(Reason::NotJson),
            Err(reason @ (Reason::TooComplex | Reason::TooLarge)) => return Err(reason),
            Err(reason) => Some(reason),
        };
        if refused.is_some() {
            tape.entries.truncate(root);
            tape.pending.truncate(pending);
            let is_gone = |read: &&mut u32| **read as usize >= root;
            tape.reads
                .iter_mut()
                .filter(is_gone)
                .for_each(|read| *read = Tape::ABSENT);
        }
        let narrow = |n: usize| u32::try_from(n).map_err(|_| Reason::TooLarge);
        tape.opened.push(Opened {
            entry: place,
            at: narrow(at)?,
            end: narrow(end)?,
            root: narrow(root)?,
            refused,
        });
        Ok(())
    }
}
