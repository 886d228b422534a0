//! What a worker has learned about the names of objects: the shape hints.
//!
//! For each state of the automaton the names seen so far stand in a list, each
//! with where it leads and which name followed it last time. While records look
//! alike, a member costs one compare of 16 bytes: no search for the closing
//! quote, no hash, no look-up. The same entry notes in which object it was last
//! seen, so the check for duplicates costs one compare more.
//!
//! The lists live beside the plan, not in it: each worker learns its own.
//!
//! Forced into the decoder's loop: without, 4.6 % more instructions on events of
//! which nothing is named, 3.2 % on those whose members change, 1.0 % on workload A.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher};

use crate::record::escape::{CHUNK, chunk, marks};
use crate::record::tape::Slot;

/// No entry.
pub(crate) const NONE: u32 = u32::MAX;
/// Longest name that is learned, in bytes.
const NAME_MAX: usize = 64;
/// Most names learned for one state, and for all of them.
const SHAPE_MAX: usize = 1024;
const ALL_MAX: usize = 16_384;
/// After so many names without room everything is learned anew: a stream may
/// have changed, or random names may have filled the lists.
const SPILLED_MAX: u32 = 65_536;
/// Most shapes of objects that may stand inside of themselves.
const ENDLESS_MAX: u32 = 4_096;
/// Bytes around a name: two quotes and a colon.
pub(crate) const AROUND: u32 = 3;
/// Longest name that is whole in the head of its text.
const HEAD_MAX: usize = CHUNK - AROUND as usize;

/// The lists of all states.
pub(crate) struct LearnedNames {
    learned: Vec<Shape>,
    /// The learned names of all shapes, in the order they were learned.
    names: Vec<Learned>,
    /// What all learned names look like in the input: `"name":`.
    spelled: Vec<u8>,
    spilled: u32,
    hasher: foldhash::quality::FixedState,
    /// Shapes of the states that may stand inside of themselves, by depth.
    endless: HashMap<(Slot, u32), u32, foldhash::fast::FixedState>,
    /// The one of them that learns nothing, if there are any.
    closed: u32,
}

struct Shape {
    /// Its names: their entries.
    names: Vec<u16>,
    /// Open addressing over them: entry plus one, 0 = free; at most a quarter
    /// full, so that most names stand where they are looked for.
    index: Vec<u16>,
    /// The name that came first last time.
    first: u32,
}

impl Default for Shape {
    fn default() -> Self {
        Shape {
            names: Vec::new(),
            index: Vec::new(),
            first: NONE,
        }
    }
}

/// One learned name. It needs no escapes in JSON, so `"name"` in the input is
/// this name and nothing else.
struct Learned {
    /// The head of the name, and which of its bytes count. As numbers, so that a
    /// name is told from another by two instructions and no loop.
    head: u128,
    mask: u128,
    /// Number of the object that it was last seen in.
    object: u64,
    /// The name that followed it last time.
    next: u32,
    /// Where `"name":` stands in `spelled`.
    at: u32,
    leads: MemberMeaning,
}

/// What a name means to the plan, in one word: where the member leads, the
/// length of the name in bytes, what the tape says of the member from the
/// start, and whether nobody names it though something beside it is named. Packed,
/// so that it goes from step to step in a register, and is left in the decoder's
/// place and read from there as a whole.
#[derive(Clone, Copy, Default)]
pub(crate) struct MemberMeaning(u64);

impl MemberMeaning {
    /// `len` is below 2^16.
    // Forced: see the top.
    #[inline(always)]
    pub(crate) fn new(child: Slot, len: usize, flags: u8, unnamed: bool) -> MemberMeaning {
        let (len, flags) = (u64::from(len as u16), u64::from(flags));
        MemberMeaning(u64::from(child) | len << 32 | flags << 48 | u64::from(unnamed) << 56)
    }

    /// Where the member leads.
    // Forced: see the top.
    #[inline(always)]
    pub(crate) fn child(self) -> Slot {
        self.0 as Slot
    }

    /// Length of the name in bytes.
    // Forced: see the top.
    #[inline(always)]
    pub(crate) fn len(self) -> u32 {
        (self.0 >> 32) as u32 & 0xffff
    }

    /// What the tape says of the member.
    // Forced: see the top.
    #[inline(always)]
    pub(crate) fn flags(self) -> u8 {
        (self.0 >> 48) as u8
    }

    /// The same, and that much more to say.
    // Forced: see the top.
    #[inline(always)]
    pub(crate) fn with(self, flags: u8) -> MemberMeaning {
        MemberMeaning(self.0 | u64::from(flags) << 48)
    }

    /// The same, with that length of the name as spelled.
    // Forced: see the top.
    #[inline(always)]
    pub(crate) fn with_len(self, len: u32) -> MemberMeaning {
        MemberMeaning(self.0 & !(0xffff << 32) | u64::from(len as u16) << 32)
    }

    /// 1 when nobody names it though something beside it is named.
    // Forced: see the top.
    #[inline(always)]
    pub(crate) fn unnamed(self) -> u32 {
        (self.0 >> 56) as u32
    }
}

/// A name to look up, without escapes.
#[derive(Clone, Copy)]
pub(crate) struct Name<'n> {
    /// The first 16 bytes of `"name":`, zeros behind. The first byte of a name
    /// that goes on behind them is none that UTF-8 has, so that such a name is
    /// never taken for what stands in an input.
    head: u128,
    /// Its characters.
    pub(crate) chars: &'n [u8],
    /// Secret to those who write names.
    pub(crate) hash: u64,
}

/// A name that was found.
#[derive(Clone, Copy)]
pub(crate) struct Found {
    /// Its entry.
    pub(crate) entry: u32,
    /// The name that followed it last time.
    pub(crate) next: u32,
    /// What it means.
    pub(crate) leads: MemberMeaning,
    /// It stands in this object already.
    pub(crate) twice: bool,
}

impl LearnedNames {
    /// Nothing learned. `seed` keeps the hashes of names from those who write
    /// them.
    pub(crate) fn new(seed: u64) -> LearnedNames {
        LearnedNames {
            learned: Vec::new(),
            names: Vec::new(),
            spelled: Vec::new(),
            spilled: 0,
            hasher: foldhash::quality::FixedState::with_seed(seed),
            endless: HashMap::default(),
            closed: NONE,
        }
    }

    /// Between records: starts anew when that is due.
    pub(crate) fn settle(&mut self) {
        if self.spilled > SPILLED_MAX {
            self.learned = Vec::new();
            self.names = Vec::new();
            self.spelled = Vec::new();
            self.spilled = 0;
            self.endless = HashMap::default();
        }
    }

    /// The shape of the objects of a state that may stand inside of themselves, so many
    /// containers deep: no object has that of one around it. `states`: how many there
    /// are. Past [`ENDLESS_MAX`] nothing is learned of them.
    #[inline(never)]
    pub(crate) fn endless(&mut self, state: Slot, depth: u32, states: u32) -> u32 {
        // Behind those of states, and of what stands under a learned name, or so deep.
        let first = states + 2 * (ALL_MAX as u32 + 1);
        self.closed = first;
        let next = self.endless.len() as u32;
        if next == ENDLESS_MAX && !self.endless.contains_key(&(state, depth)) {
            self.spilled += 1;
            return first;
        }
        // The first one learns nothing.
        *self
            .endless
            .entry((state, depth))
            .or_insert(first + 1 + next)
    }

    /// Opens a shape, making room for it: the name that came first last time.
    // Forced: see the top.
    #[inline(always)]
    pub(crate) fn open(&mut self, shape: u32) -> u32 {
        match self.learned.get(shape as usize) {
            Some(shape) => shape.first,
            None => {
                self.learned.resize_with(shape as usize + 1, Shape::default);
                NONE
            }
        }
    }

    /// The name `entry`, if it is short and `"name":` is what stands at `start`
    /// in the input, which is UTF-8.
    // Forced: see the top.
    #[inline(always)]
    pub(crate) fn guess(
        &mut self,
        entry: u32,
        object: u64,
        input: &[u8],
        start: u32,
    ) -> Option<Found> {
        let name = self.names.get_mut(entry as usize)?;
        if (window(input, start) ^ name.head) & name.mask != 0 {
            return None;
        }
        Some(name.found(entry, object))
    }

    /// As [`LearnedNames::guess`], for a name that is not short.
    // Forced: see the top.
    #[inline(always)]
    pub(crate) fn guess_long(
        &mut self,
        entry: u32,
        object: u64,
        input: &[u8],
        start: u32,
    ) -> Option<Found> {
        let name = self.names.get_mut(entry as usize)?;
        let len = name.leads.len() as usize;
        if len <= HEAD_MAX {
            return None;
        }
        let spelled = &self.spelled[name.at as usize..][..len + AROUND as usize];
        let stands = input.get(start as usize..)?.starts_with(spelled);
        stands.then(|| name.found(entry, object))
    }

    /// The name that stands behind the quote at `start`, compact and short, as
    /// most names do: no escapes, at most 13 bytes, the colon directly behind.
    // Forced: see the top.
    #[inline(always)]
    pub(crate) fn short_at<'n>(&self, input: &'n [u8], start: u32) -> Option<Name<'n>> {
        let text = chunk(input, start)?;
        let (quotes, others) = marks(text);
        // Bit 0 is the quote that opens it.
        let end = ((quotes | others) & !1).trailing_zeros();
        // The quote is the first of all marks, with room for the colon behind it.
        let is_short = end < CHUNK as u32 - 1 && quotes >> end & quotes & 1 != 0;
        if !is_short || text[end as usize + 1] != b':' {
            return None;
        }
        let chars = &text[1..end as usize];
        // Without what stands behind the colon.
        let head = u128::from_le_bytes(*text) & u128::MAX >> (8 * (CHUNK as u32 - 2 - end));
        Some(self.short(head, chars))
    }

    /// A name by its characters.
    #[inline(never)]
    pub(crate) fn name<'n>(&self, chars: &'n [u8]) -> Name<'n> {
        let mut text = [0; CHUNK];
        text[0] = b'"';
        let inside = chars.len().min(CHUNK - 1);
        text[1..=inside].copy_from_slice(&chars[..inside]);
        for (place, c) in text[1 + inside..].iter_mut().zip(b"\":") {
            *place = *c;
        }
        if chars.len() <= HEAD_MAX {
            return self.short(u128::from_le_bytes(text), chars);
        }
        text[0] = 0xff;
        let mut hasher = self.hasher.build_hasher();
        hasher.write(chars);
        Name {
            head: u128::from_le_bytes(text),
            chars,
            hash: hasher.finish(),
        }
    }

    // Forced: see the top.
    #[inline(always)]
    fn short<'n>(&self, head: u128, chars: &'n [u8]) -> Name<'n> {
        let mut hasher = self.hasher.build_hasher();
        hasher.write_u64(head as u64);
        hasher.write_u64((head >> 64) as u64);
        Name {
            head,
            chars,
            hash: hasher.finish(),
        }
    }

    /// The entry of a name.
    // Forced: see the top.
    #[inline(always)]
    pub(crate) fn find(&mut self, shape: u32, name: &Name<'_>, object: u64) -> Option<Found> {
        let shape = &self.learned[shape as usize];
        let mask = shape.index.len().checked_sub(1)?;
        let mut at = name.hash as usize & mask;
        loop {
            let entry = shape.index[at].checked_sub(1)?;
            let known = &mut self.names[usize::from(entry)];
            if known.head == name.head && known.is(name.chars, &self.spelled) {
                return Some(known.found(u32::from(entry), object));
            }
            at = (at + 1) & mask;
        }
    }

    /// Learns a name that [`LearnedNames::find`] does not know, seen in `object`.
    /// `None`: no room, or a name that JSON must escape.
    pub(crate) fn learn(
        &mut self,
        shape: u32,
        name: &Name<'_>,
        leads: MemberMeaning,
        object: u64,
    ) -> Option<u32> {
        let chars = name.chars;
        if chars.len() > NAME_MAX || chars.iter().any(|b| matches!(b, 0..0x20 | b'"' | b'\\')) {
            return None;
        }
        let room = &self.learned[shape as usize];
        if shape == self.closed || room.names.len() == SHAPE_MAX || self.names.len() == ALL_MAX {
            self.spilled += 1;
            return None;
        }
        let at = self.spelled.len();
        self.spelled.push(b'"');
        self.spelled.extend_from_slice(chars);
        self.spelled.extend_from_slice(b"\":");
        let counts = 8 * (self.spelled.len() - at).min(CHUNK) as u32;
        let entry = small(self.names.len());
        self.names.push(Learned {
            head: name.head,
            mask: u128::MAX >> (128 - counts),
            object,
            next: NONE,
            at: u32::try_from(at).expect("at most 16,384 names of at most 64 bytes are learned"),
            leads,
        });
        self.learned[shape as usize].names.push(entry);
        self.index(shape, name.hash, entry);
        Some(u32::from(entry))
    }

    /// Makes the name learned last findable.
    fn index(&mut self, shape: u32, hash: u64, entry: u16) {
        let Shape { names, index, .. } = &self.learned[shape as usize];
        if index.len() >= 4 * names.len() {
            put(&mut self.learned[shape as usize].index, hash, entry);
            return;
        }
        let mut index = vec![0; (8 * names.len()).next_power_of_two().max(64)];
        for entry in names {
            let chars = self.names[usize::from(*entry)].chars(&self.spelled);
            put(&mut index, self.name(chars).hash, *entry);
        }
        self.learned[shape as usize].index = index;
    }

    /// Notes that `entry` came behind `last`.
    // Forced: see the top.
    #[inline(always)]
    pub(crate) fn follow(&mut self, shape: u32, last: u32, entry: u32) {
        match self.names.get_mut(last as usize) {
            Some(name) => name.next = entry,
            None => self.learned[shape as usize].first = entry,
        }
    }
}

impl Learned {
    /// It stands in that object.
    // Forced: see the top.
    #[inline(always)]
    fn found(&mut self, entry: u32, object: u64) -> Found {
        let twice = self.object == object;
        self.object = object;
        Found {
            entry,
            next: self.next,
            leads: self.leads,
            twice,
        }
    }

    /// True when it is a name of those characters and of the same head.
    // Forced: see the top.
    #[inline(always)]
    fn is(&self, chars: &[u8], spelled: &[u8]) -> bool {
        // A short name's closing quote stands in its head, so the head is enough.
        chars.len() <= HEAD_MAX || self.chars(spelled) == chars
    }

    fn chars<'s>(&self, spelled: &'s [u8]) -> &'s [u8] {
        &spelled[self.at as usize + 1..][..self.leads.len() as usize]
    }
}

/// The 16 bytes at `start`, as a little-endian number; zeros behind the end.
// Forced: see the top.
#[inline(always)]
fn window(input: &[u8], start: u32) -> u128 {
    match chunk(input, start) {
        Some(chunk) => u128::from_le_bytes(*chunk),
        None => window_at_the_end(input, start as usize),
    }
}

#[inline(never)]
fn window_at_the_end(input: &[u8], start: usize) -> u128 {
    let rest = input.get(start..).unwrap_or_default();
    match input.last_chunk::<CHUNK>() {
        Some(last) if !rest.is_empty() => u128::from_le_bytes(*last) >> (8 * (CHUNK - rest.len())),
        _ => {
            let mut chunk = [0; CHUNK];
            chunk[..rest.len()].copy_from_slice(rest);
            u128::from_le_bytes(chunk)
        }
    }
}

fn put(index: &mut [u16], hash: u64, entry: u16) {
    let mask = index.len() - 1;
    let mut at = hash as usize & mask;
    while index[at] != 0 {
        at = (at + 1) & mask;
    }
    index[at] = entry + 1;
}

fn small(n: usize) -> u16 {
    u16::try_from(n).expect("at most 16,384 names of at most 64 bytes are learned")
}

#[cfg(test)]
mod tests {
    use super::*;

    const OBJECTS: std::ops::RangeFrom<u64> = 1..;

    fn leads(child: Slot, name: &str) -> MemberMeaning {
        MemberMeaning::new(child, name.len(), 0, false)
    }

    fn learn(learned: &mut LearnedNames, name: &str, child: Slot) -> u32 {
        learned.open(0);
        let leads = leads(child, name);
        let name = learned.name(name.as_bytes());
        learned.learn(0, &name, leads, 0).unwrap()
    }

    #[test]
    fn a_guess_is_right_or_none() {
        for len in [0, 1, 7, 8, 12, 13, 14, 15, 16, 17, 40, 64] {
            let name = "n".repeat(len);
            let mut learned = LearnedNames::new(7);
            let entry = learn(&mut learned, &name, 5);
            learned.follow(0, NONE, entry);
            assert_eq!(learned.open(0), entry);
            for (n, padding) in OBJECTS.zip(["", "1", "1234567", "1234567890123456"]) {
                let mut guess = |object, text: String| {
                    let at = text.find('"').unwrap() as u32;
                    let (short, long) = (
                        learned.guess(entry, object, text.as_bytes(), at),
                        learned.guess_long(entry, object, text.as_bytes(), at),
                    );
                    assert!(short.is_none() || long.is_none());
                    short.or(long)
                };
                let good = format!("{{\"{name}\":{padding}");
                let found = guess(n, good.clone()).unwrap();
                assert_eq!(
                    (found.leads.child(), found.leads.len(), found.twice),
                    (5, len as u32, false)
                );
                assert!(guess(n, good).unwrap().twice);
                for bad in [
                    format!("\"{name}n\":{padding}"),
                    format!("\"{name}\\\":{padding}"),
                    format!("\"{name}\" :{padding}"),
                    format!("\"{name}\""),
                    format!("\"{name}"),
                ] {
                    assert!(guess(n + 100, bad).is_none());
                }
            }
        }
    }

    #[test]
    fn a_short_name_is_the_same_wherever_it_is_read_from() {
        let learned = LearnedNames::new(7);
        for len in 0..20 {
            let chars = "n".repeat(len);
            let name = learned.name(chars.as_bytes());
            for behind in ["\"", "\":", "\" :", "\":1234567890123456"] {
                let text = format!("{{\"{chars}{behind}");
                match learned.short_at(text.as_bytes(), 1) {
                    Some(short) => assert!(
                        short.head == name.head
                            && short.hash == name.hash
                            && short.chars == name.chars
                            && len <= HEAD_MAX
                            && behind.starts_with("\":")
                    ),
                    None => assert!(
                        len > HEAD_MAX || !behind.starts_with("\":") || text.len() < 17,
                        "{text}"
                    ),
                }
            }
        }
        for text in [
            "\\\":1234567890123456",
            "x\":1234567890123456",
            "\"\u{1}\":3456789012345",
        ] {
            assert!(learned.short_at(text.as_bytes(), 0).is_none(), "{text}");
        }
    }

    #[test]
    fn names_that_need_escapes_are_not_learned() {
        let mut learned = LearnedNames::new(7);
        learned.open(0);
        for chars in ["a\\", "a\"b", "a\nb", &"x".repeat(65)] {
            let name = learned.name(chars.as_bytes());
            assert!(learned.learn(0, &name, leads(5, chars), 0).is_none());
        }
    }

    #[test]
    fn names_that_begin_alike_are_told_apart() {
        let mut learned = LearnedNames::new(7);
        let begin = "n".repeat(13);
        let names: Vec<_> = ["", "a", "ab", "abc", "abd", "b", "abcdef"]
            .map(|end| format!("{begin}{end}"))
            .into();
        for (i, name) in (0..).zip(&names) {
            learn(&mut learned, name, i);
        }
        for (i, chars) in (0..).zip(&names) {
            let name = learned.name(chars.as_bytes());
            assert_eq!(
                learned.find(0, &name, 3).unwrap().leads.child(),
                i,
                "{chars}"
            );
        }
    }

    #[test]
    fn learned_names_are_found_until_there_is_no_room() {
        let mut learned = LearnedNames::new(7);
        let names: Vec<_> = (0..SHAPE_MAX).map(|i| format!("{i}")).collect();
        for (i, name) in (0..).zip(&names) {
            assert_eq!(learn(&mut learned, name, i), i);
        }
        for (i, chars) in (0..).zip(&names) {
            let name = learned.name(chars.as_bytes());
            let found = learned.find(0, &name, 3).unwrap();
            assert_eq!((found.leads.child(), found.twice), (i, false));
            assert!(learned.find(0, &name, 3).unwrap().twice);
        }
        let more = learned.name(b"more");
        assert!(learned.learn(0, &more, leads(1, "more"), 0).is_none());
    }
}
